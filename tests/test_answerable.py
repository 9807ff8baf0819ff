"""How likely one of the hits answers: what the signs mean, and that the probability follows them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from api.answerable import BEST, SIGNS, Answerable, default_answerable, signs
from api.features import features
from api.question import Question, Word
from api.when import Period
from indexer.engine import Evidence
from tests.fakes import evidence

FOUND = arrays(np.float64, len(SIGNS), elements=st.floats(-1, 1))
MAY = Period(date(2012, 5, 1), date(2012, 5, 31))


def question(kinds: str = "", *periods: Period) -> Question:
    """A question of words of these kinds: n(ame), p(lain) or 1 (a number)."""
    kind = {"n": "name", "p": "plain", "1": "number"}
    words = tuple(Word((f"word{place}",), kind[letter]) for place, letter in enumerate(kinds))  # type: ignore[arg-type]
    return Question("?", words, periods, wants_words=False)


def sign(name: str, found: Evidence, of: Question | None = None, order: list[int] | None = None) -> float:
    of = of or question()
    values = signs(of, found, features(of, found), [*range(len(found.dense))] if order is None else order)
    return float(values[[*SIGNS].index(name)])


def table(**changed: float) -> dict[str, float]:
    return {**dict.fromkeys(SIGNS, 0.0), "bias": 0.0, "threshold": 0.5, **changed}


# The probability


@settings(max_examples=200)
@given(FOUND)
def test_it_is_a_probability(found: np.ndarray) -> None:
    assert 0 <= default_answerable().probability(found) <= 1


@settings(max_examples=200)
@given(
    FOUND, st.sampled_from([*SIGNS]), st.floats(0, 1), st.fixed_dictionaries({name: st.floats(-9, 9) for name in SIGNS})
)
def test_more_of_a_sign_raises_it_or_lowers_it_as_the_weight_of_the_sign_says(
    found: np.ndarray, name: str, more: float, weights: dict[str, float]
) -> None:
    answerable, place = Answerable.read(table(**weights)), [*SIGNS].index(name)
    moved = found.copy()
    moved[place] += more
    change = answerable.probability(moved) - answerable.probability(found)
    assert change * np.sign(weights[name]) >= -1e-12
    if weights[name] == 0:
        assert change == pytest.approx(0, abs=1e-12)


def test_it_is_the_logistic_function_of_the_weighted_signs() -> None:
    found = np.zeros(len(SIGNS))
    assert Answerable.read(table()).probability(found) == 0.5
    assert Answerable.read(table(bias=2.0)).probability(found) == pytest.approx(1 / (1 + np.exp(-2)))
    assert Answerable.read(table(sentence=3.0)).probability(found + 0.5) == pytest.approx(1 / (1 + np.exp(-1.5)))


def test_weights_are_read_by_name_whatever_their_order() -> None:
    given = {name: float(place) for place, name in enumerate(SIGNS)}
    read = Answerable.read(dict(reversed(table(**given, threshold=0.125).items())))
    assert read.weights.tolist() == [*range(len(SIGNS))]
    assert read.threshold == 0.125


@pytest.mark.parametrize("name", [*SIGNS, "bias", "threshold"])
def test_a_missing_name_is_no_zero(name: str) -> None:
    less = table()
    del less[name]
    with pytest.raises(KeyError, match=name):
        Answerable.read(less)


# The signs


def test_each_sign_says_in_words_what_it_is() -> None:
    assert all(SIGNS.values())
    assert signs(question(), evidence(1, 1), features(question(), evidence(1, 1)), [0]).shape == (len(SIGNS),)


def test_the_nearest_sentence_is_looked_for_among_the_first_hits_alone() -> None:
    found = evidence(BEST + 1, 1, sentence=[0.2, 0.4, 0.3, 0.9])
    assert sign("sentence", found) == pytest.approx(0.4)
    assert sign("sentence", found, order=[3, 0, 1, 2]) == pytest.approx(0.9)


def test_the_nearest_passage_is_looked_for_among_all() -> None:
    assert sign("passage", evidence(BEST + 1, 1, dense=[0.2, 0.4, 0.3, 0.9])) == pytest.approx(0.9)


def test_the_margin_is_the_nearest_sentence_over_the_mean_of_all() -> None:
    assert sign("margin", evidence(4, 1, sentence=[0.5, 0.1, 0.1, 0.1])) == pytest.approx(0.3)
    assert sign("margin", evidence(4, 1, sentence=[0.5] * 4)) == pytest.approx(0)


@pytest.mark.parametrize(("name", "kind"), [("names", "n"), ("words", "p")])
def test_coverage_is_the_best_among_the_first_hits(name: str, kind: str) -> None:
    has = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]
    assert sign(name, evidence(4, 3, in_passage=has), question(kind * 2)) == pytest.approx(0.5)
    assert sign(name, evidence(4, 3, in_passage=has), question(kind * 2), [3, 2, 1, 0]) == pytest.approx(1)


@pytest.mark.parametrize(("name", "others"), [("names", "p1"), ("words", "n1"), ("names", ""), ("words", "")])
def test_a_question_without_such_words_does_not_count_as_uncovered(name: str, others: str) -> None:
    assert sign(name, evidence(2, len(others) + 1), question(others)) == 1


def test_names_that_stand_nowhere_are_not_covered() -> None:
    assert sign("names", evidence(2, 2, frequencies=[0, 1]), question("n")) == 0


def test_unknown_is_the_share_by_rarity_of_words_that_stand_nowhere() -> None:
    assert sign("unknown", evidence(1, 3, frequencies=[5, 7, 0]), question("np")) == 0
    assert sign("unknown", evidence(1, 3, frequencies=[0, 0, 9]), question("np")) == 1
    half = sign("unknown", evidence(1, 3, frequencies=[1, 0, 9]), question("np"))
    assert half == pytest.approx(0.5)
    assert sign("unknown", evidence(1, 3, frequencies=[60, 0, 9]), question("np")) > half
    assert sign("unknown", evidence(1, 2, frequencies=[0, 9]), question("1")) == 1


def test_words_of_saying_that_were_not_asked_are_not_unknown() -> None:
    assert sign("unknown", evidence(1, 2, frequencies=[5, 0]), question("n")) == 0


def test_a_question_without_words_has_no_unknown_ones() -> None:
    assert sign("unknown", evidence(1, 1, frequencies=[0])) == 0


def test_time_speaks_for_an_answer_where_a_first_hit_is_of_it_and_where_none_is_asked() -> None:
    ordinal = MAY.first.toordinal()
    found = evidence(BEST + 1, 1, days=[[0, 0]] * BEST + [[ordinal, ordinal]])
    assert sign("within", found) == 1
    assert sign("within", found, question("", MAY)) == 0
    assert sign("within", found, question("", MAY), [3, 0, 1, 2]) == 1


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 9), st.integers(0, 5), st.data())
def test_signs_of_anything_are_finite(passages: int, words: int, data: st.DataObject) -> None:
    kinds = data.draw(st.text("np1", min_size=words, max_size=words))
    frequencies = data.draw(st.lists(st.integers(0, 300), min_size=words + 1, max_size=words + 1))
    cosines = st.lists(st.floats(-1, 1, width=32), min_size=passages, max_size=passages)
    known = {"sentence": data.draw(cosines), "dense": data.draw(cosines), "frequencies": frequencies}
    found = evidence(passages, words + 1, **known)
    for periods in ((), (MAY,)):
        of = question(kinds, *periods)
        values = signs(of, found, features(of, found), data.draw(st.permutations(range(passages))))
        assert np.isfinite(values).all()
        assert 0 <= default_answerable().probability(values) <= 1
