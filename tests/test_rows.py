"""What goes into the rows of the library comes back from them, and what does not fit is damage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.embedded.rows import (
    Vectors,
    halved,
    passage_rows,
    quote_digest,
    read_metadata,
    read_time,
    read_vectors,
    stored_passages,
    unpacked,
)
from indexer.encode import unit_rows
from indexer.errors import IndexDamaged
from indexer.pooling import Encoded
from indexer.records import canonical, to_record
from indexer.types import Passage
from tests.fakes import article

DIMENSION = 4
META = article("a").meta

Row = tuple[int, bytes, bytes, bytes]


def passage(ordinal: int, start: int, edges: list[int]) -> Passage:
    """A passage with a sentence between each edge and the next, all counted from its start."""
    sentences = tuple((start + low, start + high) for low, high in pairwise(edges))
    length = max([*edges, 0]) + 1
    return Passage("a", ordinal, start, start + length, "x" * length, sentences)


def drawn(rows: int) -> np.ndarray:
    return unit_rows(np.random.default_rng(rows).standard_normal((rows, DIMENSION)))


def stored(parts: list[Passage]) -> tuple[Encoded, list[tuple[object, ...]]]:
    """Invented vectors, and the rows of these passages with them."""
    encoded = Encoded(drawn(len(parts)), drawn(sum(len(part.sentences) for part in parts)))
    return encoded, passage_rows(parts, *halved(encoded))


def vector_rows(rows: list[tuple[object, ...]]) -> list[Row]:
    """What the library asks for to read vectors: number, vector, places and vectors of sentences."""
    return [(number, row[4], row[5], row[6]) for number, row in enumerate(rows, 1)]  # type: ignore[misc]


@given(st.lists(st.lists(st.integers(0, 1000), max_size=6).map(lambda edges: sorted(set(edges))), max_size=6))
@hypothesis_settings(deadline=None, max_examples=100)
def test_vectors_come_back_in_half_precision_with_the_number_of_sentences_of_each_passage(
    edges: list[list[int]],
) -> None:
    parts = [passage(ordinal, 2000 * ordinal, some) for ordinal, some in enumerate(edges)]
    encoded, rows = stored(parts)
    read = read_vectors(vector_rows(rows), DIMENSION)
    assert read.numbers == list(range(1, len(parts) + 1))
    assert read.counts == [len(part.sentences) for part in parts]
    assert np.array_equal(read.passages, encoded.passages.astype(np.float16))
    assert np.array_equal(read.sentences, encoded.sentences.astype(np.float16))
    assert (read.passages.dtype, read.passages.shape[1], read.sentences.shape[1]) == (np.float16, DIMENSION, DIMENSION)


@given(st.integers(0, 10**9), st.sets(st.integers(0, 10**8), max_size=6).map(sorted))
@hypothesis_settings(deadline=None, max_examples=100)
def test_the_places_of_sentences_come_back_wherever_the_passage_stands(start: int, edges: list[int]) -> None:
    sentences = tuple((start + low, start + high) for low, high in pairwise(edges))
    _, [row] = stored([Passage("a", 0, start, start + 10**8, "", sentences)])
    assert unpacked("a", start, bytes(row[5])) == sentences  # type: ignore[arg-type]


def test_each_passage_takes_the_vectors_of_its_own_sentences() -> None:
    parts = [passage(0, 0, [0, 3, 5]), passage(1, 9, []), passage(2, 20, [1, 4])]
    encoded, rows = stored(parts)
    halves = encoded.sentences.astype(np.float16)
    assert [row[6] for row in rows] == [halves[:2].tobytes(), b"", halves[2:].tobytes()]


def test_a_row_says_where_a_passage_stands_and_what_its_text_must_be() -> None:
    _, [row] = stored([Passage("a", 3, 7, 12, "Envoy", ((7, 12),))])
    assert row[:4] == (3, 7, 12, quote_digest("Envoy"))


def test_a_quote_is_checked_against_sixteen_digits() -> None:
    assert quote_digest("abc") == "ba7816bf8f01cfea"  # of FIPS 180-4's first example
    assert quote_digest("Größe 🕊") != quote_digest("Grosse 🕊")


def test_a_stored_passage_is_the_passage_that_was_put_in_with_its_article_and_version() -> None:
    part = Passage("a", 1, 9, 20, "They left. ", ((9, 19),))
    _, [row] = stored([part])
    came, gone = "2026-11-22T01:17:56+00:00", "2026-11-23T01:17:56+00:00"
    text, known = f"Envoys.\n\n{part.text}And so on.", canonical(to_record(META))
    versions = [(70, "a", text, known, 2, came, None), (71, "b", text, known, 1, came, gone)]
    rows = [(5, 70, 1, 9, 20, row[5]), (6, 71, 1, 9, 20, row[5]), (4, 70, 0, 0, 7, b"")]
    read, other, first = stored_passages(rows, versions)  # type: ignore[arg-type]
    assert (read.number, read.passage, read.article, read.version) == (5, part, META, 2)
    assert (read.added, read.vanished) == (datetime(2026, 11, 22, 1, 17, 56, tzinfo=UTC), None)
    assert (other.passage, other.vanished) == (replace(part, article_id="b"), datetime.fromisoformat(gone))
    assert (first.number, first.passage) == (4, Passage("a", 0, 0, 7, "Envoys."))


def test_a_time_is_read_in_utc() -> None:
    read = read_time("ferry", "2026-11-22T03:17:56+02:00")
    assert (read, read.tzinfo) == (datetime(2026, 11, 22, 1, 17, 56, tzinfo=UTC), UTC)


@pytest.mark.parametrize("stored", ["", "yesterday", "2026-13-01T00:00:00+00:00"])
def test_a_time_that_cannot_be_read_is_damage_and_names_the_article(stored: str) -> None:
    with pytest.raises(
        IndexDamaged, match=r"article ferry: when it came in, or vanished, cannot be read .*: dragoman remove ferry"
    ):
        read_time("ferry", stored)


def test_nothing_has_no_vectors() -> None:
    read = read_vectors([], DIMENSION)
    assert isinstance(read, Vectors)
    assert (read.numbers, read.counts) == ([], [])
    assert read.passages.shape == read.sentences.shape == (0, DIMENSION)


DAMAGED: dict[str, tuple[Row, str]] = {
    "no vector": ((7, b"", b"", b""), "the vector of passage 7 has 0 bytes, not 8"),
    "a longer vector": ((7, b"x" * 10, b"", b""), "the vector of passage 7 has 10 bytes, not 8"),
    "half a place": ((7, b"x" * 8, b"p" * 4, b""), "passage 7 has 0 bytes of vectors for its 0 sentences"),
    "a place and a half": ((7, b"x" * 8, b"p" * 12, b"s" * 8), "passage 7 has 8 bytes of vectors for its 1 sentences"),
    "a place without a vector": ((7, b"x" * 8, b"p" * 16, b"s" * 8), "passage 7 has 8 bytes of vectors for its 2"),
    "a vector without a place": ((7, b"x" * 8, b"", b"s" * 8), "passage 7 has 8 bytes of vectors for its 0 sentences"),
    "half a vector": ((7, b"x" * 8, b"p" * 8, b"s" * 7), "passage 7 has 7 bytes of vectors for its 1 sentences"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_sizes_that_do_not_fit_are_damage_and_name_the_passage(damage: str) -> None:
    row, said = DAMAGED[damage]
    sound = (6, b"x" * 8, b"p" * 8, b"s" * 8)
    assert read_vectors([sound], DIMENSION).counts == [1]
    with pytest.raises(IndexDamaged, match=said):
        read_vectors([sound, row], DIMENSION)


def test_one_passages_surplus_does_not_make_up_for_what_another_lacks() -> None:
    with pytest.raises(IndexDamaged, match="passage 1 has 16 bytes of vectors for its 1 sentences"):
        read_vectors([(1, b"x" * 8, b"p" * 8, b"s" * 16), (2, b"x" * 8, b"p" * 8, b"")], DIMENSION)


@pytest.mark.parametrize("size", [1, 4, 7, 12])
def test_places_of_a_wrong_size_are_damage_and_name_the_article(size: int) -> None:
    said = f"article ferry: the places of its sentences take {size} bytes, not 8 for each: dragoman remove ferry"
    with pytest.raises(IndexDamaged, match=said):
        unpacked("ferry", 0, b"p" * size)


def test_metadata_that_cannot_be_read_is_damage_and_names_the_article() -> None:
    with pytest.raises(IndexDamaged, match=r"article ferry: its metadata cannot be read .*: dragoman remove ferry"):
        read_metadata("ferry", "{")
