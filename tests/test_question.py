"""What a question is understood to ask for: words and names, numbers, times, and what somebody said."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.question import MOST_WORDS, SAID, Question, read_question
from indexer.words import content_words, words


def of_kind(text: str, kind: str) -> list[str]:
    """The words of a kind, as the index knows them."""
    return [word.forms[0] for word in read_question(text).words if word.kind == kind]


def names(text: str) -> list[str]:
    return of_kind(text, "name")


def test_words_that_only_ask_are_left_out() -> None:
    assert [word.forms for word in read_question("What is the tariff on steel?").words] == [("tariff",), ("steel",)]


def test_a_question_of_nothing_else_keeps_them() -> None:
    assert [word.forms[0] for word in read_question("Who is it?").words] == ["who", "is", "it"]


def test_a_question_without_a_word_has_none() -> None:
    assert read_question("?!") == Question("?!", (), (), wants_words=False)


def test_the_text_is_kept_as_it_was_asked() -> None:
    assert read_question("Who left Kelmen?").text == "Who left Kelmen?"


# Names


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who visited Kelmen with Oresta Vint?", "Kelmen Oresta Vint"),
        ("why did the envoy resign?", ""),
        ("Where is Kelmen's harbour?", "Kelmen"),
        ("Where is Kelmen’s harbour?", "Kelmen"),
        ("When did ZNX and the Z.N.Y. meet?", "ZNX ZNY"),
        ("What did the U.N. decide?", "UN"),
        ("Who leads al-Vasra?", "Vasra"),
        ("Who met O'Varrik and d'Orlane?", "O Varrik Orlane"),
        ("Was it the Kelmen-Dravia treaty?", "Kelmen Dravia"),
        ('Who wrote "Steel and Salt", and why?', "Steel Salt"),
        ("What did Şovakır say?", "Sovakir"),
        ("Who runs Zarnovia_Post?", "Zarnovia Post"),
    ],
)
def test_what_is_written_with_a_capital_is_a_name(question: str, expected: str) -> None:
    assert names(question) == words(expected)


@pytest.mark.parametrize("first", ["Which", "Why did", "Did", "In", "Before", "Whose", "Can", "The", "Should"])
def test_the_first_word_of_a_question_is_no_name(first: str) -> None:
    assert names(f"{first} ministers resigned?") == []


def test_a_name_may_be_the_first_word() -> None:
    assert names("Vint resigned, and why?") == ["vint"]


def test_a_country_is_a_name_however_it_is_written() -> None:
    assert names("did japan or the french visit dravia?") == ["japan", "french"]


def test_words_for_one_country_are_one_word_that_has_all_their_forms() -> None:
    [word] = read_question("Tokyo Japanese Japan").words
    assert word.kind == "name"
    assert word.forms[0] == "tokyo"
    assert {*words("Japan Japanese Tokyo")} <= {*word.forms}
    assert len(word.forms) == len({*word.forms})


def test_words_for_different_countries_stay_apart() -> None:
    first, second = read_question("Japan France").words
    assert not {*first.forms} & {*second.forms}


def test_other_words_have_one_form() -> None:
    assert [word.forms for word in read_question("Kelmen tariffs 2012").words] == [("kelmen",), ("tariff",), ("2012",)]


def test_a_word_is_a_name_if_it_is_one_anywhere_in_the_question() -> None:
    assert names("Is vint the one, or is Vint another?") == ["vint"]


# Numbers


def test_numbers_are_neither_names_nor_plain_words() -> None:
    assert of_kind("Were 12 ships and 3000 men lost in 2012?", "number") == ["12", "3000", "2012"]
    assert of_kind("Were 12 ships lost?", "plain") == ["ship", "lost"]


def test_a_number_with_letters_is_no_number() -> None:
    assert of_kind("Did the G7 meet?", "name") == ["g7"]
    assert of_kind("the 3rd round", "number") == []


# How many


def test_no_more_words_are_looked_for_than_a_question_has() -> None:
    text = " ".join(f"word{place}" for place in range(MOST_WORDS * 3))
    assert [word.forms[0] for word in read_question(text).words] == [f"word{place}" for place in range(MOST_WORDS)]


def test_a_word_said_twice_is_one() -> None:
    assert of_kind("steel, steel, steels and more steel", "plain") == ["steel", "more"]


# Saying


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Vint say about steel?", True),
        ("How did the minister describe it?", True),
        ("Who was described so?", True),
        ("Who has called it a mistake?", True),
        ("How did Kelmen respond?", True),
        ("WHAT WAS SAID?", True),
        ("Who resigned?", False),
        ("Who left the essay?", False),
    ],
)
def test_a_question_for_what_somebody_said_wants_words(question: str, *, expected: bool) -> None:
    assert read_question(question).wants_words is expected


def test_words_of_saying_are_as_the_index_knows_them() -> None:
    assert [*SAID] == words(" ".join(SAID))


# Time


def test_periods_are_read_from_the_question() -> None:
    [period] = read_question("Who resigned in May 2012?").periods
    assert (period.first, period.last) == (date(2012, 5, 1), date(2012, 5, 31))


def test_last_year_counts_from_the_day_it_was_asked_and_from_no_other() -> None:
    [period] = read_question("Who resigned last year?", date(2013, 6, 1)).periods
    assert (period.first, period.last) == (date(2012, 1, 1), date(2012, 12, 31))
    assert read_question("Who resigned last year?").periods == ()


# Any question

ANY = st.text(max_size=120) | st.lists(
    st.sampled_from(["Japan", "tokyo", "Kelmen", "2012", "said", "U.S.", "US", "the", "May 2012", "Korea", "x-Ray"])
).map(" ".join)


@settings(deadline=None, max_examples=200)
@given(ANY)
def test_each_content_word_of_any_question_is_a_form_of_exactly_one_of_its_words(text: str) -> None:
    found = read_question(text).words
    assert len(found) <= MOST_WORDS
    forms = [form for word in found for form in word.forms]
    assert len(forms) == len(set(forms))
    for word in content_words(text)[:MOST_WORDS]:
        if word not in forms:  # characters that are cleaned away first
            assert not text.isprintable()
