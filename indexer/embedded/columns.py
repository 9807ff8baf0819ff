"""What filters look at, as columns: one row a passage, in the order of the generation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from indexer.types import Filters, Metadata

UNDATED = 0
"""The first and last day of an article without a date; days are ordinals (1 is 1 January of the year 1)."""

NO_PUBLISHER = -1


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays of one length: passage number, its article's version number, the days of publication, publisher."""

    numbers: npt.NDArray[np.int64]
    versions: npt.NDArray[np.int64]
    first_days: npt.NDArray[np.int32]
    last_days: npt.NDArray[np.int32]
    publishers: npt.NDArray[np.int32]
    names: tuple[str, ...]
    """Publishers, folded for comparison; ``publishers`` holds places in it."""

    @classmethod
    def build(cls, rows: Iterable[tuple[int, Sequence[int], Metadata]]) -> Columns:
        """From (version number, passage numbers, metadata) of each article."""
        names: dict[str, int] = {}
        parts: list[npt.NDArray[np.int64]] = []
        for version, numbers, meta in rows:
            publisher = NO_PUBLISHER
            if meta.publisher is not None:
                publisher = names.setdefault(fold(meta.publisher), len(names))
            part = np.empty((len(numbers), 5), dtype=np.int64)
            part[:, 0] = numbers
            part[:, 1:] = (version, *days(meta), publisher)
            parts.append(part)
        table = np.concatenate(parts) if parts else np.empty((0, 5), dtype=np.int64)
        first, last, publisher_codes = np.ascontiguousarray(table[:, 2:].T, dtype=np.int32)
        return cls(table[:, 0].copy(), table[:, 1].copy(), first, last, publisher_codes, tuple(names))

    def allowed(self, filters: Filters) -> npt.NDArray[np.bool_]:
        """Which rows the filters let in."""
        mask = np.ones(len(self.numbers), dtype=np.bool_)
        if filters.after or filters.before:
            mask &= self.first_days != UNDATED
        if filters.after:
            mask &= self.first_days >= filters.after.first_day.toordinal()
        if filters.before:
            mask &= self.last_days < filters.before.first_day.toordinal()
        if filters.publishers:
            wanted = {fold(name) for name in filters.publishers}
            codes = [code for code, name in enumerate(self.names) if name in wanted]
            mask &= np.isin(self.publishers, codes)
        return mask

    def save(self, path: Path) -> None:
        """Write one ``.npz`` file without pickles."""
        arrays = {
            name: getattr(self, name) for name in ("numbers", "versions", "first_days", "last_days", "publishers")
        }
        np.savez(path, **arrays, names=np.array(self.names, dtype=np.str_))

    @classmethod
    def load(cls, path: Path) -> Columns:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files if name != "names"}
            return cls(**arrays, names=tuple(stored["names"].tolist()))


def days(meta: Metadata) -> tuple[int, int]:
    """The first and last day that an article can have been published on, as ordinals."""
    if meta.published is None:
        return UNDATED, UNDATED
    return meta.published.first_day.toordinal(), meta.published.last_day.toordinal()


def fold(name: str) -> str:
    """A publisher's name for comparison: case, runs of white space and how accents are encoded do not count."""
    return normalize("NFC", " ".join(normalize("NFC", name).split()).casefold())
