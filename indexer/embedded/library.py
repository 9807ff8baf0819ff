"""The library: one SQLite file with every article, version, passage and vector. The one truth.

Nothing here is derived but links between copies, which take long to find; everything else in an index can be rebuilt
from it. A version of an article is current, superseded (a newer text of the same article is there) or removed (a
person took it out); its rows stay, so that a reader which still holds an older generation never meets a passage that
is gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.embedded.database import Database, chunks, marks, now
from indexer.embedded.rows import (
    INSERT,
    PASSAGES,
    VERSIONS,
    PassageRow,
    Vectors,
    halved,
    passage_rows,
    read_metadata,
    read_time,
    read_vectors,
    stored_passages,
    unpacked,
)
from indexer.pooling import Encoded
from indexer.records import canonical, to_record
from indexer.types import Article, Change, Metadata, Passage, State, StoredArticle, StoredPassage, Version

_DIGESTS = "SELECT article_id, digest FROM versions WHERE state = 'current' AND article_id"

_CURRENT = "SELECT article_id, digest, metadata, text, source FROM versions WHERE state = 'current' AND article_id"

_ARTICLES = (
    "SELECT number, versions.article_id, digest, metadata, text, source, version, state, added, since"
    " FROM versions LEFT JOIN vanished ON vanished.article_id = versions.article_id"
)

_VERSION_WITH = "SELECT 1 FROM versions WHERE article_id = ? AND digest = ?"

_TEXTS = (
    "SELECT passages.number, versions.number FROM passages JOIN versions ON in_version = versions.number"
    " WHERE passages.number"
)

_VERSION_TEXTS = "SELECT number, text FROM versions WHERE number"

_METADATA = "SELECT number, article_id, metadata, version FROM versions WHERE number"

_INSERT_VERSION = """
    INSERT INTO versions (article_id, version, state, digest, metadata, text, source, added, change, sketch) VALUES
    (:article_id, :version, 'current', :digest, :metadata, :text, :source, :added, :change, :sketch)
"""


class Library(Database):
    """The articles in the SQLite file."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        """Open an existing library. Raises IndexMissing, IndexMismatch or IndexDamaged."""
        super().__init__(path, writable=writable)
        self._dimension = int(self.facts()["dimension"])

    @classmethod
    def make(cls, path: Path, facts: dict[str, str]) -> Library:
        """Make the file, whole or not at all, with the facts an index is bound to, and open it for writing."""
        cls.create(path, facts)
        return cls(path, writable=True)

    @property
    def revision(self) -> str:
        """The last change of what is current, "12-9f86d081"; a generation says which revision it shows."""
        return self.facts()["revision"]

    def had(self, revision: str) -> bool:
        """Whether the library was ever at a revision: one that was restored from a copy never saw some of its own."""
        return bool(list(self.rows("SELECT 1 FROM revisions WHERE revision = ?", (revision,))))

    # Writing

    def put(
        self,
        articles: Sequence[Article],
        passages: Sequence[Sequence[Passage]],
        encoded: Encoded,
        sketches: Sequence[bytes] = (),
        changes: Sequence[Change] = (),
    ) -> None:
        """Make these the current versions, in one transaction.

        ``passages[i]`` are those of ``articles[i]``, and so for sketches and changes where they are known; ``encoded``
        has one row for each passage and one for each sentence, in the same order.
        """
        vectors, sentences = halved(encoded)
        row = sentence = 0
        with self.transaction() as write:
            write.executemany("DELETE FROM failures WHERE source = ?", [(article.source,) for article in articles])
            write.executemany("DELETE FROM vanished WHERE article_id = ?", [(article.id,) for article in articles])
            for place, (article, parts) in enumerate(zip(articles, passages, strict=True)):
                sketch = sketches[place] if sketches else b""
                number = self._put_version(write, article, sketch, changes[place] if changes else "substance")
                rows = passage_rows(parts, vectors[row : row + len(parts)], sentences[sentence:])
                write.executemany(INSERT, [(number, *values) for values in rows])
                row += len(parts)
                sentence += sum(len(part.sentences) for part in parts)

    def _put_version(self, write: sqlite3.Connection, article: Article, sketch: bytes, change: Change) -> int:
        write.execute(
            "UPDATE versions SET state = 'superseded' WHERE article_id = ? AND state = 'current'", (article.id,)
        )
        ((before,),) = write.execute(
            "SELECT coalesce(max(version), 0) FROM versions WHERE article_id = ?", (article.id,)
        )
        row = {
            "article_id": article.id,
            "version": before + 1,
            "digest": article.digest,
            "metadata": canonical(to_record(article.meta)),
            "text": article.text,
            "source": article.source,
            "added": now(),
            "change": change if before else "first",
            "sketch": sketch,
        }
        return int(write.execute(_INSERT_VERSION, row).lastrowid or 0)

    def delete(self, article_ids: Sequence[str]) -> int:
        """Mark current articles as removed; says how many there were."""
        removed = 0
        with self.transaction() as write:
            for article_id in article_ids:
                removed += write.execute(
                    "UPDATE versions SET state = 'removed' WHERE article_id = ? AND state = 'current'", (article_id,)
                ).rowcount
        return removed

    # Reading

    def digests(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The digests of the current versions of those of these articles that are there."""
        found: dict[str, str] = {}
        for some in chunks(article_ids):
            found.update(self.rows(f"{_DIGESTS} IN ({marks(some)})", some))
        return found

    def had_version(self, article_id: str, digest: str) -> bool:
        """Whether some version of an article has that digest."""
        return bool(list(self.rows(f"{_VERSION_WITH} LIMIT 1", (article_id, digest))))

    def current_articles(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """The current versions of those of these articles that are there."""
        found: dict[str, Article] = {}
        for some in chunks(article_ids):
            for article_id, digest, metadata, text, source in self.rows(f"{_CURRENT} IN ({marks(some)})", some):
                found[article_id] = Article(read_metadata(article_id, metadata), text, digest, source)
        return found

    def get(self, numbers: Sequence[int]) -> list[StoredPassage]:
        """Passages by number, in the order asked for; numbers that do not exist are left out."""
        found: dict[int, StoredPassage] = {}
        for some in chunks(numbers):
            rows = self.rows(f"{PASSAGES} number IN ({marks(some)})", some)
            found.update((stored.number, stored) for stored in self._passages(list(rows)))
        return [found[number] for number in numbers if number in found]

    def _passages(self, rows: list[PassageRow]) -> Iterator[StoredPassage]:
        versions = sorted({in_version for _, in_version, *_ in rows})
        return stored_passages(rows, self.rows(f"{VERSIONS} IN ({marks(versions)})", versions))

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """The whole texts that passages stand in, one for each. Raises KeyError for a number that does not exist."""
        of: dict[int, int] = {}
        for some in chunks(numbers):
            of.update(self.rows(f"{_TEXTS} IN ({marks(some)})", some))
        texts: dict[int, str] = self.version_texts(sorted(set(of.values())))  # one that has many passages is read once
        return [texts[of[number]] for number in numbers]

    def metadata(self, version_numbers: Sequence[int]) -> dict[int, tuple[Metadata, int]]:
        """What is known of the articles of those of these versions that exist, and which version each is."""
        found: dict[int, tuple[Metadata, int]] = {}
        for some in chunks(version_numbers):
            rows = self.rows(f"{_METADATA} IN ({marks(some)})", some)
            for number, article_id, metadata, version in rows:
                found[number] = read_metadata(article_id, metadata), version
        return found

    def version_texts(self, version_numbers: Sequence[int]) -> dict[int, str]:
        """The texts of those of these versions that exist, by their numbers."""
        found: dict[int, str] = {}
        for some in chunks(version_numbers):
            found.update(self.rows(f"{_VERSION_TEXTS} IN ({marks(some)})", some))
        return found

    def passage_in(self, version_number: int, ordinal: int) -> StoredPassage | None:
        """A passage of a version of an article."""
        rows = self.rows(f"{PASSAGES} in_version = ? AND ordinal = ?", (version_number, ordinal))
        return next(self._passages(list(rows)), None)

    def versions(self, article_id: str) -> list[tuple[int, Version]]:
        """All versions of an article with their numbers among those of all articles, the newest first."""
        rows = self.rows(
            "SELECT number, version, state, added, change FROM versions WHERE article_id = ? ORDER BY version DESC",
            (article_id,),
        )
        return [
            (number, Version(version, state, read_time(article_id, added), change))
            for number, version, state, added, change in rows
        ]

    def last_version(self) -> int:
        """The highest number of a version; later ones get higher numbers. 0 where there is none."""
        ((number,),) = self.rows("SELECT coalesce(max(number), 0) FROM versions")
        return int(number)

    def article(self, version_number: int) -> StoredArticle:
        """A version of an article, with its passages. Raises KeyError where there is none."""
        for row in self.rows(f"{_ARTICLES} WHERE number = ?", (version_number,)):
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
        since: str | None,
    ) -> StoredArticle:
        article = Article(read_metadata(article_id, metadata), text, digest, source)
        rows = self.rows(
            'SELECT ordinal, start, "end", sentences FROM passages WHERE in_version = ? ORDER BY ordinal', (number,)
        )
        passages = [
            Passage(article.id, ordinal, start, end, text[start:end], unpacked(article.id, start, sentences))
            for ordinal, start, end, sentences in rows
        ]
        vanished = read_time(article_id, since) if since else None
        return StoredArticle(article, version, tuple(passages), state, read_time(article_id, added), vanished)

    def current(self) -> Iterator[tuple[int, StoredArticle]]:
        """Every current article with its version's number, in the order of article ids: the same for any history."""
        for row in self.rows(f"{_ARTICLES} WHERE state = 'current' ORDER BY versions.article_id"):
            yield row[0], self._stored_article(*row)

    def current_of(self, article_id: str) -> tuple[int, StoredArticle] | None:
        """The same of one article, if it is there. Raises IndexDamaged."""
        for row in self.rows(f"{_ARTICLES} WHERE state = 'current' AND versions.article_id = ?", (article_id,)):
            return row[0], self._stored_article(*row)
        return None

    def current_metadata(self) -> Iterator[tuple[int, Metadata]]:
        """The number of every current version and what is known of its article, in the order of article ids."""
        statement = "SELECT number, article_id, metadata FROM versions WHERE state = 'current' ORDER BY article_id"
        for number, article_id, metadata in self.rows(statement):
            yield number, read_metadata(article_id, metadata)

    def numbers(self, version_number: int) -> list[int]:
        """The numbers of a version's passages, in their order."""
        rows = self.rows("SELECT number FROM passages WHERE in_version = ? ORDER BY ordinal", (version_number,))
        return [number for (number,) in rows]

    def vectors(self, version_number: int) -> Vectors:
        """The vectors of a version's passages and of their sentences, in their order. Raises IndexDamaged."""
        rows = self.rows(
            "SELECT number, vector, sentences, sentence_vectors FROM passages WHERE in_version = ? ORDER BY ordinal",
            (version_number,),
        )
        return read_vectors(list(rows), self._dimension)

    def sentence_count(self) -> int:
        """How many sentences the current passages have."""
        ((count,),) = self.rows(
            "SELECT coalesce(sum(length(sentences)), 0) / 8 FROM passages"
            " JOIN versions ON in_version = versions.number WHERE state = 'current'"
        )
        return int(count)

    def passage_digests(self, version_number: int) -> list[str]:
        """The stored digests of a version's passages, in their order."""
        rows = self.rows("SELECT digest FROM passages WHERE in_version = ? ORDER BY ordinal", (version_number,))
        return [row[0] for row in rows]

    def counts(self) -> dict[str, int]:
        """How many versions there are in each state, and of the current ones passages, corrected and vanished ones."""
        states = dict(self.rows("SELECT state, count(*) FROM versions GROUP BY state"))
        ((passages,),) = self.rows(
            "SELECT count(*) FROM passages JOIN versions ON in_version = versions.number WHERE state = 'current'"
        )
        ((corrected,),) = self.rows(
            "SELECT count(*) FROM versions WHERE state = 'current' AND metadata LIKE '%\"notice\":{%'"
        )
        ((vanished,),) = self.rows(
            "SELECT count(*) FROM vanished JOIN versions USING (article_id) WHERE state = 'current'"
        )
        ((failures,),) = self.rows("SELECT count(*) FROM failures")
        return {
            "articles": states.get("current", 0),
            "superseded": states.get("superseded", 0),
            "removed": states.get("removed", 0),
            "corrected": corrected,
            "vanished": vanished,
            "passages": passages,
            "failures": failures,
        }
