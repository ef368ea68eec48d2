"""Evaluate an encoder on a labelled set, through the program's own path.

1. The corpus is written out as files, a picture or a text an entry, into a library of its own.
2. The engine reads them as it reads any folder: rendered, recognised, encoded, stored.
3. Every question goes through the searcher; a file's score is its best page's.
4. trec_eval's measures say how well that went.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.config import EngineConfig
from indexer.encoder.choice import Choice
from indexer.engine import Engine
from indexer.errors import PagebeamError
from indexer.evaluating.dataset import Content, LabelledSet
from indexer.evaluating.metrics import evaluate
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Quality, Task

_POLL_S = 0.1
_SIGNS = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"RIFF", ".webp"),
    (b"GIF8", ".gif"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"BM", ".bmp"),
    (b"%PDF", ".pdf"),
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out. measures: averages over all questions, by name ("ndcg@5"). failed: entries that could not be read;
    they count as not found. seconds: wall time."""

    encoder_id: str
    version: str
    device: str
    queries: int
    entries: int
    pages: int
    failed: int
    measures: dict[str, float]
    index_seconds: float
    search_seconds: float


def run(
    labelled: LabelledSet,
    encoder_id: str,
    config: EngineConfig,
    models: Path,
    *,
    recall_at: tuple[int, ...] = (5, 10, 100),
    task: Task = Task.RETRIEVAL,
    quality: Quality = Quality(),  # noqa: B008 (a frozen value)
    on_progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Evaluation:
    """Evaluate in the library of `config`, which should be new. Raises DATASET_WRONG and what loading raises."""
    choice = Choice(encoder_id, encoder_id, {encoder_id: (task,)}, quality={encoder_id: quality})
    engine = Engine(config, models=models, choice=choice)
    try:
        encoder = engine.encoders.registry.load(encoder_id)
        folder = config.folders.data / "corpus"
        names = dict(_written(labelled.corpus(), folder))
        started = time.perf_counter()
        engine.start()
        engine.add_paths(messages.AddPaths(id=0, paths=(str(folder),), watch=False))
        status = _read(engine, len(names), on_progress)
        indexed = time.perf_counter()
        ranked = _ranked(engine, labelled, names, max(10, *recall_at), task, on_progress)
        return Evaluation(
            encoder_id,
            encoder.version,
            encoder.device()[0],
            len(labelled.queries),
            len(names),
            status.pages,
            status.failed,
            evaluate(labelled.relevant, ranked, recall_at),
            round(indexed - started, 2),
            round(time.perf_counter() - indexed, 2),
        )
    finally:
        engine.close()


def _written(corpus: Iterator[tuple[str, Content]], folder: Path) -> Iterator[tuple[str, str]]:
    """File path and corpus id of every entry."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number, (entry_id, content) in enumerate(corpus):
        data = content if isinstance(content, bytes) else content.encode()
        suffix = next((s for sign, s in _SIGNS if data.startswith(sign)), ".txt" if isinstance(content, str) else None)
        if suffix is None:
            raise PagebeamError(
                ErrorCode.DATASET_WRONG, detail=f"The picture of {entry_id} is of no kind that Pagebeam reads."
            )
        path = folder / f"{number:07d}{suffix}"
        path.write_bytes(data)
        yield str(path), entry_id


def _read(engine: Engine, entries: int, on_progress: Callable[[str, int, int], None]) -> messages.Status:
    while True:
        status = engine.status(messages.GetStatus(id=0), with_size=False)
        on_progress("read", status.documents - status.waiting, entries)
        if status.documents == entries and status.waiting == 0 and engine.sync.idle() and engine.caught_up():
            return status
        time.sleep(_POLL_S)


def _ranked(
    engine: Engine,
    labelled: LabelledSet,
    names: dict[str, str],
    k: int,
    task: Task,
    on_progress: Callable[[str, int, int], None],
) -> dict[str, dict[str, float]]:
    ranked: dict[str, dict[str, float]] = {}
    for number, (query_id, text) in enumerate(labelled.queries.items()):
        reply = engine.searcher(task).search(messages.Search(id=0, query=text, k=k, task=task))
        scores: dict[str, float] = {}
        for result in reply.results:
            entry = names[result.path]
            scores[entry] = max(scores.get(entry, result.score), result.score)
        ranked[query_id] = scores
        on_progress("ask", number + 1, len(labelled.queries))
    return ranked
