"""ResultsModel: found pages, best first; pages of one document fold into the best one."""

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.names import file_name
from indexer.protocol.values import PageResult, QueryWord

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Role(IntEnum):
    """What the delegate asks for beside the display text."""

    RESULT = Qt.ItemDataRole.UserRole
    FOLDED = Qt.ItemDataRole.UserRole + 1
    BEST_SCORE = Qt.ItemDataRole.UserRole + 2
    WORDS = Qt.ItemDataRole.UserRole + 3


class ResultsModel(QAbstractListModel):
    """Page keys and scores, never pictures."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results: tuple[PageResult, ...] = ()
        self._words: tuple[QueryWord, ...] = ()
        self._shown: list[PageResult] = []
        self._folded: dict[int, int] = {}
        self._opened: set[int] = set()

    def show(self, results: tuple[PageResult, ...], words: tuple[QueryWord, ...]) -> None:
        """Replace everything."""
        self._results, self._words, self._opened = results, words, set()
        self._fold()

    def open_document(self, document_id: int) -> None:
        """Show every page of one document."""
        self._opened.add(document_id)
        self._fold()

    def results(self) -> tuple[PageResult, ...]:
        """All found pages, folded ones too."""
        return self._results

    def words(self) -> tuple[QueryWord, ...]:
        """The question's words."""
        return self._words

    def _fold(self) -> None:
        self.beginResetModel()
        self._shown, self._folded = [], {}
        for result in self._results:
            document_id = result.key.document_id
            if document_id in self._folded and document_id not in self._opened:
                self._folded[document_id] += 1
            else:
                self._folded.setdefault(document_id, 0)
                self._shown.append(result)
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Pages shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A page's values."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        result = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return file_name(result.path)
            case Qt.ItemDataRole.ToolTipRole:
                return result.path
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.tr("{name}, page {page}").format(name=self.data(index), page=result.key.page)
            case Role.RESULT:
                return result
            case Role.FOLDED:
                return self._folded.get(result.key.document_id, 0)
            case Role.BEST_SCORE:
                return max((r.score for r in self._results), default=0.0)
            case Role.WORDS:
                return self._words
        return None
