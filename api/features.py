"""What speaks for a passage, as numbers that a reader can make sense of: one column for each kind of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt

import numpy as np
import numpy.typing as npt

from api.question import Question
from api.when import distance_days
from indexer.engine import Evidence

FEATURES = {
    "sentence": "its nearest sentence is near the question in meaning",
    "second": "a second sentence of it is near the question, too",
    "feedback": "it is like the passages that are nearest to the question",
    "names": "it or its title has the names in the question, rare ones above all",
    "words": "it or its title has the other words of the question, rare ones above all",
    "quotes": "it says what somebody said, which the question asks for",
    "best_of_article": "its article has, here or elsewhere, a sentence that is near the question",
    "rest_of_article": "its article has several passages that are near the question",
    "names_in_article": "what was found of its article has the names in the question",
    "words_in_article": "what was found of its article has all words of the question, rare ones above all",
    "within": "it was published in the time that the question names",
    "days": "it was published within days of the time that the question names",
    "years": "it was published within a year or so of the time that the question names",
}
"""Every kind of evidence, and what it says."""

Matrix = npt.NDArray[np.float64]

ALONE = 0.1
"""How much less than its only sentence a passage's second one counts: about what a second one is below the first."""

SEVERAL = 3
"""Passages of an article that are taken together as the rest of it."""

DAYS, YEARS = 10, 365
"""Days outside a period after which nearness in time has halved (api/RANKING.md)."""


def features(question: Question, evidence: Evidence) -> Matrix:
    """(n, len(FEATURES)): the evidence for n passages; the last word asked of the evidence is ``question.SAID``.

    Cosines are standardised over the candidates (mean 0, deviation 1), so that they say how much one candidate
    differs from the rest; coverage and nearness in time are 0 to 1. The length of a passage is not among them.
    """
    has = evidence.in_passage | evidence.in_title
    _, article_of = np.unique(evidence.articles, return_inverse=True)
    article_has = np.zeros((article_of.max(initial=-1) + 1, has.shape[1]), dtype=np.bool_)
    np.logical_or.at(article_has, article_of, has)
    whole = article_has[article_of]
    away = distance_days(question.periods, evidence.days)
    columns = {
        "sentence": standardised(evidence.sentence),
        "second": standardised(np.where(np.isnan(evidence.second), evidence.sentence - ALONE, evidence.second)),
        "feedback": standardised(evidence.feedback),
        "names": coverage(question, evidence, has, ["name"]),
        "words": coverage(question, evidence, has, ["plain"]),
        "quotes": evidence.in_passage[:, -1] * float(question.wants_words),
        "best_of_article": standardised(best_of(article_of, evidence.sentence, 1)),
        "rest_of_article": standardised(best_of(article_of, evidence.sentence, SEVERAL)),
        "names_in_article": coverage(question, evidence, whole, ["name"]),
        "words_in_article": coverage(question, evidence, whole, ["name", "plain"]),
        "within": (away <= 0).astype(np.float64),
        "days": np.exp2(-away / DAYS),
        "years": np.exp2(-away / YEARS),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1)


def best_of(groups: npt.NDArray[np.int64], values: npt.NDArray[np.floating], many: int) -> npt.NDArray[np.float64]:
    """(n,) for each value the mean of the ``many`` highest of its group; with fewer, the lowest of all stands in."""
    if not len(values):
        return np.zeros(0)
    best = np.full((int(groups.max()) + 1, many), float(values.min()))
    order = np.lexsort((-values, groups))
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    kept = order[place < many]
    best[groups[kept], place[place < many]] = values[kept]
    return np.asarray(best.mean(axis=1)[groups], dtype=np.float64)


def standardised(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Values with mean 0 and deviation 1; all 0 where they do not differ.

    The sums are exact, so that the order in which candidates come, which an index's history makes, changes no bit.
    """
    wide = np.asarray(values, dtype=np.float64)
    away = wide - fsum(wide.tolist()) / max(1, wide.size)
    deviation = sqrt(fsum((away**2).tolist()) / max(1, wide.size))
    return away / deviation if deviation > 1e-9 else np.zeros_like(wide)


def coverage(
    question: Question, evidence: Evidence, has: npt.NDArray[np.bool_], kinds: Sequence[str]
) -> npt.NDArray[np.float64]:
    """(n,) the share of the question's words of these kinds that something has (n, t), weighed by rarity, 0 to 1.

    A word weighs its inverse document frequency as in BM25 (Robertson and Zaragoza 2009); one that stands nowhere in
    the index can tell no passage from another and weighs nothing.
    """
    columns = [place for place, word in enumerate(question.words) if word.kind in kinds]
    weights = rarity(evidence.frequencies[columns], evidence.total)
    whole = weights.sum()
    return (has[:, columns] * weights).sum(axis=1) / whole if whole > 0 else np.zeros(len(has))


def rarity(frequencies: Sequence[int] | npt.NDArray[np.int64], total: int) -> npt.NDArray[np.float64]:
    """The inverse document frequency of words that stand in so many of ``total`` passages; 0 for those in none."""
    known = np.minimum(np.asarray(frequencies, dtype=np.float64), total)
    return np.where(known > 0, np.log1p((total - known + 0.5) / (known + 0.5)), 0.0)
