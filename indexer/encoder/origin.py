"""Origin: what is said of installed files that are not known to be those of the revision Pagebeam was made for.

A download fetches that revision and compares every file. A folder that was downloaded elsewhere may hold another one,
or tell nothing of where its files are from; they can be used all the same, if the user wishes so knowing this.
"""

from pathlib import PurePosixPath

from indexer.encoder.manifest import Manifest
from indexer.encoder.published import PublishedModel
from indexer.protocol.errors import ErrorCode, ErrorReport, report

_SHOWN = 8
"""Digits of a revision that are told; the hub's own pages show as many."""
_LOADED = (".json", ".safetensors")


def caution(told: Manifest, model: PublishedModel) -> ErrorReport | None:
    """The sentence for the user; None where every file that is loaded is known to be the pinned revision's."""
    if told.revision not in ("", model.revision):
        shown = told.revision[:_SHOWN]
        return report(ErrorCode.MODEL_OTHER_REVISION, revision=shown, wanted=model.revision[:_SHOWN])
    loaded = [file for file in told.files if PurePosixPath(file.name).suffix in _LOADED]
    unknown = sum(not file.confirmed for file in loaded)
    if told.revision and not unknown:
        return None
    return report(
        ErrorCode.MODEL_UNCONFIRMED, unknown=unknown or len(loaded), all=len(loaded), wanted=model.revision[:_SHOWN]
    )
