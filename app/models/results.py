"""ResultsModel: found pages, best first; pages of one document fold into the best one."""

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.names import file_name, path_parts
from app.painting.marks import words_there
from app.wording import several
from indexer.protocol.values import PageKey, PageResult, QueryWord

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_FULL_BAR = 0.5
"""Of what everything asked for, word for word, would score: there a bar is full at the latest. The best pages of 67
questions with an answer reach 0.24 to 0.87 of it, half of them more than this.
"""


class Role(IntEnum):
    """What the delegates ask for beside the display text."""

    RESULT = Qt.ItemDataRole.UserRole
    FOLDED = Qt.ItemDataRole.UserRole + 1
    BEST_SCORE = Qt.ItemDataRole.UserRole + 2
    WORDS = Qt.ItemDataRole.UserRole + 3
    FIRST_WEAK = Qt.ItemDataRole.UserRole + 4
    FOUND = Qt.ItemDataRole.UserRole + 5
    BAR_SCORE = Qt.ItemDataRole.UserRole + 6


class Order(Enum):
    """In which order pages stand; those under the line stay under it."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"


_KEYS: dict[Order, Callable[[PageResult], object]] = {
    Order.NEWEST: lambda result: -result.modified_s,
    Order.OLDEST: lambda result: result.modified_s,
    Order.NAME: lambda result: (file_name(result.path).casefold(), result.path),
}
"""Pages alike in this stand best first, and so do the pages of one document."""


class ResultsModel(QAbstractListModel):
    """Page keys and scores, never pictures."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results: tuple[PageResult, ...] = ()
        self._words: tuple[QueryWord, ...] = ()
        self._shown: list[PageResult] = []
        self._folded: dict[int, int] = {}
        self._opened: set[int] = set()
        self._grouped = True
        self._order = Order.BEST
        self._line = False
        self._best = self._bar = 0.0

    def show(
        self,
        results: tuple[PageResult, ...],
        words: tuple[QueryWord, ...],
        *,
        line: bool = False,
        full_score: float = 0.0,
    ) -> None:
        """Replace everything. With `line`, the first weak page opens the part under the line. `full_score`: of a page
        that holds all that was asked, so that the bars of pages that hardly fit are short beside nothing better, too.
        """
        self._results, self._words, self._opened, self._line = results, words, set(), line
        self._best = max((result.score for result in results), default=0.0)
        self._bar = max(self._best, full_score * _FULL_BAR)
        self._fold()

    def open_document(self, document_id: int) -> None:
        """Show every page of one document."""
        self._opened.add(document_id)
        self._fold()

    def set_grouped(self, on: bool) -> None:
        """Fold the pages of one document into the best one, or list every page."""
        if on != self._grouped:
            self._grouped = on
            self._opened.clear()
            self._fold()

    def set_order(self, order: Order) -> None:
        """Show the same pages in another order."""
        if order is not self._order:
            self._order = order
            self._fold()

    def results(self) -> tuple[PageResult, ...]:
        """All found pages, folded ones too."""
        return self._results

    def words(self) -> tuple[QueryWord, ...]:
        """The question's words."""
        return self._words

    def row_of(self, key: PageKey) -> int:
        """The row of a page; that of the page it is folded into; -1 when it is not here."""
        for row, result in enumerate(self._shown):
            if result.key == key:
                return row
        for row, result in enumerate(self._shown):
            if result.key.document_id == key.document_id:
                return row
        return -1

    def _fold(self) -> None:
        self.beginResetModel()
        self._shown, self._folded = [], {}
        good: set[int] = set()
        for result in self._ordered():
            document_id = result.key.document_id
            if self._grouped and document_id in self._folded and document_id not in self._opened:
                # a page that fits no better than unrelated ones is not told of beside one that does
                self._folded[document_id] += not (result.weak and document_id in good)
            else:
                self._folded.setdefault(document_id, 0)
                if not result.weak:
                    good.add(document_id)
                self._shown.append(result)
        self.endResetModel()

    def _ordered(self) -> list[PageResult]:
        if self._order is Order.BEST or not self._words:
            return list(self._results)
        key = _KEYS[self._order]
        return sorted(self._results, key=lambda result: (self._line and result.weak, key(result)))

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Pages shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A page's values."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = index.row()
        result = self._shown[row]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return file_name(result.path)
            case Qt.ItemDataRole.ToolTipRole:
                return result.path
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row, result)
            case Role.RESULT:
                return result
            case Role.FOLDED:
                return self._folded.get(result.key.document_id, 0)
            case Role.BEST_SCORE:
                return self._best
            case Role.BAR_SCORE:
                return self._bar
            case Role.WORDS:
                return self._words
            case Role.FIRST_WEAK:
                return self._line and result.weak and (row == 0 or not self._shown[row - 1].weak)
            case Role.FOUND:
                return self._found(result)
        return None

    def _found(self, result: PageResult) -> str:
        asked = sum(word.searched for word in self._words)
        if not asked:
            return ""
        if result.weak:
            return self.tr("no clear match")
        there = words_there(result)
        return self.tr("all words") if there >= asked else self.tr("{n} of {m} words").format(n=there, m=asked)

    def _spoken(self, row: int, result: PageResult) -> str:
        """As one would say it: name, page, folder; words found and the strongest; how many more pages; place."""
        parts = path_parts(result.path)
        name = self.tr("{name}, page {page}, {folder}.").format(
            name=parts[-1], page=result.key.page, folder=parts[-2] if len(parts) > 1 else ""
        )
        sentences = [name]
        if found := self._found(result):
            best = max(result.words, key=lambda match: match.strength, default=None)
            strongest = self._words[best.word].text if best is not None and not result.weak else ""
            said = self.tr("{found}, strongest {word}.") if strongest else self.tr("{found}.")
            sentences.append(said.format(found=found.capitalize(), word=strongest))
        if more := self._folded.get(result.key.document_id, 0):
            sentences.append(several(more, self.tr("1 more page."), self.tr("{n} more pages.")))
        sentences.append(self.tr("Result {n} of {m}.").format(n=row + 1, m=len(self._shown)))
        return " ".join(sentences)
