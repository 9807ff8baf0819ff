"""What a client asks for: only filters that are set, and ids that keep their place in a path."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.parameters import SearchParameters
from api.queries import make_query
from api.wire.asking import address, asked_on, body, filters, in_path, is_own_machine

NONE: dict[str, Any] = {"after": None, "before": None, "publisher": (), "country": (), "language": ()}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {}),
        ({"after": "", "before": " ", "publisher": []}, {}),
        ({"after": "2012", "country": "JP"}, {"after": "2012", "country": ["JP"]}),
        ({"before": date(2012, 5, 1), "language": ("en", "de")}, {"before": "2012-05-01", "language": ["en", "de"]}),
        ({"publisher": "The\n Post\ud800"}, {"publisher": ["The Post\ufffd"]}),
    ],
)
def test_only_filters_that_are_set_are_sent(given: dict[str, Any], sent: dict[str, Any]) -> None:
    assert filters(**{**NONE, **given}) == sent


@pytest.mark.parametrize(
    ("day", "word"),
    [("today", "today"), (None, "none"), ("", "none"), (" ", "none"), (date(2012, 7, 1), "2012-07-01")],
)
def test_the_day_of_asking_is_always_said(day: str | date | None, word: str) -> None:
    assert asked_on(day) == word


@given(st.text(max_size=20))
def test_an_id_is_one_segment_of_a_path_and_comes_back_from_it(name: str) -> None:
    path = httpx2.URL(f"http://x/v1/articles/{in_path(name)}").raw_path.decode()
    assert path.count("/") == 3
    assert unquote(path.rpartition("/")[2]) == name


@pytest.mark.parametrize("name", [".", ".."])
def test_an_id_of_dots_is_no_step_up(name: str) -> None:
    assert httpx2.URL(f"http://x/v1/articles/{in_path(name)}").raw_path.startswith(b"/v1/articles/%2E")


@given(
    q=st.text("ab 核", min_size=1).filter(lambda text: any(map(str.isalnum, text))),
    k=st.integers(1, 1000),
    after=st.none() | st.sampled_from(["2011", "2011-05", "2011-05-23T08:30Z"]),
    before=st.none() | st.sampled_from(["2012", "2012-05"]),
    publisher=st.lists(st.sampled_from(["The Post", "Ж"]), unique=True),
    country=st.lists(st.sampled_from(["AT", "Japan"]), unique=True),
    language=st.lists(st.sampled_from(["en", "pt-BR"]), unique=True),
    per_article=st.integers(0, 1000),
    asked_on=st.none() | st.dates().map(date.isoformat),
    sort=st.sampled_from(["relevance", "date"]),
)
def test_a_server_reads_a_query_as_it_was(**given: Any) -> None:
    query = make_query(**given)
    assert SearchParameters.model_validate(body(query)).query() == query


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8765", True),
        ("http://127.3.2.1", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("https://news.example.org", False),
        ("http://192.0.2.1", False),
        ("http://localhost.example.org", False),
    ],
)
def test_the_own_machine_is_known(url: str, own: bool) -> None:
    assert is_own_machine(address(url)) is own
