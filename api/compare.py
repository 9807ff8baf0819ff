"""Two rankings of one judged set, compared question by question: is the difference of their means more than chance?

The test is Fisher's randomisation test for pairs (Fisher 1935, "The Design of Experiments"), which Smucker,
Allan and Carterette recommend for rankings (2007, "A comparison of statistical significance tests for information
retrieval evaluation"): if the two are equally good, each question's two values might as well be exchanged, which turns
the sign of its difference. The p-value is the share of all such exchanges whose mean difference is at least as far from
zero as the one observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from api.evaluate import Scores
from indexer.errors import DragomanError

Differences = npt.NDArray[np.float64]
"""After less before (n,), one for each of n questions."""

TESTED = ("nDCG@10", "MRR@10")
"""Measures that are tested. Each is tested by itself: p-values are not corrected for there being two."""

CHANGES = 10
"""Questions that are named as changed most."""

EXACT = 16
"""Up to so many questions with a difference, all 2^n exchanges are counted; beyond, a sample of them is drawn."""

EXCHANGES = 100_000
"""Size of that sample, as in Smucker et al.; a p-value near 0.05 is then known to within 0.0014 (two standard errors).
"""

RESAMPLES = 10_000
"""Samples of questions from which an interval is taken."""

_SEED = 20070  # any number: the same two rankings must get the same p-value each time
_ROUNDING = 1e-9  # sums of the same values in another order differ by less; values of different rankings by more
_CELLS = 4_000_000  # numbers drawn at a time, to keep memory within some tens of megabytes


class Change(NamedTuple):
    """A question and its nDCG@10 in the two rankings."""

    qid: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class PairedTest:
    """What the questions say together about the difference in one measure."""

    measure: str
    difference: float
    """The mean of after less before."""
    p_value: float
    """Two-sided."""
    interval: tuple[float, float]
    """The 95 % percentile bootstrap interval of ``difference`` (Efron 1979). Of one question it is a point, and says
    nothing."""
    won: int
    lost: int
    tied: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rankings of the same questions."""

    before: Scores
    after: Scores
    tests: tuple[PairedTest, ...]
    changes: tuple[Change, ...]
    """The questions whose nDCG@10 changed most, most first; those that did not change are left out."""


def compare(before: Scores, after: Scores) -> Comparison:
    """Test the differences of two rankings' values, question by question.

    Raises DragomanError where the two were not scored on the same questions.
    """
    if before.per_question.keys() != after.per_question.keys():
        differing = len(before.per_question.keys() ^ after.per_question.keys())
        raise DragomanError(
            f"{differing} questions have a value in only one of the two rankings: score both on the same judged set"
        )
    return Comparison(before, after, tuple(_tested(before, after, name) for name in TESTED), _changes(before, after))


def _tested(before: Scores, after: Scores, measure: str) -> PairedTest:
    differences = _differences(before, after, measure)
    won, lost = int((differences > 0).sum()), int((differences < 0).sum())
    return PairedTest(
        measure,
        float(differences.mean()) if differences.size else 0.0,
        p_value(differences),
        interval(differences),
        won,
        lost,
        differences.size - won - lost,
    )


def _differences(before: Scores, after: Scores, measure: str) -> Differences:
    qids = sorted(after.per_question)  # what is drawn must not hang on the order of the questions in their file
    found = np.array([after.per_question[qid][measure] - before.per_question[qid][measure] for qid in qids])
    return np.where(np.abs(found) < _ROUNDING, 0.0, found)


def _changes(before: Scores, after: Scores) -> tuple[Change, ...]:
    pairs = [
        Change(qid, before.per_question[qid]["nDCG@10"], row["nDCG@10"]) for qid, row in after.per_question.items()
    ]
    changed = [pair for pair in pairs if abs(pair.after - pair.before) >= _ROUNDING]
    return tuple(sorted(changed, key=lambda pair: (-abs(pair.after - pair.before), pair.qid))[:CHANGES])


def p_value(differences: Differences) -> float:
    """Two-sided p-value of the paired randomisation test of a mean difference of zero; 1 where nothing differs.

    Exact up to ``EXACT`` differences. From a sample, the exchange observed is counted too, so that no p-value is zero
    (Phipson and Smyth 2010, "Permutation p-values should never be zero").
    """
    changed = differences[differences != 0]  # a zero is the same under either sign
    if changed.size <= EXACT:
        exchanged = (np.arange(2**changed.size)[:, None] >> np.arange(changed.size)) & 1
        return _extreme(exchanged, changed) / len(exchanged)
    dice = np.random.default_rng(_SEED)
    drawn = (dice.integers(0, 2, (rows, changed.size)) for rows in _batches(EXCHANGES, changed.size))
    return (1 + sum(_extreme(exchanged, changed) for exchanged in drawn)) / (1 + EXCHANGES)


def _extreme(exchanged: npt.NDArray[np.int64], changed: Differences) -> int:
    """In how many rows of 0 and 1 (exchanges, n) the sum is at least as far from zero as the one observed."""
    sums = changed.sum() - 2 * (exchanged @ changed)
    return int((np.abs(sums) >= abs(changed.sum()) - _ROUNDING * np.abs(changed).sum()).sum())


def interval(differences: Differences) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean: questions are drawn anew, with replacement."""
    if not differences.any():
        return 0.0, 0.0
    dice = np.random.default_rng(_SEED)
    drawn = (dice.choice(differences, (rows, differences.size)) for rows in _batches(RESAMPLES, differences.size))
    low, high = np.quantile(np.concatenate([sample.mean(axis=1) for sample in drawn]), [0.025, 0.975])
    return float(low), float(high)


def _batches(rows: int, columns: int) -> list[int]:
    """``rows`` in parts, each of not more than ``_CELLS`` cells."""
    most = max(1, _CELLS // columns)
    return [min(most, rows - start) for start in range(0, rows, most)]
