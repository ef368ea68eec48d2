"""Known: what is known of candidates once they were scored, and which of the others are worth scoring."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SURE, FAR = 64, 4.0
"""How many pages, the best by codes, are scored in any case, and see Known.least."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of pages.

    uids: int64 (p,); present: bool (p, t), which terms stand on each; points: float32 (p,), their scores.
    """

    uids: npt.NDArray[np.int64]
    present: npt.NDArray[np.bool_]
    points: Floats

    def and_more(self, other: "Known") -> "Known":
        """Of these and other pages."""
        return Known(
            np.concatenate([self.uids, other.uids]),
            np.concatenate([self.present, other.present]),
            np.concatenate([self.points, other.points]),
        )

    def least(self, estimates: Mapping[int, float], most: int) -> float:
        """The estimate below which a page is not among the best `most`: it would stand FAR deviations off the line.

        The line is that of scores over estimates. Of the 400 pages that are the best ten of 40 questions among 20,000
        pages, and were candidates, 4 stood more than 3 deviations below it, 2 more than 3.5 and none more than 4; 143,
        174 and 193 of 204 candidates are scored for them. (5 are not among the ten any more as pages are stored.)
        """
        rows = [(estimates[uid], at) for at, uid in enumerate(self.uids.tolist()) if uid in estimates]
        if len(rows) < SURE or len(self.points) < most or most < 1:
            return -math.inf
        x, y = np.array([worth for worth, _ in rows]), self.points[[at for _, at in rows]]
        slope = float(((x - x.mean()) * (y - y.mean())).sum() / max(float(((x - x.mean()) ** 2).sum()), 1e-12))
        away = float((y - y.mean() - slope * (x - x.mean())).std())
        last = float(np.partition(self.points, len(self.points) - most)[len(self.points) - most])
        if not (slope > 0 and math.isfinite(slope)):
            return -math.inf
        return float(x.mean()) + (last - FAR * away - float(y.mean())) / slope


def first(found: Known, most: int, near: float = 0.0) -> Known:
    """The best in order: `most`, and any that score less than the last of these by no more than `near`."""
    order = np.lexsort((found.uids, -found.points))
    if near and 0 < most < len(order):
        last = found.points[order[most - 1]]
        most = int(np.searchsorted(-found.points[order], near - last, side="right"))
    order = order[:most]
    return Known(found.uids[order], found.present[order], found.points[order])
