"""Keeps one article, and one text that stands in many, from filling the first page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from indexer.words import words

NEAR = 0.9
"""The cosine from which two passages may be copies: their titles and dates, which are in the vectors, may differ."""

SAME = 0.8
"""The share of common word triples (Jaccard) from which two texts are copies (Broder 1997 calls it resemblance)."""

_SHINGLE = 3


@dataclass(frozen=True, slots=True)
class Group:
    """The place of a candidate that is shown, and those held back for it: of its own article, and copies of it."""

    lead: int
    more: list[int] = field(default_factory=list)
    copies: list[int] = field(default_factory=list)


Pairs = AbstractSet[tuple[int, int]]
"""Pairs of places, the smaller first."""


def near_pairs(
    articles: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32], among: Sequence[int] | None = None
) -> list[tuple[int, int]]:
    """Places of different articles whose vectors are near enough to be copies: of (n,) articles, (n, dimension).

    One of each pair is ``among`` these places; None is all of them. The product is made by one thread: those of BLAS
    go on spinning for a while afterwards, and the model's next question took three times as long beside them.
    """
    rows = np.arange(len(articles)) if among is None else np.asarray(among, dtype=np.int64)
    with _blas().limit(limits=1, user_api="blas"):
        near = vectors[rows] @ vectors.T >= NEAR
    near &= articles[rows, None] != articles
    pairs = {(int(min(pair)), int(max(pair))) for pair in ((rows[one], other) for one, other in np.argwhere(near))}
    return sorted(pairs)


@cache
def _blas() -> ThreadpoolController:
    """What numpy computes its products with; it is looked for once, which takes longer than a search."""
    return ThreadpoolController()


def grouped(
    order: Sequence[int], articles: npt.NDArray[np.int64], per_article: int, copies: Pairs = frozenset()
) -> list[Group]:
    """All places of an order, best first, at most ``per_article`` (0: any number) of one article, copies folded.

    ``order`` holds places in ``articles`` (n,). What is folded is in no group of its own, but in that of the first
    passage that it is a copy of; what an article has too many of is in the group of the last that was let in.
    """
    like: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in copies:
        like[one].add(other)
        like[other].add(one)
    groups: dict[int, Group] = {}
    rank: dict[int, int] = {}
    of_article: defaultdict[int, list[Group]] = defaultdict(list)
    for place in order:
        own = of_article[int(articles[place])]
        if per_article and len(own) >= per_article:
            own[-1].more.append(place)
        elif originals := like[place] & groups.keys():
            groups[min(originals, key=rank.__getitem__)].copies.append(place)
        else:
            rank[place] = len(groups)
            groups[place] = Group(place)
            own.append(groups[place])
    return list(groups.values())


def resemblance(one: str, other: str) -> float:
    """The share of their word triples that two texts have in common, 0 to 1; of all words where there are no three."""
    first, second = _shingles(one), _shingles(other)
    return len(first & second) / len(first | second) if first | second else 1.0


@lru_cache(maxsize=1024)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Cached, since a text is compared with many."""
    found = words(text)
    wide = min(_SHINGLE, max(1, len(found)))
    return frozenset(tuple(found[start : start + wide]) for start in range(len(found) - wide + 1))
