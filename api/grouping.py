"""Keeps one story, and one text that stands in many, from filling the first page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from api.alike import Alike


@dataclass(slots=True)  # not frozen: it grows, and several hundred are made for each question
class Group:
    """The place of a candidate that is shown, and those held back for it: of its own story, and copies of it."""

    lead: int
    more: tuple[int, ...] = ()
    copies: tuple[int, ...] = ()


def grouped(order: Sequence[int], stories: npt.NDArray[np.int64], limit: int, alike: Alike) -> list[Group]:
    """All places of an order, best first, at most ``limit`` (0: any number) of one story, copies folded.

    ``order`` holds places in ``stories`` (n,) and ``alike`` (n, n). What says the same as a passage that is shown is in
    the group of the first such; what a story has too many of is in the group of the last of it that was let in, and
    of passages there that say the same only the first.
    """
    shown: list[Group] = []
    rank: dict[int, int] = {}
    same = _partners(alike)
    of_story: defaultdict[int, list[Group]] = defaultdict(list)
    names = stories.tolist()
    for place in order:
        own, copies = of_story[names[place]], same.get(place, _NOBODY)
        originals = [rank[other] for other in copies if other in rank] if copies else ()
        if originals:
            shown[min(originals)].copies += (place,)
        elif limit and len(own) >= limit:
            if copies.isdisjoint(own[-1].more):
                own[-1].more += (place,)
        else:
            rank[place] = len(shown)
            shown.append(Group(place))
            own.append(shown[-1])
    return shown


_NOBODY: frozenset[int] = frozenset()


def _partners(alike: Alike) -> dict[int, set[int]]:
    """Of each place that has any, the places that say the same: of most questions few do."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for pair in np.flatnonzero(alike).tolist():  # a sixth of the time of np.argwhere
        place, other = divmod(pair, len(alike))
        found[place].add(other)
    return found
