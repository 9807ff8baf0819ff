"""Which of many passages say the same: copies of a text, and what the editions of one story have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from indexer.words import words

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

_OFTEN = 16
"""One text in so many has a shingle that many have: then both ways of counting took least, of 700 texts."""

Texts = Callable[[Sequence[int]], Sequence[str]]
"""The texts of the passages at some places."""

Alike = npt.NDArray[np.bool_]
"""(n, n) whether two passages say the same; symmetric, and never of two passages of one article."""


def alike(
    articles: npt.NDArray[np.int64], origins: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32], texts: Texts
) -> Alike:
    """Compare n passages with each other: of (n,) articles and origins, with vectors (n, dimension).

    Of one origin the words decide; of two the vectors have to be near as well. Texts are read only where that matters.
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


def in_common(texts: Sequence[str]) -> tuple[Counts, Counts]:
    """(n, n) how many shingles two texts have in common, and (n,) how many each has.

    Each different text is cut once. Shingles that many texts have are counted by a product of matrices, of which they
    are the columns, and the others by a list of the texts that have them: so neither many columns nor long lists arise.
    """
    different = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    sets = shingles(list(different))
    sizes = np.array([len(found) for found in sets], dtype=np.int64)
    owners = np.repeat(np.arange(len(sets)), sizes)
    _, members, holders = np.unique(np.concatenate([*sets, _NONE]), return_inverse=True, return_counts=True)
    often = (holders > len(sets) // _OFTEN)[members]
    common = _by_product(owners[often], members[often], len(sets)) + _by_list(
        owners[~often], members[~often], len(sets)
    )
    which = np.array([different[text] for text in texts], dtype=np.int64)
    return common[np.ix_(which, which)], sizes[which]


def _by_product(owners: Counts, members: Counts, size: int) -> Counts:
    """(size, size) how many members two owners have in common, of pairs of an owner and a member."""
    columns, column = np.unique(members, return_inverse=True)
    table = np.zeros((size, len(columns)), dtype=np.float32)
    table[owners, column] = 1
    with _one_thread():
        return (table @ table.T).astype(np.int64)


def _by_list(owners: Counts, members: Counts, size: int) -> Counts:
    """The same, for members that few owners have; the pairs come in the order of the owners."""
    common = np.zeros((size, size), dtype=np.int64)
    by_member = np.argsort(members, kind="stable")
    edges = np.flatnonzero(np.diff(members[by_member], prepend=-1, append=-1))
    for start, end in pairwise(edges.tolist()):
        if end - start > 1:
            holders = owners[by_member[start:end]]
            common[np.ix_(holders, holders)] += 1
    common[np.diag_indices(size)] = np.bincount(owners, minlength=size)
    return common


def shingles(texts: Sequence[str]) -> list[Counts]:
    """The different word triples of each text as numbers, ascending; all its words at once where there are no three.

    A number is made of the words' own (from 1) as digits; there are fewer than 2**21 of them, so three fit in 63 bits.
    """
    known: dict[str, int] = {}
    numbered = [[known.setdefault(word, len(known) + 1) for word in words(text)] for text in texts]
    return [_triples(np.array(found, dtype=np.int64), len(known) + 1) for found in numbered]


def _triples(found: Counts, base: int) -> Counts:
    if len(found) < _SHINGLE:
        found = np.concatenate([np.zeros(_SHINGLE - len(found), dtype=np.int64), found]) if len(found) else _NONE
    return np.unique((found[:-2] * base + found[1:-1]) * base + found[2:])
