"""Registry: which encoders there are, which are ready, and loading them once each.

Lite travels with the program. Jina v4's files are downloaded or imported (weights.py); they are compared with their
manifest at every load.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import psutil

from indexer.background import Foreground
from indexer.encoder import origin
from indexer.encoder.choice import LITE, LITE_DEVICE
from indexer.encoder.encoder import Encoder
from indexer.encoder.guarded import GuardedEncoder
from indexer.encoder.published import JINA_V4, MODELS
from indexer.encoder.weights import Weights
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, ErrorReport
from indexer.protocol.quality import page_cost
from indexer.protocol.values import Quality

_log = logging.getLogger(__name__)
NAMES = {LITE: "Lite", JINA_V4: MODELS[JINA_V4].name}
_WORKING_BYTES = 1_500_000_000
"""Beside the weights, for the activations of one page at the default pixel limit, on whatever device."""
_ROOM_FOR_LOADING = 1.1
_BF16_BYTES = 2
_MATRIX_SHARE = 0.4
"""Of the speed at which a device multiplies large matrices, what reading a page is reckoned to reach."""


class Registry:
    """Loads encoders when first asked for. Thread-safe; two encoders may be loaded at once."""

    def __init__(self, models: Path, on_notice: Callable[[ErrorReport], None] = lambda _: None) -> None:
        self._on_notice = on_notice
        self.quality: Callable[[str], Quality] = lambda _: Quality()
        """How an encoder is to read pages; asked at every load."""
        self.weights = Weights(models)
        self._loaded: dict[str, Encoder] = {}
        self._problems: dict[str, PagebeamError] = {}
        self._locks = {encoder_id: threading.Lock() for encoder_id in NAMES}
        self._loaders = {encoder_id: Foreground(f"loading {encoder_id}") for encoder_id in NAMES}
        self._without: set[str] = set()
        self._rate: float | None = None

    def known(self, encoder_id: str) -> None:
        """Raise NOT_FOUND for an id that is no encoder's."""
        if encoder_id not in NAMES:
            raise PagebeamError(ErrorCode.NOT_FOUND, encoder_id)

    def is_ready(self, encoder_id: str) -> bool:
        """Whether its files are all there."""
        return encoder_id == LITE or self.weights.is_ready(encoder_id)

    def loaded(self, encoder_id: str) -> Encoder | None:
        """The encoder if it is in memory."""
        return self._loaded.get(encoder_id)

    def problem(self, encoder_id: str) -> PagebeamError | None:
        """Why it could not be loaded when that was tried last."""
        return self._problems.get(encoder_id)

    def caution(self, encoder_id: str) -> ErrorReport | None:
        """What to know of its files before it is used: whether they are those that Pagebeam was made for."""
        told = self.weights.manifest(encoder_id) if encoder_id in MODELS else None
        return None if told is None else origin.caution(told, MODELS[encoder_id])

    def load(self, encoder_id: str) -> Encoder:
        """The encoder, loaded when it is not yet. Raises NOT_FOUND, MODEL_MISSING, MODEL_BROKEN, OUT_OF_MEMORY."""
        self.known(encoder_id)
        return self._loaded.get(encoder_id) or self._loaders[encoder_id].do(lambda: self._load(encoder_id))

    def _load(self, encoder_id: str) -> Encoder:
        with self._locks[encoder_id]:
            encoder = self._loaded.get(encoder_id)
            if encoder is None:
                try:
                    encoder = _load_lite() if encoder_id == LITE else self._load_jina()
                except PagebeamError as problem:
                    self._problems[encoder_id] = problem
                    raise
                if encoder_id != LITE:
                    encoder = GuardedEncoder(encoder, lambda: self._without_card(encoder_id), self._on_notice)
                self._loaded[encoder_id] = encoder
                self._problems.pop(encoder_id, None)
            return encoder

    def release(self, encoder_id: str) -> None:
        """Give its memory back; whoever still holds it must not use it any more."""
        with self._locks[encoder_id]:
            encoder = self._loaded.pop(encoder_id, None)
            self._problems.pop(encoder_id, None)
        if encoder is not None:
            encoder.close()

    def close(self) -> None:
        """End its threads."""
        for loader in self._loaders.values():
            loader.close()

    def _without_card(self, encoder_id: str) -> Encoder:
        """The graphics card failed: from now on the processor, until the engine starts again."""
        self._without.add(encoder_id)
        return self._load_jina()

    def device(self, encoder_id: str) -> tuple[str, str]:
        """Where an encoder runs, or would run, and why, as text."""
        encoder = self._loaded.get(encoder_id)
        if encoder is not None:
            return encoder.device()
        if encoder_id == LITE:
            return LITE_DEVICE
        from indexer.encoder.device import choose_device

        choice = choose_device("cpu" if encoder_id in self._without else None)
        return choice.name, choice.reason

    def memory(self, encoder_id: str) -> tuple[int, int]:
        """Bytes an encoder works in, and bytes its device has; zeros for Lite, which fits everywhere."""
        if encoder_id == LITE:
            return 0, 0
        import torch

        from indexer.encoder.device import choose_device

        choice = choose_device("cpu" if encoder_id in self._without else None)
        stored = (
            self.weights.model_bytes(encoder_id) if self.is_ready(encoder_id) else MODELS[encoder_id].parameters * 2
        )
        has = psutil.virtual_memory().total
        if choice.device.type == "cuda":
            has = torch.cuda.get_device_properties(choice.device).total_memory
        return stored // _BF16_BYTES * choice.dtype.itemsize + _WORKING_BYTES, int(has)

    def reckoned_seconds(self, encoder_id: str) -> float:
        """Seconds a page, from this machine's measured speed and the published model's work for an A4 page.

        Takes half a second the first time. 0 for Lite, whose pages take too little to be asked about.
        """
        if encoder_id == LITE:
            return 0.0
        from indexer.encoder.device import choose_device, matrix_rate

        if self._rate is None:
            choice = choose_device("cpu" if encoder_id in self._without else None)
            self._rate = matrix_rate(choice.device, choice.dtype)
        return page_cost(self.quality(encoder_id)).work * MODELS[encoder_id].page_flops / (self._rate * _MATRIX_SHARE)

    def _load_jina(self) -> Encoder:
        folder = self.weights.verified(JINA_V4)
        from indexer.encoder.device import choose_device, free_memory_bytes
        from indexer.encoder.jina_v4.encoder import JinaV4Encoder
        from indexer.encoder.jina_v4.settings import JinaSettings

        device = "cpu" if JINA_V4 in self._without else None
        choice = choose_device(device)
        needs = self.weights.model_bytes(JINA_V4) // _BF16_BYTES * choice.dtype.itemsize
        if needs * _ROOM_FOR_LOADING > free_memory_bytes(choice.device):
            raise PagebeamError(ErrorCode.OUT_OF_MEMORY, str(folder))
        _log.info("loading jina-v4 on %s", choice.name)
        wanted = self.quality(JINA_V4)
        whole = wanted.image_tokens == Quality().image_tokens  # then the checkpoint's own limit
        try:
            settings = JinaSettings(
                image_tokens=None if whole else wanted.image_tokens,
                single_size=wanted.single_size or None,
                pooling=wanted.pooling,
                crops=wanted.crops,
                device=device,
            )
            return JinaV4Encoder.load(folder, settings)
        except ValueError as problem:  # a width that this checkpoint does not have
            raise PagebeamError(ErrorCode.BAD_REQUEST, detail=str(problem)) from problem


def _load_lite() -> Encoder:
    from indexer.encoder.lite.encoder import LiteEncoder  # torch takes two seconds: not before it is needed

    return LiteEncoder.load()
