"""Hits as a table: a row for each, and a plain word where pandas is missing."""

from __future__ import annotations

import sys

import pytest

from api.citations import Cited
from api.frames import Row, frame
from indexer.errors import DragomanError
from indexer.types import Hit, Metadata, Notice, PartialDate, Passage

KNOWN = Metadata(
    "vienna",
    "Ministers meet",
    "https://example.org/v",
    "The Post",
    published=PartialDate("2012-05"),
    notice=Notice("correction", "Not in Oslo."),
)
HITS = [
    Hit(1, 0.75, Passage("vienna", 3, 10, 21, "They agreed"), KNOWN, 2, origin="herald"),
    Hit(2, -0.5, Passage("x", 0, 0, 5, "=1+1 "), Metadata("x", "核"), 1),
]


def test_a_table_has_a_row_for_each_hit() -> None:
    found = frame(iter(HITS))
    assert list(found.columns) == [
        *("rank", "score", "title", "publisher", "published", "text", "url"),
        *("passage_id", "article_id", "version", "citation", "origin", "notice"),
    ]
    first = ("Ministers meet", "The Post", "2012-05", "They agreed", "https://example.org/v", "vienna:3", "vienna", 2)
    notice = "Corrected by the publisher: “Not in Oslo.”"
    assert found.iloc[0].tolist() == [1, 0.75, *first, Cited.of(HITS[0]).citation.text, "herald", notice]
    assert found["notice"].isna().tolist() == [False, True]
    assert found["text"].tolist() == ["They agreed", "=1+1 "]
    assert found["published"].isna().tolist() == [False, True]


def test_a_table_without_hits_has_its_columns() -> None:
    found = frame([])
    assert (len(found), tuple(found.columns)) == (0, Row._fields)


def test_without_pandas_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(DragomanError, match="pip install pandas"):
        frame(HITS)
