"""What the passages that a search found have in common: publishers, countries, languages, and when they appeared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from indexer.types import Count, Tally

Unit = Literal["day", "month", "year", "decade", "century"]

_UNITS: tuple[Unit, ...] = ("day", "month", "year", "decade", "century")
_YEARS = {"year": 1, "decade": 10, "century": 100}

MOST_BARS = 40
"""Bars of a timeline at most (unless it has more centuries): what a phone's width shows apart."""

Days = Sequence[tuple[int, int]]
"""The first and the last day on which each passage can have been published, as ordinals; (0, 0) where not known."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, a month or more: its beginning in ISO 8601, as precise as that is ("2012-05"; "2010" of a decade, too),
    its first day, the first day after it, and how many were found.
    """

    label: str
    first: date
    end: date
    found: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """When what was found was published, without gaps; ``unplaced`` have no date, or none that is precise enough."""

    unit: Unit
    bars: tuple[Bar, ...]
    unplaced: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Of the ``found`` passages that can be paged through: how often each value occurs among them, and when they
    were published. ``searched`` is how many passages of the index the filters let in.
    """

    found: int
    searched: int
    publishers: tuple[Count, ...]
    countries: tuple[Count, ...]
    languages: tuple[Count, ...]
    timeline: Timeline

    @classmethod
    def of(cls, tally: Tally, days: Days) -> Facets:
        """From what the engine counted and the days of each passage found."""
        counts = (tally.publishers, tally.countries, tally.languages)
        return cls(len(days), tally.searched, *counts, timeline(days))


def timeline(days: Days) -> Timeline:
    """Bars by day, month, year or more: the finest of which ``MOST_BARS`` suffice and that most dates are precise for.

    What has no date stands in no bar, nor has the last day that Python knows, which no filter can end behind.
    """
    known = [(date.fromordinal(first), date.fromordinal(last)) for first, last in days if first]
    known = [pair for pair in known if pair[0] < date.max]
    unit = next((unit for unit in _UNITS if _suits(known, unit)), _UNITS[-1])
    placed = Counter(_start(first, unit) for first, last in known if _start(first, unit) == _start(last, unit))
    return Timeline(unit, tuple(_bars(placed, unit)), len(days) - sum(placed.values()))


def _suits(known: Sequence[tuple[date, date]], unit: Unit) -> bool:
    starts = [_start(first, unit) for first, last in known if _start(first, unit) == _start(last, unit)]
    if 2 * len(starts) <= len(known) and known:
        return False
    first, last = min(starts, default=date.min), max(starts, default=date.min)
    match unit:
        case "day":
            return (last - first).days < MOST_BARS
        case "month":
            return (last.year - first.year) * 12 + last.month - first.month < MOST_BARS
        case _:
            return last.year // _YEARS[unit] - first.year // _YEARS[unit] < MOST_BARS


def _bars(placed: Counter[date], unit: Unit) -> Iterator[Bar]:
    at, last = min(placed, default=date.max), max(placed, default=date.min)
    while at <= last:
        end = _next(at, unit)
        yield Bar(_label(at, unit), at, end, placed[at])
        if end == date.max:
            return
        at = end


def _start(day: date, unit: Unit) -> date:
    """The first day of the day's unit; decades and centuries begin with years that end in 0."""
    match unit:
        case "day":
            return day
        case "month":
            return day.replace(day=1)
        case _:
            return date(max(1, day.year - day.year % _YEARS[unit]), 1, 1)


def _next(start: date, unit: Unit) -> date:
    """The first day of the next unit; ``date.max`` where there is none."""
    try:
        match unit:
            case "day":
                return start + timedelta(days=1)
            case "month":
                return date(start.year + start.month // 12, start.month % 12 + 1, 1)
            case _:
                return date(start.year - start.year % _YEARS[unit] + _YEARS[unit], 1, 1)
    except (OverflowError, ValueError):
        return date.max


def _label(start: date, unit: Unit) -> str:
    return start.isoformat()[: {"day": 10, "month": 7}.get(unit, 4)]
