"""An article's date comes from the best statement that can be true, at its precision, and says where it stood."""

from __future__ import annotations

from datetime import UTC, datetime

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.extraction.linked_data import read_linked_data
from indexer.extraction.page_dates import Dated, published, read_date, updated, url_date
from indexer.types import PartialDate
from tests.pages import ADDRESS, SENTENCE, linked, page

FETCHED = datetime(2024, 5, 10, 12, tzinfo=UTC)
JSON_LD = linked(**{"@type": "NewsArticle", "headline": "Talks at Vell", "datePublished": "2024-05-03T07:53:00.000Z"})
META = '<meta property="article:published_time" content="2024-05-04T08:00:00+02:00">'
MICRODATA = '<span itemprop="datePublished" content="2024-05-05">x</span>'
TIME = '<time datetime="2024-05-06T10:00">6 May</time>'
TEXT = f"<p>{SENTENCE * 3}</p>"


def dated(head: str = "", body: str = TEXT, url: str | None = ADDRESS, found: str | None = None) -> Dated | None:
    tree = lxml.html.fromstring(page(body, head=head))
    return published(tree, read_linked_data(tree, url, "Talks at Vell"), url, found, FETCHED)


def linked_date(value: str) -> str:
    return linked(**{"@type": "NewsArticle", "headline": "Talks at Vell", "datePublished": value})


@pytest.mark.parametrize(
    ("head", "body", "url", "found", "expected"),
    [
        (JSON_LD + META, MICRODATA + TIME + TEXT, ADDRESS, "2024-05-01", ("2024-05-03T07:53:00Z", "json-ld")),
        (META, MICRODATA + TIME + TEXT, ADDRESS, "2024-05-01", ("2024-05-04T08:00:00+02:00", "meta")),
        ("", MICRODATA + TIME + TEXT, ADDRESS, "2024-05-01", ("2024-05-05", "microdata")),
        ("", TIME + TEXT, "https://a.example/2024/05/07/talks", "2024-05-01", ("2024-05-06T10:00", "time")),
        ("", TEXT, "https://a.example/2024/05/07/talks", "2024-05-01", ("2024-05-07", "url")),
        ("", TEXT, "https://a.example/2024/05/talks", "2024-05-01", ("2024-05-01", "text")),
        ("", TEXT, "https://a.example/2024/04/talks", "2024-05-01", ("2024-04", "url")),
        ("", TEXT, ADDRESS, "2024-05-01", ("2024-05-01", "text")),
        ("", TEXT, ADDRESS, None, None),
        # what cannot be true is passed over
        (linked_date("2024-06-01") + META, TEXT, ADDRESS, None, ("2024-05-04T08:00:00+02:00", "meta")),
        (linked_date("2024-05-12"), TEXT, ADDRESS, None, ("2024-05-12", "json-ld")),
        (linked_date("2024-05-13"), TEXT, ADDRESS, None, None),
        (linked_date("1970-01-01T00:00:00Z"), TEXT, ADDRESS, None, None),
        (linked_date("1970-01-01") + META.replace("2024-05-04", "1970-01-01"), TEXT, ADDRESS, None, None),
        (linked_date("0001-01-01T00:00:00Z"), TEXT, ADDRESS, None, None),
        (linked_date("1969-07-21"), TEXT, ADDRESS, None, None),
        (linked_date("1969-07-21"), TEXT, "https://a.example/1969/07/21/moon", None, ("1969-07-21", "json-ld")),
        ("", TEXT, ADDRESS, "1985-02-03", None),
        ("", TEXT, ADDRESS, "2031-02-03", None),
        # htmldate's first of January is a guess unless it stands on the page
        ("", TEXT, ADDRESS, "2019-01-01", None),
        ("", TEXT + "<p>Posted 1 January 2019</p>", ADDRESS, "2019-01-01", ("2019-01-01", "text")),
        # times of other stories
        ("", TEXT + "<aside>" + TIME + "</aside>", ADDRESS, None, None),
        ("", TEXT + '<div class="related">' + TIME + "</div>", ADDRESS, None, None),
        ("", TEXT + TIME, ADDRESS, None, None),
        ("", '<div class="most-read">' + MICRODATA + "</div>" + TEXT, ADDRESS, None, None),
    ],
)
def test_the_best_statement_that_can_be_true_counts(
    head: str, body: str, url: str, found: str | None, expected: tuple[str, str] | None
) -> None:
    assert dated(head, body, url, found) == (Dated(PartialDate(expected[0]), expected[1]) if expected else None)


def test_without_a_time_of_fetching_the_future_is_still_not_believed() -> None:
    tree = lxml.html.fromstring(page(TEXT, head=linked_date("2999-01-02")))
    assert published(tree, read_linked_data(tree, None, "Talks at Vell"), None, None) is None


def test_a_change_is_dated_by_the_page_alone() -> None:
    head = linked(**{"@type": "NewsArticle", "headline": "Talks at Vell", "dateModified": "2024-05-04"})
    for text, expected in (
        (head, "2024-05-04"),
        ('<meta property="og:updated_time" content="2024-05-05">', "2024-05-05"),
    ):
        tree = lxml.html.fromstring(page(TEXT, head=text))
        assert updated(tree, read_linked_data(tree, ADDRESS, "Talks at Vell"), FETCHED) == PartialDate(expected)
    tree = lxml.html.fromstring(page(TEXT, head=META))
    assert updated(tree, read_linked_data(tree, ADDRESS, "Talks at Vell"), FETCHED) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-03", "2024-05-03"),
        ("2024-05-03T07:53:00.1234567Z", "2024-05-03T07:53:00Z"),
        ("20240503", "2024-05-03"),
        ("20240503T0753", "2024-05-03T07:53"),
        ("2024/5/3", "2024-05-03"),
        ("2024/05/03 07:53", "2024-05-03T07:53"),
        ("Fri, 03 May 2024 07:53:00 +0200", "2024-05-03T07:53:00+02:00"),
        ("May 3, 2024, 07:53 PM EST", "2024-05-03T19:53"),
        ("3 May 2024", "2024-05-03"),
        ("May 2024", "2024-05"),
        ("2024", "2024"),
        ("03/05/2024", None),
        ("2024-13-03", None),
        ("20241303", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_date_is_read_in_the_forms_that_pages_write(text: str, expected: str | None) -> None:
    assert read_date(text) == (PartialDate(expected) if expected else None)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/2024/05/03/talks", "2024-05-03"),
        ("https://a.example/2024-05-03-talks.html", "2024-05-03"),
        ("https://a.example/news/20240503/talks", "2024-05-03"),
        ("https://a.example/story/2024/5/3/talks", "2024-05-03"),
        ("https://a.example/world/2024/may/03/talks", "2024-05-03"),
        ("https://a.example/2024/05/talks", "2024-05"),
        ("https://a.example/2024/talks", None),
        ("https://a.example/2024/02/31/talks", "2024-02"),
        ("https://a.example/id-202405031234", None),
        ("https://2024.example/talks", None),
        (None, None),
    ],
)
def test_an_address_may_hold_a_day_or_a_month(url: str | None, expected: str | None) -> None:
    assert url_date(url) == (PartialDate(expected) if expected else None)


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = read_date(text)
    assert found is None or PartialDate.parse(found.iso) == found
