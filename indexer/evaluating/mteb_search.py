"""An encoder as mteb wants one, so that its JinaVDR and ViDoRe tasks run on it:

    import mteb
    from pathlib import Path
    from indexer.encoder.registry import Registry
    from indexer.evaluating.mteb_search import MtebSearch

    encoder = Registry(Path("models")).load("jina-v4")
    mteb.evaluate(MtebSearch(encoder), mteb.get_tasks(tasks=["JinaVDRDocVQARetrieval"]))

mteb (2.26) takes anything with `index`, `search` and `mteb_model_meta` (its SearchProtocol, duck-typed); so pages are
scored by exact MaxSim as the app scores them, and nothing is padded. mteb is not a dependency: it is imported for the
model's card only.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords, Pixels
from indexer.encoder.encoder import EncodedPage, EncodedQuery, Encoder, PageInput, VectorSpace
from indexer.encoder.lite.words import recognise
from indexer.encoder.published import MODELS
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Task

_BATCH = 8


class MtebSearch:
    """Holds the pages of one corpus in memory: about 190 kB a page of 747 vectors. Pictures only, no text corpora."""

    def __init__(self, encoder: Encoder, task: Task = Task.RETRIEVAL) -> None:
        self._encoder = encoder
        self._space: VectorSpace = next(space for space in encoder.spaces() if space.task == task)
        self._ids: list[str] = []
        self._pages: list[tuple[npt.NDArray[np.float16], npt.NDArray[np.uint8]]] = []

    @functools.cached_property
    def mteb_model_meta(self) -> Any:
        """The model's card. Needs mteb."""
        from mteb.models import ModelMeta

        model = MODELS.get(self._encoder.encoder_id)
        known = {"name": model.repository, "revision": model.revision} if model else {"name": "pagebeam/lite"}
        return ModelMeta.create_empty({**known, "modalities": ["image", "text"], "framework": ["PyTorch"]})

    def index(self, corpus: Iterable[Mapping[str, Any]], **_: Any) -> None:
        """Encode a corpus: rows with `id` and `image` (a PIL picture). Raises DATASET_WRONG for another kind."""
        self._ids, self._pages = [], []
        batch: list[PageInput] = []
        for row in corpus:
            picture = row.get("image")
            if picture is None:
                raise PagebeamError(ErrorCode.DATASET_WRONG, detail="Only corpora of pictures can be indexed so.")
            self._ids.append(str(row["id"]))
            batch.append(self._input(np.asarray(picture.convert("RGB"))))
            if len(batch) == _BATCH:
                self._take(batch)
                batch = []
        self._take(batch)

    def search(
        self,
        queries: Iterable[Mapping[str, Any]],
        *,
        top_k: int,
        top_ranked: Mapping[str, Sequence[str]] | None = None,
        **_: Any,
    ) -> dict[str, dict[str, float]]:
        """Scores of the best `top_k` pages for each question (rows with `id` and `text`)."""
        found: dict[str, dict[str, float]] = {}
        for row in queries:
            query_id = str(row["id"])
            query = self._encoder.encode_query(str(row["text"]), self._space)
            scores = np.array([_maxsim(query, *page) for page in self._pages], np.float32)
            order = np.argsort(-scores, kind="stable")
            if top_ranked is not None:
                wanted = set(top_ranked.get(query_id, ()))
                order = np.array([at for at in order if self._ids[at] in wanted], np.int64)
            found[query_id] = {self._ids[at]: float(scores[at]) for at in order[:top_k]}
        return found

    def _input(self, pixels: Pixels) -> PageInput:
        return PageInput(PageWords() if self._encoder.reads_pixels else recognise(pixels), pixels)

    def _take(self, batch: Sequence[PageInput]) -> None:
        pages: list[EncodedPage] = self._encoder.encode_pages(batch, self._space) if batch else []
        self._pages += [(page.vectors.astype(np.float16), page.kinds) for page in pages]


def _maxsim(query: EncodedQuery, vectors: npt.NDArray[np.float16], kinds: npt.NDArray[np.uint8]) -> float:
    """As encoder.py defines it."""
    total = 0.0
    for kind in np.unique(query.kinds):
        asked, there = query.kinds == kind, kinds == kind
        if there.any():
            best = (query.vectors[asked] @ vectors[there].astype(np.float32).T).max(axis=1)
            total += float(best @ query.weights[asked])
    return total
