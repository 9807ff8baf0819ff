"""What the generation before lends to the next one: of articles that stayed as they are, all but their places.

A version never changes, so what was made of one holds. Words take long to analyse and the lexical index takes long to
make; copied, they take as long as the disk does.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import numpy as np

from indexer.embedded.columns import Columns
from indexer.embedded.dense import Dense
from indexer.embedded.forward import Analysed, Forward
from indexer.embedded.generation import COARSE, Manifest
from indexer.embedded.layout import Layout
from indexer.embedded.library import Library
from indexer.embedded.rows import Vectors
from indexer.embedded.suggest import Suggestions
from indexer.errors import IndexDamaged, IndexMismatch

LEAST = 5_000
"""Passages. What is smaller is made from nothing in seconds, and then does not depend on how it came about."""

MOST = 0.1
"""Of the passages, so many may have come and gone since one was made from nothing: the lexical index still weighs words
by those that went, and names are counted anew only then."""


class Earlier:
    """A generation that is whole, by version."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._columns = Columns.load(folder / "columns.npz")
        self._dense = Dense.load(folder / "dense.faiss", manifest.dimension)
        self._forward = Forward(folder / "forward")
        self._passages = manifest.passages
        self.lexical = folder / "lexical"
        self.drift, self.kind = manifest.drift, manifest.dense
        self.lists = folder / COARSE if COARSE in manifest.files else None
        self.names = Suggestions.load(folder / "suggestions.npz").group(0)
        """The names of people and places in the texts."""
        versions = self._columns.versions
        starts = np.flatnonzero(np.diff(versions, prepend=-1)).tolist()
        ends = [*starts[1:], len(versions)]
        self._places = {
            version: (place, rows)
            for place, (version, rows) in enumerate(
                zip(versions[starts].tolist(), map(slice, starts, ends), strict=True)
            )
        }

    @classmethod
    def find(cls, layout: Layout, library: Library) -> Earlier | None:
        """The generation that is published, if it is of this library, of this format, large enough and undamaged."""
        number = layout.published()
        if number is None:
            return None
        folder = layout.generation(number)
        try:
            manifest = Manifest.read(folder)
            if manifest.passages < LEAST or not library.had(manifest.revision) or manifest.check_files(folder):
                return None
            return cls(folder, manifest)
        except (IndexDamaged, IndexMismatch, OSError, ValueError, RuntimeError, KeyError):
            return None

    def is_too_far(self, changes: int) -> bool:
        """Whether so many changes more are too many."""
        return self.drift + changes > MOST * self._passages

    def __contains__(self, version: object) -> bool:
        return version in self._places

    def gone(self, versions: Container[int]) -> list[int]:
        """The numbers of the passages of other versions than these."""
        left = [rows for version, (_, rows) in self._places.items() if version not in versions]
        return [number for rows in left for number in self._columns.numbers[rows].tolist()]

    def numbers(self, version: int) -> list[int]:
        """The numbers of a version's passages."""
        found: list[int] = self._columns.numbers[self._places[version][1]].tolist()
        return found

    def vectors(self, version: int) -> Vectors:
        """As the library gives them."""
        _, rows = self._places[version]
        sentences = self._forward.sentences
        ends = sentences.ends[rows.start : rows.stop + 1]
        vectors = np.asarray(sentences.flat[ends[0] : ends[-1]], dtype=np.float16)
        return Vectors(self.numbers(version), self._dense.halves[rows], np.diff(ends).tolist(), vectors)

    def words(self, version: int) -> Analysed:
        """The words of a version's title and passages."""
        place, rows = self._places[version]
        return self._forward.of_article(place, rows)
