"""What a search on the command line is limited to: languages, kinds, places and days."""

import contextlib
import io
import json
import os
from typing import NamedTuple

import pymupdf
import pytest

from indexer import cli

GERMAN = (
    "Die Heizung wurde im November durch eine Wärmepumpe ersetzt, weil der Kessel nicht mehr zu reparieren war und die"
    " Kosten für das Gas in dem Jahr davor sehr hoch waren."
)
ENGLISH = (
    "The heating was replaced by a heat pump in November, because the boiler could not be repaired any more and the"
    " cost of the gas had been very high in the year before that."
)


class Done(NamedTuple):
    """As a command ended."""

    returncode: int
    stdout: str
    stderr: str


def pagebeam(data, *arguments):
    """A command, run in the test's own process: a start of its own for each would take minutes together."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(["--data-dir", str(data), *map(str, arguments)])
        except SystemExit as left:
            code = left.code
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    place = tmp_path_factory.mktemp("filters")
    papers, data = place / "papers", place / "data"
    (papers / "old").mkdir(parents=True)
    (papers / "heizung.txt").write_text(GERMAN, encoding="utf-8")
    (papers / "old" / "heating.txt").write_text(ENGLISH, encoding="utf-8")
    with pymupdf.open() as made:
        made.new_page().insert_textbox((72, 72, 500, 300), ENGLISH)
        made.save(papers / "heating.pdf")
    for name, day_s in (("heizung.txt", 1_700_000_000), ("old/heating.txt", 1_600_000_000)):
        os.utime(papers / name, (day_s, day_s))  # 2023-11-14 and 2020-09-13
    assert pagebeam(data, "index", papers).returncode == 0
    return papers, data


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ([], {"heizung.txt", "old/heating.txt", "heating.pdf"}),
        (["--language", "de"], {"heizung.txt"}),
        (["--language", "de", "--language", "en"], {"heizung.txt", "old/heating.txt", "heating.pdf"}),
        (["--language", "fr"], set()),
        (["--kind", "pdf"], {"heating.pdf"}),
        (["--in", "old"], {"old/heating.txt"}),
        (["--in", "heating.pdf"], {"heating.pdf"}),
        (["--from", "2023-11-13"], {"heizung.txt", "heating.pdf"}),
        (["--from", "2023-11-13", "--to", "2023-11-16"], {"heizung.txt"}),
        (["--to", "2023-11-01", "--language", "en"], {"old/heating.txt"}),
    ],
)
def test_only_what_was_asked_for_is_found(library, limits, names):
    papers, data = library
    limits = [papers / limit if limit in ("old", "heating.pdf") else limit for limit in limits]
    done = pagebeam(data, "search", "heat pump cost", "--json", *limits)
    found = {os.path.relpath(result["document"], papers) for result in json.loads(done.stdout)["results"]}
    assert found == names


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (["--from", "yesterday"], "'yesterday' is no day such as 2026-03-31"),
        (["--to", "9999-12-31"], "'9999-12-31' is no day such as 2026-03-31"),
        (["--from", "2026-03-31", "--to", "2026-03-30"], "No day is from 2026-03-31 on and until 2026-03-30."),
    ],
)
def test_days_that_make_no_sense_are_told(library, limits, told):
    done = pagebeam(library[1], "search", "heat pump", *limits)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_language_that_no_page_is_told_to_be_in_is_said_and_nothing_searched(library):
    done = pagebeam(library[1], "search", "heat pump", "--language", "xx")
    assert done.returncode == 2
    assert "xx" in done.stderr
    assert done.stdout == ""
