"""A result as a file: a table that every spreadsheet reads and none executes, JSON lines, lists of citations."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import parse_string

from api.citations import Cited, cite
from api.citing.formats import FORMATS, written
from api.export import COLUMNS, EXPORTS, as_csv, as_json_lines
from api.schemas import HitOut
from indexer.types import Edition, Hit, Metadata, Notice, Part, PartialDate, Passage, Reference

TEXT = "They met in Vienna. They agreed to reopen the border."
ARTICLE = Metadata(
    "vienna",
    "Ministers meet",
    "https://example.org/1",
    "Morning Post",
    ("Jane Doe", "Li Wei"),
    PartialDate("2012-05"),
    language="en",
    countries=("AT", "NO"),
    references=(Reference("Evening Herald"),),
)


def hit(text: str = TEXT, **known: Any) -> Hit:
    passage = Passage("vienna", 3, 100, 100 + len(text), text, ((100, 119), (120, 100 + len(text))))
    return Hit(1, -0.5, passage, replace(ARTICLE, **known), 2, ((120, 153),) if text == TEXT else ())


def table(hits: list[Hit]) -> list[dict[str, str]]:
    """The file as a spreadsheet reads it."""
    text = as_csv(hits).encode().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_table_has_a_line_for_each_hit_with_all_that_is_known() -> None:
    editions = (
        Edition(Metadata("herald", "Met", publisher="Evening Herald"), 1),
        Edition(Metadata("x", "Ministers met"), 1),
    )
    known = {"origin": "herald", "editions": editions, "vanished": datetime(2026, 5, 3, 8, tzinfo=UTC)}
    [row] = table([replace(hit(notice=Notice("retraction", "None of this\n\ntook place.")), **known)])
    citation = cite(hit().passage, ARTICLE, 2, ((120, 153),))
    assert row == {
        "rank": "1",
        "score": "-0.5",
        "title": "Ministers meet",
        "publisher": "Morning Post",
        "authors": "Jane Doe; Li Wei",
        "published": "2012-05",
        "language": "en",
        "countries": "AT; NO",
        "quote": TEXT,
        "sentence": "They agreed to reopen the border.",
        "url": citation.url,
        "citation": citation.text,
        "article_id": "vienna",
        "version": "2",
        "passage_id": "vienna:3",
        "start": "100",
        "end": "153",
        "sha256": citation.sha256,
        "origin": "herald",
        "also_published_by": "Evening Herald; “Ministers met”",
        "notice": "Retracted by the publisher: “None of this took place.”",
        "vanished": "2026-05-03T08:00:00+00:00",
    }
    assert tuple(row) == COLUMNS


def test_what_is_not_known_is_an_empty_cell() -> None:
    bare = replace(hit(), article=Metadata("vienna", "Ministers meet"), highlights=(), origin="vienna")
    [row] = table([bare])
    empty = {name for name, cell in row.items() if not cell}
    known_of_few = {"also_published_by", "notice", "vanished"}
    assert empty == {"publisher", "authors", "published", "language", "countries", "sentence", "url", *known_of_few}


def test_a_table_of_nothing_has_its_heading() -> None:
    assert as_csv([]) == "\ufeff" + ",".join(COLUMNS) + "\r\n"


def test_a_table_is_utf8_with_a_mark_and_lines_end_as_the_standard_says() -> None:
    content = as_csv([hit(title="Größe 核 🕊"), hit()]).encode()
    assert content.startswith(b"\xef\xbb\xbfrank,score,")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert content.count(b"\r\n") == content.count(b"\n") == 3
    assert content.endswith(b"\r\n")


@pytest.mark.parametrize("field", ["title", "publisher", "id", "language"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"], ids=ascii)
def test_no_cell_of_words_begins_as_a_formula_does(field: str, start: str) -> None:
    [row] = table([hit(**{field: f"{start}1+1|cmd"})])
    assert row[{"id": "article_id"}.get(field, field)] == f"'{start}1+1|cmd"


def test_authors_quotes_and_addresses_are_defused_as_well() -> None:
    odd = "=HYPERLINK(1)"
    [row] = table([hit(odd, authors=(odd,), url="-x:1")])
    assert row["authors"] == row["quote"] == f"'{odd}"
    assert row["passage_id"] == "vienna:3"
    [row] = table([replace(hit(), origin=odd, editions=(Edition(Metadata("x", "Met", publisher=odd), 1),))])
    assert row["origin"] == row["also_published_by"] == f"'{odd}"
    assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())


def test_what_only_holds_such_a_sign_is_left_alone() -> None:
    [row] = table([hit(title="1 = 1, a+b, me@home - or not", publisher="'quoted'")])
    assert (row["title"], row["publisher"]) == ("1 = 1, a+b, me@home - or not", "'quoted'")


@settings(max_examples=150)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=4))
def test_any_text_comes_back_from_the_table_and_no_cell_is_a_formula(texts: list[str]) -> None:
    rows = table([hit(title=text) for text in texts])
    for row, text in zip(rows, texts, strict=True):
        assert row["title"] in (text, f"'{text}")
        assert not re.match(r"[=+\-@\t\r\n＝＋－＠]", row["title"])


def test_each_line_of_json_lines_is_a_hit_of_an_answer() -> None:
    hits = [hit(title="Line\u2028 and \x85 breaks"), replace(hit(), rank=2, parts=(Part("words", 0.5, 0.2),))]
    text = as_json_lines(hits)
    assert text.count("\n") == 2
    assert text.endswith("\n")
    assert [json.loads(line) for line in text.split("\n")[:-1]] == [
        HitOut.of(one).model_dump(mode="json") for one in hits
    ]
    assert as_json_lines([]) == ""


def test_citations_are_those_of_the_formats() -> None:
    hits = [hit(), replace(hit("Somebody left."), rank=2)]
    assert set(EXPORTS) == {"csv", "jsonl", *FORMATS}
    for name, form in FORMATS.items():
        export = EXPORTS[name]
        assert (export.media_type, export.extension) == (form.media_type, form.extension)
        assert export.write(hits) == written(name, [Cited.of(one) for one in hits])


def test_reference_managers_read_them() -> None:
    hits = [hit(), replace(hit("Somebody left."), rank=2, article=replace(ARTICLE, id="oslo", title="Talks"))]
    entries = rispy.loads(EXPORTS["ris"].write(hits))
    assert [entry["title"] for entry in entries] == ["Ministers meet", "Talks"]
    assert len(parse_string(EXPORTS["bibtex"].write(hits), "bibtex").entries) == 2
    assert len(json.loads(EXPORTS["csl"].write(hits))) == 2
