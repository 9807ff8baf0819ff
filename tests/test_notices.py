"""Notices: what a publisher says of its own article is found to the letter, and nothing else is taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.extraction.notices import LONGEST, find_notice
from indexer.types import PARAGRAPH_BREAK, Notice, NoticeKind

BODY = "The ministers met in Vienna on Tuesday. They signed nothing."


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: The treaty was signed in 1987, not in 1978.",
        "CORRECTION: The treaty was signed in 1987.",
        "Correction (3 May 2024): The envoy is called Ann Lee.",
        "Correction, May 3, 2024: The envoy is called Ann Lee.",
        "Correction May 3, 2024 10:00 a.m.: The envoy is called Ann Lee.",
        "Corrections and clarifications: the envoy is called Ann Lee.",
        "Korrektur: Die Gesandte heißt Ann Lee.",
        "This story has been corrected.",
        "This story has been corrected to show that the envoy is called Ann Lee.",
        "This article was amended on 3 May 2024 to give the envoy her name.",
        "• This article was amended on May 3, 2024. The envoy is called Ann Lee.",
        "This article was corrected because an earlier version named another envoy.",
        "This story has been updated to remove a wrong figure.",
        "An earlier version of this article misstated the year of the treaty.",
        "Due to an editing error, an earlier version of this story gave another year.",
        "Editor's note: An earlier version of this article gave another year.",
        "EDITOR'S NOTE: This story was updated to correct the year.",
        "Editor’s note: This article has been corrected.",
    ],
)
def test_a_paragraph_that_says_the_article_was_corrected_is_a_correction(notice: str) -> None:
    for text in (f"{BODY}{PARAGRAPH_BREAK}{notice}", f"{notice}{PARAGRAPH_BREAK}{BODY}"):
        assert find_notice("Ministers meet", text) == Notice("correction", notice)


@pytest.mark.parametrize(
    "notice",
    [
        "Corrects spelling of name in paragraph 3",
        "Refiles to add dropped word in headline",
        "This story corrects the code to ( ABC.N ) from ( ABD.N )",
        "This version of the story has been corrected to say that talks failed",
        "In May 3 story, corrects name of envoy",
        "Paragraph 7 of this story has been corrected to show Oslo",
        "Corrected June 26 story to show Oslo",
        "this story has been refiled to fix the dateline",
        "Correction: the envoy is called Ann Lee",
        "Editor's note: an earlier version of this story gave another year",
    ],
)
def test_what_a_wire_says_in_brackets_is_found_without_them_wherever_it_stands(notice: str) -> None:
    for text in (f"({notice}) {BODY}", f"{BODY} ({notice}) (Reporting by A. Reporter)", f"{BODY} [{notice}]"):
        assert find_notice("Ministers meet", text) == Notice("correction", notice)


def test_a_notice_without_brackets_before_a_wires_article_is_found() -> None:
    text = f"Corrects name of envoy in second paragraph{PARAGRAPH_BREAK}VIENNA (Wire) - {BODY}"
    assert find_notice("T", text) == Notice("correction", "Corrects name of envoy in second paragraph")
    assert find_notice("T", f"{BODY}{PARAGRAPH_BREAK}Corrects nobody who speaks, the judge said.") is None


def test_of_a_paragraph_that_says_more_the_sentence_is_the_notice() -> None:
    sentence = "An earlier version of this article misstated the year."
    assert find_notice("T", f"{BODY} {sentence} Talks go on.") == Notice("correction", sentence)


def test_a_label_on_a_line_of_its_own_takes_the_next_paragraph_along() -> None:
    notice = f"Correction:{PARAGRAPH_BREAK}The envoy is called Ann Lee."
    assert find_notice("T", f"{BODY}{PARAGRAPH_BREAK}{notice}") == Notice("correction", notice)


@pytest.mark.parametrize(
    ("notice", "kind"),
    [
        ("Clarification: The envoy spoke of both treaties.", "clarification"),
        ("This story has been updated to clarify which treaty was meant.", "clarification"),
        ("(This story clarifies that the envoy spoke of both treaties)", "clarification"),
        ("(This story corrects paragraph 3 to clarify the figures)", "correction"),
        ("Retraction: The interview never took place.", "retraction"),
        ("This article has been retracted at the request of its author.", "retraction"),
        ("This story has been withdrawn.", "retraction"),
        ("CNN has retracted this story.", "retraction"),
        ("Editor's note: This article has been retracted.", "retraction"),
        ("(This story was fixed to make clear that the bank has withdrawn its request)", "correction"),
    ],
)
def test_a_notice_is_of_the_kind_that_it_says(notice: str, kind: NoticeKind) -> None:
    assert find_notice("T", f"{BODY}{PARAGRAPH_BREAK}{notice}") == Notice(kind, notice.strip("()"))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("CORRECTED-Ministers meet in Vienna", "correction"),
        ("CORRECTED - UPDATE 1-Ministers meet in Vienna", "correction"),
        ("UPDATE 2-CORRECTED-Ministers meet in Vienna", "correction"),
        ("Corrected: Ministers meet in Vienna", "correction"),
        ("CORRECTION (OFFICIAL): Ministers meet in Vienna", "correction"),
        ("REFILE-Ministers meet in Vienna", "correction"),
        ("Ministers meet in Vienna (Corrected)", "correction"),
        ("CLARIFICATION: Ministers meet in Vienna", "clarification"),
        ("RETRACTED ARTICLE: Ministers meet in Vienna", "retraction"),
        ("ADVISORY-Vienna ministers story withdrawn", "retraction"),
        ("Advisory: Story on ministers in Vienna withdrawn", "retraction"),
        ("WITHDRAWN: Ministers meet in Vienna", "retraction"),
    ],
)
def test_a_mark_of_the_title_is_a_notice(title: str, kind: NoticeKind) -> None:
    assert find_notice(title, BODY) == Notice(kind, title)


@pytest.mark.parametrize(
    "title",
    [
        "Oil stocks due for correction",
        "Stocks' correction coming? Not that again",
        "Correction - or crash?",
        "Xinhua corrects minister's comment on growth",
        "Withdrawal of troops from the valley begins",
        "Withdrawn: how the last soldiers left",
        "WITHDRAWN - THE LAST SOLDIERS",
        "Article 50 letter withdrawn",
        "Cover story: soldiers withdrawn",
        "Radio retracts report on worker",
        "Corrections: 3 May 2024",
        "Clarifying the treaty",
    ],
)
def test_a_title_that_speaks_of_something_else_is_none(title: str) -> None:
    assert find_notice(title, BODY) is None


@pytest.mark.parametrize(
    "text",
    [
        "A correction in oil prices is overdue, analysts said.",
        "CORRECTION",
        "Correction or crash? Nobody knows.",
        "Correction of 10 percent: what comes next",
        "The inmates of the correction facility went on strike.",
        "The ministry corrected the figure on Monday. The company retracted its forecast.",
        "The story has been withdrawn by the magazine, which said it was wrong.",
        "Prices (corrected for inflation) rose. Prices (Corrected for inflation) rose.",
        "They took on risk (correct), and paid for it (also correct!).",
        '"An earlier version of this story incorrectly said that they met," the channel wrote.',
        "An earlier version of the bill was rejected in May.",
        "An earlier version of this article appeared in a quarterly.",
        "The article was amended to clarify the role of the emperor.",
        "This article was amended in 2013 to remove the limit of two terms.",
        "This article was amended on 6 October 1979 by a protocol.",
        "Editor's note: The author is a former correctional officer.",
        "(EDITOR'S NOTE: The reporter worked for the paper until 2011)",
        "Editor's note: We aim to correct errors; write to us.",
        "This story has been updated to add a comment of the ministry.",
        "Correcting the deficit will take years, he said.",
        "(Adds comment of minister, background)",
    ],
)
def test_a_text_that_speaks_of_something_else_is_none(text: str) -> None:
    assert find_notice("Ministers meet", f"{text}{PARAGRAPH_BREAK}{BODY}") is None
    assert find_notice("Ministers meet", f"{BODY}{PARAGRAPH_BREAK}{text}") is None


def test_the_gravest_of_several_counts_and_of_equals_the_first_of_the_text() -> None:
    clear, mended, back = "Clarification: Both.", "Correction: Oslo.", "Retraction: All of it."
    text = PARAGRAPH_BREAK.join([BODY, clear, mended, "Correction: Rome."])
    assert find_notice("CORRECTED: Ministers meet", text) == Notice("correction", mended)
    assert find_notice("T", f"{text}{PARAGRAPH_BREAK}{back}") == Notice("retraction", back)
    assert find_notice("RETRACTED: Ministers meet", text) == Notice("retraction", "RETRACTED: Ministers meet")


@pytest.mark.parametrize("inside", ["Yes, quite so. ", "word ", "w", "( ", "(Corrects a b ", "(The a.a "])
def test_a_notice_without_an_end_is_cut(inside: str) -> None:
    text = f"{BODY} (Corrects name of envoy {inside * 50_000}"
    notice = find_notice("T", text)
    assert notice is not None
    assert notice.text.startswith("Corrects name of envoy")
    assert len(notice.text) <= LONGEST
    assert notice.text in text


PIECES = [
    *("Correction", "Clarification", "Retraction", "CORRECTED", "(Corrects ", "(This story ", "has been ", "retracted"),
    *("An earlier version of this article ", "Editor's note", ": ", " - ", ". ", ") ", "[", "misstated it", "\n\n"),
    *("3 May 2024", "This article was amended on ", "to clarify ", "This story has been corrected", "x", " "),
]


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.lists(st.sampled_from(PIECES)).map("".join))
def test_a_notice_stands_in_the_text_or_the_title(title: str, text: str) -> None:
    notice = find_notice(title, text)
    if notice is not None:
        assert notice.text in text or notice.text in title
        assert notice.text == notice.text.strip()
        assert 0 < len(notice.text) <= LONGEST
