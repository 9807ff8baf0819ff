"""What the command line shows a person: every word as it was given, data on standard output, the rest on the other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import reports
from api.answerable import SIGNS, Answerable
from api.compare import Change, Comparison, PairedTest
from api.evaluate import Question, Scores
from api.explain import MEANS
from api.features import FEATURES
from api.search import Answer, Reading
from api.when import Period
from indexer.build import Report
from indexer.types import (
    Failure,
    Filters,
    Hit,
    IndexInfo,
    Metadata,
    Part,
    PartialDate,
    Passage,
    Query,
    Reference,
    StoredPassage,
)

INFO = IndexInfo(7, 1234, 56789, "a-model", "weights", 384, "rule")
COUNTS = {"articles": 1234, "passages": 56789, "superseded": 2, "removed": 3, "failures": 4}
PARAGRAPH = "Ministers met in [bold]Vienna[/bold]. " + "They agreed on very little :100: and said so. " * 8
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="\t"), max_size=60)


PARTS = (
    Part("sentence", -0.25, 1.2),
    Part("article", 0.0, 0.5),
    Part("names", 1.0, 1.9),
    Part("quotes", 1.0, 0.0),
    Part("years", 0.0001, 1.5),
    Part("feedback", 12.0, 0.45),
)


@pytest.fixture(autouse=True)
def _answered_from_an_even_chance_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.search.default_answerable", lambda: Answerable(np.zeros(len(SIGNS)), 0.0, 0.5))


def hit(**known: object) -> Hit:
    article = Metadata(**{"id": "vienna", "title": "Ministers [i]meet[/i] :x:", **known})  # type: ignore[arg-type]
    passage = Passage("vienna", 3, 100, 100 + len(PARAGRAPH), PARAGRAPH)
    return Hit(1, 0.5, PARTS, passage, article, 1, ((100, 137),))


def stored(article: str, ordinal: int = 0, **known: object) -> StoredPassage:
    meta = Metadata(**{"id": article, "title": f"Title of {article}", **known})  # type: ignore[arg-type]
    return StoredPassage(ordinal, Passage(article, ordinal, 0, 4, "Met."), meta, 1)


def answered(
    *hits: Hit,
    filters: Filters = Filters(),
    periods: tuple[Period, ...] = (),
    answerable: float = 0.5,
    reading: Reading | None = None,
) -> Answer:
    return Answer(Query("Who met?", 10, filters), hits, periods, answerable, INFO, 1.5, reading)


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
    reports.show_report(Report(1, 2, 3000, 4, failures=[Failure("a.txt", "an empty file")]))
    assert capsys.readouterr().err == (
        "1 article added, 2 changed, 3,000 unchanged; 4 new passages; 1 document not taken\n  a.txt: an empty file\n"
    )


def test_a_long_report_lists_ten_failures_and_counts_the_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    failures = [
        Failure(f"{n}.txt", "cannot be read: permission denied" if n % 2 else "an empty file") for n in range(25)
    ]
    reports.show_report(Report(failures=failures))
    _, *lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "  0.txt: an empty file"
    assert lines[9] == "  9.txt: cannot be read: permission denied"
    assert lines[10] == "  ... by reason: an empty file (13), cannot be read (12)"
    assert "dragoman stats --failures" in lines[11]
    assert len(lines) == 12


def test_a_hit_is_shown_to_the_letter_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    url = "https://example.org/" + "a" * 100
    shown = hit(publisher="Morning Post", published=PartialDate("2012-05"), url=url)
    reports.show_answer(answered(shown))
    captured = capsys.readouterr()
    title, source, text, link, place, blank = captured.out.split("\n", 5)
    assert title == " 1. Ministers [i]meet[/i] :x:"
    assert source == "    Morning Post, May 2012"
    assert text == f"    {PARAGRAPH}"
    assert link.startswith(f"    {url}#:~:text=Ministers")
    assert place == "    vienna:3"
    assert blank.strip() == ""
    assert captured.err == ""


def test_what_is_not_known_of_a_hit_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_answer(answered(hit()))
    _, source, _, place, *_ = capsys.readouterr().out.splitlines()
    assert source == "    publisher not known, date not known"
    assert place == "    vienna:3"


def test_a_hit_names_what_its_article_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_answer(answered(hit(references=(Reference("Evening Herald", PartialDate("2011")),))))
    assert "    Rests on: Evening Herald, 2011.\n" in capsys.readouterr().out


def test_a_question_that_nothing_answers_gets_its_hits_with_a_word_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reports.show_answer(answered(hit()))
    likely = capsys.readouterr()
    reports.show_answer(answered(hit(), answerable=0.49))
    unlikely = capsys.readouterr()
    assert (likely.err, likely.out) == ("", unlikely.out)
    assert unlikely.err == "Nothing here seems to answer this; the nearest passages are:\n"


def test_the_times_that_were_understood_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    march = Period(date(2012, 3, 1), date(2012, 3, 31), "last March")
    reports.show_answer(answered(hit(), periods=(march, Period(date(2019, 1, 1), date.max, "since 2019"))))
    captured = capsys.readouterr()
    assert captured.err == "understood: March 2012; since 1 January 2019\n"
    assert "March" not in captured.out


def test_what_a_reranker_cost_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_answer(answered(hit(), reading=Reading("cross-encoder/[b]tiny[/b]", 50, 1234.5)))
    assert capsys.readouterr().err == "cross-encoder/[b]tiny[/b] read 50 passages again in 1,234 ms\n"


def test_copies_are_named_by_publisher_and_date_or_else_by_title(capsys: pytest.CaptureFixture[str]) -> None:
    copies = (stored("a", publisher="[b]Herald[/b]", published=PartialDate("2012-05-21")), stored("b"))
    reports.show_answer(answered(replace(hit(), copies=copies)))
    *_, place, also = capsys.readouterr().out.rstrip().splitlines()
    assert place == "    vienna:3"
    assert also == "    also in [b]Herald[/b], 21 May 2012; “Title of b”, date not known"


@pytest.mark.parametrize(
    ("ordinals", "line"),
    [
        ([7], "1 more passage of this article: vienna:7"),
        ([7, 2], "2 more passages of this article: vienna:7, vienna:2"),
        (range(13), f"13 more passages of this article: {', '.join(f'vienna:{n}' for n in range(10))} and 3 others"),
    ],
)
def test_passages_that_were_held_back_are_named_and_not_shown(
    capsys: pytest.CaptureFixture[str], ordinals: list[int], line: str
) -> None:
    reports.show_answer(answered(replace(hit(), more=tuple(stored("vienna", n) for n in ordinals))))
    shown = capsys.readouterr().out
    assert shown.rstrip().splitlines()[-1] == f"    {line}"
    assert "Met." not in shown


def test_explained_a_hit_lists_the_parts_that_matter_strongest_first(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_answer(answered(hit()), explain=True)
    *_, place, feedback, names, sentence = capsys.readouterr().out.rstrip().splitlines()
    assert place == "    vienna:3"
    width = max(map(len, MEANS))
    assert feedback == f"     +5.400  {'feedback':<{width}} 12.00 x 0.45  {FEATURES['feedback']}"
    assert names == f"     +1.900  {'names':<{width}}  1.00 x 1.90  {FEATURES['names']}"
    assert sentence == f"     -0.300  {'sentence':<{width}} -0.25 x 1.20  {FEATURES['sentence']}"


def test_nothing_is_explained_unless_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_answer(answered(hit()))
    assert " x " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("filters", "said"), [(Filters(), "dragoman add PATH"), (Filters(publishers=("Morning Post",)), "filters")]
)
def test_an_answer_without_hits_says_why_and_prints_nothing(
    capsys: pytest.CaptureFixture[str], filters: Filters, said: str
) -> None:
    reports.show_answer(answered(filters=filters, answerable=0.0))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert "nearest passages" not in captured.err


def test_statistics_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_stats(INFO, COUNTS, [])
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert {name: value.strip() for name, value in lines.items()} == {
        "articles": "1,234",
        "passages": "56,789",
        "generation": "7",
        "older versions kept": "2",
        "removed articles": "3",
        "documents not taken": "4",
        "model": "a-model (384 dimensions)",
        "splitting": "rule",
    }


def test_failures_are_listed_as_source_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_stats(
        INFO, COUNTS, [Failure("news.jsonl:100", "title is missing"), Failure("[b].txt", "an empty file")]
    )
    assert capsys.readouterr().out.endswith("news.jsonl:100\ttitle is missing\n[b].txt\tan empty file\n")


def test_measures_are_shown_to_the_fourth_digit(capsys: pytest.CaptureFixture[str]) -> None:
    scores = Scores(3, {"nDCG@10": 2 / 3, "hit@1": 1.0}, {})
    reports.show_scores(scores, as_json=False)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["questions", "3"],
        ["nDCG@10", "0.6667"],
        ["hit@1", "1.0000"],
    ]
    reports.show_scores(scores, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"questions": 3, "nDCG@10": 0.6667, "hit@1": 1.0}


COMPARISON = Comparison(
    Scores(3, {"nDCG@10": 0.5, "hit@1": 1.0}, {}),
    Scores(3, {"nDCG@10": 2 / 3, "hit@1": 0.0}, {}),
    (PairedTest("nDCG@10", 1 / 6, 0.04321, (-0.01, 1 / 3), won=2, lost=1, tied=0),),
    (Change("q2", 0.0, 1 / 3), Change("q3", 1.0, 0.75)),
)
QUESTIONS = [Question("q1", "Who?"), Question("q2", "Who [b]met[/b]\nin Vienna?"), Question("q3", "Why?")]


def test_a_comparison_shows_both_columns_the_tests_and_what_changed_most(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_comparison(COMPARISON, QUESTIONS, as_json=False)
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
    reports.show_comparison(COMPARISON, QUESTIONS, as_json=False)
    _, head, measured, *_, changed = capsys.readouterr().out.splitlines()
    assert head.index("before") == measured.index("0.5000") == changed.index("1.0000")
    assert head.index("after") == measured.index("0.6667") == changed.index("0.7500")


@pytest.mark.parametrize(("p", "shown"), [(1.0, "p = 1.0000"), (0.0001, "p = 0.0001"), (0.00001, "p < 0.0001")])
def test_a_p_value_is_never_shown_as_zero(capsys: pytest.CaptureFixture[str], p: float, shown: str) -> None:
    test = replace(COMPARISON.tests[0], p_value=p)
    reports.show_comparison(replace(COMPARISON, tests=(test,), changes=()), QUESTIONS, as_json=False)
    assert f", {shown} (" in capsys.readouterr().out


def test_a_comparison_in_which_nothing_changed_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_comparison(replace(COMPARISON, changes=()), QUESTIONS, as_json=False)
    assert capsys.readouterr().out.endswith("\nnDCG@10 changed for no question\n")


def test_a_comparison_as_json_has_the_measures_and_what_they_were_against(capsys: pytest.CaptureFixture[str]) -> None:
    reports.show_comparison(COMPARISON, QUESTIONS, as_json=True)
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


def test_progress_shows_nothing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with reports.Indexing() as progress:
        progress.show(Report(added=2, passages=9))
    assert capsys.readouterr().out == ""
