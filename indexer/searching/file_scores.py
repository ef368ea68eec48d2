"""Pages scored where they lie in files: each is read and scored before the next is, in one piece of machine code.

So its vectors are still in the nearest cache when they are multiplied, and the interpreter's lock is given away once
for many pages (POSIX only, as indexer/store/positioned.py).
"""

import os

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled
from indexer.scoring.maxsim import Floats, Layout, Question, half_values, score_value
from indexer.store.data_files import Located
from indexer.store.positioned import LENGTH, read_one

Ints = npt.NDArray[np.int64]
UNREAD = -2


def scores_in_files(
    question: Question, located: Located, terms: Ints, room: npt.NDArray[np.uint8]
) -> tuple[Floats, npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Question.value_maxima of pages in files; the count of one that could not be read there is -2.

    room: as many bytes as the longest page has; overwritten.
    """
    raised, counts, present = question.nothing_yet(len(located), len(terms))
    files = dict.fromkeys(located.of.tolist(), -1)
    descriptors = np.full(len(located.paths), -1, np.int64)
    try:
        for number in files:
            descriptors[number] = files[number] = _opened(located.paths[number])
        score_located(
            descriptors,
            located.of,
            located.starts,
            located.lengths,
            located.numbers,
            room,
            question.layout,
            half_values(),
            terms,
            raised,
            counts,
            present,
        )
    finally:
        for descriptor in files.values():
            if descriptor >= 0:
                os.close(descriptor)
    return question.finished(raised), counts, present


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY)
    except OSError:
        return -1  # a compaction took the file away


@compiled
def score_located(
    descriptors: Ints,
    of: Ints,
    starts: Ints,
    lengths: Ints,
    words_ends: npt.NDArray[np.int32],
    room: npt.NDArray[np.uint8],
    asked: Layout,
    halves: Floats,
    terms: Ints,
    raised: Floats,
    counts: npt.NDArray[np.int32],
    present: npt.NDArray[np.bool_],
) -> None:
    """scores_in_files, the files open: descriptors[of[i]], -1 for one that could not be opened."""
    for page in range(starts.shape[0]):
        if not read_one(descriptors[of[page]], room, 0, lengths[page], starts[page]):
            counts[page] = UNREAD
            continue
        value = room[LENGTH : lengths[page]]
        counts[page] = score_value(value, words_ends[page], asked, halves, terms, raised[page], present[page])
