"""Which articles of a generation are of one origin."""

from __future__ import annotations

import numpy as np

from indexer.embedded.columns import UNDATED, Columns


class Editions:
    """The articles by their versions' numbers, and those that are of one origin. Immutable."""

    def __init__(self, columns: Columns) -> None:
        starts = np.flatnonzero(np.diff(columns.versions, prepend=-1))
        self._versions = columns.versions[starts]
        self.origins = columns.origins[starts]
        self._days = columns.first_days[starts]
        self._place = {version: place for place, version in enumerate(self._versions.tolist())}
        self._sorted = np.argsort(self.origins, kind="stable")
        self._ends = np.searchsorted(self.origins[self._sorted], np.arange(len(starts) + 1))

    def first(self, version: int) -> int:
        """The version of the first article of one origin with this one."""
        return int(self._versions[self.origins[self._place[version]]])

    def others(self, version: int) -> list[int]:
        """The versions of the other articles of its origin, the earliest first, undated ones last."""
        origin = int(self.origins[self._place[version]])
        places = self._sorted[self._ends[origin] : self._ends[origin + 1]]
        undated = self._days[places] == UNDATED
        ordered = places[np.lexsort((places, self._days[places], undated))]
        return [int(self._versions[place]) for place in ordered if self._versions[place] != version]
