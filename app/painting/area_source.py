"""AreaSource: areas are worked out one word at a time between events, so that the window never waits for them."""

from collections import OrderedDict
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.painting.areas import Areas, Maps, areas_one_by_one

_KEPT = 240


class AreaSource(QObject):
    """Signal arrived(): areas asked for are there; paint again."""

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._made: OrderedDict[Maps, tuple[Areas, ...]] = OrderedDict()
        self._wanted: OrderedDict[Maps, None] = OrderedDict()
        self._current: tuple[Maps, Iterator[Areas], list[Areas]] | None = None
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._make_one)

    def get(self, maps: Maps) -> tuple[Areas, ...]:
        """The areas when they are known; otherwise nothing yet, and arrived() follows."""
        if not maps:
            return ()
        known = self._made.get(maps)
        if known is None:
            self._wanted[maps] = None
            self._turn.start()
            return ()
        self._made.move_to_end(maps)
        return known

    @Slot()
    def _make_one(self) -> None:
        if self._current is None:
            if not self._wanted:
                self._turn.stop()
                return
            maps, _ = self._wanted.popitem()  # newest first: it is what is looked at
            if maps in self._made:
                return
            self._current = (maps, areas_one_by_one(maps), [])
        maps, words, done = self._current
        found = next(words, None)
        if found is not None:
            done.append(found)
            return
        self._current = None
        self._made[maps] = tuple(done)
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        self.arrived.emit()
