"""A whole engine inside the test's process, with Lite, real renderers and a real library."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.config import EngineConfig
from indexer.encoder.lite.encoder import LiteEncoder
from indexer.engine import Engine
from indexer.protocol.paths import folders

PATIENCE_S = 60.0


class Library:
    """An engine that can be closed and opened again, and waited for."""

    def __init__(self, root: Path, encoder: LiteEncoder) -> None:
        self.root, self._encoder = root, encoder
        self.notices: list = []
        self._changed = threading.Condition()
        self.engine: Engine | None = None

    def open(self, **config: object) -> Engine:
        config.setdefault("eager", True)
        engine = Engine(EngineConfig(folders(self.root), **config), on_change=self._tell, on_notice=self.notices.append)
        self.engine = engine
        self.use(self._encoder)  # loaded once for all tests
        return engine

    def use(self, encoder: object) -> object:
        """Another encoder in the place of Lite, from now on."""
        self.engine.encoders.registry._loaded["lite"] = encoder
        return encoder

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            met = False
            for _ in range(int(PATIENCE_S / 0.1)):
                met = condition()
                if met:
                    break
                self._changed.wait(0.1)
        assert met, "not within a minute"

    def all_read(self) -> None:
        self.until(lambda: self.engine.sync.idle() and self.engine.catalogue.to_read() == 0)

    def close(self) -> None:
        if self.engine is not None:
            self.engine.close()
            self.engine = None


@pytest.fixture(scope="session")
def lite() -> LiteEncoder:
    return LiteEncoder.load()


@pytest.fixture
def library(tmp_path, lite) -> Iterator[Library]:
    made = Library(tmp_path / "library", lite)
    yield made
    made.close()
