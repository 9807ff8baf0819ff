"""Which words of a text and of a question the lexical index sees."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.words import close_acronyms, content_words, words

ASKING = ("who", "what", "when", "where", "why", "how", "the", "of", "is", "did")


def test_words_are_lower_case_and_in_order() -> None:
    assert words("Harbour TALKS fail") == ["harbour", "talk", "fail"]


def test_forms_of_one_word_share_a_stem() -> None:
    assert len(set(words("negotiate negotiated negotiating negotiates"))) == 1


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Erdoğan", "Erdogan"),
        ("İstanbul", "istanbul"),
        ("São Tomé", "Sao Tome"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("Straße", "STRASSE"),
    ],
)
def test_accents_make_no_difference(written: str, typed: str) -> None:
    assert words(written) == words(typed)


@pytest.mark.parametrize("name", ["Erdoğan", "İstanbul", "Şahin", "São Tomé", "Việt Nam", "Йемен"])
def test_accents_that_are_characters_of_their_own_do_not_break_a_word(name: str) -> None:
    assert words(unicodedata.normalize("NFD", name)) == words(unicodedata.normalize("NFC", name))


@pytest.mark.parametrize(
    ("written", "closed"),
    [
        ("the U.S. and the U.K.", "the US and the UK"),
        ("U.N.-led talks", "UN-led talks"),
        ("N.A.T.O.", "NATO"),
        ("the U.S.A.", "the USA"),
        ("Р.Ф.", "РФ"),
    ],
)
def test_acronyms_are_closed_up(written: str, closed: str) -> None:
    assert close_acronyms(written) == closed


@pytest.mark.parametrize("text", ["3.5.1", "Mr. A. Smith", "He left. I stayed.", "end.", "v1.2.", "a..b"])
def test_other_full_stops_stay(text: str) -> None:
    assert close_acronyms(text) == text


def test_an_acronym_with_and_without_full_stops_is_one_word() -> None:
    assert words("U.S. forces") == words("US forces")


@pytest.mark.parametrize("text", ["US-China", "US–China", "US/China", "(US) China", '"US": China!', "US\u200fChina"])
def test_hyphens_quotes_and_marks_separate_words_and_mean_nothing(text: str) -> None:
    assert words(text) == ["us", "china"]


def test_an_apostrophe_ends_a_name() -> None:
    assert "china" in words("China’s")
    assert "china" in words("China's")


def test_what_has_no_letters_or_figures_has_no_words() -> None:
    assert words("?! … – «» 🕊️") == words("") == []


def test_a_run_of_letters_that_is_no_word_is_left_out() -> None:
    assert words(f"treaty {'x' * 200} signed") == words("treaty signed")


def test_figures_are_words() -> None:
    assert words("resolution 2231 of 2015") == ["resolut", "2231", "of", "2015"]


def test_a_question_keeps_only_the_words_that_say_something() -> None:
    assert content_words("Who did the president of Kosovia visit?") == ["presid", "kosovia", "visit"]


def test_a_word_asked_twice_counts_once() -> None:
    assert content_words("Talks about talks, and TALKS?") == ["talk"]


def test_a_question_of_nothing_but_asking_words_keeps_them() -> None:
    assert content_words("What is it?") == ["what", "is", "it"]


def test_a_country_is_not_taken_for_a_pronoun() -> None:
    assert content_words("What did the U.S. say to us?") == ["us", "say"]


@given(st.lists(st.sampled_from([*ASKING, "treaty", "harbour", "envoy", "2231"]), max_size=12))
@hypothesis_settings(deadline=None, max_examples=50)
def test_content_words_are_different_words_of_the_question_in_its_order(asked: list[str]) -> None:
    found = content_words(" ".join(asked))
    in_order = list(dict.fromkeys(words(" ".join(asked))))
    assert found == [word for word in in_order if word in found]
    if set(asked) - set(ASKING):
        assert not set(found) & set(ASKING)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
@hypothesis_settings(deadline=None, max_examples=100)
def test_any_text_has_words_without_spaces_and_none_empty(text: str) -> None:
    assert all(word and not any(map(str.isspace, word)) for word in words(text))


@given(st.text(st.characters(codec="utf-8"), max_size=200))
@hypothesis_settings(deadline=None, max_examples=100)
def test_closing_acronyms_takes_away_nothing_but_full_stops(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert close_acronyms(text).replace(".", "") == composed.replace(".", "")
