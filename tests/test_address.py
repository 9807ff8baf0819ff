"""A search as an address: short, one for each search, and every filter that was added can be taken off again."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.address import MANY, Address
from indexer.clean import one_line

written = st.text(max_size=12)
names = st.tuples() | st.lists(written.map(one_line).filter(bool), max_size=3, unique=True).map(tuple)
pairs = st.lists(st.tuples(st.sampled_from(["q", "after", "sort", "cursor", "utm_source", *MANY]), written), max_size=8)


def read(address: object) -> Address:
    return Address.of(parse_qsl(urlsplit(str(address)).query, keep_blank_values=True))


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ([], "/"),
        ([("q", "who met?")], "/?q=who+met%3F"),
        ([("q", "  who \n met ")], "/?q=who+met"),
        ([("q", "x"), ("after", ""), ("before", " "), ("publisher", "")], "/?q=x"),
        ([("publisher", "B"), ("publisher", "A"), ("publisher", "B"), ("q", "x")], "/?q=x&publisher=B&publisher=A"),
        ([("q", "x"), ("sort", "relevance"), ("per_article", "7"), ("asked_on", "today")], "/?q=x"),
        ([("q", "x"), ("sort", "date"), ("per_article", "0")], "/?q=x&sort=date&per_article=0"),
        ([("q", "a"), ("q", "b"), ("utm_source", "mail")], "/?q=b"),
    ],
)
def test_an_address_holds_what_says_something_and_nothing_else(given: list[tuple[str, str]], address: str) -> None:
    assert str(Address.of(given)) == address


@settings(deadline=None)
@given(pairs)
def test_reading_an_address_again_changes_nothing(given: list[tuple[str, str]]) -> None:
    first = Address.of(given)
    assert read(first) == first
    assert str(read(first)) == str(first)


@settings(deadline=None)
@given(pairs, st.sampled_from(MANY), written.map(one_line).filter(bool))
def test_adding_a_filter_and_removing_it_again_is_the_first_page_of_the_same_search(
    given: list[tuple[str, str]], name: str, value: str
) -> None:
    before = Address.of(given)
    if value in getattr(before, name):
        before = before.removing(name, value)
    added = before.adding(name, value)
    assert value in getattr(added, name)
    assert added.removing(name, value) == before.first_page


@pytest.mark.parametrize(
    "changed",
    [
        lambda address: address.adding("country", "JP"),
        lambda address: address.removing("publisher", "Reuters"),
        lambda address: address.between("2012", "2013"),
        lambda address: address.sorted_by("date"),
        lambda address: address.unrestricted,
    ],
)
def test_another_search_begins_with_its_first_page(changed) -> None:
    assert changed(Address(q="x", publisher=("Reuters",), cursor="abc")).cursor == ""


def test_without_filters_the_rest_of_the_search_stays() -> None:
    given = Address("x", "2012", "2013", ("A",), ("JP",), ("en",), "date", "3", "2014-01-01", "abc")
    assert given.is_restricted
    assert given.unrestricted == Address("x", sort="date", per_article="3", asked_on="2014-01-01")
    assert not given.unrestricted.is_restricted


def test_a_feed_follows_a_question_with_its_filters_in_no_order_and_on_no_page() -> None:
    assert Address("x", publisher=("A & B",), sort="date", cursor="abc").feed == "q=x&publisher=A+%26+B"


def test_the_best_first_is_not_said_in_the_address() -> None:
    assert Address("x").sorted_by("date").sorted_by("relevance") == Address("x")
