"""PaintedPages: pages kept as they were painted, and how many may be painted anew in one event.

A repaint then copies pictures. When marks change on every card, each event paints new ones for some milliseconds; the
others show what they were until their turn comes, so that the window never waits for a screen full of pages.
"""

from collections import OrderedDict
from collections.abc import Hashable

from PySide6.QtCore import QElapsedTimer
from PySide6.QtGui import QPixmap

_KEPT = 80
"""More than are seen at once; 0.3 MB each on a plain screen."""


class PaintedPages:
    """GUI thread only. A key starts with what stays the same when only marks change."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Hashable, Hashable], tuple[object, QPixmap]] = OrderedDict()
        self._newest: dict[Hashable, tuple[Hashable, Hashable]] = {}
        self._clock = QElapsedTimer()
        self._budget_ms = 0
        self.owed = False
        """Whether something was left for a later event since begin()."""

    def begin(self, budget_ms: int) -> None:
        """From now to end(), paint anew for so long at most, but always one."""
        self._budget_ms, self.owed = budget_ms, False
        self._clock.start()

    def end(self) -> None:
        """No limit any more."""
        self._budget_ms = 0

    def may_paint(self) -> bool:
        """Whether there is time for one more; else it is owed."""
        if self._budget_ms and self._clock.elapsed() >= self._budget_ms:
            self.owed = True
            return False
        return True

    def get(self, same: Hashable, marks: Hashable) -> QPixmap | None:
        """The picture of exactly this."""
        found = self._kept.get((same, marks))
        if found is None:
            return None
        self._kept.move_to_end((same, marks))
        return found[1]

    def before(self, same: Hashable) -> QPixmap | None:
        """The newest picture of this page, with whatever marks."""
        newest = self._newest.get(same)
        found = self._kept.get(newest) if newest is not None else None
        return found[1] if found is not None else None

    def put(self, same: Hashable, marks: Hashable, holder: object, picture: QPixmap) -> None:
        """Keep a picture; `holder` is kept with it, so that an id() in the key stays its own."""
        self._kept[(same, marks)] = holder, picture
        self._newest[same] = same, marks
        while len(self._kept) > _KEPT:
            gone, _ = self._kept.popitem(last=False)
            if self._newest.get(gone[0]) == gone:
                del self._newest[gone[0]]
