"""Pages found stand in the order that was asked for; those under the line stay there, and the selected one stays so."""

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from app.models.results import Order, ResultsModel, Role
from indexer.protocol.values import DocumentKind, PageKey, PageResult, QueryWord

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
WORDS = (QueryWord("cost", 0, 4, True),)


def page(document, number, path, modified_s, *, weak=False):
    key = PageKey(document, number)
    return PageResult(key, path, 9, 1.0, weak, 595, 842, "", DocumentKind.PDF, 1, modified_s)


FOUND = (
    page(1, 7, "/papers/zinc.pdf", 200),
    page(2, 1, "/papers/Amber.pdf", 300),
    page(1, 2, "/papers/zinc.pdf", 200),
    page(3, 4, "/papers/beryl.pdf", 100),
    page(4, 1, "/papers/aaa.pdf", 900, weak=True),
)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order.BEST, ["zinc.pdf", "Amber.pdf", "beryl.pdf", "aaa.pdf"]),
        (Order.NEWEST, ["Amber.pdf", "zinc.pdf", "beryl.pdf", "aaa.pdf"]),
        (Order.OLDEST, ["beryl.pdf", "zinc.pdf", "Amber.pdf", "aaa.pdf"]),
        (Order.NAME, ["Amber.pdf", "beryl.pdf", "zinc.pdf", "aaa.pdf"]),
    ],
)
def test_pages_stand_in_the_order_asked_for_with_the_weak_ones_last(qapp, order, names):
    model = ResultsModel()
    tester = QAbstractItemModelTester(model, FATAL, model)
    model.show(FOUND, WORDS, line=True)
    model.set_order(order)
    assert [model.data(model.index(row)) for row in range(model.rowCount())] == names
    zinc = model.row_of(PageKey(1, 7))
    assert zinc == names.index("zinc.pdf"), "the best page stands for its document"
    model.set_grouped(False)
    assert model.row_of(PageKey(1, 2)) == model.row_of(PageKey(1, 7)) + (2 if order is Order.BEST else 1)
    assert tester is not None


def test_a_card_tells_of_the_matching_pages_folded_into_it(qapp):
    model = ResultsModel()
    weak = [page(1, number, "/papers/zinc.pdf", 200, weak=True) for number in (3, 4, 5)]
    model.show(
        (*FOUND[:3], page(5, 1, "/papers/dull.pdf", 1, weak=True), page(5, 2, "/papers/dull.pdf", 1, weak=True), *weak),
        WORDS,
        line=True,
    )
    told = {model.data(model.index(row)): model.data(model.index(row), Role.FOLDED) for row in range(model.rowCount())}
    assert told == {"zinc.pdf": 1, "Amber.pdf": 0, "dull.pdf": 1}
    model.open_document(1)
    assert model.rowCount() == 7, "opened, it shows all of them"


def test_without_a_question_what_was_read_last_stands_first(qapp):
    model = ResultsModel()
    model.set_order(Order.NAME)
    model.show(FOUND, ())
    assert model.data(model.index(0)) == "zinc.pdf"


def test_the_selected_page_stays_so_in_another_order_and_folded_or_not(qtbot, window, ask):
    ask(window, "heat pump")
    pane = window.pane
    pane.grid.setCurrentIndex(window.results.index(window.results.rowCount() - 1))
    before = window.reader.result.key
    for action in pane.order.actions_offered:
        action.trigger()
        assert pane.order.text() == action.text()
        assert pane.grid.currentIndex().row() == window.results.row_of(before)
        assert window.reader.result.key == before
    pane.order.actions_offered[0].trigger()
    pane.grouped.click()
    assert pane.grid.currentIndex().isValid()
    pane.grouped.click()
    assert pane.grid.currentIndex().isValid()
