"""Where else a story was published: each article is named once, few in a line, and nothing is made up of the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.elsewhere import Elsewhere, also_in, editions_named, published_by, source
from indexer.types import EDITIONS, Edition, Hit, Metadata
from tests.answers import copy, hit


def edition(name: str, **known: object) -> Edition:
    return Edition(copy(name, **known).article, 1)


def ids(found: Elsewhere) -> list[tuple[str, str | None]]:
    return [(one.article.id, one.passage.id if one.passage else None) for one in found.appearances]


def many(count: int) -> list[Edition]:
    return [edition(f"e{number}", publisher=f"P{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, ""),
        (1, "P0"),
        (3, "P0, P1, P2"),
        (4, "P0, P1, P2 and 1 other"),
        (19, "P0, P1, P2 and 16 others"),
        (EDITIONS, "P0, P1, P2 and at least 17 others"),
        (EDITIONS + 9, "P0, P1, P2 and at least 17 others"),
    ],
)
def test_three_are_named_and_the_rest_is_counted_as_far_as_it_is_known(count: int, said: str) -> None:
    assert editions_named(many(count)).named(source) == said


def test_more_can_be_named_with_another_mark_between_them() -> None:
    assert editions_named(many(5)).named(source, "; ", 4) == "P0; P1; P2; P3 and 1 other"


def test_what_has_no_publisher_is_named_by_its_title() -> None:
    assert source(Metadata("a", "Ministers meet")) == "“Ministers meet”"
    assert source(Metadata("a", "Ministers meet", publisher="Post")) == "Post"


def told(editions: int = 0, copies: tuple[str, ...] = ()) -> Hit:
    return replace(hit(), editions=tuple(many(editions)), copies=tuple(copy(name) for name in copies))


def test_an_edition_with_a_copy_of_the_passage_is_named_once_with_its_passage() -> None:
    found = told(3, ("e1", "x"))
    assert ids(published_by(found)) == [("e0", None), ("e1", "e1:0"), ("e2", None)]
    assert ids(also_in(found)) == [("x", "x:0")]


def test_so_many_are_named_and_how_many_more_have_a_copy_is_known() -> None:
    found = also_in(told(0, tuple(f"x{number}" for number in range(EDITIONS + 5))))
    assert (len(found.appearances), found.beyond) == (EDITIONS, 5)
    assert found.named(source).endswith(f" and {EDITIONS + 2} others")


def test_of_a_story_with_more_editions_than_are_named_no_copy_is_taken_for_another_story() -> None:
    assert also_in(told(EDITIONS, ("e25", "x"))) == Elsewhere((), 0)


def test_a_story_that_stands_nowhere_else_has_nothing_to_name() -> None:
    assert published_by(told()) == also_in(told()) == Elsewhere((), 0)
