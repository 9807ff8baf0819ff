"""Which articles are of one origin: found once when they come in, kept as links between versions in the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from indexer.duplicates import candidate_pairs, group, same_origin, sketch, sketch_is_current
from indexer.embedded.columns import days
from indexer.embedded.database import Database
from indexer.embedded.library import Library
from indexer.types import Metadata

_DAY = len("2012-05-23")

_HELD = 512
"""Texts in memory while pairs are compared; those of one story come one after the other."""


def is_linked(library: Library) -> bool:
    """Whether all that came in has been compared; of a library that was made by an older program nothing has."""
    return int(library.facts().get("linked", 0)) >= library.last_version()


def link(library: Library) -> int:
    """Compare what came in since the last time with everything that is current; says how many links are new."""
    linked, last = int(library.facts().get("linked", 0)), library.last_version()
    if linked >= last:
        return 0
    numbers, sketches = _sketches(library)
    first_new = int(np.searchsorted(numbers, linked, side="right"))
    pairs = [(int(numbers[one]), int(numbers[other])) for one, other in candidate_pairs(sketches, first_new)]
    found = list(_same(library, sorted(pairs)))
    _keep(library, found, last)
    return len(found)


def _sketches(library: Library) -> tuple[npt.NDArray[np.int64], list[bytes]]:
    """The numbers of the current versions, in their order, and their sketches; missing ones are made, and kept."""
    numbers: list[int] = []
    found: list[bytes] = []
    made_now: list[tuple[bytes, int]] = []
    for number, made in library.rows("SELECT number, sketch FROM versions WHERE state = 'current' ORDER BY number"):
        numbers.append(number)
        if made and sketch_is_current(made):
            found.append(made)
            continue
        found.append(sketch(library.version_texts([number])[number]))
        if found[-1]:  # else the text is too short for one, which takes no time
            made_now.append((found[-1], number))
    if made_now:
        with library.transaction(counted=False) as write:
            write.executemany("UPDATE versions SET sketch = ? WHERE number = ?", made_now)
    return np.array(numbers, dtype=np.int64), found


def _same(library: Library, pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    @lru_cache(maxsize=_HELD)
    def text(number: int) -> str:
        return library.version_texts([number])[number]

    known = library.metadata(sorted({number for pair in pairs for number in pair}))
    for one, other in pairs:
        if same_origin(text(one), text(other), _days_apart(known[one][0], known[other][0])):
            yield one, other


def _days_apart(one: Metadata, other: Metadata) -> int | None:
    """How many days lie between two publications; None where either day is not known."""
    days = [meta.published.first_day for meta in (one, other) if meta.published and len(meta.published.iso) >= _DAY]
    return abs((days[0] - days[1]).days) if len(days) == len((one, other)) else None


def _keep(library: Library, links: Sequence[tuple[int, int]], last: int) -> None:
    with library.transaction(counted=False) as write:
        write.executemany("INSERT OR IGNORE INTO links VALUES (?, ?)", links)
        write.execute("UPDATE facts SET value = ? WHERE name = 'linked'", (str(last),))


def origins(database: Database, versions: Sequence[int], metadata: Sequence[Metadata]) -> npt.NDArray[np.int64]:
    """For n current versions the place of the first one of its origin: (n,), of the earliest day, undated ones last."""
    place = {number: at for at, number in enumerate(versions)}
    pairs = [
        (place[earlier], place[later])
        for earlier, later in database.rows("SELECT earlier, later FROM links")
        if earlier in place and later in place
    ]
    groups = group(len(versions), pairs)
    first: dict[int, int] = {}
    for at in sorted({at for pair in pairs for at in pair}, key=lambda at: (days(metadata[at])[0] or 10**7, at)):
        first.setdefault(int(groups[at]), at)
    return np.array([first.get(int(label), int(label)) for label in groups], dtype=np.int64)
