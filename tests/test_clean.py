"""What clean does to characters, white space and line breaks."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.clean import join_paragraphs, normalise, one_line, split_paragraphs

ANY_TEXT = st.text(st.characters(codec=None)) | st.text(
    st.sampled_from(list("aB.1- \n\r\t\x00\x0b\x85\u2028\ud800\ufeff•,"))
)

WRAPPED = """SEAVILLE - The two governments offered
to pay a fine of two million crowns and give up the mooring rights
in a dispute over the strait that had
been closed for decades, according to a letter.

The minister of the islands said she had not
read it. Her colleagues had, and were not
pleased by what it said of the harbour."""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_end_becomes_a_newline(end: str) -> None:
    assert normalise(f"one{end}two") == "one\ntwo"


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert normalise("a\ud83db\udc00") == "a\ufffdb\ufffd"


def test_a_pair_of_surrogates_becomes_the_character_it_spells() -> None:
    assert normalise("\ud83d\ude00") == "\U0001f600"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x1e", "\x7f", "\x9f", "\ufeff"])
def test_controls_and_byte_order_marks_go(control: str) -> None:
    assert normalise(f"{control}a{control}b{control}") == "ab"


@pytest.mark.parametrize("text", ["\u200fשלום", "می\u200cخواهم", "👩\u200d🚀", "a\tb", "\u00a0", "\ufffd"])
def test_letters_marks_of_direction_and_joiners_stay(text: str) -> None:
    assert normalise(text) == text


def test_white_space_of_all_kinds_becomes_one_space() -> None:
    assert split_paragraphs(" a\t\u00a0b \u3000 c\n") == ["a b c"]


def test_one_line_takes_out_line_breaks() -> None:
    assert one_line("  a\r\nb\u2029c ") == "a b c"


def test_a_newline_or_more_separates_paragraphs() -> None:
    assert split_paragraphs("One.\nTwo.\n\n \n\nThree.") == ["One.", "Two.", "Three."]


def test_nothing_to_see_is_no_paragraph() -> None:
    assert split_paragraphs("\n \n\u200b\n\u3000\n") == []


def test_hard_wrapped_lines_are_joined_and_blank_lines_separate() -> None:
    first, second = split_paragraphs(WRAPPED)
    assert first.endswith("closed for decades, according to a letter.")
    assert second == (
        "The minister of the islands said she had not read it. "
        "Her colleagues had, and were not pleased by what it said of the harbour."
    )


def test_a_wrapped_line_that_ends_with_a_sentence_goes_on() -> None:
    text = WRAPPED.replace("read it. Her", "read it before noon that day.\nHer")
    assert len(split_paragraphs(text)) == 2


def test_a_short_last_line_ends_a_wrapped_paragraph_without_a_blank_line() -> None:
    assert (
        len(split_paragraphs(WRAPPED.replace(".\n\nThe", ".\nThe").replace("decades, according to a letter", "years")))
        == 2
    )


def test_full_paragraphs_between_single_newlines_stay_apart() -> None:
    text = "The area has one currency.\nThree officials said so.\nNobody doubted it."
    assert split_paragraphs(text) == text.split("\n")


def test_one_break_inside_a_sentence_is_mended_in_any_text() -> None:
    assert split_paragraphs("It rose by 4.7\npercent in May.\n\nThen it fell.") == [
        "It rose by 4.7 percent in May.",
        "Then it fell.",
    ]


def test_a_year_that_fell_to_the_next_line_is_mended() -> None:
    long = "The measures that were taken must continue beyond 12 April"
    assert split_paragraphs(f"{long}\n2021. So I renew them.") == [f"{long} 2021. So I renew them."]


def test_list_items_stay_apart_even_without_full_stops() -> None:
    text = "The candidates are:\n- Ana Ruiz, for Oman\n- Bo Li, for Chad\n• Cy Poe, for Fiji\n1. Di Roe, for Peru"
    assert split_paragraphs(text) == text.split("\n")


def test_lines_that_begin_with_capitals_are_no_wrapped_text() -> None:
    text = "Signed in Vell\nAna Ruiz\nBo Li\nCy Poe\nDi Roe"
    assert split_paragraphs(text) == text.split("\n")


def test_paragraphs_are_joined_by_a_blank_line() -> None:
    assert join_paragraphs(["a", "b"]) == "a\n\nb"


@pytest.mark.parametrize("piece", ["a", "word ", "\n", " ", "a\n", "- ", "a.\n\n", "\n ", "\ud800"])
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    start = time.perf_counter()
    split_paragraphs(normalise(text))
    assert time.perf_counter() - start < 5


@settings(deadline=None, max_examples=200)
@given(ANY_TEXT)
def test_normalise_is_idempotent_and_its_result_can_be_encoded(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once.encode("utf-8").decode("utf-8") == once


@settings(deadline=None, max_examples=300)
@given(ANY_TEXT)
def test_splitting_what_was_split_and_joined_changes_nothing(text: str) -> None:
    for given_text in (text, normalise(text)):
        paragraphs = split_paragraphs(given_text)
        assert split_paragraphs(join_paragraphs(paragraphs)) == paragraphs
        assert all(paragraph == " ".join(paragraph.split()) != "" for paragraph in paragraphs)


@settings(deadline=None, max_examples=200)
@given(ANY_TEXT)
def test_splitting_loses_no_visible_character(text: str) -> None:
    def visible(some: str) -> list[str]:
        return [char for char in some if char.isprintable() and not char.isspace()]

    clean = normalise(text)
    assert visible("".join(split_paragraphs(clean))) == visible(clean)
