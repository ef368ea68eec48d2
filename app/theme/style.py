"""The application's style sheet, following the system's light and dark."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.theme.tokens import Tokens, tokens


class Theme(QObject):
    """Signal changed(): the system went light or dark and every colour is new."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self._follow()

    @property
    def dark(self) -> bool:
        """Whether the system is dark."""
        return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return tokens(dark=self.dark)

    @Slot()
    def _follow(self) -> None:
        t = self.tokens
        palette = QPalette()
        role = QPalette.ColorRole
        for chosen, colour in (
            (role.Window, t.side),
            (role.Base, t.content),
            (role.Button, t.raised),
            (role.WindowText, t.text),
            (role.Text, t.text),
            (role.ButtonText, t.text),
            (role.Highlight, t.accent),
            (role.PlaceholderText, t.text3),
        ):
            palette.setColor(chosen, QColor(colour))
        self._app.setPalette(palette)
        self._app.setStyleSheet(_sheet(t))
        self.changed.emit()


def _sheet(t: Tokens) -> str:
    return f"""
    * {{ font-size: 13px; color: {t.text}; }}
    QWidget#side, QWidget#status {{ background: {t.side}; }}
    QWidget#side {{ border-right: 1px solid {t.line}; }}
    QWidget#status {{ border-top: 1px solid {t.line}; }}
    QWidget#content, QListView, QScrollArea, QScrollArea > QWidget > QWidget {{ background: {t.content}; }}
    QWidget#preview {{ background: {t.content}; border-left: 1px solid {t.line}; }}
    QListView, QListWidget, QScrollArea {{ border: 0; outline: 0; }}
    QWidget#side QListWidget {{ background: {t.side}; }}
    QListWidget::item {{ padding: 4px 8px; border-radius: 6px; min-height: 20px; }}
    QListWidget::item:hover {{ background: {t.hover}; }}
    QListWidget::item:selected {{ background: {t.selected}; color: {t.text}; }}
    QLineEdit#question {{ font-size: 16px; font-weight: 500; min-height: 42px; padding: 0 12px; border-radius: 10px;
        border: 1px solid {t.line3}; background: {t.content}; }}
    QLineEdit#question:focus {{ border: 2px solid {t.accent}; padding: 0 11px; }}
    QPushButton {{ min-height: 28px; padding: 0 12px; border-radius: 7px; border: 1px solid {t.line2};
        background: {t.raised}; font-weight: 500; }}
    QPushButton:hover {{ background: {t.hover}; }}
    QPushButton:focus {{ border: 2px solid {t.accent}; }}
    QPushButton:disabled {{ color: {t.text3}; }}
    QPushButton[role="primary"] {{ background: {t.accent}; border-color: {t.accent}; color: #FFFFFF; }}
    QPushButton[role="flat"] {{ border-color: transparent; background: transparent; color: {t.accent_text}; }}
    QLabel[role="section"] {{ font-size: 11px; font-weight: 600; color: {t.text2}; }}
    QLabel[role="title"] {{ font-size: 15px; font-weight: 600; }}
    QLabel[role="large"] {{ font-size: 20px; font-weight: 600; }}
    QLabel[role="meta"] {{ font-size: 12px; color: {t.text3}; }}
    QWidget#banner {{ background: {t.warn_ground}; border-radius: 10px; }}
    QWidget#banner QLabel {{ color: {t.warn}; }}
    QProgressBar {{ border: 0; border-radius: 2px; background: {t.line}; max-height: 5px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
    QSplitter::handle {{ background: {t.line}; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line2}; padding: 4px; }}
    """
