"""CSL-JSON: an article with what is known of it, the quote for a reader, and what the citation is verified by."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from api.citations import Cited
from api.citing.csl import article_reference, csl_json, csl_reference
from api.citing.stored_citations import read_citations
from api.citing.verification import Stored
from indexer.types import Metadata, PartialDate, Passage, Reference

URL = "https://example.org/news/1"
PASSAGE = Passage("a", 4, 10, 31, "Ministers “met” there")
KNOWN = Metadata(
    "a",
    "Ministers meet",
    URL,
    "Morning Post",
    ("Jane Doe", "AFP"),
    PartialDate.parse("2012-05-23T19:43"),
    language="en",
)


def test_an_article_is_one_of_a_newspaper_which_is_its_publisher() -> None:
    assert article_reference(KNOWN, "a:4") == {
        "id": "a:4",
        "type": "article-newspaper",
        "title": "Ministers meet",
        "author": [{"family": "Doe", "given": "Jane"}, {"literal": "AFP"}],
        "container-title": "Morning Post",
        "issued": {"date-parts": [[2012, 5, 23]]},
        "URL": URL,
        "language": "en",
    }


def test_what_is_not_known_is_not_there() -> None:
    assert article_reference(Metadata("a", "A title"), "a:4") == {
        "id": "a:4",
        "type": "article-newspaper",
        "title": "A title",
    }


@pytest.mark.parametrize(("iso", "parts"), [("2012", [2012]), ("2012-05", [2012, 5]), ("2012-05-03", [2012, 5, 3])])
def test_a_date_has_the_parts_that_are_known_and_no_more(iso: str, parts: list[int]) -> None:
    article = Metadata("a", "A title", published=PartialDate.parse(iso))
    assert article_reference(article, "a:4")["issued"] == {"date-parts": [parts]}


@pytest.mark.parametrize("address", [f"{URL}#:~:text=Other", URL])
def test_the_address_is_the_articles_own_without_a_text_fragment(address: str) -> None:
    assert article_reference(Metadata("a", "A title", address), "a:4")["URL"] == URL


def test_an_ordinary_fragment_stays() -> None:
    article = Metadata("a", "A title", f"{URL}#part:~:text=Other")
    assert article_reference(article, "a:4")["URL"] == f"{URL}#part"


def test_the_quote_is_the_note_and_the_passage_gives_the_id() -> None:
    found = csl_reference(Cited(PASSAGE, KNOWN, 2))
    assert found["note"] == "“Ministers “met” there”"
    assert found["id"] == "a:4"


def test_an_article_that_rests_on_others_says_so() -> None:
    brief = replace(KNOWN, references=(Reference("Evening Herald"),))
    assert csl_reference(Cited(PASSAGE, brief, 2))["note"] == "“Ministers “met” there” Rests on: Evening Herald."


def test_what_is_written_is_a_json_array_from_which_the_citations_can_be_verified() -> None:
    cited = [Cited(PASSAGE, KNOWN, 2), Cited(replace(PASSAGE, ordinal=5), Metadata("a", "Ohne Adresse"), 1)]
    text = csl_json(cited)
    assert [item["id"] for item in json.loads(text)] == ["a:4", "a:5"]
    assert read_citations(text) == [Stored.of(one.citation) for one in cited]


def test_when_it_was_looked_up_is_not_invented() -> None:
    assert "accessed" not in csl_json([Cited(PASSAGE, KNOWN, 2)])


def test_no_citations_are_an_empty_array() -> None:
    assert json.loads(csl_json([])) == []
