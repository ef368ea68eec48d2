"""`pagebeam index PATH...`: read files and folders. An engine at work gets them handed over, and is followed."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer import one_engine
from indexer.catalogue.catalogue import Catalogue
from indexer.config import NEVER_WAIT, EngineConfig
from indexer.errors import PagebeamError
from indexer.interrupted import interrupted
from indexer.protocol import logs, messages
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import FailureInfo, FolderInfo

_POLL_S = 0.2
_AFTER_YOU_S = 15.0
"""How long a command that gave way leaves the library to the window, which looks for it ten times a second."""


def run(config: EngineConfig, options: argparse.Namespace) -> int:
    """Gives the exit code: 1 where something of what was asked could not be taken."""
    paths = tuple(str(Path(path).absolute()) for path in options.paths)
    pressed = interrupted()
    while True:
        patience_s = 0.0
        try:
            return _alone(config, paths, pressed)
        except PagebeamError as problem:
            if problem.code is not ErrorCode.ALREADY_RUNNING:
                raise
        except _GiveWay:
            print("Pagebeam was opened and goes on with this.", file=sys.stderr)
            patience_s = _AFTER_YOU_S
        except KeyboardInterrupt:
            return _interrupted("Stopped. What was read is kept; the same command goes on from here.")
        try:
            code = _joined(config, paths, patience_s, pressed)
        except KeyboardInterrupt:
            return _interrupted("Not waited for; Pagebeam, which is open, goes on with this.")
        if code is not None:
            return code


def _interrupted(words: str) -> int:
    print(("\n" if sys.stderr.isatty() else "") + words, file=sys.stderr)
    return 130


def _stop_if(pressed: Callable[[], bool]) -> None:
    if pressed():
        raise KeyboardInterrupt


class _GiveWay(Exception):  # noqa: N818 - not an error: a window wants to work on this library
    pass


def _alone(config: EngineConfig, paths: tuple[str, ...], pressed: Callable[[], bool]) -> int:
    """Be the engine until everything is read, or reading cannot go on. Raises ALREADY_RUNNING, _GiveWay."""
    from dataclasses import replace

    from indexer.engine import Engine

    told: list[ErrorReport] = []
    restless: list[str] = []
    engine = Engine(replace(config, manners=NEVER_WAIT), command=True, on_notice=told.append)
    try:
        engine.start()
        added = engine.add_paths(messages.AddPaths(id=0, paths=paths))
        for refused in added.refused:
            print(f"{logs.printable(refused.path)}: {refused.title}. {refused.message}", file=sys.stderr)
        while True:
            _stop_if(pressed)
            folders = engine.catalogue.folders()
            _show_progress(folders, engine.pipeline.pace.pages_per_s())
            if engine.sync.idle() and engine.catalogue.to_read() == 0:
                break
            if engine.sync.looked_through() and (restless := _all_restless(engine.catalogue)):
                break
            if why := engine.pipeline.reason:  # nobody is here who could make room and wait
                known = [notice for notice in told if notice.code == why]
                stopped = known[-1] if known else report(ErrorCode(why))
                print(f"{stopped.title}. {stopped.message}", file=sys.stderr)
                return 1
            if one_engine.must_give_way(config.folders):
                raise _GiveWay
            time.sleep(_POLL_S)
        engine.housekeeping.finish()
        _tell(folders, engine.catalogue.failures(), restless)
    finally:
        engine.close()
    return 1 if added.refused else 0


def _joined(config: EngineConfig, paths: tuple[str, ...], patience_s: float, pressed: Callable[[], bool]) -> int | None:
    """Let the engine at work read them, and wait for it. None where it left before: then we are the engine.

    patience_s: how long nobody need work yet, so that we do not take back what we just gave.
    """
    request = one_engine.hand_over(config.folders, paths)
    refused, expected = None, time.monotonic() + patience_s
    while refused is None:
        _stop_if(pressed)
        if time.monotonic() > expected and _nobody_works(config):
            request.unlink(missing_ok=True)
            return None
        time.sleep(_POLL_S)
        refused = one_engine.taken(request)
    for path, why in refused:
        print(f"{logs.printable(path)}: {why}", file=sys.stderr)
    catalogue = Catalogue(config.folders.catalogue, read_only=True)
    try:
        restless: list[str] = []
        while catalogue.to_read(paths) and not (restless := _all_restless(catalogue, paths)):
            _stop_if(pressed)
            _show_progress(catalogue.folders(), 0.0)
            if _nobody_works(config):
                return None
            time.sleep(_POLL_S)
        _tell(catalogue.folders(), [f for f in catalogue.failures() if _is_below(f.path, paths)], restless)
    finally:
        catalogue.close()
    return 1 if refused else 0


def _all_restless(catalogue: Catalogue, paths: Sequence[str] = ()) -> list[str]:
    """What is left to be read, where none of it settles: nobody can wait for that. Else nothing."""
    restless = catalogue.restless(paths)
    return restless if len(restless) == catalogue.to_read(paths) else []


def _nobody_works(config: EngineConfig) -> bool:
    try:
        one_engine.lock(config.folders, command=True).release()
    except PagebeamError:
        return False
    return True


def _is_below(path: str, places: Sequence[str]) -> bool:
    return any(path == place or path.startswith(place.rstrip(os.sep) + os.sep) for place in places)


def _tell(folders: Sequence[FolderInfo], failures: Sequence[FailureInfo], restless: Sequence[str]) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for line in failure_lines(failures):
        print(line, file=sys.stderr)
    for path in restless:
        print(f"{logs.printable(path)}: Still changing, or its disk fails. Try again later.", file=sys.stderr)
    pages, indexed, failed = (sum(getattr(f, name) for f in folders) for name in ("pages", "indexed", "failed"))
    print(f"{pages_of(pages, indexed)}; {failed} could not be read.")


def failure_lines(failures: Sequence[FailureInfo]) -> list[str]:
    """One line a document and reason, with its pages where the rest of it can be read."""
    found: dict[tuple[str, str], list[FailureInfo]] = {}
    for failure in failures:
        found.setdefault((failure.path, failure.code), []).append(failure)
    lines = []
    for (path, _), alike in found.items():
        first = alike[0]
        pages = sorted(failure.page for failure in alike if failure.page)
        place = f", page{'s' if len(pages) > 1 else ''} {', '.join(map(str, pages))}" if pages else ""
        message = first.message.replace(f" (page {first.page})", "")  # the line names the pages
        lines.append(f"{logs.printable(path)}{place}: {first.title}. {message}")
    return lines


def pages_of(pages: int, documents: int) -> str:
    """`12 pages of 1 document`."""
    return f"{pages} page{'' if pages == 1 else 's'} of {documents} document{'' if documents == 1 else 's'}"


def _show_progress(folders: Sequence[FolderInfo], pages_per_s: float) -> None:
    if not sys.stderr.isatty():
        return
    documents, waiting, pages = (sum(getattr(f, name) for f in folders) for name in ("documents", "waiting", "pages"))
    done = documents - waiting
    filled = round(30 * done / max(1, documents))
    bar = "#" * filled + "." * (30 - filled)
    speed = f", {pages_per_s:.1f} pages/s" if pages_per_s else ""
    print(f"\r[{bar}] {done} of {documents} documents, {pages} pages{speed}  ", end="", file=sys.stderr, flush=True)
