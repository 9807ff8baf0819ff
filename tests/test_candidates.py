"""Which passages are looked at: the nearest, the best by words, those of the time; never one that filters keep out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations_with_replacement
from typing import cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.candidates import CANDIDATES, MOST_PERIODS, OF_THE_TIME, candidates
from api.when import Period
from indexer.engine import Engine, Snapshot
from indexer.types import Filters, PartialDate, Scored
from tests.engines import NEWS, lets_in, vector_of
from tests.fakes import FakeEncoder, article, put

MAY = Period(date(2012, 5, 1), date(2012, 5, 31))
OPEN = Period(date.min, date.max)


def found(
    engine: Engine,
    question: str,
    periods: Sequence[Period] = (),
    filters: Filters = Filters(),
    k: int = 10,
) -> list[int]:
    return candidates(engine.snapshot(), vector_of(FakeEncoder(), question), question, periods, filters, k)


def articles(engine: Engine, numbers: Sequence[int]) -> set[str]:
    return {row.article.id for row in engine.snapshot().get(numbers)}


@pytest.fixture
def crowded(engine: Engine, encoder: FakeEncoder) -> Engine:
    """More undated passages near any question about tankers than are looked at, and the news."""
    crowd = [article(f"near-{n:03}", f"Tanker tanker tanker {n}.", "Tanker") for n in range(CANDIDATES + 50)]
    put(engine, encoder, [*crowd, *NEWS])
    return engine


def test_the_stages_are_told_as_they_are_done(crowded: Engine) -> None:
    told: list[str] = []
    snapshot, vector = crowded.snapshot(), vector_of(FakeEncoder(), "tanker")
    watched = candidates(snapshot, vector, "tanker", [MAY], Filters(), 10, told.append)
    assert told == ["dense", "lexical"]
    assert watched == found(crowded, "tanker", [MAY])


def test_numbers_come_once_each_and_ascend(crowded: Engine) -> None:
    numbers = found(crowded, "tanker")
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= CANDIDATES


def test_however_far_apart_numbers_are_they_ascend() -> None:
    class Scattered:
        def dense(self, *_: object) -> list[Scored]:
            return [Scored(2**40, 0.9), Scored(3, 0.5)]

        def lexical(self, *_: object) -> list[Scored]:
            return [Scored(2**20, 7.5), Scored(3, 2.5)]

    found = candidates(cast("Snapshot", Scattered()), np.zeros(64, dtype=np.float32), "?", [], Filters(), 10)
    assert found == [3, 2**20, 2**40]


def test_each_search_asks_the_engine_with_a_vector_that_is_no_others() -> None:
    asked: list[object] = []

    class Watched:
        def dense(self, vector: object, *_: object) -> list[Scored]:
            asked.append(vector)
            return []

        def lexical(self, *_: object) -> list[Scored]:
            return []

    vector = np.ones(64, dtype=np.float32)
    for _ in range(2):
        candidates(cast("Snapshot", Watched()), vector, "?", [MAY], Filters(), 10)
    one, again, other, once_more = asked
    assert one is again
    assert other is once_more
    assert len({id(one), id(other), id(vector)}) == 3
    assert all(np.array_equal(cast("np.ndarray", some), vector) for some in asked)


def test_an_index_of_few_passages_is_looked_at_whole(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    assert articles(engine, found(engine, "submarines", [MAY])) == {item.id for item in NEWS}


def test_what_has_the_words_is_there_however_far_its_vector_is(crowded: Engine) -> None:
    assert "tariffs" not in articles(crowded, found(crowded, "tanker"))
    assert "tariffs" in articles(crowded, found(crowded, "tanker tanker tanker tariffs"))


def test_as_many_are_looked_at_as_are_asked_for(crowded: Engine) -> None:
    assert len(found(crowded, "tanker", k=CANDIDATES + 56)) == CANDIDATES + 56
    assert len(found(crowded, "tanker", k=1)) >= CANDIDATES


def test_a_period_adds_articles_of_the_time(crowded: Engine) -> None:
    assert "summit" not in articles(crowded, found(crowded, "tanker"))
    added = articles(crowded, found(crowded, "tanker", [MAY]))
    assert {"summit", "canal"} <= added  # 23 May, and June, within some weeks of it
    assert not {"tariffs", "wheat"} & added


def test_a_period_takes_nothing_away(crowded: Engine) -> None:
    assert set(found(crowded, "tanker")) <= set(found(crowded, "tanker", [MAY]))


def test_some_of_the_time_are_added_and_not_all(engine: Engine, encoder: FakeEncoder) -> None:
    crowd = [article(f"near-{n:03}", f"Tanker {n}.", "Tanker") for n in range(CANDIDATES)]
    dated = [article(f"far-{n:03}", f"Wheat {n}.", published="2012-05-02") for n in range(OF_THE_TIME + 20)]
    put(engine, encoder, [*crowd, *dated])
    assert len(found(engine, "tanker", [MAY])) == CANDIDATES + OF_THE_TIME


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period(date(2012, 8, 1), date.max), {"tariffs"}),
        (Period(date.min, date(2012, 4, 30)), {"summit"}),
        (OPEN, {"summit", "canal", "tariffs", "ferry"}),
        (Period(date(1890, 1, 1), date(1891, 1, 1)), set()),
    ],
    ids=["since", "until", "always", "long ago"],
)
def test_a_period_may_be_open_at_either_end(crowded: Engine, period: Period, expected: set[str]) -> None:
    usual = articles(crowded, found(crowded, "tanker"))
    assert articles(crowded, found(crowded, "tanker", [period])) - usual == expected - usual
    plain = {name for name in usual if not name.startswith("near")}
    assert not plain  # else the table above says less than it seems to


def test_no_more_periods_are_looked_into_than_a_question_has(crowded: Engine) -> None:
    long_ago = [Period(date(year, 1, 1), date(year, 12, 31)) for year in range(1800, 1800 + MOST_PERIODS)]
    assert "summit" not in articles(crowded, found(crowded, "tanker", [*long_ago, MAY]))
    assert "summit" in articles(crowded, found(crowded, "tanker", [*long_ago[1:], MAY]))


DATED = {item.id for item in NEWS if item.meta.published}
EDGES = [date.min, date(1, 1, 30), date(2012, 5, 1), date(2012, 6, 30), date(9999, 12, 1), date.max]


def test_no_period_is_too_early_or_too_late(crowded: Engine) -> None:
    filters = Filters(PartialDate("0001"), PartialDate("9999-12-31"))
    for first, last in combinations_with_replacement(EDGES, 2):
        assert len(found(crowded, "tanker", [Period(first, last)])) >= CANDIDATES
        assert articles(crowded, found(crowded, "tanker", [Period(first, last)], filters)) == DATED


def test_a_period_that_the_filters_shut_out_adds_nothing(crowded: Engine) -> None:
    later = Filters(after=PartialDate("2013"))
    assert found(crowded, "tanker", [MAY], later) == found(crowded, "tanker", [], later)


def test_filters_narrow_a_period_and_a_period_narrows_filters(crowded: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Filters] = []
    snapshot = crowded.snapshot()
    plain = type(snapshot).dense

    def watched(self: Snapshot, vector: object, k: int, filters: Filters = Filters()) -> object:
        asked.append(filters)
        return plain(self, vector, k, filters)  # type: ignore[arg-type]

    monkeypatch.setattr(type(snapshot), "dense", watched)
    found(crowded, "tanker", [MAY], Filters(PartialDate("2012-05-20"), None, ("The Courier",)))
    found(crowded, "tanker", [MAY], Filters(None, PartialDate("2012-05-20")))
    (narrowed, _, cut, _) = asked
    assert (narrowed.after, narrowed.publishers) == (PartialDate("2012-05-20"), ("The Courier",))
    assert narrowed.before is not None
    assert date(2012, 6, 30) < narrowed.before.first_day < date(2012, 8, 1)
    assert cut.before == PartialDate("2012-05-20")
    assert cut.after is not None
    assert date(2012, 3, 1) < cut.after.first_day < date(2012, 4, 1)


DAYS = st.none() | st.sampled_from(["2011", "2012-05", "2012-05-24", "2012-06-01", "2013", "9999"]).map(PartialDate)
FILTERS = st.builds(Filters, DAYS, DAYS, st.sampled_from([(), ("the courier",), ("Ostreland Post", "Nobody")]))
PERIODS = st.lists(
    st.tuples(st.dates() | st.sampled_from(EDGES), st.dates() | st.sampled_from(EDGES)).map(
        lambda ends: Period(min(ends), max(ends))
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    filters=FILTERS, periods=PERIODS, question=st.sampled_from(["tanker", "wheat", "steel tariffs of Zarnovia", "?"])
)
def test_the_filters_let_in_every_candidate_and_all_that_they_let_in_are_candidates(
    small: Engine, filters: Filters, periods: list[Period], question: str
) -> None:
    expected = {item.id for item in NEWS if lets_in(filters, item.meta)}
    assert articles(small, found(small, question, periods, filters)) == expected


@pytest.fixture
def small(engine: Engine, encoder: FakeEncoder) -> Engine:
    put(engine, encoder, NEWS)
    return engine
