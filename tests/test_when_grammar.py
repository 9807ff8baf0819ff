"""The expressions of time: what each stands for, alone, and what is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.when_grammar import expressions

WEDNESDAY = date(2026, 9, 9)


def said(text: str, asked_on: date | None = None) -> list[tuple[str, str]]:
    return [(str(found.first), str(found.last)) for found in expressions(text, asked_on)]


def read(text: str, asked_on: date | None = None) -> list[str]:
    return [text[found.start : found.end] for found in expressions(text, asked_on)]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("feb 2012", "2012-02-01", "2012-02-29"),
        ("feb. 2012", "2012-02-01", "2012-02-29"),
        ("sept. of 2012", "2012-09-01", "2012-09-30"),
        ("may/june 2012", "2012-05-01", "2012-06-30"),
        ("early march 2012", "2012-03-01", "2012-03-10"),
        ("the beginning of march 2012", "2012-03-01", "2012-03-10"),
        ("mid-may 2012", "2012-05-11", "2012-05-20"),
        ("late february 2012", "2012-02-21", "2012-02-29"),
        ("the end of march 2012", "2012-03-21", "2012-03-31"),
        ("the first week of may 2012", "2012-05-01", "2012-05-07"),
        ("the second week of may 2012", "2012-05-08", "2012-05-14"),
        ("the third week of may 2012", "2012-05-15", "2012-05-21"),
        ("the last week of february 2012", "2012-02-23", "2012-02-29"),
        ("the last week of may 2012", "2012-05-25", "2012-05-31"),
        ("late november to january 2013", "2012-11-21", "2013-01-31"),
        ("28 april to 3 may 2014", "2014-04-28", "2014-05-03"),
        ("28 april until the 3rd of may 2014", "2014-04-28", "2014-05-03"),
        ("march till may 2014", "2014-03-01", "2014-05-31"),
        ("april 28 to may 3, 2014", "2014-04-28", "2014-05-03"),
        ("30 december to 2 january 2014", "2013-12-30", "2014-01-02"),
        ("11 september 2001", "2001-09-11", "2001-09-11"),
        ("2012/05/14", "2012-05-14", "2012-05-14"),
    ],
)
def test_months_their_parts_and_their_days(text: str, first: str, last: str) -> None:
    assert said(text) == [(first, last)]
    assert read(text) == [text]


def test_the_week_of_a_day_is_the_one_it_lies_in_and_the_one_it_begins() -> None:
    assert said("the week of 3 may 2014") == [("2014-04-28", "2014-05-09")]  # a Saturday
    assert said("the week of may 5, 2014") == [("2014-05-05", "2014-05-11")]  # a Monday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("summer 2012", "2012-06-01", "2012-09-30"),
        ("winter 2012-13", "2012-12-01", "2013-03-31"),
        ("the winter of 2012/2013", "2012-12-01", "2013-03-31"),
        ("q3 2012", "2012-07-01", "2012-09-30"),
        ("the third quarter of 2012", "2012-07-01", "2012-09-30"),
        ("the last quarter of 2012", "2012-10-01", "2012-12-31"),
        ("the turn of 2010", "2009-12-01", "2010-01-31"),
        ("late-2012", "2012-09-01", "2012-12-31"),
        ("2012-13", "2012-01-01", "2013-12-31"),
        ("2012/13", "2012-01-01", "2013-12-31"),
        ("2012–13", "2012-01-01", "2013-12-31"),
        ("1990s", "1990-01-01", "1999-12-31"),
        ("the early 1990s", "1990-01-01", "1993-12-31"),
        ("the mid-1990s", "1993-01-01", "1996-12-31"),
        ("the end of the 1990s", "1998-01-01", "1999-12-31"),
    ],
)
def test_years_their_parts_and_several_years(text: str, first: str, last: str) -> None:
    assert said(text) == [(first, last)]
    assert read(text) == [text]


@pytest.mark.parametrize(
    ("part", "of_year", "of_month", "of_decade"),
    [
        ("early", "01-01 04-30", "01 10", "2010 2013"),
        ("mid", "04-01 09-30", "11 20", "2013 2016"),
        ("late", "09-01 12-31", "21 30", "2016 2019"),
        ("the beginning of", "01-01 03-31", "01 10", "2010 2012"),
        ("the start of", "01-01 03-31", "01 10", "2010 2012"),
        ("the middle of", "04-01 09-30", "11 20", "2013 2016"),
        ("the end of", "10-01 12-31", "21 30", "2018 2019"),
        ("the first half of", "01-01 06-30", "01 15", "2010 2014"),
        ("the second half of", "07-01 12-31", "16 30", "2015 2019"),
        ("earlier in", "01-01 12-31", "01 30", "2010 2019"),
    ],
)
def test_years_months_and_decades_have_the_same_parts(part: str, of_year: str, of_month: str, of_decade: str) -> None:
    year_from, year_to = of_decade.split()
    assert said(f"{part} 2012") == [tuple(f"2012-{day}" for day in of_year.split())]
    assert said(f"{part} june 2012") == [tuple(f"2012-06-{day}" for day in of_month.split())]
    assert said(f"{part} 2010s") == [(f"{year_from}-01-01", f"{year_to}-12-31")]


def test_two_figures_after_a_year_are_a_month_where_they_cannot_be_a_later_year() -> None:
    assert said("2011-12") == [("2011-01-01", "2012-12-31")]
    assert said("2012-12") == [("2012-12-01", "2012-12-31")]
    assert said("2014-13") == [("2014-01-01", "2014-12-31")]
    assert said("2010-00") == [("2010-01-01", "2010-12-31")]


def test_a_day_in_figures_is_read_in_both_orders_where_both_can_be() -> None:
    assert said("25/05/2012") == said("05/25/2012") == said("25.5.2012") == [("2012-05-25", "2012-05-25")]
    assert said("05/05/2012") == [("2012-05-05", "2012-05-05")]
    assert said("12/05/2012") == said("5.12.2012") == [("2012-05-12", "2012-12-05")]
    assert said("45/45/2012") == said("31/02/2012") == []


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2026-09-09", "2026-09-09"),
        ("yesterday", "2026-09-08", "2026-09-08"),
        ("this week", "2026-09-07", "2026-09-09"),
        ("last week", "2026-08-31", "2026-09-06"),
        ("this month", "2026-09-01", "2026-09-09"),
        ("last month", "2026-08-01", "2026-08-31"),
        ("late last month", "2026-08-21", "2026-08-31"),
        ("this year", "2026-01-01", "2026-09-09"),
        ("earlier this year", "2026-01-01", "2026-09-09"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("the end of last year", "2025-10-01", "2025-12-31"),
        ("spring of last year", "2025-03-01", "2025-06-30"),
        ("march last year", "2025-03-01", "2025-03-31"),
        ("5 may this year", "2026-05-05", "2026-05-05"),
        ("last march", "2026-03-01", "2026-03-31"),
        ("last september", "2025-09-01", "2025-09-30"),
        ("this september", "2026-09-01", "2026-09-09"),
        ("since january", "2026-01-01", "9999-12-31"),
        ("since september", "2026-09-01", "9999-12-31"),
        ("since december", "2025-12-01", "9999-12-31"),
        ("the last 10 days", "2026-08-30", "2026-09-09"),
        ("the past three weeks", "2026-08-19", "2026-09-09"),
        ("the last month", "2026-08-09", "2026-09-09"),
        ("past two years", "2024-09-09", "2026-09-09"),
        ("the past decade", "2016-09-09", "2026-09-09"),
        ("3 days ago", "2026-09-06", "2026-09-06"),
        ("a week ago", "2026-08-31", "2026-09-06"),
        ("two months ago", "2026-07-01", "2026-07-31"),
        ("twelve years ago", "2014-01-01", "2014-12-31"),
        ("two decades ago", "2006-01-01", "2006-12-31"),
    ],
)
def test_what_counts_from_today_is_understood_on_a_known_day_only(text: str, first: str, last: str) -> None:
    assert said(text, WEDNESDAY) == [(first, last)]
    assert read(text, WEDNESDAY) == [text]
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "asked_on", "first", "last"),
    [
        ("last summer", date(2026, 8, 31), "2025-06-01", "2025-09-30"),
        ("last summer", date(2026, 9, 9), "2026-06-01", "2026-09-09"),
        ("last summer", date(2027, 1, 9), "2026-06-01", "2026-09-30"),
        ("this summer", date(2026, 7, 9), "2026-06-01", "2026-07-09"),
        ("this spring", date(2026, 9, 9), "2026-03-01", "2026-06-30"),
        ("this summer", date(2026, 6, 1), "2026-06-01", "2026-06-01"),
        ("last summer", date(2026, 9, 1), "2026-06-01", "2026-09-01"),
        ("last winter", date(2026, 1, 9), "2024-12-01", "2025-03-31"),
        ("last winter", date(2026, 9, 9), "2025-12-01", "2026-03-31"),
        ("this winter", date(2026, 1, 9), "2025-12-01", "2026-01-09"),
    ],
)
def test_a_season_is_the_last_once_its_three_months_are_over(text: str, asked_on: date, first: str, last: str) -> None:
    assert said(text, asked_on) == [(first, last)]


def test_to_fall_is_also_a_verb() -> None:
    assert read("did prices fall last year", WEDNESDAY) == ["last year"]
    assert read("in the fall of last year", WEDNESDAY) == ["the fall of last year"]
    assert read("in fall 2012") == ["fall 2012"]


def test_a_month_ago_is_the_last_day_of_a_month_that_has_no_such_day() -> None:
    assert said("the last month", date(2026, 3, 31)) == [("2026-02-28", "2026-03-31")]
    assert said("the past year", date(2024, 2, 29)) == [("2023-02-28", "2024-02-29")]


@pytest.mark.parametrize(
    "text",
    [
        "next year",
        "next summer",
        "recently",
        "the latest news",
        "now",
        "this december",
        "late this year",
        "the last week of the campaign",
        "the last year of the war",
        "last week of the campaign",
        "the last summer of the war",
        "in march last year of the war",
        "the last three days of the siege",
        "the past years",
        "10,000 years ago",
        "this may be",
        "this march on the capital",
        "since may resigned",
        "russia today",
        "900 decades ago",
    ],
)
def test_what_is_to_come_or_belongs_to_something_else_is_not_counted_from_today(text: str) -> None:
    assert said(text, date(2026, 8, 9)) == []


@pytest.mark.parametrize("edge", [date.min, date.max])
@pytest.mark.parametrize("text", ["last year", "this winter", "last winter", "a decade ago", "this month", "last week"])
def test_what_lies_beyond_the_calendar_stands_for_nothing_or_for_what_is_left(text: str, edge: date) -> None:
    assert all(found.first <= found.last <= edge for found in expressions(text, edge))


@pytest.mark.parametrize(
    "text",
    [
        "resolution 1973",
        "resolutions 1970 and 1973",
        "article 2010",
        "flight 2012",
        "2000 troops",
        "up to 2000 troops",
        "2000 to 2010 refugees",
        "march on 2000 people",
        "2010%",
        "$2010",
        "us$2010",
        "2,012",
        "2012.5",
        "b-2013",
        "+44 20 7946 2010",
        "555-2012",
        "800-555-2012",
        "https://news.example/2012/05/12/talks",
        "www.news.example/may-2012",
        "news.example/2012/may",
        "may day",
        "september 11 attacks",
        "prague spring",
        "black september",
        "boeing no. 2012a",
        "x2012",
        "31 june 2012",
        "the week after the attacks",
        "mayor 201",
    ],
)
def test_what_looks_like_a_date_and_is_none_is_left_alone(text: str) -> None:
    assert said(text, WEDNESDAY) == []


@pytest.mark.parametrize(
    "text",
    [
        "theresa may 2012",
        "theresa may, 2012",
        "mrs may 2012",
        "may day 2012",
        "arab spring 2012",
        "the arab spring of 2012",
        "black september 2012",
        "russia today 2012",
        "f-16 2012",
        "the g20 2012 summit",
        "resolution 1973 of 2012",
        "resolution 1973 (2012)",
        "2000 troops in 2012",
        "in 2012 troops left",
        "the 2012 financial crisis",
        "03/2012",
        "washington post 2012",
        "new year's day 2012",
        "the first week of 2012",
        "the start of the 2012 world cup",
        "did prices fall in 2012",
    ],
)
def test_only_the_year_is_read_where_the_rest_is_no_date(text: str) -> None:
    assert said(text) == [("2012-01-01", "2012-12-31")]


PIECES = (
    *("2012", "1999", "20", "5", "12", "31", "2012-13", "12/05/2012", "1990s", "-", "–", "/", ",", ".", "%", "$", "+"),
    *("may", "march", "feb.", "to", "and", "or", "since", "the", "of", "in", "last", "this", "past", "ago", "today"),
    *("year", "years", "month", "weeks", "day", "decade", "two", "a", "early", "mid", "late", "end", "turn", "first"),
    *("half", "quarter", "week", "q3", "winter", "summer", "troops", "resolution", "www.", "://"),
    *("\u017f", "\u0131", "\u212a", "\ud800", "\u0662"),  # letters with odd cases, half a pair, an Arabic digit
)


@settings(deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join)),
    st.one_of(st.none(), st.dates()),
)
def test_no_text_makes_it_fail_and_expressions_follow_one_another(text: str, asked_on: date | None) -> None:
    end = 0
    for found in expressions(text, asked_on):
        assert found.first <= found.last
        assert end <= found.start < found.end <= len(text)
        end = found.end
