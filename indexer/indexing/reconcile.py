"""At start: catalogue and store made to agree, in both directions, after whatever ended the last engine.

1. Documents that were being read wait again. The store drops what a death or damage left half.
2. Pages in the store that the catalogue does not know are dropped: they were never acknowledged.
3. Pages in the catalogue that the store lacks, or has in another version, are read again; the rest of their
   documents is not. A page that is there in another vector space is not lost: catching up fills it from its words, as
   after a newer version of an encoder, however often that is interrupted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.catalogue.catalogue import Catalogue
from indexer.encoder.encoder import VectorSpace
from indexer.store.store import Store


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many stored pages were dropped, how many are read again, and whether something on the disk was broken."""

    dropped: int
    again: int
    damaged: bool


def reconcile(catalogue: Catalogue, store: Store, space: VectorSpace, others: Sequence[VectorSpace] = ()) -> Reconciled:
    """Do all that. others: further spaces that may hold the words of pages."""
    catalogue.requeue_reading()
    recovery = store.recover(space)
    stored = store.versions(space)
    recorded = catalogue.page_versions()
    orphans = [key for key in stored if key not in recorded]
    store.drop_documents(space, {key.document_id for key in orphans} - {key.document_id for key in recorded})
    known = {key.document_id for key in recorded}
    store.drop_pages(space, [key for key in orphans if key.document_id in known])
    lost = [key for key, version in recorded.items() if stored.get(key) != version]
    for other in others if lost else ():
        elsewhere = store.versions(other)
        lost = [key for key in lost if elsewhere.get(key) != recorded[key]]
    if lost:
        catalogue.lose_pages(lost)
    return Reconciled(len(orphans), len(lost), recovery.damaged)
