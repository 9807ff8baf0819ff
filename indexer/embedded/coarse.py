"""A shorter way to the nearest vectors among very many: some lists of an inverted file, re-scored exactly.

The vectors lie in lists around centres (Sivic and Zisserman 2003; Jégou, Douze and Schmid 2011), four bits for each two
dimensions, which the processor compares 32 at a time (André, Kermarrec and Le Scouarnec 2015); a search looks through
the lists whose centres are nearest, and takes the exact inner products of the best of what it finds. How many lists
that must be is measured when the lists are made.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, isqrt
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from indexer.embedded.dense import Dense, Mask, Nearest, cosines, found, in_one_thread
from indexer.encode import Vectors, unit_rows
from indexer.errors import IndexDamaged
from indexer.settings import cores

FROM = 100_000
"""Vectors from which on lists are made: below, looking at all of them takes as little as everything else."""

RECALL = 0.998
"""Of the ten nearest, so many are to be found on average in the trial when the lists are made. Real questions are
harder: of 505 over 353,778 passages of news, lists that found 0.9947 and 0.9993 of the ten nearest in the trial found
0.9863 and 0.9935 (``scripts/bench_recall.py``)."""

EXACT_SHARE = 0.05
"""A filter that lets in a smaller share is answered exactly, which costs little there. Over 681,555 passages a filter
of 2 % took 7.5 ms exactly and 10.6 so; of 5 % 12.8 and 7.9, of 50 % 61.5 and 5.4."""

_PER_CENTRE = 64
"""Vectors by which each centre is placed; four times as many moved the recall by a thousandth."""

_TRIALS = 300
_BETWEEN = 5
"""Passages: between two of them nearly every number of lists did well."""

_DEPTH = 200
"""The nearest are looked for among so many, as in a search (api.candidates): they are re-scored then."""
_TEN = 10
_LEAST = 32
"""So few of the lists, one in so many, have never been enough."""

_STEP = 1.25
_GROUP = 65_536

_DEEPER = 4
"""What is found by codes is re-scored to so many times what is asked for: of 400 questions, four times as many held
0.987 of the 200 nearest, twice as many 0.947. A byte a dimension takes three times as long for 0.992."""

_LEAST_SCORED = 400
"""Re-scored for however few: half a millisecond."""

_BITS = 4
"""Of a code, as many as can be looked up in one step."""

_MORE = 1.25
"""Of what a filter lets in, so many times as much is looked for, in case it keeps out more of what is near."""

Rows = npt.NDArray[np.int64]


class _Last(threading.local):
    """What a thread asked last, and what was found: a question that names a time asks with a filter and without.

    Of rows with equal codes others may come at the end where more are looked for. So that an answer does not depend on
    what was asked before, a search brings a vector that is no other's.
    """

    def __init__(self) -> None:
        self.vector: Vectors | None = None
        self.rows: Rows = np.empty(0, dtype=np.int64)


class Coarse:
    """Lists over the vectors of a ``Dense``, which still has them all."""

    def __init__(self, index: faiss.IndexIVFPQFastScan, dense: Dense, recall: float | None = None) -> None:
        self._index, self._dense = index, dense
        self.recall = recall
        """What the trial found when the lists were made; None where they were read."""
        self._last = _Last()

    @classmethod
    def build(cls, dense: Dense, recall: float = RECALL) -> Coarse:
        """Place the centres, fill the lists, and find out how many of them a search has to look through."""
        size, dimension = dense.halves.shape
        lists = max(1, min(2 * isqrt(size), size // _PER_CENTRE))
        codes = dimension // 2 if dimension % 2 == 0 else dimension
        index = faiss.IndexIVFPQFastScan(
            faiss.IndexFlatIP(dimension), dimension, lists, codes, _BITS, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.max_points_per_centroid = _PER_CENTRE
        rng = np.random.default_rng(0)
        with _all_threads():
            sample = np.sort(rng.permutation(size)[: lists * _PER_CENTRE])
            index.train(dense.rows(np.resize(sample, max(len(sample), 2**_BITS))))
            made = cls(index, dense)
            made._fill()
            made._settle(_questions(dense, rng), recall)
        return made

    @classmethod
    def filled(cls, path: Path, dense: Dense) -> Coarse:
        """With the centres of a file of other vectors, of which nearly all are among these, and its number of lists."""
        index = faiss.read_index(str(path))
        index.reset()
        made = cls(index, dense)
        with _all_threads():
            made._fill()
        return made

    def _fill(self) -> None:
        size = len(self._dense.halves)
        for start in range(0, size, _GROUP):
            self._index.add(self._dense.rows(np.arange(start, min(start + _GROUP, size))))

    def _settle(self, questions: Vectors, recall: float) -> None:
        """Look through the fewest lists, in steps, that find so much of what an exact search finds."""
        exact = [set(rows) for rows in self._dense.index.search(questions, _TEN)[1].tolist()]
        lists = max(1, self._index.nlist // _LEAST)
        while True:
            self._index.nprobe = lists
            nearest = [set(self.search(question, _DEPTH).rows[:_TEN].tolist()) for question in questions]
            hits = sum(len(one & other) for one, other in zip(exact, nearest, strict=True))
            self.recall = hits / sum(map(len, exact))
            if self.recall >= recall or lists == self._index.nlist:
                return
            lists = min(self._index.nlist, ceil(lists * _STEP))

    @property
    def kind(self) -> str:
        """What it is, for the manifest: recall in the trial is exact search's ten nearest that were found."""
        found_of_ten = "" if self.recall is None else f", recall@{_TEN} {self.recall:.4f} in its trial"
        made = f"IVF{self._index.nlist},PQ{self._index.pq.M}x{_BITS}fs"
        return f"{made}, {self._index.nprobe} lists a search, re-scored{found_of_ten}"

    def search(self, vector: Vectors, k: int, mask: Mask | None = None) -> Nearest:
        """The k nearest, nearly always; with a mask (n,), only among the rows where it is True.

        A wide mask is laid over what is found without it, which takes less than asking it about every vector. Where it
        keeps out nearly all that is near, the search is exact, as with a narrow mask.
        """
        depth = max(_DEEPER * k, _LEAST_SCORED)
        if mask is None:
            return self._scored(self._found(vector, depth), vector, k)
        share = float(mask.mean())
        if share >= EXACT_SHARE:
            rows = self._found(vector, ceil(depth * _MORE / share))
            let_in = rows[mask[rows]]
            if len(let_in) >= k:
                return self._scored(let_in[:depth], vector, k)
        return self._dense.search(vector, k, mask)

    def _found(self, vector: Vectors, count: int) -> Rows:
        """So many rows in the order of their codes; a vector that is the same, and cannot change, is looked up once."""
        if self._last.vector is vector and len(self._last.rows) >= count:
            return self._last.rows[:count]
        row = np.ascontiguousarray(vector, dtype=np.float32)[None]
        in_one_thread()
        rows = found(*self._index.search(row, min(count, self._index.ntotal))).rows
        if not vector.flags.writeable:
            self._last.vector, self._last.rows = vector, rows
        return rows

    def _scored(self, rows: Rows, vector: Vectors, k: int) -> Nearest:
        """The k nearest of some rows, by their own vectors."""
        scores = cosines(self._dense.rows(rows), vector)
        best = np.lexsort((rows, -scores))[:k]
        return Nearest(rows[best], scores[best])

    def save(self, path: Path) -> None:
        """Write one FAISS file, in which the number of lists to look through is kept, too."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, dense: Dense) -> Coarse:
        """Read a file whose hash was checked before: codes of lists cannot be mapped. Raises IndexDamaged."""
        index = faiss.read_index(str(path))
        if not isinstance(index, faiss.IndexIVFPQFastScan) or index.ntotal != len(dense.halves):
            raise IndexDamaged(
                f"{path} holds {index.ntotal} vectors in {type(index).__name__}, not {len(dense.halves)}"
            )
        return cls(index, dense)


def _questions(dense: Dense, rng: np.random.Generator) -> Vectors:
    """Vectors to try a search with: in the middle of some passages, as questions are near several and far from all."""
    places = rng.integers(len(dense.halves), size=(_BETWEEN, _TRIALS))
    return unit_rows(np.sum([dense.rows(some) for some in places], axis=0))


@contextmanager
def _all_threads() -> Iterator[None]:
    """Nobody encodes while an index is published."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(cores())
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
