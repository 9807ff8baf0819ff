"""Any search as a feed: what came in last comes first, entries keep their ids, and readers can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from api.answer import Answer
from api.citations import cite
from api.feeds import Place, atom, fresh, json_feed
from indexer.types import Edition, Hit, Metadata, Notice, PartialDate, Passage
from tests.answers import answered

PLACE = Place("http://desk.example/v1/feed.atom?q=Who&x=1", "http://desk.example/?q=Who", "http://desk.example")
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
NAMES = {"a": "http://www.w3.org/2005/Atom"}


def hit(name: str, hours: float | None = 0, **known: Any) -> Hit:
    """A hit that came into the index so many hours after noon."""
    text = f"Ministers met in {name}. <b>Who</b> & why?"
    passage = Passage(name, 3, 0, len(text), text, ((0, 20),))
    article = Metadata(**{"id": name, "title": f"Title & <i>{name}</i>", **known})
    added = None if hours is None else NOON + timedelta(hours=hours)
    return Hit(1, 0.5, passage, article, 1, ((0, 20),), added=added)


def answer(*hits: Hit) -> Answer:
    return answered(*hits)


def parsed(*hits: Hit, question: str = "Who met?", place: Place = PLACE) -> etree._Element:
    return etree.fromstring(atom(question, hits, place))


def texts(feed: etree._Element, path: str) -> list[str]:
    return [str(found) for found in feed.xpath(path, namespaces=NAMES)]


# Order and freshness


def test_what_came_in_last_comes_first_and_ties_stay_in_the_order_of_relevance() -> None:
    found = fresh(answer(hit("a", 1), hit("b", 3), hit("c", None), hit("d", 1), hit("e", 2)))
    assert [one.article.id for one in found] == ["b", "e", "a", "d", "c"]


@pytest.mark.parametrize(
    "since",
    [
        NOON + timedelta(hours=1),
        datetime(2026, 11, 22, 13, 0, 0),  # noqa: DTZ001 - one without a zone counts as UTC
        NOON.astimezone(timezone(timedelta(hours=14))) + timedelta(hours=1),
    ],
)
def test_only_what_came_in_after_a_moment_is_fresh(since: datetime) -> None:
    hits = [hit("a", 1), hit("b", 1.01), hit("c", None), hit("d", 2), hit("e", -5)]
    assert [one.article.id for one in fresh(answer(*hits), since)] == ["d", "b"]


@settings(max_examples=60)
@given(st.lists(st.none() | st.integers(-5, 5), max_size=9), st.integers(-6, 6))
def test_two_polls_see_each_passage_once(hours: list[int | None], moment: int) -> None:
    hits = [replace(hit("a", hour), rank=n) for n, hour in enumerate(hours)]
    since = NOON + timedelta(hours=moment)
    new = fresh(answer(*hits), since)
    before = [one for one in fresh(answer(*hits)) if one not in new]
    assert all(one.added is not None and one.added > since for one in new)
    assert all(one.added is None or one.added <= since for one in before)
    assert fresh(answer(*hits)) == new + before


# Atom (RFC 4287)


def test_a_feed_has_what_the_standard_requires() -> None:
    feed = parsed(hit("vienna", 1), hit("oslo", 2, authors=("Jane Doe",)))
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for required in ("id", "title", "updated"):
        assert len(texts(feed, f"a:{required}/text()")) == 1
        assert len(texts(feed, f"a:entry/a:{required}/text()")) == 2
    assert texts(feed, "a:title/text()") == ["Who met? · Dragoman"]
    assert texts(feed, "a:link[@rel='self']/@href") == [PLACE.here]
    assert texts(feed, "a:link[@rel='alternate']/@href") == [PLACE.page]
    assert texts(feed, "a:entry/a:author/a:name/text()") == ["unknown", "Jane Doe"]
    assert all(urlsplit(name).scheme for name in texts(feed, "a:id/text() | a:entry/a:id/text()"))
    assert len(set(texts(feed, "a:entry/a:id/text()"))) == 2


def test_it_changed_when_its_newest_entry_came_in() -> None:
    feed = parsed(hit("vienna", 1), hit("oslo", 2))
    moments = [datetime.fromisoformat(moment) for moment in texts(feed, "a:entry/a:updated/text()")]
    assert moments == [NOON + timedelta(hours=1), NOON + timedelta(hours=2)]  # in the order given
    assert [datetime.fromisoformat(moment) for moment in texts(feed, "a:updated/text()")] == [max(moments)]


def test_an_entry_quotes_to_the_letter_and_cites() -> None:
    one = hit("vienna", publisher="Morning Post", published=PartialDate("2012-05-21"))
    [content] = texts(parsed(one), "a:entry/a:content[@type='html']/text()")
    shown = "".join(etree.HTML(content).itertext())
    assert shown == one.passage.text + cite(one.passage, one.article, 1, one.highlights).text
    assert "<b>" not in content
    assert unescape(content).count("<b>Who</b>") == 1
    assert texts(parsed(one), "a:entry/a:title/text()") == ["Title & <i>vienna</i>"]
    assert texts(parsed(one), "a:entry/a:author/a:name/text()") == ["Morning Post"]


def test_an_entry_says_who_else_published_it_and_what_speaks_against_relying_on_it() -> None:
    editions = (Edition(Metadata("a", "Met", publisher="<i>Herald</i>"), 1), Edition(Metadata("b", "Ministers met"), 1))
    one = replace(hit("vienna", notice=Notice("retraction", "Not\n\nso.")), editions=editions, vanished=NOON)
    lines = [
        cite(one.passage, one.article, 1, one.highlights).text,
        "Also published by <i>Herald</i>, “Ministers met”.",
        "Retracted by the publisher: “Not so.”",
        "No longer at its address since 22 November 2026",
    ]
    [content] = texts(parsed(one), "a:entry/a:content/text()")
    assert ["".join(line.itertext()) for line in etree.HTML(content).iter("p")] == lines
    [item] = json.loads(json_feed("Who?", [one], PLACE))["items"]
    assert item["summary"] == " ".join(lines)


def test_an_empty_feed_is_a_feed() -> None:
    feed = parsed()
    assert texts(feed, "a:entry") == []
    assert len(texts(feed, "a:updated/text()")) == 1
    assert texts(feed, "a:id/text()") == texts(parsed(hit("vienna")), "a:id/text()")


@pytest.mark.parametrize("question", ["Größe 核 🕊 <b>&amp;</b>", "]]>", "a" * 4000, "\"'", "\u202eright to left"])
def test_any_question_can_be_its_title(question: str) -> None:
    assert texts(parsed(question=question), "a:title/text()") == [f"{question} · Dragoman"]


# Entries


def entry_ids(*hits: Hit, place: Place = PLACE) -> list[str]:
    ids = texts(parsed(*hits, place=place), "a:entry/a:id/text()")
    assert ids == [item["id"] for item in json.loads(json_feed("Who?", hits, place))["items"]]
    return ids


def test_an_entry_keeps_its_id_whatever_was_asked_and_published_meanwhile() -> None:
    one = hit("vienna")
    [kept] = entry_ids(one)
    later = replace(one, rank=5, score=0.1, version=3, highlights=(), added=NOON + timedelta(days=9))
    elsewhere = Place("http://x/?q=y", "http://x/", "http://x")
    assert entry_ids(later, place=elsewhere) == [kept]
    assert kept.startswith("urn:uuid:")


def test_another_text_or_place_is_another_entry() -> None:
    one = hit("vienna")
    others = [
        one,
        replace(one, passage=replace(one.passage, text="Something else.")),
        replace(one, passage=replace(one.passage, ordinal=4)),
        replace(one, passage=replace(one.passage, article_id="oslo")),
    ]
    assert len(set(entry_ids(*others))) == len(others)


def test_an_entry_opens_the_original_at_its_sentence_or_else_the_stored_article() -> None:
    original, bare = hit("vienna", url="https://example.org/1"), hit("a/b c#d")
    expected = [cite(original.passage, original.article, 1, original.highlights).url]
    assert "#:~:text=" in str(expected[0])
    expected.append("http://desk.example/article/a%2Fb%20c%23d#p3")
    assert texts(parsed(original, bare), "a:entry/a:link/@href") == expected
    assert [item["url"] for item in json.loads(json_feed("Who?", [original, bare], PLACE))["items"]] == expected


# JSON Feed 1.1


def test_a_json_feed_has_the_fields_of_its_version() -> None:
    one = hit("vienna", 1, publisher="Morning Post", language="en", url="https://example.org/1")
    two = hit("oslo", 2, authors=("Jane Doe", "Li Wei"))
    feed = json.loads(json_feed("Who met? 核", [one, two], PLACE))
    items = feed.pop("items")
    assert feed == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Who met? 核 · Dragoman",
        "home_page_url": PLACE.page,
        "feed_url": PLACE.here,
    }
    citation = cite(one.passage, one.article, 1, one.highlights)
    assert items[0] == {
        "id": items[0]["id"],
        "url": citation.url,
        "title": "Title & <i>vienna</i>",
        "content_text": one.passage.text,
        "summary": citation.text,
        "date_modified": "2026-11-22T13:00:00+00:00",
        "authors": [{"name": "Morning Post"}],
        "language": "en",
    }
    assert items[1]["authors"] == [{"name": "Jane Doe"}, {"name": "Li Wei"}]
    assert "language" not in items[1]
    assert json.loads(json_feed("Who?", [], PLACE))["items"] == []


def test_characters_that_xml_has_no_place_for_are_replaced() -> None:
    place = Place("http://localhost/v1/feed.atom", "http://localhost/", "http://localhost")
    written = atom("a\ufffeb\x01", [], place)
    assert "a\ufffdb\ufffd" in etree.fromstring(written).findtext("{*}title")
