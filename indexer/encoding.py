"""Encoders: the part of the engine that knows which encoder answers, and tells about all.

1. The chosen encoder is loaded in the background and catches up (indexing/catchup.py); the serving one answers.
2. When the chosen one lacks nothing, it serves from the next question on. That is written down (encoder/choice.py).
3. When the serving encoder cannot be loaded (files gone or damaged, memory short), Lite answers for as long as this
   engine runs: it can be filled from words that are stored, without reading a document again.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from indexer.catalogue.catalogue import Catalogue
from indexer.encoder.choice import LITE, ChoiceFile
from indexer.encoder.encoder import Encoder, VectorSpace
from indexer.encoder.published import MODELS
from indexer.encoder.registry import NAMES, Registry
from indexer.errors import PagebeamError
from indexer.indexing.desk import Target
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode, ErrorReport
from indexer.protocol.quality import allowed
from indexer.protocol.values import EncoderInfo, Quality, Task
from indexer.store.store import Store

_log = logging.getLogger(__name__)
DEFAULT_TASKS = (Task.RETRIEVAL, Task.CODE)
"""Text-matching costs a second pass over every page, so it is kept for those who ask for it; code only for pages that
look like source code, so it costs next to nothing."""
_NEW_PACE = 0.2
_TELL_PACE = 0.05

OnEvent = Callable[[messages.Event], None]


class Encoders:
    """Thread-safe. `wake`, `waiting` and `downloading` are set by whoever puts the engine together."""

    def __init__(
        self,
        registry: Registry,
        choice: ChoiceFile,
        store: Store,
        catalogue: Catalogue,
        on_event: OnEvent = lambda _: None,
        on_notice: Callable[[ErrorReport], None] = lambda _: None,
    ) -> None:
        self.registry, self._choice = registry, choice
        self._store, self._catalogue = store, catalogue
        self._on_event, self._on_notice = on_event, on_notice
        registry.quality = self.quality
        store.admits = lambda space: space in self.known_spaces()
        self._falling_back = threading.Lock()
        self._fallen_back = False
        self.downloading: Callable[[str], bool] = lambda _: False
        self.wake: Callable[[], None] = lambda: None
        self.waiting: Callable[[str], int] = lambda _: 0

    # which one answers

    @property
    def serving_id(self) -> str:
        """The encoder whose vectors answer questions now."""
        return LITE if self._fallen_back else self._choice.now.serving

    @property
    def chosen_id(self) -> str:
        """The encoder the user wants."""
        return self._choice.now.chosen

    def serving(self) -> Encoder:
        """The encoder that answers, loaded. Raises MODEL_MISSING, MODEL_BROKEN only for Lite itself."""
        serving = self.serving_id
        try:
            encoder = self.registry.load(serving)
        except PagebeamError as problem:
            if serving == LITE:
                raise
            with self._falling_back:
                if not self._fallen_back:
                    _log.warning("%s cannot be loaded (%s); lite answers", serving, problem.code)
                    self._fallen_back = True
                    self._on_notice(problem.report)
            self.wake()
            encoder = self.registry.load(LITE)
        self._choice.remember_spaces(encoder.spaces()[:1])
        return encoder

    def space(self, task: Task = Task.RETRIEVAL) -> VectorSpace:
        """The serving encoder's space for a task; that for search where it keeps none for the task."""
        spaces = self.serving().spaces()
        if task in self.tasks(self.serving_id):
            return next((space for space in spaces if space.task == task), spaces[0])
        return spaces[0]

    def tasks(self, encoder_id: str) -> tuple[Task, ...]:
        """The kinds of vectors kept for an encoder, search first."""
        if encoder_id == LITE:
            return (Task.RETRIEVAL,)
        extra = self._choice.now.tasks.get(encoder_id, DEFAULT_TASKS)
        return (Task.RETRIEVAL, *(task for task in extra if task is not Task.RETRIEVAL))

    def recorded_space(self) -> VectorSpace:
        """The search space of the encoder that answered last, told without loading it where it was written down."""
        serving = self._choice.now.serving
        told = [space for space in self.word_spaces() if space.encoder_id == serving]
        return told[-1] if told else self.serving().spaces()[0]

    def quality(self, encoder_id: str) -> Quality:
        """How an encoder reads pages."""
        return self._choice.now.quality.get(encoder_id, Quality())

    def known_spaces(self) -> tuple[VectorSpace, ...]:
        """Every space that may hold vectors of pages."""
        return self._choice.now.spaces

    def forget_spaces(self, encoder_id: str) -> None:
        """Drop all vectors of an encoder."""
        self._forget([space for space in self.known_spaces() if space.encoder_id == encoder_id])

    def _forget(self, spaces: Sequence[VectorSpace]) -> None:
        with self._store.held:  # whoever is about to write there must find it known, or gone
            for space in spaces:
                self._store.forget(space)
            self._choice.change(lambda c: replace(c, spaces=tuple(space for space in c.spaces if space not in spaces)))

    def drop_documents(self, document_ids: list[int]) -> None:
        """Forget documents in every space, of whatever encoder."""
        for space in self.known_spaces():
            self._store.drop_documents(space, document_ids)

    # what the catch-up asks

    def targets(self) -> tuple[Target, ...]:
        """Encoders that need every page's vectors, the serving one first."""
        ids = dict.fromkeys((self.serving_id, self.chosen_id))
        return tuple(Target(i, self.tasks(i)) for i in ids if self.registry.is_ready(i))

    def to_catch_up(self, encoder_id: str) -> Encoder:
        """An encoder to fill pages with. Raises CANCELLED where Lite has to take its place, and what loading raises."""
        if encoder_id != self.serving_id:
            return self.registry.load(encoder_id)
        encoder = self.serving()
        if encoder.encoder_id != encoder_id:
            raise PagebeamError(ErrorCode.CANCELLED)
        return encoder

    def word_spaces(self) -> tuple[VectorSpace, ...]:
        """Spaces whose rows hold the pages' words."""
        return tuple(space for space in self.known_spaces() if space.task is Task.RETRIEVAL)

    def noted(self, spaces: tuple[VectorSpace, ...]) -> None:
        """These spaces are about to be filled."""
        self._choice.remember_spaces(spaces)

    def caught_up(self, encoder_id: str) -> None:
        """An encoder has vectors of every page: if it is the chosen one, it answers from now on."""
        if encoder_id == self.chosen_id and encoder_id != self.serving_id:
            self._fallen_back = False
            self._choice.change(lambda c: replace(c, serving=c.chosen))
            _log.info("%s has caught up and answers from now on", encoder_id)
            self._on_event(messages.EncodersChanged())
        self._forget_older(encoder_id)

    def _forget_older(self, encoder_id: str) -> None:
        """Vectors of an encoder's earlier versions have served their purpose: the words in them were taken over."""
        encoder = self.registry.loaded(encoder_id)
        if encoder is not None:
            versions = {space.version for space in encoder.spaces()}
            known = [space for space in self.known_spaces() if space.encoder_id == encoder_id]
            if older := [space for space in known if space.version not in versions]:
                self._forget(older)

    def measured(self, encoder_id: str, seconds: float) -> None:
        """So long took a page; a sliding average is kept for this device."""
        key = self._pace_key(encoder_id)
        old = self._choice.now.pace.get(key, seconds)
        new = old + _NEW_PACE * (seconds - old)
        if key not in self._choice.now.pace or abs(new - old) > _TELL_PACE * old:
            self._choice.change(lambda c: replace(c, pace={**c.pace, key: round(new, 5)}))

    def forget_pace(self, encoder_id: str) -> None:
        """What was measured is not true any more: other files, or another quality."""
        there = self._choice.now.pace.items()
        pace = {key: value for key, value in there if key.partition(" ")[0] != encoder_id}
        self._choice.change(lambda c: replace(c, pace=pace))

    def _pace_key(self, encoder_id: str) -> str:
        return f"{encoder_id} {self.registry.device(encoder_id)[0]}"

    def beside_bytes(self) -> int:
        """What models other than Lite, where they are loaded, may take of the memory."""
        loaded = [encoder_id for encoder_id in NAMES if encoder_id != LITE and self.registry.loaded(encoder_id)]
        return sum(self.registry.memory(encoder_id)[0] for encoder_id in loaded)

    # requests

    def info(self, encoder_id: str, *, pages: int = 0, with_costs: bool = False) -> EncoderInfo:
        """What is known of an encoder. With costs: sizes, counts and speed, which take a walk over files."""
        choice, registry, weights = self._choice.now, self.registry, self.registry.weights
        loaded, problem = registry.loaded(encoder_id), registry.problem(encoder_id)
        device = registry.device(encoder_id) if with_costs or loaded or encoder_id == LITE else ("", "")
        plain = EncoderInfo(
            encoder_id=encoder_id,
            name=NAMES[encoder_id],
            version=loaded.version if loaded is not None else self._stored_version(encoder_id),
            ready=registry.is_ready(encoder_id),
            chosen=encoder_id == choice.chosen,
            device=device[0],
            device_reason=device[1],
            serving=encoder_id == self.serving_id,
            pages=pages,
            downloading=self.downloading(encoder_id),
            pages_waiting=self.waiting(encoder_id),
            tasks=self.tasks(encoder_id),
            problem=problem.report if problem is not None else None,
            caution=registry.caution(encoder_id),
        )
        if not with_costs:
            return plain
        model = MODELS.get(encoder_id)
        spaces = [space for space in choice.spaces if space.encoder_id == encoder_id]
        search = next((space for space in reversed(spaces) if space.task is Task.RETRIEVAL), None)
        recorded = self._catalogue.page_versions()
        stored = self._store.versions(search) if search is not None else {}
        measured = choice.pace.get(self._pace_key(encoder_id), 0.0)
        needs, has = registry.memory(encoder_id)
        return _with(
            plain,
            pages=sum(stored.get(key) == version for key, version in recorded.items()),
            pages_total=len(recorded),
            seconds_per_page=measured or registry.reckoned_seconds(encoder_id),
            seconds_measured=measured > 0,
            model_bytes=weights.model_bytes(encoder_id) if model else 0,
            partial_bytes=weights.partial_bytes(encoder_id) if model else 0,
            vectors_bytes=sum(self._store.space_bytes(space) for space in spaces),
            download_bytes=model.download_bytes if model else 0,
            folder=str(weights.folder(encoder_id)) if model else "",
            free_bytes=weights.free_bytes(),
            needs_bytes=needs,
            memory_bytes=has,
            quality=self.quality(encoder_id),
            licences=model.licences if model else (),
        )

    def _stored_version(self, encoder_id: str) -> str:
        told = [space.version for space in self.known_spaces() if space.encoder_id == encoder_id]
        return told[-1] if told else ""

    def listed(self, request: messages.ListEncoders) -> messages.Encoders:
        """Every encoder with its costs."""
        return messages.Encoders(id=request.id, encoders=tuple(self.info(i, with_costs=True) for i in NAMES))

    def choose(self, request: messages.ChooseEncoder) -> messages.Done:
        """Want an encoder. Raises NOT_FOUND, MODEL_MISSING."""
        chosen = request.encoder_id
        self.registry.known(chosen)
        if not self.registry.is_ready(chosen):
            raise PagebeamError(ErrorCode.MODEL_MISSING, detail=NAMES[chosen])

        self._choice.change(lambda c: replace(c, chosen=chosen))
        if chosen != LITE and self.registry.problem(chosen):
            self.registry.release(chosen)  # tried again
        self.wake()
        self._on_event(messages.EncodersChanged())
        return messages.Done(id=request.id)

    def keep_tasks(self, request: messages.KeepTasks) -> messages.Done:
        """Keep these kinds of vectors beside search's, and drop others. Raises NOT_FOUND."""
        encoder_id = request.encoder_id
        self.registry.known(encoder_id)
        tasks = tuple(task for task in request.tasks if task is not Task.RETRIEVAL)
        self._choice.change(lambda c: replace(c, tasks={**c.tasks, encoder_id: tasks}))
        kept = (Task.RETRIEVAL, *tasks)
        self._forget(
            [space for space in self.known_spaces() if space.encoder_id == encoder_id and space.task not in kept]
        )
        self.wake()
        self._on_event(messages.EncodersChanged())
        return messages.Done(id=request.id)

    def set_quality(self, request: messages.SetQuality) -> messages.Done:
        """Read pages so when chosen next. Raises NOT_FOUND, BAD_REQUEST, ENCODER_IN_USE."""
        encoder_id, wanted = request.encoder_id, request.quality
        if encoder_id not in MODELS:
            raise PagebeamError(ErrorCode.NOT_FOUND, encoder_id)
        if not allowed(wanted):
            raise PagebeamError(ErrorCode.BAD_REQUEST, detail=f"{wanted} is not offered")
        if encoder_id in (self.serving_id, self.chosen_id):
            raise PagebeamError(ErrorCode.ENCODER_IN_USE)
        if wanted != self.quality(encoder_id):
            self.registry.release(encoder_id)
            self.forget_spaces(encoder_id)
            self.forget_pace(encoder_id)
            self._choice.change(lambda c: replace(c, quality={**c.quality, encoder_id: wanted}))
            self._on_event(messages.EncodersChanged())
        return messages.Done(id=request.id)


def _with(info: EncoderInfo, **values: object) -> EncoderInfo:
    """A copy with other values."""
    return msgspec.structs.replace(info, **values)
