"""Which sentence of a passage is marked as its answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.highlight import highlights
from indexer.types import Passage

TALKS = (
    "The ministers met behind closed doors. Norway offered to host a second round in Oslo. No date was set, and both "
    "delegations left the same evening."
)


def passage(text: str, start: int = 0) -> Passage:
    return Passage("talks", 2, start, start + len(text), text)


def marked(question: str, text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in highlights(question, passage(text), language)]


def test_the_sentence_that_shares_most_words_with_the_question_is_marked() -> None:
    assert marked("Who offered to host the second round in Oslo?", TALKS) == [
        "Norway offered to host a second round in Oslo."
    ]


def test_the_place_is_counted_in_the_article_not_in_the_passage() -> None:
    assert highlights("Did Norway offer to host?", passage(TALKS, start=700)) == ((739, 785),)


def test_nothing_is_marked_where_no_sentence_shares_a_word() -> None:
    assert marked("tariffs on steel", TALKS) == []


def test_words_that_only_ask_mark_nothing() -> None:
    assert marked("What was it that they decided?", "They said what it was about.") == []


def test_of_sentences_that_share_as_much_the_first_is_marked() -> None:
    text = "Vienna hosts the talks. Geneva hosts the talks."
    assert marked("Which city hosts the talks?", text) == ["Vienna hosts the talks."]


def test_another_form_of_a_word_and_of_its_accents_counts() -> None:
    text = "The day began quietly. Later Erdoğan visited the Élysée."
    assert marked("Erdogan's visit to the Elysee", text) == ["Later Erdoğan visited the Élysée."]


def test_an_acronym_with_and_without_stops_is_one_word() -> None:
    text = "The day began quietly. Later the U.S. delegation spoke."
    assert marked("What did the US say?", text) == ["Later the U.S. delegation spoke."]


def test_a_passage_of_one_sentence_is_marked_whole() -> None:
    assert marked("summit", "A summit without an end") == ["A summit without an end"]


@pytest.mark.parametrize("question", ["", "?!", "\u202e", "的"])
def test_a_question_without_words_marks_nothing_or_what_it_finds(question: str) -> None:
    assert marked(question, "A summit in Vienna.") == []


def test_a_passage_in_japanese_is_marked_by_its_own_sentence_ends() -> None:
    text = "外相会談が開かれた。Vienna で来週再開する。日程は未定だ。"
    assert marked("Vienna", text, "ja") == ["Vienna で来週再開する。"]


@settings(deadline=None, max_examples=150)
@given(
    st.text(max_size=60),
    st.text(min_size=1, max_size=300),
    st.integers(0, 10_000),
    st.sampled_from([None, "en", "ja", "ar", "pt-BR", "zh_Hans", "xx", "tlh"]),
)
def test_a_highlight_lies_inside_its_passage_whatever_the_text(
    question: str, text: str, start: int, language: str | None
) -> None:
    for low, high in highlights(question, passage(text, start), language):
        assert start <= low < high <= start + len(text)
        assert text[low - start : high - start].strip() == text[low - start : high - start]
