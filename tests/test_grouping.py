"""Which candidates are shown, and which are held back for them: their own article's, and copies of their text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.grouping import NEAR, SAME, Group, grouped, resemblance


def never(one: int, other: int) -> bool:
    return False


def always(one: int, other: int) -> bool:
    return True


def apart(size: int) -> np.ndarray:
    """Vectors of which no two are near."""
    return np.eye(size, dtype=np.float32)


def groups(articles: Sequence[int], k: int = 99, per_article: int = 0, texts: Sequence[str] = ()) -> list[Group]:
    """Candidates in the order in which they are given; all vectors are near where there are texts."""
    vectors = np.ones((len(articles), 1), dtype=np.float32) if texts else apart(len(articles))

    def are_copies(one: int, other: int) -> bool:
        return resemblance(texts[one], texts[other]) >= SAME

    return grouped(range(len(articles)), np.array(articles), vectors, k, per_article, are_copies)


def leads(found: Sequence[Group]) -> list[int]:
    return [group.lead for group in found]


def test_without_any_rule_the_first_k_are_shown() -> None:
    assert groups([5, 5, 5, 4], k=3) == [Group(0), Group(1), Group(2)]


def test_candidates_come_in_the_order_of_the_ranking_and_not_of_their_places() -> None:
    assert leads(grouped([2, 0, 1], np.array([7, 8, 9]), apart(3), 2, 0, never)) == [2, 0]


def test_no_candidates_give_no_groups() -> None:
    assert grouped([], np.array([], dtype=np.int64), apart(0), 10, 3, never) == []


def test_no_more_than_some_of_one_article_are_shown_and_the_last_of_them_holds_the_rest_in_order() -> None:
    assert groups([1, 1, 1, 2, 1], per_article=2) == [Group(0), Group(1, more=[2, 4]), Group(3)]


def test_those_held_back_make_room_for_other_articles() -> None:
    assert leads(groups([1, 1, 1, 2, 3, 4], k=3, per_article=1)) == [0, 3, 4]


def test_zero_means_any_number_of_one_article() -> None:
    assert leads(groups([1] * 9, k=9, per_article=0)) == list(range(9))


TEXT = "The port of Dravia stopped all exports of grain after the storm, and prices rose within a day."
OTHER = "An envoy of the border commission resigned, and gave no reasons for it at all on that morning."


def test_copies_in_other_articles_are_folded_under_the_first() -> None:
    assert groups([1, 2, 3], texts=[TEXT, OTHER, TEXT.upper()]) == [Group(0, copies=[2]), Group(1)]


def test_a_text_that_stands_twice_in_one_article_is_no_copy() -> None:
    assert groups([1, 1], texts=[TEXT, TEXT]) == [Group(0), Group(1)]


def test_near_vectors_alone_make_no_copy() -> None:
    assert leads(groups([1, 2], texts=[TEXT, OTHER])) == [0, 1]


def test_texts_are_compared_only_where_vectors_are_near_and_articles_differ() -> None:
    asked: list[tuple[int, int]] = []

    def watched(one: int, other: int) -> bool:
        asked.append((one, other))
        return False

    turned = [1.0, NEAR + 0.01, NEAR - 0.01]
    vectors = np.array([[cosine, np.sqrt(1 - cosine**2)] for cosine in turned], dtype=np.float32)
    grouped([0, 1, 2, 3], np.array([1, 2, 3, 1]), np.concatenate([vectors, vectors[:1]]), 9, 0, watched)
    assert (0, 1) in asked
    assert not {(0, 2), (0, 3)} & set(asked)


def test_a_copy_counts_neither_for_its_article_nor_as_a_hit() -> None:
    found = groups([1, 2, 2, 3], k=3, per_article=1, texts=[TEXT, TEXT, OTHER, "Something else was said."])
    assert found == [Group(0, copies=[1]), Group(2), Group(3)]


def test_a_passage_of_an_article_that_is_full_is_more_of_it_and_not_a_copy_of_another() -> None:
    found = groups([1, 2, 2], per_article=1, texts=[TEXT, OTHER, TEXT])
    assert found == [Group(0), Group(1, more=[2])]


@st.composite
def candidates(draw: st.DrawFn) -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray]:
    """An order, articles, vectors of which some are near, and which texts are the same."""
    size = draw(st.integers(0, 15))
    articles = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    texts = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    directions = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    order = draw(st.permutations(range(size)))
    return list(order), np.array(articles, dtype=np.int64), apart(3)[directions], np.array(texts)


@settings(max_examples=300)
@given(candidates(), st.integers(1, 16), st.integers(0, 4))
def test_every_candidate_before_the_last_lead_is_a_lead_or_held_back_exactly_once(
    found: tuple[list[int], np.ndarray, np.ndarray, np.ndarray], k: int, per_article: int
) -> None:
    order, articles, vectors, texts = found

    def are_copies(one: int, other: int) -> bool:
        return bool(texts[one] == texts[other])

    result = grouped(order, articles, vectors, k, per_article, are_copies)
    placed = [place for group in result for place in (group.lead, *group.more, *group.copies)]
    assert len(placed) == len(set(placed))
    last = max((order.index(group.lead) for group in result), default=-1)
    assert set(order[: last + 1]) <= set(placed)
    assert sorted(order.index(place) for place in placed) == list(range(len(placed)))  # none is left out in between
    if len(result) < k:
        assert set(placed) == set(order)
    rank = [order.index(group.lead) for group in result]
    assert rank == sorted(rank)
    assert len(result) <= k
    for group in result:
        shown = [other for other in result if articles[other.lead] == articles[group.lead]]
        assert not per_article or len(shown) <= per_article
        assert not group.more or (len(shown) == per_article and group is shown[-1])
        assert all(articles[place] == articles[group.lead] for place in group.more)
        assert all(articles[place] != articles[group.lead] for place in group.copies)
        assert all(texts[place] == texts[group.lead] for place in group.copies)
        assert all(vectors[place] @ vectors[group.lead] >= NEAR for place in group.copies)
        for held in (group.more, group.copies):
            places = [order.index(place) for place in held]
            assert places == sorted(places)
            assert all(place > order.index(group.lead) for place in places)


@settings(max_examples=150)
@given(candidates(), st.integers(1, 15), st.integers(0, 4))
def test_a_longer_list_begins_as_the_shorter_does(
    found: tuple[list[int], np.ndarray, np.ndarray, np.ndarray], k: int, per_article: int
) -> None:
    order, articles, vectors, _ = found
    shorter, longer = (grouped(order, articles, vectors, size, per_article, always) for size in (k, k + 1))
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
