"""The library: one SQLite file with every article, version, passage and vector. The one truth.

Nothing here is derived; everything else in an index can be rebuilt from it. A version of an article is
current, superseded (a newer text of the same article is there) or removed (a person took it out); its rows
stay, so that a reader which still holds an older generation never meets a passage that is gone.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from indexer.encode import Vectors
from indexer.errors import IndexDamaged, IndexMismatch, IndexMissing
from indexer.records import canonical, metadata_from, to_record
from indexer.types import Article, Failure, Passage, StoredArticle, StoredPassage

FORMAT = "1"
"""Version of the tables; raised when a newer program could no longer read what an older one wrote."""

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'superseded', 'removed')),
    digest TEXT NOT NULL,
    metadata TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    added TEXT NOT NULL,
    UNIQUE (article_id, version)
) STRICT;
CREATE UNIQUE INDEX one_current_version ON versions (article_id) WHERE state = 'current';
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    in_version INTEGER NOT NULL REFERENCES versions (number),
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    digest TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (in_version, ordinal)
) STRICT;
CREATE TABLE failures (at TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
"""

_PASSAGE_COLUMNS = """
    passages.number, versions.article_id, passages.ordinal, passages.start, passages."end",
    substr(versions.text, passages.start + 1, passages."end" - passages.start), versions.metadata, versions.version
    FROM passages JOIN versions ON passages.in_version = versions.number
"""

_Item = TypeVar("_Item")

_MANY = 500
"""Parameters in one statement; SQLite takes 32,766, short statements keep its parser quick."""


def quote_digest(text: str) -> str:
    """What a passage's text is checked against: 16 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Library:
    """The SQLite file. Any number of threads and processes may read; one writes, under the index's lock."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        """Open an existing library. Raises IndexMissing, IndexMismatch or IndexDamaged."""
        self.path = path
        self._writable = writable
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        if not path.is_file():
            raise IndexMissing(f"no index at {path.parent}: dragoman add PATH makes one there")
        found = self.facts().get("format")
        if found != FORMAT:
            raise IndexMismatch(f"{path} has format {found}, this program reads {FORMAT}: index your articles anew")

    @classmethod
    def create(cls, path: Path, facts: dict[str, str]) -> Library:
        """Make the file, whole or not at all, with the facts an index is bound to (model, dimension, ...)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            rows = {"format": FORMAT, "revision": "0", **facts}
            connection.executemany("INSERT INTO facts VALUES (?, ?)", rows.items())
            connection.execute("COMMIT")
        finally:
            connection.close()
        return cls(path, writable=True)

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether a finished library is there; a process killed while creating one leaves an empty file."""
        if not path.is_file():
            return False
        with sqlite3.connect(path) as connection:
            found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'facts'").fetchone()
        connection.close()
        return bool(found[0])

    # Facts

    def facts(self) -> dict[str, str]:
        """Format, revision, and the model and splitting rule that the index is bound to."""
        try:
            return dict(self._connection().execute("SELECT name, value FROM facts"))
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(f"{self.path} cannot be read ({error}): restore it from a copy") from error

    @property
    def revision(self) -> int:
        """Counts the changes of what is current; a generation says which revision it shows."""
        return int(self.facts()["revision"])

    # Writing

    def put(self, articles: Sequence[Article], passages: Sequence[Sequence[Passage]], vectors: Vectors) -> None:
        """Make these the current versions, in one transaction.

        ``passages[i]`` are those of ``articles[i]``; ``vectors`` has one row for each passage, in the same order.
        """
        halves = vectors.astype(np.float16)
        row = 0
        with self._transaction() as write:
            for article, parts in zip(articles, passages, strict=True):
                number = self._put_version(write, article)
                rows = [
                    (number, part.ordinal, part.start, part.end, quote_digest(part.text), halves[row + place].tobytes())
                    for place, part in enumerate(parts)
                ]
                write.executemany(
                    'INSERT INTO passages (in_version, ordinal, start, "end", digest, vector)'
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    rows,
                )
                row += len(parts)

    def _put_version(self, write: sqlite3.Connection, article: Article) -> int:
        write.execute(
            "UPDATE versions SET state = 'superseded' WHERE article_id = ? AND state = 'current'", (article.id,)
        )
        cursor = write.execute(
            "INSERT INTO versions (article_id, version, state, digest, metadata, text, source, added)"
            " SELECT ?, coalesce(max(version), 0) + 1, 'current', ?, ?, ?, ?, ? FROM versions WHERE article_id = ?",
            (
                article.id,
                article.digest,
                canonical(to_record(article.meta)),
                article.text,
                article.source,
                _now(),
                article.id,
            ),
        )
        return int(cursor.lastrowid or 0)

    def delete(self, article_ids: Sequence[str]) -> int:
        """Mark current articles as removed; says how many there were."""
        removed = 0
        with self._transaction() as write:
            for article_id in article_ids:
                removed += write.execute(
                    "UPDATE versions SET state = 'removed' WHERE article_id = ? AND state = 'current'", (article_id,)
                ).rowcount
        return removed

    def log_failures(self, failures: Sequence[Failure]) -> None:
        """Keep what was not taken and why; earlier reasons for the same source are replaced."""
        rows = [(_now(), failure.source, failure.reason) for failure in failures]
        with self._transaction(counted=False) as write:
            write.executemany("DELETE FROM failures WHERE source = ?", [(row[1],) for row in rows])
            write.executemany("INSERT INTO failures VALUES (?, ?, ?)", rows)

    @contextmanager
    def _transaction(self, *, counted: bool = True) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            if counted:
                connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'revision'")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    # Reading

    def digests(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The digests of the current versions of those of these articles that are there."""
        found: dict[str, str] = {}
        for some in _chunks(article_ids):
            found.update(
                self._connection().execute(
                    f"SELECT article_id, digest FROM versions WHERE state = 'current' AND article_id IN ({_marks(some)})",  # noqa: S608
                    some,
                )
            )
        return found

    def get(self, numbers: Sequence[int]) -> list[StoredPassage]:
        """Passages by number, in the order asked for; numbers that do not exist are left out."""
        found: dict[int, StoredPassage] = {}
        for some in _chunks(numbers):
            rows = self._connection().execute(
                f"SELECT {_PASSAGE_COLUMNS} WHERE passages.number IN ({_marks(some)})",
                some,
            )
            found.update((row[0], _stored_passage(row)) for row in rows)
        return [found[number] for number in numbers if number in found]

    def find_passage(self, article_id: str, ordinal: int) -> StoredPassage | None:
        """A passage of the current version of an article."""
        row = (
            self._connection()
            .execute(
                f"SELECT {_PASSAGE_COLUMNS} WHERE versions.article_id = ? AND versions.state = 'current'"
                " AND passages.ordinal = ?",
                (article_id, ordinal),
            )
            .fetchone()
        )
        return None if row is None else _stored_passage(row)

    def article(self, article_id: str) -> StoredArticle | None:
        """The current version of an article, with its passages."""
        row = (
            self._connection()
            .execute(
                "SELECT number, digest, metadata, text, source, version FROM versions"
                " WHERE article_id = ? AND state = 'current'",
                (article_id,),
            )
            .fetchone()
        )
        return None if row is None else self._stored_article(*row)

    def _stored_article(
        self, number: int, digest: str, metadata: str, text: str, source: str, version: int
    ) -> StoredArticle:
        article = Article(metadata_from(json.loads(metadata)), text, digest, source)
        rows = self._connection().execute(
            'SELECT ordinal, start, "end" FROM passages WHERE in_version = ? ORDER BY ordinal', (number,)
        )
        passages = [Passage(article.id, ordinal, start, end, text[start:end]) for ordinal, start, end in rows]
        return StoredArticle(article, version, tuple(passages))

    def current(self) -> Iterator[tuple[int, StoredArticle]]:
        """Every current article with its version's number, in the order of article ids: the same for any history."""
        for row in self._connection().execute(
            "SELECT number, digest, metadata, text, source, version FROM versions"
            " WHERE state = 'current' ORDER BY article_id"
        ):
            yield row[0], self._stored_article(*row)

    def vectors(self, version_number: int) -> tuple[list[int], npt.NDArray[np.float16]]:
        """The numbers and vectors (n, dimension) of a version's passages, in their order."""
        rows = (
            self._connection()
            .execute("SELECT number, vector FROM passages WHERE in_version = ? ORDER BY ordinal", (version_number,))
            .fetchall()
        )
        width = len(rows[0][1]) // 2 if rows else 0
        flat = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float16)
        return [row[0] for row in rows], flat.reshape(len(rows), width)

    def passage_digests(self, version_number: int) -> list[str]:
        """The stored digests of a version's passages, in their order."""
        rows = self._connection().execute(
            "SELECT digest FROM passages WHERE in_version = ? ORDER BY ordinal", (version_number,)
        )
        return [row[0] for row in rows]

    def counts(self) -> dict[str, int]:
        """How many versions there are in each state, how many current passages, and how many failures are kept."""
        read = self._connection()
        states = dict(read.execute("SELECT state, count(*) FROM versions GROUP BY state"))
        passages = read.execute(
            "SELECT count(*) FROM passages JOIN versions ON in_version = versions.number WHERE state = 'current'"
        ).fetchone()[0]
        failures = read.execute("SELECT count(*) FROM failures").fetchone()[0]
        return {
            "articles": states.get("current", 0),
            "superseded": states.get("superseded", 0),
            "removed": states.get("removed", 0),
            "passages": passages,
            "failures": failures,
        }

    def failures(self) -> list[Failure]:
        """What was not taken when it was last read, and why."""
        return [
            Failure(*row) for row in self._connection().execute("SELECT source, reason FROM failures ORDER BY rowid")
        ]

    def integrity(self) -> str:
        """SQLite's own check of the file: "ok", or what is wrong with it."""
        try:
            return str(self._connection().execute("PRAGMA integrity_check(1)").fetchone()[0])
        except sqlite3.DatabaseError as error:
            return str(error)

    # Connections

    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection: SQLite's do not cross threads."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            mode = "rw" if self._writable else "ro"
            uri = f"{self.path.resolve().as_uri()}?mode={mode}"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)
            connection.execute("PRAGMA synchronous = FULL")
            self._local.connection = connection
            self._open.append(connection)
        return connection

    def close(self) -> None:
        """Close every thread's connection."""
        while self._open:
            self._open.pop().close()
        self._local = threading.local()


def _stored_passage(row: tuple[int, str, int, int, int, str, str, int]) -> StoredPassage:
    number, article_id, ordinal, start, end, text, metadata, version = row
    passage = Passage(article_id, ordinal, start, end, text)
    return StoredPassage(number, passage, metadata_from(json.loads(metadata)), version)


def _chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    for start in range(0, len(items), _MANY):
        yield list(items[start : start + _MANY])


def _marks(items: Sequence[object]) -> str:
    return ",".join("?" * len(items))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
