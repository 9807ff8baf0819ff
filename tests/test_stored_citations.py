"""Reading kept citations: every shape in which Dragoman prints them, and messages that name the line."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.citations import cite
from api.citing import stored_citations
from api.citing.stored_citations import read_citations
from api.citing.verification import Stored
from indexer.errors import QueryError
from indexer.types import Metadata, Passage

QUOTE = "Ministers “met”.\u2028Twice."
CITATION = asdict(cite(Passage("a", 0, 5, 5 + len(QUOTE), QUOTE), Metadata("a", "A title", "https://example.org/"), 2))
STORED = Stored("a", 2, 5, 5 + len(QUOTE), QUOTE, CITATION["sha256"])
HIT = {"rank": 1, "passage": {"id": "a:0"}, "article": {"id": "a"}, "citation": CITATION}
ANSWER = {"query": {"text": "?"}, "hits": [HIT, HIT], "index": {}}


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ([CITATION, CITATION], 2),
        (CITATION, 1),
        (HIT, 1),
        ([HIT], 1),
        (ANSWER, 2),
        ([ANSWER, ANSWER], 4),
        ({"citations": [CITATION]}, 1),
        ([{"id": "a:0", "custom": CITATION}], 1),
        ({"hits": []}, 0),
        ([], 0),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_whatever_dragoman_prints_is_read(value: Any, count: int, indent: int | None) -> None:
    assert read_citations(json.dumps(value, indent=indent)) == [STORED] * count


@pytest.mark.parametrize("value", [CITATION, HIT, ANSWER])
def test_json_lines_are_read_past_blank_ones(value: Any) -> None:
    line = json.dumps(value, ensure_ascii=False)
    assert set(read_citations(f"{line}\n\n{line}\n")) == {STORED}
    assert len(read_citations(f"{line}\r\n\n{line}")) == 2 * len(read_citations(line))


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_citations(f"\ufeff{json.dumps(CITATION)}") == [STORED]


def test_what_a_citation_has_besides_does_not_matter() -> None:
    assert read_citations(json.dumps({**CITATION, "text": None, "remark": [1]})) == [STORED]


def lines(*values: Any) -> str:
    return "\n".join(json.dumps(value) for value in values)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CITATION.items() if key != name}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no citations, the input is empty"),
        (" \n", "there are no citations, the input is empty"),
        ("Ministers met.", "line 1 is not JSON"),
        ("[\n1,\n,]", "line 3 is not JSON"),
        (lines(CITATION) + "\n{", "line 2 is not JSON"),
        (lines(CITATION, without("quote")), "line 2: .*quote missing"),
        (lines([CITATION, without("sha256")]), "item 2: .*sha256 missing"),
        (lines(CITATION, {"hits": [HIT, {"citation": without("end")}]}), "line 2, item 2: .*end missing"),
        ('{"quote": "x", "text": "y", "url": null}', "article_id and version and start and end and sha256 missing"),
        ("7", "no citation but 7"),
        ("[null]", "item 1: this is no citation but null"),
        ('["x"]', "item 1: this is no citation but a string"),
        (lines({**CITATION, "start": -1}), "start is -1, not a whole number"),
        (lines({**CITATION, "end": 1.5}), "end is 1.5, not a whole number"),
        (lines({**CITATION, "version": True}), "version is True, not a whole number"),
        (lines({**CITATION, "version": 2**63}), "not a whole number"),
        (lines({**CITATION, "quote": None}), "quote is None, not a string"),
        (lines({**CITATION, "article_id": ["a"]}), "article_id is a list, not a string"),
        (lines({**CITATION, "sha256": "abc"}), "sha256 is 'abc', not 64 hexadecimal digits"),
        (lines({**CITATION, "article_id": "\ud800"}), "article_id holds half of a surrogate pair"),
        ("[" * 20 + "]" * 20, "no citation but a list"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5_000, "not JSON that can be read"),
    ],
)
def test_what_is_no_citation_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        read_citations(text)
    assert caught.value.parameter == "citations"


def test_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_citations, "MOST", 2)
    assert len(read_citations(lines([CITATION, CITATION]))) == 2
    with pytest.raises(QueryError, match="more than 2 citations"):
        read_citations(lines(CITATION, CITATION, CITATION))


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(QueryError):
        assert isinstance(read_citations(text), list)
