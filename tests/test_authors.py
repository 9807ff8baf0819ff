"""Authors: taken apart where it is certain, left as printed where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.citing.authors import Name, name_of


@pytest.mark.parametrize(
    ("author", "family", "given_names"),
    [
        ("Jane Doe", "Doe", "Jane"),
        ("Jane M. Doe", "Doe", "Jane M."),
        ("J. R. Doe", "Doe", "J. R."),
        ("J.R.R. Doe", "Doe", "J.R.R."),
        ("Jean-Paul Roe", "Roe", "Jean-Paul"),
        ("Conor O’Poe", "O’Poe", "Conor"),
        ("Şule Öz", "Öz", "Şule"),
        ("Charles de Gaulle", "de Gaulle", "Charles"),
        ("Ursula von der Leyen", "von der Leyen", "Ursula"),
    ],
)
def test_a_person_is_taken_apart_and_particles_go_with_the_family_name(
    author: str, family: str, given_names: str
) -> None:
    assert name_of(author) == Name(family, given_names)


@pytest.mark.parametrize("author", ["John Roe Jr.", "John Roe, Jr."])
def test_a_suffix_is_a_part_of_its_own(author: str) -> None:
    assert name_of(author) == Name("Roe", "John", "Jr.")


@pytest.mark.parametrize(
    "author",
    [
        "Reuters",
        "AFP",
        "RIA Novosti",
        "Reuters Staff",
        "BBC News",
        "The Editors",
        "Agence France-Presse",
        "Guardian staff and agencies",
        "Ministry of Foreign Affairs",
        "Jane Doe, Reuters",
        "Jane Doe and John Roe",
        "By Jane Doe",
        "jane.doe@example.org",
        "jane doe",
        "",
    ],
)
def test_organisations_desks_and_whatever_is_no_plain_name_are_left_as_printed(author: str) -> None:
    assert name_of(author) == Name(literal=author)


@pytest.mark.parametrize(
    "author", ["Xi Jinping", "Kim Jong Un", "Nguyen Phu Trong", "Li Wei", "习近平", "سفير علي", "Иван Иванов"]
)
def test_a_name_that_may_begin_with_the_familys_is_not_turned_round(author: str) -> None:
    assert name_of(author) == Name(literal=author)


@pytest.mark.parametrize("author", ["Mario Vargas Llosa", "Martin Luther King"])
def test_with_three_names_it_is_not_known_where_the_familys_begins(author: str) -> None:
    assert name_of(author) == Name(literal=author)


@given(st.text())
def test_no_letter_of_an_author_is_lost(author: str) -> None:
    name = name_of(author)
    whole = name.literal or " ".join(filter(None, (name.given, name.family, name.suffix)))
    assert sorted(whole.replace(",", "").split()) == sorted(author.replace(",", "").split())


def test_what_is_empty_has_no_field() -> None:
    assert name_of("Jane Doe").fields() == {"family": "Doe", "given": "Jane"}
    assert name_of("Reuters").fields() == {"literal": "Reuters"}
