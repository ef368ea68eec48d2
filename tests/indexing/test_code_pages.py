"""Which pages count as source code."""

import pytest

from indexer.indexing.code_pages import looks_like_code

CODE = [
    "def main(arguments: list[str]) -> int: options = parser().parse_args(arguments) return run(options.command)",
    "for (int i = 0; i < count; i++) { total += values[i]; } return total; // sum of all values",
    "SELECT document_id, path FROM documents WHERE state = 'failed' AND page_count > 0; -- snake_case names;",
]
PROSE = [
    "The heat pump halved the cost of heating in winter, and the harvest weighed 1240 kilograms in Bergen that year.",
    "Invoice 2207 for Mrs Lind, 12 March 2024: heat pump SF-1008, installation, travel; total 4,310.00 EUR incl. VAT.",
    "Ein Mietvertrag kann mit einer Frist von drei Monaten zum Ende eines Monats gekündigt werden (§ 573c BGB).",
]


@pytest.mark.parametrize("text", CODE)
def test_code_is_code(text):
    assert looks_like_code(text.split())


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_not(text):
    assert not looks_like_code(text.split())


def test_a_few_words_say_nothing():
    assert not looks_like_code(["x", "=", "f(x)"])
