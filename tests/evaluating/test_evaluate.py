"""Labelled sets in the published layouts, made here: read, found, measured."""

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pymupdf
import pytest

from indexer.encoder import download
from indexer.encoder.fetch import Job
from indexer.errors import PagebeamError
from indexer.evaluating import dataset, metrics
from indexer.protocol.errors import ErrorCode

PAGES = {
    "101": "The heat pump halved the cost of heating in winter.",
    "102": "Turnips and carrots are sown in the garden in July.",
    "103": "The lighthouse keeper counted visitors and ships.",
}
QUERIES = {"7": "heating costs with a heat pump", "8": "when to sow turnips", "9": "visitors of the lighthouse"}
RELEVANT = {"7": {"101": 2}, "8": {"102": 1}, "9": {"103": 1}}


def picture(text):
    document = pymupdf.open()
    page = document.new_page(width=420, height=200)
    page.insert_textbox(pymupdf.Rect(20, 20, 400, 180), text, fontsize=20)
    data = page.get_pixmap(dpi=110).tobytes("png")
    document.close()
    return data


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.fixture
def vdr(tmp_path):
    """As Jina-VDR and ViDoRe v2 lie on the hub; ids are numbers there."""
    root = tmp_path / "set"
    write(
        root / "queries" / "test-00000-of-00001.parquet", [{"query-id": int(i), "query": q} for i, q in QUERIES.items()]
    )
    write(
        root / "corpus" / "test-00000-of-00001.parquet",
        [{"corpus-id": int(i), "image": {"bytes": picture(text), "path": None}} for i, text in PAGES.items()],
    )
    rows = [
        {"query-id": int(q), "corpus-id": int(c), "score": s} for q, found in RELEVANT.items() for c, s in found.items()
    ]
    rows.append({"query-id": 9, "corpus-id": 101, "score": 0})
    write(root / "qrels" / "test-00000-of-00001.parquet", rows)
    return root


def run(*arguments, **variables):
    command = [sys.executable, "-m", "indexer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=170, env={**os.environ, **variables})


def test_a_set_of_pictures_is_read_asked_and_measured(vdr, tmp_path):
    done = run("evaluate", vdr, "--json", "--recall", "1,5", "--data-dir", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["queries"], told["entries"], told["pages"], told["failed"]) == (3, 3, 3, 0)
    assert (told["ndcg@5"], told["ndcg@10"], told["recall@1"], told["recall@5"]) == (1, 1, 1, 1)
    assert told["encoder_id"] == "lite"
    assert told["index_seconds"] > 0


def test_a_set_on_the_hub_is_fetched_only_when_that_is_allowed(vdr, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location(
        "pagebeam_test_hub_for_sets", Path(__file__).parents[1] / "encoder" / "getting" / "hub.py"
    )
    hub_module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hub_module)
    for other in ("queries", "corpus", "qrels"):
        (vdr / other / "README.md").write_text("not fetched")
    hub = hub_module.Hub(vdr, "somebody/small-set", "dataset")
    with hub_module.serving(hub) as address:
        refused = run("evaluate", "somebody/small-set", "--data-dir", tmp_path / "data", HF_ENDPOINT=address)
        assert refused.returncode == 1
        assert "no such folder" in refused.stderr
        assert hub.asked == []
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        job = Job("somebody/small-set", "main", "dataset", str(tmp_path / "fetched"), names=("*.parquet",))
        download.fetch(job, lambda *_: None, lambda: False)
    assert dict(dataset.read(tmp_path / "fetched").queries) == QUERIES
    assert not [path for _, path, _ in hub.asked if path.endswith("README.md")]


def test_measures_are_trec_evals():
    relevant = {"q": {"a": 2, "b": 1}, "unanswered": {"c": 1}}
    ranked = {"q": {"x": 0.9, "a": 0.8, "y": 0.7, "b": 0.6}}
    found = metrics.evaluate(relevant, ranked, (1, 2, 5))
    gained = 2 / math.log2(3) + 1 / math.log2(5)
    best = 2 + 1 / math.log2(3)
    assert found["ndcg@5"] == pytest.approx(gained / best / 2)
    assert found["ndcg@10"] == found["ndcg@5"]
    assert (found["recall@1"], found["recall@2"], found["recall@5"]) == (0, 0.25, 0.5)


def test_every_layout_reads_alike(vdr, tmp_path):
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    lines = [{"_id": i, "title": "", "text": text} for i, text in PAGES.items()]
    (beir / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (beir / "queries.jsonl").write_text("\n".join(json.dumps({"_id": i, "text": q}) for i, q in QUERIES.items()))
    pairs = [f"{q}\t{c}\t{s}" for q, found in RELEVANT.items() for c, s in found.items()]
    (beir / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *pairs]))
    languages = tmp_path / "languages"
    for name in ("de", "en"):
        for part in ("queries", "corpus", "qrels"):
            (languages / name / part).mkdir(parents=True)
            (languages / name / part / "test.parquet").write_bytes(next((vdr / part).iterdir()).read_bytes())
    sets = [dataset.read(vdr), dataset.read(beir), dataset.read(languages, language="de")]
    for found in sets:
        assert dict(found.queries) == QUERIES
        assert {q: dict(pages) for q, pages in found.relevant.items()} == RELEVANT
    assert dict(sets[1].corpus()) == PAGES
    assert all(content.startswith(b"\x89PNG") for _, content in sets[0].corpus())

    rows = [{"query": q, "image": {"bytes": picture("x")}, "image_filename": f"{i}.png"} for i, q in QUERIES.items()]
    write(tmp_path / "pairs" / "data" / "test-0.parquet", [*rows, {**rows[0], "query": None}])
    pairs_set = dataset.read(tmp_path / "pairs")
    assert len(pairs_set.queries) == 3
    assert [name for name, _ in pairs_set.corpus()] == ["7.png", "8.png", "9.png"]
    assert pairs_set.relevant["0"] == {"7.png": 1}


def test_what_is_no_set_is_refused_with_a_sentence(vdr, tmp_path):
    def refused(folder, **options):
        with pytest.raises(PagebeamError) as caught:
            dataset.read(folder, **options)
        assert caught.value.code is ErrorCode.DATASET_WRONG
        return caught.value.report.message

    assert "no such folder" in refused(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "neither" in refused(tmp_path / "empty")
    for name in ("de", "fr"):
        for part in ("queries", "corpus", "qrels"):
            (tmp_path / "two" / name / part).mkdir(parents=True)
    assert "--language" in refused(tmp_path / "two")
    write(vdr / "qrels" / "test-00000-of-00001.parquet", [{"query-id": 9, "corpus-id": 101, "score": 0}])
    assert "No question" in refused(vdr)
    write(vdr / "qrels" / "test-00000-of-00001.parquet", [{"query-id": 9, "corpus-id": 101}])
    assert "no column score" in refused(vdr)
    (vdr / "qrels" / "test-00000-of-00001.parquet").write_bytes(b"PAR1 and no more")
    assert "cannot be read" in refused(vdr)
