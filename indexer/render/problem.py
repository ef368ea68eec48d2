"""RenderProblem: how a decoder says, inside a renderer, why a document or a page cannot be shown."""

from indexer.protocol.errors import ErrorCode


class RenderProblem(Exception):  # noqa: N818 - named for what it is in this package: a problem told, not a fault
    """Why a document or a page cannot be shown. `detail` holds facts (sizes, counts), never text of the document."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


_MEMORY_WORDS = ("malloc", "out of memory", "cannot allocate", "calloc", "realloc")


def is_memory_failure(problem: BaseException) -> bool:
    """Whether a library failed for want of memory: Python's own error, or MuPDF's in words."""
    return isinstance(problem, MemoryError) or any(word in str(problem).lower() for word in _MEMORY_WORDS)
