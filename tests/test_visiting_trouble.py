"""What a visit makes of pages that are gone, in trouble, refused or removed, and what it then asks for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from indexer.errors import FetchError, Refused
from indexer.items import Failure, RawDocument, Vanished, Visit
from indexer.sources import Source, source_of
from indexer.visits.answering import NO_ANSWER, REFUSED
from indexer.visits.schedule import next_check
from indexer.visits.visiting import visit
from tests.desk import (
    FEED,
    HOUR,
    POST,
    START,
    Answer,
    Desk,
    Remembered,
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


def test_a_page_that_is_gone_has_vanished_once_and_can_return(desk: Desk) -> None:
    desk.run()
    del desk.web.answers["https://post.test/1"]
    items = desk.run(after=HOUR)
    assert Vanished("https://post.test/1", "the server answers 404") in items
    seen = desk.memory.kept["https://post.test/1"]
    assert (seen.status, seen.etag, seen.article_id) == (404, None, "article of https://post.test/1")
    assert (seen.checked, seen.changed) == (START + HOUR, START + HOUR)
    assert reasons(items) == []
    assert "Vanished" not in kinds(desk.run(after=HOUR))
    desk.web.answers["https://post.test/1"] = Answer(etag="p1")
    assert "https://post.test/1" in urls(desk.run(after=2 * HOUR))


@pytest.mark.parametrize("answer", [Answer(status=503), Answer(status=403), "nobody answers within 30 seconds"])
def test_a_page_with_trouble_is_a_failure_and_has_not_vanished(desk: Desk, answer: Answer | str) -> None:
    desk.run()
    desk.web.answers["https://post.test/1"] = answer
    items = desk.run(after=HOUR)
    assert len(reasons(items)) == 1
    assert "Vanished" not in kinds(items)
    seen = desk.memory.kept["https://post.test/1"]
    assert (seen.etag if isinstance(answer, str) else "p1", seen.article_id) == ("p1", "article of https://post.test/1")
    assert seen.checked == START + HOUR


def test_a_page_that_was_never_there_is_a_failure(desk: Desk) -> None:
    del desk.web.answers["https://post.test/1"]
    items = desk.run()
    assert [(item.input, item.reason) for item in items if isinstance(item, Failure)] == [
        ("https://post.test/1", "the server answers 404")
    ]
    assert desk.memory.kept["https://post.test/1"].article_id is None


@pytest.mark.parametrize("answer", [Answer(status=500), "nobody answers"])
def test_a_page_that_could_not_be_had_is_tried_again_when_it_is_due_with_what_the_feed_says(
    desk: Desk, answer: Answer | str
) -> None:
    desk.web.answers["https://post.test/1"] = answer
    desk.run()
    assert FEED not in desk.memory.kept
    desk.web.answers["https://post.test/1"] = Answer()
    assert urls(desk.run(after=HOUR / 2)) == []
    (page, *_) = desk.run(after=HOUR / 2)
    assert isinstance(page, RawDocument)
    assert page.known.title == "Title of 1"
    assert FEED in desk.memory.kept


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_an_old_article_that_cannot_be_had_at_first_is_tried_again_all_the_same(desk: Desk, status: int) -> None:
    desk.web.answers[FEED] = feed(link("1", "<pubDate>Fri, 20 Jan 2017 23:30:00 GMT</pubDate>"))
    desk.web.answers["https://post.test/1"] = Answer(b"", status)
    desk.run()
    assert next_check(desk.memory.kept["https://post.test/1"]) == START + HOUR
    desk.web.answers["https://post.test/1"] = Answer()
    assert urls(desk.run(after=HOUR)) == ["https://post.test/1"]


@pytest.mark.parametrize("answer", [Answer(status=500), "nobody answers"])
def test_a_page_that_is_given_up_holds_nothing_up(desk: Desk, answer: Answer | str) -> None:
    long_ago = START - timedelta(days=200)
    desk.memory.keep(Visit("https://post.test/1", "Post", "page", START - timedelta(days=100), long_ago, 500))
    desk.run()
    assert FEED in desk.memory.kept
    desk.web.answers |= {FEED: feed(link("1", "<pubDate>Sun, 22 Nov 2026 12:30:00 GMT</pubDate>"), etag="f2")}
    desk.web.answers["https://post.test/1"] = answer
    desk.run(after=HOUR)
    assert "https://post.test/1" in desk.web.asked
    assert desk.memory.kept[FEED].etag == "f2"


def test_a_page_that_must_not_be_fetched_holds_nothing_up(desk: Desk) -> None:
    desk.web.answers["https://post.test/1"] = Refused("the host's robots.txt asks not to fetch this address")
    desk.run()
    assert desk.memory.kept["https://post.test/1"].status == REFUSED
    assert desk.memory.kept[FEED].etag == "f1"
    desk.web.answers[FEED] = feed(link("1"), link("2"), link("3"), etag="f2")
    desk.run(after=HOUR / 2)
    assert desk.memory.kept[FEED].etag == "f2"


def test_a_page_that_is_refused_no_more_and_does_not_answer_is_waited_for(desk: Desk) -> None:
    desk.web.answers["https://post.test/1"] = Refused("the answer is too long")
    desk.run()
    desk.web.answers |= {"https://post.test/1": "nobody answers", FEED: feed(link("1"), etag="f2")}
    desk.run(after=HOUR)
    assert desk.memory.kept["https://post.test/1"].status == NO_ANSWER
    assert desk.memory.kept[FEED].etag == "f1"


def test_an_article_stays_what_it_was_when_its_page_is_refused(desk: Desk) -> None:
    desk.run()
    desk.web.answers["https://post.test/1"] = Refused("the host's robots.txt asks not to fetch this address")
    desk.run(after=HOUR)
    seen = desk.memory.kept["https://post.test/1"]
    assert (seen.status, seen.checked, seen.article_id) == (200, START + HOUR, "article of https://post.test/1")


@pytest.mark.parametrize(("error", "kept"), [(Refused("it is too long"), True), (FetchError("no connection"), False)])
def test_a_sitemap_that_must_not_be_fetched_holds_nothing_up_and_one_in_trouble_does(
    desk: Desk, error: FetchError, *, kept: bool
) -> None:
    desk.web.answers |= {FEED: sitemap("a", kind="sitemapindex"), "https://post.test/a": error}
    desk.run()
    assert (FEED in desk.memory.kept) is kept


@pytest.mark.parametrize("url", [FEED, "https://post.test/1", "https://post.test/a"])
def test_a_failure_names_its_address_once(desk: Desk, url: str) -> None:
    desk.web.answers["https://post.test/a"] = sitemap()
    desk.web.answers["https://post.test/index"] = sitemap("a", kind="sitemapindex")
    desk.web.answers[url] = FetchError(f"{url}: no connection to post.test", "no connection to post.test")
    items = desk.run(POST, source_of("https://post.test/index"))
    failure = next(item for item in items if isinstance(item, Failure) and item.source == url)
    assert failure.reason == "no connection to post.test"


# Removed articles


def test_a_page_whose_article_was_removed_is_not_asked_for_again(desk: Desk) -> None:
    desk.run()
    desk.memory.removed = {"article of https://post.test/1"}
    desk.run(after=HOUR)
    assert desk.web.asked == [FEED, "https://post.test/2"]
    desk.web.answers[FEED] = feed(link("1", "<pubDate>Sun, 22 Nov 2026 13:30:00 GMT</pubDate>"), etag="f2")
    desk.run(after=HOUR / 2)
    assert desk.web.asked == [FEED]


def test_a_source_that_is_the_page_of_a_removed_article_is_asked_for_by_hand_only_and_then_without_conditions(
    desk: Desk,
) -> None:
    page = replace(POST, url="https://post.test/1")
    desk.run(page)
    desk.memory.removed = {"article of https://post.test/1"}
    assert desk.run(page, after=HOUR) == []
    assert urls(desk.run(source_of("https://post.test/1"))) == ["https://post.test/1"]


# Asked for once more


def test_what_is_asked_for_afresh_is_asked_for_without_conditions_and_alone(desk: Desk) -> None:
    desk.run()
    items = desk.run(replace(POST, url="https://post.test/1"), after=2 * HOUR, fresh=True)
    assert (desk.web.asked, desk.web.conditions) == (["https://post.test/1"], [None])
    assert urls(items) == ["https://post.test/1"]


def test_a_feed_that_is_asked_for_afresh_leads_to_its_pages_again(desk: Desk) -> None:
    desk.run()
    desk.web.answers["https://post.test/1"] = Answer(b"<p>They left.</p>", etag="p1b")
    assert urls(desk.run(after=HOUR, fresh=True)) == ["https://post.test/1"]
    assert desk.web.conditions == [None, "p1", "p2"]


def test_an_item_that_is_no_page_is_a_failure(desk: Desk) -> None:
    desk.web.answers["https://post.test/1"] = feed()
    desk.web.answers["https://post.test/2"] = Answer(b'{"a": 1}', media_type="application/json")
    first, second = reasons(desk.run())
    assert first == "it is a feed, where a page was expected"
    assert second.startswith("it is JSON")


def test_trouble_with_one_source_leaves_the_others_alone(desk: Desk) -> None:
    bad = [Source(name, f"https://{name}.test/") for name in ("gone", "down", "broken")]
    desk.web.answers |= {
        "https://down.test/": "nobody answers",
        "https://broken.test/": Answer(b"<urlset", media_type=None),
    }
    items = desk.run(bad[0], POST, *bad[1:])
    assert urls([item for item in items if isinstance(item, RawDocument) and "post.test" in item.source]) == [
        "https://post.test/1",
        "https://post.test/2",
    ]
    assert {item.source for item in items if isinstance(item, Failure)} == {
        "https://gone.test/",
        "https://down.test/",
    } | {item.source for item in items if isinstance(item, Failure) and "broken" in item.source}


def test_an_error_of_the_memory_is_not_swallowed(desk: Desk) -> None:
    class Broken(Remembered):
        def visit(self, url: str) -> Visit | None:
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk"):
        list(visit([POST], desk.web, Broken(), desk.web.now))
