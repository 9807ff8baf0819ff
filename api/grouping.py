"""Keeps one story, and one text that stands in many, from filling the first page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from api.alike import Alike


@dataclass(frozen=True, slots=True)
class Group:
    """The place of a candidate that is shown, and those held back for it: of its own story, and copies of it."""

    lead: int
    more: list[int] = field(default_factory=list)
    copies: list[int] = field(default_factory=list)


def grouped(order: Sequence[int], stories: npt.NDArray[np.int64], limit: int, alike: Alike) -> list[Group]:
    """All places of an order, best first, at most ``limit`` (0: any number) of one story, copies folded.

    ``order`` holds places in ``stories`` (n,) and ``alike`` (n, n). What says the same as a passage that is shown is in
    the group of the first such; what a story has too many of is in the group of the last of it that was let in, and
    of passages there that say the same only the first.
    """
    groups: dict[int, Group] = {}
    rank: dict[int, int] = {}
    shown = np.zeros(len(stories), dtype=np.bool_)
    has_copies = np.any(alike, axis=1).tolist()
    of_story: defaultdict[int, list[Group]] = defaultdict(list)
    names = stories.tolist()
    for place in order:
        own = of_story[names[place]]
        originals = np.flatnonzero(alike[place] & shown).tolist() if has_copies[place] else ()
        if originals:
            groups[min(originals, key=rank.__getitem__)].copies.append(place)
        elif limit and len(own) >= limit:
            if not (has_copies[place] and alike[place, own[-1].more].any()):
                own[-1].more.append(place)
        else:
            rank[place], shown[place] = len(groups), True
            groups[place] = Group(place)
            own.append(groups[place])
    return list(groups.values())
