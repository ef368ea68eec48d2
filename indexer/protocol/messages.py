"""Every request, reply and event, and the version of the whole contract.

A request carries an `id` chosen by the sender; exactly one reply with that id follows (a Failed one on error or
cancel). Events carry no id. framing.py turns these into lines and back.
"""

import msgspec

from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import (
    EncoderInfo,
    FailureInfo,
    Filters,
    FolderInfo,
    Limits,
    PageKey,
    PageResult,
    Quality,
    QueryWord,
    Region,
    SubfolderInfo,
    Task,
    WordMatch,
)

PROTOCOL_VERSION = 1


class Request(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Something the window asks of the engine."""

    id: int


class Hello(Request, frozen=True, tag="hello"):
    """First message; the engine refuses a version that is not its own. Answered with Welcome."""

    version: int = PROTOCOL_VERSION


class AddPaths(Request, frozen=True, tag="add-paths"):
    """Index these absolute files and folders; with `watch` folders are kept up to date. Answered with PathsAdded."""

    paths: tuple[str, ...]
    watch: bool = True


class EstimatePaths(Request, frozen=True, tag="estimate-paths"):
    """What adding these files and folders would mean; nothing is added. Answered with Estimate."""

    paths: tuple[str, ...]


class ListSubfolders(Request, frozen=True, tag="list-subfolders"):
    """The folders with pages directly below `path`, which is the folder's own path or lies below it. Answered with
    Subfolders."""

    folder_id: int
    path: str


class RemoveFolder(Request, frozen=True, tag="remove-folder"):
    """Forget a folder and everything indexed from it; documents on disk are not touched. Answered with Done."""

    folder_id: int


class PauseFolder(Request, frozen=True, tag="pause-folder"):
    """Stop or resume reading new pages of one folder. Answered with Done."""

    folder_id: int
    paused: bool


class Pause(Request, frozen=True, tag="pause"):
    """Stop reading for `seconds`, or until resumed when None. Answered with Done."""

    seconds: float | None = None


class Resume(Request, frozen=True, tag="resume"):
    """Go on reading, also where it waits by itself for battery, heat or others. Answered with Done."""


class Rescan(Request, frozen=True, tag="rescan"):
    """Compare every folder with the disk now. Answered with Done when the comparison is finished."""


class GetStatus(Request, frozen=True, tag="get-status"):
    """Answered with Status."""


class ListFailures(Request, frozen=True, tag="list-failures"):
    """Answered with Failures."""


class Retry(Request, frozen=True, tag="retry"):
    """Read failed documents again; an empty tuple means all of them. Answered with Done."""

    document_ids: tuple[int, ...] = ()


class Ignore(Request, frozen=True, tag="ignore"):
    """Stop listing these failed documents; an empty tuple means all. Answered with Done."""

    document_ids: tuple[int, ...] = ()


class Unlock(Request, frozen=True, tag="unlock"):
    """Read an encrypted document with this password, which is used once and never kept. Answered with Done."""

    document_id: int
    password: str


class Search(Request, frozen=True, tag="search"):
    """Rank pages for a question. A newer Search replaces an older one still waiting (it gets Failed: cancelled).

    `left_out` are indexes of the question's words to leave out. Answered with SearchReply.
    """

    query: str
    k: int = 60
    filters: Filters = Filters()
    task: Task = Task.RETRIEVAL
    left_out: tuple[int, ...] = ()


class MoreLikeThis(Request, frozen=True, tag="more-like-this"):
    """Pages similar to a page already indexed, or to a part of it. Answered with SearchReply without words."""

    key: PageKey
    part: Region | None = None
    k: int = 60
    filters: Filters = Filters()


class MatchPage(Request, frozen=True, tag="match-page"):
    """Where a question matches on one given page, found or not. Answered with PageMatches."""

    query: str
    key: PageKey
    left_out: tuple[int, ...] = ()


class RecentPages(Request, frozen=True, tag="recent-pages"):
    """First pages of the documents indexed last. Answered with SearchReply without words."""

    k: int = 60
    filters: Filters = Filters()


class GetPicture(Request, frozen=True, tag="get-picture"):
    """A picture of a page, `width_px` wide (capped by the engine). Answered with Picture."""

    key: PageKey
    width_px: int


class GetPageText(Request, frozen=True, tag="get-page-text"):
    """A page's words in reading order, for copying. Answered with PageText."""

    key: PageKey


class ListEncoders(Request, frozen=True, tag="list-encoders"):
    """Answered with Encoders."""


class ChooseEncoder(Request, frozen=True, tag="choose-encoder"):
    """Use this encoder: pages are embedded with it in the background and search switches when it has caught up.

    Answered with Done when accepted."""

    encoder_id: str


class KeepTasks(Request, frozen=True, tag="keep-tasks"):
    """The kinds of vectors an encoder keeps beside those for search: text-matching serves "more like this", code serves
    searching pages of source code. Those no longer kept are deleted. Answered with Done."""

    encoder_id: str
    tasks: tuple[Task, ...]


class SetQuality(Request, frozen=True, tag="set-quality"):
    """How an encoder reads pages when it is chosen next; its vectors of before are deleted, because they cannot be
    compared with the new ones. Refused while it is chosen or answers. Answered with Done."""

    encoder_id: str
    quality: Quality


class ImportEncoder(Request, frozen=True, tag="import-encoder"):
    """Take an encoder's files from a folder that was downloaded elsewhere. Answered with Done."""

    encoder_id: str
    folder: str


class DownloadEncoder(Request, frozen=True, tag="download-encoder"):
    """Download an encoder's files; `licence_accepted` must be true. Answered with Done when it is complete."""

    encoder_id: str
    licence_accepted: bool = False


class StopDownload(Request, frozen=True, tag="stop-download"):
    """End an encoder's download, whoever began it; what is there is kept for the next one. Answered with Done."""

    encoder_id: str


class RemoveEncoder(Request, frozen=True, tag="remove-encoder"):
    """Delete an encoder's downloaded files, and its vectors unless they are kept. Answered with Done.

    Lite's files travel with the program; only its vectors go. The encoder in use cannot be removed."""

    encoder_id: str
    keep_vectors: bool = False


class VerifyEncoder(Request, frozen=True, tag="verify-encoder"):
    """Read all of an encoder's files and compare their checksums. Answered with Done, or Failed naming the file."""

    encoder_id: str


class GetLimits(Request, frozen=True, tag="get-limits"):
    """Answered with LimitsTold."""


class SetLimits(Request, frozen=True, tag="set-limits"):
    """What reading may take of the computer, from now on and after the next start. Refused with BAD_REQUEST outside
    the bounds that LimitsTold gives. Answered with Done."""

    limits: Limits


class Cancel(Request, frozen=True, tag="cancel"):
    """Cancel the request with id `target`. Answered with Done; the target is answered with Failed: cancelled."""

    target: int


class Shutdown(Request, frozen=True, tag="shutdown"):
    """Leave. Answered with Done, then the engine's output ends."""


AnyRequest = (
    Hello
    | AddPaths
    | EstimatePaths
    | ListSubfolders
    | RemoveFolder
    | PauseFolder
    | Pause
    | Resume
    | Rescan
    | GetStatus
    | ListFailures
    | Retry
    | Ignore
    | Unlock
    | Search
    | MoreLikeThis
    | MatchPage
    | RecentPages
    | GetPicture
    | GetPageText
    | ListEncoders
    | ChooseEncoder
    | KeepTasks
    | SetQuality
    | ImportEncoder
    | DownloadEncoder
    | StopDownload
    | RemoveEncoder
    | VerifyEncoder
    | GetLimits
    | SetLimits
    | Cancel
    | Shutdown
)


class Reply(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """The engine's one answer to the request with this id."""

    id: int


class Failed(Reply, frozen=True, tag="failed"):
    """The request could not be done."""

    error: ErrorReport


class Done(Reply, frozen=True, tag="done"):
    """The request was done and there is nothing more to say."""


class Welcome(Reply, frozen=True, tag="welcome"):
    """The engine is up. Folders are absolute paths; thumbnails and pictures named in replies lie in `pictures`."""

    version: int
    app_version: str
    pid: int
    pictures: str
    logs: str


class PathsAdded(Reply, frozen=True, tag="paths-added"):
    """What became of the paths: folders accepted, single files accepted, and those refused with reasons."""

    folder_ids: tuple[int, ...]
    files: int
    refused: tuple[ErrorReport, ...] = ()


class Estimate(Reply, frozen=True, tag="estimate"):
    """Counted: `files` that may be documents, of which `known` are read already and unchanged; `complete` is false when
    there are more than could be counted at once. Reckoned from what was read before on this computer, None while that
    is too little: `pages` to be read, the `seconds` that takes, and the `size_bytes` of index."""

    files: int
    known: int
    complete: bool
    pages: int | None = None
    seconds: float | None = None
    size_bytes: int | None = None


class Subfolders(Reply, frozen=True, tag="subfolders"):
    """By name; those without pages are left out."""

    folder_id: int
    path: str
    subfolders: tuple[SubfolderInfo, ...]


class Status(Reply, frozen=True, tag="status"):
    """The whole library in numbers: found = indexed + waiting + failed + ignored (reading counts as waiting)."""

    folders: tuple[FolderInfo, ...]
    documents: int
    indexed: int
    waiting: int
    failed: int
    ignored: int
    pages: int
    paused: bool
    encoder: EncoderInfo
    size_bytes: int = 0


class Failures(Reply, frozen=True, tag="failures"):
    """Documents and pages that could not be read, newest first."""

    failures: tuple[FailureInfo, ...]


class SearchReply(Reply, frozen=True, tag="search-reply"):
    """Ranked pages. `convincing` is false when no page fits better than unrelated pages do.

    `searched` of `pages` pages took part. `notes` are sentences about the question itself (cut, phrase missing).
    `full_score` is what a page would score that holds everything asked for exactly; 0 where that is not known.
    """

    query: str
    words: tuple[QueryWord, ...]
    results: tuple[PageResult, ...]
    convincing: bool
    searched: int
    pages: int
    took_ms: float
    notes: tuple[ErrorReport, ...] = ()
    full_score: float = 0.0


class PageMatches(Reply, frozen=True, tag="page-matches"):
    """Where the question's words match on one page."""

    key: PageKey
    words: tuple[WordMatch, ...]
    regions: tuple[Region, ...]


class Picture(Reply, frozen=True, tag="picture"):
    """A picture file's name in the pictures folder, and its size in pixels."""

    key: PageKey
    name: str
    width_px: int
    height_px: int


class PageText(Reply, frozen=True, tag="page-text"):
    """The text of a page, lines separated by newlines."""

    key: PageKey
    text: str


class Encoders(Reply, frozen=True, tag="encoders"):
    """Every encoder that may be chosen."""

    encoders: tuple[EncoderInfo, ...]


class LimitsTold(Reply, frozen=True, tag="limits-told"):
    """The limits in force, what may be chosen, and what is taken now.

    `threads_usual` is what 0 threads means here, `threads_most` the processors there are. `memory_now_mb` is what the
    engine and its renderers take at the moment."""

    limits: Limits
    threads_usual: int
    threads_most: int
    memory_least_mb: int
    memory_most_mb: int
    memory_now_mb: int


class Event(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Something that happened; nobody asked."""


class Progress(Event, frozen=True, tag="progress"):
    """How reading goes, at most ten times a second. Pages of documents not yet opened are not known,
    so documents are counted too. `pages_per_s` is measured over the last minute (0 until it is);
    `left_s` is None until 30 s are measured. `reading` is a path, `page` its page. `reason`: why reading waits by
    itself, a WaitReason or an ErrorCode, "" when it does not."""

    documents_done: int
    documents_total: int
    pages_done: int
    pages_total: int
    pages_per_s: float
    left_s: float | None
    reading: str
    page: int
    paused: bool
    reason: str = ""


class FoldersChanged(Event, frozen=True, tag="folders-changed"):
    """Folders or their counts changed, at most twice a second."""

    folders: tuple[FolderInfo, ...]


class LibraryChanged(Event, frozen=True, tag="library-changed"):
    """Searchable pages came or went; a shown search may be stale. At most once a second."""

    pages: int
    encoder: str = ""


class FailuresChanged(Event, frozen=True, tag="failures-changed"):
    """The list of failures changed; ask for it."""

    count: int


class DownloadProgress(Event, frozen=True, tag="download-progress"):
    """How the download or the import of an encoder goes, at most ten times a second; `file` is being worked at."""

    encoder_id: str
    done_bytes: int
    total_bytes: int
    bytes_per_s: float
    file: str = ""


class EncodersChanged(Event, frozen=True, tag="encoders-changed"):
    """Encoders were got, chosen, removed or caught up; ask for the list."""


class Notice(Event, frozen=True, tag="notice"):
    """Something the user should know that belongs to no request: disk full, watch limit, model damaged."""

    error: ErrorReport


AnyReply = (
    Failed
    | Done
    | Welcome
    | PathsAdded
    | Estimate
    | Subfolders
    | Status
    | Failures
    | SearchReply
    | PageMatches
    | Picture
    | PageText
    | Encoders
    | LimitsTold
)
AnyEvent = Progress | FoldersChanged | LibraryChanged | FailuresChanged | DownloadProgress | EncodersChanged | Notice
AnyAnswer = AnyReply | AnyEvent
