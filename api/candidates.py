"""Which passages are looked at closely: the nearest by vector, the best by words, the nearest of the time asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from api.when import Period
from indexer.encode import Vectors
from indexer.engine import Observer, Snapshot
from indexer.types import Filters, PartialDate, Scored

CANDIDATES = 200
"""Passages taken from each of the dense and the lexical ranking (api/RANKING.md)."""

OF_THE_TIME = 100
"""Passages taken from the dense ranking of what was published in a period that the question names, or near it."""

MOST_PERIODS = 3
"""Periods of a question that are looked into."""

_MARGIN = timedelta(days=45)
"""How far outside a period an article may have been published: what happened is written about for some weeks."""


def candidates(
    snapshot: Snapshot,
    vector: Vectors,
    text: str,
    periods: Sequence[Period],
    filters: Filters,
    k: int,
    lap: Observer = lambda _: None,
) -> list[int]:
    """The numbers of the passages to be ranked, ascending; ``k`` of them at least, if there are so many.

    ``lap`` is told "dense" and "lexical" when these are done.
    """
    depth = max(CANDIDATES, k)
    own = vector.view()  # of this search alone: the engine may keep what it finds for the next line to take
    found: list[Scored] = []
    for narrowed in _narrowed(filters, periods[:MOST_PERIODS]):  # first: these look further, and the next finds that
        found += snapshot.dense(own, OF_THE_TIME, narrowed)
    found += snapshot.dense(own, depth, filters)
    lap("dense")
    found += snapshot.lexical(text, depth, filters)
    lap("lexical")
    return sorted({scored.number for scored in found})


def _narrowed(filters: Filters, periods: Iterable[Period]) -> Iterator[Filters]:
    """The filters, narrowed to each period and some weeks around it, where that leaves any day."""
    for period in periods:
        first = _moved(period.first, -_MARGIN)
        end = _moved(period.last, _MARGIN)
        after = max([first, *([filters.after.first_day] if filters.after else [])])
        before = min([end, *([filters.before.first_day] if filters.before else [])])
        if after < before:
            yield replace(filters, after=PartialDate(after.isoformat()), before=PartialDate(before.isoformat()))


def _moved(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:  # an open beginning or end
        return day
