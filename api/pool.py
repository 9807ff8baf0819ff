"""The candidates for one question with everything that speaks for them, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from api.answerable import signs
from api.features import FEATURES, Matrix, features
from api.fusion import Ranking, scores
from api.question import SAID, Question
from api.rerank import WEIGHT, rerank
from indexer.engine import Evidence, Forms
from indexer.types import Part

_YEARS = list(FEATURES).index("years")
_NEAR = 0.5
"""What a year away from a time counts as."""

_DECIMALS = 9
"""To which scores are rounded before they are compared: sums of floats differ in their last bits between machines."""


@dataclass(slots=True)
class Pool:
    """n candidates: their passage numbers, evidence, features, scores, and ``order``, places from the best to the last.

    Ties are in the order of article ids and, in one article, of the passages, whatever the history of an index.
    """

    question: Question
    numbers: Sequence[int]
    evidence: Evidence
    features: Matrix
    weights: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    order: list[int]
    signs: npt.NDArray[np.float64]
    relevance: npt.NDArray[np.float64] | None = None

    @classmethod
    def ranked(cls, question: Question, evidence: Evidence, numbers: Sequence[int], ranking: Ranking) -> Self:
        """Rank candidates by what speaks for them."""
        table = features(question, evidence)
        weights = ranking.weights(dated=has_time(question, table))
        found = scores(table, weights)
        order = in_order(found, evidence.articles)
        return cls(question, numbers, evidence, table, weights, found, order, signs(question, evidence, table, order))

    def read_again(self, best: Sequence[int], relevance: npt.NDArray[np.float64]) -> None:
        """Rank anew after a reranker has read the best candidates, the first of ``order``.

        Their scores are brought to a spread of 1 first, so that they and a relevance of 0 to 1 compare.
        """
        spread = float(np.ptp(self.scores[list(best)]))
        self.weights = self.weights / (spread if spread > 10**-_DECIMALS else 1.0)
        again = rerank(scores(self.features[self.order], self.weights), relevance)
        self.relevance = np.zeros_like(self.scores)
        self.scores[self.order], self.relevance[self.order] = again.scores, again.reranker / WEIGHT
        self.order = in_order(self.scores, self.evidence.articles)

    def parts(self, place: int) -> tuple[Part, ...]:
        """What the score of a candidate is made of: the parts sum to it."""
        scale = 1.0 if self.relevance is None else 1 - WEIGHT
        values = zip(FEATURES, self.features[place].tolist(), (self.weights * scale).tolist(), strict=True)
        parts = tuple(Part(*row) for row in values)
        if self.relevance is None:
            return parts
        return (*parts, Part("reranker", float(self.relevance[place]), WEIGHT))


def has_time(question: Question, table: Matrix) -> bool:
    """Whether time can tell the candidates apart: the question names one, and something is from within a year of it.

    "Last week", asked of an archive that ended years ago, tells nothing.
    """
    return bool(question.periods) and bool((table[:, _YEARS] >= _NEAR).any())


def asked(question: Question) -> list[Forms]:
    """The words that the evidence is asked for: the question's, and last those of saying."""
    return [*(word.forms for word in question.words), SAID]


def in_order(found: npt.NDArray[np.float64], articles: npt.NDArray[np.int64]) -> list[int]:
    """Places from the highest score to the lowest; equal ones by article, then as they come."""
    order: list[int] = np.lexsort((articles, -np.round(found, _DECIMALS))).tolist()
    return order
