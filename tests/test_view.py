"""What stands around the hits: chips, facets, what was understood, and how all of it is called."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.facets import Facets, Timeline
from api.web.address import Address
from api.web.labels import between, counted, country_name, dates_in_words, language_name
from api.web.view import SHOWN, Span, chips, facets, understood
from api.when import Period
from indexer.types import Count
from tests.answers import answered, hit

names = st.lists(st.sampled_from(["A", "B", "صحيفة", "C & D"]), max_size=3, unique=True).map(tuple)
dates = st.sampled_from(["", "2012", "2012-05", "2012-05-23", "never"])
addresses = st.builds(
    Address, st.just("x"), dates, dates, names, names, names, st.sampled_from(["", "date"]), cursor=st.just("abc")
)


def counts(number: int) -> tuple[Count, ...]:
    return tuple(Count(f"P{place}", number - place, 100) for place in range(number))


def found(publishers: tuple[Count, ...] = (), countries: tuple[Count, ...] = ()) -> Facets:
    return Facets(50, 100, publishers, countries, (), Timeline("year", (), 0))


@settings(deadline=None)  # names of languages are loaded once
@given(addresses)
def test_removing_every_chip_gives_the_search_without_filters(address: Address) -> None:
    while remaining := chips(address):
        address = remaining[0].without
    assert address.first_page == address.unrestricted


@settings(deadline=None)
@given(addresses)
def test_each_chip_takes_off_one_filter(address: Address) -> None:
    for chip in chips(address):
        assert len(chips(chip.without)) == len(chips(address)) - 1


def test_chips_say_what_is_filtered_in_words() -> None:
    shown = chips(Address("x", "2012-05", "2012-06", ("Reuters",), ("KP",), ("pt-BR",)))
    assert [(chip.kind, chip.label) for chip in shown] == [
        ("published", "May 2012"),
        ("publisher", "Reuters"),
        ("country", "North Korea"),
        ("language", "Portuguese (Brazil)"),
    ]


@pytest.mark.parametrize(
    ("after", "before", "said"),
    [
        ("2012", "2013", "2012"),
        ("2012-05-23", "2012-05-24", "23 May 2012"),
        ("2012-05", "", "since May 2012"),
        ("", "2012", "before 2012"),
        ("2013", "2012", "since 2013 before 2012"),
        ("never", "2012", "since never before 2012"),
    ],
)
def test_dates_are_said_in_words_and_nonsense_as_it_was_written(after: str, before: str, said: str) -> None:
    assert dates_in_words(after, before) == said


def test_a_facet_counts_what_was_found_and_narrows_the_search() -> None:
    [facet] = facets(Address("x", cursor="abc"), found(publishers=(Count("Reuters", 41, 1200),)))
    [choice] = facet.choices
    assert (facet.kind, choice.label, choice.found) == ("publisher", "Reuters", 41)
    assert choice.narrowed == Address("x", publisher=("Reuters",))


def test_a_facet_is_shown_where_there_is_a_value_and_no_such_filter_yet() -> None:
    counted = found(counts(1), (Count("JP", 3, 9),))
    assert [facet.kind for facet in facets(Address("x"), counted)] == ["publisher", "country"]
    assert [facet.kind for facet in facets(Address("x", country=("JP",)), counted)] == ["publisher"]


def test_the_most_frequent_values_are_seen_at_once_and_the_others_can_be() -> None:
    [facet] = facets(Address("x"), found(counts(SHOWN + 3)))
    assert [choice.found for choice in facet.choices + facet.rest] == list(range(SHOWN + 3, 0, -1))
    assert (len(facet.choices), len(facet.rest)) == (SHOWN, 3)


@pytest.mark.parametrize(
    ("first", "last", "after", "before"),
    [
        (date(2012, 5, 1), date(2012, 5, 31), "2012-05", "2012-06"),
        (date(2012, 1, 1), date(2012, 12, 31), "2012", "2013"),
        (date(2012, 5, 10), date(2012, 5, 12), "2012-05-10", "2012-05-13"),
        (date(2019, 1, 1), date.max, "2019", ""),
        (date.min, date(2018, 12, 31), "", "2019"),
    ],
)
def test_what_was_understood_can_be_made_a_filter(first: date, last: date, after: str, before: str) -> None:
    [time] = understood(Address("x", cursor="abc"), [Period(first, last, "then")])
    assert time.strictly == Address("x", after, before)
    [again] = understood(time.strictly, [Period(first, last, "then")])
    assert again.strictly is None


@pytest.mark.parametrize(
    ("first", "end", "filters"),
    [
        (date(2012, 1, 1), date(2013, 1, 1), ("2012", "2013")),
        (date(2012, 1, 1), date(2012, 2, 1), ("2012-01", "2012-02")),
        (date(2012, 1, 1), date(2012, 1, 2), ("2012-01-01", "2012-01-02")),
        (None, date(2012, 2, 1), ("", "2012-02")),
        (date(2012, 1, 1), None, ("2012", "")),
        (None, None, ("", "")),
    ],
)
def test_both_dates_of_a_filter_are_equally_precise(
    first: date | None, end: date | None, filters: tuple[str, str]
) -> None:
    assert between(first, end) == filters


def test_a_page_says_which_of_all_results_it_shows() -> None:
    assert Span.shown(answered(hit(), facets=found())) == (1, 1, 50)
    assert Span.shown(answered()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (counted(1, "passage"), "1 passage"),
        (counted(0, "passage"), "0 passages"),
        (counted(1234567, "passage is", "passages are"), "1,234,567 passages are"),
        (country_name("jp"), "Japan"),
        (country_name("XX"), "XX"),
        (country_name("Japan"), "Japan"),
        (language_name("en"), "English"),
        (language_name("zh-Hant"), "Chinese (Traditional)"),
        (language_name("qqq"), "qqq"),
        (language_name("not a tag"), "not a tag"),
    ],
)
def test_names_and_numbers_are_those_of_plain_english(said: str, expected: str) -> None:
    assert said == expected
