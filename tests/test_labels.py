"""Labels: what lets a publisher, a country or a language in, and how many rows each would let in."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.embedded.labels import COUNTRY, LANGUAGE, PUBLISHER, Labels, fold, ranges, whole
from indexer.types import Filters, Metadata


def of(language: str | None = None, publisher: str | None = None, countries: tuple[str, ...] = ()) -> Metadata:
    return Metadata("id", "Title", publisher=publisher, countries=countries, language=language)


def counts(labels: Labels, rows: int) -> dict[str, int]:
    return dict(zip(labels.names, labels.counts(np.ones(rows, dtype=np.bool_)).tolist(), strict=True))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", ("en",)),
        ("en-GB", ("en", "en-gb")),
        (" EN_gb ", ("en", "en-gb")),
        ("zh-Hant-TW", ("zh", "zh-hant", "zh-hant-tw")),
        ("", ()),
        ("  ", ()),
        ("-GB", ()),
    ],
)
def test_a_language_is_let_in_by_its_tag_and_each_beginning_of_it(tag: str, expected: tuple[str, ...]) -> None:
    assert ranges(tag) == expected


def test_a_name_is_let_in_by_itself_alone() -> None:
    assert whole("  Ostreland \n POST") == ("ostreland post",)
    assert whole(" \t") == ()
    assert fold("Straße") == fold("STRASSE")
    assert fold("a\ud800") == fold("A\ufffd"), "a lone surrogate can be neither stored nor looked up"


def test_filters_that_say_nothing_let_nothing_in() -> None:
    assert PUBLISHER.wanted(Filters(publishers=("", "The  Courier"))) == ("the courier",)
    assert LANGUAGE.wanted(Filters(languages=("en_GB", " "))) == ("en-gb",)
    labels = Labels.build(PUBLISHER, [(2, of(publisher="")), (1, of(publisher=None))])
    assert labels.names == ()
    assert labels.let_in(PUBLISHER.wanted(Filters(publishers=("",))), 3).tolist() == [False] * 3


def test_a_name_is_shown_as_it_is_spelled_most_often_and_else_as_it_comes_first() -> None:
    spelled = ["the Courier", "The Courier", "The Courier", "THE COURIER", "Post", "POST"]
    labels = Labels.build(PUBLISHER, [(1, of(publisher=name)) for name in spelled])
    assert counts(labels, 6) == {"POST": 2, "The Courier": 4}
    again = Labels.build(PUBLISHER, [(1, of(publisher=name)) for name in reversed(spelled)])
    assert (labels.names, labels.keys) == (again.names, again.keys)


def test_spellings_are_counted_by_article_however_long_it_is() -> None:
    labels = Labels.build(PUBLISHER, [(50, of(publisher="POST")), (1, of(publisher="Post")), (1, of(publisher="Post"))])
    assert counts(labels, 52) == {"Post": 52}


def test_every_passage_of_an_article_has_each_of_its_countries_once() -> None:
    labels = Labels.build(COUNTRY, [(2, of(countries=("NO", "ZM", "no"))), (1, of()), (3, of(countries=("ZM",)))])
    assert sorted(zip(labels.rows.tolist(), labels.codes.tolist(), strict=True)) == [
        (0, 0), (0, 1), (1, 0), (1, 1), (3, 1), (4, 1), (5, 1),
    ]  # fmt: skip
    assert counts(labels, 6) == {"NO": 2, "ZM": 5}
    assert labels.let_in(["no"], 6).tolist() == [True, True, False, False, False, False]
    assert labels.counts(np.array([True, False, True, False, False, True])).tolist() == [1, 2]


def test_a_language_counts_those_with_a_region_and_only_whole_tags_are_named() -> None:
    tags = ["en", "en-GB", "en-GB", "pt-BR", None]
    labels = Labels.build(LANGUAGE, [(1, of(tag)) for tag in tags])
    assert counts(labels, 5) == {"en": 3, "en-GB": 2, "pt-BR": 1}
    assert labels.let_in(["pt"], 5).tolist() == [False, False, False, True, False]
    assert labels.let_in(["en"], 5).tolist() == [True, True, True, False, False]


def test_labels_of_nothing_let_nothing_in() -> None:
    labels = Labels.build(COUNTRY, [])
    assert labels.let_in(["no"], 0).tolist() == labels.counts(np.ones(0, dtype=np.bool_)).tolist() == []
