"""A walk over a site's sitemaps: which are read next, which of the pages they list count, and what is left out. Pure.

By sitemaps.org a sitemap speaks for its own host only, and an index names sitemaps that are none. Sites are laxer,
and anybody can write anything: followed is what is on the same site (``site.py``), a few levels deep, each address
once, up to the limits below. Whatever is left out for them comes as one line a reason, however much it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from indexer.items import Failure
from indexer.readers.lists.sitemaps import MAX_ENTRIES, Sitemap, SitemapEntry
from indexer.visits.schedule import moment
from indexer.visits.site import same_site

MAX_SITEMAPS = 500
"""Sitemaps of one source that are read in a run, the newest first."""
MAX_DEPTH = 3
"""How deep sitemaps may name sitemaps; by sitemaps.org one level."""
MAX_LISTED = 200_000
"""Pages of one source that its sitemaps may list in a run."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Named:
    """A sitemap that is to be read, and how many others it takes to come to it."""

    entry: SitemapEntry
    depth: int


@dataclass(slots=True)
class Walk:
    """The walk from one address (``url``), which is read already."""

    url: str
    waiting: list[Named] = field(default_factory=list)
    _met: set[str] = field(default_factory=set)
    _read: int = 0
    _listed: int = 0
    _again: int = 0
    _elsewhere: int = 0
    _deep: int = 0
    _over: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether something was left out that another run may come to."""
        return self._over > 0

    def next(self) -> Named | None:
        """The sitemap to read next, the newest by its lastmod; None when there is none, or enough were read."""
        if not self.waiting:
            return None
        if self._read >= MAX_SITEMAPS:
            self._over += len(self.waiting)
            self.waiting = []
            return None
        self._read += 1
        return self.waiting.pop(0)

    def take(self, sitemap: Sitemap, depth: int) -> list[SitemapEntry]:
        """Take what a sitemap lists: its sitemaps are noted, its pages that count are given back."""
        self._over += sitemap.left_out
        near = [entry for entry in sitemap.entries if same_site(entry.url, self.url)]
        self._elsewhere += len(sitemap.entries) - len(near)
        if sitemap.lists == "sitemaps":
            self.note(near, depth + 1)
            return []
        room = max(0, MAX_LISTED - self._listed)
        self._over += max(0, len(near) - room)
        self._listed += len(near[:room])
        return near[:room]

    def note(self, entries: list[SitemapEntry], depth: int) -> None:
        """Note sitemaps to be read, each once: one that names itself, or another that names it, is not read again."""
        self._met.add(self.url)
        if depth > MAX_DEPTH:
            self._deep += len(entries)
            return
        for entry in entries:
            if entry.url in self._met:
                self._again += 1
            else:
                self._met.add(entry.url)
                self.waiting.append(Named(entry, depth))
        self.waiting.sort(key=lambda named: newness(named.entry), reverse=True)
        self._over += len(self.waiting[MAX_SITEMAPS:])
        del self.waiting[MAX_SITEMAPS:]

    def left_out(self) -> Iterator[Failure]:
        """What was left out, one line a reason."""
        too_many = (
            f"entries of its sitemaps are too many for one run: {MAX_SITEMAPS} sitemaps of {MAX_ENTRIES:,} pages,"
            f" and {MAX_LISTED:,} pages in all, are the most"
        )
        for count, reason in (
            (self._again, "sitemaps are named again that were named before, such as one by itself: each is read once"),
            (self._elsewhere, "addresses in its sitemaps are of other sites: a sitemap speaks for its own"),
            (self._deep, f"sitemaps are named more than {MAX_DEPTH} levels deep, and not read"),
            (self._over, too_many),
        ):
            if count:
                yield Failure(self.url, f"{count:,} {reason}", self.url)


def newness(entry: SitemapEntry) -> datetime:
    """When an entry was last new, as far as its sitemap says; those that do not say come last."""
    dates = [moment(date) for date in (entry.modified, entry.published) if date]
    return max(dates, default=_NEVER)
