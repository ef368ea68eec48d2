"""ResultsGrid: the list of cards; as many columns as fit, and the cards fill the row."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListView, QWidget

from app.views.page_delegate import CARD, GAP, PageDelegate

_LEAST = 200
_SCROLLBAR = 18


class ResultsGrid(QListView):
    """Cards 200 to 280 wide. The scroll bar's place is always kept, so that nothing moves when it comes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cards to the row."""
        delegate = self.itemDelegate()
        if isinstance(delegate, PageDelegate):
            room = self.width() - _SCROLLBAR
            columns = max(1, room // (_LEAST + GAP.width()))
            width = min(280, room // columns - GAP.width())
            delegate.card = QSize(max(_LEAST, width), CARD.height())
            self.setGridSize(delegate.card + GAP)
        super().resizeEvent(event)
