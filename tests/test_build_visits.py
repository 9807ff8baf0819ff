"""What a run keeps of the pages that it visited: when, what they led to, and what failed or is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from indexer import build
from indexer.build import Report, add
from indexer.engine import Engine
from indexer.errors import IndexProblem
from indexer.items import Failure, Known, RawDocument, Vanished, Visit
from indexer.types import PartialDate
from tests.documents import BROKEN, TALKS, document, page, visit
from tests.fakes import FakeEncoder


def test_a_visit_is_kept_with_the_article_that_it_led_to(engine: Engine, encoder: FakeEncoder) -> None:
    led_to = visit("a", etag='"1"')
    for _ in range(2):  # stored, then unchanged
        add([replace(document("a"), visit=led_to)], engine, encoder)
        assert engine.visit(page("a")) == replace(led_to, article_id="a")
        engine.keep_visits([visit("a", status=500)])


def test_of_a_refused_document_the_visit_is_kept_without_conditions_for_the_next(
    engine: Engine, encoder: FakeEncoder
) -> None:
    add([replace(BROKEN, visit=visit("a", etag='"1"', last_modified="today"))], engine, encoder)
    assert engine.visit(page("a")) == visit("a")


def test_a_visit_is_kept_only_when_all_before_it_is_stored(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BATCH", 1)
    stored, keep = [], engine.keep_visits
    monkeypatch.setattr(
        engine, "keep_visits", lambda visits: stored.append(sorted(engine.digests(["a", "b", "c"]))) or keep(visits)
    )
    add([visit("0"), document("a"), visit("1"), document("b"), document("c"), visit("2")], engine, encoder)
    assert all(set("abc"[:number]) <= set(ids) for ids, number in zip(stored, (0, 1, 3), strict=False))
    assert stored[-1] == ["a", "b", "c"]


def test_a_visit_is_kept_with_its_own_text_where_a_page_comes_twice(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, keep = {}, engine.keep_visits

    def keep_visits(visits: Sequence[Visit]) -> None:
        stored.update({one.etag: engine.current(["a"])["a"].text for one in visits})
        keep(visits)

    monkeypatch.setattr(engine, "keep_visits", keep_visits)
    texts = {"1": TALKS, "2": "They met again.", "3": "They left."}
    add([replace(paged("a", text), visit=visit("a", etag=etag)) for etag, text in texts.items()], engine, encoder)
    assert stored == texts


def test_a_visit_behind_what_could_not_be_stored_is_not_kept(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(*_: object) -> None:
        raise IndexProblem("the disk is full")

    monkeypatch.setattr(engine, "put", put)
    with pytest.raises(IndexProblem, match="the disk is full"):
        add([document("a"), visit("a")], engine, encoder)
    assert engine.visits() == []


def test_an_article_whose_page_is_gone_is_marked_once_and_stays(engine: Engine, encoder: FakeEncoder) -> None:
    add([replace(document("a"), visit=visit("a"))], engine, encoder)
    gone = Vanished(page("a"), "404")
    assert add([gone, visit("a", status=404)], engine, encoder).vanished == 1
    assert add([gone, visit("a", status=404)], engine, encoder).vanished == 0
    assert engine.counts()["vanished"] == 1
    assert engine.counts()["articles"] == 1


@pytest.mark.parametrize(
    "back",
    [
        replace(document("a"), visit=visit("a")),
        replace(document("a", "They met again."), visit=visit("a")),
        visit("a", status=304, article_id="a"),
    ],
    ids=["unchanged", "changed", "not modified"],
)
def test_an_article_whose_page_is_back_is_no_longer_marked(
    engine: Engine, encoder: FakeEncoder, back: RawDocument | Visit
) -> None:
    add([replace(document("a"), visit=visit("a"))], engine, encoder)
    add([Vanished(page("a"), "404")], engine, encoder)
    assert engine.counts()["vanished"] == 1
    add([Vanished(page("a"), "404"), back], engine, encoder)
    assert engine.counts()["vanished"] == 0


def test_an_address_that_led_to_no_article_cannot_take_one_away(engine: Engine, encoder: FakeEncoder) -> None:
    assert add(
        [document("a"), visit("b"), Vanished(page("b"), "410"), Vanished(page("c"), "410")], engine, encoder
    ) == (Report(added=1, passages=1, published=True))


def failed(name: str) -> Failure:
    return Failure(page(name), "the server answers 500", page(name))


def paged(name: str, text: str = TALKS, **fields: object) -> RawDocument:
    """A document that was fetched from its page."""
    return replace(document(name, text, **fields), source=page(name), visit=visit(name))


@pytest.mark.parametrize(
    "well",
    [
        paged("a"),
        paged("a", updated="2012-05-24"),
        paged("a", "They met again."),
        replace(paged("a"), visit=None),
        visit("a", status=304, article_id="a"),
        visit("a", kind="feed"),
        visit("a", kind="sitemap", status=304),
    ],
    ids=["unchanged", "cosmetic", "changed", "no page", "not modified", "a feed that answers", "a sitemap as before"],
)
def test_what_is_well_again_is_no_failure_any_more(
    engine: Engine, encoder: FakeEncoder, well: RawDocument | Visit
) -> None:
    add([paged("a")], engine, encoder)
    add([failed("a"), failed("b")], engine, encoder)
    add([well], engine, encoder)
    assert engine.failures() == [failed("b")]


def test_what_is_well_again_in_the_run_in_which_it_failed_is_no_failure(engine: Engine, encoder: FakeEncoder) -> None:
    add([paged("a")], engine, encoder)
    add([failed("a"), paged("a")], engine, encoder)
    assert engine.failures() == []


@pytest.mark.parametrize("lines", [1, 1000], ids=["stored before the visit", "stored with the visit"])
def test_a_feed_that_answers_does_not_make_up_for_what_it_lacks(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    monkeypatch.setattr(build, "_LINES", lines)
    add([failed("feed")], engine, encoder)
    lacks = Failure(page("feed"), "2 items of the feed have no address of a page", page("feed"))
    item = Failure(f"{page('feed')}#7", "no text", page("feed"))
    add([lacks, item, visit("feed", kind="feed")], engine, encoder)
    assert engine.failures() == [lacks, item]
    add([visit("feed", kind="feed")], engine, encoder)
    assert engine.failures() == [item]


def test_what_fails_behind_what_was_well_in_a_run_is_a_failure(engine: Engine, encoder: FakeEncoder) -> None:
    add([paged("a")], engine, encoder)
    add([paged("a"), failed("a")], engine, encoder)
    assert engine.failures() == [failed("a")]


def test_a_page_that_two_sources_name_is_one_version_however_often_they_take_turns(
    engine: Engine, encoder: FakeEncoder
) -> None:
    text = "Envoys of both islands met in the old harbour, and nothing was agreed after two days of talks."
    saved = f"<html><head><title>Talks</title></head><body><article><h1>Talks</h1><p>{text}</p></article></body></html>"
    raw = RawDocument(page("a"), "text/html", saved.encode(), url=page("a"), visit=visit("a"))
    feed = Known(name="Post", country="NO", kind="newspaper", language="en-GB", published=PartialDate("2012-05-23"))
    sitemap = Known(publisher="Ministry", country="SE", kind="ministry", published=PartialDate("2012-05-24"))
    for known in (feed, sitemap, feed, sitemap, Known()):
        add([replace(raw, known=known)], engine, encoder)
    (article_id,) = {one.article_id for one in engine.visits()}
    assert article_id is not None
    assert [version.version for version in engine.snapshot().versions(article_id)] == [1]
    meta = engine.current([article_id])[article_id].meta
    assert (meta.publisher, meta.publisher_country, meta.published) == ("Post", "NO", PartialDate("2012-05-23"))


def test_when_a_page_changed_is_remembered_and_when_it_did_not_is_left(engine: Engine, encoder: FakeEncoder) -> None:
    later = replace(visit("a"), checked=visit("a").checked + timedelta(days=1))
    add([replace(document("a"), visit=visit("a"))], engine, encoder)
    add([replace(document("a"), visit=later)], engine, encoder)
    remembered = engine.visit(page("a"))
    assert remembered is not None
    assert remembered.changed == visit("a").changed
    add([replace(document("a", "They met again."), visit=later)], engine, encoder)
    assert engine.visit(page("a")) == replace(later, article_id="a", changed=later.checked)


def test_a_page_that_is_looked_at_again_keeps_what_its_feed_said(engine: Engine, encoder: FakeEncoder) -> None:
    known = Known(published=PartialDate("2026-05-03"), authors=("Ann Lee",))
    add([replace(document("a"), visit=visit("a"), known=known)], engine, encoder)
    assert add([replace(document("a"), visit=visit("a"))], engine, encoder).unchanged == 1
    add([document("a")], engine, encoder)
    assert engine.current(["a"])["a"].meta.published is None, "a document that was given says all that is known"
