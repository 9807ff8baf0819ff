"""Counts what found passages have in common, beside how many of the index a filter on it would let in."""

from __future__ import annotations

import numpy as np

from indexer.embedded.columns import Columns
from indexer.embedded.labels import Ints, Labels, Mask
from indexer.types import Count, Filters, Tally


def tally(columns: Columns, rows: Ints, filters: Filters) -> Tally:
    """The labels of these rows, and of all rows that the filters let in. A row given twice counts once."""
    searched = columns.allowed(filters)
    found = np.unique(rows)
    return Tally(int(searched.sum()), *(_counted(labels, found, searched) for labels in columns.labels))


def _counted(labels: Labels, found: Ints, searched: Mask) -> tuple[Count, ...]:
    """The names that let in any of the found, the most frequent first; ties by all that are searched, then by name."""
    here, all_over = labels.counts_of(found), labels.counts(searched)
    counts = [Count(labels.names[code], int(here[code]), int(all_over[code])) for code in np.flatnonzero(here).tolist()]
    return tuple(sorted(counts, key=lambda count: (-count.found, -count.passages, count.value)))
