"""How likely it is that one of the hits answers: a logistic regression on how good the best of them are.

Without it a question that nothing answers gets ten confident hits. Learned on judged questions with and without an
answer, and on answerable ones whose answering articles were left out (api/RANKING.md has its calibration).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from api.features import FEATURES, Matrix, rarity
from api.fusion import learned
from api.question import Question
from indexer.engine import Evidence

BEST = 3
"""First hits that are looked at."""

LEAST = 0.45
"""The cosine above which the nearest sentence to 49 of 50 answerable questions lies; it is the default model's."""

SIGNS = {
    "sentence": "cosine of the question and the nearest sentence of the first hits",
    "passage": "cosine of the question and the nearest passage of all candidates",
    "far": "how far the nearest sentence of all candidates is below what answers have at least, in tenths of a cosine",
    "margin": "how much nearer than the candidates on average the nearest sentence is",
    "names": "the best coverage of the question's names among the first hits",
    "words": "the best coverage of its other words among them",
    "unknown": "the share of its words, by rarity, that stand nowhere in the index",
    "within": "whether one of the first hits is of the time that it names; 1 where it names none",
}
"""What the probability is made of."""


@dataclass(frozen=True, slots=True)
class Answerable:
    """The learned weights of the signs, and the probability under which a question counts as not answered."""

    weights: npt.NDArray[np.float64]
    bias: float
    threshold: float

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Answerable:
        """From a table with a weight for each of SIGNS, ``bias`` and ``threshold``."""
        return cls(np.array([table[name] for name in SIGNS]), float(table["bias"]), float(table["threshold"]))

    def probability(self, found: npt.NDArray[np.float64]) -> float:
        """The probability, 0 to 1, that one of the hits answers."""
        return float(1 / (1 + np.exp(-(found @ self.weights + self.bias))))


@cache
def default_answerable() -> Answerable:
    """What comes with Dragoman."""
    return Answerable.read(learned()["answerable"])


def signs(question: Question, evidence: Evidence, features: Matrix, order: Sequence[int]) -> npt.NDArray[np.float64]:
    """(len(SIGNS),) for a question whose candidates are ranked in this order, best first; at least one."""
    best = list(order[:BEST])
    column = {name: features[best, place] for place, name in enumerate(FEATURES)}
    nearest = float(evidence.sentence[best].max())
    found = {
        "sentence": nearest,
        "passage": float(evidence.dense.max()),
        "far": 10 * max(0.0, LEAST - float(evidence.sentence.max())),
        "margin": nearest - float(evidence.sentence.mean(dtype=np.float64)),
        "names": _covered(question, column["names"], "name"),
        "words": _covered(question, column["words"], "plain"),
        "unknown": _unknown(question, evidence),
        "within": max(float(column["days"].max()), float(not question.periods)),
    }
    return np.array([found[name] for name in SIGNS])


def _covered(question: Question, coverage: npt.NDArray[np.float64], kind: str) -> float:
    """The best coverage; 1 where the question has no such word that could be covered."""
    return float(coverage.max()) if any(word.kind == kind for word in question.words) else 1.0


def _unknown(question: Question, evidence: Evidence) -> float:
    asked = evidence.frequencies[: len(question.words)]
    weights = rarity(np.maximum(asked, 1), evidence.total)
    return float(weights[asked == 0].sum() / weights.sum()) if len(asked) else 0.0
