"""What of an article is shown around a passage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.assistants.surroundings import Excerpt, around, tokens
from indexer.types import PARAGRAPH_BREAK

FIVE = PARAGRAPH_BREAK.join(letter * 40 for letter in "abcde")
"""Five paragraphs of ten tokens each."""


def shown(budget: int, letter: str = "c", text: str = FIVE) -> tuple[str, int, int]:
    """The paragraphs that are shown by their letters, and how many are left out before and after."""
    start = text.index(letter)
    excerpt = around(text, (start, start + text.count(letter)), budget)
    paragraphs = text[excerpt.start : excerpt.end].split(PARAGRAPH_BREAK)
    return "".join(paragraph[0] for paragraph in paragraphs), excerpt.before, excerpt.after


@pytest.mark.parametrize(
    ("budget", "letter", "expected"),
    [
        (50, "c", ("abcde", 0, 0)),
        (49, "c", ("bcde", 1, 0)),
        (39, "c", ("bcd", 1, 1)),
        (20, "c", ("cd", 2, 1)),
        (10, "c", ("c", 2, 2)),
        (0, "c", ("c", 2, 2)),
        (30, "a", ("abc", 0, 2)),
        (30, "e", ("cde", 2, 0)),
    ],
)
def test_paragraphs_are_taken_in_turns_as_long_as_they_fit(
    budget: int, letter: str, expected: tuple[str, int, int]
) -> None:
    assert shown(budget, letter) == expected


def test_a_side_whose_next_paragraph_is_too_long_ends_there() -> None:
    text = PARAGRAPH_BREAK.join(["a" * 4, "b" * 400, "c" * 4, "d" * 4])
    assert shown(10, "c", text) == ("cd", 2, 0)


def test_a_part_of_a_paragraph_is_shown_with_all_of_it_where_that_fits() -> None:
    text = "One sentence. Another sentence."
    assert around(text, (14, 31), 8) == Excerpt(0, 31, 0, 0)
    assert around(text, (14, 31), 7) == Excerpt(14, 31, 0, 0, cut=True)


def test_an_excerpt_says_whether_it_is_the_whole() -> None:
    assert around(FIVE, (0, 40), 50).is_whole
    assert not around(FIVE, (0, 40), 49).is_whole
    assert not around("One. Two.", (0, 4), 0).is_whole


def test_tokens_are_counted_by_their_bytes_so_that_chinese_is_not_cheap() -> None:
    assert [tokens(text) for text in ("", "word", "words", "中国外交部")] == [0, 1, 2, 4]


@given(st.lists(st.text("abcé中 ", min_size=1), min_size=1), st.integers(0, 60), st.data())
def test_an_excerpt_holds_the_passage_and_whole_paragraphs_within_the_budget(
    paragraphs: list[str], budget: int, data: st.DataObject
) -> None:
    text = PARAGRAPH_BREAK.join(paragraphs)
    place = data.draw(st.integers(0, len(paragraphs) - 1))
    start = sum(map(len, paragraphs[:place])) + place * len(PARAGRAPH_BREAK)
    kept = (start, start + data.draw(st.integers(1, len(paragraphs[place]))))
    found = around(text, kept, budget)
    whole = paragraphs[found.before : len(paragraphs) - found.after]
    part = text[found.start : found.end]
    assert found.start <= kept[0] < kept[1] <= found.end
    assert part == text[slice(*kept)] if found.cut else part == PARAGRAPH_BREAK.join(whole)
    assert sum(map(tokens, whole)) <= budget or len(whole) == 1
    assert found.before <= place < len(paragraphs) - found.after
