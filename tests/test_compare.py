"""Comparing two rankings: p-values counted by hand, and what holds for any two rankings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.compare import CHANGES, EXACT, Change, PairedTest, compare, interval, p_value
from api.evaluate import Scores
from indexer.errors import DragomanError

VALUE = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0])
PAIRS = st.lists(st.tuples(VALUE, VALUE), max_size=40)


def scores(values: Sequence[float], prefix: str = "q") -> Scores:
    """Scores with these values in both measures that are tested."""
    rows = {f"{prefix}{n:03}": {"nDCG@10": value, "MRR@10": value} for n, value in enumerate(values)}
    mean = sum(values) / max(1, len(values))
    return Scores(len(rows), {"nDCG@10": mean, "MRR@10": mean}, rows)


def verdict(before: Sequence[float], after: Sequence[float]) -> PairedTest:
    first, second = compare(scores(before), scores(after)).tests
    assert (first.measure, second.measure) == ("nDCG@10", "MRR@10")
    return first


def p_of(*differences: float) -> float:
    return p_value(np.array(differences, dtype=float))


@pytest.mark.parametrize("n", range(1, EXACT + 1))
def test_of_n_differences_that_all_point_one_way_only_two_of_all_exchanges_are_as_far(n: int) -> None:
    assert p_of(*[0.25] * n) == 2 / 2**n
    assert p_of(*[-0.25 * (i + 1) for i in range(n)]) == 2 / 2**n


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1, 2, -3], 1),  # the mean is zero: every exchange is as far
        ([3, 2, -1], 4 / 8),  # 4 is reached by + + - and + + +, and by their opposites
        ([5, 2, -1], 4 / 8),
        ([1, 1, 1, 1, -1], 12 / 32),  # a sum of 3 or 5: five or one of 32, either way
        ([0.1, 0.2, -0.3], 1),  # whatever the last digit of the sum is
        ([0.1, 0.2, 0.3, -0.6], 1),
        ([0.3, 0.1, 0.2], 2 / 8),
    ],
)
def test_p_values_agree_with_exchanges_counted_by_hand(differences: list[float], p: float) -> None:
    assert p_of(*differences) == p


def test_questions_that_do_not_differ_leave_the_p_value_alone() -> None:
    assert p_of(0.5, 0.5, 0.25, *[0.0] * 200) == 2 / 8


def test_where_nothing_differs_there_is_nothing_but_chance() -> None:
    for values in ([], [0.5], [0.0, 0.5, 1.0], [0.5] * 100):
        found = verdict(values, values)
        assert found == PairedTest("nDCG@10", 0.0, 1.0, (0.0, 0.0), won=0, lost=0, tied=len(values))


def test_one_question_proves_nothing() -> None:
    assert verdict([0.25], [1.0]) == PairedTest("nDCG@10", 0.75, 1.0, (0.75, 0.75), won=1, lost=0, tied=0)


def test_won_lost_and_tied_are_counted_from_the_point_of_the_later_ranking() -> None:
    found = verdict([0.0, 0.0, 0.5, 1.0, 1.0, 1.0], [1.0, 0.5, 1.0, 0.0, 1.0, 1.0])
    assert (found.won, found.lost, found.tied) == (3, 1, 2)
    assert found.difference == pytest.approx((1 + 0.5 + 0.5 - 1) / 6)


def test_each_measure_is_tested_by_its_own_values() -> None:
    before = Scores(1, {}, {"q1": {"nDCG@10": 0.5, "MRR@10": 1.0}})
    after = Scores(1, {}, {"q1": {"nDCG@10": 1.0, "MRR@10": 0.25}})
    assert [test.difference for test in compare(before, after).tests] == [0.5, -0.75]


def test_a_difference_of_rounding_alone_is_a_tie() -> None:
    noisy = 0.1 + 0.2
    assert noisy != 0.3
    comparison = compare(scores([0.3]), scores([noisy]))
    assert (comparison.tests[0].tied, comparison.changes) == (1, ())


@pytest.mark.parametrize(("won", "n"), [(12, 20), (16, 20), (60, 100), (550, 1000)])
def test_a_sampled_p_value_is_near_the_exact_one(won: int, n: int) -> None:
    """Differences of one size make the test a sign test, whose p-value the binomial distribution gives."""
    exact = min(1.0, 2 * sum(math.comb(n, k) for k in range(won, n + 1)) / 2**n)
    assert p_of(*[0.5] * won, *[-0.5] * (n - won)) == pytest.approx(exact, abs=0.006)


def test_a_sampled_p_value_is_never_zero_and_the_same_each_time() -> None:
    differences = np.full(60, 0.5)
    assert 0 < p_value(differences) == p_value(differences) < 0.0001


def test_the_test_agrees_with_the_one_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    dice = np.random.default_rng(1)
    for n in (3, 8, 12):
        differences = np.round(dice.normal(0.1, 0.3, n), 1)
        theirs = stats.permutation_test(
            (differences,), lambda x, axis: x.mean(axis=axis), permutation_type="samples", vectorized=True
        )
        assert p_value(differences) == pytest.approx(theirs.pvalue)


def test_the_interval_of_many_questions_is_that_of_the_normal_distribution() -> None:
    differences = np.random.default_rng(2).normal(0.1, 0.3, 400)
    reach = 1.96 * differences.std() / 20
    assert interval(differences) == pytest.approx((differences.mean() - reach, differences.mean() + reach), abs=0.002)


def test_the_questions_that_changed_most_come_first_and_ties_by_id() -> None:
    changes = compare(scores([0.5, 0.0, 1.0, 0.5, 0.5]), scores([0.5, 0.25, 0.0, 1.0, 0.0])).changes
    assert changes == (
        Change("q002", 1.0, 0.0),
        Change("q003", 0.5, 1.0),
        Change("q004", 0.5, 0.0),
        Change("q001", 0.0, 0.25),
    )


def test_no_more_than_ten_changes_are_named() -> None:
    changes = compare(scores([0.0] * 30), scores([n / 30 for n in range(30)])).changes
    assert [change.qid for change in changes] == [f"q{n:03}" for n in range(29, 29 - CHANGES, -1)]
    assert len(changes) == 10


def test_rankings_of_different_questions_are_not_compared() -> None:
    with pytest.raises(DragomanError, match=r"^3 questions have a value in only one .* same judged set"):
        compare(scores([1.0], "a"), scores([1.0, 0.5], "b"))


def test_both_scores_are_kept() -> None:
    before, after = scores([0.5]), scores([1.0])
    comparison = compare(before, after)
    assert (comparison.before, comparison.after) == (before, after)


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_swapping_the_two_swaps_the_signs_and_nothing_else(pairs: list[tuple[float, float]]) -> None:
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    there, back = verdict(before, after), verdict(after, before)
    assert (there.p_value, there.won, there.lost, there.tied) == (back.p_value, back.lost, back.won, back.tied)
    assert there.difference == -back.difference
    assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_what_a_comparison_says_is_consistent(pairs: list[tuple[float, float]]) -> None:
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = verdict(before, after)
    assert 0 < found.p_value <= 1
    assert found.won + found.lost + found.tied == len(pairs)
    assert found.interval[0] - 1e-9 <= found.difference <= found.interval[1] + 1e-9
    assert found.difference == pytest.approx(scores(after).measures["nDCG@10"] - scores(before).measures["nDCG@10"])


@settings(deadline=None, max_examples=60)
@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_the_questions_does_not_matter(pairs: list[tuple[float, float]], dice: object) -> None:
    before, after = (scores([pair[side] for pair in pairs]) for side in (0, 1))
    rows = list(after.per_question.items())
    dice.shuffle(rows)  # type: ignore[attr-defined]
    assert compare(before, Scores(after.questions, after.measures, dict(rows))) == compare(before, after)
