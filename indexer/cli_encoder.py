"""`pagebeam encoder`: list, import, download, choose, verify and remove, on the same data folder as the window."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from indexer.cli_quality import add_quality_arguments, quality_of
from indexer.config import EngineConfig
from indexer.encoder.published import JINA_V4, MODELS
from indexer.interrupted import interrupted
from indexer.protocol import messages
from indexer.protocol.errors import ErrorReport
from indexer.protocol.quality import page_cost
from indexer.protocol.values import EncoderInfo, Task

if TYPE_CHECKING:
    from indexer.engine import Engine

_POLL_S = 0.2
_FORBIDS = (
    "Both forbid commercial use unless the authors agree to it; read them before you go on. Pagebeam comes without\n"
    "this model, and you get it from its authors under their terms."
)


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """The commands below `encoder`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    listed = verbs.add_parser("list", parents=[common], help="which there are, where they run, what they cost")
    listed.add_argument("--json", action="store_true", help="one JSON object an encoder")
    take = verbs.add_parser("import", parents=[common], help="take a model folder that was downloaded elsewhere")
    take.add_argument("folder", metavar="FOLDER")
    get = verbs.add_parser("download", parents=[common], help="get a model (asks about its licence first)")
    get.add_argument("--accept-licence", action="store_true", help="agree to the licence without being asked")
    choose = verbs.add_parser("choose", parents=[common], help="use an encoder; waits until it has read every page")
    choose.add_argument("--tasks", metavar="LIST", help="vectors kept beside search's: text-matching,code or none")
    quality = verbs.add_parser("quality", parents=[common], help="speed and disk against quality, before it is chosen")
    add_quality_arguments(quality)
    verify = verbs.add_parser("verify", parents=[common], help="read all files and compare their checksums")
    remove = verbs.add_parser("remove", parents=[common], help="delete a model's files and vectors")
    remove.add_argument("--keep-vectors", action="store_true", help="delete the files only")
    for verb in (take, get, verify, quality):
        verb.add_argument("--encoder", default=JINA_V4, choices=list(MODELS), metavar="ID")
    for verb in (choose, remove):
        verb.add_argument("encoder", choices=["lite", *MODELS], metavar="ID", help="lite or jina-v4")


def run(config: EngineConfig, options: argparse.Namespace) -> int:
    """Run one of them; gives the exit code."""
    from indexer.engine import Engine

    readable = options.verb == "list" and config.folders.catalogue.exists()
    engine = Engine(config, read_only=readable, on_event=_draw, on_notice=_say)
    try:
        if not readable:
            engine.getting.put_right()
        verbs: dict[str, Callable[[Engine, argparse.Namespace], int]] = {
            "list": _list,
            "import": _import,
            "download": _download,
            "choose": _choose,
            "quality": _quality,
            "verify": _verify,
            "remove": _remove,
        }
        return verbs[options.verb](engine, options)
    finally:
        engine.close()


def _list(engine: "Engine", options: argparse.Namespace) -> int:
    for info in engine.encoders.listed(messages.ListEncoders(id=0)).encoders:
        print(json.dumps(msgspec.to_builtins(info), ensure_ascii=False) if options.json else _as_text(info))
    return 0


def _as_text(info: EncoderInfo) -> str:
    state = "answers" if info.serving else "catching up" if info.chosen else "ready" if info.ready else "not here"
    lines = [f"{info.encoder_id} ({info.name}): {state}; vectors of {info.pages} of {info.pages_total} pages"]
    lines.append(f"  runs on: {info.device}. {info.device_reason}")
    if info.pages_waiting:
        lines.append(f"  {info.pages_waiting} pages wait for a disk that is not connected")
    if info.seconds_per_page:
        how = "measured" if info.seconds_measured else "reckoned from this machine's measured speed, the full model"
        lines.append(f"  a page takes {info.seconds_per_page:.2f} s ({how})")
    if info.needs_bytes:
        lines.append(f"  works in {size(info.needs_bytes)} of memory; there are {size(info.memory_bytes)}")
    disk = [f"vectors {size(info.vectors_bytes)}"]
    disk += [f"model {size(info.model_bytes)}"] if info.model_bytes else []
    disk += [f"unfinished download {size(info.partial_bytes)}"] if info.partial_bytes else []
    lines.append(f"  on disk: {', '.join(disk)}")
    lines += [f"  {told.title}. {told.message}" for told in (info.problem, info.caution) if told is not None]
    return "\n".join(lines)


def _import(engine: "Engine", options: argparse.Namespace) -> int:
    request = messages.ImportEncoder(id=0, encoder_id=options.encoder, folder=str(Path(options.folder).absolute()))
    engine.getting.import_(request, interrupted())
    info = engine.encoders.info(options.encoder, with_costs=True)
    print(f"{info.name} is here: {size(info.model_bytes)} in {info.folder}.")
    if info.caution is not None:
        _say(info.caution)
    print(f"Use it: pagebeam encoder choose {options.encoder}")
    return 0


def _download(engine: "Engine", options: argparse.Namespace) -> int:
    info = engine.encoders.info(options.encoder, with_costs=True)
    print(
        f"{info.name}: {size(info.download_bytes)} to fetch into {info.folder}; {size(info.free_bytes)} are free there."
    )
    print(f"It works in {size(info.needs_bytes)} of memory; there are {size(info.memory_bytes)} ({info.device}).")
    print(f"A page would take about {info.seconds_per_page:.1f} s here.")
    for licence in info.licences:
        print(f"Licence: {licence.name}, {licence.url} (named at {licence.source_url})")
    print(_FORBIDS)
    agreed = options.accept_licence or (
        sys.stdin.isatty() and input("Do you agree to the licence? Type yes: ").strip().casefold() == "yes"
    )
    request = messages.DownloadEncoder(id=0, encoder_id=options.encoder, licence_accepted=agreed)
    engine.getting.download(request, interrupted())
    print(f"{info.name} is here. Use it: pagebeam encoder choose {options.encoder}")
    return 0


def _choose(engine: "Engine", options: argparse.Namespace) -> int:
    tasks = None
    if options.tasks is not None:
        names = [] if options.tasks == "none" else options.tasks.split(",")
        try:
            tasks = tuple(Task(name) for name in names)
        except ValueError:
            print("Tasks are text-matching and code.", file=sys.stderr)
            return 2
    before = engine.encoders.info(options.encoder, with_costs=True)
    if before.caution is not None:
        _say(before.caution)
    left = before.pages_total - before.pages
    if before.ready and left and before.seconds_per_page:
        hours = left * before.seconds_per_page / 3600
        print(
            f"A page takes about {before.seconds_per_page:.1f} s here, {left} to be read {hours:.1f} hours. "
            "What answers now does so until then. Ctrl-C stops; the window, or this command again, goes on."
        )
    engine.start()
    if tasks is not None:
        engine.encoders.keep_tasks(messages.KeepTasks(id=0, encoder_id=options.encoder, tasks=tasks))
    engine.encoders.choose(messages.ChooseEncoder(id=0, encoder_id=options.encoder))
    while engine.encoders.serving_id != options.encoder:
        info = engine.encoders.info(options.encoder, with_costs=True)
        if info.problem is not None:
            print(f"{info.problem.title}. {info.problem.message}", file=sys.stderr)
            return 1
        if sys.stderr.isatty():
            print(f"\r{info.pages} of {info.pages_total} pages  ", end="", file=sys.stderr, flush=True)
        time.sleep(_POLL_S)
    info = engine.encoders.info(options.encoder, with_costs=True)
    print(f"{info.name} answers; vectors of {info.pages} pages take {size(info.vectors_bytes)}.")
    return 0


def _quality(engine: "Engine", options: argparse.Namespace) -> int:
    wanted, cost = quality_of(options), page_cost(quality_of(options))
    engine.encoders.set_quality(messages.SetQuality(id=0, encoder_id=options.encoder, quality=wanted))
    info = engine.encoders.info(options.encoder, with_costs=True)
    print(f"{info.name} reads pages so when it is chosen next; a page would take about {info.seconds_per_page:.1f} s.")
    print(
        f"An A4 page is seen at {cost.dpi} dpi in {cost.areas} areas, {cost.work:.1f} times the usual work; "
        f"its {cost.vectors} vectors take {size(cost.stored_bytes)}."
    )
    return 0


def _verify(engine: "Engine", options: argparse.Namespace) -> int:
    engine.getting.verify(messages.VerifyEncoder(id=0, encoder_id=options.encoder), lambda: False)
    print("Every file is what it should be.")
    return 0


def _remove(engine: "Engine", options: argparse.Namespace) -> int:
    before = engine.encoders.info(options.encoder, with_costs=True)
    request = messages.RemoveEncoder(id=0, encoder_id=options.encoder, keep_vectors=options.keep_vectors)
    engine.getting.remove(request)
    freed = before.model_bytes + before.partial_bytes + (0 if options.keep_vectors else before.vectors_bytes)
    print(f"{before.name} is removed; {size(freed)} are free again.")
    return 0


def _say(why: ErrorReport) -> None:
    print(f"{why.title}. {why.message}", file=sys.stderr)


def _draw(event: messages.Event) -> None:
    """The progress of a download or an import, on a terminal."""
    if isinstance(event, messages.DownloadProgress) and sys.stderr.isatty():
        rate = f", {size(int(event.bytes_per_s))}/s" if event.bytes_per_s else ""
        print(f"\r{size(event.done_bytes)} of {size(event.total_bytes)}{rate}  ", end="", file=sys.stderr, flush=True)


def size(size_bytes: int) -> str:
    """7,900,000,000 as "7.9 GB"."""
    for unit, one in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= one:
            return f"{size_bytes / one:.1f} {unit}"
    return f"{size_bytes / 1e3:.0f} kB"
