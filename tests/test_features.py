"""The columns of evidence: what each means on passages made by hand, and what must hold for any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.features import DAYS, FEATURES, SEVERAL, YEARS, best_of, coverage, features, rarity, standardised
from api.pool import asked
from api.question import Question, Word, read_question
from api.when import Period
from indexer.engine import Engine, Evidence
from tests.engines import vector_of
from tests.fakes import FakeEncoder, article, evidence, put

NUMBERS = st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=30)


def question(kinds: str = "", periods: Sequence[Period] = (), *, wants_words: bool = False) -> Question:
    """A question of words of these kinds: n(ame), p(lain) or 1 (a number)."""
    kind = {"n": "name", "p": "plain", "1": "number"}
    words = tuple(Word((f"word{place}",), kind[letter]) for place, letter in enumerate(kinds))  # type: ignore[arg-type]
    return Question("?", words, tuple(periods), wants_words)


def column(name: str, found: Evidence, of: Question | None = None) -> list[float]:
    of = of or question()
    if found.in_passage.shape[1] == 0:
        found = found._replace(in_passage=np.zeros((len(found.dense), 1), dtype=np.bool_))
    values: list[float] = features(of, found)[:, list(FEATURES).index(name)].tolist()
    return values


def test_each_kind_of_evidence_is_a_column_and_says_in_words_what_it_is() -> None:
    assert features(question(), evidence(3, 1)).shape == (3, len(FEATURES))
    assert all(FEATURES.values())


def test_no_passages_give_no_rows() -> None:
    assert features(question("np"), evidence(0, 3)).shape == (0, len(FEATURES))


# Standardised


@settings(max_examples=200)
@given(NUMBERS)
def test_standardised_values_have_mean_zero_and_deviation_one_or_are_all_zero(values: list[float]) -> None:
    found = standardised(np.array(values))
    assert found.mean() == pytest.approx(0, abs=1e-9)
    spread = float(np.ptp(values))
    if spread > 1e-6:
        assert found.std() == pytest.approx(1)
    elif spread == 0:
        assert not found.any()


@settings(max_examples=200)
@given(NUMBERS, st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_neither_a_shift_nor_a_positive_scale_changes_them(values: list[float], shift: float, scale: float) -> None:
    spread = float(np.ptp(values))
    if spread == 0 or spread > 0.01:
        moved = np.array(values) * scale + shift
        assert standardised(moved) == pytest.approx(standardised(np.array(values)), abs=1e-5)


@settings(max_examples=200)
@given(NUMBERS, st.data())
def test_the_order_in_which_values_come_changes_no_bit_of_them(values: list[float], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(values))))
    assert standardised(np.array(values)[order]).tolist() == standardised(np.array(values))[order].tolist()


@pytest.mark.parametrize("values", [[], [0.1], [0.1] * 7, [1e6] * 3])
def test_values_that_do_not_differ_say_nothing(values: list[float]) -> None:
    assert standardised(np.array(values)).tolist() == [0] * len(values)


@pytest.mark.parametrize("name", ["sentence", "feedback"])
def test_cosines_count_by_how_far_they_are_from_the_other_candidates(name: str) -> None:
    assert column(name, evidence(3, **{name: [0.2, 0.4, 0.6]})) == pytest.approx([-(1.5**0.5), 0, 1.5**0.5], abs=1e-6)


# Sentences


def test_a_passage_of_one_sentence_has_a_second_one_a_little_farther_than_it() -> None:
    one = evidence(3, sentence=[0.9, 0.5, 0.5], second=[np.nan, 0.8, 0.1])
    first, second, third = column("second", one)
    assert first == pytest.approx(second)
    assert third < first


# The article


def test_the_nearest_sentence_of_an_article_speaks_for_each_of_its_passages() -> None:
    found = evidence(4, sentence=[0.1, 0.9, 0.5, 0.5], articles=[7, 7, 3, 5])
    first, second, third, fourth = column("best_of_article", found)
    assert first == second > third == fourth


def test_of_articles_with_equal_bests_the_one_with_more_near_passages_is_ahead() -> None:
    found = evidence(5, sentence=[0.9, 0.8, 0.9, 0.2, 0.1], articles=[7, 7, 3, 3, 1])
    first, second, third, fourth, last = column("rest_of_article", found)
    assert first == second > third == fourth > last


def test_words_count_for_an_article_wherever_in_it_they_were_found() -> None:
    of, has = question("np"), [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]
    found = evidence(4, 3, in_passage=has, articles=[7, 7, 3, 5])
    assert column("names_in_article", found, of) == [1, 1, 1, 0]
    assert column("words_in_article", found, of) == pytest.approx([1, 1, 0.5, 0])
    titled = evidence(4, 3, in_title=has, articles=[7, 7, 3, 5])
    assert column("words_in_article", titled, of) == pytest.approx([1, 1, 0.5, 0])


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-1, 1, width=32)), max_size=12), st.integers(1, SEVERAL))
def test_the_best_of_a_group_are_averaged_and_the_lowest_of_all_stands_in(
    rows: list[tuple[int, float]], many: int
) -> None:
    _, groups = np.unique(np.array([group for group, _ in rows], dtype=np.int64), return_inverse=True)
    values = np.array([value for _, value in rows], dtype=np.float64)
    expected = []
    for group, _ in rows:
        own = sorted((value for other, value in rows if other == group), reverse=True)
        expected.append(sum([*own, *[min(value for _, value in rows)] * many][:many]) / many)
    assert best_of(groups, values, many).tolist() == pytest.approx(expected)


# Words


def test_names_and_other_words_are_covered_apart_and_numbers_in_neither() -> None:
    of, has = question("np1"), [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 0]]
    found = evidence(4, 4, in_passage=has)
    assert column("names", found, of) == [1, 0, 0, 1]
    assert column("words", found, of) == [0, 1, 0, 1]


def test_a_word_counts_in_the_title_as_in_the_passage() -> None:
    found = evidence(3, 3, in_passage=[[1, 0, 0], [1, 1, 0], [0, 0, 0]], in_title=[[0, 1, 0], [0, 0, 0], [1, 0, 0]])
    assert column("names", found, question("nn")) == [1, 1, 0.5]


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    found = evidence(2, 3, in_passage=[[1, 0, 0], [0, 1, 0]], frequencies=[2, 50, 1])
    rare, common = column("words", found, question("pp"))
    assert rare > common > 0
    assert rare + common == pytest.approx(1)


def test_a_word_that_stands_nowhere_weighs_nothing() -> None:
    found = evidence(2, 3, in_passage=[[1, 0, 0], [0, 0, 0]], frequencies=[5, 0, 1])
    assert column("names", found, question("nn")) == [1, 0]
    nowhere = found._replace(frequencies=np.array([0, 0, 1]))
    assert column("names", nowhere, question("nn")) == [0, 0]


def test_a_question_without_such_words_covers_nothing() -> None:
    assert column("names", evidence(2, 2, in_passage=[[1, 1]] * 2), question("p")) == [0, 0]


def test_rarity_falls_with_frequency_and_is_never_negative() -> None:
    found = rarity([1, 2, 10, 99, 100, 250], 100).tolist()
    assert found == sorted(found, reverse=True)
    assert found[-1] == found[-2] > 0  # forms that share one count twice, and still stand in no more than all
    assert rarity([0], 100).tolist() == [0]
    assert found[0] == pytest.approx(np.log(1 + 99.5 / 1.5))


@settings(max_examples=150)
@given(st.data())
def test_coverage_is_from_zero_to_one_and_one_where_all_words_are_there(data: st.DataObject) -> None:
    words, rows = data.draw(st.integers(1, 70)), data.draw(st.integers(1, 6))
    kinds = data.draw(st.text("np1", min_size=words, max_size=words))
    frequencies = data.draw(st.lists(st.integers(0, 200), min_size=words + 1, max_size=words + 1))
    flags = np.random.default_rng(data.draw(st.integers(0, 99))).random((2, rows, words + 1)) < 0.5
    found = evidence(rows, words + 1, in_passage=flags[0], in_title=flags[1], frequencies=frequencies)
    for kind in ("name", "plain"):
        values = coverage(question(kinds), found, flags[0] | flags[1], [kind])
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
        known = any(one[0] == kind[0] and many for one, many in zip(kinds, frequencies, strict=False))
        assert coverage(question(kinds), found, np.ones_like(flags[0]), [kind]) == pytest.approx(float(known))


def test_saying_counts_where_the_question_asks_for_it_and_is_no_word_of_the_question() -> None:
    found = evidence(2, 2, in_passage=[[0, 1], [1, 0]])
    assert column("quotes", found, question("p", wants_words=True)) == [1, 0]
    assert column("quotes", found, question("p")) == [0, 0]
    assert column("words", found, question("p", wants_words=True)) == [0, 1]


def test_neutral_words_at_the_end_of_a_passage_change_no_word_it_covers(engine: Engine, encoder: FakeEncoder) -> None:
    short = "Zarnovia closed the canal."
    long = f"{short} And so it was for a long time and on many days and at many hours after that."
    put(engine, encoder, [article("long", long, "Title"), article("short", short, "Title")])
    of = read_question("Who said that Zarnovia closed the canal?")
    snapshot, vector = engine.snapshot(), vector_of(encoder, of.text)
    numbers = sorted(hit.number for hit in snapshot.dense(vector, 2))
    found = snapshot.evidence(vector, asked(of), numbers)
    for name in ("names", "words", "quotes"):
        one, other = column(name, found, of)
        assert one == other


# Time


def days(*published: date | None) -> list[list[int]]:
    return [[day.toordinal()] * 2 if day else [0, 0] for day in published]


MAY = Period(date(2012, 5, 1), date(2012, 5, 31))


def test_within_the_period_all_of_time_speaks_for_an_article() -> None:
    found = evidence(2, days=days(date(2012, 5, 1), date(2012, 5, 31)))
    for name in ("within", "days", "years"):
        assert column(name, found, question(periods=[MAY])) == [1, 1]


def test_outside_it_nearness_has_halved_after_days_and_after_years() -> None:
    last = MAY.last
    found = evidence(3, days=days(last + timedelta(1), last + timedelta(DAYS), last + timedelta(YEARS)))
    assert column("within", found, question(periods=[MAY])) == [0, 0, 0]
    assert column("days", found, question(periods=[MAY]))[1] == 0.5
    assert column("years", found, question(periods=[MAY]))[2] == 0.5


@pytest.mark.parametrize("name", ["within", "days", "years"])
def test_time_says_nothing_of_undated_articles_and_for_undated_questions(name: str) -> None:
    found = evidence(2, days=days(None, MAY.first))
    assert column(name, found, question(periods=[MAY])) == [0, 1]
    assert column(name, found) == [0, 0]


@pytest.mark.parametrize(
    "period", [Period(date.min, MAY.last), Period(MAY.first, date.max), Period(date.min, date.max)]
)
def test_a_period_may_be_open(period: Period) -> None:
    assert column("within", evidence(2, days=days(MAY.first, None)), question(periods=[period])) == [1, 0]


# Anything


def cosines(size: int, *, gaps: bool = False) -> st.SearchStrategy[list[float]]:
    each = st.floats(-1, 1, width=32)
    return st.lists(each | st.just(float("nan")) if gaps else each, min_size=size, max_size=size)


@settings(deadline=None, max_examples=100)
@given(st.data(), st.integers(1, 8))
def test_whatever_is_known_all_is_finite_and_the_order_of_candidates_moves_no_bit(data: st.DataObject, n: int) -> None:
    full = {name: data.draw(cosines(n), label=name) for name in ("dense", "sentence", "feedback")}
    gaps = {name: data.draw(cosines(n, gaps=True), label=name) for name in ("second",)}
    articles = data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    published = data.draw(st.lists(st.none() | st.dates(), min_size=n, max_size=n))
    flags = np.random.default_rng(n).random((n, 70)) < 0.5
    frequencies = np.arange(70) * 7 % 101
    known = {**full, **gaps, "articles": articles, "days": days(*published), "in_passage": flags}
    found = evidence(n, 70, frequencies=frequencies, **known)
    of = question("np1" * 23, [MAY, Period(MAY.first, date.max)], wants_words=True)
    table = features(of, found)
    assert np.isfinite(table).all()
    order = data.draw(st.permutations(range(n)))
    moved = evidence(n, 70, frequencies=frequencies, **{name: np.asarray(row)[order] for name, row in known.items()})
    assert np.array_equal(features(of, moved), table[order])
