"""Tags are the same for equal parts and only for them; whoever holds an answer that still stands is told so."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from api.serving.caching import IMMUTABLE, REVALIDATE, STATIC, etag, headers, not_modified
from indexer.types import Filters, PartialDate, Query

PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
QUERY = Query("Who visited Pyongyang?", 10, Filters(after=PartialDate("2012")), asked_on=date(2012, 5, 23))
ROOT = Path(__file__).resolve().parents[1]


def request(*held: str, method: str = "GET") -> Request:
    lines = [(b"if-none-match", line.encode("latin-1")) for line in held]
    return Request({"type": "http", "method": method, "path": "/", "headers": lines, "query_string": b""})


def test_a_tag_is_weak_and_short_enough_for_a_log() -> None:
    tag = etag("search", 7)
    assert tag.startswith('W/"')
    assert len(tag) == len('W/""') + 24


def test_equal_parts_give_the_same_tag_in_another_process_too() -> None:
    code = "from api.serving.caching import etag; print(etag('search', {'b': 1, 'a': {'x', 'y', 'z'}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == etag("search", {"a": {"z", "y", "x"}, "b": 1})


def test_every_field_of_a_query_is_part_of_its_tag() -> None:
    changed = [
        replace(QUERY, text="Who left Pyongyang?"),
        replace(QUERY, k=11),
        replace(QUERY, filters=Filters(before=PartialDate("2012"))),
        replace(QUERY, filters=Filters(after=PartialDate("2012-01"))),
        replace(QUERY, per_article=0),
        replace(QUERY, asked_on=date(2012, 5, 24)),
        replace(QUERY, sort="date"),
    ]
    assert len({etag(query) for query in [QUERY, *changed]}) == len(changed) + 1
    assert etag(replace(QUERY)) == etag(QUERY)


@given(st.lists(PARTS, max_size=3), st.lists(PARTS, max_size=3))
def test_lists_of_parts_that_differ_as_json_have_different_tags(one: list[object], other: list[object]) -> None:
    def plain(value: object) -> object:
        return (
            [plain(item) for item in value]
            if isinstance(value, list)
            else {key: plain(item) for key, item in value.items()}
            if isinstance(value, dict)
            else value.isoformat()
            if isinstance(value, date)
            else ("bool", value)
            if isinstance(value, bool)
            else value
        )

    assert (etag(*one) == etag(*other)) == (plain(one) == plain(other))


def test_where_one_part_ends_counts() -> None:
    assert etag("ab", "c") != etag("a", "bc") != etag("abc")
    assert etag(["a"], "b") != etag(["a", "b"])


def test_what_has_no_fixed_form_cannot_be_part_of_a_tag() -> None:
    with pytest.raises(TypeError, match="cannot be part of a tag"):
        etag(object())


TAG = etag("x")
STRONG = TAG.removeprefix("W/")


@pytest.mark.parametrize(
    "held",
    [
        [TAG],
        [STRONG],
        ["*"],
        [" * "],
        [f'"other", {TAG}'],
        [f'{TAG},W/"other"'],
        [f'W/"a,b" , {STRONG} ,"c"'],
        ['"other"', TAG],
    ],
)
def test_whoever_holds_the_tag_is_told_that_it_still_stands(held: list[str]) -> None:
    answer = not_modified(request(*held), TAG)
    assert answer is not None
    assert (answer.status_code, answer.body) == (304, b"")
    assert answer.headers["etag"] == TAG
    assert answer.headers["cache-control"] == REVALIDATE
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("held", [[], ['"other"'], [""], [STRONG[1:-1]], [f'"{STRONG[1:-1]}'], [f'"x{STRONG[1:]}']])
def test_whoever_holds_something_else_gets_an_answer(held: list[str]) -> None:
    assert not_modified(request(*held), TAG) is None


def test_only_a_request_that_reads_is_answered_so() -> None:
    assert not_modified(request(TAG, method="HEAD"), TAG) is not None
    assert not_modified(request(TAG, method="POST"), TAG) is None
    assert not_modified(request("*", method="POST"), TAG) is None


def test_the_304_says_of_keeping_what_the_answer_said() -> None:
    for control in (REVALIDATE, IMMUTABLE, STATIC):
        answer = not_modified(request(TAG), TAG, control)
        assert answer is not None
        assert {name: answer.headers[name] for name in headers(TAG, control)} == headers(TAG, control)


def test_searches_are_asked_about_each_time_and_only_what_holds_no_news_is_for_shared_caches() -> None:
    assert REVALIDATE == "private, no-cache"
    assert "immutable" in IMMUTABLE
    assert "public" not in IMMUTABLE
    assert "public" in STATIC
