"""Pages scored where they lie in files: each is read and scored before the next is, in one piece of machine code.

So its vectors are still in the nearest cache when they are multiplied, and the interpreter's lock is given away once
for many pages (POSIX only, as indexer/store/positioned.py).
"""

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled
from indexer.scoring.maxsim import Floats, Layout, Question, half_values, score_value
from indexer.store.data_files import Located
from indexer.store.positioned import FLAGS, LENGTH, read_one, turned_to

Ints = npt.NDArray[np.int64]
UNREAD = -2


def score_in_files(
    question: Question,
    located: Located,
    terms: Ints,
    room: npt.NDArray[np.uint8],
    raised: Floats,
    counts: npt.NDArray[np.int32],
    present: npt.NDArray[np.bool_],
) -> None:
    """Fill what Question.nothing_yet gave, of pages in files; the count of one that could not be read there is -2.

    room: as many bytes as the longest page has; overwritten.
    """
    score_located(
        located.names,
        located.named,
        located.of,
        FLAGS,
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


@compiled
def score_located(
    names: npt.NDArray[np.uint8],
    named: Ints,
    of: Ints,
    flags: int,
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
    """score_in_files."""
    descriptor, file = -1, -1
    for page in range(starts.shape[0]):
        if of[page] != file:
            file = of[page]
            descriptor = turned_to(names, named[file], flags, descriptor)
        if not read_one(descriptor, room, 0, lengths[page], starts[page]):
            counts[page] = UNREAD
            continue
        value = room[LENGTH : lengths[page]]
        counts[page] = score_value(value, words_ends[page], asked, halves, terms, raised[page], present[page])
    turned_to(names, -1, flags, descriptor)
