"""The vectors of a generation in FAISS, searched exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from indexer.encode import Vectors
from indexer.errors import IndexDamaged
from indexer.types import Scored

KIND = "flat fp16, exact"
"""Half precision holds the library's vectors without loss; 335,000 of them took 8.5 ms a search, in single 24.7."""


class Dense:
    """Vectors by passage number. Inner products of unit vectors: cosines."""

    def __init__(self, index: faiss.IndexIDMap2) -> None:
        self._index = index
        self._halves = _halves(faiss.downcast_index(index.index))
        faiss.omp_set_num_threads(1)  # a second one saves nothing on one question, and spins against the encoder's

    @classmethod
    def build(cls, dimension: int, parts: Iterable[tuple[Sequence[int], npt.NDArray[np.float16]]]) -> Dense:
        """From (passage numbers, vectors) of each article. Numbers must differ."""
        flat = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index = faiss.IndexIDMap2(flat)
        for numbers, vectors in _grouped(parts):
            index.add_with_ids(vectors.astype(np.float32), numbers)
        return cls(index)

    def search(
        self, vector: Vectors, k: int, numbers: npt.NDArray[np.int64], mask: npt.NDArray[np.bool_] | None
    ) -> list[Scored]:
        """The k nearest, best first; with a mask, only among the ``numbers`` where it is True."""
        k = min(k, self._index.ntotal if mask is None else int(mask.sum()))
        if k == 0:
            return []
        row = np.ascontiguousarray(vector, dtype=np.float32)[None]
        if mask is None:
            scores, found = self._index.search(row, k)
        else:
            bits = _bitmap(numbers[mask])
            selector = faiss.IDSelectorBitmap(bits)
            scores, found = self._index.search(row, k, params=faiss.SearchParameters(sel=selector))
        return [
            Scored(number, score)
            for number, score in zip(found[0].tolist(), scores[0].tolist(), strict=True)
            if number >= 0
        ]

    def rows(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """The vectors at these places, counted in the order in which they were added."""
        return np.asarray(self._halves[rows], dtype=np.float32)

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """The vectors of these passages. Raises KeyError for a number that is not there."""
        try:
            return np.asarray(self._index.reconstruct_batch(np.asarray(numbers, dtype=np.int64)), dtype=np.float32)
        except RuntimeError as error:
            raise KeyError(f"passage not in this generation: {error}") from None

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """The passage numbers, in the order they were added."""
        return np.asarray(faiss.vector_to_array(self._index.id_map), dtype=np.int64)

    def save(self, path: Path) -> None:
        """Write one FAISS file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, dimension: int) -> Dense:
        """Read a file whose hash was checked before: FAISS trusts what it reads. Raises IndexDamaged."""
        index = faiss.read_index(str(path))
        if not isinstance(index, faiss.IndexIDMap2) or index.d != dimension:
            raise IndexDamaged(f"{path} holds {type(index).__name__} of dimension {index.d}, not one of {dimension}")
        return cls(index)


def _halves(flat: faiss.IndexScalarQuantizer) -> npt.NDArray[np.float16]:
    """FAISS's own vectors, not a copy: they are IEEE halves, and a row is read faster so than through its methods."""
    if flat.ntotal == 0:
        return np.empty((0, flat.d), dtype=np.float16)
    codes = faiss.rev_swig_ptr(flat.codes.data(), flat.ntotal * flat.d * 2)
    halves: npt.NDArray[np.float16] = codes.view(np.float16).reshape(flat.ntotal, flat.d)
    return halves


_GROUP = 4096
"""Vectors added to FAISS in one go."""


def _grouped(
    parts: Iterable[tuple[Sequence[int], npt.NDArray[np.float16]]],
) -> Iterable[tuple[npt.NDArray[np.int64], npt.NDArray[np.float16]]]:
    numbers: list[int] = []
    vectors: list[npt.NDArray[np.float16]] = []
    for some, rows in parts:
        numbers.extend(some)
        vectors.append(rows)
        if len(numbers) >= _GROUP:
            yield np.array(numbers, dtype=np.int64), np.concatenate(vectors)
            numbers, vectors = [], []
    if numbers:
        yield np.array(numbers, dtype=np.int64), np.concatenate(vectors)


def _bitmap(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    bits = np.zeros(int(numbers.max()) + 1, dtype=np.bool_)
    bits[numbers] = True
    return np.packbits(bits, bitorder="little")
