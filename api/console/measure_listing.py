"""What the command line shows of an evaluation: its measures, and how they differ from those of an earlier run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from api.compare import Change, Comparison, PairedTest
from api.console.reports import emit
from api.evaluate import Question, Scores


def show_scores(scores: Scores, *, as_json: bool) -> None:
    """The measures of an evaluation, to the fourth digit."""
    rounded = _rounded(scores.measures)
    if as_json:
        _print_json({"questions": scores.questions, **rounded})
        return
    emit(f"{'questions':<14}{scores.questions}")
    for name, value in rounded.items():
        emit(f"{name:<14}{value:.4f}")


def show_comparison(comparison: Comparison, questions: Sequence[Question], *, as_json: bool) -> None:
    """The measures before and after with what the tests say, and the questions that changed most with their texts."""
    before, after = comparison.before, comparison.after
    texts = {question.qid: " ".join(question.text.split()) for question in questions}
    if as_json:
        tests = [_test_fields(test) for test in comparison.tests]
        changes = [_change_fields(change, texts[change.qid]) for change in comparison.changes]
        against = {"measures": _rounded(before.measures), "tests": tests, "changes": changes}
        _print_json({"questions": after.questions, **_rounded(after.measures), "against": against})
        return
    emit(f"{'questions':<14}{after.questions}\n{'':<14}{'before':<10}{'after':<10}difference")
    for name, value in after.measures.items():
        emit(f"{name:<14}{before.measures[name]:<10.4f}{value:<10.4f}{value - before.measures[name]:+.4f}")
    for test in comparison.tests:
        _show_test(test)
    emit("changed most in nDCG@10:" if comparison.changes else "nDCG@10 changed for no question")
    for change in comparison.changes:
        emit(f"{change.qid:<13} {change.before:<10.4f}{change.after:<10.4f}{texts[change.qid]}")


def _show_test(test: PairedTest) -> None:
    low, high = test.interval
    p = f"p = {test.p_value:.4f}" if test.p_value >= 0.0001 else "p < 0.0001"
    emit(
        f"{test.measure} {test.difference:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}, {p} (paired randomisation); "
        f"{test.won} won, {test.lost} lost, {test.tied} tied"
    )


def _test_fields(test: PairedTest) -> dict[str, object]:
    digits = {"difference": round(test.difference, 4), "interval": [round(end, 4) for end in test.interval]}
    return {**asdict(test), **digits, "p_value": round(test.p_value, 6)}


def _change_fields(change: Change, text: str) -> dict[str, object]:
    return {"qid": change.qid, "before": round(change.before, 4), "after": round(change.after, 4), "question": text}


def _rounded(measures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in measures.items()}


def _print_json(document: dict[str, object]) -> None:
    emit(json.dumps(document))
