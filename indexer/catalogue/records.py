"""What the catalogue holds, as plain values."""

from dataclasses import dataclass

from indexer.documents.fingerprint import Fingerprint
from indexer.protocol.values import DocumentKind, DocumentState, TextSource


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """One document. `version` changes whenever its content does; kind is None until it was looked at."""

    document_id: int
    folder_id: int
    path: str
    kind: DocumentKind | None
    state: DocumentState
    version: str
    attempts: int
    page_count: int


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the catalogue knows of a file, for comparing with the disk. `content` is its hash, "" until it was read."""

    seen: Fingerprint
    content: str
    available: bool


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One indexed page: shape, where its words come from, and its thumbnail's file name."""

    page: int
    width: float
    height: float
    text_source: TextSource
    thumbnail: str


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What a search result tells of a page beside its score."""

    path: str
    page_count: int
    width: float
    height: float
    thumbnail: str
    kind: DocumentKind
    folder_id: int
    modified_s: float
    text_source: TextSource


def version_of(found: Fingerprint) -> str:
    """A document's version: changes with its size or times, survives a rename."""
    return f"{found.size_bytes:x}.{found.modified_ns:x}"


def rewritten_version_of(found: Fingerprint) -> str:
    """The version of a document whose content changed while size and time were set back."""
    return f"{version_of(found)}.{found.changed_ns:x}"
