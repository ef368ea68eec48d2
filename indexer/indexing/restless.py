"""Restless: documents that could not be read for now, and how long each is to be left alone.

They changed or went while they were read, or their disk failed for a moment, as a share does that is cut off: who goes
on at once has told of thousands of documents within a minute that they cannot be read.
"""

import os

from indexer.protocol.errors import ErrorCode

_FIRST_S, _MOST_S = 5.0, 600.0
_TRIES = 6
"""With the pauses between them two and a half minutes."""


class Restless:
    """Others come first for a while, and twice as long each time it happens again: a log that is written all day is not
    read all day."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}

    def may_pass(self, document_id: int, path: str, code: ErrorCode) -> bool:
        """Whether another try, later, may go well. Not where permission is what lacks, or it was tried often."""
        if code in (ErrorCode.FILE_CHANGED, ErrorCode.FILE_MISSING, ErrorCode.DISK_SILENT):
            return True
        often = self._times.get(document_id, 0) >= _TRIES - 1
        return code is ErrorCode.FILE_UNREADABLE and not often and os.access(path, os.R_OK)

    def again(self, document_id: int) -> float:
        """It happened once more: not to be read for so many seconds."""
        times = self._times[document_id] = self._times.get(document_id, 0) + 1
        return min(_FIRST_S * 2.0 ** min(times - 1, 10), _MOST_S)

    def settled(self, document_id: int) -> None:
        """It was read to its end, or set aside."""
        self._times.pop(document_id, None)
