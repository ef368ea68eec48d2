"""Which signal leads where: the engine's answers and events to the parts, and the parts' wishes to the engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.copying import Copy
from app.models.results import Role
from app.views.activity_panel import by_document
from app.views.banner import Kind
from indexer.protocol import messages
from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import Task

if TYPE_CHECKING:
    from app.views.main_window import MainWindow


def connect(window: MainWindow) -> None:
    """Once, when every part is there."""
    events = EngineEvents(window)
    window.link.ready.connect(events.ready)
    window.link.happened.connect(events.happened)
    window.link.stopped.connect(events.stopped)
    window.library.refused.connect(events.refused)
    window.questions.failed.connect(events.refused)
    window.copier.refused.connect(events.refused)
    window.opener.missing.connect(events.missing)
    window.opener.unopened.connect(events.unopened)
    window.copier.copied.connect(events.copied)
    window.pane.banner.acted.connect(window.link.try_now)
    _questions(window)
    _pages(window)
    _folders(window)


def _questions(window: MainWindow) -> None:
    pane, questions = window.pane, window.questions
    pane.search.code.toggled.connect(questions.set_code)
    pane.search.code.toggled.connect(window.ask)  # after that
    pane.search.asked.connect(window.ask)
    pane.search.entered.connect(window.enter)
    pane.search.down.connect(lambda: pane.grid.setFocus())
    pane.search.files_pasted.connect(window.add_paths)
    questions.answered.connect(window.show_reply)
    questions.busy.connect(pane.search.set_busy)
    questions.news.connect(pane.show_news)
    pane.news_requested.connect(questions.show_news)
    pane.tokens.isolated.connect(window.isolate)
    pane.leave_out.connect(window.leave_out)
    pane.restore.clicked.connect(window.ask)
    pane.search_everywhere.connect(window.folders.choose_all)
    pane.add_folder.connect(window.pick_folder)


def _pages(window: MainWindow) -> None:
    grid, viewer = window.pane.grid, window.viewer
    window.thumbnails.arrived.connect(grid.viewport().update)
    window.areas.arrived.connect(window.repaint_pages)
    window.reader.shown.connect(window.pane.tokens.show_page)
    grid.selectionModel().currentChanged.connect(window.select)
    grid.activated.connect(lambda index: window.opener.open(index.data(Role.RESULT)))
    grid.clicked.connect(lambda _: window.keys.toggle_full() if not window.panes.has_preview else None)
    grid.context_requested.connect(window.page_menu)
    grid.cards.open_requested.connect(window.opener.open)
    grid.cards.reveal_requested.connect(window.opener.reveal)
    grid.cards.unfold_requested.connect(window.results.open_document)
    window.panes.layout_changed.connect(lambda: viewer.strip.set_full(window.panes.full))
    viewer.open_requested.connect(window.open_page)
    viewer.reveal_requested.connect(window.reveal_page)
    viewer.alike_requested.connect(window.more_like_page)
    viewer.copy_requested.connect(window.copy)
    viewer.close_requested.connect(window.panes.toggle_preview)
    viewer.strength_changed.connect(lambda value: window.settings.set(highlight_strength=value))

    def show_as(shown: object) -> None:
        window.parts.shown = shown  # type: ignore[assignment]
        window.repaint_pages()

    viewer.shown_changed.connect(show_as)

    def setting(name: str) -> None:
        if name in ("highlight_strength", "number_tabs"):
            viewer.amount.setValue(window.settings.values.highlight_strength)
            window.repaint_pages()

    window.settings.changed.connect(setting)
    window.theme.changed.connect(grid.refresh)
    window.theme.changed.connect(window.repaint_pages)


def _folders(window: MainWindow) -> None:
    folders, library, activity = window.folders, window.library, window.activity
    window.folder_model.wanted.connect(library.look_below)
    library.looked_below.connect(window.folder_model.show_below)
    window.overlay.offered.connect(library.estimate)
    library.estimated.connect(window.overlay.show_estimate)
    folders.add_requested.connect(window.pick_folder)
    folders.remove_requested.connect(library.forget)
    folders.pause_requested.connect(library.pause_folder)
    folders.rescan_requested.connect(library.rescan)
    folders.reveal_requested.connect(window.show_folder)
    folders.chosen.connect(window.ask)
    folders.activity_requested.connect(window.toggle_activity)
    folders.settings_requested.connect(lambda: window.preferences().show_page(window.preferences().tr("Appearance")))
    window.first_run.add_requested.connect(window.pick_folder)
    window.first_run.start_requested.connect(window.add_paths)
    activity.retry_requested.connect(library.retry)
    activity.ignore_requested.connect(library.ignore)
    activity.unlock_requested.connect(library.unlock)
    activity.reveal_requested.connect(window.show_folder)
    activity.close_requested.connect(window.toggle_activity)
    window.status.pause_requested.connect(library.pause)
    window.status.resume_requested.connect(library.resume)


class EngineEvents(QObject):
    """What the engine says, to the parts that show it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._stopped = False

    @Slot(object)
    def ready(self, welcome: messages.Welcome) -> None:
        """The engine is up."""
        window = self._window
        window.thumbnails.folder = window.pictures.folder = Path(welcome.pictures)
        if self._stopped:
            window.pane.banner.hide()
        self._stopped = False
        window.link.ask(messages.GetStatus, self._status)
        window.ask()

    def _status(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Status):
            self._window.status.show_encoder(reply.encoder)
            self._window.pane.search.offer_code(Task.CODE in reply.encoder.tasks)
            self._folders(reply.folders)

    @Slot(object)
    def happened(self, event: messages.Event) -> None:
        """Nobody asked, and yet."""
        window = self._window
        match event:
            case messages.Progress():
                window.status.show_progress(event)
                window.activity.show_progress(event)
                window.pane.show_progress(event)
            case messages.FoldersChanged():
                self._folders(event.folders)
            case messages.LibraryChanged():
                window.questions.library_changed()
            case messages.FailuresChanged():
                window.link.ask(messages.ListFailures, self._failures)
            case messages.EncodersChanged():
                window.link.ask(messages.GetStatus, self._status)
            case messages.Notice():
                window.pane.banner.say(event.error.title, event.error.message)

    def _folders(self, folders: object) -> None:
        window = self._window
        window.folders.show_folders(folders)  # type: ignore[arg-type]
        empty = not folders
        window.middle.setCurrentWidget(window.first_run if empty else window.pane)
        window.panes.set_empty(empty)
        window.status.show_folders(len(window.folder_model.folders()))

    def _failures(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Failures):
            self._window.activity.show_failures(reply.failures)
            self._window.folders.show_failures(len(by_document(reply.failures)))

    @Slot(str, int)
    def stopped(self, last: str, pause_s: int) -> None:
        """The engine died; it is tried again, or left to the user."""
        window, banner = self._window, self._window.pane.banner
        self._stopped = True
        button = window.tr("Try now")
        text = window.tr("Nothing is lost: pages already read stay searchable when it is back.")
        if pause_s > 0:
            banner.say(window.tr("The engine stopped"), text, button=button, wait_s=pause_s)
        else:
            banner.say(window.tr("The engine does not start"), last, kind=Kind.ERROR, button=button)
        window.middle.setCurrentWidget(window.pane)
        window.status.show_stopped(window.tr("Engine stopped"))

    @Slot(object)
    def refused(self, why: ErrorReport) -> None:
        """Something asked for could not be done."""
        path = f"{why.path}: " if why.path else ""
        self._window.pane.banner.say(f"{path}{why.title}", why.message)
        self._window.middle.setCurrentWidget(self._window.pane)

    @Slot(str)
    def missing(self, path: str) -> None:
        """A document that was to be opened or shown has gone."""
        title = self._window.tr("This document cannot be opened")
        said = self._window.tr("{path} is not there any more.").format(path=path)
        self._window.pane.banner.say(title, said, passing=True)

    @Slot(str)
    def unopened(self, path: str) -> None:
        """The document is there, but the system knows no program for it."""
        title = self._window.tr("No program here opens this document")
        said = self._window.tr("{path} is there; Reveal shows it in its folder.").format(path=path)
        self._window.pane.banner.say(title, said, passing=True)

    @Slot(object)
    def copied(self, what: Copy) -> None:
        """Say so, briefly."""
        tr = self._window.tr
        said = {
            Copy.TEXT: tr("Text copied"),
            Copy.PICTURE: tr("Picture copied"),
            Copy.PICTURE_WITH_MARKS: tr("Picture with highlights copied"),
            Copy.FILE: tr("File copied"),
            Copy.TITLE: tr("Title and page number copied"),
            Copy.PATH: tr("Path copied"),
        }
        self._window.status.say(said[what])
