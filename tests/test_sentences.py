"""Where sentences begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.sentences import sentence_spans

WINDOW = 4_000
LANGUAGES = [None, "en", "zh", "ar", "pt-BR", "no such language", ""]
PIECES = [
    "Mr. Ito left. ",
    "He said no! ",
    "为什么？不。",
    "x" * 900,
    "no end ",
    " ",
    "U.S. ",
    "\u200fשלום. ",
    "😀",
    "\n",
    "۔",
]
ANY_TEXT = st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def sentences(text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


def test_each_sentence_is_a_span_without_the_space_around_it() -> None:
    assert sentences("  They met. They agreed!  Did they?\n") == ["They met.", "They agreed!", "Did they?"]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Ito met Dr. Weiss in St. Moritz.",
        "The U.S. envoy left.",
        "It grew by 3.5 percent.",
        'She asked "Why now?" and left.',
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert sentences(text) == [text]


def test_chinese_sentences_need_no_spaces() -> None:
    assert sentences("外交部长抵达首都。会谈将继续。", "zh") == ["外交部长抵达首都。", "会谈将继续。"]


@pytest.mark.parametrize("language", [None, "xx", "pt-BR", "EN", "no such language", ""])
def test_unknown_languages_are_split_as_english(language: str | None) -> None:
    assert sentences("Dr. Weiss left. Nobody saw.", language) == ["Dr. Weiss left.", "Nobody saw."]


def test_offsets_count_code_points() -> None:
    text = "😀 Zé chegou. 😀 Ficou."
    assert [text[start:end] for start, end in sentence_spans(text)] == ["😀 Zé chegou.", "😀 Ficou."]


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_nothing_has_no_sentences(text: str) -> None:
    assert sentence_spans(text) == []


def test_text_without_an_end_is_one_sentence() -> None:
    assert sentence_spans("talks without end") == [(0, 17)]


def test_a_long_text_is_cut_at_sentence_ends() -> None:
    sentence = "The envoys met again on Friday and agreed on nothing at all."
    assert sentences(" ".join([sentence] * 400)) == [sentence] * 400


def test_a_long_text_without_sentence_ends_is_cut_at_spaces() -> None:
    found = sentences("harbour " * 2_000)
    assert {word for part in found for word in part.split(" ")} == {"harbour"}
    assert sum(len(part.split(" ")) for part in found) == 2_000


def test_a_long_text_without_spaces_is_cut_after_4000_characters() -> None:
    assert sentence_spans("x" * 10_000) == [(0, 4_000), (4_000, 8_000), (8_000, 10_000)]


@given(ANY_TEXT, st.sampled_from(LANGUAGES))
@hypothesis_settings(deadline=None, max_examples=200)
def test_sentences_are_in_order_stripped_and_short_and_leave_out_only_white_space(
    text: str, language: str | None
) -> None:
    before = 0
    for start, end in sentence_spans(text, language):
        assert before <= start < end <= start + WINDOW
        assert text[start:end] == text[start:end].strip()
        assert not text[before:start].strip()
        before = end
    assert not text[before:].strip()
