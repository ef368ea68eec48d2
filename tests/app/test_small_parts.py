"""The window's pure parts: what is said, where things lie, what a snippet is cut into."""

import doctest

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

import app.opening
import app.views.activity_panel
import app.views.row_delegate
import app.wording
from app.models.folders import FoldersModel
from app.names import file_name
from app.opening import page_command
from app.painting.marks import PRESENT
from app.views.activity_panel import by_document
from app.views.grid_layout import CARD_LEAST, CARD_MOST, lay_out, neighbour
from app.views.query_tokens import QueryTokens
from app.views.row_delegate import pieces
from app.views.spoken_page import spoken
from app.wording import time_left
from indexer.protocol.values import (
    DocumentKind,
    FailureInfo,
    FolderInfo,
    PageKey,
    PageResult,
    QueryWord,
    Region,
    WordMatch,
)


@pytest.mark.parametrize("module", [app.opening, app.views.activity_panel, app.views.row_delegate, app.wording])
def test_examples_in_docstrings_are_true(module):
    done = doctest.testmod(module)
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("org.kde.okular.desktop", ["okular", "--page", "3", "/a b.pdf"]),
        ("firefox-esr.desktop", ["firefox", "file:///a%20b.pdf#page=3"]),
        ("org.pwmt.zathura.desktop", ["zathura", "--page=3", "/a b.pdf"]),
        ("some-other-viewer.desktop", None),
    ],
)
def test_a_document_is_opened_at_its_page_where_the_users_program_can(default, expected):
    assert page_command(default, "/a b.pdf", 3) == expected


@pytest.mark.parametrize("width", range(210, 2000, 37))
def test_cards_fill_the_row_without_overlap(width):
    layout = lay_out(11, (), width, 300, cards=True)
    first = layout.rects[0]
    assert CARD_LEAST <= first.width() <= CARD_MOST
    assert max(rect.right() for rect in layout.rects) < width
    for at, rect in enumerate(layout.rects):
        assert not any(rect.intersects(other) for other in layout.rects[at + 1 :])
    if layout.columns > 1 and first.width() < CARD_MOST:
        assert width - layout.rects[layout.columns - 1].right() < layout.columns + 6


def test_a_heading_stands_above_the_first_weak_page_and_arrows_cross_it():
    layout = lay_out(5, (2,), 700, 300, cards=True)
    assert layout.columns == 3
    assert layout.rects[1].bottom() < layout.headings[2].top() < layout.rects[2].top()
    assert neighbour(layout, 0, up=False) == 2
    assert neighbour(layout, 4, up=True) == 1
    assert neighbour(layout, 0, up=True) == 0
    assert lay_out(0, (), 700, 300, cards=True).rects == ()


def test_a_snippet_is_cut_where_words_stand_and_left_whole_without():
    assert list(pieces("nothing here", {})) == [("nothing here", None)]
    assert list(pieces("Costs: heat, cheat", {"cost": 0, "heat": 1})) == [
        ("Costs", 0),
        (": ", None),
        ("heat", 1),
        (", cheat", None),
    ]


def test_time_left_is_said_as_people_say_it():
    assert [time_left(seconds) for seconds in (3, 130, 5399, 7300)] == [
        "about 1 min left",
        "about 2 min left",
        "about 1.5 h left",
        "about 2 h left",
    ]


def test_names_come_from_paths_of_any_system():
    assert [file_name(path) for path in ("/a/b.pdf", "C:\\papers\\b.pdf", "")] == ["b.pdf", "b.pdf", ""]


def test_damaged_pages_of_one_document_are_one_entry():
    failures = [FailureInfo(1, "/a.pdf", "page-broken", "t", "m", page) for page in (4, 2, 3)]
    failures.append(FailureInfo(2, "/b.pdf", "file-empty", "t", "m"))
    assert [(f.path, pages) for f, pages in by_document(tuple(failures))] == [("/a.pdf", (2, 3, 4)), ("/b.pdf", ())]


def test_folders_of_one_name_are_told_apart_and_single_files_have_a_name(qapp):
    def folder(number, path):
        return FolderInfo(number, path, True, True, False, 4, 3, 1, 0, 0, 7)

    model = FoldersModel()
    model.show((folder(1, "/home/a/Papers"), folder(2, "/disk/Papers"), folder(3, ""), folder(4, "/home/a/Bills")))
    names = [model.data(model.index(row)) for row in range(4)]
    assert names == ["Papers in a", "Papers in disk", "Single files", "Bills"]


def test_a_page_is_described_in_words():
    words = (QueryWord("cost", 0, 4, True), QueryWord("in", 5, 7, False), QueryWord("winter", 8, 14, True))
    top = Region(0.4, 0.05, 0.5, 0.1, 1)
    matches = (WordMatch(0, PRESENT - 0.1, 0.1), WordMatch(2, 0.9, 0.4, (top,), (top, top)))
    page = PageResult(PageKey(1, 2), "/a.pdf", 3, 1.2, False, 595, 842, "", DocumentKind.PDF, 1, words=matches)
    assert spoken(page, words) == "cost, not on this page; winter, strong, upper middle and 2 exact words"


@pytest.mark.parametrize(("question", "first_at_right"), [("تكلفة المضخة الحرارية", True), ("heat pump cost", False)])
def test_chips_stand_in_the_order_in_which_the_question_is_read(qtbot, theme, question, first_at_right):
    tokens = QueryTokens(theme)
    qtbot.addWidget(tokens)
    tokens.resize(700, 40)
    tokens.show_words(tuple(QueryWord(word, 0, 0, True) for word in question.split()))
    tokens.show()
    qtbot.waitUntil(lambda: len({chip.x() for chip in tokens.chips}) == 3)
    across = [chip.mapTo(tokens, chip.rect().center()).x() for chip in tokens.chips]
    assert across == sorted(across, reverse=first_at_right)
    assert (across[0] > 350) == first_at_right


class Entering(QObject):
    """As one chip is hidden, the pointer enters another: what a window system does."""

    def __init__(self, other):
        super().__init__(other)
        self._other = other

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Hide:
            middle = QPointF(self._other.rect().center())
            QApplication.sendEvent(self._other, QEnterEvent(middle, middle, middle))
        return False


def test_words_are_exchanged_under_the_pointer(qtbot, theme):
    tokens = QueryTokens(theme)
    qtbot.addWidget(tokens)
    tokens.resize(800, 60)
    words = (QueryWord("heat", 0, 4, True), QueryWord("pump", 5, 9, True))
    tokens.show_words(words)
    tokens.show()
    first, second = tokens.chips
    first.installEventFilter(Entering(second))
    told = []
    tokens.isolated.connect(told.append)
    with qtbot.captureExceptions() as wrong:
        tokens.show_words(words[:1])
    assert not wrong
    assert told == []
    assert [chip.word for chip in tokens.chips] == [0]
