"""Upkeep of a table: small files merged, the text index renewed, old versions dropped. Reads go on meanwhile.

LanceDB's own optimize() aims at a million rows a fragment, so it rewrites the whole of a table of 66 kB rows at every
call (search design, section 6: 554 MB written for 64 new pages); it has no option for that. pylance's compact_files
has, which is why it is used here, and only here: 1,024 pages of patches are a fragment of 67 MB.
"""

from datetime import timedelta
from typing import Any

from indexer.store.schema import CODES, PAGES, PATCHES

KEPT = timedelta(minutes=10)
"""Old versions stay for readers that are still at them: a question takes seconds."""
_ROWS = {PATCHES: 1024, PAGES: 8192, CODES: 16384}


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


def tidied(table: Any, part: str, kept: timedelta = KEPT) -> None:
    """Do what is due for one table."""
    data = table.to_lance()
    data.optimize.compact_files(target_rows_per_fragment=_ROWS[part], num_threads=1)
    if part == PAGES:
        data.optimize.optimize_indices()
    _cleaned(data, kept)
    table.checkout_latest()


def cleaned(table: Any, kept: timedelta) -> None:
    """Drop the files of versions older than `kept`. Nobody may have begun to read at one of them since."""
    _cleaned(table.to_lance(), kept)
    table.checkout_latest()


def _cleaned(data: Any, kept: timedelta) -> None:
    """Files that no version names go at once, not after Lance's seven days: a writer that was killed left them, and no
    other can be at work, since its lock is held here."""
    data.cleanup_old_versions(kept, delete_unverified=True)


def purged(table: Any, part: str) -> None:
    """What was deleted leaves the disk: rows are copied away from it, the text index is made anew, and nothing of
    older versions stays. A reader still at one of those has to open the table again.
    """
    table.to_lance().optimize.compact_files(
        target_rows_per_fragment=_ROWS[part],
        materialize_deletions=True,
        materialize_deletions_threshold=0.0,
        num_threads=1,
    )
    table.checkout_latest()
    if part == PAGES:
        make_text_index(table)
    table.to_lance().cleanup_old_versions(timedelta(0), delete_unverified=True)
    table.checkout_latest()
