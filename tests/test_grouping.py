"""Which candidates are shown, and which are held back for them: their own article's, and copies of their text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.grouping import NEAR, SAME, Group, grouped, near_pairs, resemblance


def apart(size: int) -> np.ndarray:
    """Vectors of which no two are near."""
    return np.eye(size, dtype=np.float32)


def pairs(texts: Sequence[object], articles: Sequence[int]) -> set[tuple[int, int]]:
    """Places of other articles with the same text, the smaller first."""
    places = range(len(texts))
    return {(a, b) for a in places for b in places if a < b and articles[a] != articles[b] and texts[a] == texts[b]}


def groups(articles: Sequence[int], per_article: int = 0, texts: Sequence[str] = ()) -> list[Group]:
    """Candidates in the order in which they are given."""
    return grouped(range(len(articles)), np.array(articles), per_article, pairs(texts, articles))


def leads(found: Sequence[Group]) -> list[int]:
    return [group.lead for group in found]


def test_without_any_rule_all_are_shown() -> None:
    assert groups([5, 5, 5, 4]) == [Group(0), Group(1), Group(2), Group(3)]


def test_candidates_come_in_the_order_of_the_ranking_and_not_of_their_places() -> None:
    assert leads(grouped([2, 0, 1], np.array([7, 8, 9]), 0)) == [2, 0, 1]


def test_no_candidates_give_no_groups() -> None:
    assert grouped([], np.array([], dtype=np.int64), 3) == []


def test_no_more_than_some_of_one_article_are_shown_and_the_last_of_them_holds_the_rest_in_order() -> None:
    assert groups([1, 1, 1, 2, 1], per_article=2) == [Group(0), Group(1, more=[2, 4]), Group(3)]


def test_those_held_back_make_room_for_other_articles() -> None:
    assert leads(groups([1, 1, 1, 2, 3, 4], per_article=1)) == [0, 3, 4, 5]


def test_zero_means_any_number_of_one_article() -> None:
    assert leads(groups([1] * 9, per_article=0)) == list(range(9))


TEXT = "The port of Dravia stopped all exports of grain after the storm, and prices rose within a day."
OTHER = "An envoy of the border commission resigned, and gave no reasons for it at all on that morning."


def test_copies_in_other_articles_are_folded_under_the_first() -> None:
    assert groups([1, 2, 3], texts=[TEXT, OTHER, TEXT]) == [Group(0, copies=[2]), Group(1)]


def test_a_text_that_stands_twice_in_one_article_is_no_copy() -> None:
    assert groups([1, 1], texts=[TEXT, TEXT]) == [Group(0), Group(1)]


def test_a_pair_may_come_in_the_order_against_its_places() -> None:
    assert grouped([1, 0], np.array([1, 2]), 0, {(0, 1)}) == [Group(1, copies=[0])]


def test_a_copy_of_two_that_are_none_of_each_other_is_under_the_better() -> None:
    assert grouped([2, 0, 1], np.array([1, 2, 3]), 0, {(0, 1), (1, 2)}) == [Group(2, copies=[1]), Group(0)]


def test_a_copy_of_what_is_itself_held_back_stands_alone() -> None:
    assert grouped([0, 1, 2], np.array([1, 2, 3]), 0, {(0, 1), (1, 2)}) == [Group(0, copies=[1]), Group(2)]


def test_only_near_passages_of_other_articles_are_paired() -> None:
    cosines = [1.0, NEAR + 0.01, NEAR - 0.01]
    vectors = np.array([[cosine, np.sqrt(1 - cosine**2)] for cosine in cosines], dtype=np.float32)
    places = np.concatenate([vectors, vectors[:1]])
    assert near_pairs(np.array([1, 2, 3, 1]), places) == [(0, 1), (1, 2), (1, 3)]
    assert near_pairs(np.array([1, 1, 1, 1]), places) == []
    assert near_pairs(np.array([1, 2, 3, 1]), places, [2]) == [(1, 2)]
    assert near_pairs(np.array([1, 2, 3, 1]), places, [3, 0]) == [(0, 1), (1, 3)]
    assert near_pairs(np.array([1, 2, 3, 1]), places, []) == []
    assert near_pairs(np.array([], dtype=np.int64), np.empty((0, 2), dtype=np.float32)) == []


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=9))
def test_pairs_have_the_smaller_place_first_and_come_once(rows: list[tuple[int, int]]) -> None:
    articles, directions = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    found = near_pairs(articles, apart(3)[directions])
    assert len(found) == len(set(found))
    assert set(found) == pairs(directions.tolist(), articles.tolist())
    some = list(range(0, len(rows), 2))
    assert near_pairs(articles, apart(3)[directions], some) == sorted(pair for pair in found if {*pair} & {*some})


def test_a_copy_counts_neither_for_its_article_nor_as_a_hit() -> None:
    found = groups([1, 2, 2, 3], per_article=1, texts=[TEXT, TEXT, OTHER, "Something else was said."])
    assert found == [Group(0, copies=[1]), Group(2), Group(3)]


def test_a_passage_of_an_article_that_is_full_is_more_of_it_and_not_a_copy_of_another() -> None:
    found = groups([1, 2, 2], per_article=1, texts=[TEXT, OTHER, TEXT])
    assert found == [Group(0), Group(1, more=[2])]


@st.composite
def candidates(draw: st.DrawFn) -> tuple[list[int], np.ndarray, set[tuple[int, int]]]:
    """An order, articles, and pairs of copies."""
    size = draw(st.integers(0, 15))
    articles = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    texts = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    order = draw(st.permutations(range(size)))
    return list(order), np.array(articles, dtype=np.int64), pairs(texts, articles)


@settings(max_examples=300)
@given(candidates(), st.integers(0, 4))
def test_every_candidate_is_a_lead_or_held_back_exactly_once(
    found: tuple[list[int], np.ndarray, set[tuple[int, int]]], per_article: int
) -> None:
    order, articles, copies = found
    result = grouped(order, articles, per_article, copies)
    placed = [place for group in result for place in (group.lead, *group.more, *group.copies)]
    assert sorted(placed) == sorted(order)
    rank = [order.index(group.lead) for group in result]
    assert rank == sorted(rank)
    for group in result:
        shown = [other for other in result if articles[other.lead] == articles[group.lead]]
        assert not per_article or len(shown) <= per_article
        assert not group.more or (len(shown) == per_article and group is shown[-1])
        assert all(articles[place] == articles[group.lead] for place in group.more)
        assert all((min(place, group.lead), max(place, group.lead)) in copies for place in group.copies)
        for held in (group.more, group.copies):
            places = [order.index(place) for place in held]
            assert places == sorted(places)
            assert all(place > order.index(group.lead) for place in places)
    above = {(group.lead, other.lead) for group in result for other in result if group.lead < other.lead}
    assert not above & copies  # no two that are shown are copies


@settings(max_examples=150)
@given(candidates(), st.integers(0, 4), st.integers(0, 15))
def test_what_comes_later_in_the_order_changes_no_group_but_adds_to_it(
    found: tuple[list[int], np.ndarray, set[tuple[int, int]]], per_article: int, size: int
) -> None:
    order, articles, copies = found
    shorter, longer = (grouped(some, articles, per_article, copies) for some in (order[:size], order))
    assert leads(longer)[: len(shorter)] == leads(shorter)
    for one, other in zip(shorter, longer, strict=False):
        assert other.more[: len(one.more)] == one.more
        assert other.copies[: len(one.copies)] == one.copies


# Resemblance

TEXTS = st.lists(st.sampled_from(["accord", "canal", "dock", "envoy", "grain", "island"]), max_size=12).map(" ".join)


@settings(max_examples=200)
@given(TEXTS, TEXTS)
def test_resemblance_is_the_same_both_ways_and_from_zero_to_one(one: str, other: str) -> None:
    assert resemblance(one, other) == resemblance(other, one)
    assert 0 <= resemblance(one, other) <= 1
    assert resemblance(one, one) == 1
    assert resemblance(one, one.upper() + "!") == 1


def test_texts_without_a_common_word_have_none() -> None:
    assert resemblance("The canal is closed today.", "Bakers fear for their harvest.") == 0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("accord dock envoy grain", "accord dock envoy island", 1 / 3),
        ("accord dock envoy", "envoy dock accord", 0),
        ("accord dock", "accord dock", 1),
        ("accord", "accord dock envoy", 0),
        ("", "", 1),
        ("", "accord", 0),
        ("…", "😀", 1),
    ],
    ids=ascii,
)
def test_it_is_the_share_of_word_triples_that_both_have(one: str, other: str, expected: float) -> None:
    assert resemblance(one, other) == pytest.approx(expected)


def test_a_changed_dateline_leaves_a_copy_a_copy_and_another_paragraph_does_not() -> None:
    long = f"{TEXT} {OTHER} The ministers of both states met in Vienna on Monday and agreed to reopen the border."
    assert resemblance(f"Kelmen, 5 May. {long}", long) >= SAME
    assert resemblance(TEXT, OTHER) < SAME
