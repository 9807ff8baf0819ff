"""The periods that questions name, and how near to them articles are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.when import Period, distance_days, in_words, periods


def said(question: str) -> list[tuple[str, str]]:
    return [(str(first), str(last)) for first, last, _ in periods(question)]


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What did Areva sell in 2009?", "2009-01-01", "2009-12-31"),
        ("salehi acceptable solution february 2012", "2012-02-01", "2012-02-29"),
        ("the gathering of November 2008's leaders", "2008-11-01", "2008-11-30"),
        ("on 5 December 2012", "2012-12-05", "2012-12-05"),
        ("on the 5th of December 2012", "2012-12-05", "2012-12-05"),
        ("on December 5, 2012, or so", "2012-12-05", "2012-12-05"),
        ("Dec. 5, 2012", "2012-12-05", "2012-12-05"),
        ("on 2012-12-05", "2012-12-05", "2012-12-05"),
        ("in 2012-12", "2012-12-01", "2012-12-31"),
        ("in early 2013", "2013-01-01", "2013-04-30"),
        ("in mid-2018", "2018-04-01", "2018-09-30"),
        ("at the end of 2019", "2019-10-01", "2019-12-31"),
        ("in the first half of 2010", "2010-01-01", "2010-06-30"),
        ("in the spring of 2011", "2011-03-01", "2011-06-30"),
        ("over the winter of 2013", "2013-01-01", "2014-03-31"),
        ("in August and September 2017", "2017-08-01", "2017-09-30"),
        ("between 2010 and 2012", "2010-01-01", "2012-12-31"),
        ("the war of 2011-14", "2011-01-01", "2014-12-31"),
        ("in the 1990s", "1990-01-01", "1999-12-31"),
        ("since 2019", "2019-01-01", "9999-12-31"),
        ("since March 2019", "2019-03-01", "9999-12-31"),
        ("before 2015", "0001-01-01", "2015-12-31"),
        ("on December 5th 2012", "2012-12-05", "2012-12-05"),
        ("between March 2012 and May 2013", "2012-03-01", "2013-05-31"),
        ("from March 2012 to May 2013", "2012-03-01", "2013-05-31"),
        ("from March 5, 2012, to 6 May 2013", "2012-03-05", "2013-05-06"),
        ("from 2010 to March 2012", "2010-01-01", "2012-03-31"),
        ("from 2010 to 12 May 2012", "2010-01-01", "2012-05-12"),
        ("from 2010 until March 2012", "2010-01-01", "2012-03-31"),
        ("from May 2010 to 2012", "2010-05-01", "2012-12-31"),
        ("between the summer of 2010 and the spring of 2012", "2010-06-01", "2012-06-30"),
        ("between the years 2010 and 2012", "2010-01-01", "2012-12-31"),
        ("from 2010 through 2012", "2010-01-01", "2012-12-31"),
        ("between December and January 2014", "2013-12-01", "2014-01-31"),
        ("Nov-Jan 2013", "2012-11-01", "2013-01-31"),
        ("from 10 to 12 May 2014", "2014-05-10", "2014-05-12"),
        ("10-12 May 2014", "2014-05-10", "2014-05-12"),
        ("May 10-12, 2014", "2014-05-10", "2014-05-12"),
        ("room 20 and 5 May 2014", "2014-05-05", "2014-05-05"),
        ("in 2014 troops crossed", "2014-01-01", "2014-12-31"),
        ("in 2014 people voted", "2014-01-01", "2014-12-31"),
        ("since 2014 troops have crossed", "2014-01-01", "9999-12-31"),
        ("between March and June 2012", "2012-03-01", "2012-06-30"),
        ("May 2011 – July 2013", "2011-05-01", "2013-07-31"),
        ("late 2012 to early 2013", "2012-09-01", "2013-04-30"),
        ("2010/2011", "2010-01-01", "2011-12-31"),
        ("since the 2019 coup", "2019-01-01", "9999-12-31"),
        ("since at least 2012", "2012-01-01", "9999-12-31"),
        ("post-2014 Afghanistan", "2014-01-01", "9999-12-31"),
        ("after 2014", "2014-01-01", "9999-12-31"),
        ("from 2011 onwards", "2011-01-01", "9999-12-31"),
        ("from 2011 to the present", "2011-01-01", "9999-12-31"),
        ("from 2011 to date", "2011-01-01", "9999-12-31"),
        ("from 2011 until now", "2011-01-01", "9999-12-31"),
        ("from 2011 till now", "2011-01-01", "9999-12-31"),
        ("2011-present", "2011-01-01", "9999-12-31"),
        ("2011 – now", "2011-01-01", "9999-12-31"),
        ("following the 2011 coup", "2011-01-01", "9999-12-31"),
        ("up to 2012", "0001-01-01", "2012-12-31"),
        ("till 2012", "0001-01-01", "2012-12-31"),
        ("from 2010 till March 2012", "2010-01-01", "2012-03-31"),
        ("before the 2012 election", "0001-01-01", "2012-12-31"),
        ("pre-2014 borders", "0001-01-01", "2014-12-31"),
        ("prior to 2011", "0001-01-01", "2011-12-31"),
        ("by 2012", "2012-01-01", "2012-12-31"),
        ("by the end of 2012", "2012-10-01", "2012-12-31"),
        ("as of 2012", "2012-01-01", "2012-12-31"),
        ("imposed by the 2012 law", "2012-01-01", "2012-12-31"),
        ("not until 2012", "2012-01-01", "2012-12-31"),
        ("before and after 2012", "2012-01-01", "2012-12-31"),
        ("FEB. 2012", "2012-02-01", "2012-02-29"),
    ],
)
def test_a_date_in_a_question_is_a_period(question: str, first: str, last: str) -> None:
    assert said(question) == [(first, last)]


@pytest.mark.parametrize(
    "question",
    [
        "Who visited Pyongyang?",
        "What did resolution 1973 allow?",
        "Who sent 2000 troops?",
        "Who sent up to 2000 troops?",
        "between 1900 and 2000 troops",
        "a rise of 2000 percent",
        "a loan of $2000",
        "2,012 prisoners",
        "the 20120 figure",
        "flight 1999 was lost",
        "on 31 June 2012",
        "in May, or may it be later?",
        "the week after the Paris attacks",
        "last summer",
        "a nineteenth-century agreement",
    ],
)
def test_what_is_not_certainly_a_date_is_left_alone(question: str) -> None:
    assert said(question) == []


@pytest.mark.parametrize(
    "question",
    [
        "the elections of 2010 and 2014",
        "articles from 2010 and 2014",
        "the votes in 2010, then in 2014",
        "in 2010 and again in 2014",
        "2010 vs 2014",
        "in 2010 or 2014",
    ],
)
def test_several_dates_are_several_periods(question: str) -> None:
    assert said(question) == [("2010-01-01", "2010-12-31"), ("2014-01-01", "2014-12-31")]


def test_only_the_first_two_dates_after_between_are_the_ends_of_a_period() -> None:
    assert said("between 2010 and March 2012 and 2014") == [("2010-01-01", "2012-03-31"), ("2014-01-01", "2014-12-31")]


def test_a_since_before_a_range_does_not_open_it() -> None:
    assert said("since 2010-2012, and in 2014") == [("2010-01-01", "2012-12-31"), ("2014-01-01", "2014-12-31")]


def test_two_dates_in_the_wrong_order_are_not_joined() -> None:
    assert said("from March 2014 to 2012") == [("2014-03-01", "2014-03-31"), ("2012-01-01", "2012-12-31")]


def test_what_counts_from_today_needs_the_day_of_the_question() -> None:
    question = "What has happened since last year, and what was said last week?"
    assert [(str(first), str(last)) for first, last, _ in periods(question, date(2026, 11, 22))] == [
        ("2025-01-01", "9999-12-31"),
        ("2026-11-09", "2026-11-15"),
    ]
    assert periods(question) == []


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("What did Areva sell in early 2013?", ["early 2013"]),
        ("What was said in the  week of\n3 May 2014?", ["the week of 3 May 2014"]),
        ("Who left Since the beginning of 2012?", ["Since the beginning of 2012"]),
        ("Who led post-2014 Ukraine before the 2019 election?", ["post-2014", "before the 2019"]),
        ("Talks Between March and June 2012", ["Between March and June 2012"]),
        ("Talks between 2010 and March 2012", ["between 2010 and March 2012"]),
        ("Talks from the spring of 2010 to 2012", ["from the spring of 2010 to 2012"]),
        ("Talks from 2010 onwards", ["from 2010 onwards"]),
        ("Articles from May 2012", ["May 2012"]),
        ("İstanbul and the ſummit in FEB 2012", ["FEB 2012"]),
    ],
)
def test_the_phrase_is_the_words_of_the_question(question: str, phrases: list[str]) -> None:
    assert [period.phrase for period in periods(question)] == phrases


PIECES = (
    *("2010", "2012", "in", "May", "from", "between", "since", "before", "not", "until", "by", "the", "to", "and"),
    *("at", "least", "–", "-", "onwards", "3", "last", "week", "ago", "two", "years", "of", "early", "present"),
    *("İ", "ſ", "\n"),
)
QUESTIONS = st.one_of(
    st.text(alphabet="0123456789 -/,.adeginprsMJ", max_size=40),
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join),
)


@settings(deadline=None)
@given(QUESTIONS, st.one_of(st.none(), st.dates()))
def test_no_text_makes_it_fail_and_every_period_is_in_order_and_in_the_question(
    question: str, today: date | None
) -> None:
    for period in periods(question, today):
        assert period.first <= period.last
        assert period.phrase
        assert period.phrase in " ".join(question.split())
        assert in_words(period)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("in 2013", "2013"),
        ("2010-2012", "2010 to 2012"),
        ("in March 2012", "March 2012"),
        ("in early 2013", "1 January to 30 April 2013"),
        ("over the winter of 2012-13", "1 December 2012 to 31 March 2013"),
        ("on 10-12 May 2014", "10 to 12 May 2014"),
        ("on 12 May 2014", "12 May 2014"),
        ("on 1 May 2014", "1 May 2014"),
        ("since 2019", "since 1 January 2019"),
        ("until 2010", "until 31 December 2010"),
    ],
)
def test_a_period_can_be_said_in_words(question: str, words: str) -> None:
    assert [in_words(period) for period in periods(question)] == [words]


def test_a_period_without_ends_is_any_time() -> None:
    assert in_words(Period(date.min, date.max)) == "at any time"


MARCH = Period(date(2012, 3, 1), date(2012, 3, 31))


def days(*pairs: tuple[str, str] | None) -> np.ndarray:
    ordinals = [
        (0, 0) if pair is None else tuple(date.fromisoformat(day).toordinal() for day in pair) for pair in pairs
    ]
    return np.array(ordinals, dtype=np.int32).reshape(-1, 2)


def test_the_distance_is_that_from_the_nearer_end_of_the_nearest_period() -> None:
    may = Period(date(2012, 5, 1), date(2012, 5, 31))
    asked = days(("2012-02-01", "2012-02-28"), ("2012-03-15", "2012-03-15"), ("2012-04-05", "2012-04-05"), None)
    assert distance_days([MARCH], asked).tolist() == [2, 0, 5, np.inf]
    assert distance_days([may, MARCH], days(("2012-04-20", "2012-04-28"))).tolist() == [3]
    assert distance_days([], asked).tolist() == [np.inf] * 4
    assert distance_days([MARCH], days()).shape == (0,)


def test_an_article_within_the_period_is_no_days_off() -> None:
    asked = days(("2012-03-01", "2012-03-01"), ("2012-03-31", "2012-03-31"))
    assert distance_days([MARCH], asked).tolist() == [0, 0]


def test_days_are_counted_on_both_sides() -> None:
    before = date.fromordinal(MARCH.first.toordinal() - 30).isoformat()
    after = date.fromordinal(MARCH.last.toordinal() + 60).isoformat()
    assert distance_days([MARCH], days((before, before), (after, after))).tolist() == [30, 60]


def test_an_imprecise_date_that_may_lie_within_counts_as_within() -> None:
    assert distance_days([MARCH], days(("2012-01-01", "2012-12-31"))).tolist() == [0]


def test_the_nearest_of_several_periods_counts() -> None:
    later = Period(date(2015, 1, 1), date(2015, 12, 31))
    assert distance_days([MARCH, later], days(("2015-06-01", "2015-06-01"))).tolist() == [0]


def test_an_undated_article_is_nowhere_and_so_are_all_where_no_period_is_asked() -> None:
    assert distance_days([MARCH], days(None)).tolist() == [np.inf]
    assert distance_days([], days(("2012-03-01", "2012-03-01"))).tolist() == [np.inf]


def test_an_open_period_takes_in_everything_on_its_side() -> None:
    asked = days(("2026-01-01", "2026-01-01"), ("2011-12-02", "2011-12-02"))
    assert distance_days(periods("since 2012"), asked).tolist() == [0, 30]
