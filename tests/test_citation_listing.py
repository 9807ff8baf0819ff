"""What the command line shows of citations, and of what has become of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.citing.verification import Stored, Verdict
from api.console.citation_listing import show_citation, show_verdicts
from indexer.types import Citation, Notice

STORED = Stored("vienna", 2, 10, 14, "Met.", "hash")
STANDS = Verdict(STORED, "stands", "It stands.", 2, 10, 14)
CHANGED = Verdict(STORED, "changed", "It changed.", 3, nearest="They met :x: [b]again[/b].")
GONE = Verdict(replace(STORED, article_id="a\tb\nc\x1b[31m"), "gone", "It is gone.")


def test_a_citation_is_shown_to_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    show_citation(Citation("Met [i]again[/i].", "“Title”, Post, 2012.", "https://a.example/#x", "a", 1, 0, 4, "hash"))
    assert capsys.readouterr() == ("“Met [i]again[/i].”\n“Title”, Post, 2012.\nhttps://a.example/#x\n", "")


def test_a_citation_without_an_address_has_no_line_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_citation(Citation("Met.", "“Title”, n.d.", None, "a", 1, 0, 4, "hash"))
    assert capsys.readouterr().out.splitlines() == ["“Met.”", "“Title”, n.d."]


def test_each_verdict_is_a_line_and_a_changed_one_says_what_stands_there_now(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_verdicts([STANDS, CHANGED, GONE])
    captured = capsys.readouterr()
    assert captured.out.splitlines()[:3] == [
        "stands    vienna version 2: It stands.",
        "changed   vienna version 2: It changed.",
        "    now: They met :x: [b]again[/b].",
    ]
    assert captured.err == "1 of 3 citations stands, 1 changed, 1 gone\n"


def test_a_quote_of_a_retracted_article_is_warned_of_though_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    taken_back = replace(STANDS, detail="It stands. The publisher\n\nretracted it.", notice=Notice("retraction", "No."))
    corrected = replace(STANDS, notice=Notice("correction", "No."))
    show_verdicts([taken_back, corrected])
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "stands    vienna version 2: It stands. The publisher retracted it."
    assert captured.err == "2 of 2 citations stand; 1 of an article that its publisher has retracted\n"


def test_an_id_that_somebody_wrote_cannot_break_the_line_or_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_verdicts([GONE])
    [line] = capsys.readouterr().out.splitlines()
    assert "\x1b" not in line
    assert line.startswith("gone      a b c")


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([], "0 of 0 citations stand"),
        ([STANDS], "1 of 1 citation stands"),
        ([STANDS, STANDS], "2 of 2 citations stand"),
    ],
)
def test_how_many_stand_is_said(capsys: pytest.CaptureFixture[str], verdicts: list[Verdict], said: str) -> None:
    show_verdicts(verdicts)
    assert capsys.readouterr().err == f"{said}\n"
