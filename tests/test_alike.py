"""Which passages say the same: copies by nearness and words, editions of one story by their words alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.alike import HELD, NEAR, SAME, alike, containment, in_common, resemblance, shingles
from indexer.embedded.forward import hashed
from indexer.engine import Words
from indexer.words import words

TEXT = "The port of Dravia stopped all exports of grain after the storm, and prices rose within a day."
OTHER = "An envoy of the border commission resigned, and gave no reasons for it at all on that morning."
LONG = f"{TEXT} {OTHER} The ministers of both states met in Vienna on Monday and agreed to reopen the border."
SHORTENED = "The port of Dravia stopped all exports of grain after the storm."


def apart(size: int) -> np.ndarray:
    """Vectors of which no two are near."""
    return np.eye(size, dtype=np.float32)


def one_place(size: int) -> np.ndarray:
    return np.ones((size, 1), dtype=np.float32)


def numbered(texts: Sequence[str]) -> list[Words]:
    """The analysed words of each text as numbers."""
    return [hashed(words(text)) for text in texts]


def pairs(
    texts: Sequence[str], articles: Sequence[int] = (), origins: Sequence[int] = (), vectors: np.ndarray | None = None
) -> set[tuple[int, int]]:
    """The places that say the same, the smaller first; by default of articles and origins of their own, all near."""
    size = len(texts)
    known = [np.array(given or range(size), dtype=np.int64) for given in (articles, origins or articles)]
    found = alike(
        *known, one_place(size) if vectors is None else vectors, lambda places: numbered([texts[at] for at in places])
    )
    assert (found == found.T).all()
    assert found.shape == (size, size)
    return {(int(one), int(other)) for one, other in np.argwhere(found) if one < other}


def test_a_text_that_stands_in_two_articles_is_found() -> None:
    assert pairs([TEXT, OTHER, TEXT]) == {(0, 2)}


def test_passages_of_one_article_are_never_the_same() -> None:
    assert pairs([TEXT, TEXT], articles=[1, 1]) == set()


@pytest.mark.parametrize(("cosine", "found"), [(NEAR + 0.01, {(0, 1)}), (NEAR - 0.01, set())])
def test_of_two_origins_vectors_must_be_near(cosine: float, found: set[tuple[int, int]]) -> None:
    vectors = np.array([[1, 0], [cosine, np.sqrt(1 - cosine**2)]], dtype=np.float32)
    assert pairs([TEXT, TEXT], vectors=vectors) == found


def test_of_one_origin_words_decide_alone() -> None:
    assert pairs([TEXT, TEXT, OTHER], origins=[0, 0, 0], articles=[0, 1, 2], vectors=apart(3)) == {(0, 1)}


def test_a_shortened_passage_says_the_same_if_it_is_known_to_be_of_the_same_story() -> None:
    assert pairs([TEXT, SHORTENED]) == set()
    assert pairs([TEXT, SHORTENED], articles=[0, 1], origins=[0, 0]) == {(0, 1)}
    assert pairs([LONG, OTHER], articles=[0, 1], origins=[0, 0]) == {(0, 1)}


def test_other_passages_of_the_same_story_do_not() -> None:
    assert pairs([TEXT, OTHER], articles=[0, 1], origins=[0, 0]) == set()


UPDATE = "At least {} people were killed in the earthquake in the north of Dravia on Monday, state television {}."


def test_one_changed_figure_leaves_it_the_same_and_several_changes_do_not() -> None:
    story = {"articles": [0, 1], "origins": [0, 0]}
    assert pairs([UPDATE.format(25, "said"), UPDATE.format(31, "said")], **story) == {(0, 1)}
    changed = UPDATE.replace("Monday", "Tuesday").format(31, "reported")
    assert pairs([UPDATE.format(25, "said"), changed], **story) == set()


def test_nothing_is_compared_where_there_is_nothing() -> None:
    assert pairs([]) == set()
    assert pairs([TEXT]) == set()


def test_words_are_read_only_where_vectors_or_origins_leave_a_question() -> None:
    read: list[int] = []
    vectors = np.concatenate([apart(3), apart(3)[:1], apart(3)[1:2]])
    articles, origins = np.array([0, 1, 2, 3, 1]), np.array([0, 1, 2, 3, 1])

    def read_words(places: Sequence[int]) -> list[Words]:
        read.extend(places)
        return numbered([TEXT] * len(places))

    alike(articles, origins, vectors, read_words)
    assert read == [0, 3]
    read.clear()
    alike(articles, np.array([0, 1, 1, 3, 1]), apart(5), read_words)
    assert read == [1, 2, 4]


# Words in common

TEXTS = st.lists(st.sampled_from(["accord", "canal", "dock", "envoy", "grain", "island"]), max_size=12).map(" ".join)


def plainly(text: str) -> set[tuple[str, ...]]:
    """The word triples of a text, written down as the definition has it."""
    found = words(text)
    return {tuple(found[at : at + 3]) for at in range(len(found) - 2)} if len(found) > 2 else {tuple(found)} - {()}


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, max_size=40))
def test_word_triples_in_common_are_counted_as_sets_would_count_them(texts: list[str]) -> None:
    common, sizes = in_common(numbered(texts))
    sets = [plainly(text) for text in texts]
    assert sizes.tolist() == list(map(len, sets))
    assert common.tolist() == [[len(one & other) for other in sets] for one in sets]


def test_many_texts_with_rare_and_frequent_triples_are_counted_alike() -> None:
    texts = [
        f"The ministers met in Vienna on day {n % 7} and left for place {n % 40} with clerk {n}." for n in range(80)
    ]
    common, sizes = in_common(numbered(texts))
    sets = [plainly(text) for text in texts]
    assert common.tolist() == [[len(one & other) for other in sets] for one in sets]
    assert sizes.tolist() == list(map(len, sets))


def test_texts_of_fewer_words_than_three_are_one_shingle_and_those_without_any_none() -> None:
    owners, members, count = shingles(numbered(["accord dock", "Accord, dock!", "accord dock envoy", "…"]))
    assert owners.tolist() == [0, 1, 2]
    assert members[0] == members[1] != members[2]
    assert count == 2


def share(one: str, other: str) -> tuple[float, float]:
    """Their resemblance and their containment."""
    found = in_common(numbered([one, other]))
    return float(resemblance(*found)[0, 1]), float(containment(*found)[0, 1])


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_shares_are_the_same_both_ways_and_from_zero_to_one(one: str, other: str) -> None:
    assert share(one, other) == share(other, one)
    assert 0 <= share(one, other)[0] <= share(one, other)[1] <= 1
    assert share(one, one) == share(one, one.upper() + "!") == (1, 1)


@pytest.mark.parametrize(
    ("one", "other", "resembling", "contained"),
    [
        ("accord dock envoy grain", "accord dock envoy island", 1 / 3, 1 / 2),
        ("accord dock envoy", "envoy dock accord", 0, 0),
        ("accord dock envoy", "accord dock envoy grain", 1 / 2, 1),
        ("accord dock", "accord dock", 1, 1),
        ("accord", "accord dock envoy", 0, 0),
        ("The canal is closed today.", "Bakers fear for their harvest.", 0, 0),
        ("", "", 1, 1),
        ("", "accord", 0, 1),
        ("…", "😀", 1, 1),
    ],
    ids=ascii,
)
def test_they_are_shares_of_word_triples(one: str, other: str, resembling: float, contained: float) -> None:
    assert share(one, other) == (pytest.approx(resembling), pytest.approx(contained))


def test_a_changed_dateline_leaves_a_copy_a_copy_and_another_paragraph_does_not() -> None:
    assert share(f"Kelmen, 5 May. {LONG}", LONG)[0] >= SAME
    assert share(TEXT, OTHER)[1] < HELD < SAME
