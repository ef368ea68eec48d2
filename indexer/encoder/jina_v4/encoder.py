"""JinaV4Encoder: pages and questions to vectors with jina-embeddings-v4, behind the same door as Lite.

Of a page the image tokens are kept, each with its cell as its place; the eleven words of the prompt around them have
no place on the page and are not stored (every stored vector has a region), so scores are a little below published
ones. `encode_images` and `encode_texts` give everything, exactly as the published model does.

A question's vectors all count alike, 1 / n each: published MaxSim scores divided by the number of tokens, which
orders pages the same and keeps scores in the range that Lite's have.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from indexer.documents.document import Pixels
from indexer.encoder import device as devices
from indexer.encoder.encoder import WORD_KIND, EncodedPage, EncodedQuery, Encoder, PageInput, Rarity, VectorSpace
from indexer.encoder.jina_v4 import batching, failures, heads, inputs, places
from indexer.encoder.jina_v4.adapters import Adapters
from indexer.encoder.jina_v4.checkpoint import Checkpoint
from indexer.encoder.jina_v4.model import Pause
from indexer.encoder.jina_v4.network import JinaNetwork, Vectors
from indexer.encoder.jina_v4.one_pass import ONE_PASS
from indexer.encoder.jina_v4.pages import PageLayout, stored_page
from indexer.encoder.jina_v4.pointwise import PLAIN, Pointwise, fused
from indexer.encoder.jina_v4.query import tokenize_query
from indexer.encoder.jina_v4.settings import JinaSettings
from indexer.encoder.jina_v4.spaces import JINA_ID, spaces_of, version_of
from indexer.encoder.jina_v4.turns import InStep, Turns
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.quality import crop_side
from indexer.protocol.values import Task

TEXT_BATCH_TOKENS = 8_192
_MEMORY_SHARE = 0.6
"""Of the memory that is free after loading; the rest is for what the estimate of a batch misses."""
_PREPARING = max(1, min(4, (os.cpu_count() or 2) // 2))
"""Threads that resize pages while the device works; one page takes a thread about 10 ms."""

Result = TypeVar("Result")


class JinaV4Encoder(Encoder):
    """Sees pages. Wants a graphics card; works, slowly, without one."""

    encoder_id = JINA_ID

    def __init__(
        self,
        checkpoint: Checkpoint,
        network: JinaNetwork,
        text_input: inputs.TextInput,
        choice: devices.DeviceChoice,
        settings: JinaSettings,
    ) -> None:
        self.checkpoint = checkpoint
        self.network = network
        self.text_input = text_input
        self.settings = settings
        self.version = version_of(checkpoint, settings)
        # With so many a page, or each of its crops, has what the pixel limit lets through.
        limit = settings.max_pixels(checkpoint.preprocessing)
        self.page_pixels = math.ceil(limit / crop_side(settings.crops) ** 2)
        self.choice = choice
        projector = network.adapters.weights(checkpoint.tasks[0]).projector_weight
        self._spaces = spaces_of(checkpoint, settings, int(projector.shape[0]))
        self._turns = Turns()
        self._budget = batching.Budget(int(_MEMORY_SHARE * _free_cells(network)))
        self._workers = ThreadPoolExecutor(_PREPARING, thread_name_prefix="page-pictures")
        self._lost: PagebeamError | None = None
        self._seconds_per_cell = 0.0
        # Questions come between two layers, however long a page takes.
        self._pause: Pause = self._turns.give_way
        if choice.device.type != "cpu":
            self._pause = InStep(self._turns.give_way, lambda: devices.milestone(choice.device))

    @classmethod
    def load(cls, folder: Path, settings: JinaSettings | None = None) -> "JinaV4Encoder":
        """Check and load a model folder. Raises PagebeamError (MODEL_MISSING, MODEL_BROKEN, OUT_OF_MEMORY)."""
        settings = settings or JinaSettings()
        checkpoint = Checkpoint.read(folder)
        choice = devices.choose_device(settings.device, settings.dtype)
        tokenizer = folder / "tokenizer.json"
        if not tokenizer.is_file():
            raise PagebeamError(ErrorCode.MODEL_MISSING, str(tokenizer), detail=f"no file {tokenizer.name}")
        try:
            text_input = inputs.TextInput(str(tokenizer))
        except Exception as problem:
            raise PagebeamError(ErrorCode.MODEL_BROKEN, detail=f"{tokenizer.name}: {problem}") from problem
        if text_input.image_pad != checkpoint.image_token:
            raise PagebeamError(ErrorCode.MODEL_BROKEN, detail=f"{tokenizer.name} is another model's")
        try:
            modules = checkpoint.load(choice.device, choice.dtype)
            adapters = Adapters(modules, checkpoint.tasks)
            steps = _steps(choice, compiled=settings.compiled)
            network = JinaNetwork(modules, adapters, checkpoint.preprocessing, text_input, steps)
            adapters.weights(checkpoint.tasks[0])
            network.warm_up(checkpoint.tasks[0])
        except (RuntimeError, MemoryError) as problem:
            raise failures.as_pagebeam_error(problem) from problem
        return cls(checkpoint, network, text_input, choice, settings)

    def spaces(self) -> tuple[VectorSpace, ...]:
        """One space a task, search first."""
        return self._spaces

    def device(self) -> tuple[str, str]:
        """The device's name and why it was chosen."""
        return self.choice.name, self.choice.reason

    def seconds_per_page(self) -> float:
        """Of a page at the pixel limit, measured on the pages so far; 0 before the first."""
        sizes = self.checkpoint.preprocessing
        return self._seconds_per_cell * self.settings.max_pixels(sizes) / sizes.cell**2

    def encode_pages(self, pages: Sequence[PageInput], space: VectorSpace) -> list[EncodedPage]:
        """One EncodedPage a page, in order. Raises PagebeamError (ENCODER_FAILED, DEVICE_LOST, OUT_OF_MEMORY)."""
        return self.encode_pages_in(pages, (space,))[0]

    def encode_pages_in(self, pages: Sequence[PageInput], spaces: Sequence[VectorSpace]) -> list[list[EncodedPage]]:
        """Pages for several tasks: each is looked at once, which is half of the work, and read once a task."""
        layout = PageLayout(self.checkpoint.preprocessing, self.settings)
        boxes = layout.boxes()
        pictures = [page.pixels[places.pixel_box(box, *page.pixels.shape[:2])] for page in pages for box in boxes]
        seen = self._images(pictures, [space.task for space in spaces], self.settings.max_pixels(layout.sizes))
        if not all(bool(vectors.multi.isfinite().all()) for one in seen for vectors in one):
            raise PagebeamError(ErrorCode.ENCODER_FAILED, detail="a vector holds what is no number")
        first, found = self.network.first_image_token, []
        for number, space in enumerate(spaces):
            of_task = [one[number] for one in seen]
            looks = [of_task[start : start + len(boxes)] for start in range(0, len(of_task), len(boxes))]
            found.append(
                [
                    stored_page(page.pixels, look, self._stored_single(look[0].single, space), first, layout)
                    for page, look in zip(pages, looks, strict=True)
                ]
            )
        return found

    def encode_query(
        self, text: str, space: VectorSpace, rarity: Rarity | None = None, left_out: Sequence[int] = ()
    ) -> EncodedQuery:
        """A question of any length; the empty one has no vectors. `rarity` is not used: the network weighs words."""
        tokens = tokenize_query(text, self.text_input, space.task, left_out)
        if not tokens.ids:
            nothing = np.zeros((0, space.vector_size), np.float32)
            empty = np.zeros(0, np.float32)
            return EncodedQuery(
                text, np.zeros(space.single_size, np.float32), nothing, empty.astype(np.uint8), empty, tokens.words,
                tokens.word_of,
            )  # fmt: skip
        found = self._guarded(lambda: self._one_question(tokens.ids, space.task))
        count = len(tokens.ids)
        return EncodedQuery(
            text,
            self._stored_single(found.single, space),
            found.multi.numpy(),
            np.full(count, WORD_KIND, np.uint8),
            np.full(count, 1 / count, np.float32),
            tokens.words,
            tokens.word_of,
        )

    def encode_texts(
        self,
        texts: Sequence[str],
        task: Task,
        *,
        is_query: bool = True,
        max_tokens: int = inputs.MAX_TEXT_TOKENS,
        truncate: int | None = None,
    ) -> list[Vectors]:
        """The published model's text function: every token's vector, prefix included, in order of `texts`."""
        tokens = self.text_input.tokenize(texts, inputs.prefix_for(task, is_query=is_query), max_tokens)
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index].ids))
        found: dict[int, Vectors] = {}
        while order:
            # Of nearly equal length, so that little is padded; one text at least.
            size = max(1, TEXT_BATCH_TOKENS // len(tokens[order[0]].ids))
            batch = [index for index in order[:size] if len(tokens[index].ids) <= 2 * len(tokens[order[0]].ids)]
            order = order[len(batch) :]
            ids = [tokens[index].ids for index in batch]
            with self._turns.pages():
                vectors = self._guarded(lambda ids=ids: self.network.texts(ids, task, self._pause))  # type: ignore[misc]
            found |= dict(zip(batch, vectors, strict=True))
        return [self._truncated(found[index], truncate) for index in range(len(tokens))]

    def encode_images(
        self, pictures: Sequence[Pixels], task: Task, *, max_pixels: int | None = None, truncate: int | None = None
    ) -> list[Vectors]:
        """The published model's image function: every token's vector, prompt included, in order of `pictures`."""
        return [self._truncated(one[0], truncate) for one in self._images(pictures, (task,), max_pixels)]

    def close(self) -> None:
        """Give back memory; the encoder is not used afterwards."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        del self.network
        if self.choice.device.type == "cuda":
            torch.cuda.empty_cache()

    def _images(
        self, pictures: Sequence[Pixels], tasks: Sequence[str], max_pixels: int | None
    ) -> list[tuple[Vectors, ...]]:
        """Prepared by helpers while the device works, run in batches of equal patch count; for each picture in order
        its vectors of each task."""
        sizes, cell = self.checkpoint.preprocessing, self.checkpoint.preprocessing.cell
        targets = [inputs.target_size(one.shape[0], one.shape[1], sizes, max_pixels) for one in pictures]
        cells = [rows * columns // cell**2 for rows, columns in targets]
        waiting = [index for batch in batching.plan(cells, self._budget.cells) for index in batch]
        ready = {index: self._workers.submit(self._prepared, pictures[index], targets[index]) for index in waiting}
        found: dict[int, tuple[Vectors, ...]] = {}
        try:
            while waiting:
                batch = [waiting[i] for i in batching.plan([cells[i] for i in waiting], self._budget.cells)[0]]
                vectors = self._batch([ready[index] for index in batch], cells[batch[0]], tasks)
                if vectors is not None:
                    found |= dict(zip(batch, zip(*vectors, strict=True), strict=True))
                    waiting = [index for index in waiting if index not in found]
        finally:
            for future in ready.values():
                future.cancel()
        return [found[index] for index in range(len(pictures))]

    def _batch(self, ready: Sequence[Future[Tensor]], cells: int, tasks: Sequence[str]) -> list[list[Vectors]] | None:
        """One batch, a list a task; None when it did not fit into memory and smaller ones are to be tried."""
        prepared = [future.result() for future in ready]
        total = cells * len(prepared)
        for task in tasks:  # made once, and then before the turn, not in it
            self._guarded(lambda task=task: self.network.adapters.weights(task))  # type: ignore[misc]
        with self._turns.pages():
            start = time.perf_counter()
            try:
                vectors = self._guarded(lambda: self.network.images_in(prepared, tasks, self._pause))
            except PagebeamError as problem:
                if problem.code is not ErrorCode.OUT_OF_MEMORY or len(prepared) == 1:
                    raise
                self._budget.halve(total)
                return None
            took = time.perf_counter() - start
        self._budget.took(total, took)
        self._seconds_per_cell = took / total
        return vectors

    def _prepared(self, pixels: Pixels, size: tuple[int, int]) -> Tensor:
        picture = inputs.resized(pixels, size)
        return picture.pin_memory() if self.choice.device.type == "cuda" else picture

    def _one_question(self, ids: Sequence[int], task: str) -> Vectors:
        self.network.adapters.weights(task)
        with self._turns.question():
            return self.network.texts([ids], task)[0]

    def _guarded(self, work: Callable[[], Result]) -> Result:
        """Run work on the device; its failures become ours. A card that is gone stays gone."""
        if self._lost is not None:
            raise self._lost
        try:
            return work()
        except (RuntimeError, MemoryError) as problem:
            error = failures.as_pagebeam_error(problem)
            if error.code is ErrorCode.DEVICE_LOST:
                self._lost = error
            elif error.code is ErrorCode.OUT_OF_MEMORY and self.choice.device.type == "cuda":
                torch.cuda.empty_cache()
            raise error from problem

    def _stored_single(self, single: Tensor, space: VectorSpace) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        stored: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = heads.truncated(
            single, space.single_size, self.checkpoint.single_sizes
        ).numpy()
        return stored

    def _truncated(self, vectors: Vectors, size: int | None) -> Vectors:
        wanted = size or self.checkpoint.single_size
        return Vectors(heads.truncated(vectors.single, wanted, self.checkpoint.single_sizes), vectors.multi)


def _steps(choice: devices.DeviceChoice, *, compiled: bool | None) -> Pointwise:
    """The elementwise steps that measured fastest on a device."""
    if choice.device.type == "cuda" if compiled is None else compiled:
        return fused(choice.device, choice.dtype)
    return ONE_PASS if choice.device.type == "cpu" else PLAIN


def _free_cells(network: JinaNetwork) -> float:
    """How many cells the device's free memory holds at once: what the widest steps of both towers keep alive."""
    return devices.free_memory_bytes(network.device) / network.bytes_per_cell()
