"""Counts and spans of time as people say them."""

import unicodedata

from PySide6.QtCore import QCoreApplication

from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import WaitReason

_CONTEXT = "Wording"


def right_to_left(text: str) -> bool:
    """Whether a text is read from the right: its first letter that has a direction says so.

    >>> right_to_left("2024 تكلفة"), right_to_left("cost 2024"), right_to_left("!")
    (True, False, False)
    """
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((way in ("R", "AL") for way in directions if way in ("L", "R", "AL")), False)


def several(count: int, one: str, many: str) -> str:
    """`one` when there is one, else `many` with {n} filled in; both are translated by the caller.

    >>> several(1, "1 page", "{n} pages"), several(1204, "1 page", "{n} pages")
    ('1 page', '1,204 pages')
    """
    return one if count == 1 else many.format(n=f"{count:,}")


def time_left(seconds: float) -> str:
    """`about 3 min left`; hours from 90 minutes on, with a half where it counts."""
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return QCoreApplication.translate(_CONTEXT, "about {n} min left").format(n=minutes)
    return QCoreApplication.translate(_CONTEXT, "about {n} h left").format(n=f"{round(minutes / 30) / 2:g}")


def duration_word(seconds: float) -> str:
    """`0.35 s`, `12 s`, `17 min`, `3.5 h`.

    >>> [duration_word(seconds) for seconds in (0.046, 0.35, 4.2, 62, 1026, 12_600)]
    ['0.05 s', '0.35 s', '4.2 s', '62 s', '17 min', '3.5 h']
    """
    translate = QCoreApplication.translate
    if seconds < 90:
        told = f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2f}"
        return translate(_CONTEXT, "{n} s").format(n=told)
    if seconds < 90 * 60:
        return translate(_CONTEXT, "{n} min").format(n=round(seconds / 60))
    return translate(_CONTEXT, "{n} h").format(n=f"{seconds / 3600:.1f}")


def pages_word(count: int) -> str:
    """`1 page`, `1,204 pages`."""
    translate = QCoreApplication.translate
    return several(count, translate(_CONTEXT, "1 page"), translate(_CONTEXT, "{n} pages"))


def size_word(size_bytes: int) -> str:
    """`7.9 GB`, `12 MB`, `3 kB`.

    >>> size_word(7_900_000_000), size_word(12_400_000), size_word(3_000)
    ('7.9 GB', '12 MB', '3 kB')
    """
    if size_bytes >= 1e9:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{size_bytes / 1e6:.0f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"


def wait_sentence(reason: str) -> str:
    """Why reading waits though nobody paused it: Progress.reason as people say it."""
    translate = QCoreApplication.translate
    sentences: dict[str, str] = {
        WaitReason.BATTERY: translate(_CONTEXT, "the computer runs on battery"),
        WaitReason.FULL_SCREEN: translate(_CONTEXT, "another program fills the screen"),
        WaitReason.HEAT: translate(_CONTEXT, "the computer is hot"),
        WaitReason.LOAD: translate(_CONTEXT, "other programs keep the computer busy"),
        WaitReason.MAKING_READY: translate(_CONTEXT, "search is made ready for this computer (once, half a minute)"),
        ErrorCode.DISK_FULL: translate(_CONTEXT, "the disk that holds the library is full"),
        ErrorCode.MODEL_MISSING: translate(_CONTEXT, "the search model is missing"),
        ErrorCode.MODEL_BROKEN: translate(_CONTEXT, "the search model is damaged"),
    }
    return sentences.get(reason, translate(_CONTEXT, "something is missing: {reason}").format(reason=reason))
