"""Labelled retrieval sets as they are published, read from a local folder.

Three layouts, told apart by what lies there:
1. Jina-VDR and ViDoRe v2/v3: `queries/`, `corpus/` and `qrels/` with parquet files (SPLIT*.parquet), columns `query-id`
   and `query`; `corpus-id` and `image` (or `text`); `query-id`, `corpus-id`, `score`. Several languages lie in one such
   triple a language.
2. BEIR: `queries.jsonl`, `corpus.jsonl` (`_id`, `title`, `text`) and `qrels/SPLIT.tsv`.
3. ViDoRe v1: parquet files with `query`, `image`, `image_filename`, a question a row.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_PARTS = ("queries", "corpus", "qrels")
_BATCH = 16
"""Pictures in memory at once."""

Content = bytes | str
"""A picture's file, or a text."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Questions by id; which entries answer each, and how well (over 0); and the corpus, read as it is needed."""

    queries: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]
    corpus: Callable[[], Iterator[tuple[str, Content]]]


def read(folder: Path, split: str = "test", language: str | None = None) -> LabelledSet:
    """Read a set. Raises DATASET_WRONG with a sentence about what is missing."""
    if not folder.is_dir():
        raise _wrong(folder, "There is no such folder.")
    try:
        if (folder / "corpus.jsonl").is_file():
            found = _beir(folder, split)
        elif (home := _home(folder, language)) is not None:
            found = _triple(home, split)
        elif _parquet(folder, split):
            found = _pairs(folder, split)
        else:
            raise _wrong(folder, "It has neither queries, corpus and qrels, nor parquet files.")
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as problem:
        raise _wrong(folder, f"It cannot be read: {problem}") from problem
    relevant = {query: pages for query, pages in found.relevant.items() if pages and query in found.queries}
    if not relevant:
        raise _wrong(folder, "No question has a relevant page.")
    return LabelledSet({query: found.queries[query] for query in relevant}, relevant, found.corpus)


def languages(folder: Path) -> list[str]:
    """The languages of a set that has one triple each; empty for a set that is one itself."""
    if not folder.is_dir() or all((folder / part).is_dir() for part in _PARTS):
        return []
    return sorted(p.name for p in folder.iterdir() if all((p / part).is_dir() for part in _PARTS))


def _home(folder: Path, language: str | None) -> Path | None:
    if all((folder / part).is_dir() for part in _PARTS):
        return folder
    there = languages(folder)
    if not there:
        return None
    chosen = language or (there[0] if len(there) == 1 else None)
    if chosen not in there:
        raise _wrong(folder, f"It has the languages {', '.join(there)}; choose one with --language.")
    return folder / chosen


def _triple(folder: Path, split: str) -> LabelledSet:
    texts = dict(_texts(folder / "queries", split))
    relevant: dict[str, dict[str, int]] = {}
    for row in _rows(folder / "qrels", split, ("query-id", "corpus-id", "score")):
        if int(row["score"]) > 0:
            relevant.setdefault(str(row["query-id"]), {})[str(row["corpus-id"])] = int(row["score"])
    return LabelledSet(texts, relevant, lambda: _entries(folder / "corpus", split))


def _texts(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    names = _columns(folder, split)
    text = _one_of(folder, names, ("query", "text"))
    key = _one_of(folder, names, ("query-id", "id", "_id"))
    for row in _rows(folder, split, (key, text)):
        yield str(row[key]), str(row[text] or "")


def _entries(folder: Path, split: str) -> Iterator[tuple[str, Content]]:
    names = _columns(folder, split)
    key = _one_of(folder, names, ("corpus-id", "id", "_id"))
    content = _one_of(folder, names, ("image", "text"))
    for row in _rows(folder, split, (key, content)):
        yield str(row[key]), _content(folder, row[content])


def _pairs(folder: Path, split: str) -> LabelledSet:
    queries: dict[str, str] = {}
    relevant: dict[str, dict[str, int]] = {}
    for number, row in enumerate(_rows(folder, split, ("query", "image_filename"))):
        if row["query"]:
            queries[str(number)] = str(row["query"])
            relevant[str(number)] = {str(row["image_filename"]): 1}
    return LabelledSet(queries, relevant, lambda: _pictures(folder, split))


def _pictures(folder: Path, split: str) -> Iterator[tuple[str, Content]]:
    seen: set[str] = set()
    for row in _rows(folder, split, ("image", "image_filename")):
        name = str(row["image_filename"])
        if name not in seen:
            seen.add(name)
            yield name, _content(folder, row["image"])


def _beir(folder: Path, split: str) -> LabelledSet:
    queries = {str(row["_id"]): str(row["text"]) for row in _lines(folder / "queries.jsonl")}
    relevant: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return LabelledSet(queries, relevant, lambda: _articles(folder / "corpus.jsonl"))


def _articles(path: Path) -> Iterator[tuple[str, Content]]:
    for row in _lines(path):
        yield str(row["_id"]), "\n\n".join(filter(None, (str(row.get("title") or ""), str(row.get("text") or ""))))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _parquet(folder: Path, split: str) -> list[Path]:
    """The parquet files of a split; all of them where none is named after a split."""
    every = sorted(folder.rglob("*.parquet"))
    return [path for path in every if path.name.startswith(split)] or every


def _columns(folder: Path, split: str) -> list[str]:
    files = _parquet(folder, split)
    if not files:
        raise _wrong(folder, "It holds no parquet file.")
    return list(pq.read_schema(files[0]).names)


def _one_of(folder: Path, names: list[str], wanted: tuple[str, ...]) -> str:
    for name in wanted:
        if name in names:
            return name
    raise _wrong(folder, f"Its parquet files have no column {' or '.join(wanted)}.")


def _rows(folder: Path, split: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    there = _columns(folder, split)
    for column in columns:
        _one_of(folder, there, (column,))
    for path in _parquet(folder, split):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, columns=list(columns)):
                yield from batch.to_pylist()


def _content(folder: Path, value: Any) -> Content:
    """A picture stands as {"bytes", "path"} or as bare bytes."""
    if isinstance(value, dict):
        value = value.get("bytes")
    if not isinstance(value, bytes | str) or not value:
        raise _wrong(folder, "An entry has neither a picture nor a text in it.")
    return value


def _wrong(folder: Path, detail: str) -> PagebeamError:
    return PagebeamError(ErrorCode.DATASET_WRONG, str(folder), detail=detail)
