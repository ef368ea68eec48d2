"""What a search on the command line is limited to: a folder, kinds of files, dates, languages."""

import argparse
import datetime
import os
from pathlib import Path

from indexer.protocol.values import DocumentKind, Filters


def add_arguments(search: argparse.ArgumentParser) -> None:
    """Of `search`. What stands more than once means: any of these."""
    search.add_argument("--in", dest="within", metavar="PATH", help="only this file, or files below this folder")
    search.add_argument("--kind", action="append", default=[], choices=[str(kind) for kind in DocumentKind])
    search.add_argument(
        "--language",
        action="append",
        default=[],
        metavar="CODE",
        help="only pages in it: de, en, fr, ... (told by their small words; a page of few words is in none)",
    )
    for name, place, which in (("--from", "first_day", "since that day"), ("--to", "last_day", "until that day's end")):
        told = f"only files changed {which} (2026-03-31)"
        search.add_argument(name, dest=place, metavar="DATE", type=datetime.date.fromisoformat, help=told)


def filters_of(options: argparse.Namespace) -> Filters:
    """What was asked for. Raises ValueError, with a sentence for people, for a language that no page is told to be in.

    Days are those of this computer's time zone.
    """
    if options.language:
        from indexer.searching.languages import LANGUAGES  # numpy is loaded with it

        if unknown := [code for code in options.language if code not in LANGUAGES]:
            raise ValueError(f"No page is told to be in {', '.join(unknown)}; there are {', '.join(LANGUAGES)}.")
    day = datetime.timedelta(days=1)
    return Filters(
        path_prefix=_prefix(options.within) if options.within else "",
        kinds=tuple(DocumentKind(kind) for kind in options.kind),
        modified_from_s=_begin_s(options.first_day) if options.first_day else None,
        modified_to_s=_begin_s(options.last_day + day) - 1e-6 if options.last_day else None,
        languages=tuple(options.language),
    )


def _prefix(path: str) -> str:
    """Of all paths below a folder; of a file its own."""
    whole = str(Path(path).absolute())
    return whole if os.path.isfile(whole) else os.path.join(whole, "")


def _begin_s(day: datetime.date) -> float:
    return datetime.datetime.combine(day, datetime.time()).timestamp()
