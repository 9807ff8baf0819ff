"""What a visit to sources brings, from a web of a dictionary and a clock that tests set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.errors import Refused
from indexer.items import Failure, Known, RawDocument, Visit
from indexer.readers.polite import PoliteFetcher
from indexer.sources import Source, source_of
from indexer.types import PartialDate
from indexer.visits import visiting
from indexer.visits.schedule import next_check
from indexer.visits.visiting import FILES_A_TURN, visit
from tests.desk import (
    FEED,
    HOUR,
    LONG,
    PAGE,
    POST,
    START,
    Answer,
    Desk,
    Remembered,
    Web,
    feed,
    kinds,
    link,
    posted,
    reasons,
    sitemap,
    urls,
)


@pytest.fixture
def desk() -> Desk:
    return posted()


# Feeds


def test_a_feed_gives_the_pages_of_its_items_and_then_its_visit(desk: Desk) -> None:
    items = desk.run()
    assert kinds(items) == ["RawDocument", "RawDocument", "Visit"]
    assert items[-1] == Visit(FEED, "Post", "feed", START, START, 200, "f1")
    first = items[0]
    assert isinstance(first, RawDocument)
    assert (first.source, first.input, first.content) == ("https://post.test/1", "https://post.test/1", PAGE)
    assert first.known == Known(name="Post", country="GB", language="en", title="Title of 1")
    assert first.visit == Visit("https://post.test/1", "Post", "page", START, START, 200, "p1")


def test_what_the_feed_says_of_an_item_is_known_of_its_page(desk: Desk) -> None:
    more = "<pubDate>Fri, 20 Jan 2017 23:30:00 -0500</pubDate><author>jane@post.test (Jane Doe)</author>"
    desk.web.answers[FEED] = feed(link("1", more))
    (page, _) = desk.run()
    assert isinstance(page, RawDocument)
    assert page.known.published == PartialDate("2017-01-20T23:30:00-05:00")
    assert page.known.authors == ("Jane Doe",)


def test_a_feed_that_has_not_changed_leads_nowhere(desk: Desk) -> None:
    desk.run()
    items = desk.run(after=HOUR / 2)
    assert (desk.web.asked, desk.web.conditions) == ([FEED], ["f1"])
    assert items == [Visit(FEED, "Post", "feed", START + HOUR / 2, START, 304, "f1")]


def test_a_feed_with_something_new_leads_to_that_only(desk: Desk) -> None:
    desk.run()
    desk.web.answers[FEED] = feed(link("3"), link("1"), link("2"), etag="f2")
    desk.web.answers["https://post.test/3"] = Answer()
    assert urls(desk.run(after=HOUR / 2)) == ["https://post.test/3"]
    assert desk.web.asked == [FEED, "https://post.test/3"]


def test_known_pages_are_asked_for_again_when_they_are_due_and_on_condition(desk: Desk) -> None:
    desk.run()
    items = desk.run(after=HOUR)
    assert desk.web.asked == [FEED, "https://post.test/1", "https://post.test/2"]
    assert desk.web.conditions == ["f1", "p1", "p2"]
    assert kinds(items) == ["Visit"] * 3
    seen = desk.memory.kept["https://post.test/1"]
    assert (seen.checked, seen.changed, seen.status) == (START + HOUR, START, 304)
    assert (seen.etag, seen.article_id) == ("p1", "article of https://post.test/1")


def test_a_changed_page_comes_again_with_its_article_remembered(desk: Desk) -> None:
    desk.run()
    desk.web.answers["https://post.test/1"] = Answer(b"<p>They left.</p>", etag="p1b")
    (page, *_) = desk.run(after=HOUR)
    assert isinstance(page, RawDocument)
    assert page.content == b"<p>They left.</p>"
    assert page.visit
    assert (page.visit.etag, page.visit.article_id) == ("p1b", "article of https://post.test/1")


def test_an_item_that_the_feed_says_was_updated_is_due_at_once(desk: Desk) -> None:
    def updated(minute: int) -> str:
        return link("1", f"<pubDate>Sun, 22 Nov 2026 12:{minute:02}:00 GMT</pubDate>")

    desk.web.answers[FEED] = feed(updated(0))
    desk.run()
    desk.run(after=timedelta(minutes=10))
    assert desk.web.asked == [FEED]
    desk.web.answers[FEED] = feed(updated(5))
    desk.run()
    assert desk.web.asked == [FEED, "https://post.test/1"]
    desk.run(after=timedelta(minutes=10))
    assert desk.web.asked == [FEED]  # that update was before the last look


def test_a_page_is_asked_for_once_whatever_leads_to_it(desk: Desk) -> None:
    desk.web.answers[FEED] = feed(link("1"), link("1"))
    desk.web.answers["https://other.test/feed"] = feed(link("1"))
    desk.run(POST, Source("Other", "https://other.test/feed"))
    assert desk.web.asked.count("https://post.test/1") == 1


def test_the_address_that_answers_is_the_articles_and_the_one_asked_for_is_remembered(desk: Desk) -> None:
    desk.web.answers["https://post.test/1"] = Answer(final_url="https://post.test/news/one")
    (page, *_) = desk.run()
    assert isinstance(page, RawDocument)
    assert page.visit
    assert (page.url, page.visit.url) == ("https://post.test/news/one", "https://post.test/1")


def test_of_many_pages_some_wait_for_the_next_run_and_the_feed_is_asked_for_again(desk: Desk) -> None:
    items = desk.run(pages=1)
    assert urls(items) == ["https://post.test/1"]
    assert "1 pages are left for the next run" in reasons(items)[0]
    assert FEED not in desk.memory.kept
    assert urls(desk.run(pages=1)) == ["https://post.test/2"]
    assert FEED in desk.memory.kept


def test_items_without_a_page_are_one_line(desk: Desk) -> None:
    items = [link("1"), "<title>A</title>", "<title>B</title><link>javascript:x</link>"]
    desk.web.answers[FEED] = feed(*items)
    assert reasons(desk.run()) == ["2 items of the feed have no address of a page"]


def test_items_beyond_the_most_are_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.readers.lists.feeds.MAX_ITEMS", 1)
    assert "1 items more than" in reasons(desk.run())[0]


@pytest.mark.parametrize(
    "content", [b"<rss", b"<!DOCTYPE r [<!ENTITY a 'x'>]><rss/>", b'{"a": 1}', b"\x1f\x8bxxxxxxxxxxx"]
)
def test_a_feed_that_cannot_be_read_is_one_line_and_known_pages_are_still_looked_at(desk: Desk, content: bytes) -> None:
    desk.run()
    desk.web.answers[FEED] = Answer(content if content != b"<rss" else b"<rss>" + b"&" * 3_000_000, etag="f2")
    items = desk.run(after=HOUR)
    assert [item.source for item in items if isinstance(item, Failure)] == [FEED]
    assert desk.web.asked[1:] == ["https://post.test/1", "https://post.test/2"]


# What a feed carries


def test_a_source_without_pages_takes_what_its_feed_carries(desk: Desk) -> None:
    desk.web.answers[FEED] = feed(link("1", "<description>They &lt;b&gt;met&lt;/b&gt;.</description>"), link("2"))
    items = desk.run(replace(POST, pages=False))
    assert desk.web.asked == [FEED]
    (page,) = [item for item in items if isinstance(item, RawDocument)]
    assert (page.url, page.media_type, page.visit) == ("https://post.test/1", "text/html", None)
    assert b"<h1>Title of 1</h1>\nThey <b>met</b>." in page.content
    assert reasons(items) == ["1 items of the feed have nothing that can be read without its page"]
    assert desk.run(replace(POST, pages=False), after=2 * HOUR) != []
    assert desk.web.asked == [FEED]


@pytest.mark.parametrize(("content", "taken"), [(LONG, True), ("<p>Read more</p>", False)])
def test_what_a_feed_carries_whole_stands_in_for_a_page_that_robots_keep_away(
    desk: Desk, content: str, *, taken: bool
) -> None:
    carried = f"<content:encoded><![CDATA[{content}]]></content:encoded>"
    desk.web.answers[FEED] = feed(link("1", carried))
    robots = Answer(b"User-agent: *\nDisallow: /1", media_type="text/plain")
    desk.web.answers["https://post.test/robots.txt"] = robots
    polite = PoliteFetcher(desk.web, clock=lambda: 0.0, sleep=lambda _: None)
    items = list(visit([POST], polite, desk.memory, desk.web.now))
    assert "https://post.test/1" not in desk.web.asked
    assert urls(items) == (["https://post.test/1"] if taken else [])
    assert len(reasons(items)) == (0 if taken else 1)


def test_what_a_feed_carries_does_not_stand_in_for_a_page_that_may_answer_later(desk: Desk) -> None:
    desk.web.answers[FEED] = feed(link("1", f"<content:encoded><![CDATA[{LONG}]]></content:encoded>"))
    desk.web.answers["https://post.test/1"] = "no connection"
    items = desk.run()
    assert (urls(items), reasons(items)) == ([], ["no connection"])


def test_what_a_feed_carries_does_not_replace_what_its_page_gave(desk: Desk) -> None:
    carried = f"<content:encoded><![CDATA[{LONG}]]></content:encoded>"
    desk.web.answers[FEED] = feed(link("1", carried))
    desk.run()
    desk.web.answers["https://post.test/1"] = Refused("the host's robots.txt asks not to fetch this address")
    assert urls(desk.run(after=HOUR)) == []


# Pages and sitemaps


def test_a_page_is_itself_and_asked_for_every_time(desk: Desk) -> None:
    given = source_of("https://post.test/1")
    (page,) = desk.run(given)
    assert isinstance(page, RawDocument)
    assert (page.url, page.known) == ("https://post.test/1", Known())
    assert kinds(desk.run(given)) == ["Visit"]
    desk.web.answers["https://post.test/1"] = Answer(b"", 410)
    assert kinds(desk.run(given)) == ["Vanished", "Visit"]


def test_plain_text_is_a_page_too(desk: Desk) -> None:
    desk.web.answers["https://post.test/1"] = Answer(b"They met.", media_type="text/plain")
    desk.web.answers["https://post.test/2"] = Answer(b"They met.", media_type=None)
    for name in ("1", "2"):
        (page,) = desk.run(source_of(f"https://post.test/{name}"))
        assert isinstance(page, RawDocument)
        assert page.media_type == "text/plain"


def test_a_sitemap_leads_to_its_pages_the_newest_first(desk: Desk) -> None:
    pages = "".join(
        f"<url><loc>https://post.test/{name}</loc><lastmod>{date}</lastmod></url>"
        for name, date in (("old", "2026-11-01"), ("new", "2026-11-21"), ("2", "2026-11-10"))
    )
    desk.web.answers["https://post.test/map"] = Answer(f"<urlset>{pages}</urlset>".encode())
    desk.web.answers |= {"https://post.test/old": Answer(), "https://post.test/new": Answer()}
    items = desk.run(source_of("https://post.test/map"), pages=2)
    assert urls(items) == ["https://post.test/new", "https://post.test/2"]
    assert "1 pages are left" in reasons(items)[0]
    assert urls(desk.run(source_of("https://post.test/map"))) == ["https://post.test/old"]


def test_sitemaps_of_an_index_are_read_each_once_and_asked_for_again_although_the_index_is_unchanged(
    desk: Desk,
) -> None:
    index = replace(sitemap("a", "b", "index", "a", kind="sitemapindex"), etag="i1")
    desk.web.answers |= {
        "https://post.test/index": index,
        "https://post.test/a": sitemap("1"),
        "https://post.test/b": "down",
    }
    source = source_of("https://post.test/index")
    items = desk.run(source)
    assert desk.web.asked == [f"https://post.test/{name}" for name in ("index", "a", "b", "1")]
    assert reasons(items)[0] == "down"
    assert "named again" in reasons(items)[1]
    desk.web.answers["https://post.test/b"] = sitemap("2", "index", kind="sitemapindex")
    desk.web.answers["https://post.test/2"] = sitemap()
    desk.run(source)
    assert {one.url for one in desk.memory.kept.values() if one.kind == "sitemap"} >= {
        index_url(source),
        "https://post.test/b",
    }
    desk.web.answers["https://post.test/a"] = sitemap("1", "3")
    desk.web.answers["https://post.test/3"] = Answer()
    assert urls(desk.run(source)) == ["https://post.test/3"]
    assert "i1" in desk.web.conditions


def index_url(source: Source) -> str:
    assert source.url
    return source.url


def test_old_articles_of_a_sitemap_are_not_watched_like_new_ones(desk: Desk) -> None:
    page = "<url><loc>https://post.test/1</loc><lastmod>2016-05-01</lastmod></url>"
    desk.web.answers["https://post.test/map"] = Answer(f"<urlset>{page}</urlset>".encode())
    source = source_of("https://post.test/map")
    desk.run(source)
    assert next_check(desk.memory.kept["https://post.test/1"]) is None
    desk.run(source, after=timedelta(days=30))
    assert desk.web.asked == ["https://post.test/map"]


def test_a_news_sitemap_says_what_its_articles_are(desk: Desk) -> None:
    page = (
        "<url><loc>https://post.test/1</loc><news><publication><name>Post Online</name><language>fr</language>"
        "</publication><publication_date>2026-11-20</publication_date><title>Talks</title></news></url>"
    )
    desk.web.answers[FEED] = Answer(f"<urlset>{page}</urlset>".encode())
    (document, _) = desk.run()
    assert isinstance(document, RawDocument)
    assert document.known == Known(
        name="Post Online", country="GB", language="fr", title="Talks", published=PartialDate("2026-11-20")
    )


def test_a_sitemap_that_its_index_says_is_as_it_was_is_not_asked_for(desk: Desk) -> None:
    def index(day: int) -> Answer:
        inner = f"<loc>https://post.test/a</loc><lastmod>2026-11-{day}T13:00:00Z</lastmod>"
        return Answer(f"<sitemapindex><sitemap>{inner}</sitemap></sitemapindex>".encode())

    desk.web.answers |= {FEED: index(21), "https://post.test/a": sitemap("1")}
    desk.run()
    desk.run(after=HOUR / 2)
    assert desk.web.asked == [FEED]
    desk.web.answers[FEED] = index(22)
    desk.run(after=HOUR / 4)
    assert desk.web.asked == [FEED, "https://post.test/a"]


@pytest.mark.parametrize("lastmod", ["2026", "2026-11", "2026-11-22", "2026-11-22T10:00"])
def test_a_sitemap_whose_date_may_be_after_the_last_look_is_asked_for(desk: Desk, lastmod: str) -> None:
    inner = f"<loc>https://post.test/a</loc><lastmod>{lastmod}</lastmod>"
    desk.web.answers[FEED] = Answer(f"<sitemapindex><sitemap>{inner}</sitemap></sitemapindex>".encode())
    desk.web.answers["https://post.test/a"] = sitemap("1")
    desk.run()
    desk.web.answers["https://post.test/a"] = sitemap("1", "2")
    assert urls(desk.run(after=HOUR / 2)) == ["https://post.test/2"]


def test_a_page_that_is_given_by_hand_stays_with_the_source_that_led_to_it(desk: Desk) -> None:
    desk.run()
    desk.run(source_of("https://post.test/1"))
    assert desk.memory.kept["https://post.test/1"].source == "Post"


# Files


def test_files_come_with_what_the_source_says(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Talks\n\nThey met.", encoding="utf-8")
    source = Source("Archive", path=tmp_path, publisher="The Post")
    (document,) = visit([source], Web(), Remembered())
    assert isinstance(document, RawDocument)
    assert document.known == source.known


def test_files_are_read_while_hosts_rest(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "FILES_A_TURN", 2)
    for number in range(8):
        (tmp_path / f"{number}.txt").write_text("Talks\n\nThey met.", encoding="utf-8")
    assert FILES_A_TURN > 2
    items = desk.run(Source("Archive", path=tmp_path), POST)
    of_the_web = [isinstance(item, RawDocument) and item.url is not None for item in items]
    assert of_the_web.index(True) < 8
    assert len(urls(items)) == 10


# Turns


def test_hosts_are_asked_in_turns(desk: Desk) -> None:
    other = Source("Other", "https://other.test/feed")
    pages = [f"<link>https://other.test/{number}</link>" for number in range(3)]
    desk.web.answers["https://other.test/feed"] = feed(*pages)
    desk.web.answers[FEED] = feed(link("1"), link("2"), link("3"))
    desk.run(POST, other)
    assert ["post" in url for url in desk.web.asked] == [True, False] * 4
