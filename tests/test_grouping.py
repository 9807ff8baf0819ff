"""Which candidates are shown, and which are held back for them: of their own story, and copies of their text."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from api.grouping import Group, grouped

Pairs = AbstractSet[tuple[int, int]]
"""Places that say the same, the smaller first."""


def pairs(texts: Sequence[object], articles: Sequence[int]) -> Pairs:
    """Places of other articles with the same text."""
    places = range(len(texts))
    return {(a, b) for a in places for b in places if a < b and articles[a] != articles[b] and texts[a] == texts[b]}


def table(found: Pairs, size: int) -> np.ndarray:
    """The same as a matrix."""
    alike = np.zeros((size, size), dtype=np.bool_)
    for one, other in found:
        alike[one, other] = alike[other, one] = True
    return alike


def order_of(order: Sequence[int], stories: Sequence[int], limit: int = 0, alike: Pairs = frozenset()) -> list[Group]:
    return grouped(order, np.array(stories, dtype=np.int64), limit, table(alike, len(stories)))


def groups(stories: Sequence[int], limit: int = 0, texts: Sequence[str] = ()) -> list[Group]:
    """Candidates in the order in which they are given."""
    return order_of(range(len(stories)), stories, limit, pairs(texts, stories))


def leads(found: Sequence[Group]) -> list[int]:
    return [group.lead for group in found]


def test_without_any_rule_all_are_shown() -> None:
    assert groups([5, 5, 5, 4]) == [Group(0), Group(1), Group(2), Group(3)]


def test_candidates_come_in_the_order_of_the_ranking_and_not_of_their_places() -> None:
    assert leads(order_of([2, 0, 1], [7, 8, 9])) == [2, 0, 1]


def test_no_candidates_give_no_groups() -> None:
    assert order_of([], [], 3) == []


def test_no_more_than_some_of_one_story_are_shown_and_the_last_of_them_holds_the_rest_in_order() -> None:
    assert groups([1, 1, 1, 2, 1], limit=2) == [Group(0), Group(1, more=(2, 4)), Group(3)]


def test_those_held_back_make_room_for_other_articles() -> None:
    assert leads(groups([1, 1, 1, 2, 3, 4], limit=1)) == [0, 3, 4, 5]


def test_zero_means_any_number_of_one_story() -> None:
    assert leads(groups([1] * 9, limit=0)) == list(range(9))


TEXT = "The port of Dravia stopped all exports of grain after the storm, and prices rose within a day."
OTHER = "An envoy of the border commission resigned, and gave no reasons for it at all on that morning."


def test_copies_in_other_articles_are_folded_under_the_first() -> None:
    assert groups([1, 2, 3], texts=[TEXT, OTHER, TEXT]) == [Group(0, copies=(2,)), Group(1)]


def test_a_text_that_stands_twice_in_one_story_is_no_copy() -> None:
    assert groups([1, 1], texts=[TEXT, TEXT]) == [Group(0), Group(1)]


def test_a_pair_may_come_in_the_order_against_its_places() -> None:
    assert order_of([1, 0], [1, 2], 0, {(0, 1)}) == [Group(1, copies=(0,))]


def test_a_copy_of_two_that_are_none_of_each_other_is_under_the_better() -> None:
    assert order_of([2, 0, 1], [1, 2, 3], 0, {(0, 1), (1, 2)}) == [Group(2, copies=(1,)), Group(0)]


def test_a_copy_of_what_is_itself_held_back_stands_alone() -> None:
    assert order_of([0, 1, 2], [1, 2, 3], 0, {(0, 1), (1, 2)}) == [Group(0, copies=(1,)), Group(2)]


def test_a_copy_counts_neither_for_its_article_nor_as_a_hit() -> None:
    found = groups([1, 2, 2, 3], limit=1, texts=[TEXT, TEXT, OTHER, "Something else was said."])
    assert found == [Group(0, copies=(1,)), Group(2), Group(3)]


def test_what_says_the_same_as_a_passage_shown_is_its_copy_even_where_its_story_is_full() -> None:
    found = groups([1, 2, 2], limit=1, texts=[TEXT, OTHER, TEXT])
    assert found == [Group(0, copies=(2,)), Group(1)]


def test_of_passages_held_back_that_say_the_same_only_the_first_is_named() -> None:
    """Four editions of a story with two paragraphs: the second is more of it once, not four times."""
    stories = [7] * 8
    copies = {(one, other) for one, other in combinations(range(8), 2) if one % 2 == other % 2}
    assert order_of(range(8), stories, 1, copies) == [Group(0, copies=(2, 4, 6), more=(1,))]


class Given(NamedTuple):
    """Candidates in an order, each with its story, and those that say the same."""

    order: list[int]
    stories: np.ndarray
    copies: Pairs

    def grouped(self, limit: int, size: int | None = None) -> list[Group]:
        return grouped(self.order[:size], self.stories, limit, table(self.copies, len(self.stories)))


@st.composite
def candidates(draw: st.DrawFn) -> Given:
    """Up to five articles, of which each two are of one story."""
    size = draw(st.integers(0, 15))
    articles = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    texts = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    order = draw(st.permutations(range(size)))
    return Given(list(order), np.array(articles, dtype=np.int64) // 2, pairs(texts, articles))


@settings(max_examples=300)
@given(candidates(), st.integers(0, 4))
def test_every_candidate_is_a_lead_or_held_back_once_or_says_what_one_held_back_says(found: Given, limit: int) -> None:
    result = found.grouped(limit)
    placed = [place for group in result for place in (group.lead, *group.more, *group.copies)]
    assert len(placed) == len(set(placed))
    named = {place for group in result for place in group.more}
    for place in {*found.order} - {*placed}:
        assert any((min(place, other), max(place, other)) in found.copies for other in named)
    rank = [found.order.index(group.lead) for group in result]
    assert rank == sorted(rank)
    for group in result:
        shown = [other for other in result if found.stories[other.lead] == found.stories[group.lead]]
        assert not limit or len(shown) <= limit
        assert not group.more or (len(shown) == limit and group is shown[-1])
        assert all(found.stories[place] == found.stories[group.lead] for place in group.more)
        assert all((min(place, group.lead), max(place, group.lead)) in found.copies for place in group.copies)
        for held in (group.more, group.copies):
            places = [found.order.index(place) for place in held]
            assert places == sorted(places)
            assert all(place > found.order.index(group.lead) for place in places)
    above = {(group.lead, other.lead) for group in result for other in result if group.lead < other.lead}
    assert not above & found.copies  # no two that are shown are copies


@settings(max_examples=150)
@given(candidates(), st.integers(0, 4), st.integers(0, 15))
def test_what_comes_later_in_the_order_changes_no_group_but_adds_to_it(found: Given, limit: int, size: int) -> None:
    shorter, longer = found.grouped(limit, size), found.grouped(limit)
    assert leads(longer)[: len(shorter)] == leads(shorter)
    for one, other in zip(shorter, longer, strict=False):
        assert other.more[: len(one.more)] == one.more
        assert other.copies[: len(one.copies)] == one.copies
