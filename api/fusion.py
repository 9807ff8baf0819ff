"""One ranking from several kinds of evidence: each brought to 0..1, then a weighted sum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.engine import Evidence, Scores


class Weights(NamedTuple):
    """How much each kind of evidence counts; they sum to 1, so that a fused score lies in 0..1.

    Chosen on judged questions with and without dates in them (api/RANKING.md).
    """

    dense: float = 0.58
    passage: float = 0.04
    article: float = 0.15
    time: float = 0.23


class Fused(NamedTuple):
    """Scores (n,), and the parts (n, kinds) that sum to them, in the order of ``Weights``."""

    scores: npt.NDArray[np.float64]
    parts: npt.NDArray[np.float64]


def fuse(evidence: Evidence, near: npt.NDArray[np.float64], weights: Weights = Weights()) -> Fused:
    """Fuse the evidence for n candidates: 1 is a passage that is best in every respect, 0 one that is last in all.

    ``near`` (n,) is how near in time each is to what was asked (``when.nearness``), 0 to 1, and is taken as it is.
    """
    columns = [normalised(scores) for scores in (evidence.dense, evidence.passage, evidence.article)]
    parts = np.stack([*columns, near], axis=1) * np.array(weights)
    return Fused(parts.sum(axis=1), parts)


def normalised(scores: Scores) -> npt.NDArray[np.float64]:
    """Scores moved and stretched so that the lowest is 0 and the highest 1; all 0 where they do not differ.

    Min-max normalisation (Lee 1997, "Analyses of multiple evidence combination").
    """
    wide = scores.astype(np.float64)
    if wide.size == 0:
        return wide
    low, high = wide.min(), wide.max()
    return (wide - low) / (high - low) if high > low else np.zeros_like(wide)
