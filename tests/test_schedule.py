"""When a page is due for another look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.items import Visit
from indexer.types import PartialDate
from indexer.visits.schedule import GIVEN_UP, SOONEST, is_due, latest, moment, next_check

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seen(*, checked: timedelta, changed: timedelta = timedelta()) -> Visit:
    return Visit("u", "s", "page", START + checked, START + changed, 200)


def test_a_page_is_looked_at_after_hours_that_double_and_then_no_more() -> None:
    looks, one = [], seen(checked=timedelta())
    while (due := next_check(one)) is not None:
        looks.append((due - START) / HOUR)
        one = replace(one, checked=due)
    assert looks == [2.0**doubling for doubling in range(13)][: len(looks)]
    assert looks[-1] * HOUR >= GIVEN_UP > looks[-2] * HOUR


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_no_page_is_due_before_an_hour_has_passed_or_as_long_as_it_had_been_unchanged(age: int, since: int) -> None:
    one = seen(checked=timedelta(hours=age))
    now = one.checked + timedelta(hours=since)
    if is_due(one, now):
        assert now - one.checked >= max(SOONEST, one.checked - one.changed)


@pytest.mark.parametrize(
    ("stated", "due"),
    [
        ("2026-11-22T11:59:00Z", False),
        ("2026-11-22T12:01:00Z", True),
        ("2026-11-22T14:01:00+02:00", True),
        ("2026-11-22T12:01:00-02:00", False),  # that is to come
        ("2026-11-22", False),
        ("2026", False),
        ("2027", False),
        ("0001-01-01T00:00:00+14:00", False),
    ],
)
def test_what_is_said_to_be_newer_than_the_last_look_is_due(stated: str, due: bool) -> None:
    assert is_due(seen(checked=timedelta()), START + HOUR / 2, PartialDate(stated)) is due


def test_a_last_look_in_the_future_was_a_wrong_clock() -> None:
    assert is_due(seen(checked=timedelta(days=400)), START)


def test_a_moment_is_the_earliest_that_a_date_can_mean() -> None:
    assert moment(PartialDate("2026-11")) == datetime(2026, 11, 1, tzinfo=UTC)
    assert moment(PartialDate("2026-11-22T01:00+02:00")) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert moment(PartialDate("2026-11-22T01:00")) == datetime(2026, 11, 22, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "end"),
    [
        ("2026", datetime(2027, 1, 1, 14, tzinfo=UTC)),
        ("2026-11", datetime(2026, 12, 1, 14, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("2026-11-22T01:00", datetime(2026, 11, 22, 15, 1, tzinfo=UTC)),
        ("2026-11-22T01:00+02:00", datetime(2026, 11, 21, 23, 1, tzinfo=UTC)),
        ("2026-11-22T01:00:05Z", datetime(2026, 11, 22, 1, 0, 6, tzinfo=UTC)),
        ("9999", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_the_latest_that_a_date_can_mean_is_the_end_of_it_in_any_zone(stated: str, end: datetime) -> None:
    assert timedelta() <= end - latest(PartialDate(stated)) <= timedelta(microseconds=1)


@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_no_date_can_mean_something_earlier_than_it_begins(day: date, precision: int) -> None:
    stated = PartialDate(day.isoformat()[:precision])
    assert moment(stated) < latest(stated)
