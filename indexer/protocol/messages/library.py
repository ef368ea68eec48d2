"""Messages about what is read: folders, files, the state of reading, failures, and the limits of reading."""

from typing import ClassVar

from indexer.protocol.errors import ErrorReport
from indexer.protocol.messages.session import Event, Reply, Request
from indexer.protocol.values import EncoderInfo, FailureInfo, FolderInfo, Limits, SubfolderInfo


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


class GetLimits(Request, frozen=True, tag="get-limits"):
    """Answered with LimitsTold."""


class SetLimits(Request, frozen=True, tag="set-limits"):
    """What reading may take of the computer, from now on and after the next start. Refused with BAD_REQUEST outside
    the bounds that LimitsTold gives. Answered with Done."""

    limits: Limits


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
    """Documents and pages that could not be read, newest first; MOST of them, for a message is at most 16 MB long."""

    MOST: ClassVar[int] = 20_000

    failures: tuple[FailureInfo, ...]


class LimitsTold(Reply, frozen=True, tag="limits-told"):
    """The limits in force, what may be chosen, and what is taken now.

    `threads_usual` is what 0 threads means here, `threads_most` the processors there are. `memory_now_mb` is what the
    engine and its renderers take at the moment, without `memory_model_mb`, a large model, not counted."""

    limits: Limits
    threads_usual: int
    threads_most: int
    memory_least_mb: int
    memory_most_mb: int
    memory_now_mb: int
    memory_model_mb: int = 0


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
