"""Why a passage stands where it does: what each part of its score means, and in words how much it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from api.features import FEATURES
from api.similar import LIKENESS
from indexer.types import Part

MEANS = {
    **FEATURES,
    LIKENESS: "its meaning is near to that of the passage",
    "reranker": "the reranker, which reads it together with the question, finds that it answers",
}
"""What each part of a score says, by its name."""

TRUE = 0.25
"""The value from which the sentence of a part is said of a passage: a third year after a period is not within one.

Coverage and nearness in time are 0 to 1, the rest is in deviations from the mean. By eye; no judged set chose it.
"""

STRONG, SOME = 0.2, 0.1
"""Shares of all that speaks for a passage from which one part does so strongly, or somewhat. By eye as well."""

Strength = Literal["strongly", "somewhat", "a little"]


class Reason(NamedTuple):
    """How much something speaks for a passage, and what it is."""

    strength: Strength
    means: str


def reasons(parts: Sequence[Part]) -> list[Reason]:
    """What speaks for a passage, strongest first; empty where nothing does, and it is only nearer than the rest."""
    ahead = [part for part in strongest_first(parts) if part.score > 0]
    whole = sum(part.score for part in ahead)
    return [Reason(_strength(part.score / whole), MEANS[part.name]) for part in ahead if part.value >= TRUE]


def strongest_first(parts: Sequence[Part]) -> list[Part]:
    """Parts by what they add to the score, what takes from it last; equal ones as they come."""
    return sorted(parts, key=lambda part: -part.score)


def _strength(share: float) -> Strength:
    return "strongly" if share >= STRONG else "somewhat" if share >= SOME else "a little"
