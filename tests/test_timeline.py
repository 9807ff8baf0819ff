"""The bars of the timeline: within the drawing, as high as they should be, each leading to its own days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.facets import Bar, timeline
from api.web.address import Address
from api.web.timeline import HEIGHT, STEP, called, chart
from indexer.types import PartialDate

days = st.lists(st.dates(date(1850, 1, 1), date(2030, 12, 31)).map(lambda day: (day.toordinal(),) * 2), max_size=30)
ADDRESS = Address("x", cursor="abc")


def of(*published: str) -> list[tuple[int, int]]:
    known = [PartialDate(iso) for iso in published]
    return [(day.first_day.toordinal(), day.last_day.toordinal()) for day in known]


@given(days)
def test_every_passage_stands_in_a_bar_inside_the_drawing(found: list[tuple[int, int]]) -> None:
    drawn = chart(ADDRESS, timeline(found))
    if drawn is None:
        return
    assert sum(column.found for column in drawn.columns) + drawn.unplaced == len(found)
    assert max(column.height for column in drawn.columns) == HEIGHT
    for column in drawn.columns:
        assert 0 <= column.left <= column.x
        assert column.x + column.bar <= column.left + column.width + 0.01 <= 100.02
        assert column.y + column.height == HEIGHT
        assert (column.height == 0) == (column.found == 0)


@given(days)
def test_the_bars_stand_side_by_side_over_the_whole_width(found: list[tuple[int, int]]) -> None:
    drawn = chart(ADDRESS, timeline(found))
    if drawn:
        assert drawn.least_width == STEP * len(drawn.columns)
        for one, other in zip(drawn.columns, drawn.columns[1:], strict=False):
            assert one.left + one.width == pytest.approx(other.left, abs=0.01)
        labelled = [column for column in drawn.columns if column.is_labelled]
        assert 1 <= len(labelled) <= 5


@given(days)
def test_a_bar_leads_to_as_many_days_as_it_shows(found: list[tuple[int, int]]) -> None:
    shown = timeline(found)
    drawn = chart(ADDRESS, shown)
    for bar, column in zip(shown.bars, drawn.columns if drawn else (), strict=drawn is not None):
        after, before = (PartialDate.parse(iso) for iso in (column.narrowed.after, column.narrowed.before))
        assert (after.first_day, before.first_day) == (bar.first, bar.end)
        assert column.narrowed.cursor == ""


@pytest.mark.parametrize("published", [[], ["2012-05-23"], ["2012-05-23", "2012-05-23"]])
def test_where_all_stands_in_one_bar_there_is_nothing_to_draw(published: list[str]) -> None:
    assert chart(ADDRESS, timeline(of(*published))) is None


def test_what_cannot_be_placed_is_counted() -> None:
    drawn = chart(ADDRESS, timeline([*of("2012-05-01", "2012-06-03", "2012"), (0, 0)]))
    assert drawn is not None
    assert (drawn.unit, drawn.unplaced) == ("day", 2)


@pytest.mark.parametrize(
    ("unit", "label", "end", "said"),
    [
        ("day", "2012-05-23", 2012, "23 May 2012"),
        ("month", "2012-05", 2012, "May 2012"),
        ("year", "2012", 2013, "2012"),
        ("decade", "2010", 2020, "the 2010s"),
        ("century", "1900", 2000, "1900 to 1999"),
    ],
)
def test_bars_are_called_as_people_call_them(unit, label: str, end: int, said: str) -> None:
    assert called(Bar(label, date(2012, 1, 1), date(end, 1, 1), 3), unit) == said
