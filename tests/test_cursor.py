"""Where a next page begins: a cursor is good for its own search, and no text makes it fail otherwise than politely."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cursor import Cursor, check_seen, publication
from indexer.errors import CursorExpired, QueryError
from indexer.types import Filters, IndexInfo, PartialDate, Query

INFO = IndexInfo(7, 2, 3, "a-model", "0123456789abcdef", 384, "rule")
FILTERS = Filters(PartialDate("2012"), PartialDate("2013"), ("Morning Post",), ("JP",), ("en",))
QUERY = Query("Who met?", 10, FILTERS, 7, date(2012, 5, 23))

QUERIES = st.builds(
    Query,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.integers(1, 1000),
    st.builds(
        Filters,
        st.none() | st.dates().map(lambda day: PartialDate(day.isoformat())),
        st.none(),
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=2).map(tuple),
    ),
    st.integers(0, 1000),
    st.none() | st.dates(),
    st.sampled_from(["relevance", "date"]),
)


def written(value: Any) -> str:
    """Anything in the writing of a cursor."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(QUERIES, st.integers(1, 10**6))
def test_a_cursor_is_read_as_it_was_written_and_may_stand_in_an_address(query: Query, hits: int) -> None:
    cursor = Cursor.after(query, hits, INFO)
    assert Cursor.read(cursor.written()) == cursor
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,200}", cursor.written())


@given(QUERIES, st.integers(1, 10**6))
def test_the_same_query_goes_on_behind_it(query: Query, hits: int) -> None:
    second = Cursor.after(query, hits, INFO).goes_on(query)
    assert second == replace(query, start=hits)
    check_seen(second, INFO)
    assert Cursor.after(second, hits + 3, INFO).goes_on(query) == replace(query, start=hits + 3)


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, text="Who met"),
        replace(QUERY, k=11),
        replace(QUERY, per_article=6),
        replace(QUERY, asked_on=date(2012, 5, 24)),
        replace(QUERY, asked_on=None),
        replace(QUERY, sort="date"),
        *(
            replace(QUERY, filters=replace(FILTERS, **{name: value}))
            for name, value in {
                "after": PartialDate("2012-01"),
                "before": None,
                "publishers": ("Morning Post", "Evening Herald"),
                "countries": ("KR",),
                "languages": (),
            }.items()
        ),
        replace(QUERY, filters=Filters()),
    ],
    ids=lambda query: f"{query.text} {query.k} {query.sort} {query.filters}",
)
def test_another_search_is_refused(other: Query) -> None:
    with pytest.raises(QueryError, match="another search: give the same question") as caught:
        Cursor.after(QUERY, 10, INFO).goes_on(other)
    assert caught.value.parameter == "cursor"
    assert not isinstance(caught.value, CursorExpired)


@given(QUERIES, QUERIES)
def test_a_cursor_goes_with_equal_queries_alone(one: Query, other: Query) -> None:
    cursor = Cursor.after(one, 10, INFO)
    try:
        cursor.goes_on(other)
    except QueryError:
        assert one != other
    else:
        assert one == other


@pytest.mark.parametrize(
    "changed",
    [
        replace(INFO, generation=8),
        replace(INFO, generation=6),
        replace(INFO, articles=3),
        replace(INFO, passages=4),
        replace(INFO, weights="f" * 16),
    ],
)
def test_after_another_publication_it_has_expired(changed: IndexInfo) -> None:
    second = Cursor.after(QUERY, 10, INFO).goes_on(QUERY)
    with pytest.raises(CursorExpired, match="ask again without the cursor") as caught:
        check_seen(second, changed)
    assert caught.value.parameter == "cursor"
    assert publication(changed) != publication(INFO)


def test_a_first_page_is_of_any_publication() -> None:
    check_seen(QUERY, INFO)


def read(text: Any) -> None:
    """A cursor of another search, or a polite refusal."""
    with pytest.raises(QueryError, match=r"leave it out$") as caught:
        Cursor.read(text).goes_on(QUERY)
    assert caught.value.parameter == "cursor"
    assert not isinstance(caught.value, CursorExpired)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "=", "====", "A", "AAAA", "é", "\ud800", "\x00", "核", "a b", "W10", "e30", "MQ", "bnVsbA"),
        *("[" * 5000, "W1tb" * 30_000, Cursor.after(QUERY, 1, INFO).written()[:-3]),
        Cursor.after(QUERY, 1, INFO).written() + "\n",
        Cursor.after(QUERY, 1, INFO).written() + "A",
        *(5, None, b"AAAA", 2.5, ["x"]),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_cursor_is_refused_and_named(text: Any) -> None:
    with pytest.raises(QueryError) as caught:
        Cursor.read(text)
    assert caught.value.parameter == "cursor"


@pytest.mark.parametrize(
    "value",
    [
        [-1, None, "a", "b"],
        [True, None, "a", "b"],
        [1.5, None, "a", "b"],
        ["1", None, "a", "b"],
        [1, "yesterday", "a", "b"],
        [1, "2012-02-30", "a", "b"],
        [1, 2012, "a", "b"],
        [1, None, 2, "b"],
        [1, None, "a", None],
        [1, None, "a"],
        [1, None, "a", "b", "c"],
        {"a": 1, "b": 2, "c": 3, "d": 4},
        "abcd",
        None,
    ],
    ids=str,
)
def test_what_is_written_like_a_cursor_but_holds_something_else_is_refused(value: Any) -> None:
    with pytest.raises(QueryError, match="not one that a search gave"):
        Cursor.read(written(value))


@settings(max_examples=150)
@given(st.text(st.characters()) | st.text("ABCDwxyz0189-_=", max_size=60))
def test_any_text_is_a_cursor_of_another_search_or_refused(text: str) -> None:
    read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("abc"), inner, max_size=5),
    max_leaves=8,
)


@settings(max_examples=150)
@given(JSON | st.tuples(JSON, JSON, JSON, JSON))
def test_any_value_in_the_writing_of_one_is_read_or_refused(value: Any) -> None:
    read(written(value))


@settings(max_examples=200)
@given(st.integers(0, 200), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_cursor_with_another_letter_in_it_is_never_good_for_other_hits_of_another_publication(
    place: int, letter: str
) -> None:
    text = Cursor.after(QUERY, 10, INFO).written()
    at = place % len(text)
    try:
        changed = Cursor.read(text[:at] + letter + text[at + 1 :]).goes_on(QUERY)
        check_seen(changed, INFO)
    except QueryError:
        return
    assert (changed.text, changed.filters) == (QUERY.text, QUERY.filters)
