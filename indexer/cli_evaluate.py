"""`pagebeam evaluate DATASET`: how well an encoder finds the pages of a labelled set."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from indexer.cli_quality import add_quality_arguments, quality_of
from indexer.config import EngineConfig
from indexer.encoder.published import MODELS
from indexer.protocol.paths import folders
from indexer.protocol.quality import allowed
from indexer.protocol.values import Task

_PARQUET = ("*.parquet",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `evaluate`."""
    parser.add_argument("dataset", metavar="DATASET", help="a folder in the layout of Jina-VDR, ViDoRe or BEIR")
    parser.add_argument(
        "--encoder", default="lite", choices=["lite", *MODELS], metavar="ID", help="lite (default) or jina-v4"
    )
    parser.add_argument("--split", default="test", metavar="NAME", help="which part of the set (test)")
    parser.add_argument("--language", metavar="NAME", help="of a set that lies there in several")
    parser.add_argument("--recall", default="5,10,100", metavar="LIST", help="recall@k for these k (5,10,100)")
    parser.add_argument("--task", default="retrieval", choices=["retrieval", "code"], help="whose vectors to use")
    add_quality_arguments(parser)
    parser.add_argument("--revision", default="main", metavar="NAME", help="of a set on the hub")
    parser.add_argument(
        "--allow-network", action="store_true", help="DATASET is the id of a data set on the hub: download it first"
    )
    parser.add_argument("--keep", metavar="FOLDER", help="keep the library made for this in a new folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(config: EngineConfig, options: argparse.Namespace) -> int:
    """Evaluate and print; gives the exit code."""
    try:
        recall_at = tuple(sorted({int(k) for k in options.recall.split(",")}))
    except ValueError:
        recall_at = ()
    if not allowed(quality_of(options)):
        print("These areas, pooling, width and crops are not offered together; see --help.", file=sys.stderr)
        return 2
    if not recall_at or recall_at[0] < 1:
        print("--recall takes numbers with commas between, such as 5,10,100.", file=sys.stderr)
        return 2
    from indexer.evaluating import dataset
    from indexer.evaluating import run as evaluating

    folder = _downloaded(config, options) if options.allow_network else Path(options.dataset).expanduser().absolute()
    labelled = dataset.read(folder, options.split, options.language)
    with tempfile.TemporaryDirectory(prefix="pagebeam-evaluate-") as temporary:
        library = Path(options.keep).absolute() if options.keep else Path(temporary) / "library"
        if library.exists() and any(library.iterdir()):
            print(f"{library} is not empty; the library for an evaluation must be a new one.", file=sys.stderr)
            return 2
        found = evaluating.run(
            labelled,
            options.encoder,
            replace(config, folders=folders(library)),
            config.folders.models,
            recall_at=recall_at,
            task=Task(options.task),
            quality=quality_of(options),
            on_progress=_show,
        )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    told = asdict(found)
    measures = told.pop("measures")
    if options.json:
        print(json.dumps({"dataset": options.dataset, **told, **measures}))
        return 0
    print(f"{options.dataset} with {found.encoder_id} {found.version} on {found.device}")
    print(f"{found.queries} questions, {found.entries} entries, {found.pages} pages, {found.failed} could not be read")
    for name, value in measures.items():
        print(f"  {name:<11} {value:.4f}")
    print(f"read in {found.index_seconds:.1f} s, asked in {found.search_seconds:.1f} s")
    return 0


def _show(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what}: {done} of {total}  ", end="", file=sys.stderr, flush=True)


def _downloaded(config: EngineConfig, options: argparse.Namespace) -> Path:
    """The parquet files of a data set on the hub, fetched by the download's own process and verified like a model."""
    from indexer.encoder.download import fetch
    from indexer.encoder.fetch import Job

    name = str(options.dataset).replace("/", "--")
    target = config.folders.data / "datasets" / name / str(options.revision)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    job = Job(options.dataset, options.revision, "dataset", str(target), names=_PARQUET)

    def show(done: int, total: int, rate: float, name: str) -> None:
        _show(f"fetch {name} ({rate / 1e6:.1f} MB/s)", done, total)

    fetch(job, show, lambda: False)
    return target
