"""One ranking from all evidence: a weighted sum, with weights that were learned and can be read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from api.features import FEATURES, Matrix

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The weights (features,) for questions that name a time and for those that do not, in the order of FEATURES.

    Two columns, because a time that is named pins down the event, and with it the articles: then the words of the
    whole article count, and without it the neighbourhood of the passage does (api/RANKING.md).
    """

    dated: Weights
    undated: Weights

    @classmethod
    def read(cls, tables: dict[str, dict[str, float]]) -> Ranking:
        """From tables of names and weights. Raises ValueError where the names are not those of FEATURES."""
        for kind in ("dated", "undated"):
            if set(tables[kind]) != set(FEATURES):
                raise ValueError(f"the {kind} weights must be for {', '.join(FEATURES)}; they are {tables[kind]}")
        dated, undated = (np.array([tables[kind][name] for name in FEATURES]) for kind in ("dated", "undated"))
        return cls(dated, undated)

    def weights(self, *, dated: bool) -> Weights:
        """The weights for a question that names a time, or for one that names none."""
        return self.dated if dated else self.undated


def scores(features: Matrix, weights: Weights) -> npt.NDArray[np.float64]:
    """The score (n,) of each candidate: the sum of its features, each times its weight."""
    return np.asarray((features * weights).sum(axis=1), dtype=np.float64)


@cache
def learned() -> dict[str, Any]:
    """The file of what was learned, with where it was learned and how well it does there."""
    return tomllib.loads(files("api").joinpath("weights.toml").read_text(encoding="utf-8"))


@cache
def default_ranking() -> Ranking:
    """The weights that come with Dragoman."""
    return Ranking.read(learned())
