"""What a score is worth: pages that answer are convincing, pages that merely are the closest are not."""

import ast
from pathlib import Path

import numpy as np
import pytest

from indexer.encoder.lite.encoder import LiteEncoder
from indexer.searching.relevance import CONVINCING, FEW_PAGES, MEASURED_AT, least, relevance

ANSWERED = (
    "parse command line arguments",
    "priority queue heap",
    "access files in a zip archive",
    "send mail with SMTP",
    "temporary files and directories",
    "random number generators",
)
MODULES = ("getopt", "optparse", "heapq", "zipfile", "zipimport", "smtplib", "tempfile", "random")
UNANSWERED = (
    "recipe for lemon cake with butter",
    "who won the football world cup in 1974",
    "tax on an inherited house",
    "symptoms of measles in children",
    "heat pump subsidy for old buildings",
    "cheap flights to Lisbon",
)


@pytest.fixture(scope="module")
def manual(tmp_path_factory, library_of):
    """What Python's modules say of themselves, a page each, read with Lite."""
    encoder = LiteEncoder.load()
    library = library_of(tmp_path_factory.mktemp("manual"), encoder)
    paths = sorted(Path(ast.__file__).parent.glob("*.py"), key=lambda path: (path.stem not in MODULES, path.stem))
    told = (ast.get_docstring(ast.parse(path.read_bytes())) for path in paths)
    pages = [" ".join(text.split()[:40]) for text in told if text and len(text.split()) >= 20]
    library.add("/manual.txt", pages[: FEW_PAGES + 4])
    yield library
    library.catalogue.close()


def test_what_a_library_answers_is_convincing_and_what_it_does_not_answer_is_not(manual):
    assert sum(manual.ask(asked).convincing for asked in ANSWERED) >= 5
    assert sum(not manual.ask(asked).convincing for asked in UNANSWERED) >= 3


def test_a_word_that_no_page_has_looks_absent_on_every_page(manual):
    reply = manual.ask("zip archive measles")
    assert "zip" in reply.results[0].snippet.casefold()
    strengths = [match.strength for match in reply.results[0].words]
    assert min(strengths[:2]) > strengths[2] + 0.15


def test_the_line_rises_with_the_library():
    assert least(50) == least(MEASURED_AT) == CONVINCING
    assert least(100_000) == pytest.approx(CONVINCING + 1.49, abs=0.01)


def test_relevance_is_measured_in_deviations_of_unrelated_pages(library):
    query = library.encoder.encode_query("a b", library.space)
    background = np.tile(np.array([[0.2], [0.4]], np.float32), (1, len(query.vectors)))
    best = np.full((5, len(query.vectors)), 0.3, np.float32) + np.array([[0], [0.4], [0.2], [0], [0]], np.float32)
    shares = np.array([0, 0, 0, 1, 0.5], np.float32)
    usual, far, near, all_words, half = relevance(query, best, background, shares)
    assert abs(usual) < 1e-3
    assert far > near > 0
    assert far > CONVINCING
    assert all_words > half
