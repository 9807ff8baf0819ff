"""What filters look at, as columns: one row a passage, in the order of the generation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.embedded.labels import FIELDS, Labels
from indexer.types import Filters, Metadata

UNDATED = 0
"""The first and last day of an article without a date; days are ordinals (1 is 1 January of the year 1)."""

_ARRAYS = ("numbers", "versions", "first_days", "last_days")


@dataclass(frozen=True, slots=True)
class Columns:
    """Passage number, its article's version number and its days of publication, arrays of one length; its labels."""

    numbers: npt.NDArray[np.int64]
    versions: npt.NDArray[np.int64]
    first_days: npt.NDArray[np.int32]
    last_days: npt.NDArray[np.int32]
    publishers: Labels
    countries: Labels
    languages: Labels

    @classmethod
    def build(cls, rows: Iterable[tuple[int, Sequence[int], Metadata]]) -> Columns:
        """From (version number, passage numbers, metadata) of each article."""
        articles: list[tuple[int, Metadata]] = []
        parts: list[npt.NDArray[np.int64]] = []
        for version, numbers, meta in rows:
            part = np.empty((len(numbers), 4), dtype=np.int64)
            part[:, 0] = numbers
            part[:, 1:] = (version, *days(meta))
            parts.append(part)
            articles.append((len(numbers), meta))
        table = np.concatenate(parts) if parts else np.empty((0, 4), dtype=np.int64)
        first, last = np.ascontiguousarray(table[:, 2:].T, dtype=np.int32)
        labels = (Labels.build(field, articles) for field in FIELDS)
        return cls(table[:, 0].copy(), table[:, 1].copy(), first, last, *labels)

    def allowed(self, filters: Filters) -> npt.NDArray[np.bool_]:
        """Which rows the filters let in."""
        mask = np.ones(len(self.numbers), dtype=np.bool_)
        if filters.after or filters.before:
            mask &= self.first_days != UNDATED
        if filters.after:
            mask &= self.first_days >= filters.after.first_day.toordinal()
        if filters.before:
            mask &= self.last_days < filters.before.first_day.toordinal()
        for field, labels in zip(FIELDS, self.labels, strict=True):
            if field.asked(filters):
                mask &= labels.let_in(field.wanted(filters), len(mask))
        return mask

    @property
    def labels(self) -> tuple[Labels, Labels, Labels]:
        """Those of each of ``FIELDS``."""
        return self.publishers, self.countries, self.languages

    def save(self, path: Path) -> None:
        """Write one ``.npz`` file without pickles."""
        arrays: dict[str, npt.NDArray[np.generic]] = {name: getattr(self, name) for name in _ARRAYS}
        for field, labels in zip(FIELDS, self.labels, strict=True):
            arrays.update(labels.arrays(field.name))
        np.savez(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> Columns:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            numbers, versions, first_days, last_days = (stored[name] for name in _ARRAYS)
            labels = [Labels.of_arrays(field.name, stored) for field in FIELDS]
            return cls(numbers, versions, first_days, last_days, *labels)


def days(meta: Metadata) -> tuple[int, int]:
    """The first and last day that an article can have been published on, as ordinals."""
    if meta.published is None:
        return UNDATED, UNDATED
    return meta.published.first_day.toordinal(), meta.published.last_day.toordinal()
