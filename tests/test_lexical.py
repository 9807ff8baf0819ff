"""BM25 in tantivy: words as the analyser knows them, restrictions that add nothing to a score."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.embedded import lexical
from indexer.embedded.lexical import Lexical
from indexer.types import Filters, Metadata, PartialDate


def meta(title: str, published: str | None = None, publisher: str | None = None, **known: object) -> Metadata:
    day = PartialDate(published) if published else None
    return Metadata("id", title, publisher=publisher, published=day, **known)


NEWS = [
    (
        3,
        meta("Summit in Zarnovia", "2012-05-23", "Ostreland Post", countries=("NO", "ZM"), language="en-GB"),
        "Envoys of the U.S. and Zarnovia met.",
    ),
    (
        2**40,
        meta("Harvest", "2012", countries=("zm",), language="en"),
        "Wheat, wheat and more wheat: exports are banned.",
    ),
    (
        8,
        meta("Erdoğan visits", "2013-02-01", "The Courier", language="pt_BR"),
        "The president's aeroplane landed in Zarnovia.",
    ),
    (9, meta("Canal", None, "Ostreland Post"), "A tanker carries wheat through the canal, slowly and at great cost."),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    folder = tmp_path_factory.mktemp("index") / "lexical"
    lexical.build(folder, NEWS)
    return Lexical.load(folder)


def found(index: Lexical, question: str, filters: Filters = Filters()) -> list[int]:
    return [hit.number for hit in index.search(question, 10, filters)]


def test_passages_that_share_no_word_are_not_found(index: Lexical) -> None:
    assert found(index, "tanker") == [9]
    assert found(index, "submarine") == []


def test_title_and_text_are_searched(index: Lexical) -> None:
    assert found(index, "summit") == [3]
    assert found(index, "envoys") == [3]


def test_the_denser_match_comes_first(index: Lexical) -> None:
    assert found(index, "wheat") == [2**40, 9]
    scores = [hit.score for hit in index.search("wheat", 10)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1] > 0


def test_a_question_takes_the_k_best(index: Lexical) -> None:
    assert [hit.number for hit in index.search("wheat", 1)] == [2**40]


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("ENVOY", 3),
        ("US envoys", 3),
        ("the u.s.", 3),
        ("erdogan", 8),
        ("Erdoğan's visit", 8),
        ("export bans", 2**40),
        ('"tanker": (canal)', 9),
    ],
)
def test_case_accents_dots_and_endings_do_not_count(index: Lexical, question: str, number: int) -> None:
    assert found(index, question)[0] == number


def test_words_that_only_ask_find_nothing_beside_others(index: Lexical) -> None:
    assert found(index, "What is in the tanker?") == [9]


def test_words_that_only_ask_are_looked_up_where_there_are_no_others(index: Lexical) -> None:
    assert 3 in found(index, "of the")


@pytest.mark.parametrize("question", ["", "  ", "?!", "😀", "\ud800"])
def test_a_question_without_a_word_finds_nothing(index: Lexical, question: str) -> None:
    assert found(index, question) == []


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (Filters(after=PartialDate("2012")), {3, 8, 2**40}),
        (Filters(after=PartialDate("2012-05-24")), {8}),
        (Filters(before=PartialDate("2012-05-24")), {3}),
        (Filters(before=PartialDate("9999")), {3, 8, 2**40}),
        (Filters(publishers=("OSTRELAND post",)), {3, 9}),
        (Filters(publishers=("Ostreland",)), set()),
        (Filters(PartialDate("2012"), PartialDate("2013"), ("Ostreland Post",)), {3}),
        (Filters(publishers=("",)), set()),
        (Filters(countries=("ZM",)), {3, 2**40}),
        (Filters(countries=("no",)), {3}),
        (Filters(countries=("SE", "NO")), {3}),
        (Filters(countries=("",)), set()),
        (Filters(languages=("en",)), {3, 2**40}),
        (Filters(languages=("EN-gb",)), {3}),
        (Filters(languages=("en-US",)), set()),
        (Filters(languages=("pt-br", "fr")), {8}),
        (Filters(languages=("p",)), set()),
        (Filters(countries=("ZM",), languages=("en-GB",)), {3}),
    ],
    ids=str,
)
def test_filters_let_in_the_same_as_the_columns_do(index: Lexical, filters: Filters, numbers: set[int]) -> None:
    assert set(found(index, "Zarnovia wheat", filters)) == numbers


def test_a_filter_adds_nothing_to_a_score(index: Lexical) -> None:
    plain = {hit.number: hit.score for hit in index.search("Zarnovia wheat", 10)}
    filters = Filters(PartialDate("2012"), PartialDate("2013"), ("Ostreland Post",), ("NO", "ZM"), ("en", "en-GB"))
    assert [(hit.number, hit.score) for hit in index.search("Zarnovia wheat", 10, filters)] == [(3, plain[3])]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    lexical.build(tmp_path / "empty", [])
    empty = Lexical.load(tmp_path / "empty")
    assert found(empty, "wheat") == []
    assert empty.count == 0


def test_the_same_passages_give_the_same_scores_in_every_index(index: Lexical, tmp_path: Path) -> None:
    lexical.build(tmp_path / "again", reversed(NEWS))
    again = Lexical.load(tmp_path / "again")
    searched = [
        {hit.number: hit.score for hit in one.search("wheat exports of Zarnovia", 10)} for one in (index, again)
    ]
    assert searched[0] == searched[1]
    assert set(searched[0]) == {3, 8, 9, 2**40}
    assert again.count == index.count == 4
