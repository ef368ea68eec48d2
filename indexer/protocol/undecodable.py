"""Names whose bytes are no valid text, where only text may go: on the wire and in the catalogue.

Python holds such a byte as a lone surrogate (PEP 383), which neither JSON nor SQLite takes. Here it becomes one of the
last private characters of Unicode and back, so that a path arrives as it left.
"""

from typing import Any

_FIRST, _LAST = 0x10FF00, 0x10FF7F
_SHIFT = _FIRST - 0xDC80
MARKS = (b"\xf4\x8f\xbc", b"\xf4\x8f\xbd")
"""How such characters begin in UTF-8."""


def escaped(text: str) -> str:
    """`text` without lone surrogates."""
    if text.isascii():
        return text
    return "".join(chr(ord(c) + _SHIFT) if "\udc80" <= c <= "\udcff" else c for c in text)


def restored(text: str) -> str:
    """What was given to `escaped`."""
    if text.isascii():
        return text
    return "".join(chr(ord(c) - _SHIFT) if _FIRST <= ord(c) <= _LAST else c for c in text)


def everywhere(value: Any, change: Any) -> Any:
    """Plain values (of JSON) with `change` done to every text in them."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): everywhere(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [everywhere(item, change) for item in value]
    return value
