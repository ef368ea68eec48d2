"""Our errors; the only place that turns system and library errors into them."""

import errno

from indexer.protocol.errors import ErrorCode, ErrorReport, report


class PagebeamError(Exception):
    """A failure that a person is told about: carries its report and nothing else."""

    def __init__(self, code: ErrorCode, path: str = "", **facts: object) -> None:
        self.report: ErrorReport = report(code, path, **facts)
        super().__init__(f"{code}: {self.report.message}")

    @property
    def code(self) -> ErrorCode:
        """What went wrong."""
        return self.report.code


def from_os_error(problem: OSError, path: str = "") -> PagebeamError:
    """The system's words for a file turned into ours."""
    match problem.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ESTALE:
            code = ErrorCode.FILE_MISSING
        case errno.ENOSPC | errno.EDQUOT:
            code = ErrorCode.DISK_FULL
        case errno.ENOMEM:
            code = ErrorCode.OUT_OF_MEMORY
        case _:
            code = ErrorCode.FILE_UNREADABLE
    return PagebeamError(code, path, detail=problem.strerror or type(problem).__name__)
