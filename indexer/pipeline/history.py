"""What an article that came is to an index: new, changed, the same or no news; and what to remember of its address.

The same article comes again in many ways: an input is read twice, an archive holds several captures of one address,
a page has several addresses or moves to another one. None of that may make versions that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from indexer.changes import compare, completed
from indexer.duplicates import same_origin
from indexer.engine import Engine
from indexer.items import RawDocument, Vanished, Visit
from indexer.pipeline.prepare import Prepared
from indexer.pipeline.storing import THERE, Note, Returned
from indexer.records import digest
from indexer.types import Article, Change
from indexer.visits.schedule import next_check

HELD = 1000
"""Articles that wait at most for the end of a run because they have a text that they had before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an article is to the index, and what to note of its address.

    "held": it has a text again that it had before. That counts only if no later text of it comes in the same run, as
    it does whenever an input with two texts of one article is read twice.
    """

    prepared: Prepared
    state: Literal["new", "changed", "unchanged", "cosmetic", "held"]
    change: Change | None = None
    notes: tuple[Note, ...] = ()


class History:
    """What an engine has of articles and addresses, and what is on its way there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._articles: dict[str, Article] = {}
        """The latest texts of articles that are on their way into the engine, by id."""
        self._visits: dict[str, Visit] = {}
        """The latest visits that are on their way, by address."""
        self._of_article: dict[str, Visit] = {}
        """Of these the latest that gave each article."""
        self._held: dict[str, Prepared] = {}

    # What is on its way

    def expect(self, article: Article) -> None:
        """An article is on its way into the engine."""
        self._articles[article.id] = article

    def expect_notes(self, notes: Iterable[Note]) -> None:
        """Notes are on their way."""
        for visit in notes:
            if isinstance(visit, Visit):
                self._visits[visit.url] = visit
                if visit.article_id:
                    self._of_article[visit.article_id] = visit

    def arrived(self, articles: Iterable[Article], notes: Iterable[Note]) -> None:
        """They are in the engine."""
        for article in articles:
            if self._articles.get(article.id) is article:
                del self._articles[article.id]
        for visit in notes:
            if isinstance(visit, Visit):
                if self._visits.get(visit.url) is visit:
                    del self._visits[visit.url]
                if self._of_article.get(visit.article_id or "") is visit:
                    del self._of_article[visit.article_id or ""]

    # What it is

    def judge(self, prepared: Prepared, raw: RawDocument) -> Verdict:
        """What a document's article is to the index."""
        came_from: str | None = None
        notes: tuple[Note, ...] = ()
        if raw.visit:
            prepared, came_from, notes = self._identified(prepared, raw.visit)
        verdict = self._compared(prepared, raw)
        article_id = came_from or verdict.prepared.article.id
        if visit := raw.visit or self._captured(article_id, raw):
            changed = visit.checked if verdict.change else visit.changed
            notes = *notes, Returned(article_id), replace(visit, article_id=article_id, changed=changed)
        return replace(verdict, notes=notes)

    def _compared(self, prepared: Prepared, raw: RawDocument) -> Verdict:
        article = prepared.article
        before = self.digest(article.id)
        if before is None:
            return Verdict(prepared, "new")
        if before == article.digest:
            return Verdict(prepared, "unchanged")
        stored = self._current(article.id)
        if raw.visit:
            article = completed(stored, article, raw.known)
            prepared = replace(prepared, article=article)
        if before == article.digest or self._is_no_news(stored, article, raw):
            return Verdict(prepared, "unchanged")
        change = compare(stored, article)
        if change is None:
            return Verdict(prepared, "cosmetic")
        return Verdict(prepared, "held" if self._is_back(article, raw) else "changed", change)

    def _is_no_news(self, stored: Article, article: Article, raw: RawDocument) -> bool:
        if raw.visit:
            return self._is_at_its_own_address(stored, article, raw.visit)
        return self._is_older(article.id, raw.fetched_at)

    def _is_at_its_own_address(self, stored: Article, article: Article, visit: Visit) -> bool:
        """Whether this is a second address of an article whose text comes from another one, which is looked after.

        A page for print, for telephones or under another section has a slightly other text: they would take turns.
        """
        if visit.url in {stored.source, article.meta.url}:
            return False
        other = self._visit(stored.source)
        return bool(other and other.article_id == article.id and other.status in THERE and next_check(other))

    def _is_older(self, article_id: str, at: datetime | None) -> bool:
        """Whether an article was looked at after it was captured."""
        if at is None:
            return False
        known = self._engine.visits_of_article(article_id)
        on_its_way = self._of_article.get(article_id)
        return any(look.checked > at for look in [*known, *filter(None, [on_its_way])])

    def _captured(self, article_id: str, raw: RawDocument) -> Visit | None:
        """An archive's capture as a visit, so that older ones are known as such; None if it is an older one."""
        at = raw.fetched_at
        if at is None or not raw.url or self._is_older(article_id, at):
            return None
        before = self._visit(raw.url)
        if before is None:
            return Visit(raw.url, raw.input or raw.source, "page", at, at, 200)
        if before.checked > at or before.kind != "page":
            return None
        return replace(before, checked=at, status=200, etag=None, last_modified=None)

    # Articles that move

    def _identified(self, prepared: Prepared, visit: Visit) -> tuple[Prepared, str | None, tuple[Note, ...]]:
        """The article under the id that it has, whatever its page calls itself now; which article the page gave; notes.

        A page that gave an article once may lead to a new address of it, or name one. It may lead to another article,
        too: then the first has vanished.
        """
        new = prepared.article
        old_id = visit.article_id or self._alias(new.meta.url)
        if old_id in {None, new.id} or not self.digest(old_id or ""):
            return prepared, None, ()
        old = self._current(old_id or "")
        if not _is_same_article(old, new):
            gone = Vanished(visit.url, "it leads to another article")
            return prepared, None, (gone,) if visit.article_id else ()
        if self.digest(new.id):  # it came from its new address before
            return prepared, old.id, ()
        return _renamed(prepared, old.id), old.id, self._aliases(new.meta.url, visit, old.id)

    def _alias(self, url: str | None) -> str | None:
        """The article that has an address for another name."""
        known = self._visit(url) if url else None
        return known.article_id if known and known.kind == "alias" else None

    def _aliases(self, url: str | None, visit: Visit, article_id: str) -> tuple[Note, ...]:
        known = self._visit(url) if url else None
        if url is None or (known and known.kind != "alias"):
            return ()
        return (Visit(url, visit.source, "alias", visit.checked, visit.checked, 200, article_id=article_id),)

    # Texts that come back

    def _is_back(self, article: Article, raw: RawDocument) -> bool:
        """Whether a file has a text again that its article had before."""
        if raw.visit or (len(self._held) >= HELD and article.id not in self._held):
            return False
        held = self._held.get(article.id)
        same = held is not None and compare(held.article, article) is None
        return same or self._engine.had(article.id, article.digest)

    def hold(self, prepared: Prepared) -> None:
        """Keep an article for the end of the run."""
        self._held[prepared.article.id] = prepared

    def overtaken(self, article_id: str) -> Prepared | None:
        """The article that is held, now that a later text of it has come: it does not count."""
        return self._held.pop(article_id, None)

    def held(self) -> list[tuple[Prepared, Change]]:
        """The articles that were held and count, since nothing came after them; with what each changes."""
        found = [(one, compare(self._current(one.article.id), one.article)) for one in self._held.values()]
        self._held = {}
        return [(one, change) for one, change in found if change]

    # What there is

    def digest(self, article_id: str) -> str | None:
        """The digest of the article's latest version, stored or on its way."""
        unstored = self._articles.get(article_id)
        return unstored.digest if unstored else self._engine.digests([article_id]).get(article_id)

    def _current(self, article_id: str) -> Article:
        return self._articles.get(article_id) or self._engine.current([article_id])[article_id]

    def _visit(self, url: str) -> Visit | None:
        return self._visits.get(url) or self._engine.visit(url)


def _is_same_article(old: Article, new: Article) -> bool:
    """Whether what came from an article's address is still that article, perhaps with changes."""
    return compare(old, new) != "substance" or same_origin(old.text, new.text, days=0)


def _renamed(prepared: Prepared, article_id: str) -> Prepared:
    """The same article under another id, still to be split."""
    meta = replace(prepared.article.meta, id=article_id)
    article = replace(prepared.article, meta=meta, digest=digest(meta, prepared.article.text))
    return replace(prepared, article=article, passages=())
