"""The library: one SQLite file with every article, version, passage and vector. The one truth.

Nothing here is derived; everything else in an index can be rebuilt from it. A version of an article is
current, superseded (a newer text of the same article is there) or removed (a person took it out); its rows
stay, so that a reader which still holds an older generation never meets a passage that is gone.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from indexer.embedded.rows import (
    INSERT,
    PASSAGE_COLUMNS,
    Vectors,
    halved,
    passage_rows,
    read_metadata,
    read_time,
    read_vectors,
    stored_passage,
    unpacked,
)
from indexer.embedded.tables import FORMAT, TABLES
from indexer.errors import IndexDamaged, IndexMismatch, IndexMissing, IndexProblem
from indexer.pooling import Encoded
from indexer.records import canonical, to_record
from indexer.types import Article, Failure, Passage, State, StoredArticle, StoredPassage, Version

_DIGESTS = "SELECT article_id, digest FROM versions WHERE state = 'current' AND article_id"

_ARTICLES = "SELECT number, article_id, digest, metadata, text, source, version, state, added FROM versions"

_TEXTS = (
    "SELECT passages.number, versions.text FROM passages JOIN versions ON in_version = versions.number"
    " WHERE passages.number"
)

_Item = TypeVar("_Item")

_MANY = 500
"""Parameters in one statement; SQLite takes 32,766, short statements keep its parser quick."""


class Library:
    """The SQLite file. Any number of threads and processes may read; one writes, under the index's lock."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        """Open an existing library. Raises IndexMissing, IndexMismatch or IndexDamaged."""
        self.path = path
        self._writable = writable
        self._open: dict[threading.Thread, sqlite3.Connection] = {}
        if not path.is_file():
            raise IndexMissing(f"no index at {path.parent}: dragoman add PATH makes one there")
        facts = self.facts()
        if facts.get("format") != FORMAT:
            raise IndexMismatch(
                f"{path} has format {facts.get('format')}, this program reads {FORMAT}: "
                "move it away, or make a new index with --index"
            )
        self._dimension = int(facts["dimension"])

    @classmethod
    def create(cls, path: Path, facts: dict[str, str]) -> Library:
        """Make the file, whole or not at all, with the facts an index is bound to (model, dimension, ...)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in TABLES.split(";\n"):
                connection.execute(statement)
            rows = {"format": FORMAT, "revision": "0", **facts}
            connection.executemany("INSERT INTO facts VALUES (?, ?)", rows.items())
            connection.execute("INSERT INTO revisions VALUES ('0')")
            connection.execute("COMMIT")
        finally:
            connection.close()
        return cls(path, writable=True)

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether a finished library is there; a process killed while creating one leaves an empty file.

        Raises IndexDamaged for a file that is no SQLite database.
        """
        if not path.is_file():
            return False
        with _problems(path), closing(sqlite3.connect(path)) as connection:
            found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'facts'").fetchone()
        return bool(found[0])

    # Facts

    def facts(self) -> dict[str, str]:
        """Format, revision, and the model and splitting rule that the index is bound to."""
        return dict(self._rows("SELECT name, value FROM facts"))

    @property
    def revision(self) -> str:
        """The last change of what is current, "12-9f86d081"; a generation says which revision it shows.

        The digits behind the count are random: a library that was restored from a copy and went on from there
        never comes back to the revision that a generation of its other future shows.
        """
        return self.facts()["revision"]

    def had(self, revision: str) -> bool:
        """Whether the library was ever at a revision: one that was restored from a copy never saw some of its own."""
        return bool(list(self._rows("SELECT 1 FROM revisions WHERE revision = ?", (revision,))))

    # Writing

    def put(self, articles: Sequence[Article], passages: Sequence[Sequence[Passage]], encoded: Encoded) -> None:
        """Make these the current versions, in one transaction.

        ``passages[i]`` are those of ``articles[i]``; ``encoded`` has one row for each passage and one for each
        sentence, in the same order.
        """
        vectors, sentences = halved(encoded)
        row = sentence = 0
        with self._transaction() as write:
            write.executemany("DELETE FROM failures WHERE source = ?", [(article.source,) for article in articles])
            for article, parts in zip(articles, passages, strict=True):
                number = self._put_version(write, article)
                rows = passage_rows(parts, vectors[row : row + len(parts)], sentences[sentence:])
                write.executemany(INSERT, [(number, *values) for values in rows])
                row += len(parts)
                sentence += sum(len(part.sentences) for part in parts)

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
        """All or nothing, as ``revision`` tells. Raises IndexDamaged, and IndexProblem where the disk is full."""
        with _problems(self.path):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            before = connection.total_changes
            try:
                yield connection
                if counted and connection.total_changes != before:
                    count = int(self.revision.partition("-")[0]) + 1
                    revision = f"{count}-{secrets.token_hex(4)}"
                    connection.execute("UPDATE facts SET value = ? WHERE name = 'revision'", (revision,))
                    connection.execute("INSERT INTO revisions VALUES (?)", (revision,))
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:  # neither committed nor rolled back by SQLite itself
                    connection.execute("ROLLBACK")

    # Reading

    @contextmanager
    def unchanging(self) -> Iterator[None]:
        """Everything that this thread reads inside is one state, whatever is written meanwhile."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _rows(self, statement: str, parameters: Sequence[object] = ()) -> Iterator[Any]:
        """The rows of a question. Raises IndexDamaged where the file is not what was written."""
        with _problems(self.path):
            yield from self._connection().execute(statement, parameters)

    def digests(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The digests of the current versions of those of these articles that are there."""
        found: dict[str, str] = {}
        for some in _chunks(article_ids):
            found.update(self._rows(f"{_DIGESTS} IN ({_marks(some)})", some))
        return found

    def get(self, numbers: Sequence[int]) -> list[StoredPassage]:
        """Passages by number, in the order asked for; numbers that do not exist are left out."""
        found: dict[int, StoredPassage] = {}
        for some in _chunks(numbers):
            rows = self._rows(f"SELECT {PASSAGE_COLUMNS} WHERE passages.number IN ({_marks(some)})", some)
            found.update((row[0], stored_passage(row)) for row in rows)
        return [found[number] for number in numbers if number in found]

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """The whole texts that passages stand in, one for each. Raises KeyError for a number that does not exist."""
        found: dict[int, str] = {}
        for some in _chunks(numbers):
            found.update(self._rows(f"{_TEXTS} IN ({_marks(some)})", some))
        return [found[number] for number in numbers]

    def passage_in(self, version_number: int, ordinal: int) -> StoredPassage | None:
        """A passage of a version of an article."""
        rows = self._rows(
            f"SELECT {PASSAGE_COLUMNS} WHERE passages.in_version = ? AND passages.ordinal = ?",
            (version_number, ordinal),
        )
        return next(map(stored_passage, rows), None)

    def versions(self, article_id: str) -> list[tuple[int, Version]]:
        """All versions of an article with their numbers among those of all articles, the newest first."""
        rows = self._rows(
            "SELECT number, version, state, added FROM versions WHERE article_id = ? ORDER BY version DESC",
            (article_id,),
        )
        return [
            (number, Version(version, state, read_time(article_id, added))) for number, version, state, added in rows
        ]

    def last_version(self) -> int:
        """The highest number of a version; later ones get higher numbers. 0 where there is none."""
        ((number,),) = self._rows("SELECT coalesce(max(number), 0) FROM versions")
        return int(number)

    def article(self, version_number: int) -> StoredArticle:
        """A version of an article, with its passages. Raises KeyError where there is none."""
        for row in self._rows(f"{_ARTICLES} WHERE number = ?", (version_number,)):
            return self._stored_article(*row)
        raise KeyError(version_number)

    def _stored_article(
        self,
        number: int,
        article_id: str,
        digest: str,
        metadata: str,
        text: str,
        source: str,
        version: int,
        state: State,
        added: str,
    ) -> StoredArticle:
        article = Article(read_metadata(article_id, metadata), text, digest, source)
        rows = self._rows(
            'SELECT ordinal, start, "end", sentences FROM passages WHERE in_version = ? ORDER BY ordinal', (number,)
        )
        passages = [
            Passage(article.id, ordinal, start, end, text[start:end], unpacked(article.id, start, sentences))
            for ordinal, start, end, sentences in rows
        ]
        return StoredArticle(article, version, tuple(passages), state, read_time(article_id, added))

    def current(self) -> Iterator[tuple[int, StoredArticle]]:
        """Every current article with its version's number, in the order of article ids: the same for any history."""
        for row in self._rows(f"{_ARTICLES} WHERE state = 'current' ORDER BY article_id"):
            yield row[0], self._stored_article(*row)

    def vectors(self, version_number: int) -> Vectors:
        """The vectors of a version's passages and of their sentences, in their order. Raises IndexDamaged."""
        rows = self._rows(
            "SELECT number, vector, sentences, sentence_vectors FROM passages WHERE in_version = ? ORDER BY ordinal",
            (version_number,),
        )
        return read_vectors(list(rows), self._dimension)

    def sentence_count(self) -> int:
        """How many sentences the current passages have."""
        ((count,),) = self._rows(
            "SELECT coalesce(sum(length(sentences)), 0) / 8 FROM passages"
            " JOIN versions ON in_version = versions.number WHERE state = 'current'"
        )
        return int(count)

    def passage_digests(self, version_number: int) -> list[str]:
        """The stored digests of a version's passages, in their order."""
        rows = self._rows("SELECT digest FROM passages WHERE in_version = ? ORDER BY ordinal", (version_number,))
        return [row[0] for row in rows]

    def counts(self) -> dict[str, int]:
        """How many versions there are in each state, how many current passages, and how many failures are kept."""
        states = dict(self._rows("SELECT state, count(*) FROM versions GROUP BY state"))
        ((passages,),) = self._rows(
            "SELECT count(*) FROM passages JOIN versions ON in_version = versions.number WHERE state = 'current'"
        )
        ((failures,),) = self._rows("SELECT count(*) FROM failures")
        return {
            "articles": states.get("current", 0),
            "superseded": states.get("superseded", 0),
            "removed": states.get("removed", 0),
            "passages": passages,
            "failures": failures,
        }

    def failures(self) -> list[Failure]:
        """What was not taken, and why; a source that is taken later is no longer among them."""
        return [Failure(*row) for row in self._rows("SELECT source, reason FROM failures ORDER BY rowid")]

    def integrity(self) -> str:
        """SQLite's own check of the file: "ok", or what is wrong with it."""
        try:
            return str(self._connection().execute("PRAGMA integrity_check(1)").fetchone()[0])
        except (sqlite3.DatabaseError, IndexProblem) as error:
            return str(error)

    # Connections

    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection: SQLite's do not cross threads."""
        connection = self._open.get(threading.current_thread())
        if connection is None:
            self._close(lambda thread: not thread.is_alive())
            mode = "rw" if self._writable else "ro"
            uri = f"{self.path.resolve().as_uri()}?mode={mode}"
            with _problems(self.path):
                connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)
                self._open[threading.current_thread()] = connection
                connection.execute("PRAGMA synchronous = FULL")
        return connection

    def close(self) -> None:
        """Close every thread's connection."""
        self._close(lambda _: True)

    def __del__(self) -> None:
        self.close()  # what a snapshot that outlived its engine opened

    def _close(self, which: Callable[[threading.Thread], bool]) -> None:
        for thread in filter(which, list(self._open)):
            if connection := self._open.pop(thread, None):  # unless another thread was faster
                connection.close()


_UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, None}
"""What SQLite says of a file with a wrong content; None of text that is no UTF-8."""


@contextmanager
def _problems(path: Path) -> Iterator[None]:
    """Raise IndexDamaged for what SQLite finds broken, IndexProblem for what it cannot do just now."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # ours, not the file's
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        if (code and code & 0xFF) in _UNREADABLE:
            raise IndexDamaged(f"{path} cannot be read ({error}): restore it from a copy") from error
        raise IndexProblem(f"{path} cannot be used now: {error}") from error


def _chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    for start in range(0, len(items), _MANY):
        yield list(items[start : start + _MANY])


def _marks(items: Sequence[object]) -> str:
    return ",".join("?" * len(items))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
