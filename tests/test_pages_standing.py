"""What pages say of an article beside its text: who else published the story, notices, and what changed since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.search import Searcher, find_article
from indexer.engine import Engine
from indexer.passages import Splitting, split
from indexer.records import digest
from indexer.types import EDITIONS, Article, Change, Notice, NoticeKind
from tests.fakes import FakeEncoder, article, encoded, put
from tests.test_pages import EVIL, WideEncoder, hits, page, said


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


STORY = [
    f"The envoys of Dravia and Kelmen spoke on Monday about part {word} of the accord on grain, steel and timber, which"
    f" both capitals want to sign before the winter, an official of the {word} office said."
    for word in ("one", "two", "three")
]


def told(editions: int) -> list[Article]:
    """A story that many published, the first of them without a name."""
    names = [None, EVIL, *(f"Paper {number}" for number in range(editions))]
    return [
        article(f"e{number}", STORY, f"Envoys <b>{number}</b>", publisher=name, published=f"2012-05-{number + 1:02}")
        for number, name in enumerate(names[:editions])
    ]


def seen(engine: Engine, encoder: FakeEncoder) -> TestClient:
    return TestClient(create_app(Searcher(engine, encoder)))


def test_who_else_published_a_story_is_one_line_with_links(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [*told(3), article("x", "The envoys of Kelmen left for the winter.", "Envoys leave")])
    root = page(seen(engine, encoder), "/", q="What did the envoys say of the accord?", per_article="1")
    [hit] = [hit for hit in hits(root) if hit.xpath(".//p[@class='copies']")]
    line = said(hit, ".//p[@class='copies']")
    assert line.startswith("Also published by ")
    assert line.count("May 2012") == 2
    assert len(hit.xpath(".//p[@class='copies']/a")) == 2
    assert said(root, "//p[@class='count']") == "2 results from 2 independent origins"


def test_of_many_three_are_named_and_all_are_linked_behind_them(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, told(24))
    hit = hits(page(seen(engine, encoder), "/", q="What did the envoys say of the accord?", per_article="1"))[0]
    [folded] = hit.xpath(".//details[@class='copies']")
    assert said(folded, "./summary").endswith(" and at least 17 others")
    assert folded.xpath("./summary//a") == []
    assert len(folded.xpath(".//li/a")) == EDITIONS
    assert said(folded, ".//li[last()]") == "and perhaps more"
    assert hit.xpath(".//p[@class='copies']") == []  # whoever is named so is not said to have a copy, too
    for link in folded.xpath(".//li/a/@href"):
        page(seen(engine, encoder), link)


def test_more_passages_lead_into_the_edition_that_they_stand_in(engine: Engine, encoder: FakeEncoder) -> None:
    extra = "An envoy of Kelmen spoke of a further accord on fish, which no other paper had heard of."
    put(engine, encoder, [*told(2), article("longer", [*STORY, extra], "Envoys at length")])
    hit = hits(page(seen(engine, encoder), "/", q="What did the envoys say of the accord?", per_article="1"))[0]
    assert said(hit, ".//details[@class='more']/summary").endswith(" of this story")
    links = hit.xpath(".//details[@class='more']//a")
    assert [link.get("href") for link in links if "fish" in link.text_content()] == ["/article/longer#p3"]


RETRACTED = "This article has been retracted: <b>none</b> of it took place."


def with_notice(item: Article, kind: NoticeKind, text: str) -> Article:
    meta = replace(item.meta, notice=Notice(kind, text))
    return replace(item, meta=meta, digest=digest(meta, item.text))


def warned() -> list[Article]:
    paragraph = "Ministers of Dravia signed an accord on fishing."
    return [
        with_notice(article("retracted", paragraph, "Accord signed", language="en"), "retraction", RETRACTED),
        with_notice(article("corrected", f"{paragraph} It rained.", "Accord"), "correction", f"Not {'so ' * 180}."),
    ]


def test_a_notice_of_the_publisher_stands_before_the_passage(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, warned())
    client = seen(engine, encoder)
    found = {
        hit.xpath(".//h2/a/@href")[0]: hit for hit in hits(page(client, "/", q="Who signed an accord on fishing?"))
    }
    hit = found["/article/retracted#p0"]
    assert said(hit, ".//p[@class='standing retraction']") == f"Retracted by the publisher: “{RETRACTED}”"
    assert hit.xpath(".//p[contains(@class, 'standing')]/following-sibling::blockquote")
    shortened = said(found["/article/corrected#p0"], ".//p[@class='standing correction']")
    assert shortened.endswith("so …”")
    assert len(shortened) < 300
    for path in ("/article/retracted", "/cite/retracted:0", "/similar/retracted:0"):
        assert RETRACTED in said(page(client, path), "//main//p[@class='standing retraction']")
    assert said(page(client, "/article/corrected"), "//p[@class='standing correction']").count("so") == 180


def test_an_article_that_is_gone_from_its_address_says_so_everywhere(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("a", "Ministers of Dravia signed an accord.", url="https://example.org/a")])
    engine.mark_vanished(["a"], datetime(2026, 5, 3, 9, tzinfo=UTC))
    client = seen(engine, encoder)
    for path in ("/?q=accord", "/article/a", "/cite/a:0", "/similar/a:0"):
        assert said(page(client, path), "//p[@class='standing']") == "No longer at its address since 3 May 2026."


def test_where_a_date_was_found_is_said_with_the_article(engine: Engine, encoder: FakeEncoder) -> None:
    dates = {"text": "text", "meta": "json-ld"}
    put(engine, encoder, [article(name, published="2012", published_from=found) for name, found in dates.items()])
    client = seen(engine, encoder)
    assert "Date found in the page's text" in said(page(client, "/article/text"), "//header[not(@class)]")
    assert "found" not in said(page(client, "/article/meta"), "//header[not(@class)]")


def test_an_earlier_version_says_in_which_way_the_article_changed(engine: Engine, encoder: FakeEncoder) -> None:
    rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
    changes: tuple[Change, ...] = ("first", "substance", "title")
    for number, change in enumerate(changes):
        item = article("a", f"Ministers met {min(number, 1)} times.", f"Title {number}")
        parts = split(item, rule)
        engine.put([item], [parts], encoded(encoder, [(item, parts)]), changes=[change])
        engine.publish()
    client = seen(engine, encoder)
    first, second, last = (page(client, f"/article/a?version={number}") for number in (1, 2, 3))
    assert " The article's text has changed since." in said(first, "//p[@class='notice']")
    assert " The article's title has changed since, its text has not." in said(second, "//p[@class='notice']")
    assert last.xpath("//p[@class='notice']") == []
    lines = [said(line, ".") for line in last.xpath("//section[@class='versions']//li")]
    assert [line.partition(": ")[2] for line in lines] == [
        "its title changed (the current one)",
        "its text changed",
        "",
    ]


def test_a_retraction_is_said_with_the_earlier_texts_that_do_not_have_it(engine: Engine, encoder: FakeEncoder) -> None:
    text = "Ministers of Dravia signed an accord."
    put(engine, encoder, [article("a", text)])
    put(engine, encoder, [with_notice(article("a", f"{text} {RETRACTED}"), "retraction", RETRACTED)])
    put(engine, encoder, [article("b", text, "First")])
    client = seen(engine, encoder)
    assert RETRACTED in said(page(client, "/article/a?version=1"), "//p[@class='standing retraction']")
    earlier = find_article(engine.snapshot(), "a", 1).article
    assert (earlier.text, earlier.meta.notice) == (text, Notice("retraction", RETRACTED))
    assert page(client, "/article/b").xpath("//p[contains(@class, 'standing')]") == []


def test_an_article_says_what_the_settings_know_of_its_publisher(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("a", "Ministers met.", publisher_kind="newspaper", publisher_country="NO")])
    put(engine, encoder, [article("b", "Ministers met.")])
    client = seen(engine, encoder)
    assert "Publisher: newspaper, Norway" in said(page(client, "/article/a"), "//header[not(@class)]")
    assert "Publisher:" not in said(page(client, "/article/b"), "//header[not(@class)]")


def test_an_article_names_who_else_published_it(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, told(3))
    client = seen(engine, encoder)
    root = page(client, "/article/e1")
    assert root.xpath("//article/p[@class='copies']/a/@href") == ["/article/e0", "/article/e2"]


def test_passages_like_one_say_how_many_others_say_it_independently(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [*told(3)])
    client = seen(engine, encoder)
    alone = said(page(client, "/similar/e0:0"), "//p[@class='count']")
    assert alone.endswith("All are other editions of the same story.")
    put(engine, encoder, [article("x", "The envoys of Kelmen left for the winter.", "Envoys leave")])
    together = said(page(client, "/similar/e0:0"), "//p[@class='count']")
    assert together.endswith("They are from 1 origin independent of this one.")
