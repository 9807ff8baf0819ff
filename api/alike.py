"""Which of many passages say the same: copies of a text, and what the editions of one story have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from indexer.engine import Words

NEAR = 0.9
"""The cosine from which two passages may be copies: their titles and dates, which are in the vectors, may differ."""

SAME = 0.8
"""The share of common word triples (Jaccard) from which two texts are copies (Broder 1997 calls it resemblance)."""

HELD = 0.7
"""The share of the shorter one's word triples from which two passages of one origin say the same (its containment).

Less than of any two texts: that one story was edited twice is known already. Editors join, cut and shorten paragraphs;
with one figure changed in twenty words of an update two passages are still as one, with two they are not.
"""

_SHINGLE = 3
_PADDING = np.zeros(_SHINGLE, dtype=np.uint32)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
"""Any different odd numbers do: they make the order of the words count."""

_OFTEN = 16
"""One text in so many has a shingle that many have: then both ways of counting took least, of 700 texts."""

Texts = Callable[[Sequence[int]], Sequence[Words]]
"""The words of the passages at some places, each passage's in order."""

Alike = npt.NDArray[np.bool_]
"""(n, n) whether two passages say the same; symmetric, and never of two passages of one article."""


def alike(
    articles: npt.NDArray[np.int64], origins: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32], texts: Texts
) -> Alike:
    """Compare n passages with each other: of (n,) articles and origins, with vectors (n, dimension).

    Of one origin the words decide; of two the vectors have to be near as well. Words are read only where that matters.
    """
    others = articles[:, None] != articles
    related = (origins[:, None] == origins) & others
    near = _near(vectors) & others
    found: Alike = np.zeros_like(others)
    places = np.flatnonzero((near | related).any(axis=1))
    if len(places):
        inner = np.ix_(places, places)
        common, sizes = in_common(texts(places.tolist()))
        found[inner] = (near[inner] & (resemblance(common, sizes) >= SAME)) | (
            related[inner] & (containment(common, sizes) >= HELD)
        )
    return found


def _near(vectors: npt.NDArray[np.float32]) -> Alike:
    with _one_thread():
        near: Alike = vectors @ vectors.T >= NEAR
    return near


def _one_thread() -> AbstractContextManager[object]:
    """Products of matrices in one thread: those of BLAS go on spinning for a while afterwards, and the model's next
    question took three times as long beside them.
    """
    limited: AbstractContextManager[object] = _blas().limit(limits=1, user_api="blas")
    return limited


@cache
def _blas() -> ThreadpoolController:
    """What numpy computes its products with; it is looked for once, which takes longer than a search."""
    return ThreadpoolController()


Counts = npt.NDArray[np.int64]

_NONE: Counts = np.empty(0, dtype=np.int64)


def resemblance(common: Counts, sizes: Counts) -> npt.NDArray[np.float64]:
    """(n, n) the share of their shingles that two texts have in common, 0 to 1; of two without any it is 1."""
    whole = sizes[:, None] + sizes - common
    return np.where(whole == 0, 1.0, common / np.maximum(whole, 1))


def containment(common: Counts, sizes: Counts) -> npt.NDArray[np.float64]:
    """(n, n) the share of the shorter one's shingles that the longer one has, 0 to 1; of one without any it is 1."""
    least = np.minimum(sizes[:, None], sizes)
    return np.where(least == 0, 1.0, common / np.maximum(least, 1))


def in_common(rows: Sequence[Words]) -> tuple[Counts, Counts]:
    """(n, n) how many shingles two texts have in common, and (n,) how many each has; of the words of each, in order.

    Shingles that many texts have are counted by a product of matrices, of which they are the columns, and the others
    by a list of the texts that have them: so neither many columns nor long lists arise.
    """
    owners, members, count = shingles(rows)
    sizes = np.bincount(owners, minlength=len(rows))
    often = (np.bincount(members, minlength=count) > len(rows) // _OFTEN)[members]
    common = _by_product(owners[often], members[often], len(rows))
    return common + _by_list(owners[~often], members[~often], len(rows)), sizes


def _by_product(owners: Counts, members: Counts, size: int) -> Counts:
    """(size, size) how many members two owners have in common, of pairs of an owner and a member."""
    columns, column = np.unique(members, return_inverse=True)
    table = np.zeros((size, len(columns)), dtype=np.float32)
    table[owners, column] = 1
    with _one_thread():
        return (table @ table.T).astype(np.int64)


def _by_list(owners: Counts, members: Counts, size: int) -> Counts:
    """The same, for members that few owners have; the pairs come in the order of the owners.

    In the order of members those that have one stand side by side: first each is paired with the next, then with the
    one after that, until nobody has a partner.
    """
    by_member = np.argsort(members, kind="stable")
    members, owners = members[by_member], owners[by_member]
    found = [owners * size + owners]
    for away in range(1, len(owners)):
        partners = np.flatnonzero(members[away:] == members[:-away])
        if not len(partners):
            break
        one, other = owners[partners], owners[partners + away]
        found += [one * size + other, other * size + one]
    return np.bincount(np.concatenate(found), minlength=size * size).reshape(size, size)


def shingles(rows: Sequence[Words]) -> tuple[Counts, Counts, int]:
    """The different word triples of each text, as (text, shingle) in the order of texts; how many shingles there are.

    Of a text of fewer words all of them at once are one. Triples are told apart by a hash of 64 bits.
    """
    padded = [np.concatenate([_PADDING[len(row) :], row]) if len(row) < _SHINGLE else row for row in rows if len(row)]
    places = np.array([place for place, row in enumerate(rows) if len(row)], dtype=np.int64)
    lengths = np.array([len(row) - _SHINGLE + 1 for row in padded], dtype=np.int64)
    if not padded:
        return _NONE, _NONE, 0
    words = np.concatenate(padded).astype(np.uint64)
    triples = (words[:-2] * _ODD[0] + words[1:-1]) * _ODD[1] + words[2:]
    starts = np.concatenate([[0], np.cumsum(lengths + _SHINGLE - 1)[:-1]])
    within = np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    different, members = np.unique(triples[within], return_inverse=True)
    count = len(different)
    pairs, _ = np.unique(np.repeat(places, lengths) * count + members, return_counts=True)  # counting, it sorts: faster
    return pairs // count, pairs % count, count
