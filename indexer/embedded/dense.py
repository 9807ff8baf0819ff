"""The vectors of a generation in FAISS, row by row, searched exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from indexer.encode import Vectors
from indexer.errors import IndexDamaged

KIND = "flat fp16, exact"
"""Half precision holds the library's vectors without loss; 335,000 of them took 8.5 ms a search, in single 24.7."""

Halves = npt.NDArray[np.float16]
Mask = npt.NDArray[np.bool_]


class Nearest(NamedTuple):
    """Rows and their inner products with a vector, best first: of unit vectors, cosines."""

    rows: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]


NONE = Nearest(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


class Dense:
    """Vectors by row. A file of them is mapped, not read: they are in memory as often as the system likes."""

    def __init__(self, index: faiss.IndexScalarQuantizer) -> None:
        self.index = index
        self.halves = _halves(index)

    @classmethod
    def build(cls, dimension: int, parts: Iterable[Halves]) -> Dense:
        """From the vectors (n, dimension) of each article, in the order of the rows."""
        index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        for vectors in _grouped(parts):
            index.add(vectors.astype(np.float32))
        return cls(index)

    def search(self, vector: Vectors, k: int, mask: Mask | None = None) -> Nearest:
        """The k nearest; with a mask (n,), only among the rows where it is True."""
        k = min(k, len(self.halves) if mask is None else int(mask.sum()))
        if k == 0:
            return NONE
        given = {} if mask is None else {"params": faiss.SearchParameters(sel=selector(mask))}
        in_one_thread()
        return found(*self.index.search(np.ascontiguousarray(vector, dtype=np.float32)[None], k, **given))

    def rows(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """The vectors at these places, counted in the order in which they were added."""
        return singles(self.halves[rows])

    def save(self, path: Path) -> None:
        """Write one FAISS file."""
        faiss.write_index(self.index, str(path))

    @classmethod
    def load(cls, path: Path, dimension: int) -> Dense:
        """Map a file whose hash was checked before: FAISS trusts what it reads. Raises IndexDamaged."""
        index = mapped(path)
        if not isinstance(index, faiss.IndexScalarQuantizer) or index.d != dimension:
            raise IndexDamaged(f"{path} holds {type(index).__name__} of dimension {index.d}, not one of {dimension}")
        return cls(index)


def in_one_thread() -> None:
    """Have FAISS search in the thread that asks, alone: OpenMP keeps that number for each thread.

    A second one saves nothing on one question; it spins for a while, waiting for the next, against the encoder's.
    """
    faiss.omp_set_num_threads(1)


def mapped(path: Path) -> faiss.Index:
    """An index whose vectors stay in their file."""
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def found(scores: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]) -> Nearest:
    """What FAISS gives for one vector, without the places that it left empty."""
    kept = rows[0] >= 0
    return Nearest(rows[0][kept], scores[0][kept])


def selector(mask: Mask) -> faiss.IDSelectorBitmap:
    """Lets in the rows where a mask is True."""
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def cosines(vectors: Vectors, vector: Vectors) -> npt.NDArray[np.float32]:
    """(n,) inner products of rows and a vector, the same for a row wherever it stands among the others.

    The matrix product of BLAS adds up the last rows in another order: copies of one text would not tie.
    """
    return np.asarray(np.einsum("ij,j->i", vectors, np.asarray(vector, dtype=np.float32)), dtype=np.float32)


def singles(halves: Halves) -> Vectors:
    """The same numbers in single precision; numpy's own conversion takes three times as long.

    A half has five bits of exponent and ten of fraction: moved to where a single has them, behind the sign, they mean
    2**-112 times as much, for the exponents count from 15 and from 127. Neither infinity nor NaN is in an index.
    """
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= _SIGN_AND_HALF
    found: Vectors = bits.view(np.float32)
    found *= _EXPONENTS
    return found


_SIGN_AND_HALF = np.int32(-(2**31) + (2**28 - 2**13))
_EXPONENTS = np.float32(2**112)


def _halves(index: faiss.IndexScalarQuantizer) -> Halves:
    """FAISS's own vectors, not a copy: they are IEEE halves, and a row is read faster so than through its methods."""
    if index.ntotal == 0:
        return np.empty((0, index.d), dtype=np.float16)
    codes = faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.d * 2)
    halves: Halves = codes.view(np.float16).reshape(index.ntotal, index.d)
    return halves


_GROUP = 4096
"""Vectors added to FAISS in one go."""


def _grouped(parts: Iterable[Halves]) -> Iterator[Halves]:
    waiting: list[Halves] = []
    for part in parts:
        waiting.append(part)
        if sum(map(len, waiting)) >= _GROUP:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)
