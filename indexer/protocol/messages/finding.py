"""Messages about pages: searching them, and seeing one with its text."""

from indexer.protocol.errors import ErrorReport
from indexer.protocol.messages.session import Reply, Request
from indexer.protocol.values import Filters, PageKey, PageResult, QueryWord, Region, Task, WordMatch


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
