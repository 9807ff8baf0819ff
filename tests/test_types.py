"""What the central types hold, above all how precisely a date is known."""

from __future__ import annotations

import calendar
import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer import types
from indexer.types import Filters, Metadata, PartialDate, Passage, Query
from tests.fakes import article

DAYS = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))
TIMES = st.times(timezones=st.none())
ZONES = st.sampled_from(["", "Z", "+00:00", "+0530", "-03:30", "+14:00", "-12:00"])


@pytest.mark.parametrize(
    "iso",
    [
        "2012",
        "2012-05",
        "2012-05-23",
        "2012-05-23T19:43",
        "2012-05-23T19:43:07",
        "2012-05-23T19:43:07.5",
        "2012-05-23T19:43:07.123456",
        "2012-05-23T19:43Z",
        "2012-05-23T19:43+05:30",
        "2012-05-23T19:43:07-0330",
        "2012-05-23T19:43:07-05",
        "2012-05-23T19:43+14",
    ],
)
def test_a_date_stays_as_precise_as_it_is_written(iso: str) -> None:
    assert PartialDate.parse(iso).iso == iso


def test_a_space_between_day_and_time_becomes_a_t() -> None:
    assert PartialDate.parse("2012-05-23 19:43:07 +02:00").iso == "2012-05-23T19:43:07+02:00"


@pytest.mark.parametrize("zone", ["", "Z", "+02:00", "-05"])
def test_digits_after_the_microsecond_are_dropped(zone: str) -> None:
    assert PartialDate.parse(f"2012-05-23T19:43:07.1234567{zone}").iso == f"2012-05-23T19:43:07.123456{zone}"


def test_white_space_around_a_date_is_nothing() -> None:
    assert PartialDate.parse(" 2012-05\n") == PartialDate("2012-05")


def test_a_zone_is_kept_and_moves_no_day() -> None:
    late = PartialDate.parse("2012-05-23T23:30-11:00")
    assert late.iso.endswith("-11:00")
    assert late.first_day == late.last_day == date(2012, 5, 23)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yesterday",
        "12",
        "201",
        "20120",
        "2012-5",
        "2012-05-3",
        "2012/05/23",
        "20120523",
        "23-05-2012",
        "23 May 2012",
        "2012-05-23T",
        "2012-05-23T19",
        "2012-05-23T19:4",
        "2012-05-23T19:43:07.",
        "2012-05-23T19:431",
        "2012-05-23T19:43:071",
        "2012-05-23Z",
        "2012-05T19:43",
        "2012-05-23T19:43+5",
        "2012-W21-3",
        "2012-144",
        "-2012",
        "2012\n2013",
        "٢٠١٢",
        "２０１２",
    ],
)
def test_what_is_not_iso_8601_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO 8601 date such as 2012, 2012-05 or 2012-05-23"):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "0000",
        "2012-00",
        "2012-13",
        "2012-05-00",
        "2012-05-32",
        "2012-06-31",
        "2011-02-29",
        "1900-02-29",
        "2100-02-29",
        "2012-05-23T25:00",
        "2012-05-23T19:60",
        "2012-05-23T19:43:60",
        "2012-05-23T19:43+24:00",
        "2012-05-23T19:43+24",
        "2012-05-23T19:43:07.1234567-99",
        "2012-05-23T19:43-99:99",
    ],
)
def test_days_and_times_that_do_not_exist_are_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date: ") as caught:
        PartialDate.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("year", ["1600", "2000", "2012", "2024", "2400"])
def test_leap_years_have_a_29_february(year: str) -> None:
    assert PartialDate.parse(f"{year}-02-29").first_day == date(int(year), 2, 29)


@pytest.mark.parametrize(
    ("iso", "first", "last"),
    [
        ("2012", date(2012, 1, 1), date(2012, 12, 31)),
        ("2012-01", date(2012, 1, 1), date(2012, 1, 31)),
        ("2011-02", date(2011, 2, 1), date(2011, 2, 28)),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("2012-04", date(2012, 4, 1), date(2012, 4, 30)),
        ("2012-12", date(2012, 12, 1), date(2012, 12, 31)),
        ("2012-05-23", date(2012, 5, 23), date(2012, 5, 23)),
        ("2012-12-31T23:59:59Z", date(2012, 12, 31), date(2012, 12, 31)),
        ("0001", date(1, 1, 1), date(1, 12, 31)),
        ("9999-12", date(9999, 12, 1), date(9999, 12, 31)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_date_reaches_from_its_first_day_to_its_last(iso: str, first: date, last: date) -> None:
    parsed = PartialDate.parse(iso)
    assert (parsed.first_day, parsed.last_day) == (first, last)


@given(DAYS)
@hypothesis_settings(deadline=None, max_examples=60)
def test_a_month_has_all_its_days_and_no_others(day: date) -> None:
    month = PartialDate.parse(day.isoformat()[:7])
    assert month.first_day <= day <= month.last_day
    assert month.last_day - month.first_day + timedelta(days=1) == timedelta(
        days=calendar.monthrange(day.year, day.month)[1]
    )


@given(DAYS)
@hypothesis_settings(deadline=None, max_examples=60)
def test_a_day_is_within_its_month_and_its_month_within_its_year(day: date) -> None:
    whole, month, year = (PartialDate.parse(day.isoformat()[:length]) for length in (10, 7, 4))
    assert year.first_day <= month.first_day <= whole.first_day == day
    assert day == whole.last_day <= month.last_day <= year.last_day


@given(DAYS, TIMES, ZONES)
@hypothesis_settings(deadline=None, max_examples=100)
def test_parsing_what_was_parsed_changes_nothing(day: date, time: object, zone: str) -> None:
    once = PartialDate.parse(f"{day.isoformat()}T{time}{zone}")
    assert PartialDate.parse(once.iso) == once
    assert once.first_day == once.last_day == day


@given(st.text(max_size=20) | st.text("0123456789-T:Z+ ", max_size=24))
@hypothesis_settings(deadline=None, max_examples=200)
def test_any_text_is_a_date_with_days_or_a_value_error(text: str) -> None:
    try:
        parsed = PartialDate.parse(text)
    except ValueError:
        return
    assert parsed.first_day <= parsed.last_day


@given(st.lists(DAYS, min_size=2, max_size=5))
@hypothesis_settings(deadline=None, max_examples=50)
def test_dates_sort_by_time(days: list[date]) -> None:
    assert [item.first_day for item in sorted(PartialDate(day.isoformat()) for day in days)] == sorted(days)


def test_a_less_precise_date_sorts_before_what_lies_in_it() -> None:
    dates = [PartialDate.parse(iso) for iso in ("2012-05-23T08:00", "2012-05-23", "2012-05", "2012", "2011-12-31")]
    assert [item.iso for item in sorted(dates)] == ["2011-12-31", "2012", "2012-05", "2012-05-23", "2012-05-23T08:00"]


def test_a_date_prints_as_iso_8601() -> None:
    assert f"{PartialDate('2012-05')}" == "2012-05"


def test_a_passage_is_named_by_its_article_and_its_place() -> None:
    assert Passage("treaty-1", 3, 0, 5, "Peace").id == "treaty-1:3"


def test_a_passage_that_was_not_cut_into_sentences_has_none() -> None:
    assert Passage("treaty-1", 3, 0, 5, "Peace").sentences == ()
    assert Passage("treaty-1", 3, 0, 5, "Peace", ((0, 5),)) != Passage("treaty-1", 3, 0, 5, "Peace")


def test_an_article_is_named_by_its_metadata() -> None:
    assert article("treaty-1").id == article("treaty-1").meta.id == "treaty-1"


def test_unknown_is_none_or_empty_and_never_guessed() -> None:
    meta = Metadata("treaty-1", "A treaty")
    assert (meta.url, meta.publisher, meta.published, meta.updated, meta.language) == (None,) * 5
    assert meta.authors == meta.countries == meta.references == ()


def test_no_filter_is_false_and_any_filter_is_true() -> None:
    assert not Filters()
    assert Filters(after=PartialDate("2012"))
    assert Filters(before=PartialDate("2012"))
    assert Filters(publishers=("The Harbour Post",))


def test_a_question_asks_for_ten_passages_without_filters() -> None:
    assert Query("Who signed?") == Query("Who signed?", 10, Filters())


@pytest.mark.parametrize("kind", [value for value in vars(types).values() if dataclasses.is_dataclass(value)])
def test_every_type_is_frozen_and_has_slots(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)
