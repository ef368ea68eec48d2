"""The real window with a real engine: add a folder, ask, isolate a word, look at the page, stop and go on."""

import io
import os
import signal
import sys

import pymupdf
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QEnterEvent, QFocusEvent, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.copying import Copy
from app.engine.link import EngineLink, engine_command
from app.models.folders import FolderRole
from app.views.main_window import MainWindow

PATIENCE_MS = 100_000
FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def make_pdf(path, *pages):
    document = pymupdf.open()
    for text in pages:
        document.new_page().insert_text((72, 100), text, fontsize=14)
    document.save(path)
    document.close()


def folder_at(window, path):
    return next((f for f in window.folder_model.folders() if f.path == str(path)), None)


def pages_in(window, path):
    folder = folder_at(window, path)
    return folder.pages if folder is not None and not folder.waiting else 0


def first_name(window):
    return window.results.data(window.results.index(0))


def test_a_question_typed_shows_its_page_with_its_words(qtbot, window, ask):
    testers = [QAbstractItemModelTester(model, FATAL, window) for model in (window.results, window.folder_model)]
    assert window.middle.currentWidget() is window.pane
    ask(window, "heat pump cost")
    assert first_name(window) == "house.pdf"
    assert [chip.text() for chip in window.pane.tokens.chips] == ["heat", "pump", "cost"]
    assert window.pane.headline.text() in ("1 page", "2 pages")
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE_MS)
    assert window.viewer.canvas.result.path.endswith("house.pdf")
    assert window.viewer.open.text().strip() == "Open at page 1"
    assert len(testers) == 2

    chip = window.pane.tokens.chips[1]
    middle = QPointF(4, 4)
    QApplication.sendEvent(chip, QEnterEvent(middle, middle, middle))
    assert window.parts.only == {1}
    QApplication.sendEvent(chip, QEvent(QEvent.Type.Leave))
    assert window.parts.only is None
    chip.click()
    assert window.parts.only == {1}
    qtbot.keyClick(window.viewer.canvas, Qt.Key.Key_3)
    assert window.parts.only == {2}
    qtbot.keyClick(window.viewer.canvas, Qt.Key.Key_0)
    assert window.parts.only is None

    qtbot.waitUntil(lambda: "matching page" in window.viewer.strip.count.text(), timeout=PATIENCE_MS)
    window.reader.go_to(2)
    assert window.viewer.canvas.result.key.page == 2
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.copier.copied, timeout=PATIENCE_MS):
        window.copy(Copy.TEXT)
    assert "needs no oil" in QGuiApplication.clipboard().text()
    with qtbot.waitSignal(window.copier.copied, timeout=PATIENCE_MS):
        window.copy(Copy.PICTURE_WITH_MARKS)
    assert QGuiApplication.clipboard().image().width() == window.viewer.canvas.image.width()

    qtbot.mouseClick(window.viewer.alike, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.pane.headline.text() == "Like house.pdf, page 2", timeout=PATIENCE_MS)
    assert window.pane.search.text() == ""
    assert window.results.rowCount() > 0
    assert window.pane.tokens.chips == []

    ask(window, "turnips")
    assert window.parts.only is None
    assert first_name(window) == "farm.pdf"
    qtbot.keyClick(window.pane.search.question, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.reply.query == "", timeout=PATIENCE_MS)
    assert window.pane.tokens.chips == []


def drop_event(paths, kind=QDropEvent):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return data, kind(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)


def test_a_file_dropped_is_read_and_a_drag_that_leaves_changes_nothing(qtbot, window, ask, documents, tmp_path):
    single = tmp_path / "orchard.pdf"
    make_pdf(single, "Pears keep until March in the cellar.")
    data, enter = drop_event([documents], QDragEnterEvent)
    QApplication.sendEvent(window, enter)
    assert window.overlay.isVisible()
    assert window.overlay.title.text() == "Drop 1 folder"
    qtbot.waitUntil(lambda: "2 of the files" in window.overlay.estimate.text(), timeout=PATIENCE_MS)
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.overlay.isVisible()
    more, enter = drop_event([single], QDragEnterEvent)
    QApplication.sendEvent(window, enter)
    data, drop = drop_event([single])
    QApplication.sendEvent(window, drop)
    assert not window.overlay.isVisible()
    qtbot.waitUntil(lambda: window.folder_model.row_of(0) < 0 and pages_in(window, "") == 1, timeout=PATIENCE_MS)
    ask(window, "pears cellar")
    assert first_name(window) == "orchard.pdf"
    assert data.hasUrls()
    assert more.hasUrls()


def test_an_engine_that_gave_up_is_tried_again_with_the_button(qtbot, theme, settings, tmp_path):
    gate = tmp_path / "gate"
    program = (
        "import os, sys\n"
        f"if not os.path.exists({str(gate)!r}): sys.exit('the disk is gone')\n"
        f"os.execv({sys.executable!r}, {[*engine_command(str(tmp_path / 'library'))]!r})"
    )
    link = EngineLink([sys.executable, "-c", program])
    window = MainWindow(link, theme, settings)
    qtbot.addWidget(window)
    window.show()
    link.start()
    qtbot.waitUntil(lambda: "does not start" in window.pane.banner.text(), timeout=PATIENCE_MS)
    assert "the disk is gone" in window.pane.banner.text()
    gate.touch()
    with qtbot.waitSignal(link.ready, timeout=PATIENCE_MS):
        qtbot.mouseClick(window.pane.banner.button, Qt.MouseButton.LeftButton)
    assert not window.pane.banner.isVisible()
    link.close()


def test_an_engine_that_dies_at_its_start_is_tried_three_more_times(qtbot):
    link = EngineLink([sys.executable, "-c", "import sys; sys.exit('the disk is gone')"])
    said = []
    link.stopped.connect(lambda sentence, pause: said.append((sentence, pause)))
    link.start()
    qtbot.waitUntil(lambda: bool(said) and said[-1][1] == -1, timeout=PATIENCE_MS)
    assert said == [("", 1), ("", 2), ("", 4), ("the disk is gone", -1)]
    link.close()


def test_reading_is_paused_and_goes_on_and_a_folder_alone_is_paused(qtbot, window, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        make_pdf(folder / f"{number}.pdf", *[f"Page {page} of report {number} about the harbour." for page in range(4)])
    window.add_paths([str(folder)])
    qtbot.waitUntil(window.status.pause.isVisible, timeout=PATIENCE_MS)
    qtbot.mouseClick(window.status.pause, Qt.MouseButton.LeftButton)
    window.status.menu.actions()[2].trigger()
    window.status.menu.close()
    qtbot.waitUntil(lambda: window.status.words.text().startswith("Paused at "), timeout=PATIENCE_MS)
    qtbot.mouseClick(window.status.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.status.words.text() == "Up to date", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: pages_in(window, folder) == 48, timeout=PATIENCE_MS)
    chosen = folder_at(window, folder).folder_id
    window.library.pause_folder(chosen, True)
    qtbot.waitUntil(lambda: folder_at(window, folder).paused, timeout=PATIENCE_MS)
    make_pdf(folder / "late.pdf", "Read when its folder goes on.")
    window.library.rescan()
    qtbot.waitUntil(lambda: folder_at(window, folder).waiting == 1, timeout=PATIENCE_MS)
    window.library.pause_folder(chosen, False)
    qtbot.waitUntil(lambda: pages_in(window, folder) == 49, timeout=PATIENCE_MS)
    window.library.forget(chosen)
    qtbot.waitUntil(lambda: folder_at(window, folder) is None, timeout=PATIENCE_MS)


def test_what_cannot_be_read_is_told_in_plain_words_and_can_be_unlocked(qtbot, window, tmp_path):
    folder = tmp_path / "trouble"
    folder.mkdir()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (folder / "empty.pdf").touch()
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), "The salary is secret.")
    document.save(
        folder / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="sesame", owner_pw="sesame-owner"
    )
    window.add_paths([str(folder)])
    qtbot.waitUntil(lambda: len(window.activity.failures) == 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.folders.activity.badge == "3", timeout=PATIENCE_MS)
    said = " ".join(label.text() for label in window.activity.findChildren(QLabel))
    for sentence in ("Locked with a password.", "File is empty.", "Could not be read"):
        assert sentence in said
    locked = next(failure for failure in window.activity.failures if failure.path.endswith("locked.pdf"))
    window.activity.unlock_requested.emit(locked.document_id, "sesame")
    qtbot.waitUntil(lambda: len(window.activity.failures) == 2, timeout=PATIENCE_MS)
    window.library.ignore(0)
    qtbot.waitUntil(lambda: window.folders.activity.badge == "", timeout=PATIENCE_MS)


def test_a_page_shown_in_part_is_told_and_can_be_ignored(qtbot, window, tmp_path):
    folder = tmp_path / "torn"
    folder.mkdir()
    whole = io.BytesIO()
    Image.effect_noise((400, 400), 90).convert("RGB").save(whole, "JPEG")
    (folder / "torn.jpg").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    window.add_paths([str(folder)])
    qtbot.waitUntil(lambda: len(window.activity.failures) == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: pages_in(window, folder) == 1, timeout=PATIENCE_MS)
    assert window.activity.failures[0].page == 1
    ignore = next(b for b in window.activity.findChildren(QPushButton) if b.text() == "Ignore")
    ignore.click()
    qtbot.waitUntil(lambda: not window.activity.failures, timeout=PATIENCE_MS)
    assert pages_in(window, folder) == 1
    window.library.forget(folder_at(window, folder).folder_id)
    qtbot.waitUntil(lambda: folder_at(window, folder) is None, timeout=PATIENCE_MS)


def test_asking_for_a_folders_menu_does_not_choose_it(qtbot, window, documents):
    window.folders.choose_all()
    qtbot.waitUntil(lambda: folder_at(window, documents) is not None, timeout=PATIENCE_MS)
    folders = window.folders.list
    place = folders.visualRect(
        folders.model().index(window.folder_model.row_of(folder_at(window, documents).folder_id))
    )
    qtbot.mouseClick(folders.viewport(), Qt.MouseButton.RightButton, pos=place.center())
    assert window.folders.current() == 0
    qtbot.mouseClick(folders.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert window.folders.current() == folder_at(window, documents).folder_id
    window.folders.choose_all()
    folders.reset()  # as when a folder comes or goes; with Tab the list then marks a row, which is not a choice
    QApplication.sendEvent(folders, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    assert folders.currentIndex().isValid()
    assert window.folders.current() == 0
    qtbot.keyClick(folders, Qt.Key.Key_Space)
    assert window.folders.current() != 0
    window.folders.choose_all()


def test_a_question_nothing_answers_says_so_and_offers_a_step(qtbot, window, ask, documents):
    ask(window, '"zebra crossing"')
    assert window.pane.nothing.isVisible()
    assert window.pane.nothing.title.text() == "No page has “zebra crossing”"
    assert window.viewer.canvas.result is None
    ask(window, "?!")
    assert window.pane.nothing.title.text() == "Nothing to look for in this question"
    assert window.pane.nothing.steps == ()
    ask(window, '"zebra crossing"')
    row = window.folder_model.row_of(folder_at(window, documents).folder_id)
    window.folders.list.setCurrentIndex(window.folder_model.index(row))
    qtbot.waitUntil(
        lambda: window.pane.nothing.steps[0].what.startswith("Search all") and window.folders.current() > 0,
        timeout=PATIENCE_MS,
    )
    qtbot.keyClick(window.pane.search.question, Qt.Key.Key_Return)
    assert window.folders.current() == 0


def test_a_folder_below_is_shown_with_its_count_and_searched_alone(qtbot, window, ask, tmp_path):
    house = tmp_path / "manor"
    (house / "attic" / "chest").mkdir(parents=True)
    make_pdf(house / "plan.pdf", "Plan of the manor with its lantern room.")
    make_pdf(house / "attic" / "letters.pdf", "A lantern stood in the attic.", "Letters from 1911.")
    make_pdf(house / "attic" / "chest" / "map.pdf", "A map of the lantern lanes.")
    window.add_paths([str(house)])
    qtbot.waitUntil(lambda: pages_in(window, house) == 4, timeout=PATIENCE_MS)
    model, listed = window.folder_model, window.folders.list
    chosen = folder_at(window, house).folder_id
    top = model.row_of(chosen)
    qtbot.waitUntil(lambda: model.data(model.index(top), FolderRole.OPEN) is False, timeout=PATIENCE_MS)
    listed.setCurrentIndex(model.index(top))
    qtbot.keyClick(listed, Qt.Key.Key_Right)
    attic = str(house / "attic")
    qtbot.waitUntil(lambda: model.row_of(chosen, attic) == top + 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: model.data(model.index(top + 1), FolderRole.COUNT) == "3", timeout=PATIENCE_MS)
    assert model.data(model.index(top + 1)) == "attic"
    window.pane.search.question.clear()
    listed.setCurrentIndex(model.index(top + 1))
    assert window.folders.place() == (chosen, attic)
    qtbot.waitUntil(
        lambda: (
            {r.path for r in window.results.results()}
            == {str(house / "attic" / "letters.pdf"), str(house / "attic" / "chest" / "map.pdf")}
        ),
        timeout=PATIENCE_MS,
    )  # without a question: what was read there last
    ask(window, "lantern")
    assert all(result.path.startswith(attic) for result in window.results.results())
    qtbot.keyClick(listed, Qt.Key.Key_Left)  # to the folder above it
    qtbot.keyClick(listed, Qt.Key.Key_Left)
    assert model.row_of(chosen, attic) < 0
    assert window.folders.place() == (chosen, "")
    window.folders.choose_all()
    window.library.forget(chosen)
    qtbot.waitUntil(lambda: folder_at(window, house) is None, timeout=PATIENCE_MS)


def test_narrow_windows_lose_panes_and_full_page_comes_and_goes(qtbot, window, ask):
    ask(window, "heat pump cost")
    window.activateWindow()  # shortcuts act in the active window only
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE_MS)
    for width, rail, preview in ((1440, False, True), (1000, True, True), (800, True, False)):
        window.resize(width, 700)
        qtbot.waitUntil(lambda w=width: window.panes.width() == w, timeout=PATIENCE_MS)
        assert window.panes.rail.isVisible() == rail
        assert window.folders.isVisible() == (not rail)
        assert window.right.isVisible() == preview
    qtbot.keyClick(window.pane.grid, Qt.Key.Key_Space)
    assert window.viewer.isVisible()
    assert not window.pane.isVisible()
    qtbot.keyClick(window.viewer.canvas, Qt.Key.Key_Plus)
    qtbot.keyClick(window.viewer.canvas, Qt.Key.Key_N)
    qtbot.keyPress(window.viewer.canvas, Qt.Key.Key_H)
    assert window.viewer.canvas.bare
    qtbot.keyRelease(window.viewer.canvas, Qt.Key.Key_H)
    assert not window.viewer.canvas.bare
    qtbot.keyClick(window.viewer.canvas, Qt.Key.Key_Escape)
    assert window.pane.isVisible()
    window.pane.set_as_list(True)
    assert window.settings.values.list_view
    spoken = window.results.data(window.results.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("house.pdf, page 1, documents. All words, strongest")


def test_an_engine_that_dies_is_started_again_and_says_so(qtbot, window, ask):
    with qtbot.waitSignal(window.link.ready, timeout=PATIENCE_MS):
        os.kill(window.link.pid, signal.SIGKILL)
        qtbot.waitUntil(window.pane.banner.isVisible, timeout=PATIENCE_MS)
        assert "The engine stopped" in window.pane.banner.text()
    assert not window.pane.banner.isVisible()
    ask(window, "turnips")
    assert first_name(window) == "farm.pdf"


def test_a_look_for_new_pages_does_not_take_the_place_of_the_question(qtbot, window, ask):
    ask(window, "heat pump cost")
    for question in ("boiler", "turnips", "heat", "harvest"):
        window.questions.ask("cost of the heat pump")  # the engine is at this one while the next two wait
        window.questions.ask(question)
        window.questions._later.timeout.emit()
        qtbot.waitUntil(lambda q=question: window.reply.query == q, timeout=20_000)
