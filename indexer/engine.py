"""Engine: wires catalogue, store, renderers, encoder, watcher and pipeline; one short method per request.

Opened by serve (for the window) and by the command line alike. The model is loaded in the background; whoever needs
it first waits for it.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from indexer import one_engine
from indexer.answers import Answers
from indexer.config import EngineConfig
from indexer.encoder.choice import Choice, ChoiceFile
from indexer.encoder.encoder import Encoder, VectorSpace
from indexer.encoder.registry import Registry
from indexer.encoding import Encoders
from indexer.getting import Getting
from indexer.indexing.catchup import CatchUp
from indexer.indexing.copies import Copies
from indexer.indexing.desk import Desk
from indexer.indexing.housekeeping import Housekeeping
from indexer.indexing.limits import KeptLimits
from indexer.indexing.memory import keep_few_arenas
from indexer.indexing.pictures import Pictures
from indexer.indexing.pipeline import Pipeline
from indexer.indexing.reconcile import reconcile
from indexer.machine_code import MachineCode
from indexer.opening import Opened, open_library
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import Task
from indexer.render.pool import RenderPool
from indexer.store.schema import old_table_name
from indexer.store.store import Store
from indexer.watcher.sync import FolderSync

if TYPE_CHECKING:
    from indexer.searching.memory_index import MemoryIndex
    from indexer.searching.search import Searcher

_log = logging.getLogger(__name__)
_LOOK_S, _WARMING_S = 0.5, 2.0
_FIRST_SPACE = VectorSpace("lite", "1", Task.RETRIEVAL, 128, 128)


class Engine(Answers):
    """One per data folder. Raises ALREADY_RUNNING, DATA_NEWER, DATA_UNREADABLE, DISK_FULL when opened."""

    def __init__(
        self,
        config: EngineConfig,
        *,
        read_only: bool = False,
        on_change: Callable[[], None] = lambda: None,
        on_notice: Callable[[ErrorReport], None] = lambda _: None,
        on_event: Callable[[messages.Event], None] = lambda _: None,
        models: Path | None = None,
        choice: Choice | None = None,
        command: bool = False,
        opened: Opened | None = None,
    ) -> None:
        """`models`: another folder of encoders than the library's own; `choice`: begin with it and write none down.
        `command`: gives way to a window; `opened`: the library, where it is open already.
        """
        self.config = config
        if not read_only:
            keep_few_arenas()
        self._opened = opened or open_library(config, read_only=read_only, command=command)
        self.catalogue = self._opened.catalogue
        self.store = Store(config.folders.store, read_only=read_only)
        self._pictures = Pictures(config.folders.pictures)
        converted = None if read_only else config.folders.converted
        self.pool = RenderPool(config.limits, config.renderers, background=not config.eager, converted=converted)
        self._loading = threading.Lock()
        self._command = command
        self._indexes = dict[VectorSpace, "MemoryIndex"]()
        self._searchers: dict[VectorSpace, tuple[Encoder, Searcher]] = {}
        self.encoders = Encoders(
            Registry(models or config.folders.models, on_notice),
            _choice(config, choice, read_only=read_only),
            self.store,
            self.catalogue,
            on_event,
            on_notice,
        )
        self.getting = Getting(self.encoders, on_event)
        self.sync = FolderSync(self.catalogue, config, self._disk_changed, on_notice)
        copies = Copies(self.catalogue, self.store, config.folders.pictures, self.encoders.known_spaces)
        self.pipeline = Pipeline(
            config,
            self.catalogue,
            self.store,
            self.pool,
            self.encoder,
            on_change,
            on_notice,
            self.sync.mark,
            copies,
            self.sync.is_silent,
        )
        self.pipeline.ceiling.beside = self.encoders.beside_bytes
        self.store.spare = self.pipeline.ceiling.keep
        self.limits = KeptLimits(config, self.pipeline.limit, read_only=read_only)
        desk = self._desk(on_change, on_notice)
        self._catch_up = CatchUp(config, self.catalogue, self.store, self.pool, desk, copies)
        self.encoders.wake, self.encoders.waiting = self._catch_up.wake, lambda i: self._catch_up.waiting.get(i, 0)
        self.housekeeping = Housekeeping(
            config,
            self.catalogue,
            self.store,
            self.encoders.known_spaces,
            self._reading,
            self.pipeline.wake,
            self.pool.forget,
        )
        self._machine_code = MachineCode(eager=config.eager)
        self._ended = threading.Event()
        self._joining = threading.Thread(target=self._take_over, name="joining", daemon=True)
        self._warming = threading.Thread(target=self._warm, name="warming", daemon=True)
        self.on_change, self._on_notice = on_change, on_notice

    def _reading(self) -> bool:
        return self.pipeline.busy

    def _desk(self, on_change: Callable[[], None], on_notice: Callable[[ErrorReport], None]) -> Desk:
        encoders = self.encoders
        return Desk(
            targets=encoders.targets,
            load=encoders.to_catch_up,
            known=encoders.word_spaces,
            noted=encoders.noted,
            measured=encoders.measured,
            done=encoders.caught_up,
            changed=on_change,
            notice=on_notice,
            paused=lambda: self.pipeline.resting,
            spare=self.pipeline.ceiling.keep,
            silent=self.sync.is_silent,
        )

    def start(self) -> None:
        """Make everything agree after the last end, then watch and read."""
        for notice in self._opened.notices:
            self._on_notice(notice)
        self.catalogue.keep_folders()
        self._remember_first_space()
        self._agree()
        self.pipeline.making_ready = not self._command and self._machine_code.begin()
        self.sync.start()
        self.pipeline.start()
        self._catch_up.start()
        self.housekeeping.start()
        self._joining.start()
        if not self._command:
            self._warming.start()

    def _agree(self) -> None:
        """Catalogue and store, with each other. Where there is nothing yet no encoder is loaded to find that out."""
        stored = self.encoders.known_spaces() or self.store.tables.names()
        if not stored and not any(folder.pages for folder in self.catalogue.folders()):
            self.catalogue.requeue_reading()
            return
        space = self.encoders.recorded_space()
        others = [known for known in self.encoders.known_spaces() if known != space]
        found = reconcile(self.catalogue, self.store, space, others)
        if found.dropped or found.again:
            _log.info("after the last end: %d pages dropped, %d pages read again", found.dropped, found.again)
        if found.damaged:
            self._on_notice(report(ErrorCode.LIBRARY_DAMAGED, detail=found.again))

    def _warm(self) -> None:
        """As soon as there is a page to find, do what the first search would wait for."""
        self._machine_code.wait()
        self.pipeline.made_ready()
        try:
            while not any(folder.pages for folder in self.catalogue.folders()):
                if self._ended.wait(_LOOK_S):
                    return
            from indexer.searching.warming import warm

            space = self.encoders.recorded_space()
            warm(self._index(space), space)
        except Exception:  # noqa: BLE001 (LanceDB's errors have no common class)
            if not self._ended.is_set():  # otherwise what it reads was closed under it
                _log.warning("no search could be made ready", exc_info=True)

    def _remember_first_space(self) -> None:
        """Libraries from before encoders could be chosen did not write down their vector space: it was Lite's first.

        Known, its pages stay what they are, and a newer Lite is filled from their words without reading a document. A
        question asked before may have made a newer space known already.
        """
        old = old_table_name(_FIRST_SPACE.name)
        if _FIRST_SPACE not in self.encoders.known_spaces() and old in self.store.tables.names():
            self.encoders.noted((_FIRST_SPACE,))

    def _take_over(self) -> None:
        """Do what other starts, which found this engine at work, have left for it."""
        while not self._ended.wait(_LOOK_S):
            for handed in one_engine.handed_over(self.config.folders):
                added = self.add_paths(messages.AddPaths(id=0, paths=handed.paths))
                while not self.sync.idle() and not self._ended.wait(_LOOK_S):
                    pass
                handed.answer([(why.path, f"{why.title}. {why.message}") for why in added.refused])

    def close(self) -> None:
        """End threads and processes; nothing is left behind."""
        self._ended.set()
        self._machine_code.stop()
        self.sync.stop()
        self.housekeeping.stop()
        self.pipeline.stop()
        self._catch_up.stop()
        self.pool.close()
        if self._warming.is_alive():  # it reads the store
            self._warming.join(_WARMING_S)
        self.encoders.registry.close()
        self._opened.close()

    def encoder(self) -> Encoder:
        """The encoder that answers, loaded when first needed. Raises MODEL_MISSING, MODEL_BROKEN."""
        return self.encoders.serving()

    def caught_up(self) -> bool:
        """Whether every page has the vectors of every encoder in use. Looks into the store."""
        recorded = self.catalogue.page_versions()
        for target in self.encoders.targets():
            for space in self.encoders.registry.load(target.encoder_id).spaces():
                if space.task in target.tasks and self.store.versions(space) != recorded:
                    return False
        return True

    def searcher(self, task: Task = Task.RETRIEVAL) -> "Searcher":
        """The searcher over the store, for the vectors of a task where they are kept, else for search's."""
        from indexer.searching.search import Searcher  # machine code is loaded with it: not at the start

        self._machine_code.wait()
        encoder, space = self.encoder(), self.encoders.space(task)
        with self._loading:
            known = self._searchers.get(space)
            if known is None or known[0] is not encoder:
                # What another encoder holds in memory is given back.
                self._searchers = {s: pair for s, pair in self._searchers.items() if pair[0] is encoder}
                self._indexes = {s: index for s, index in self._indexes.items() if s in self._searchers or s == space}
                known = self._searchers[space] = (encoder, Searcher(self._index(space), encoder, space, self.catalogue))
            return known[1]

    def _index(self, space: VectorSpace) -> "MemoryIndex":
        from indexer.searching.memory_index import MemoryIndex

        return self._indexes.setdefault(space, MemoryIndex(self.store, space))

    def _disk_changed(self, gone: list[int]) -> None:
        self.encoders.drop_documents(gone)
        self._pictures.forget(gone)
        self.pipeline.wake()
        self.on_change()

    def more_like_this(self, request: messages.MoreLikeThis) -> messages.SearchReply:
        """Pages like one: by the vectors for that where they are kept and complete, else by search's. NOT_FOUND."""
        alike = self.encoders.space(Task.TEXT_MATCHING)
        if alike.task is Task.TEXT_MATCHING and self.store.versions(alike) == self.catalogue.page_versions():
            return self.searcher(Task.TEXT_MATCHING).more_like_this(request)
        return self.searcher().more_like_this(request)


def _choice(config: EngineConfig, choice: Choice | None, *, read_only: bool) -> ChoiceFile:
    path = config.folders.data / "encoders.json"
    if choice is not None:
        return ChoiceFile(None, choice)
    return ChoiceFile.kept_in_memory(path) if read_only else ChoiceFile(path)
