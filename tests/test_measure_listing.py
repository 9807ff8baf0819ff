"""What the command line shows of an evaluation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from api.compare import Change, Comparison, PairedTest
from api.console import measure_listing
from api.evaluate import Question, Scores

COMPARISON = Comparison(
    Scores(3, {"nDCG@10": 0.5, "hit@1": 1.0}, {}),
    Scores(3, {"nDCG@10": 2 / 3, "hit@1": 0.0}, {}),
    (PairedTest("nDCG@10", 1 / 6, 0.04321, (-0.01, 1 / 3), won=2, lost=1, tied=0),),
    (Change("q2", 0.0, 1 / 3), Change("q3", 1.0, 0.75)),
)
QUESTIONS = [Question("q1", "Who?"), Question("q2", "Who [b]met[/b]\nin Vienna?"), Question("q3", "Why?")]


def test_measures_are_shown_to_the_fourth_digit(capsys: pytest.CaptureFixture[str]) -> None:
    scores = Scores(3, {"nDCG@10": 2 / 3, "hit@1": 1.0}, {})
    measure_listing.show_scores(scores, as_json=False)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["questions", "3"],
        ["nDCG@10", "0.6667"],
        ["hit@1", "1.0000"],
    ]
    measure_listing.show_scores(scores, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"questions": 3, "nDCG@10": 0.6667, "hit@1": 1.0}


def test_a_comparison_shows_both_columns_the_tests_and_what_changed_most(capsys: pytest.CaptureFixture[str]) -> None:
    measure_listing.show_comparison(COMPARISON, QUESTIONS, as_json=False)
    counted, head, *rows, tested, changed, first, second = capsys.readouterr().out.splitlines()
    assert (counted.split(), head.split()) == (["questions", "3"], ["before", "after", "difference"])
    assert [row.split() for row in rows] == [
        ["nDCG@10", "0.5000", "0.6667", "+0.1667"],
        ["hit@1", "1.0000", "0.0000", "-1.0000"],
    ]
    assert tested == (
        "nDCG@10 +0.1667, 95 % interval -0.0100 to +0.3333, p = 0.0432 (paired randomisation); 2 won, 1 lost, 0 tied"
    )
    assert changed == "changed most in nDCG@10:"
    assert first.split(maxsplit=3) == ["q2", "0.0000", "0.3333", "Who [b]met[/b] in Vienna?"]
    assert second.split() == ["q3", "1.0000", "0.7500", "Why?"]


def test_the_columns_of_a_comparison_stand_under_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    measure_listing.show_comparison(COMPARISON, QUESTIONS, as_json=False)
    _, head, measured, *_, changed = capsys.readouterr().out.splitlines()
    assert head.index("before") == measured.index("0.5000") == changed.index("1.0000")
    assert head.index("after") == measured.index("0.6667") == changed.index("0.7500")


@pytest.mark.parametrize(("p", "shown"), [(1.0, "p = 1.0000"), (0.0001, "p = 0.0001"), (0.00001, "p < 0.0001")])
def test_a_p_value_is_never_shown_as_zero(capsys: pytest.CaptureFixture[str], p: float, shown: str) -> None:
    test = replace(COMPARISON.tests[0], p_value=p)
    measure_listing.show_comparison(replace(COMPARISON, tests=(test,), changes=()), QUESTIONS, as_json=False)
    assert f", {shown} (" in capsys.readouterr().out


def test_a_comparison_in_which_nothing_changed_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    measure_listing.show_comparison(replace(COMPARISON, changes=()), QUESTIONS, as_json=False)
    assert capsys.readouterr().out.endswith("\nnDCG@10 changed for no question\n")


def test_a_comparison_as_json_has_the_measures_and_what_they_were_against(capsys: pytest.CaptureFixture[str]) -> None:
    measure_listing.show_comparison(COMPARISON, QUESTIONS, as_json=True)
    tested = {"measure": "nDCG@10", "difference": 0.1667, "p_value": 0.04321, "interval": [-0.01, 0.3333]}
    assert json.loads(capsys.readouterr().out) == {
        "questions": 3,
        "nDCG@10": 0.6667,
        "hit@1": 0.0,
        "against": {
            "measures": {"nDCG@10": 0.5, "hit@1": 1.0},
            "tests": [{**tested, "won": 2, "lost": 1, "tied": 0}],
            "changes": [
                {"qid": "q2", "before": 0.0, "after": 0.3333, "question": "Who [b]met[/b] in Vienna?"},
                {"qid": "q3", "before": 1.0, "after": 0.75, "question": "Why?"},
            ],
        },
    }
