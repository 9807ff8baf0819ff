"""What the command line shows of an answer: every word as it was given, hits on one stream, the rest on the other."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from api.answer import Reading
from api.console import listing
from api.explain import MEANS
from api.facets import Bar, Facets, Timeline
from api.features import FEATURES
from api.when import Period
from indexer.types import Count, Edition, Filters, Notice, Part, PartialDate, Query, Reference
from tests.answers import INFO, PARAGRAPH, answered, copy, hit, passage

PARTS = (
    Part("sentence", -0.25, 1.2),
    Part("article", 0.0, 0.5),
    Part("names", 1.0, 1.9),
    Part("quotes", 1.0, 0.0),
    Part("years", 0.03, 1.5),
    Part("feedback", 12.0, 0.45),
)


def test_a_hit_is_shown_to_the_letter_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    url = "https://example.org/" + "a" * 100
    listing.show_answer(answered(hit(publisher="Morning Post", published=PartialDate("2012-05"), url=url)))
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
    listing.show_answer(answered(hit()))
    _, source, _, place, *_ = capsys.readouterr().out.splitlines()
    assert source == "    publisher not known, date not known"
    assert place == "    vienna:3"


def test_a_hit_names_what_its_article_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show_answer(answered(hit(references=(Reference("Evening Herald", PartialDate("2011")),))))
    assert "    Rests on: Evening Herald, 2011.\n" in capsys.readouterr().out


def test_a_question_that_nothing_answers_gets_its_hits_with_a_word_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    listing.show_answer(answered(hit()))
    likely = capsys.readouterr()
    listing.show_answer(answered(hit(), is_answered=False))
    unlikely = capsys.readouterr()
    assert (likely.err, likely.out) == ("", unlikely.out)
    assert unlikely.err == "Nothing here seems to answer this; the nearest passages are:\n"


def test_the_times_that_were_understood_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    march = Period(date(2012, 3, 1), date(2012, 3, 31), "last March")
    listing.show_answer(answered(hit(), periods=(march, Period(date(2019, 1, 1), date.max, "since 2019"))))
    captured = capsys.readouterr()
    assert captured.err == "understood: March 2012; since 1 January 2019\n"
    assert "March" not in captured.out


def test_what_a_reranker_cost_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show_answer(answered(hit(), reading=Reading("cross-encoder/[b]tiny[/b]", 50, 1234.5)))
    assert capsys.readouterr().err == "cross-encoder/[b]tiny[/b] read 50 passages again in 1,234 ms\n"


def test_copies_are_named_by_publisher_and_date_or_else_by_title(capsys: pytest.CaptureFixture[str]) -> None:
    copies = (copy("a", publisher="[b]Herald[/b]", published=PartialDate("2012-05-21")), copy("b"))
    listing.show_answer(answered(replace(hit(), copies=copies)))
    *_, place, also = capsys.readouterr().out.rstrip().splitlines()
    assert place == "    vienna:3"
    assert also == "    also in [b]Herald[/b], 21 May 2012; “Title of b”, date not known"


def test_what_speaks_against_relying_on_a_hit_stands_before_its_passage(capsys: pytest.CaptureFixture[str]) -> None:
    found = hit(notice=Notice("correction", "An earlier\n\nversion said [b]Oslo[/b]."))
    listing.show_answer(answered(replace(found, vanished=datetime(2026, 5, 3, tzinfo=UTC))))
    _, _, notice, gone, text, *_ = capsys.readouterr().out.splitlines()
    assert notice == "    Corrected by the publisher: “An earlier version said [b]Oslo[/b].”"
    assert gone == "    No longer at its address since 3 May 2026"
    assert text == f"    {PARAGRAPH}"


def test_editions_are_named_once_and_before_other_articles_with_the_passage(capsys: pytest.CaptureFixture[str]) -> None:
    copies = (copy("a", publisher="Herald"), copy("b", publisher="Post"))
    found = replace(hit(), copies=copies, editions=(Edition(copies[0].article, 1), Edition(copy("c").article, 1)))
    listing.show_answer(answered(found))
    *_, editions, also = capsys.readouterr().out.rstrip().splitlines()
    assert editions == "    also published by Herald, date not known; “Title of c”, date not known"
    assert also == "    also in Post, date not known"


def test_more_passages_of_another_edition_are_of_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show_answer(answered(replace(hit(), more=(passage("vienna", 7), passage("herald", 1)))))
    assert capsys.readouterr().out.rstrip().splitlines()[-1] == "    2 more passages of this story: vienna:7, herald:1"


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
    listing.show_answer(answered(replace(hit(), more=tuple(passage("vienna", n) for n in ordinals))))
    shown = capsys.readouterr().out
    assert shown.rstrip().splitlines()[-1] == f"    {line}"
    assert "Met." not in shown


def test_the_parts_of_a_score_that_matter_are_listed_strongest_first(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show_answer(answered(replace(hit(), parts=PARTS)))
    *_, place, feedback, names, sentence = capsys.readouterr().out.rstrip().splitlines()
    assert place == "    vienna:3"
    width = max(map(len, MEANS))
    assert feedback == f"     +5.400  {'feedback':<{width}} 12.00 x 0.45  {FEATURES['feedback']}"
    assert names == f"     +1.900  {'names':<{width}}  1.00 x 1.90  {FEATURES['names']}"
    assert sentence == f"     -0.300  {'sentence':<{width}} -0.25 x 1.20  {FEATURES['sentence']}"


@pytest.mark.parametrize(("adds", "shown"), [(0.0101, True), (0.0099, False), (-0.0102, True)])
def test_a_part_is_listed_from_a_hundredth_of_all_on(
    capsys: pytest.CaptureFixture[str], adds: float, shown: bool
) -> None:
    parts = (Part("feedback", 1 - abs(adds), 1.0), Part("years", adds, 1.0))
    listing.show_answer(answered(replace(hit(), parts=parts)))
    assert (FEATURES["years"] in capsys.readouterr().out) is shown


def test_nothing_is_explained_unless_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show_answer(answered(hit()))
    assert " x " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"index": replace(INFO, passages=0)}, "the index is empty: dragoman add PATH\n"),
        ({"query": Query("Who?", filters=Filters(publishers=("P",)))}, "no passage passes these filters\n"),
        ({}, "there is no passage in any other article\n"),
    ],
)
def test_an_answer_without_hits_says_why_and_prints_nothing(
    capsys: pytest.CaptureFixture[str], known: dict[str, object], said: str
) -> None:
    listing.show_answer(answered(is_answered=False, **known))
    assert capsys.readouterr() == ("", said)


MAY = Timeline("month", (Bar("2012-05", date(2012, 5, 1), date(2012, 6, 1), 1200),), 0)
EMPTY = Bar("2012-06", date(2012, 6, 1), date(2012, 7, 1), 0)


def test_facets_are_headed_lines_with_the_values_that_filters_take(capsys: pytest.CaptureFixture[str]) -> None:
    counts = (Count("[b]Post[/b]", 1200, 3000), Count("Herald", 2, 2))
    facets = Facets(1202, 5000, counts, (Count("JP", 3, 3),), (), replace(MAY, bars=(*MAY.bars, EMPTY), unplaced=2))
    listing.show_answer(answered(hit(), facets=facets))
    assert capsys.readouterr().out.split("\n\n")[1].splitlines() == [
        "1,202 found in 5,000 passages searched",
        "publisher",
        " 1,200  [b]Post[/b]",
        "     2  Herald",
        "country",
        "     3  JP",
        "published, by month",
        " 1,200  2012-05",
        "     2  without a date, or with none as precise as a month",
    ]


def test_of_a_facet_with_many_values_ten_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    counts = tuple(Count(f"P{n}", 1, 1) for n in range(13))
    listing.show_answer(answered(hit(), facets=Facets(13, 13, counts, (), (), Timeline("day", (), 13))))
    lines = capsys.readouterr().out.split("\n\n")[1].splitlines()
    assert lines[-2:] == ["     1  P9", "    and 3 others"]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a narrow terminal without colours would show."""
    shown = io.StringIO()
    console = Console(file=shown, width=40, force_terminal=True, color_system=None, highlight=False)
    for name in ("out", "err"):
        monkeypatch.setattr(listing, name, console)
        monkeypatch.setattr(f"api.console.reports.{name}", console)
    return shown


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"found": 57, "origins": 1}, "57 passages found, from 1 independent origin"),
        ({"found": 57, "origins": 43}, "57 passages found, from 43 independent origins"),
        ({"answerable": None, "origins": 7}, "from 7 independent origins beside the passage's own"),
    ],
)
def test_on_a_terminal_it_is_said_how_many_can_confirm_each_other(
    terminal: io.StringIO, known: dict[str, object], said: str
) -> None:
    listing.show_answer(answered(hit(), hit(), **known))
    assert terminal.getvalue().splitlines()[-1] == said


def test_on_a_narrow_terminal_every_line_of_a_paragraph_is_indented(terminal: io.StringIO) -> None:
    listing.show_answer(answered(hit()))
    lines = terminal.getvalue().splitlines()
    paragraph = lines[2 : lines.index("    vienna:3")]
    assert len(paragraph) > 5
    assert all(line.startswith("    ") and len(line) <= 40 for line in paragraph)
    assert " ".join(line.strip() for line in paragraph) == PARAGRAPH.strip()


def test_an_address_is_never_broken(terminal: io.StringIO) -> None:
    url = "https://example.org/" + "a" * 100
    listing.show_answer(answered(hit(url=url)))
    assert url in terminal.getvalue()


def test_a_person_at_a_terminal_is_told_how_to_get_the_next_page(terminal: io.StringIO) -> None:
    listing.show_answer(answered(hit(), cursor="abc"))
    assert terminal.getvalue().endswith("for the next page: --cursor abc\n")


def test_where_nobody_looks_no_next_page_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show_answer(answered(hit(), cursor="abc"))
    assert capsys.readouterr().err == ""


@settings(deadline=None, max_examples=50)
@given(st.text("朝鲜 العربية हिन्दी ab", min_size=1, max_size=300).filter(str.strip), st.integers(12, 120))
def test_text_in_any_writing_is_shown_whole_at_any_width(text: str, width: int) -> None:
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            listing, "out", Console(file=shown, width=width, force_terminal=True, color_system=None, highlight=False)
        )
        listing.show_answer(answered(replace(hit(), passage=replace(hit().passage, text=text), highlights=())))
    assert "".join(text.split()) in "".join(shown.getvalue().split())
