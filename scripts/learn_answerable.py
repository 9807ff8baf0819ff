"""Learns how likely it is that a question is answered, for learn.py, and says how well that probability holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from api.answerable import SIGNS, signs
from api.features import features
from api.fusion import scores
from api.pool import in_order
from indexer.engine import Evidence

FOLDS = 5
PENALTY = 1.0
SHOWN = 10
"""Hits among which an answer must be for the question to count as answered."""

REFUSED = 0.02
"""The share of questions with an answer that may be refused; the threshold is set by it."""

OF_THE_INDEX = {"frequencies", "total", "vectors"}
"""Fields of Evidence that are not one row a candidate."""


@dataclass(frozen=True)
class Case:
    """A question with its signs, and whether one of its first hits answers it."""

    name: str
    source: str
    fold: int
    found: np.ndarray
    answered: bool
    has_answer: bool


@dataclass(frozen=True)
class Refusals:
    """What was learned, as TOML, and how well it does, as text."""

    toml: str
    report: str


def learn_refusals(rows: Sequence[Any], weights: Callable[[Any], np.ndarray]) -> Refusals:
    """Learn from questions with an answer, without one, and from the former with their answering articles left out."""
    cases = [case for row in rows if "(" not in row.name for case in _cases(row, weights(row))]
    held_out = np.zeros(len(cases))
    for fold in range(FOLDS):
        model = _fit([case for case in cases if case.fold != fold])
        for place, case in enumerate(cases):
            if case.fold == fold:
                held_out[place] = _probability(model, case.found)
    threshold = _threshold(cases, held_out)
    model = _fit(cases)
    lines = ["[answerable]", *(f"{name} = {weight:.3f}" for name, weight in zip(SIGNS, model[:-1], strict=True))]
    return Refusals(
        "\n".join([*lines, f"bias = {model[-1]:.3f}", f"threshold = {threshold:.3f}"]),
        _report(cases, held_out, threshold),
    )


def _cases(row: Any, weights: np.ndarray) -> list[Case]:
    cases = [_case(row, "with an answer" if row.judged else "without an answer", row.evidence, row.passages, weights)]
    if row.judged:
        answering = {p.article_id for p, gain in zip(row.passages, row.gains, strict=True) if gain > 0}
        kept = np.array([passage.article_id not in answering for passage in row.passages])
        if kept.any() and not kept.all():
            left = [passage for passage, keep in zip(row.passages, kept, strict=True) if keep]
            cases.append(_case(row, "answering articles left out", _only(row.evidence, kept), left, weights))
    return cases


def _case(row: Any, source: str, evidence: Evidence, passages: Sequence[Any], weights: np.ndarray) -> Case:
    table = features(row.question, evidence)
    order = in_order(scores(table, weights), evidence.articles)
    grades = row.judged.grades([passages[at] for at in order[:SHOWN]]) if row.judged else []
    answered = source == "with an answer" and any((grade or 0) >= 2 for grade in grades)
    return Case(
        row.name, source, row.fold, signs(row.question, evidence, table, order), answered, source == "with an answer"
    )


def _only(evidence: Evidence, kept: np.ndarray) -> Evidence:
    rows = {name: values[kept] for name, values in evidence._asdict().items() if name not in OF_THE_INDEX}
    return evidence._replace(**rows)


def _fit(cases: Sequence[Case]) -> np.ndarray:
    """Weights and bias of a logistic regression in which each set counts the same."""
    table = np.array([[*case.found, 1.0] for case in cases])
    truth = np.array([case.answered for case in cases], dtype=np.float64)
    names = [case.name for case in cases]
    counts = np.array([100 / names.count(name) for name in names])

    def loss(model: np.ndarray) -> tuple[float, np.ndarray]:
        chance = 1 / (1 + np.exp(-np.clip(table @ model, -30, 30)))
        likelihood = truth * np.log(chance) + (1 - truth) * np.log(1 - chance)
        free = np.append(model[:-1], 0)
        return float(-(counts @ likelihood) + PENALTY / 2 * free @ free), table.T @ (
            counts * (chance - truth)
        ) + PENALTY * free

    return minimize(loss, np.zeros(table.shape[1]), jac=True, method="L-BFGS-B").x


def _probability(model: np.ndarray, found: np.ndarray) -> float:
    return float(1 / (1 + np.exp(-(found @ model[:-1] + model[-1]))))


def _threshold(cases: Sequence[Case], held_out: np.ndarray) -> float:
    """The highest probability under which at most REFUSED of the questions with an answer lie, in every set."""
    lowest = []
    for name in {case.name for case in cases}:
        found = [chance for chance, case in zip(held_out, cases, strict=True) if case.has_answer and case.name == name]
        lowest.append(float(np.quantile(found, REFUSED, method="lower")))
    return float(np.floor(min(lowest) * 1000) / 1000)


def _report(cases: Sequence[Case], held_out: np.ndarray, threshold: float) -> str:
    truth = np.array([case.answered for case in cases])
    lines = [
        "",
        f"answerable, cross-validated; threshold {threshold:.3f}",
        "",
        "| set | questions | number | refused | mean probability |",
        "|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(case.name for case in cases):
        for source in dict.fromkeys(case.source for case in cases):
            some = held_out[[case.name == name and case.source == source for case in cases]]
            if len(some):
                lines.append(
                    f"| {name} | {source} | {len(some)} | {(some < threshold).mean():.3f} | {some.mean():.3f} |"
                )
    refused = held_out < threshold
    without = np.array([not case.has_answer for case in cases])
    precision = without[refused].mean() if refused.any() else 1.0
    lines += ["", f"refusals: precision {precision:.3f}, recall {refused[without].mean():.3f}"]
    lines += [f"expected calibration error: {_calibration(truth, held_out):.3f}"]
    lines += ["", "| coverage | least probability | risk (none of ten hits answers) |", "|---|---|---|"]
    order = np.argsort(-held_out)
    for coverage in (1.0, 0.8, 0.6, 0.4, 0.2, 0.1):
        best = order[: max(1, round(coverage * len(order)))]
        lines.append(f"| {coverage:.0%} | {held_out[best[-1]]:.2f} | {1 - truth[best].mean():.3f} |")
    return "\n".join(lines)


def _calibration(truth: np.ndarray, chance: np.ndarray) -> float:
    """The mean distance of probability and share answered over ten bins (Naeini et al. 2015)."""
    bins = np.minimum((chance * 10).astype(int), 9)
    return float(sum(abs(truth[bins == b].mean() - chance[bins == b].mean()) * (bins == b).mean() for b in set(bins)))
