"""ActivityPanel: what is being read, how far each folder has come, and what could not be read and why."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.models.folders import FoldersModel
from app.names import breakable, file_name
from app.theme.style import Theme
from app.views.activity_parts import FolderLine, ReadingNow
from app.views.small_controls import ElidedLabel
from app.wording import pages_word, time_left
from indexer.protocol.errors import ErrorCode
from indexer.protocol.messages import Progress
from indexer.protocol.values import FailureInfo

_LOCKED = (ErrorCode.DOCUMENT_LOCKED, ErrorCode.PASSWORD_WRONG)
_GONE_NOTHING_HELPS = (
    ErrorCode.KIND_UNSUPPORTED,
    ErrorCode.FILE_EMPTY,
    ErrorCode.FILE_TOO_LARGE,
    ErrorCode.PICTURE_TOO_LARGE,
)
_SHOWN = 200


def by_document(failures: tuple[FailureInfo, ...]) -> list[tuple[FailureInfo, tuple[int, ...]]]:
    """One entry a document and reason, with the pages concerned (none: the whole document)."""
    found: dict[tuple[int, str], tuple[FailureInfo, list[int]]] = {}
    for failure in failures:
        entry = found.setdefault((failure.document_id, failure.code), (failure, []))
        if failure.page:
            entry[1].append(failure.page)
    return [(failure, tuple(sorted(pages))) for failure, pages in found.values()]


def ranges(pages: Sequence[int]) -> str:
    """Page numbers as in an index.

    >>> ranges((2, 3, 4, 7))
    '2–4, 7'
    """
    parts: list[list[int]] = []
    for page in pages:
        if parts and page == parts[-1][1] + 1:
            parts[-1][1] = page
        else:
            parts.append([page, page])
    return ", ".join(f"{first}" if first == last else f"{first}–{last}" for first, last in parts)


class ActivityPanel(QWidget):
    """Signals: retry_requested(document id, 0 for all); ignore_requested(document id, 0 for all);
    unlock_requested(document id, password); reveal_requested(path); close_requested()."""

    retry_requested = Signal(int)
    ignore_requested = Signal(int)
    unlock_requested = Signal(int, str)
    reveal_requested = Signal(str)
    close_requested = Signal()

    def __init__(self, theme: Theme, folders: FoldersModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._folders = theme, folders
        self.failures: tuple[FailureInfo, ...] = ()
        self._reading = False
        title = QLabel(self.tr("Activity"))
        title.setProperty("role", "title")
        self._close = QToolButton()
        self._close.setAccessibleName(self.tr("Close Activity"))
        self._close.clicked.connect(self.close_requested)
        head = QHBoxLayout()
        head.setContentsMargins(16, 14, 12, 8)
        head.addWidget(title, 1)
        head.addWidget(self._close)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self._scroll.setWidget(body)
        self._scroll.setAccessibleName(self.tr("Activity"))
        self._now = ReadingNow(theme)
        self._folder_head, self._folder_total = QLabel(self.tr("Folders")), QLabel()
        self._folder_head.setProperty("role", "strong")
        self._folder_total.setProperty("role", "meta")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(2)
        self._failed = QVBoxLayout()
        self._failed.setSpacing(0)
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(10)
        column.addWidget(self._now)
        line = QHBoxLayout()
        line.addWidget(self._folder_head, 1)
        line.addWidget(self._folder_total)
        column.addLayout(line)
        column.addLayout(self._lines)
        rule = QFrame()
        rule.setObjectName("rule")
        column.addWidget(rule)
        column.addLayout(self._failed)
        column.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self._scroll, 1)
        theme.changed.connect(self._dress)
        self._dress()
        self.show_failures(())

    def show_progress(self, progress: Progress) -> None:
        """What is being read, and how far the folders are."""
        self._now.show_progress(progress)
        folders = self._folders.folders()
        while self._lines.count() > len(folders):
            self._drop(self._lines)
        while self._lines.count() < len(folders):
            self._lines.addWidget(FolderLine(self._theme))
        left = time_left(progress.left_s) if progress.left_s is not None and not progress.paused else ""
        waiting = sum(folder.waiting > 0 for folder in folders)
        for at, folder in enumerate(folders):
            item = self._lines.itemAt(at)
            widget = item.widget() if item is not None else None
            if isinstance(widget, FolderLine):
                widget.show_folder(folder, self._folders.name(folder), left if waiting == 1 else "")
        self._folder_total.setText(pages_word(progress.pages_done))
        reading = progress.documents_done < progress.documents_total
        if reading != self._reading:
            self._reading = reading
            self._say_failures()

    def show_failures(self, failures: tuple[FailureInfo, ...]) -> None:
        """Replace the list."""
        self.failures = failures
        while self._failed.count():
            self._drop(self._failed)
        rows = by_document(failures)
        self._failed.addWidget(self._failures_head(len(rows)))
        for failure, pages in rows[:_SHOWN]:
            self._failed.addWidget(self._row(failure, pages))
        if failures:
            foot = QHBoxLayout()
            self._button(foot, self.tr("Copy details for a report"), self._copy_details, role="link")
            said = ElidedLabel()
            said.setProperty("role", "faint")
            said.say(self.tr("no file names, nothing is sent"))
            foot.addWidget(said, 1)
            holder = QWidget()
            holder.setLayout(foot)
            self._failed.addWidget(holder)
        if len(rows) > _SHOWN:
            more = QLabel(self.tr("and {n} more").format(n=len(rows) - _SHOWN))
            more.setProperty("role", "meta")
            self._failed.addWidget(more)

    def _drop(self, layout: QVBoxLayout) -> None:
        item = layout.takeAt(layout.count() - 1)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()

    def _failures_head(self, failures: int) -> QWidget:
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 2, 0, 6)
        self._failures_title = QLabel()
        self._failures_title.setProperty("role", "strong")
        self._failures_title.setMinimumWidth(60)
        self._say_failures()
        line.addWidget(self._failures_title)
        if failures:
            count = QLabel(str(failures))
            count.setProperty("role", "count")
            line.addWidget(count)
        line.addStretch()
        if failures:
            self._button(line, self.tr("Retry all"), lambda: self.retry_requested.emit(0), role="link")
            self._button(line, self.tr("Ignore all"), lambda: self.ignore_requested.emit(0), role="link")
        return head

    def _say_failures(self) -> None:
        well = self.tr("Everything could be read so far") if self._reading else self.tr("Everything could be read")
        self._failures_title.setText(self.tr("Could not be read") if self.failures else well)

    def _row(self, failure: FailureInfo, pages: tuple[int, ...]) -> QWidget:
        row = QFrame()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 8, 0, 8)
        line.setSpacing(8)
        icon = QLabel()
        name = (
            "key-round"
            if failure.code in _LOCKED
            else "clock"
            if failure.code == ErrorCode.RENDER_TIMEOUT
            else "triangle-alert"
        )
        icon.setPixmap(self._theme.icon(name, "warn").pixmap(16, 16))
        icon.setStyleSheet(f"background: {self._theme.tokens.warn_ground}; border-radius: 6px; padding: 5px;")
        line.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        title = file_name(failure.path)
        if len(pages) > 1:
            title = self.tr("{name}, pages {pages}").format(name=title, pages=ranges(pages))
        elif pages:
            title = self.tr("{name}, page {n}").format(name=title, n=pages[0])
        said = f"{failure.title}. {failure.message}".replace(f" (page {failure.page})", "")  # the title names the pages
        words = QVBoxLayout()
        words.setSpacing(1)
        for text, role in ((breakable(title), "strong"), (said, "meta")):
            label = QLabel(text)
            label.setProperty("role", role)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setMinimumWidth(40)
            label.setToolTip(failure.path)
            words.addWidget(label)
        line.addLayout(words, 1)
        chosen, path = failure.document_id, failure.path
        if failure.code in _LOCKED:
            self._button(line, self.tr("Unlock…"), lambda: self._unlock(chosen, title))
        elif failure.code in _GONE_NOTHING_HELPS:
            self._button(line, self.tr("Show"), lambda: self.reveal_requested.emit(path))
        else:
            self._button(line, self.tr("Retry"), lambda: self.retry_requested.emit(chosen))
        self._button(line, self.tr("Ignore"), lambda: self.ignore_requested.emit(chosen), role="plain")
        return row

    def _button(self, line: QHBoxLayout, text: str, act: Callable[[], None], role: str = "") -> None:
        button = QPushButton(text)
        button.setProperty("role", role)
        button.clicked.connect(act)
        line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def _unlock(self, document_id: int, name: str) -> None:
        hint = self.tr("Password for {name} (used once, not kept)").format(name=name)
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Unlock"))
        dialog.setLabelText(hint)
        dialog.setTextEchoMode(QLineEdit.EchoMode.Password)
        dialog.setOkButtonText(self.tr("Unlock"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(
            lambda password: self.unlock_requested.emit(document_id, password) if password else None
        )
        dialog.open()

    def _copy_details(self) -> None:
        """For a report: codes and sentences, no file names."""
        lines = [f"{f.code}: {f.title}. {f.message}" + (f" (page {f.page})" if f.page else "") for f in self.failures]
        QGuiApplication.clipboard().setText("\n".join(lines))

    @Slot()
    def _dress(self) -> None:
        self._close.setIcon(self._theme.icon("x", "text2"))
        if self.failures:
            self.show_failures(self.failures)
