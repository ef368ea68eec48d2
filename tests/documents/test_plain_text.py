"""Text says what it says, in whatever alphabet it was written and wherever the file ends."""

import pytest

from indexer.documents.plain_text import decoded, looks_like_text

GERMAN = "Die Größe des Leuchtturms – über 30 Meter – überrascht viele Gäste."
RUSSIAN = "Маяк был построен на берегу моря, чтобы корабли могли видеть свет."
HEBREW = "המגדלור נבנה על החוף כדי לשמור על האוניות."
JAPANESE = "日本の灯台は海の安全を守るために建てられました。多くの船がこの光を頼りに航行します。"
CHINESE = "灯塔是海上航行安全的重要标志，许多船只依靠它的光芒。"
KOREAN = "등대는 바다의 안전을 지키기 위해 세워졌습니다."


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, HEBREW, JAPANESE, CHINESE, KOREAN, "A last letter: ü", "plain"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_unicode_to_the_last_letter(text, encoding):
    data = text.encode(encoding)
    assert looks_like_text(data)
    assert decoded(data) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_letters_without_a_mark(encoding):
    text = "A note about lighthouses.\r\nAnd über turnips.\r\n"
    assert looks_like_text(text.encode(encoding))
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        ("Grüße\n", "latin-1"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (HEBREW, "cp1255"),
        (JAPANESE, "shift-jis"),
        (CHINESE, "gb18030"),
        (KOREAN, "euc-kr"),
    ],
)
def test_old_alphabets_are_told_by_their_letters(text, encoding):
    assert decoded(text.encode(encoding)) == text


def test_a_few_wrong_bytes_do_not_turn_utf8_into_something_else():
    data = (RUSSIAN * 20).encode()
    assert decoded(data[:-1]).startswith(RUSSIAN)
    assert decoded(data[:500] + b"\xff" + data[500:]).count("Маяк") >= 19


def test_what_is_no_word_is_taken_away_and_no_line_is_endless():
    assert decoded(b"\x1b[31mred\x1b[0m \x07bell") == "red bell"
    assert max(map(len, decoded(b"x" * 10_000).split("\n"))) == 1000
    assert not looks_like_text(b"\x00" * 100)
    assert not looks_like_text(bytes(range(1, 32)) * 10)
