"""The application's style sheet, made from the colours in force and the size of text."""

from collections.abc import Callable

from app.resources import resource
from app.theme.tokens import Tokens


def sheet(t: Tokens, px: Callable[[float], int]) -> str:
    """Qt style sheet text."""
    return _base(t, px) + _buttons(t, px) + _parts(t, px)


def _base(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
    * {{ font-size: {px(13)}px; color: {t.text}; }}
    QMainWindow, QDialog, QWidget#content, QListView, QScrollArea, QScrollArea > QWidget > QWidget {{
        background: {t.content}; }}
    QWidget#side, QWidget#status, QWidget#rail {{ background: {t.side}; }}
    QWidget#side[over="true"] {{ border-right: 1px solid {t.line2}; }}
    QWidget#status {{ border-top: 1px solid {t.line}; }}
    QScrollArea#first, QScrollArea#first > QWidget > QWidget {{ background: {t.side}; }}
    QWidget#preview {{ background: {t.content}; }}
    QWidget#side QListView {{ background: {t.side}; }}
    QListView, QScrollArea, QAbstractScrollArea {{ border: 0; outline: 0; }}
    QSplitter::handle {{ background: {t.line}; }}
    QFrame#rule {{ background: {t.line}; border: 0; max-height: 1px; min-height: 1px; }}
    QFrame#upright {{ background: {t.line2}; border: 0; max-width: 1px; min-width: 1px; max-height: 14px; }}
    QLabel[role="section"] {{ font-size: {px(11)}px; font-weight: 600; color: {t.text2}; }}
    QLabel[role="strong"] {{ font-weight: 600; }}
    QLabel[role="title"] {{ font-size: {px(15)}px; font-weight: 600; }}
    QLabel[role="heading"] {{ font-size: {px(20)}px; font-weight: 650; }}
    QLabel[role="large"] {{ font-size: {px(26)}px; font-weight: 650; }}
    QLabel[role="lead"] {{ font-size: {px(14)}px; color: {t.text2}; }}
    QLabel[role="meta"] {{ font-size: {px(12)}px; color: {t.text2}; }}
    QLabel[role="faint"] {{ font-size: {px(12)}px; color: {t.text3}; }}
    QLabel[role="ok"] {{ color: {t.ok}; }}
    QLabel[role="warn"] {{ color: {t.warn}; font-weight: 600; font-size: {px(12)}px; }}
    QLabel[role="error"] {{ color: {t.error}; font-weight: 600; }}
    QLabel[role="pill"] {{ font-size: {px(11)}px; font-weight: 600; color: {t.text2}; background: {t.mat};
        border-radius: 9px; padding: 2px 8px; }}
    QLabel[role="pill"][kind="ok"] {{ color: {t.ok}; background: {t.ok_ground}; }}
    QLabel[role="pill"][kind="accent"] {{ color: {t.accent_text}; background: {t.accent_soft}; }}
    QLabel[role="key"] {{ font-size: {px(11)}px; font-weight: 500; color: {t.text2}; background: {t.mat};
        border: 1px solid {t.line2}; border-radius: 4px; padding: 1px 6px; }}
    QLabel[role="count"] {{ font-size: {px(11)}px; font-weight: 600; color: {t.warn}; background: {t.warn_ground};
        border-radius: 9px; padding: 2px 7px; }}
    QToolTip {{ background: #1B1F26; color: #F2F4F7; border: 1px solid {t.line3}; padding: 3px 5px; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.line2}; border-radius: 8px; padding: 5px; }}
    QMenu::item {{ padding: 6px 22px 6px 12px; border-radius: 6px; }}
    QMenu::item:selected {{ background: {t.hover}; }}
    QMenu::item:disabled {{ color: {t.text3}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 6px; }}
    QMenu::icon {{ padding-left: 8px; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {t.line2}; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }}
    QScrollBar[idle="true"]::handle {{ background: transparent; }}
    QScrollBar::handle:hover {{ background: {t.line3}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: transparent; border: 0; width: 0; height: 0; }}
    QProgressBar {{ border: 0; border-radius: 2px; background: {t.line2}; max-height: 4px; min-height: 4px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
    QProgressBar[role="done"]::chunk {{ background: {t.ok}; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {t.line2}; }}
    QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ background: #FFFFFF; border: 1px solid {t.line3}; width: 14px; height: 14px;
        margin: -6px 0; border-radius: 8px; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {t.accent}; }}
    """


def _buttons(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
    QPushButton, QToolButton[role="menu"] {{ min-height: {px(26)}px; padding: 0 {px(11)}px; border-radius: 7px;
        border: 1px solid {t.line2}; background: {t.raised}; font-weight: 500; }}
    QPushButton:hover, QToolButton[role="menu"]:hover {{ background: {t.hover}; }}
    QPushButton:pressed, QToolButton[role="menu"]:pressed {{ background: {t.selected}; }}
    QPushButton:focus, QToolButton[role="menu"]:focus {{ border: 2px solid {t.accent}; padding: 0 {px(10)}px; }}
    QPushButton:disabled {{ color: {t.text3}; border-color: {t.line}; }}
    QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}
    QPushButton[role="primary"] {{ background: {t.accent}; border-color: {t.accent}; color: #FFFFFF;
        font-weight: 600; }}
    QPushButton[role="primary"]:hover {{ background: {t.accent}; border-color: {t.accent_text}; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {t.text}; }}
    QPushButton[role="primary"]:disabled {{ background: {t.mat}; border-color: {t.line2}; color: {t.text3}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QPushButton[role="plain"] {{ border-color: transparent; background: transparent; }}
    QPushButton[role="plain"]:hover {{ background: {t.hover}; }}
    QPushButton[role="plain"]:focus {{ border: 2px solid {t.accent}; }}
    QPushButton[role="choice"] {{ border-color: transparent; background: transparent; color: {t.text2};
        padding: 0 {px(6)}px; }}
    QPushButton[role="choice"]:hover {{ background: {t.hover}; }}
    QPushButton[role="choice"]:focus {{ border: 2px solid {t.accent}; padding: 0 {px(5)}px; }}
    QPushButton[role="link"] {{ border: 0; background: transparent; color: {t.accent_text}; padding: 0 4px;
        min-height: {px(22)}px; font-size: {px(12)}px; }}
    QPushButton[role="link"]:hover {{ text-decoration: underline; }}
    QPushButton[role="link"]:focus {{ border: 2px solid {t.accent}; border-radius: 5px; padding: 0 2px; }}
    QToolButton {{ border: 0; border-radius: 6px; background: transparent; padding: 4px; min-width: 20px;
        min-height: 20px; }}
    QToolButton:hover {{ background: {t.hover}; }}
    QToolButton:pressed {{ background: {t.selected}; }}
    QToolButton:focus {{ border: 2px solid {t.accent}; padding: 2px; }}
    QToolButton[role="row"] {{ text-align: left; padding: 4px 8px; font-size: {px(13)}px; font-weight: 500; }}
    QToolButton[role="toggle"] {{ padding: 3px 9px; color: {t.text2}; font-weight: 500; }}
    QToolButton[role="toggle"]:checked {{ color: {t.text}; }}
    QToolButton[alone="true"]:checked {{ background: {t.mat}; }}
    QToolButton[role="rail"]:checked {{ background: {t.selected}; }}
    QFrame#segments {{ background: {t.mat}; border-radius: 8px; }}
    QFrame#segments QToolButton {{ border-radius: 6px; padding: 3px 9px; color: {t.text2}; font-weight: 500; }}
    QFrame#segments QToolButton:checked {{ background: {t.raised}; border: 1px solid {t.line2}; color: {t.text};
        padding: 2px 8px; }}
    QFrame#segments QToolButton:focus {{ border: 2px solid {t.accent}; padding: 1px 7px; }}
    QFrame#zoom {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 8px; }}
    QFrame#zoom QToolButton {{ font-weight: 500; }}
    QFrame#zoom QToolButton:checked {{ background: {t.accent_soft}; }}
    QComboBox {{ min-height: {px(24)}px; padding: 0 {px(9)}px; border: 1px solid {t.line2}; border-radius: 7px;
        background: {t.raised}; }}
    QComboBox:hover {{ background: {t.hover}; }}
    QComboBox:focus {{ border: 2px solid {t.accent}; padding: 0 {px(8)}px; }}
    QComboBox:disabled {{ color: {t.text3}; border-color: {t.line}; }}
    QComboBox::drop-down {{ border: 0; width: 26px; }}
    QComboBox::down-arrow {{ image: url("{resource("icons", "chevron-down-grey.svg").as_posix()}"); width: 14px;
        height: 14px; }}
    QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.line2}; padding: 4px;
        selection-background-color: {t.hover}; selection-color: {t.text}; }}
    QRadioButton, QCheckBox {{ spacing: 8px; min-height: 24px; }}
    QCheckBox::indicator, QRadioButton::indicator {{ width: 15px; height: 15px; border: 1px solid {t.line3};
        background: {t.content}; }}
    QCheckBox::indicator {{ border-radius: 4px; }}
    QRadioButton::indicator {{ border-radius: 8px; }}
    QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent};
        image: url("{resource("icons", "check-white.svg").as_posix()}"); }}
    QRadioButton::indicator:checked {{ width: 7px; height: 7px; border: 5px solid {t.accent}; background: #FFFFFF; }}
    QCheckBox::indicator:focus {{ border: 2px solid {t.accent_text}; width: 13px; height: 13px; }}
    QRadioButton:focus {{ color: {t.accent_text}; }}
    """


def _parts(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
    QFrame#field {{ background: {t.content}; border: 1px solid {t.line3}; border-radius: 10px; }}
    QFrame#field[asking="true"] {{ border: 2px solid {t.accent}; }}
    QFrame#field QLineEdit {{ border: 0; background: transparent; font-size: {px(16)}px; font-weight: 500;
        selection-background-color: {t.accent}; selection-color: #FFFFFF; }}
    QLineEdit {{ border: 1px solid {t.line3}; border-radius: 7px; padding: 4px 8px; background: {t.content}; }}
    QFrame#banner[kind="info"] {{ background: {t.accent_soft}; border-radius: 9px; }}
    QFrame#banner[kind="warn"] {{ background: {t.warn_ground}; border: 1px solid {t.warn}; border-radius: 9px; }}
    QFrame#banner[kind="error"] {{ background: {t.error_ground}; border: 1px solid {t.error}; border-radius: 9px; }}
    QFrame#card {{ background: {t.mat}; border-radius: 10px; }}
    QFrame#sheet {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 10px; }}
    QFrame#pill {{ background: {t.raised}; border: 1px solid {t.line2}; border-radius: 19px; }}
    QFrame#drop {{ background: {t.content}; border: 1px dashed {t.line3}; border-radius: 10px; }}
    QPushButton#step {{ text-align: left; border: 0; border-bottom: 1px solid {t.line}; border-radius: 0;
        min-height: {px(46)}px; padding: 0 16px; background: transparent; font-weight: 600; }}
    QPushButton#step:hover {{ background: {t.hover}; }}
    QPushButton#step:focus {{ border: 2px solid {t.accent}; border-radius: 8px; padding: 0 14px; }}
    QPushButton#step[first="true"] {{ background: {t.accent_soft}; color: {t.accent_text}; border-radius: 9px; }}
    QWidget#zone {{ background: {t.raised}; border: 1px solid {t.line2}; border-radius: 12px; }}
    QWidget#zone[chosen="true"] {{ border: 2px solid {t.accent}; }}
    QListView#pages::item {{ padding: 6px 10px; border-radius: 6px; }}
    QListView#pages::item:selected {{ background: {t.selected}; color: {t.text}; }}
    """
