"""Sources to a stream of documents: what is new there, what is due for another look, and what is gone.

A source's address is asked for every time, on condition that it changed; what comes tells by its content whether it is
a feed, a sitemap or a page. The pages that a feed or sitemap names are asked for when they are new, when it says that
they were updated since, or when they are due (``schedule.py``). Everything goes through the fetcher that is given;
sources are taken in turns (``interleaving.py``), and trouble with one is a Failure in the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

from indexer.errors import DocumentError, FetchError, Refused
from indexer.items import Failure, Item, Visit
from indexer.readers.files import read_files
from indexer.readers.http.fetching import Fetched, Fetching
from indexer.readers.lists.feeds import MAX_ITEMS, Feed, read_feed
from indexer.readers.lists.sitemaps import Sitemap, SitemapEntry, read_sitemap, unpacked
from indexer.readers.lists.telling import tell
from indexer.sources import Source
from indexer.visits.answering import GONE, NOT_MODIFIED, OK, answered, is_trouble, unanswered, why
from indexer.visits.interleaving import Turn, interleaved
from indexer.visits.schedule import is_due, latest, moment
from indexer.visits.site import same_site
from indexer.visits.sitemap_walk import Walk
from indexer.visits.wanted import Wanted, from_entry, from_item, longest, whole

PAGES = 1_000
"""Pages of one source that are fetched in a run: a quarter of an hour at one a second. The others wait for the next."""
FILES_A_TURN = 256
"""Documents of files that are read while the hosts have their pauses."""
_SLACK = 1_000
_NEVER = datetime.min.replace(tzinfo=UTC)

Step = Item | Turn


class Memory(Protocol):
    """What is remembered of earlier visits; an Engine is one."""

    def visit(self, url: str) -> Visit | None: ...

    def visits(self, source: str) -> list[Visit]: ...

    def digests(self, article_ids: Sequence[str]) -> Mapping[str, str]:
        """The digests of those of these articles that there are: none of one that a person removed."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def visit(
    sources: Iterable[Source],
    fetcher: Fetching,
    memory: Memory,
    now: Callable[[], datetime] = _utc_now,
    pages: int = PAGES,
    *,
    fresh: bool = False,
) -> Iterator[Item]:
    """Everything that the sources have and that is worth asking for now.

    The Visit of a feed or sitemap comes after all that it led to, and only if nothing was left for another time, so
    that what was left is found again. ``pages`` are fetched of one source at most. ``fresh`` asks for
    the sources' own addresses without conditions, as if they were not known, and for no page that they do not lead to.
    Never raises for what a source does; what the memory raises goes through.
    """
    asked: set[str] = set()
    return interleaved([_Round(source, fetcher, memory, now, pages, asked, fresh).steps() for source in sources])


@dataclass(slots=True)
class _Round:
    """One source's round. ``asked`` are the pages that were asked for in this run, by whatever source.

    ``seen`` are feeds and sitemaps, to be remembered at the end unless the round is ``incomplete``: unless there is
    something left that only they lead to. ``left`` counts pages that this round may still fetch.
    """

    source: Source
    fetcher: Fetching
    memory: Memory
    now: Callable[[], datetime]
    left: int
    asked: set[str]
    fresh: bool = False
    incomplete: bool = False
    seen: list[Visit] = field(default_factory=list)

    def steps(self) -> Iterator[Step]:
        if self.source.path is not None:
            yield from self._files()
            return
        url = self.source.url or ""
        try:
            yield from self._address(url)
        except FetchError as error:
            yield Failure(url, why(error), url)
            return  # nobody is there: its pages would only be waited for
        except DocumentError as error:
            yield Failure(url, str(error), url)
        if not self.fresh:
            yield from self._due_again()
        if not self.incomplete:
            yield from self.seen

    def _files(self) -> Iterator[Step]:
        paths = [self.source.path] if self.source.path else []
        documents = read_files(paths, columns=dict(self.source.columns) or None, known=self.source.known)
        for number, document in enumerate(documents, start=1):
            yield document
            if number % FILES_A_TURN == 0:
                yield Turn("")

    # The source's own address

    def _address(self, url: str) -> Iterator[Step]:
        """Raises DocumentError where nobody answers, or the answer cannot be read."""
        before = self.memory.visit(url)
        removed = before is not None and self._is_removed(before)
        if removed and self.source.name != url:
            return  # what is given by hand has its address for a name, and is wanted all the same
        yield Turn(_host(url))
        fetched = self._fetch(url, None if self.fresh or removed else before)
        if fetched.status == OK:
            yield from self._new(fetched, before)
        elif before and before.kind == "page":
            self.asked.add(url)
            yield from answered(Wanted(url, self.source.known), before, fetched, self.source.name)
        elif before and fetched.status == NOT_MODIFIED:
            self.seen.append(self._again(before, fetched))
            if before.kind == "sitemap":
                yield from self._unchanged_sitemap(url)
        else:
            yield Failure(url, f"the server answers {fetched.status}", url)

    def _new(self, fetched: Fetched, before: Visit | None) -> Iterator[Step]:
        """What came from the source's own address."""
        content = unpacked(fetched.content)
        match tell(content):
            case "feed":
                feed = read_feed(content, fetched.final_url, fetched.charset)
                self.seen.append(self._listing(fetched, "feed"))
                yield from self._feed(feed, fetched.url)
            case "sitemap":
                yield from self._sitemap(read_sitemap(content, fetched.final_url, fetched.charset), fetched)
            case _:
                self.asked.add(fetched.url)
                same = before if before and before.kind == "page" else None
                yield from answered(Wanted(fetched.url, self.source.known), same, fetched, self.source.name)

    def _fetch(self, url: str, before: Visit | None) -> Fetched:
        if before is None:
            return self.fetcher.fetch(url)
        return self.fetcher.fetch(url, etag=before.etag, last_modified=before.last_modified)

    # Feeds

    def _feed(self, feed: Feed, url: str) -> Iterator[Step]:
        if feed.left_out:
            yield Failure(url, f"the feed has {feed.left_out:,} items more than the {MAX_ITEMS:,} that are read", url)
        homeless = 0
        wanted: list[Wanted] = []
        for item in feed.items:
            if item.url and self.source.pages:
                wanted.append(from_item(item, item.url, feed, self.source, url))
            elif document := (whole if self.source.pages else longest)(item, feed, self.source, url):
                yield document
            else:
                homeless += 1
        if homeless:
            what = "no address of a page" if self.source.pages else "nothing that can be read without its page"
            yield Failure(url, f"{homeless:,} items of the feed have {what}", url)
        worth = [one for one in wanted if self._is_worth(one)]
        yield from self._pages(worth[: self.left], len(worth) - self.left, url)

    def _is_worth(self, wanted: Wanted) -> bool:
        """Whether to ask for a page: it is new, or it is due and nobody removed its article."""
        before = self.memory.visit(wanted.url)
        if before is None:
            return True
        if is_due(before, self.now(), wanted.stated):
            return not self._is_removed(before)
        self.incomplete |= is_trouble(before)
        return False

    def _pages(self, wanted: Iterable[Wanted], over: int, url: str) -> Iterator[Step]:
        for one in wanted:
            yield from self._page(one)
        if over > 0:
            self.incomplete = True
            yield Failure(url, f"{over:,} pages are left for the next run: it has more than are fetched at once", url)

    # Sitemaps

    def _sitemap(self, sitemap: Sitemap, fetched: Fetched) -> Iterator[Step]:
        """A sitemap at the source's own address, and all that it leads to."""
        self.seen.append(self._listing(fetched, "sitemap"))
        walk, found = Walk(fetched.url), _Newest(self.left)
        self._choose(walk.take(sitemap, 0), found)
        yield from self._walk(walk, found)

    def _unchanged_sitemap(self, url: str) -> Iterator[Step]:
        """A sitemap that has not changed may be an index of some that have."""
        walk = Walk(url)
        others = [one.url for one in self._remembered("sitemap") if one.url != url and same_site(one.url, url)]
        walk.note([SitemapEntry(other) for other in others], 1)
        yield from self._walk(walk, _Newest(self.left))

    def _walk(self, walk: Walk, found: _Newest) -> Iterator[Step]:
        """Read the sitemaps of a walk, then fetch the newest pages that all of them list."""
        while named := walk.next():
            before = self.memory.visit(named.entry.url)
            if before and named.entry.modified and latest(named.entry.modified) < before.checked:
                continue
            yield Turn(_host(named.entry.url))
            try:
                sitemap = self._read_sitemap(named.entry.url, before)
            except DocumentError as error:
                self.incomplete |= isinstance(error, FetchError) and not isinstance(error, Refused)
                yield Failure(named.entry.url, why(error), named.entry.url)
            else:
                self._choose(walk.take(sitemap, named.depth) if sitemap else [], found)
        yield from walk.left_out()
        self.incomplete |= walk.is_cut
        yield from self._pages(found.first(), found.over, walk.url)

    def _read_sitemap(self, url: str, before: Visit | None) -> Sitemap | None:
        """A sitemap, None if it has not changed. Raises DocumentError, and FetchError if another time may be better."""
        fetched = self._fetch(url, before)
        if fetched.status == NOT_MODIFIED and before:
            self.seen.append(self._again(before, fetched))
            return None
        if fetched.status != OK:
            error = DocumentError if fetched.status in GONE else FetchError
            raise error(f"the server answers {fetched.status}")
        sitemap = read_sitemap(fetched.content, fetched.final_url, fetched.charset)
        self.seen.append(self._listing(fetched, "sitemap"))
        return sitemap

    def _choose(self, entries: Iterable[SitemapEntry], found: _Newest) -> None:
        for entry in entries:
            wanted = from_entry(entry, self.source)
            if self._is_worth(wanted):
                found.add(wanted)

    # Pages

    def _page(self, wanted: Wanted) -> Iterator[Step]:
        if wanted.url in self.asked:
            return
        self.asked.add(wanted.url)
        self.left -= 1
        before = self.memory.visit(wanted.url)
        yield Turn(_host(wanted.url))
        try:
            fetched = self._fetch(wanted.url, before)
        except DocumentError as error:
            if wanted.carried and isinstance(error, Refused) and not (before and before.article_id):
                yield wanted.carried
            else:
                yield from self._watched(unanswered(wanted, before, error, self.now(), self.source.name))
            return
        yield from self._watched(answered(wanted, before, fetched, self.source.name))

    def _watched(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items; where one tells of trouble with a page, what led there has to lead there again."""
        for item in items:
            if isinstance(item, Visit):
                self.incomplete |= is_trouble(item)
            yield item

    def _due_again(self) -> Iterator[Step]:
        """The pages of this source that are due and were not named today."""
        if not self.source.pages:
            return
        known = self._remembered("page")
        due = (one for one in known if one.url not in self.asked and is_due(one, self.now()))
        wanted = [one for one in due if not self._is_removed(one)]
        for one in wanted[: max(0, self.left)]:
            yield from self._page(Wanted(one.url, self.source.known))

    # Memory

    def _remembered(self, kind: str) -> list[Visit]:
        return [one for one in self.memory.visits(self.source.name) if one.kind == kind]

    def _is_removed(self, before: Visit) -> bool:
        """Whether a page gave an article that a person removed since: it is not to come back by itself."""
        return before.article_id is not None and not self.memory.digests([before.article_id])

    def _listing(self, fetched: Fetched, kind: Literal["feed", "sitemap"]) -> Visit:
        """What to remember of a feed or sitemap that was read."""
        at = fetched.fetched_at
        etag, modified = fetched.etag, fetched.last_modified
        return Visit(fetched.url, self.source.name, kind, at, at, fetched.status, etag, modified)

    def _again(self, before: Visit, fetched: Fetched) -> Visit:
        """What to remember of one that has not changed."""
        return replace(before, source=self.source.name, checked=fetched.fetched_at, status=fetched.status)


@dataclass(slots=True)
class _Newest:
    """The newest of the pages that are added, ``most`` of them; ``over`` counts the others."""

    most: int
    kept: list[Wanted] = field(default_factory=list)
    over: int = 0

    def add(self, wanted: Wanted) -> None:
        self.kept.append(wanted)
        if len(self.kept) > 2 * self.most + _SLACK:
            self.first()

    def first(self) -> list[Wanted]:
        """Those that are kept, the newest first."""
        self.kept.sort(key=lambda wanted: moment(wanted.stated) if wanted.stated else _NEVER, reverse=True)
        self.over += len(self.kept[self.most :])
        del self.kept[self.most :]
        return self.kept


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
