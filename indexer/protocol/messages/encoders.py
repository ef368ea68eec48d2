"""Messages about encoders: which there are, choosing one, and getting its files."""

from indexer.protocol.messages.session import Event, Reply, Request
from indexer.protocol.values import EncoderInfo, Quality, Task


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


class Encoders(Reply, frozen=True, tag="encoders"):
    """Every encoder that may be chosen."""

    encoders: tuple[EncoderInfo, ...]


class DownloadProgress(Event, frozen=True, tag="download-progress"):
    """How the download or the import of an encoder goes, at most ten times a second; `file` is being worked at."""

    encoder_id: str
    done_bytes: int
    total_bytes: int
    bytes_per_s: float
    file: str = ""


class EncodersChanged(Event, frozen=True, tag="encoders-changed"):
    """Encoders were got, chosen, removed or caught up; ask for the list."""
