"""The ledger of a library: what sources said, which inputs were not taken, which articles left their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from indexer.embedded.database import Database, chunks, marks, now
from indexer.items import Failure, Taken, Visit

_VISITS = "SELECT url, source, kind, checked, changed, status, etag, last_modified, article_id FROM visits"
_KEEP_VISIT = "INSERT OR REPLACE INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SETTLE = "DELETE FROM failures WHERE source"
_UNMARK = "DELETE FROM vanished WHERE article_id"


class Ledger:
    """Reads and writes the tables beside the articles; nothing in them changes what a search finds.

    Marks of vanished articles are shown with it, though, so that a change of them counts as one of the library.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Failures

    def log_failures(self, failures: Sequence[Failure]) -> None:
        """Keep what was not taken and why; earlier reasons for the same source are replaced."""
        rows = [(now(), failure.source, failure.reason, _bytes(failure.input)) for failure in failures]
        with self._database.transaction(counted=False) as write:
            write.executemany("DELETE FROM failures WHERE source = ?", [(row[1],) for row in rows])
            write.executemany("INSERT INTO failures (at, source, reason, input) VALUES (?, ?, ?, ?)", rows)

    def failures(self) -> list[Failure]:
        """What was not taken, and why; a source that is taken later is no longer among them."""
        rows = self._database.rows("SELECT source, reason, input FROM failures ORDER BY rowid")
        return [Failure(source, reason, _name(given)) for source, reason, given in rows]

    def forget_failures(self, inputs: Sequence[str]) -> None:
        """Drop what is kept of these inputs, and of each source that is named so."""
        with self._database.transaction(counted=False) as write:
            for given in inputs:
                write.execute("DELETE FROM failures WHERE input = ? OR source = ?", (_bytes(given), _printed(given)))

    def settle_failures(self, sources: Sequence[str]) -> None:
        """Drop what is kept of these sources, and nothing else that came from the same input."""
        with self._database.transaction(counted=False) as write:
            for some in chunks(sources):
                write.execute(f"{_SETTLE} IN ({marks(some)})", some)

    # Documents that were taken

    def note_taken(self, taken: Sequence[Taken]) -> None:
        """Remember which articles documents became."""
        with self._database.transaction(counted=False) as write:
            write.executemany("INSERT OR REPLACE INTO taken VALUES (?, ?, ?)", taken)

    def taken(self, fingerprint: bytes) -> Taken | None:
        """What is remembered of a document."""
        rows = self._database.rows(
            "SELECT fingerprint, article_id, digest FROM taken WHERE fingerprint = ?", (fingerprint,)
        )
        return next((Taken(*row) for row in rows), None)

    # Visits

    def keep_visits(self, visits: Sequence[Visit]) -> None:
        """Remember addresses as they were met now."""
        rows = [
            (v.url, v.source, v.kind, _iso(v.checked), _iso(v.changed), v.status, v.etag, v.last_modified, v.article_id)
            for v in visits
        ]
        with self._database.transaction(counted=False) as write:
            write.executemany(_KEEP_VISIT, rows)

    def visit(self, url: str) -> Visit | None:
        """What is remembered of an address."""
        rows = self._database.rows(f"{_VISITS} WHERE url = ?", (url,))
        return next(map(_visit, rows), None)

    def visits(self, source: str | None = None) -> list[Visit]:
        """What is remembered of the addresses of a source, or of all; the longest unchecked first."""
        of = "?1 IS NULL OR source = ?1"
        return [_visit(row) for row in self._database.rows(f"{_VISITS} WHERE {of} ORDER BY checked, url", (source,))]

    def visits_of_article(self, article_id: str) -> list[Visit]:
        """What is remembered of the addresses that an article came from, by address."""
        return [
            _visit(row) for row in self._database.rows(f"{_VISITS} WHERE article_id = ? ORDER BY url", (article_id,))
        ]

    # Vanished articles

    def mark_vanished(self, article_ids: Sequence[str], since: datetime) -> int:
        """Note that articles are no longer at their addresses; says of how many that is new."""
        rows = [(article_id, _iso(since)) for article_id in article_ids]
        with self._database.transaction() as write:
            return write.executemany("INSERT OR IGNORE INTO vanished VALUES (?, ?)", rows).rowcount

    def unmark_vanished(self, article_ids: Sequence[str]) -> int:
        """Note that articles are at their addresses; says of how many the opposite was noted."""
        found = 0
        with self._database.transaction() as write:
            for some in chunks(article_ids):
                found += write.execute(f"{_UNMARK} IN ({marks(some)})", some).rowcount
        return found


def _visit(row: tuple[Any, ...]) -> Visit:
    url, source, kind, checked, changed, *rest = row
    return Visit(url, source, kind, _time(checked), _time(changed), *rest)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored).astimezone(UTC)


def _bytes(given: str | None) -> bytes | None:
    """Names of files may hold bytes that are no text; SQLite's text may not."""
    return None if given is None else given.encode("utf-8", "surrogatepass")


def _name(stored: bytes | None) -> str | None:
    return None if stored is None else stored.decode("utf-8", "surrogatepass")


def _printed(given: str) -> str:
    return given.encode("utf-8", "replace").decode()
