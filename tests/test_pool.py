"""The candidates of one question in their order: what breaks ties, what a score is made of, a second reading."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.answerable import SIGNS
from api.features import FEATURES, YEARS, features
from api.fusion import Ranking
from api.pool import Pool, asked, has_time, in_order
from api.question import SAID, Question, read_question
from api.rerank import WEIGHT
from api.when import Period
from indexer.engine import Evidence
from indexer.types import Part
from tests.fakes import evidence

PLAIN = Question("Who met?", (), (), wants_words=False)
MAY = Period(date(2012, 5, 1), date(2012, 5, 31))
DATED = Question("Who met in May 2012?", (), (MAY,), wants_words=False)
YEAR = timedelta(YEARS)
DAY = timedelta(1)


def ranking(**weights: float) -> Ranking:
    """The same for all questions; nothing for what is not named."""
    table = {name: weights.get(name, 0.0) for name in FEATURES}
    return Ranking.read({"dated": table, "undated": table})


def pooled(sentence: list[float], articles: list[int] | None = None, /, **weights: float) -> Pool:
    """Candidates that differ in their nearest sentence."""
    known = {"articles": articles or list(range(len(sentence)))}
    found = evidence(len(sentence), 1, sentence=sentence, **known)
    return Pool.ranked(PLAIN, found, [*range(len(sentence))], ranking(**(weights or {"sentence": 1.0})))


def test_the_evidence_is_asked_for_the_words_of_the_question_and_last_for_those_of_saying() -> None:
    question = read_question("What did Tokyo say about tariffs?")
    found = asked(question)
    assert found[:-1] == [word.forms for word in question.words]
    assert found[-1] == SAID


# Order


def test_the_highest_score_comes_first() -> None:
    assert pooled([0.2, 0.9, 0.5]).order == [1, 2, 0]


def test_equal_scores_are_in_the_order_of_articles_and_then_as_they_come() -> None:
    assert pooled([0.5] * 5, [3, 1, 2, 1, 0]).order == [4, 1, 3, 2, 0]


def test_scores_that_differ_by_less_than_floats_can_be_trusted_are_equal() -> None:
    assert in_order(np.array([1.0, 1.0 + 1e-12, 1.0 + 1e-6]), np.array([0, 1, 2])) == [2, 0, 1]


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3]), st.integers(0, 3)), min_size=1, max_size=12))
def test_an_order_has_each_place_once_and_scores_that_fall(rows: list[tuple[float, int]]) -> None:
    found, articles = (np.array(column) for column in zip(*rows, strict=True))
    order = in_order(found, articles)
    assert sorted(order) == list(range(len(rows)))
    assert [(-found[place], articles[place], place) for place in order] == sorted(
        (-score, article, place) for place, (score, article) in enumerate(rows)
    )


def test_the_signs_of_an_answer_come_with_it() -> None:
    assert pooled([0.2, 0.9]).signs.shape == (len(SIGNS),)


# Time


def published(*days: date | None) -> Evidence:
    """Candidates from articles of these days."""
    return evidence(len(days), 1, days=[[day.toordinal()] * 2 if day else [0, 0] for day in days])


TIMES: list[tuple[Question, list[date | None], bool]] = [
    (DATED, [MAY.first], True),
    (DATED, [MAY.last + YEAR], True),
    (DATED, [MAY.last + YEAR + DAY], False),
    (DATED, [MAY.first - YEAR], True),
    (DATED, [MAY.first - YEAR - DAY], False),
    (DATED, [None, date(1990, 1, 1), MAY.last + YEAR], True),
    (DATED, [None, date(1990, 1, 1), date(2024, 1, 1)], False),
    (DATED, [None], False),
    (PLAIN, [MAY.first], False),
]
"""A question, the days on which its candidates were published, and whether time can tell them apart."""


@pytest.mark.parametrize(("question", "days", "dated"), TIMES)
def test_a_time_counts_only_where_some_candidate_is_from_within_a_year_of_it(
    question: Question, days: list[date | None], dated: bool
) -> None:
    assert has_time(question, features(question, published(*days))) is dated


@pytest.mark.parametrize(("question", "days", "dated"), TIMES)
def test_the_weights_for_dated_questions_are_taken_where_time_counts_and_else_the_undated_ones(
    question: Question, days: list[date | None], dated: bool
) -> None:
    tables = {kind: dict.fromkeys(FEATURES, weight) for kind, weight in (("dated", 1.0), ("undated", 2.0))}
    found = Pool.ranked(question, published(*days), [*range(len(days))], Ranking.read(tables))
    assert set(found.weights.tolist()) == {1.0 if dated else 2.0}


def test_of_several_periods_one_that_candidates_are_near_is_enough() -> None:
    other = Question("?", (), (Period(date(1950, 1, 1), date(1950, 12, 31)), MAY), wants_words=False)
    assert has_time(other, features(other, published(MAY.last)))


# Parts


def test_a_score_is_made_of_a_part_for_each_kind_of_evidence() -> None:
    pool = pooled([0.2, 0.9], sentence=2.0, days=3.0)
    assert [part.name for part in pool.parts(1)] == [*FEATURES]
    assert pool.parts(1)[0] == Part("sentence", pytest.approx(1.0), 2.0)  # type: ignore[arg-type]


VALUES = st.floats(-1, 1, width=32)
ALL = st.fixed_dictionaries({name: st.integers(0, 500).map(lambda many: many / 100) for name in FEATURES})


@settings(deadline=None, max_examples=100)
@given(st.lists(VALUES, min_size=1, max_size=9), ALL, st.data())
def test_the_parts_sum_to_the_score_before_and_after_a_second_reading(
    sentence: list[float], weights: dict[str, float], data: st.DataObject
) -> None:
    pool = pooled(sentence, **weights)
    for place, score in enumerate(pool.scores.tolist()):
        assert sum(part.score for part in pool.parts(place)) == pytest.approx(score, abs=1e-9)
    best = pool.order[: data.draw(st.integers(1, len(sentence)))]
    relevance = np.array(data.draw(st.lists(st.floats(0, 1), min_size=len(best), max_size=len(best))))
    pool.read_again(best, relevance)
    for place, score in enumerate(pool.scores.tolist()):
        assert sum(part.score for part in pool.parts(place)) == pytest.approx(score, rel=1e-6, abs=1e-6)
    assert sorted(pool.order) == list(range(len(sentence)))
    assert set(pool.order[: len(best)]) == set(best)


# A second reading


def test_a_second_reading_adds_a_part_and_leaves_the_rest_in_proportion() -> None:
    pool = pooled([0.2, 0.9, 0.5])
    before = {place: pool.parts(place)[0] for place in range(3)}
    pool.read_again([1, 2], np.array([0.25, 1.0]))
    assert pool.order == [2, 1, 0]
    assert [pool.parts(place)[-1] for place in range(3)] == [
        Part("reranker", 0.0, WEIGHT),
        Part("reranker", 0.25, WEIGHT),
        Part("reranker", pytest.approx(1.0), WEIGHT),  # type: ignore[arg-type]
    ]
    for place in range(3):
        assert pool.parts(place)[0].value == before[place].value


def test_the_candidates_that_were_read_have_a_spread_of_one_before_relevance_is_added() -> None:
    pool = pooled([0.2, 0.9, 0.5], sentence=7.0)
    pool.read_again([1, 2], np.array([0.0, 0.0]))
    assert pool.scores[1] - pool.scores[2] == pytest.approx(1 - WEIGHT)


def test_what_was_not_read_stays_behind_what_was() -> None:
    pool = pooled([0.9, 0.8, 0.7, 0.6])
    pool.read_again([0, 1], np.array([0.0, 0.0]))
    assert pool.order == [0, 1, 2, 3]


@pytest.mark.parametrize("noise", [0.0, 1e-15])
def test_candidates_that_scored_the_same_are_told_apart_by_relevance_alone(noise: float) -> None:
    pool = pooled([0.5, 0.5, 0.5])
    pool.features[:, 0] = pool.scores[:] = noise * np.arange(3)
    pool.read_again([0, 1, 2], np.array([0.3, 0.1, 0.2]))
    assert pool.order == [0, 2, 1]
    assert np.abs(pool.scores).max() < 1


def test_equal_relevance_leaves_ties_to_the_articles() -> None:
    pool = pooled([0.5, 0.5, 0.5], [2, 0, 1])
    pool.read_again(pool.order, np.array([0.4, 0.4, 0.4]))
    assert pool.order == [1, 2, 0]


def test_a_pool_of_one_can_be_read_again() -> None:
    pool = pooled([0.5])
    pool.read_again([0], np.array([0.5]))
    assert pool.scores.tolist() == pytest.approx([WEIGHT * 0.5])
