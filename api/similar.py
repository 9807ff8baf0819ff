"""Passages that are like a given one, by the nearness of their vectors: no question is asked, so no words count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from api.candidates import CANDIDATES
from indexer.engine import Evidence, Snapshot
from indexer.types import Filters, Part, StoredPassage

LIKENESS = "likeness"
"""The one part of these scores: the cosine of the two passages' vectors, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """n passages of other articles that are nearest to one; ``order`` holds their places, the nearest first."""

    numbers: Sequence[int]
    evidence: Evidence
    scores: npt.NDArray[np.float64]
    order: Sequence[int]

    @classmethod
    def of(cls, snapshot: Snapshot, found: StoredPassage, filters: Filters, k: int) -> Self | None:
        """The nearest ``CANDIDATES`` of other articles, k at least; None where the filters let in none of these."""
        [vector] = snapshot.vectors([found.number])
        whole = snapshot.article(found.article.id)
        own = len(whole.passages) if whole else 0
        nearest = snapshot.dense(vector, max(CANDIDATES, k) + own, filters)
        stored = snapshot.get([scored.number for scored in nearest])
        numbers = sorted(other.number for other in stored if other.article.id != found.article.id)
        if not numbers:
            return None
        evidence = snapshot.evidence(vector, [], numbers)
        scores = np.asarray(evidence.dense, dtype=np.float64).round(9)
        order: list[int] = np.lexsort((evidence.articles, -scores)).tolist()
        return cls(numbers, evidence, scores, order)

    def parts(self, place: int) -> tuple[Part, ...]:
        return (Part(LIKENESS, float(self.scores[place]), 1.0),)
