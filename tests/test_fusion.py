"""The ranking's weights: where they come from, which are taken, and that the score is the sum of its parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from api.answerable import SIGNS
from api.features import FEATURES
from api.fusion import Ranking, default_ranking, learned, scores

KINDS = ("dated", "undated")
VALUES = arrays(np.float64, st.tuples(st.integers(0, 9), st.just(len(FEATURES))), elements=st.floats(-50, 50))
WEIGHTS = arrays(np.float64, len(FEATURES), elements=st.floats(0, 50))


def tables(**changed: dict[str, float]) -> dict[str, dict[str, float]]:
    """Weights 1, 2, 3, ... for a question that names a time and 101, 102, ... for others."""
    plain = {
        kind: {name: float(first + place) for place, name in enumerate(FEATURES)}
        for kind, first in zip(KINDS, (1, 101), strict=True)
    }
    return {**plain, **changed}


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_with_dragoman_weighs_every_kind_of_evidence_and_none_against_a_passage(kind: str) -> None:
    table = learned()[kind]
    assert set(table) == set(FEATURES)
    weights = default_ranking().weights(dated=kind == "dated")
    assert weights.tolist() == [table[name] for name in FEATURES]
    assert (weights >= 0).all()
    assert weights.any()


def test_what_comes_with_dragoman_weighs_every_sign_of_an_answer() -> None:
    table = learned()["answerable"]
    assert set(SIGNS) < set(table)
    assert 0 < table["threshold"] < 1


def test_the_weights_stand_in_the_order_of_the_features_however_they_are_written() -> None:
    turned = {kind: dict(reversed(table.items())) for kind, table in tables().items()}
    ranking = Ranking.read(turned)
    assert ranking.dated.tolist() == list(range(1, len(FEATURES) + 1))
    assert ranking.undated.tolist() == list(range(101, len(FEATURES) + 101))


def test_other_tables_of_the_file_do_not_disturb() -> None:
    assert Ranking.read(tables(answerable={"bias": 1.0})).dated.any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "names",
    [
        [],
        [*FEATURES][1:],
        [*FEATURES, "length"],
        [*[*FEATURES][1:], "length"],
        [name.title() for name in FEATURES],
    ],
    ids=["none", "one too few", "one too many", "another", "otherwise written"],
)
def test_weights_for_other_names_are_refused_with_the_names_there_are(kind: str, names: list[str]) -> None:
    with pytest.raises(ValueError, match=f"the {kind} weights must be for sentence, second, .*years; they are"):
        Ranking.read(tables(**{kind: dict.fromkeys(names, 1.0)}))


def test_a_question_that_names_a_time_has_weights_of_its_own() -> None:
    ranking = Ranking.read(tables())
    assert ranking.weights(dated=True)[0] == 1
    assert ranking.weights(dated=False)[0] == 101


@settings(max_examples=100)
@given(VALUES, WEIGHTS)
def test_a_score_is_the_sum_of_each_value_times_its_weight(values: np.ndarray, weights: np.ndarray) -> None:
    found = scores(values, weights)
    assert found.shape == (len(values),)
    for row, score in zip(values.tolist(), found.tolist(), strict=True):
        assert score == pytest.approx(sum(a * b for a, b in zip(row, weights.tolist(), strict=True)), abs=1e-9)


@settings(max_examples=100)
@given(VALUES, WEIGHTS, st.data())
def test_the_order_of_candidates_changes_no_bit_of_a_score(
    values: np.ndarray, weights: np.ndarray, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(values))))
    assert np.array_equal(scores(values[order], weights), scores(values, weights)[order])


@settings(max_examples=100)
@given(VALUES, WEIGHTS, st.sampled_from([*FEATURES]), st.floats(0, 10))
def test_more_evidence_of_any_kind_never_lowers_a_score(
    values: np.ndarray, weights: np.ndarray, name: str, more: float
) -> None:
    better = values.copy()
    better[:, [*FEATURES].index(name)] += more
    assert (scores(better, weights) >= scores(values, weights) - 1e-9).all()
