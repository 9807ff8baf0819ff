"""A web of a dictionary, the memory of an index, and runs that take what one has into the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from indexer.errors import FetchError
from indexer.items import Failure, Item, RawDocument, Visit
from indexer.readers.http.fetching import Fetched
from indexer.sources import Source
from indexer.visits.visiting import visit

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAGE = b"<!DOCTYPE html><html><body><p>They met.</p></body></html>"
FEED = "https://post.test/feed"
POST = Source("Post", FEED, country="GB", language="en")
LONG = "<p>They met and they talked for a long time about many things.</p>" * 20


@dataclass
class Answer:
    content: bytes = PAGE
    status: int = 200
    etag: str | None = None
    final_url: str | None = None
    media_type: str | None = "text/html"


@dataclass
class Web:
    """A web of answers, and of errors, by address; what is not there is a 404. Remembers what was asked, and how."""

    answers: dict[str, Answer | str | FetchError] = field(default_factory=dict)
    time: datetime = START
    asked: list[str] = field(default_factory=list)
    conditions: list[str | None] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        before: Callable[[str], None] | None = None,
        any_type: bool = False,
    ) -> Fetched:
        if before:
            before(url)
        self.asked.append(url)
        self.conditions.append(etag)
        answer = self.answers.get(url, Answer(b"", 404))
        if isinstance(answer, FetchError):
            raise answer
        if isinstance(answer, str):
            raise FetchError(answer)
        status = 304 if etag and etag == answer.etag else answer.status
        content = answer.content if status == 200 else b""
        final = answer.final_url or url
        return Fetched(url, final, status, answer.media_type, None, content, answer.etag, None, self.time)


@dataclass
class Remembered:
    """What an index remembers of what went through it; every page gives an article."""

    kept: dict[str, Visit] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)

    def visit(self, url: str) -> Visit | None:
        return self.kept.get(url)

    def visits(self, source: str) -> list[Visit]:
        return [one for one in self.kept.values() if one.source == source]

    def digests(self, article_ids: Sequence[str]) -> dict[str, str]:
        return {one: f"digest of {one}" for one in article_ids if one not in self.removed}

    def keep(self, item: Item) -> None:
        match item:
            case Visit():
                self.kept[item.url] = item
            case RawDocument(visit=Visit() as seen):
                self.kept[seen.url] = replace(seen, article_id=f"article of {seen.url}")


@dataclass
class Desk:
    """A web, a memory, and the runs that take what one has into the other."""

    web: Web = field(default_factory=Web)
    memory: Remembered = field(default_factory=Remembered)

    def run(
        self, *sources: Source, pages: int = 1000, after: timedelta = timedelta(), fresh: bool = False
    ) -> list[Item]:
        """One run, after some time: what came, all of it remembered, and only what was asked in it."""
        self.web.time += after
        self.web.asked.clear()
        self.web.conditions.clear()
        items = []
        for item in visit(sources or (POST,), self.web, self.memory, self.web.now, pages, fresh=fresh):
            self.memory.keep(item)
            items.append(item)
        return items


def feed(*items: str, etag: str | None = None) -> Answer:
    body = "".join(f"<item>{item}</item>" for item in items)
    content = (
        f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>{body}</channel></rss>'
    )
    return Answer(content.encode(), etag=etag, media_type="application/rss+xml")


def link(name: str, more: str = "") -> str:
    return f"<title>Title of {name}</title><link>https://post.test/{name}</link>{more}"


def sitemap(*pages: str, kind: str = "urlset") -> Answer:
    inner = {"urlset": "url", "sitemapindex": "sitemap"}[kind]
    body = "".join(f"<{inner}><loc>https://post.test/{page}</loc></{inner}>" for page in pages)
    return Answer(f"<{kind}>{body}</{kind}>".encode(), media_type="text/xml")


def kinds(items: list[Item]) -> list[str]:
    return [type(item).__name__ for item in items]


def urls(items: list[Item]) -> list[str | None]:
    return [item.url for item in items if isinstance(item, RawDocument)]


def reasons(items: list[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Failure)]


def posted() -> Desk:
    """A desk whose source has a feed of two pages."""
    desk = Desk()
    desk.web.answers = {
        FEED: feed(link("1"), link("2"), etag="f1"),
        "https://post.test/1": Answer(etag="p1"),
        "https://post.test/2": Answer(etag="p2"),
    }
    return desk
