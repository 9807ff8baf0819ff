"""BibTeX and RIS: what is written reads back, through the same libraries, as what was meant."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import Entry, parse_string

from api.citations import Cited
from api.citing.bibliography import bibtex, ris
from indexer.types import Metadata, PartialDate, Passage, Reference

URL = "https://example.org/a_b?x=1&y=%20~z#part"
KNOWN = Metadata(
    "a",
    "Ministers meet in Vienna",
    URL,
    "Morning Post",
    ("Jane M. Doe", "Reuters Staff"),
    PartialDate.parse("2012-05-23T19:43"),
    language="en",
)
QUOTE = "They “met”, 50 % of them & {more}: $5_000 #1 ~ ^ \\o/"


_PRINTED = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
}
"""https://www.latex-project.org/help/documentation/encguide.pdf; any other sign stands behind a backslash."""

_MACRO = re.compile(r"\\text[a-z]+\{\}|\\[&%$#_]")


def cited(article: Metadata = KNOWN, quote: str = QUOTE, ordinal: int = 4) -> Cited:
    return Cited(Passage("a", ordinal, 10, 10 + len(quote), quote), article, 2)


def entries(*articles: Metadata) -> dict[str, Entry]:
    """What pybtex reads out of the BibTeX of some articles."""
    return dict(parse_string(bibtex([cited(article) for article in articles]), "bibtex").entries.items())


def entry(article: Metadata = KNOWN) -> Entry:
    (found,) = entries(article).values()
    return found


def field(found: Entry, name: str) -> str:
    """A field as LaTeX prints it: the title without the braces around it."""
    value = found.fields[name]
    value = value[1:-1] if name == "title" else value
    assert not re.search(r"(?<!\\)[&%$#_~^]", _MACRO.sub("", value))
    return _MACRO.sub(lambda macro: _PRINTED.get(macro[0], macro[0][1:]), value)


def record(article: Metadata = KNOWN) -> dict[str, Any]:
    (found,) = rispy.loads(ris([cited(article)]))
    return dict(found)


def test_bibtex_has_what_is_known() -> None:
    found = entry()
    assert found.type == "article"
    assert field(found, "title") == "Ministers meet in Vienna"
    assert field(found, "journal") == "Morning Post"
    assert found.fields["url"] == URL
    assert (found.fields["year"], found.fields["month"], found.fields["date"]) == ("2012", "May", "2012-05-23")
    assert found.fields["language"] == "en"
    assert [str(person) for person in found.persons["author"]] == ["Doe, Jane M.", "{Reuters Staff}"]


def test_the_quote_is_the_annotation() -> None:
    assert field(entry(), "annote") == QUOTE


def test_what_an_article_rests_on_is_the_note_which_styles_print() -> None:
    assert field(entry(replace(KNOWN, references=(Reference("AT&T"),))), "note") == "Rests on: AT&T."
    assert "note" not in entry().fields


def test_capitals_of_a_title_and_names_of_agencies_are_protected_by_braces() -> None:
    assert 'title = "{Ministers meet in Vienna}"' in bibtex([cited()])
    assert "and {Reuters Staff}" in bibtex([cited()])


def test_an_article_of_no_newspaper_is_a_misc() -> None:
    found = entry(Metadata("a", "A title"))
    assert found.type == "misc"
    assert set(found.fields) == {"title", "annote"}
    assert not found.persons


@pytest.mark.parametrize(
    ("iso", "written"),
    [("2012", {"year": "2012", "date": "2012"}), ("2012-12", {"year": "2012", "month": "December", "date": "2012-12"})],
)
def test_a_date_is_written_as_precisely_as_it_is_known(iso: str, written: dict[str, str]) -> None:
    fields = entry(replace(KNOWN, published=PartialDate.parse(iso))).fields
    assert {name: fields[name] for name in ("year", "month", "date") if name in fields} == written


def test_an_address_keeps_every_sign_but_braces_and_backslashes_which_would_end_it() -> None:
    assert entry(replace(KNOWN, url="https://example.org/{a}\\b_%25#:~:text=x")).fields["url"] == (
        "https://example.org/%7Ba%7D%5Cb_%25"
    )


@pytest.mark.parametrize(
    ("article", "key"),
    [
        (KNOWN, "doe2012ministersmeetvienna"),
        (replace(KNOWN, authors=()), "morningpost2012ministersmeetvienna"),
        (replace(KNOWN, authors=("Şule Öz",), published=None), "ozministersmeetvienna"),
        (Metadata("a", "The “why” of it"), "whyit"),
        (Metadata("a", "核協議"), "article"),
    ],
)
def test_a_key_is_made_of_author_or_publisher_year_and_title(article: Metadata, key: str) -> None:
    assert list(entries(article)) == [key]


def test_keys_are_unique_in_a_list_even_where_one_looks_like_a_numbered_other() -> None:
    same = Metadata("a", "Talks")
    assert list(entries(same, same, same)) == ["talks", "talks-2", "talks-3"]


def test_ris_has_what_is_known() -> None:
    assert record() == {
        "type_of_reference": "NEWS",
        "id": "a:4",
        "authors": ["Doe, Jane M.", "Reuters Staff"],
        "title": "Ministers meet in Vienna",
        "secondary_title": "Morning Post",
        "year": "2012",
        "date": "2012/05/23/",
        "urls": [URL],
        "language": "en",
        "notes": [f"“{QUOTE}”"],
    }


def test_ris_begins_each_record_with_its_type_and_ends_it() -> None:
    lines = ris([cited(), cited(ordinal=5)]).splitlines()
    assert [line for line in lines if line[:2] in {"TY", "ER"}] == ["TY  - NEWS", "ER  - "] * 2
    assert lines[0] == "TY  - NEWS"


def test_ris_has_no_empty_fields() -> None:
    assert set(record(Metadata("a", "A title"))) == {"type_of_reference", "id", "title", "notes"}


@pytest.mark.parametrize(("iso", "day"), [("2012", "2012///"), ("2012-05", "2012/05//"), ("2012-05-03", "2012/05/03/")])
def test_ris_writes_a_date_as_precisely_as_it_is_known(iso: str, day: str) -> None:
    assert record(replace(KNOWN, published=PartialDate.parse(iso)))["date"] == day


def test_ris_says_what_an_article_rests_on() -> None:
    assert record(replace(KNOWN, references=(Reference("AT&T"),)))["notes"] == [f"“{QUOTE}” Rests on: AT&T."]


def test_no_citations_are_an_empty_file() -> None:
    assert bibtex([]).strip() == ""
    assert ris([]).strip() == ""


# Titles are on one line (indexer.clean.one_line); a title without any letter has nothing to be found by.
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cn"]), min_size=1)
ADDRESSES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="{}\\:"), max_size=30)
DAYS = st.dates().map(lambda day: day.isoformat())


@settings(deadline=None, max_examples=150)
@given(LINES, ADDRESSES, DAYS, st.lists(st.sampled_from(["Jane Doe", "Ann de Poe", "Reuters", "核", "A & {B}"])))
def test_bibtex_reads_back_as_it_was_meant(title: str, path: str, day: str, authors: list[str]) -> None:
    url = f"https://example.org/{path}"
    found = entry(Metadata("a", title, url, authors=tuple(authors), published=PartialDate(day)))
    assert field(found, "title") == title
    assert found.fields["url"] == url.removesuffix("#")
    assert found.fields["date"] == day
    assert found.fields["year"] == day[:4]
    assert len(found.persons.get("author", [])) == len(authors)


@settings(deadline=None, max_examples=150)
@given(LINES, ADDRESSES, DAYS, st.lists(LINES, max_size=3))
def test_ris_reads_back_as_it_was_meant(title: str, path: str, day: str, authors: list[str]) -> None:
    url = f"https://example.org/{path.replace(';', '')}"
    known = Metadata("a", title, url, authors=tuple(f"{author}/" for author in authors), published=PartialDate(day))
    found = record(known)
    assert found["title"] == title
    assert found["urls"] == [url.removesuffix("#")]
    assert found["year"] == day[:4]
    assert found.get("authors", []) == [f"{author}/" for author in authors]
