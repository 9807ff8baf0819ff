"""The fused score: what it is made of, where it lies, and what moves it."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from api.fusion import Fused, Weights, fuse, normalised
from indexer.engine import Evidence

WIDE = st.floats(-1e6, 1e6, width=32)
NEAR = st.floats(0, 1)


class Candidates(NamedTuple):
    """What speaks for some passages, a column for each weight."""

    dense: npt.NDArray[np.float32]
    passage: npt.NDArray[np.float32]
    article: npt.NDArray[np.float32]
    time: npt.NDArray[np.float64]

    def fused(self, weights: Weights = Weights()) -> Fused:
        days = np.zeros((len(self.dense), 2), dtype=np.int32)
        return fuse(Evidence(self.dense, self.passage, self.article, days), self.time, weights)


def candidates(dense: list[float], passage: list[float], article: list[float], time: list[float]) -> Candidates:
    single = (np.array(column, dtype=np.float32) for column in (dense, passage, article))
    return Candidates(*single, np.array(time, dtype=np.float64))


@st.composite
def any_candidates(draw: st.DrawFn, least: int = 1) -> Candidates:
    size = draw(st.integers(least, 12))
    single = (draw(arrays(np.float32, size, elements=WIDE)) for _ in range(3))
    return Candidates(*single, draw(arrays(np.float64, size, elements=NEAR)))


def test_there_is_a_weight_for_each_kind_of_evidence() -> None:
    assert Weights._fields == Candidates._fields


def test_the_weights_sum_to_one() -> None:
    assert sum(Weights()) == pytest.approx(1)


def test_a_passage_that_is_best_in_every_respect_scores_one_and_one_that_is_last_in_all_zero() -> None:
    fused = candidates([0.9, 0.1, 0.5], [12, 0, 3], [30, 2, 9], [1, 0, 0.5]).fused()
    assert fused.scores[0] == pytest.approx(1)
    assert fused.scores[1] == 0


def test_a_part_is_its_weight_times_the_place_between_the_lowest_and_the_highest_candidate() -> None:
    found = candidates([0.2, 0.6, 1.0], [0, 5, 20], [8, 8, 4], [0, 0, 0]).fused(Weights(0.5, 0.3, 0.1, 0.1))
    assert found.parts == pytest.approx(np.array([[0, 0, 0.1, 0], [0.25, 0.075, 0.1, 0], [0.5, 0.3, 0, 0]]))


def test_nearness_in_time_is_taken_as_it_is() -> None:
    found = candidates([0, 0], [0, 0], [0, 0], [0.5, 0.25]).fused(Weights(0.25, 0.25, 0.25, 0.25))
    assert found.scores.tolist() == [0.125, 0.0625]


def test_scores_of_a_ranking_that_do_not_differ_say_nothing() -> None:
    found = candidates([0.3, 0.8], [7, 7], [9, 9], [0, 0]).fused()
    assert found.parts.tolist() == [[0, 0, 0, 0], [Weights().dense, 0, 0, 0]]


def test_one_candidate_alone_scores_nothing_by_rank() -> None:
    assert candidates([0.9], [12], [30], [0]).fused().scores.tolist() == [0]


def test_no_candidates_give_no_scores() -> None:
    found = candidates([], [], [], []).fused()
    assert found.scores.shape == (0,)
    assert found.parts.shape == (0, len(Weights()))


def test_scores_far_from_zero_are_stretched_as_well() -> None:
    assert normalised(np.array([1000, 1001, 1004], dtype=np.float32)).tolist() == [0, 0.25, 1]


def test_the_widest_range_does_not_overflow() -> None:
    largest = np.finfo(np.float32).max
    assert normalised(np.array([-largest, largest], dtype=np.float32)).tolist() == [0, 1]


@settings(deadline=None, max_examples=100)
@given(any_candidates())
def test_the_parts_sum_to_the_score(found: Candidates) -> None:
    fused = found.fused()
    assert fused.parts.shape == (len(found.dense), len(Weights()))
    assert fused.parts.sum(axis=1) == pytest.approx(fused.scores)


@settings(deadline=None, max_examples=100)
@given(any_candidates())
def test_scores_lie_between_zero_and_one_and_each_part_between_zero_and_its_weight(found: Candidates) -> None:
    fused = found.fused()
    assert ((fused.scores >= 0) & (fused.scores <= 1)).all()
    assert ((fused.parts >= 0) & (fused.parts <= np.array(Weights()))).all()


@settings(deadline=None, max_examples=150)
@given(any_candidates(least=2), st.sampled_from(Candidates._fields), st.data())
def test_of_two_passages_that_differ_in_one_respect_the_better_one_never_scores_less(
    found: Candidates, kind: str, data: st.DataObject
) -> None:
    better, worse = data.draw(st.permutations(range(len(found.dense))))[:2]
    for name, column in found._asdict().items():
        if name != kind:
            column[better] = column[worse]
    column = getattr(found, kind)
    column[better], column[worse] = max(column[better], column[worse]), min(column[better], column[worse])
    scores = found.fused().scores
    assert scores[better] >= scores[worse]
    wide = column.astype(np.float64)
    stretch = 1.0 if kind == "time" else float(np.ptp(wide)) or 1.0
    gain = (wide[better] - wide[worse]) / stretch * getattr(Weights(), kind)
    assert scores[better] - scores[worse] == pytest.approx(gain, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(any_candidates(), st.integers(0, 1000))
def test_the_order_in_which_candidates_come_does_not_matter(found: Candidates, seed: int) -> None:
    order = random.Random(seed).sample(range(len(found.dense)), len(found.dense))
    shuffled = Candidates(*(column[order] for column in found))
    assert np.array_equal(shuffled.fused().scores, found.fused().scores[order])
