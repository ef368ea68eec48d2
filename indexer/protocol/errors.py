"""Errors as both processes know them: a code, and sentences a person understands. Free of heavy imports.

Codes are stable; app translates by code and falls back on the English given here. Each message says cause and
effect in one or two sentences and may use {placeholders} filled from facts.
"""

import enum

import msgspec


class ErrorCode(enum.StrEnum):
    """Every way in which something can fail that a user is told about."""

    FOLDER_MISSING = "folder-missing"
    FOLDER_UNREADABLE = "folder-unreadable"
    FILE_MISSING = "file-missing"
    FILE_UNREADABLE = "file-unreadable"
    DISK_SILENT = "disk-silent"
    FILE_EMPTY = "file-empty"
    FILE_CHANGED = "file-changed"
    FILE_TOO_LARGE = "file-too-large"
    KIND_UNSUPPORTED = "kind-unsupported"
    NEEDS_LIBREOFFICE = "needs-libreoffice"
    DOCUMENT_BROKEN = "document-broken"
    DOCUMENT_LOCKED = "document-locked"
    DOCUMENT_PROTECTED = "document-protected"
    PASSWORD_WRONG = "password-wrong"
    DOCUMENT_NO_PAGES = "document-no-pages"
    PAGE_BROKEN = "page-broken"
    PAGE_PARTIAL = "page-partial"
    PAGES_LEFT_OUT = "pages-left-out"
    FIRST_PICTURE_ONLY = "first-picture-only"
    PICTURE_TOO_LARGE = "picture-too-large"
    RENDER_TIMEOUT = "render-timeout"
    RENDER_MEMORY = "render-memory"
    RENDER_CRASHED = "render-crashed"
    RECOGNITION_FAILED = "recognition-failed"
    ENCODER_FAILED = "encoder-failed"
    MODEL_MISSING = "model-missing"
    MODEL_BROKEN = "model-broken"
    MODEL_FOLDER_WRONG = "model-folder-wrong"
    MODEL_OTHER_REVISION = "model-other-revision"
    MODEL_UNCONFIRMED = "model-unconfirmed"
    MODEL_DISK_FULL = "model-disk-full"
    LICENCE_NEEDED = "licence-needed"
    NO_CONNECTION = "no-connection"
    DOWNLOAD_WRONG = "download-wrong"
    DEVICE_LOST = "device-lost"
    ENCODER_IN_USE = "encoder-in-use"
    DATASET_WRONG = "dataset-wrong"
    OUT_OF_MEMORY = "out-of-memory"
    DISK_FULL = "disk-full"
    DATA_UNREADABLE = "data-unreadable"
    DATA_NEWER = "data-newer"
    LIBRARY_DAMAGED = "library-damaged"
    CATALOGUE_RESTORED = "catalogue-restored"
    CATALOGUE_REBUILT = "catalogue-rebuilt"
    ALREADY_RUNNING = "already-running"
    BAD_REQUEST = "bad-request"
    NOT_FOUND = "not-found"
    CANCELLED = "cancelled"
    WATCH_LIMIT = "watch-limit"
    INTERNAL = "internal"


class ErrorReport(msgspec.Struct, frozen=True):
    """One failure as told to a person. `path` is the file concerned or "". `can_retry`: trying again may help."""

    code: ErrorCode
    title: str
    message: str
    path: str = ""
    can_retry: bool = False


_SENTENCES: dict[ErrorCode, tuple[str, str, bool]] = {
    ErrorCode.FOLDER_MISSING: ("Folder not found", "This folder is not there. Check whether its disk is connected.", True),
    ErrorCode.FOLDER_UNREADABLE: ("Folder cannot be opened", "You have no permission to read this folder. Allow it, then try again.", True),
    ErrorCode.FILE_MISSING: ("File is gone", "It was moved or deleted before it could be read.", False),
    ErrorCode.FILE_UNREADABLE: ("File cannot be opened", "You have no permission to read it, or its disk failed. Check both, then try again.", True),
    ErrorCode.DISK_SILENT: ("Disk does not answer", "The disk or share it lies on does not answer. It is tried again when it does; check the connection.", True),
    ErrorCode.FILE_EMPTY: ("File is empty", "It has zero bytes, so there is nothing to find in it. If it should not be empty, get it again.", False),
    ErrorCode.FILE_CHANGED: ("File changed while it was read", "It will be read again when it has settled.", True),
    ErrorCode.FILE_TOO_LARGE: ("File is too large", "It is larger than Pagebeam reads ({limit}). Split it to make it searchable.", False),
    ErrorCode.KIND_UNSUPPORTED: ("Not a document Pagebeam reads", "What is in it is not what its name says, or cannot be shown as pages. Save it as PDF to make it searchable.", False),
    ErrorCode.NEEDS_LIBREOFFICE: ("Needs LibreOffice", "Office documents are read with LibreOffice. Install it, then try again.", True),
    ErrorCode.DOCUMENT_BROKEN: ("Damaged", "The file is damaged and none of its pages can be shown. Another copy of it may be whole.", False),
    ErrorCode.DOCUMENT_LOCKED: ("Locked with a password", "It can be read after you unlock it. The password is used once and not kept.", True),
    ErrorCode.DOCUMENT_PROTECTED: ("Protected by its shop", "Its text is encrypted, and only the shop's own program opens it. Another copy without protection can be read.", False),
    ErrorCode.PASSWORD_WRONG: ("Wrong password", "That password does not open this document. Try another one.", True),
    ErrorCode.DOCUMENT_NO_PAGES: ("No pages", "The file opens but has no pages, so it is probably damaged. Another copy of it may be whole.", False),
    ErrorCode.PAGE_BROKEN: ("Some pages are damaged", "Pages that can be shown are searchable, the rest is not ({detail}). Another copy may be whole.", False),
    ErrorCode.PAGE_PARTIAL: ("Shown in part", "The file ends early or has a damaged part; what can be shown is searchable ({detail}). Another copy may be whole.", False),
    ErrorCode.PAGES_LEFT_OUT: ("Too many pages", "Only the first {limit} of its {detail} pages are searchable. Split it to have the rest.", False),
    ErrorCode.FIRST_PICTURE_ONLY: ("Moving picture", "It has {detail} pictures; only the first is searchable. Save others as pictures of their own to find them.", False),
    ErrorCode.PICTURE_TOO_LARGE: ("Picture is too large", "It is larger than can be opened safely ({detail}). Save a smaller copy to make it searchable.", False),
    ErrorCode.RENDER_TIMEOUT: ("Took too long", "Showing a page took longer than {limit} seconds, so the document was set aside. Try again, or print it to a new PDF.", True),
    ErrorCode.RENDER_MEMORY: ("Needs too much memory", "Showing a page needed more memory than is safe, so the document was set aside. Try again, or print it to a new PDF.", True),
    ErrorCode.RENDER_CRASHED: ("Cannot be shown", "The file makes the page renderer stop, so it was set aside. It is tried again when it changes; print it to a new PDF.", True),
    ErrorCode.RECOGNITION_FAILED: ("Text could not be recognised", "The page is shown but its words are not searchable. Try again.", True),
    ErrorCode.ENCODER_FAILED: ("Could not be indexed", "The search model failed on this document. Try again; details are in the log.", True),
    ErrorCode.MODEL_MISSING: ("Search model is missing", "Not all files of the search model are there ({detail}). Jina v4 can be got in Settings, page Engine, or with pagebeam encoder download; what comes with Pagebeam, by installing it again.", True),
    ErrorCode.MODEL_BROKEN: ("Search model is damaged", "A file of the search model is not what it should be, so the model is not used until that file was got again. ({detail})", True),
    ErrorCode.MODEL_FOLDER_WRONG: ("Not a complete model folder", "The folder must hold the model's files as they are published. {detail}", True),
    ErrorCode.MODEL_OTHER_REVISION: ("Files of another revision", "They are of revision {revision}, and Pagebeam was made for {wanted}. You can use them, but what they find may differ from the figures given. To have the right ones, remove these and download the model.", False),
    ErrorCode.MODEL_UNCONFIRMED: ("Files of unknown origin", "The folder does not tell where {unknown} of its {all} files are from. They are complete, but whether they are those of revision {wanted}, which Pagebeam was made for, is not known. Use them only if you trust their source; to be sure, remove them and download the model.", False),
    ErrorCode.MODEL_DISK_FULL: ("Not enough room for the model", "{needed} more are needed and {free} are free on that disk. What is there is kept; free some space and try again.", True),
    ErrorCode.LICENCE_NEEDED: ("Licence not agreed to", "This model is downloaded only after you have agreed to its licence.", True),
    ErrorCode.NO_CONNECTION: ("Download interrupted", "{detail} does not answer as it should. What is there is kept, and the download goes on from there when you try again.", True),
    ErrorCode.DOWNLOAD_WRONG: ("Download is damaged", "{detail} arrived with another checksum than is published, so it was deleted. Try again, or use another source.", True),
    ErrorCode.DEVICE_LOST: ("Graphics card does not answer", "The graphics card stopped working with Pagebeam. The processor takes over; it is slower. ({detail})", True),
    ErrorCode.ENCODER_IN_USE: ("This one is in use", "Choose another one first, and wait until it answers.", True),
    ErrorCode.DATASET_WRONG: ("Not a labelled retrieval set", "{detail}", False),
    ErrorCode.OUT_OF_MEMORY: ("Not enough memory", "There is not enough free memory for this. Close other programs and try again.", True),
    ErrorCode.DISK_FULL: ("Disk is full", "Reading is paused because the disk that holds the library is full. Nothing is lost; free some space to go on.", True),
    ErrorCode.DATA_UNREADABLE: ("Library cannot be opened", "The library's files are damaged or cannot be read. ({detail})", True),
    ErrorCode.DATA_NEWER: ("Library is from a newer Pagebeam", "This library was written by a newer version. Update Pagebeam to open it; nothing was changed.", False),
    ErrorCode.LIBRARY_DAMAGED: ("Part of the library was damaged", "The damage was removed. {detail} pages are read again from your documents, and are not found until then.", False),
    ErrorCode.CATALOGUE_RESTORED: ("The list of documents was damaged", "Its last copy took its place. Your folders are compared with it now, and what it does not know is read again.", False),
    ErrorCode.CATALOGUE_REBUILT: ("The list of documents was damaged", "A new one took its place. Your folders are still known, and all of their documents are read again.", False),
    ErrorCode.ALREADY_RUNNING: ("Already running", "Another Pagebeam is using this library. Close it first, or use its window.", True),
    ErrorCode.BAD_REQUEST: ("Not understood", "The request was not understood ({detail}).", False),
    ErrorCode.NOT_FOUND: ("Not found", "What was asked for is not in the library any more.", False),
    ErrorCode.CANCELLED: ("Cancelled", "Stopped as asked.", True),
    ErrorCode.WATCH_LIMIT: ("Too many folders to watch", "The system's limit on watched folders is reached. Changes are found by looking again at intervals.", True),
    ErrorCode.INTERNAL: ("Something went wrong", "An error inside Pagebeam. Details are in its log. ({detail})", True),
}  # fmt: skip


def report(code: ErrorCode, path: str = "", **facts: object) -> ErrorReport:
    """Build the report for `code`, filling the message's placeholders from `facts`; missing ones become "?"."""
    title, message, can_retry = _SENTENCES[code]
    return ErrorReport(code, title, message.format_map(_Facts(facts)), path, can_retry)


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
