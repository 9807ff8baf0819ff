"""How passages, their vectors and their sentences stand in the rows of the library, and come back from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.errors import IndexDamaged
from indexer.pooling import Encoded, Span
from indexer.records import metadata_from
from indexer.types import Metadata, Passage, StoredPassage

Halves = npt.NDArray[np.float16]

PASSAGES = 'SELECT number, in_version, ordinal, start, "end", sentences FROM passages WHERE'
"""Read by ``stored_passages``, with the versions that they are in."""

VERSIONS = (
    "SELECT number, versions.article_id, text, metadata, version, added, since FROM versions"
    " LEFT JOIN vanished ON vanished.article_id = versions.article_id WHERE number"
)

INSERT = (
    'INSERT INTO passages (in_version, ordinal, start, "end", digest, vector, sentences, sentence_vectors)'
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Vectors(NamedTuple):
    """The vectors of a version: its passages' numbers and vectors, how many sentences each has, and theirs."""

    numbers: list[int]
    passages: Halves
    counts: list[int]
    sentences: Halves


def quote_digest(text: str) -> str:
    """What a passage's text is checked against: 16 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def passage_rows(parts: Sequence[Passage], passages: Halves, sentences: Halves) -> list[tuple[object, ...]]:
    """What ``INSERT`` takes for the passages of one version, but for the version's number before each."""
    rows: list[tuple[object, ...]] = []
    first = 0
    for part, vector in zip(parts, passages, strict=True):
        own = sentences[first : first + len(part.sentences)]
        places = _packed(part.start, part.sentences)
        digest = quote_digest(part.text)
        rows.append((part.ordinal, part.start, part.end, digest, vector.tobytes(), places, own.tobytes()))
        first += len(part.sentences)
    return rows


def halved(encoded: Encoded) -> tuple[Halves, Halves]:
    """Vectors as they are stored."""
    return encoded.passages.astype(np.float16), encoded.sentences.astype(np.float16)


def read_vectors(rows: Sequence[tuple[int, bytes, bytes, bytes]], dimension: int) -> Vectors:
    """From rows of (number, vector, sentences, sentence vectors). Raises IndexDamaged for sizes that do not fit."""
    counts = [len(places) // 8 for _, _, places, _ in rows]
    for (number, vector, places, own), count in zip(rows, counts, strict=True):
        if len(vector) != 2 * dimension:
            raise IndexDamaged(f"the vector of passage {number} has {len(vector)} bytes, not {2 * dimension}")
        if len(places) % 8 or len(own) != 2 * dimension * count:
            raise IndexDamaged(f"passage {number} has {len(own)} bytes of vectors for its {count} sentences")
    passages = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float16).reshape(-1, dimension)
    sentences = np.frombuffer(b"".join(row[3] for row in rows), dtype=np.float16).reshape(-1, dimension)
    return Vectors([row[0] for row in rows], passages, counts, sentences)


PassageRow = tuple[int, int, int, int, int, bytes]
VersionRow = tuple[int, str, str, str, int, str, str | None]


def stored_passages(passages: Iterable[PassageRow], versions: Iterable[VersionRow]) -> Iterator[StoredPassage]:
    """From rows of ``PASSAGES`` and of ``VERSIONS``: what is known of an article is read once for all its passages."""
    known = {
        number: (article_id, text, read_metadata(article_id, metadata), version, *_times(article_id, added, since))
        for number, article_id, text, metadata, version, added, since in versions
    }
    for number, in_version, ordinal, start, end, sentences in passages:
        article_id, text, meta, version, came, vanished = known[in_version]
        places = unpacked(article_id, start, sentences)
        passage = Passage(article_id, ordinal, start, end, text[start:end], places)
        yield StoredPassage(number, passage, meta, version, came, vanished)


def _times(article_id: str, added: str, since: str | None) -> tuple[datetime, datetime | None]:
    return read_time(article_id, added), read_time(article_id, since) if since else None


def _packed(start: int, sentences: Sequence[Span]) -> bytes:
    return (np.array(sentences, dtype=np.int64).reshape(-1, 2) - start).astype("<i4").tobytes()


def unpacked(article_id: str, start: int, sentences: bytes) -> tuple[Span, ...]:
    """The places of sentences in the article's text; they are stored from the passage's start. Raises IndexDamaged."""
    if len(sentences) % 8:
        raise IndexDamaged(
            f"article {article_id}: the places of its sentences take {len(sentences)} bytes, not 8 for each: "
            f"dragoman remove {article_id}, then add it again"
        )
    places = (np.frombuffer(sentences, dtype="<i4").reshape(-1, 2) + start).tolist()
    return tuple((low, high) for low, high in places)


def read_metadata(article_id: str, stored: str) -> Metadata:
    """An article's metadata. Raises IndexDamaged."""
    try:
        return metadata_from(json.loads(stored))
    except (ValueError, TypeError, KeyError) as error:
        raise IndexDamaged(
            f"article {article_id}: its metadata cannot be read ({error!r}): "
            f"dragoman remove {article_id}, then add it again"
        ) from error


def read_time(article_id: str, stored: str) -> datetime:
    """A stored time, such as when a version of an article came in, in UTC. Raises IndexDamaged."""
    try:
        return datetime.fromisoformat(stored).astimezone(UTC)
    except ValueError as error:
        raise IndexDamaged(
            f"article {article_id}: when it came in, or vanished, cannot be read ({error}): "
            f"dragoman remove {article_id}, then add it again"
        ) from error
