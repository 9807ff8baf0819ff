"""What an article that came is to an index: read twice, captured twice, at two addresses, moved, gone, overtaken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from indexer.build import Report, add
from indexer.engine import Engine
from indexer.items import Item, RawDocument, Visit
from indexer.pipeline import history
from indexer.types import StoredPassage, Version
from tests.fakes import FakeEncoder

DAY = datetime(2025, 3, 4, 9, tzinfo=UTC)
TALKS = (
    "Envoys of both islands met in the old harbour on Tuesday and talked for nine hours about the ferry that no longer "
    "runs. Nothing was agreed, and the delegations left by different roads before it was dark, their hosts said. "
    "A second round is to be held in the autumn, when the report of the engineers about the pier is expected."
)
LATER = TALKS.replace("Nothing was agreed", "A truce of nine weeks was agreed")
OTHER = (
    "The harvest of the northern provinces will be a third smaller than last year, the ministry of agriculture said, "
    "because rain fell in the wrong weeks. Imports of wheat are to make up for it; bakers of the capital have asked "
    "for a ceiling on prices, which the government refused to think about before the winter has come."
)


def html(text: str, canonical: str | None = None, title: str = "Talks on the ferry") -> bytes:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return (
        f"<html><head><title>{title}</title>{link}</head><body><article><h1>{title}</h1>"
        f"<p>{text}</p></article></body></html>"
    ).encode()


def line(text: str, number: int, name: str = "a") -> RawDocument:
    """A line of a file that gives an article's id."""
    content = json.dumps({"id": name, "title": "Talks", "text": text, "language": "en"})
    return RawDocument(f"news.jsonl:{number}", "application/json", content.encode(), input="news.jsonl")


def capture(text: str, at: datetime, url: str = "https://example.org/a") -> RawDocument:
    """A page in an archive."""
    return RawDocument(f"crawl.warc#1 {url}", "text/html", html(text), url=url, fetched_at=at, input="crawl.warc")


class Desk:
    """Looks at pages, one round an hour."""

    def __init__(self, engine: Engine, encoder: FakeEncoder) -> None:
        self.engine, self.encoder, self.now = engine, encoder, DAY

    def take(self, *items: Item) -> Report:
        return add(items, self.engine, self.encoder)

    def look(self, asked: str, text: str, at: str | None = None, canonical: str | None = None) -> Report:
        """Fetch a page that may answer from another address."""
        self.now += timedelta(hours=1)
        before = self.engine.visit(asked)
        known = before.article_id if before else None
        seen = Visit(asked, "feed", "page", self.now, self.now, 200, article_id=known)
        content = html(text, canonical)
        return self.take(RawDocument(asked, "text/html", content, at or asked, self.now, input=asked, visit=seen))

    def ids(self) -> list[str]:
        return sorted({hit.article.id for hit in self.stored()})

    def stored(self) -> list[StoredPassage]:
        snapshot = self.engine.snapshot()
        return snapshot.get(list(range(1, 200)))

    def versions(self, article_id: str | None = None) -> list[Version]:
        return self.engine.snapshot().versions(article_id or self.ids()[0])

    def text(self, article_id: str | None = None) -> str:
        stored = self.engine.snapshot().article(article_id or self.ids()[0])
        assert stored
        return stored.article.text


@pytest.fixture
def desk(engine: Engine, encoder: FakeEncoder) -> Desk:
    return Desk(engine, encoder)


# The same input again


def test_an_input_with_two_texts_of_one_article_adds_nothing_when_it_is_read_again(desk: Desk) -> None:
    lines = [line(TALKS, 1), line(LATER, 2)]
    assert desk.take(*lines).changed == 1
    for _ in range(2):
        assert desk.take(*lines) == Report(unchanged=2)
    assert desk.text() == LATER
    assert len(desk.versions()) == 2


@pytest.mark.parametrize("texts", [[TALKS, LATER, TALKS], [TALKS, LATER, OTHER], [TALKS, TALKS.upper(), LATER, OTHER]])
def test_however_many_texts_there_are(desk: Desk, texts: list[str]) -> None:
    lines = [line(text, number) for number, text in enumerate(texts)]
    desk.take(*lines)
    versions, text = len(desk.versions()), desk.text()
    assert desk.take(*lines) == Report(unchanged=len(lines))
    assert (len(desk.versions()), desk.text()) == (versions, text)


def test_a_text_that_differs_only_in_its_look_from_one_that_was_overtaken_is_overtaken_too(desk: Desk) -> None:
    lines = [line(TALKS, 1), line(TALKS.replace(" ", "  ").replace("Envoys", "“Envoys”"), 2), line(LATER, 3)]
    lines[0] = line(TALKS.replace("Envoys", '"Envoys"'), 1)
    desk.take(*lines)
    assert desk.take(*lines) == Report(unchanged=3)


def test_a_text_that_is_taken_back_is_a_new_version(desk: Desk) -> None:
    for text in (TALKS, LATER, TALKS):
        desk.take(line(text, 1))
    assert desk.text() == TALKS
    assert [version.change for version in desk.versions()] == ["substance", "substance", "first"]


def test_a_later_text_that_is_new_counts_and_what_was_held_for_it_does_not(desk: Desk) -> None:
    desk.take(line(TALKS, 1), line(LATER, 2))
    report = desk.take(line(TALKS, 1), line(OTHER, 2))
    assert (report.changed, report.unchanged) == (1, 1)
    assert desk.text() == OTHER
    assert len(desk.versions()) == 3


def test_what_waits_for_the_end_of_a_run_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "HELD", 1)
    names = ["a", "b", "c"]
    for text in (TALKS, LATER):
        desk.take(*(line(text, 1, name) for name in names))
    assert desk.take(*(line(TALKS, 1, name) for name in names)).changed == 3
    assert {desk.text(name) for name in names} == {TALKS}


# Archives


def test_the_latest_capture_of_a_page_counts_in_whatever_order_they_come(desk: Desk) -> None:
    captures = [capture(TALKS, DAY), capture(LATER, DAY + timedelta(days=1)), capture(OTHER, DAY - timedelta(days=1))]
    report = desk.take(*captures)
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    for order in (captures, captures[::-1], captures[:1], captures[2:]):
        assert desk.take(*order) == Report(unchanged=len(order))
    assert desk.text() == LATER
    assert len(desk.versions()) == 2


def test_a_page_that_was_looked_at_since_is_not_put_back_by_an_archive(desk: Desk) -> None:
    desk.look("https://example.org/a", LATER)
    looked = desk.engine.visit("https://example.org/a")
    assert desk.take(capture(TALKS, DAY - timedelta(days=9))) == Report(unchanged=1)
    assert desk.text() == LATER
    assert desk.engine.visit("https://example.org/a") == looked


def test_a_capture_that_is_newer_than_the_last_look_is_taken_and_keeps_the_source(desk: Desk) -> None:
    desk.look("https://example.org/a", TALKS)
    at = DAY + timedelta(days=9)
    assert desk.take(capture(LATER, at)).changed == 1
    seen = desk.engine.visit("https://example.org/a")
    assert seen
    assert (seen.source, seen.checked, seen.changed, seen.etag) == ("feed", at, at, None)


def test_captures_of_one_moment_add_nothing_when_they_are_read_again(desk: Desk) -> None:
    captures = [capture(TALKS, DAY), capture(LATER, DAY)]
    desk.take(*captures)
    assert desk.take(*captures) == Report(unchanged=2)
    assert len(desk.versions()) == 2


# Several addresses


def test_two_addresses_of_one_article_do_not_take_turns_with_their_texts(desk: Desk) -> None:
    own, phone = "https://example.org/a", "https://example.org/amp/a"
    desk.look(own, TALKS, canonical=own)
    desk.look(phone, LATER, canonical=own)
    desk.look(own, TALKS, canonical=own)
    assert desk.text() == TALKS
    assert len(desk.versions()) == 1
    desk.look(own, LATER, canonical=own)
    assert desk.text() == LATER


def test_a_page_at_its_own_address_counts_for_more_than_one_at_another(desk: Desk) -> None:
    own, phone = "https://example.org/a", "https://example.org/amp/a"
    for _ in range(3):
        desk.look(phone, TALKS, canonical=own)
        desk.look(own, LATER, canonical=own)
    assert desk.text() == LATER
    assert len(desk.versions()) == 2


@pytest.mark.parametrize("moved", ["redirect", "canonical link"])
def test_an_article_that_moves_stays_the_same_article(desk: Desk, moved: str) -> None:
    old, new = "https://example.org/2025/talks", "https://example.org/2025/talks-on-the-ferry-end"
    desk.look(old, TALKS)
    (article_id,) = desk.ids()
    leads = {"at": new} if moved == "redirect" else {"canonical": new}
    assert desk.look(old, TALKS, **leads).added == 0
    assert desk.look(old, LATER, **leads).changed == 1
    assert desk.look(new, LATER.replace("nine weeks", "ten weeks")).changed == 1
    assert desk.ids() == [article_id]
    assert "ten weeks" in desk.text()
    assert [version.version for version in desk.versions()] == [3, 2, 1]


def test_an_article_that_was_taken_from_both_addresses_stays_two_that_can_both_vanish(desk: Desk) -> None:
    old, new = "https://example.org/talks", "https://example.org/talks-end"
    desk.look(old, TALKS)
    desk.look(new, TALKS)
    desk.look(old, TALKS, at=new)
    first, second = desk.engine.visit(old), desk.engine.visit(new)
    assert first
    assert second
    assert {first.article_id, second.article_id} == set(desk.ids())


def test_an_address_that_leads_to_another_article_has_lost_its_own(desk: Desk) -> None:
    old, new = "https://example.org/talks", "https://example.org/harvest"
    desk.look(old, TALKS)
    (article_id,) = desk.ids()
    report = desk.look(old, OTHER, at=new)
    assert (report.added, report.vanished) == (1, 1)
    assert len(desk.ids()) == 2
    assert {hit.article.id for hit in desk.stored() if hit.vanished} == {article_id}


def test_a_page_that_says_that_nothing_is_there_is_as_gone_as_one_whose_server_says_so(desk: Desk) -> None:
    url = "https://example.org/a"
    desk.look(url, TALKS)
    missing = html("We could not find what you asked for.", title="Page not found")

    def again(content: bytes) -> Report:
        seen = desk.engine.visit(url)
        assert seen
        return desk.take(RawDocument(url, "text/html", content, url, desk.now, input=url, visit=seen))

    assert again(missing).vanished == 1
    assert (again(missing).vanished, again(missing).failed) == (0, 0)
    seen = desk.engine.visit(url)
    assert seen
    assert (seen.status, seen.article_id) == (404, desk.ids()[0])
    assert desk.stored()[0].vanished
    again(html(TALKS))
    assert not desk.stored()[0].vanished


def test_a_wall_before_a_page_does_not_mean_that_it_is_gone(desk: Desk) -> None:
    url = "https://example.org/a"
    desk.look(url, TALKS)
    wall = html("Checking your browser before you can go on.", title="Just a moment...")
    seen = desk.engine.visit(url)
    report = desk.take(RawDocument(url, "text/html", wall, url, desk.now, input=url, visit=seen))
    assert (report.vanished, report.failed) == (0, 1)
