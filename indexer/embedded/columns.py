"""What filters look at, as columns: one row a passage, in the order of the generation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.embedded.labels import FIELDS, Labels
from indexer.types import Filters, Metadata

UNDATED = 0
"""The first and last day of an article without a date; days are ordinals (1 is 1 January of the year 1)."""

Origins = Callable[[Sequence[int], Sequence[Metadata]], npt.NDArray[np.int64]]
"""From the version numbers of all articles and their metadata, in order, the place of the first of each's origin."""

_ARRAYS = ("numbers", "versions", "first_days", "last_days", "origins")


@dataclass(frozen=True, slots=True)
class Columns:
    """Passage number, its article's version number and its days of publication, arrays of one length; its labels.

    ``origins`` is the place, among all articles in their order, of the first one that is of one origin with this one.
    """

    numbers: npt.NDArray[np.int64]
    versions: npt.NDArray[np.int64]
    first_days: npt.NDArray[np.int32]
    last_days: npt.NDArray[np.int32]
    origins: npt.NDArray[np.int64]
    publishers: Labels
    countries: Labels
    languages: Labels

    @classmethod
    def build(cls, rows: Iterable[tuple[int, Sequence[int], Metadata]], origins: Origins | None = None) -> Columns:
        """From (version number, passage numbers, metadata) of each article; without ``origins`` each is its own."""
        articles: list[tuple[int, Metadata]] = []
        versions: list[int] = []
        parts: list[npt.NDArray[np.int64]] = []
        for version, numbers, meta in rows:
            part = np.empty((len(numbers), 4), dtype=np.int64)
            part[:, 0] = numbers
            part[:, 1:] = (version, *days(meta))
            parts.append(part)
            versions.append(version)
            articles.append((len(numbers), meta))
        table = np.concatenate(parts) if parts else np.empty((0, 4), dtype=np.int64)
        first, last = np.ascontiguousarray(table[:, 2:].T, dtype=np.int32)
        labels = (Labels.build(field, articles) for field in FIELDS)
        sizes, metadata = [size for size, _ in articles], [meta for _, meta in articles]
        places = origins(versions, metadata) if origins else np.arange(len(articles))
        return cls(table[:, 0].copy(), table[:, 1].copy(), first, last, np.repeat(places, sizes), *labels)

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
            numbers, versions, first_days, last_days, origins = (stored[name] for name in _ARRAYS)
            labels = [Labels.of_arrays(field.name, stored) for field in FIELDS]
            return cls(numbers, versions, first_days, last_days, origins, *labels)


def days(meta: Metadata) -> tuple[int, int]:
    """The first and last day that an article can have been published on, as ordinals."""
    if meta.published is None:
        return UNDATED, UNDATED
    return meta.published.first_day.toordinal(), meta.published.last_day.toordinal()
