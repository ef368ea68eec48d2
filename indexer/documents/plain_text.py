"""Text in whatever encoding: whether bytes are text, and what they say.

UTF-8, UTF-16 and UTF-32 are told by their marks, or by what they cannot be; of the old alphabets the likeliest is
chosen (charset-normalizer, which compares with how often letters stand together in languages). MuPDF's own guess takes
UTF-8 that ends in a letter of two bytes for Latin, and knows no other alphabet.
"""

import codecs
import re

_MARKS = (  # UTF-32 begins as UTF-16 does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD = (
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
_SAMPLE_BYTES = 32_768
_FEW = 8
"""Fewer letters beyond ASCII say nothing of a language: they are taken for Western European ones."""
_MOST_WRONG = 0.01
"""Of UTF-8 that was cut or put together from pieces so much may be wrong, and it is UTF-8 all the same."""
_ZEROS = 0.7
"""Of every other byte, in UTF-16 of a European language."""
_LONGEST_WORD = 1000
"""Characters without a space, beyond which a line is broken: laying out a million took MuPDF over a minute."""


def looks_like_text(head: bytes) -> bool:
    """Text in UTF-8, UTF-16, UTF-32, or an 8-bit alphabet: no zero bytes in it, and hardly a control character."""
    if any(head.startswith(mark) for mark, _ in _MARKS) or wide(head):
        return True
    if b"\x00" in head:
        return False
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return controls * 100 < len(head)


def wide(head: bytes) -> str:
    """The kind of UTF-16 that bytes without a mark are in; "" where they are not."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 4:
        return ""
    even, odd = sample[::2], sample[1::2]
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) >= _ZEROS * len(zeros) and others.count(0) == 0:
            return name
    return ""


def decoded(data: bytes) -> str:
    """What the bytes say, with long words broken and without control characters; never fails."""
    text = _decoded(data)
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)  # colours of a terminal
    text = re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", text)
    return re.sub(rf"\S{{{_LONGEST_WORD}}}(?=\S)", lambda found: found[0] + "\n", text)


def beginning(head: bytes) -> str:
    """The first bytes of markup as text."""
    name = next((name for mark, name in _MARKS if head.startswith(mark)), wide(head) or "utf-8")
    return head.decode(name, errors="replace").lstrip("\ufeff \t\r\n")


def _decoded(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if name := wide(data[:_SAMPLE_BYTES]):
        return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", errors="replace")
    beyond = sum(byte > 127 for byte in data[:_SAMPLE_BYTES])
    if text.count("\ufffd") <= _MOST_WRONG * beyond:
        return text
    return data.decode(_old_alphabet(data) if beyond >= _FEW else "cp1252", errors="replace")


def _old_alphabet(data: bytes) -> str:
    from charset_normalizer import from_bytes  # 20 ms, which only such texts need

    letters = re.sub(rb"[\x00-\x1f]+", b" ", data[:_SAMPLE_BYTES])
    best = from_bytes(letters, cp_isolation=list(_OLD)).best()
    return best.encoding if best is not None else "cp1252"
