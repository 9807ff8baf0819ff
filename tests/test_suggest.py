"""Completing what is typed: words that begin so, in their order, whatever their case, accents and dots."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded.columns import Columns
from indexer.embedded.suggest import Suggestions, collect, folded, names
from indexer.types import Passage, StoredArticle
from tests.fakes import article

NAMES = ["Donald Trump", "Trump Tower", "United Nations", "U.S. Senate", "Recep Tayyip Erdoğan"]
PUBLISHERS = ["The Trumpet", "Ostreland Post"]
TITLES = ["Trump's envoy leaves", "Envoy meets Trump", "Côte d’Ivoire votes", "United they stand", "donald TRUMP"]


@pytest.fixture(scope="module")
def known() -> Suggestions:
    return Suggestions.build([NAMES, PUBLISHERS, TITLES])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("trump", ["Trump Tower", "Donald Trump", "The Trumpet", "Trump's envoy leaves", "Envoy meets Trump"]),
        ("TRUMP t", ["Trump Tower"]),
        ("trum", ["Trump Tower", "Donald Trump", "The Trumpet", "Trump's envoy leaves", "Envoy meets Trump"]),
        ("tru tower", []),
        ("tower trump", []),
        ("donald tower", []),
        ("rump", []),
        ("unite", ["United Nations", "United they stand"]),
        ("united   n", ["United Nations"]),
        ("u.s", ["U.S. Senate"]),
        ("u.s.", ["U.S. Senate"]),
        ("US sen", ["U.S. Senate"]),
        ("erdogan", ["Recep Tayyip Erdoğan"]),
        ("ERDOĞAN", ["Recep Tayyip Erdoğan"]),
        ("cote d'iv", ["Côte d’Ivoire votes"]),
        ("Cote D’IVOIRE", ["Côte d’Ivoire votes"]),
        ("Co\u0302te", ["Côte d’Ivoire votes"]),
        ("trumps", ["Trump's envoy leaves"]),
        ("post", ["Ostreland Post"]),
        ("zzz", []),
        ("\uffff", []),
    ],
)
def test_words_begin_as_the_typed_ones_do_and_only_the_last_may_be_unfinished(
    known: Suggestions, typed: str, expected: list[str]
) -> None:
    assert known.find(typed, 10) == expected


@pytest.mark.parametrize("typed", ["", " ", "?!", "“", "-", "\x00", "\u202e", "😀"])
def test_nothing_is_suggested_for_a_text_without_a_letter_or_digit(known: Suggestions, typed: str) -> None:
    assert known.find(typed, 10) == []


@pytest.mark.parametrize("typed", ["AND", "text:*", "trump*", "tr~ump", '"trump', "trump AND", "(trump"])
def test_a_text_is_plain_words_and_no_query(known: Suggestions, typed: str) -> None:
    assert known.find(typed, 10) == known.find(" ".join(folded(typed).split()), 10)


def test_as_many_come_as_are_wanted_and_the_best_of_them(known: Suggestions) -> None:
    assert [len(known.find("t", k)) for k in (0, 1, 3, 100)] == [0, 1, 3, 7]
    assert known.find("t", 3) == known.find("t", 100)[:3]


def test_the_same_words_are_suggested_once_as_they_came_first() -> None:
    texts = Suggestions.build([["Port Melis"], ["PORT MELIS", "Port  Mélis!"], ["Port Melis, again", "port melis"]])
    assert texts.find("port", 10) == ["Port Melis", "Port Melis, again"]


def test_a_text_in_which_the_words_stand_twice_is_suggested_once() -> None:
    assert Suggestions.build([["Paris, Paris", "On to Paris"]]).find("par", 10) == ["Paris, Paris", "On to Paris"]


def test_a_text_without_a_word_is_no_suggestion() -> None:
    assert Suggestions.build([["", "…", "?"]]).find("a", 10) == Suggestions.build([]).find("a", 10) == []


def test_what_was_saved_is_loaded_and_the_same_texts_are_the_same_bytes(known: Suggestions, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        Suggestions.build([NAMES, PUBLISHERS, TITLES]).save(tmp_path / name)
    loaded = Suggestions.load(tmp_path / "one.npz")
    assert [loaded.find(typed, 10) for typed in "tuc"] == [known.find(typed, 10) for typed in "tuc"]
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_nothing_is_saved_and_loaded(tmp_path: Path) -> None:
    Suggestions.build([[], [], []]).save(tmp_path / "none.npz")
    assert Suggestions.load(tmp_path / "none.npz").find("a", 10) == []


WORDS = st.sampled_from(["a", "an", "ana", "Añ", "b.", "ban", "b-an", "O'B", "é", "日本", "x y", "\U00010400"])
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@given(st.lists(st.lists(TEXTS, max_size=4), min_size=1, max_size=3), TEXTS, st.integers(0, 4), st.integers(0, 12))
@settings(deadline=None, max_examples=300)
def test_suggestions_are_what_brute_force_finds(groups: list[list[str]], typed: str, cut: int, k: int) -> None:
    asked = folded(typed[: len(typed) - cut])
    seen: set[str] = set()
    expected: list[str] = []
    for group in groups:
        fresh = [text for text in group if not (folded(text) in seen or seen.add(folded(text)))]
        begin = [text for text in fresh if folded(text).startswith(asked)]
        inside = [text for text in fresh if text not in begin and f" {asked}" in f" {folded(text)}"]
        expected += [*begin, *inside] if asked else []
    assert Suggestions.build(groups).find(typed[: len(typed) - cut], k) == expected[:k]


def test_names_come_before_publishers_and_titles_from_the_newest_to_those_without_a_date() -> None:
    dates = {"old": "2011", "new": "2013-05", "undated": None}
    line = "He says that Melis Port is a town of some size."
    passage = [Passage(name, 0, 0, len(line), line) for name in dates]
    items = [
        article(name, line, title=f"Melis, {name}", published=day, publisher="Melis Mail" if day else "melis Times")
        for name, day in dates.items()
    ]
    columns = Columns.build((number, [number], item.meta) for number, item in enumerate(items))
    stored = [StoredArticle(item, 1, (part,)) for item, part in zip(items, passage, strict=True)]
    found = collect(columns, [item.meta for item in items], names(stored))
    assert found.group(0) == names(stored) != []
    assert found.find("melis", 10) == [
        "Melis Port", "Melis Mail", "melis Times", "Melis, new", "Melis, old", "Melis, undated",
    ]  # fmt: skip
