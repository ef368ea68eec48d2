"""Upkeep of a table: small files merged, the text index renewed, old versions dropped. Reads go on meanwhile.

LanceDB's own optimize() aims at a million rows a fragment, so it rewrites the whole of a table of 66 kB rows at every
call (search design, section 6: 554 MB written for 64 new pages); it has no option for that. pylance's compact_files
has, which is why it is used here, and only here.

It takes twice the memory of each fragment that it makes. So rows are merged in two steps: small files to fragments of a
few hundred rows, and those to fragments four or eight times as large, by copying bytes, which takes 12 MB. (1,024 full
pages of patches are 130 MB, and took 245 MB.) Larger fragments at once would cost the ceiling; none but small ones cost
a library of 100,000 pages a tenth of a second for each page added.
"""

import contextlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from indexer.store.schema import CODES, PAGES, PATCHES

KEPT, LEAST_KEPT = timedelta(hours=1), timedelta(minutes=10)
"""Old versions stay so long for whoever is still at them, the shorter time where they take too much room."""
MOST_TAKEN = 1.2
"""Times the room of its live rows that a table with its old versions may take. 1.3 is promised, of rows written at
once, which take a little less than those written a few at a time.
"""
_FIRST = {PATCHES: 256, PAGES: 1024, CODES: 2048}
_ROWS = {PATCHES: 1024, PAGES: 8192, CODES: 16384}
"""Rows of a fragment after the first step and after the second."""
_COPIED_BYTES = 4_000_000
MERGE_BYTES = 100_000_000
"""What merging a table takes for a moment: 60 to 76 MB with full pages, and what a page read meanwhile needs of it."""


def make_text_index(table: Any) -> None:
    """Full text over the folded words: no stemming, no stop words, phrases by position."""
    from indexer.store.lance import FTS

    config = FTS(
        with_position=True,
        base_tokenizer="whitespace",
        max_token_length=None,
        lower_case=False,
        stem=False,
        remove_stop_words=False,
        ascii_folding=False,
    )
    table.create_index("text", config=config)


def tidied(table: Any, part: str, folder: Path | None, spare: Callable[[int], None]) -> None:
    """Do what is due for one table. folder: its own, on a disk here. spare: told before each step what it takes of
    memory, in bytes: what the last step took and gave back must not lie there beside it."""
    data = table.to_lance()
    spare(MERGE_BYTES)
    data.optimize.compact_files(target_rows_per_fragment=_FIRST[part], num_threads=1)
    spare(MERGE_BYTES)
    _gather(data, _FIRST[part], _ROWS[part])
    if part == PAGES:
        spare(MERGE_BYTES)
        data.optimize.optimize_indices()
    table.checkout_latest()
    spare(MERGE_BYTES)
    cleaned(table, folder, KEPT, LEAST_KEPT)


def cleaned(table: Any, folder: Path | None, kept: timedelta, least: timedelta) -> bool:
    """Drop the files of versions older than `kept`, and of younger ones down to `least`, the oldest first, while the
    table takes too much room. Nobody may have begun to read at these since. Whether old versions remain.

    Files that no version names go at once, not after Lance's seven days: a writer that was killed left them, and no
    other can be at work, since its lock is held here.
    """
    data = table.to_lance()
    data.cleanup_old_versions(kept, delete_unverified=True)
    while kept > least and folder is not None and size_bytes(folder) > MOST_TAKEN * _live_bytes(data):
        kept = max(least, kept / 2)
        data.cleanup_old_versions(kept, delete_unverified=True)
    table.checkout_latest()
    return len(data.versions()) > 1


def _gather(data: Any, first: int, most: int) -> None:
    """The second step, once enough rows are there. Rows that were deleted cannot be copied over, so fragments that have
    any are written without them before.
    """

    def not_of(wanted: Callable[[Any], bool]) -> list[int]:
        return [fragment.fragment_id for fragment in data.get_fragments() if not wanted(fragment)]

    def is_medium(fragment: Any) -> bool:
        return bool(first // 2 <= fragment.physical_rows < most)

    medium = [fragment for fragment in data.get_fragments() if is_medium(fragment)]
    if sum(fragment.physical_rows for fragment in medium) < most:
        return
    if any(fragment.num_deletions for fragment in medium):
        data.optimize.compact_files(
            target_rows_per_fragment=first,
            materialize_deletions_threshold=0.0,
            excluded_fragment_ids=not_of(lambda fragment: is_medium(fragment) and fragment.num_deletions),
            num_threads=1,
        )
    data.optimize.compact_files(
        target_rows_per_fragment=most,
        compaction_mode="try_binary_copy",
        binary_copy_read_batch_bytes=_COPIED_BYTES,
        excluded_fragment_ids=not_of(is_medium),
        num_threads=1,
    )


def size_bytes(folder: Path) -> int:
    """What the files in a folder take on the disk."""
    total = 0
    for place, _, names in os.walk(folder):  # which passes over folders that a clean-up took away meanwhile
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.stat(os.path.join(place, name)).st_size
    return total


def _live_bytes(data: Any) -> float:
    """What the newest version's rows, those deleted left out, and its indexes take."""
    total = sum(index.total_size_bytes or 0 for index in data.describe_indices())
    for fragment in data.get_fragments():
        share = fragment.count_rows() / max(1, fragment.physical_rows)
        total += share * sum(file.file_size_bytes or 0 for file in fragment.data_files())
    return float(total)


def purged(table: Any, part: str) -> None:
    """What was deleted leaves the disk: rows are copied away from it, the text index is made anew, and nothing of
    older versions stays. A reader still at one of those has to open the table again.
    """
    table.to_lance().optimize.compact_files(
        target_rows_per_fragment=_FIRST[part],
        materialize_deletions=True,
        materialize_deletions_threshold=0.0,
        num_threads=1,
    )
    table.checkout_latest()
    if part == PAGES:
        make_text_index(table)
    table.to_lance().cleanup_old_versions(timedelta(0), delete_unverified=True)
    table.checkout_latest()
