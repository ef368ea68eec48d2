"""What a search on the command line is limited to: a folder, kinds of files, dates, languages."""

import argparse
import contextlib
import datetime
import os
from pathlib import Path

from indexer.protocol.values import DocumentKind, Filters

_FIRST, _LAST = datetime.date(1902, 1, 1), datetime.date(2261, 12, 31)
"""Days that every system knows the seconds of, and whose nanoseconds the catalogue can hold."""


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
        search.add_argument(name, dest=place, metavar="DATE", type=_day, help=told)


def filters_of(options: argparse.Namespace) -> Filters:
    """What was asked for. Raises ValueError, with a sentence for people, for a language that no page is told to be in
    and for days that end before they begin.

    Days are those of this computer's time zone.
    """
    if options.language:
        from indexer.searching.languages import LANGUAGES  # numpy is loaded with it

        if unknown := [code for code in options.language if code not in LANGUAGES]:
            raise ValueError(f"No page is told to be in {', '.join(unknown)}; there are {', '.join(LANGUAGES)}.")
    first, last = options.first_day, options.last_day
    if first and last and last < first:
        raise ValueError(f"No day is from {first} on and until {last}.")
    return Filters(
        path_prefix=_prefix(options.within) if options.within else "",
        kinds=tuple(DocumentKind(kind) for kind in options.kind),
        modified_from_s=_begin_s(first) if first else None,
        modified_to_s=_begin_s(last + datetime.timedelta(days=1)) - 1e-6 if last else None,
        languages=tuple(options.language),
    )


def _prefix(path: str) -> str:
    """Of all paths below a folder; of a file its own."""
    whole = str(Path(path).absolute())
    return whole if os.path.isfile(whole) else os.path.join(whole, "")


def _day(text: str) -> datetime.date:
    with contextlib.suppress(ValueError):
        if _FIRST <= (day := datetime.date.fromisoformat(text)) <= _LAST:
            return day
    raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-03-31")


def _begin_s(day: datetime.date) -> float:
    return datetime.datetime.combine(day, datetime.time()).timestamp()
