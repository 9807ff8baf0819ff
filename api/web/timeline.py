"""When the passages found were published, drawn as bars: the places in an SVG, and where each bar leads.

Across, places are shares of the width (per cent), so that the drawing fills its column and no letter is stretched;
upwards they are CSS pixels.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from api.citations import in_words
from api.facets import Bar, Timeline, Unit
from api.web.address import Address
from api.web.labels import between
from indexer.types import PartialDate

STEP = 24
"""CSS pixels from one bar to the next at least: what a finger hits (WCAG 2.2, success criterion 2.5.8)."""

HEIGHT = 56
"""CSS pixels of the highest bar."""

_LEAST = 3
"""CSS pixels of the lowest bar: one passage among hundreds is seen, too."""

_FILLED = 0.78
"""The share of its place that a bar fills."""

_LABELS = 5
"""Labels under the bars at most: so many stand side by side on a phone."""


class Column(NamedTuple):
    """A bar: its place, what it is called, how many were found in it, and the search in its days."""

    left: float
    width: float
    x: float
    bar: float
    y: int
    height: int
    label: str
    found: int
    narrowed: Address
    is_labelled: bool
    is_last_label: bool


class Chart(NamedTuple):
    """A drawing at least so many pixels wide; bars without a passage are empty places in it."""

    least_width: int
    height: int
    columns: list[Column]
    first: str
    last: str
    unit: str
    unplaced: int


def chart(address: Address, timeline: Timeline) -> Chart | None:
    """The drawing of a timeline; None where all stands in one bar and there is nothing to see."""
    bars = timeline.bars
    if sum(1 for bar in bars if bar.found) < 2:
        return None
    columns = [_column(address, bars, timeline.unit, place) for place in range(len(bars))]
    ends = columns[0].label, columns[-1].label
    return Chart(len(bars) * STEP, HEIGHT, columns, *ends, timeline.unit, timeline.unplaced)


def _column(address: Address, bars: tuple[Bar, ...], unit: Unit, place: int) -> Column:
    bar, slot = bars[place], 100 / len(bars)
    left, tick = place * slot, ceil(len(bars) / _LABELS)
    height = max(_LEAST, round(HEIGHT * bar.found / max(other.found for other in bars))) if bar.found else 0
    return Column(
        round(left, 3),
        round(slot, 3),
        round(left + slot * (1 - _FILLED) / 2, 3),
        round(slot * _FILLED, 3),
        HEIGHT - height,
        height,
        called(bar, unit),
        bar.found,
        address.between(*between(bar.first, bar.end)),
        place % tick == 0,
        place > 0 and (len(bars) - place) * 2 <= tick,
    )


def called(bar: Bar, unit: Unit) -> str:
    """A bar in words: 23 May 2012, May 2012, 2012, the 2010s, 2000 to 2099."""
    match unit:
        case "decade":
            return f"the {bar.label}s"
        case "century":
            return f"{bar.label} to {bar.end.year - 1}"
        case _:
            return in_words(PartialDate(bar.label))
