"""Keeps one article, and one text that stands in many, from filling the first page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

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


Copies = Callable[[int, int], bool]
"""Whether the candidate at one place has nearly the same text as the one at another."""


def grouped(
    order: Sequence[int],
    articles: npt.NDArray[np.int64],
    vectors: npt.NDArray[np.float32],
    k: int,
    per_article: int,
    are_copies: Copies,
) -> list[Group]:
    """The first k candidates of an order, at most ``per_article`` (0: any number) of one article, copies folded.

    ``order`` holds places in ``articles`` (n,) and ``vectors`` (n, dimension), best first. ``are_copies`` is asked
    only about passages of different articles whose vectors are near.
    """
    groups: list[Group] = []
    of_article: dict[int, list[Group]] = {}
    for place in order:
        own = of_article.setdefault(int(articles[place]), [])
        if per_article and len(own) >= per_article:
            own[-1].more.append(place)
        elif (original := _original(place, groups, articles, vectors, are_copies)) is not None:
            original.copies.append(place)
        elif len(groups) == k:
            break
        else:
            own.append(Group(place))
            groups.append(own[-1])
    return groups


def _original(
    place: int,
    groups: Sequence[Group],
    articles: npt.NDArray[np.int64],
    vectors: npt.NDArray[np.float32],
    are_copies: Copies,
) -> Group | None:
    if not groups:
        return None
    near = (vectors[[group.lead for group in groups]] @ vectors[place] >= NEAR).tolist()
    for group, is_near in zip(groups, near, strict=True):
        if is_near and articles[group.lead] != articles[place] and are_copies(group.lead, place):
            return group
    return None


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
