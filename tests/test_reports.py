"""What the command line says of its work: every word as it was given, data on one stream, the rest on the other."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.console import reports
from indexer.build import Report
from indexer.items import Failure
from indexer.types import Change, IndexInfo

INFO = IndexInfo(7, 1234, 56789, "a-model", "weights", 384, "rule")
COUNTS = {
    "articles": 1234,
    "passages": 56789,
    "superseded": 2,
    "removed": 3,
    "corrected": 5,
    "vanished": 6,
    "failures": 4,
}
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="\t"), max_size=60)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PRINTABLE.filter(str.strip))
def test_a_message_is_shown_to_the_letter(capsys: pytest.CaptureFixture[str], message: str) -> None:
    reports.say(message)
    assert capsys.readouterr().err == f"{message}\n"


@pytest.mark.parametrize("message", ["news.jsonl:100: line is not JSON", "[red]C:\\news\\[/]", ":warning:", "[", "\\["])
def test_nothing_in_a_message_is_markup(capsys: pytest.CaptureFixture[str], message: str) -> None:
    reports.say(message)
    reports.step(message)
    reports.complain(message)
    assert capsys.readouterr().err == f"{message}\n  {message}\ndragoman: {message}\n"


def test_an_error_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    reports.complain("no index at " + "folder/" * 60)
    assert capsys.readouterr().err.count("\n") == 1


def test_messages_leave_standard_output_alone(capsys: pytest.CaptureFixture[str]) -> None:
    reports.say("said")
    reports.step("done")
    reports.complain("wrong")
    reports.show_report(Report(added=1))
    assert capsys.readouterr().out == ""


def test_a_report_counts_what_became_of_the_documents(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(1, 2, 2990, 4, cosmetic=10)
    report.fail(Failure("a.txt", "an empty file"))
    reports.show_report(report)
    assert capsys.readouterr().err == (
        "1 article added, 2 changed, 3,000 unchanged; 4 new passages; 1 document not taken\n  a.txt: an empty file\n"
    )


def test_a_report_says_in_what_articles_changed_and_that_some_vanished(capsys: pytest.CaptureFixture[str]) -> None:
    changes: Counter[Change] = Counter(title=2, substance=1, details=1000)
    reports.show_report(Report(changed=1003, changes=changes, vanished=1))
    assert capsys.readouterr().err == (
        "0 articles added, 1,003 changed (1 in substance, 2 in title, 1,000 in details), 0 unchanged;"
        " 1 article no longer at its address; 0 new passages; 0 documents not taken\n"
    )
    reports.show_report(Report(vanished=2))
    assert "; 2 articles no longer at their addresses; " in capsys.readouterr().err


def test_a_long_report_lists_ten_failures_and_counts_the_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    for n in range(25):
        report.fail(Failure(f"{n}.txt", "cannot be read: permission denied" if n % 2 else "an empty file"))
    reports.show_report(report)
    _, *lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "  0.txt: an empty file"
    assert lines[9] == "  9.txt: cannot be read: permission denied"
    assert lines[10] == "  ... by reason: an empty file (13), cannot be read (12)"
    assert "dragoman stats --failures" in lines[11]
    assert "dragoman retry" in lines[11]
    assert len(lines) == 12


def test_statistics_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_stats(INFO, COUNTS, [])
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert {name: value.strip() for name, value in lines.items()} == {
        "articles": "1,234",
        "passages": "56,789",
        "generation": "7",
        "older versions kept": "2",
        "removed articles": "3",
        "corrected articles": "5",
        "vanished articles": "6",
        "documents not taken": "4",
        "model": "a-model (384 dimensions)",
        "splitting": "rule",
    }


def test_failures_are_listed_as_source_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_stats(
        INFO, COUNTS, [Failure("news.jsonl:100", "title is missing"), Failure("[b].txt", "an empty file")]
    )
    assert capsys.readouterr().out.endswith("news.jsonl:100\ttitle is missing\n[b].txt\tan empty file\n")


def test_progress_shows_nothing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with reports.Indexing() as progress:
        progress.show(Report(added=2, passages=9))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", ["a line", "a line\n", "two\nlines", "two\nlines\n"])
def test_data_end_with_the_end_of_a_line(capsys: pytest.CaptureFixture[str], text: str) -> None:
    reports.emit(text)
    assert capsys.readouterr().out == text.removesuffix("\n") + "\n"


def test_no_data_are_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    reports.emit("")
    assert capsys.readouterr().out == ""
