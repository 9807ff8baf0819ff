"""The SQLite file under a library: connections, transactions that are all or nothing, and what its errors mean."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from indexer.embedded.tables import FORMAT, TABLES, UPGRADES
from indexer.errors import IndexDamaged, IndexMismatch, IndexMissing, IndexProblem

_Item = TypeVar("_Item")

_MANY = 500
"""Parameters in one statement; SQLite takes 32,766, short statements keep its parser quick."""


class Database:
    """One SQLite file. Any number of threads and processes may read; one writes, under the index's lock."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        """Open an existing file, bringing one of an older format up to date.

        Raises IndexMissing, IndexMismatch or IndexDamaged.
        """
        self.path = path
        self._writable = writable
        self._open: dict[threading.Thread, sqlite3.Connection] = {}
        if not path.is_file():
            raise IndexMissing(f"no index at {path.parent}: dragoman add PATH makes one there")
        while (found := self.facts().get("format")) in UPGRADES:
            self.close()
            _upgrade(path, str(found))
        if found != FORMAT:
            raise IndexMismatch(
                f"{path} has format {found}, this program reads {FORMAT}: "
                "move it away, or make a new index with --index"
            )

    @staticmethod
    def create(path: Path, facts: dict[str, str]) -> None:
        """Make the file, whole or not at all, with the facts an index is bound to (model, dimension, ...)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in TABLES.split(";\n"):
                connection.execute(statement)
            rows = {"format": FORMAT, "revision": "0", "linked": "0", **facts}
            connection.executemany("INSERT INTO facts VALUES (?, ?)", rows.items())
            connection.execute("INSERT INTO revisions VALUES ('0')")
            connection.execute("COMMIT")

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether a finished library is there; a process killed while creating one leaves an empty file.

        Raises IndexDamaged for a file that is no SQLite database.
        """
        if not path.is_file():
            return False
        with problems(path), closing(sqlite3.connect(path)) as connection:
            found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'facts'").fetchone()
        return bool(found[0])

    def facts(self) -> dict[str, str]:
        """Format, revision, and the model and splitting rule that the index is bound to."""
        return dict(self.rows("SELECT name, value FROM facts"))

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> Iterator[Any]:
        """The rows of a question. Raises IndexDamaged where the file is not what was written."""
        with problems(self.path):
            yield from self._connection().execute(statement, parameters)

    @contextmanager
    def transaction(self, *, counted: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing; one that is ``counted`` and changes a row makes a new revision.

        Raises IndexDamaged, and IndexProblem where the disk is full.
        """
        with problems(self.path):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            before = connection.total_changes
            try:
                yield connection
                if counted and connection.total_changes != before:
                    _count(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:  # neither committed nor rolled back by SQLite itself
                    connection.execute("ROLLBACK")

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

    def integrity(self) -> str:
        """SQLite's own check of the file: "ok", or what is wrong with it."""
        try:
            return str(self._connection().execute("PRAGMA integrity_check(1)").fetchone()[0])
        except (sqlite3.DatabaseError, IndexProblem) as error:
            return str(error)

    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection: SQLite's do not cross threads."""
        connection = self._open.get(threading.current_thread())
        if connection is None:
            self._close(lambda thread: not thread.is_alive())
            mode = "rw" if self._writable else "ro"
            uri = f"{self.path.resolve().as_uri()}?mode={mode}"
            with problems(self.path):
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


def _count(connection: sqlite3.Connection) -> None:
    """Make a new revision: "12-9f86d081".

    The digits behind the count are random: a library that was restored from a copy and went on from there never comes
    back to the revision that a generation of its other future shows.
    """
    ((before,),) = connection.execute("SELECT value FROM facts WHERE name = 'revision'")
    revision = f"{int(before.partition('-')[0]) + 1}-{secrets.token_hex(4)}"
    connection.execute("UPDATE facts SET value = ? WHERE name = 'revision'", (revision,))
    connection.execute("INSERT INTO revisions VALUES (?)", (revision,))


def _upgrade(path: Path, found: str) -> None:
    """Bring a file from one format to the next, in one transaction; whoever opens it first does."""
    with problems(path), closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        ((now,),) = connection.execute("SELECT value FROM facts WHERE name = 'format'")
        if now == found:  # else another process was faster
            for statement in UPGRADES[found].split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT OR IGNORE INTO facts VALUES ('linked', '0')")
        connection.execute("COMMIT")


_UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, None}
"""What SQLite says of a file with a wrong content; None of text that is no UTF-8."""


@contextmanager
def problems(path: Path) -> Iterator[None]:
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


def chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    """The items in lists that are short enough for one statement."""
    for start in range(0, len(items), _MANY):
        yield list(items[start : start + _MANY])


def marks(items: Sequence[object]) -> str:
    """The question marks for so many parameters."""
    return ",".join("?" * len(items))


def now() -> str:
    """This moment as it is stored: ISO 8601, UTC, in seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
