"""What a source says of a document counts below what the document says, but for a publisher that a person set."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from indexer.errors import DocumentError
from indexer.extract import extract
from indexer.items import Known, RawDocument
from indexer.types import Metadata, PartialDate
from tests.pages import ADDRESS, linked, page, prose

KNOWN = Known(
    publisher="The Example Post",
    name="Example feed",
    country="gb",
    kind="newspaper",
    language="en-GB",
    title="Talks, by the feed",
    authors=("Feed Author",),
    published=PartialDate("2024-05-01"),
    updated=PartialDate("2024-05-02"),
)
TEXT = "They met and spoke."
SILENT = {
    "application/json": json.dumps({"text": TEXT}),
    "text/markdown": TEXT,
    "text/plain": f"Talks at the border\n\n{TEXT}",
    "text/html": page(prose(3)),
}
SAYING = {
    "application/json": json.dumps(
        {
            "title": "Own title",
            "text": TEXT,
            "publisher": "Own publisher",
            "authors": ["Own Author"],
            "published": "2024-04-01",
            "updated": "2024-04-02",
            "language": "de",
        }
    ),
    "text/markdown": "---\ntitle: Own title\npublisher: Own publisher\nauthors: Own Author\npublished: 2024-04-01\n"
    f"updated: 2024-04-02\nlanguage: de\n---\n{TEXT}",
    "text/html": page(
        prose(3),
        "Own title",
        linked(
            **{
                "@type": "NewsArticle",
                "headline": "Own title",
                "datePublished": "2024-04-01",
                "dateModified": "2024-04-02",
            },
            publisher={"name": "Own publisher"},
            author={"name": "Own Author"},
        ),
    ),
}


def meta(media_type: str, content: str, known: Known = Known(), **fields: object) -> Metadata:
    return extract(RawDocument("in/x.md", media_type, content.encode(), known=known, **fields)).meta  # type: ignore[arg-type]


@pytest.mark.parametrize("media_type", list(SAYING))
def test_what_a_document_says_counts_more_than_what_its_source_does(media_type: str) -> None:
    found = meta(media_type, SAYING[media_type], KNOWN)
    assert (found.title, found.authors) == ("Own title", ("Own Author",))
    assert (found.published, found.updated) == (PartialDate("2024-04-01"), PartialDate("2024-04-02"))
    assert found.published_from == ("json-ld" if media_type == "text/html" else None)
    assert found.language == ("en-GB" if media_type == "text/html" else "de")


@pytest.mark.parametrize("media_type", list(SAYING))
def test_a_publisher_that_a_person_set_counts_most(media_type: str) -> None:
    assert meta(media_type, SAYING[media_type], KNOWN).publisher == "The Example Post"
    assert meta(media_type, SAYING[media_type], Known(name="Example feed")).publisher == "Own publisher"


@pytest.mark.parametrize("media_type", list(SILENT))
def test_what_a_document_leaves_unsaid_its_source_fills_in(media_type: str) -> None:
    found = meta(media_type, SILENT[media_type], Known(name="Example feed", title="Talks"))
    assert found.publisher == "Example feed"
    found = meta(media_type, SILENT[media_type], KNOWN)
    assert (found.authors, found.published, found.published_from) == (
        ("Feed Author",),
        PartialDate("2024-05-01"),
        "source",
    )
    assert (found.updated, found.language) == (PartialDate("2024-05-02"), "en-GB")
    assert (found.publisher_country, found.publisher_kind) == ("GB", "newspaper")


@pytest.mark.parametrize("media_type", ["application/json", "text/markdown"])
def test_a_document_without_a_title_has_its_source_s(media_type: str) -> None:
    assert meta(media_type, SILENT[media_type], KNOWN).title == "Talks, by the feed"


def test_the_time_of_fetching_is_no_date_of_publication() -> None:
    found = meta("text/html", SILENT["text/html"], fetched_at=datetime(2024, 5, 3, tzinfo=UTC), url=ADDRESS)
    assert (found.published, found.published_from) == (None, None)


def test_what_the_sender_says_of_the_encoding_is_believed_of_every_kind_of_text() -> None:
    for media_type in ("text/plain", "text/markdown", "text/html"):
        content = SILENT[media_type].replace("Talks at", "Встреча в").replace(TEXT, "Встреча в порту.").encode("koi8-r")
        raw = RawDocument("x", media_type, content, charset="koi8-r")
        found = extract(raw)
        assert "Встреча" in found.text + found.meta.title


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/html"])
def test_what_is_no_text_is_refused_whatever_it_is_called(media_type: str) -> None:
    with pytest.raises(DocumentError, match="a PDF, not text"):
        extract(RawDocument("page.html", media_type, b"%PDF-1.7 ..."))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", "a" * 1001, "title has 1001 characters: at most 1000 are allowed"),
        ("publisher", "a" * 201, "publisher has 201 characters: at most 200 are allowed"),
        ("authors", ["a" * 201], "an author's name has 201 characters: at most 200 are allowed"),
        ("authors", ["a"] * 101, "authors holds 101 names: at most 100 are allowed"),
        ("url", "https://a.example/" + "a" * 10_000, "url has 10018 characters: at most 10000 are allowed"),
    ],
)
def test_a_field_beyond_its_limit_is_refused_with_the_limit(field: str, value: object, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        meta("application/json", json.dumps({"title": "Talks", "text": TEXT, field: value}))
    assert str(caught.value) == says


def test_a_notice_in_the_text_is_noticed() -> None:
    text = f"{TEXT}\n\nCorrection: This article was corrected on 3 May 2024 to give the right day of the talks."
    notice = meta("application/json", json.dumps({"title": "Talks", "text": text})).notice
    assert notice is not None
    assert notice.kind == "correction"
