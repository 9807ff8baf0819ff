"""What sources said, kept beside the articles: visits, failures, articles that left their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.embedded.ledger import Ledger
from indexer.embedded.library import Library
from indexer.items import Failure, Taken, Visit

FACTS = {"model": "fake", "weights": "none", "dimension": "8", "splitting": "whole"}
TIMES = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))]))
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
VISITS = st.builds(
    Visit,
    url=TEXT,
    source=TEXT,
    kind=st.sampled_from(get_args(get_type_hints(Visit)["kind"])),
    checked=TIMES,
    changed=TIMES,
    status=st.integers(100, 599),
    etag=st.none() | TEXT,
    last_modified=st.none() | TEXT,
    article_id=st.none() | TEXT,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    library = Library.make(tmp_path / "library.sqlite", FACTS)
    yield Ledger(library)
    library.close()


@given(VISITS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_a_visit_comes_back_as_it_was_kept(ledger: Ledger, visit: Visit) -> None:
    ledger.keep_visits([visit])
    assert ledger.visit(visit.url) == visit
    assert visit in ledger.visits(visit.source)


def test_the_address_that_was_longest_not_asked_comes_first(ledger: Ledger) -> None:
    start = datetime(2026, 5, 3, tzinfo=UTC)
    visits = [Visit(f"u{hours}", "s", "page", start + timedelta(hours=hours), start, 200) for hours in (5, 1, 3)]
    ledger.keep_visits(visits)
    assert [visit.url for visit in ledger.visits("s")] == ["u1", "u3", "u5"]
    assert ledger.visits("another") == []


def test_failures_keep_the_last_reason_for_each_source(ledger: Ledger) -> None:
    ledger.log_failures([Failure("a", "first"), Failure("b", "only")])
    ledger.log_failures([Failure("a", "second")])
    ledger.log_failures([])
    assert ledger.failures() == [Failure("b", "only"), Failure("a", "second")]


@given(st.text(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_an_input_of_any_name_comes_back_to_the_letter_and_can_be_forgotten(ledger: Ledger, name: str) -> None:
    ledger.log_failures([Failure("somewhere", "a PDF", name)])
    assert ledger.failures() == [Failure("somewhere", "a PDF", name)]
    ledger.forget_failures([name])
    assert ledger.failures() == []


def test_an_article_vanished_when_that_was_noticed_first(ledger: Ledger) -> None:
    first, later = datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)
    assert ledger.mark_vanished(["a", "b"], first) == 2
    assert ledger.mark_vanished(["b", "c"], later) == 1
    assert ledger.unmark_vanished(["a", "c", "d"]) == 2
    assert ledger.mark_vanished(["a", "b"], later) == 1


def test_failures_of_sources_that_are_well_go_and_others_of_the_same_input_stay(ledger: Ledger) -> None:
    item = Failure("feed#1", "no text", "feed")
    ledger.log_failures([Failure("feed", "500", "feed"), item, *(Failure(str(number), "bad") for number in range(600))])
    ledger.settle_failures(["feed", *map(str, range(600))])
    assert ledger.failures() == [item]
    ledger.settle_failures([])
    assert ledger.failures() == [item]


def test_the_addresses_of_an_article_are_found(ledger: Ledger) -> None:
    at = datetime(2026, 5, 3, tzinfo=UTC)
    of_a = [Visit(url, "s", "page", at, at, 200, article_id="a") for url in ("u1", "u2")]
    ledger.keep_visits([*reversed(of_a), Visit("u3", "s", "page", at, at, 200, article_id="b")])
    ledger.keep_visits([Visit("u4", "s", "feed", at, at, 200)])
    assert ledger.visits_of_article("a") == of_a
    assert ledger.visits_of_article("c") == []


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT * FROM visits WHERE article_id = 'a'", "visits_of_article"),
        ("DELETE FROM failures WHERE source IN ('a', 'b')", "failures_of_source"),
    ],
)
def test_what_is_asked_for_each_article_is_found_by_an_index(tmp_path: Path, statement: str, index: str) -> None:
    library = Library.make(tmp_path / "library.sqlite", FACTS)
    plans = [row[3] for row in library.rows(f"EXPLAIN QUERY PLAN {statement}")]
    library.close()
    assert any(index in plan for plan in plans)


def test_of_a_document_the_last_article_is_remembered(ledger: Ledger) -> None:
    first, second = Taken(b"\x00\xff", "a", "d1"), Taken(b"\x00", "b", "d1")
    ledger.note_taken([first, second])
    ledger.note_taken([])
    assert [ledger.taken(one.fingerprint) for one in (first, second)] == [first, second]
    ledger.note_taken([first._replace(digest="d2")])
    assert ledger.taken(first.fingerprint) == Taken(b"\x00\xff", "a", "d2")
    assert ledger.taken(b"\x01") is None
