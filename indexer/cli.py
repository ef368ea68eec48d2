"""The command line, on the same data folder as the window, without a screen: index, search, status, check, encoder,
evaluate."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from indexer import cli_encoder, cli_evaluate, cli_filters, cli_index
from indexer.config import EngineConfig
from indexer.errors import PagebeamError
from indexer.protocol import logs, messages
from indexer.protocol.commands import COMMANDS
from indexer.protocol.errors import ErrorCode
from indexer.protocol.paths import folders
from indexer.protocol.values import Region, Task

_EAGER = "PAGEBEAM_EAGER"
"""Set to anything: read at full speed whatever else the computer does (tests; a server of one's own)."""


def main(arguments: Sequence[str]) -> int:
    """Run one command. Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 already running, 130 interrupted."""
    options = _parser().parse_args(arguments)
    # Whoever types `index` waits for it; the engine of the window stays in the background.
    eager = options.command == "index" or bool(os.environ.get(_EAGER))
    config = EngineConfig(folders(options.data_dir), eager=eager)
    if options.command == "serve":
        from indexer import serve

        return serve.main(replace(config, idle_s=options.idle_s))
    logs.start("cli", config.folders.logs, stderr=False)
    try:
        commands = {
            "index": cli_index.run,
            "search": _search,
            "status": _status,
            "check": _check,
            "encoder": cli_encoder.run,
            "evaluate": cli_evaluate.run,
        }
        return commands[options.command](config, options)
    except PagebeamError as problem:
        if problem.code is ErrorCode.CANCELLED:
            return 130
        print(f"{problem.report.title}. {problem.report.message}", file=sys.stderr)
        return 3 if problem.code is ErrorCode.ALREADY_RUNNING else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pagebeam", description="Finds the page, not the file.")
    common = argparse.ArgumentParser(add_help=False)
    for place, default in ((parser, None), (common, argparse.SUPPRESS)):
        # Before the command or behind it; one behind it must not be undone by the default of the other.
        place.add_argument(
            "--data-dir", default=default, help="keep everything in this folder instead of the usual ones"
        )
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", parents=[common], help="the engine of the window (speaks JSON lines)")
    serving.add_argument(
        "--idle-s", type=float, default=30.0, metavar="S", help="tidy up after so long without reading"
    )
    index = commands.add_parser("index", parents=[common], help=COMMANDS["index"])
    index.add_argument("paths", nargs="+", metavar="PATH")
    search = commands.add_parser("search", parents=[common], help=COMMANDS["search"])
    search.add_argument("query", nargs="?", metavar="QUERY")
    search.add_argument("--json", action="store_true", help="one JSON object a question")
    search.add_argument("--task", default="retrieval", choices=["retrieval", "code"], help="code: pages of source code")
    search.add_argument("-k", type=int, default=10, metavar="N", help="at most N pages (10), up to 5000")
    search.add_argument("--batch", metavar="FILE", help="one question a line, answered with one JSON object a line")
    cli_filters.add_arguments(search)
    commands.add_parser("status", parents=[common], help=COMMANDS["status"])
    commands.add_parser("check", parents=[common], help=COMMANDS["check"])
    cli_encoder.add_arguments(commands.add_parser("encoder", parents=[common], help=COMMANDS["encoder"]), common)
    cli_evaluate.add_arguments(commands.add_parser("evaluate", parents=[common], help=COMMANDS["evaluate"]))
    return parser


def _search(config: EngineConfig, options: argparse.Namespace) -> int:
    if (options.query is None) == (options.batch is None) or options.k < 1:
        print("Give either a question or --batch FILE, and -k of at least 1.", file=sys.stderr)
        return 2
    try:
        filters = cli_filters.filters_of(options)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    from indexer.engine import Engine

    if not config.folders.catalogue.exists():
        print("The library is empty. Read something first: pagebeam index PATH", file=sys.stderr)
        return 1
    engine = Engine(config, read_only=True)
    try:
        for query in _queries(options):
            task = Task(options.task)
            asked = messages.Search(id=0, query=query, k=options.k, task=task, filters=filters)
            reply = engine.searcher(task).search(asked)
            print(json.dumps(_as_json(reply), ensure_ascii=False) if options.json or options.batch else _as_text(reply))
    except OSError as problem:
        print(f"{options.batch}: {problem.strerror}", file=sys.stderr)
        return 1
    except UnicodeDecodeError:
        print(f"{options.batch}: not text in UTF-8", file=sys.stderr)
        return 1
    finally:
        engine.close()
    return 0


def _queries(options: argparse.Namespace) -> Iterator[str]:
    if options.batch is None:
        yield options.query
        return
    with sys.stdin if options.batch == "-" else open(options.batch, encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def _as_json(reply: messages.SearchReply) -> dict[str, object]:
    return {
        "query": reply.query,
        "convincing": reply.convincing,
        "results": [
            {
                "document": result.path,
                "page": result.key.page,
                "score": result.score,
                "weak": result.weak,
                "words": [
                    {
                        "word": reply.words[match.word].text,
                        "strength": match.strength,
                        "regions": [_box(region) for region in match.regions],
                    }
                    for match in result.words
                ],
                "regions": [_box(region) for region in result.regions],
            }
            for result in reply.results
        ],
    }


def _box(region: Region) -> list[float]:
    return [region.x0, region.y0, region.x1, region.y1, region.strength]


def _as_text(reply: messages.SearchReply) -> str:
    lines = [] if reply.convincing or not reply.results else ["Nothing convincing. The closest pages:"]
    for number, result in enumerate(reply.results, 1):
        weak = "  (weak)" if result.weak else ""
        lines.append(f"{number:3}. {logs.printable(result.path)}, page {result.key.page}  {result.score:.3f}{weak}")
        if result.regions:
            best = result.regions[0]
            place = f"{best.x0:.2f} {best.y0:.2f} {best.x1:.2f} {best.y1:.2f}"
            lines.append(f"     at {place}: {logs.printable(result.snippet)}")
    return "\n".join(lines or ["No page."])


def _status(config: EngineConfig, _options: argparse.Namespace) -> int:
    from indexer.catalogue.catalogue import Catalogue

    if not config.folders.catalogue.exists():
        print("The library is empty.")
        return 0
    catalogue = Catalogue(config.folders.catalogue, read_only=True)
    known = catalogue.folders()
    if not known:
        print("The library is empty.")
    for folder in known:
        name = logs.printable(folder.path) or "Single files"
        print(
            f"{name}: {cli_index.pages_of(folder.pages, folder.indexed)};"
            f" {folder.waiting} waiting, {folder.failed} could not be read, {folder.ignored} ignored"
            + ("" if folder.available else " (not connected)")
        )
    for line in cli_index.failure_lines(catalogue.failures()):
        print(f"  {line}")
    catalogue.close()
    return 0


def _check(config: EngineConfig, _options: argparse.Namespace) -> int:
    from indexer.engine import Engine

    if not config.folders.catalogue.exists():
        print("The library is empty.")
        return 0
    engine = Engine(config, read_only=True)
    try:
        problems = engine.check()
    finally:
        engine.close()
    print("\n".join(problems) or "Everything is in order.")
    return 1 if problems else 0
