"""Vectors in FAISS by passage number: exact search, also behind a mask."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded.dense import Dense
from indexer.encode import unit_rows
from indexer.errors import IndexDamaged
from indexer.types import Scored

DIMENSION = 16
COUNT = 5000  # more than are added to FAISS in one go
NUMBERS = np.random.default_rng(1).permutation(3 * COUNT)[:COUNT].astype(np.int64)
VECTORS = unit_rows(np.random.default_rng(2).standard_normal((COUNT, DIMENSION))).astype(np.float16)
QUESTION = unit_rows(np.random.default_rng(3).standard_normal((1, DIMENSION)))[0]


@pytest.fixture(scope="module")
def dense() -> Dense:
    parts = [(NUMBERS[start : start + 7].tolist(), VECTORS[start : start + 7]) for start in range(0, COUNT, 7)]
    return Dense.build(DIMENSION, parts)


def brute_force(k: int, mask: np.ndarray) -> list[int]:
    cosines = np.where(mask, VECTORS.astype(np.float64) @ QUESTION, -np.inf)
    return NUMBERS[np.argsort(-cosines)[:k]].tolist()


def numbers(found: list[Scored]) -> list[int]:
    return [hit.number for hit in found]


def test_the_nearest_come_first_under_their_own_numbers(dense: Dense) -> None:
    found = dense.search(QUESTION, 10, NUMBERS, None)
    assert numbers(found) == brute_force(10, np.ones(COUNT, dtype=bool))
    expected = sorted((VECTORS.astype(np.float64) @ QUESTION).tolist(), reverse=True)[:10]
    assert [hit.score for hit in found] == pytest.approx(expected, abs=1e-5)


@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.integers(1, 60))
@settings(deadline=None, max_examples=40)
def test_a_mask_applies_before_the_nearest_are_taken(dense: Dense, seed: int, share: float, k: int) -> None:
    mask = np.random.default_rng(seed).random(COUNT) < share**4  # narrow ones, too
    found = numbers(dense.search(QUESTION, k, NUMBERS, mask))
    assert found == brute_force(min(k, int(mask.sum())), mask)


def test_a_mask_that_lets_nothing_in_finds_nothing(dense: Dense) -> None:
    assert dense.search(QUESTION, 5, NUMBERS, np.zeros(COUNT, dtype=bool)) == []


def test_no_more_come_than_there_are(dense: Dense) -> None:
    assert sorted(numbers(dense.search(QUESTION, 10**9, NUMBERS, None))) == sorted(NUMBERS.tolist())


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    Dense.build(DIMENSION, []).save(tmp_path / "dense.faiss")
    empty = Dense.load(tmp_path / "dense.faiss", DIMENSION)
    assert empty.search(QUESTION, 5, np.empty(0, dtype=np.int64), None) == []
    assert len(empty.numbers) == 0
    assert empty.rows(np.empty(0, dtype=np.int64)).shape == empty.vectors([]).shape == (0, DIMENSION)


def test_rows_are_counted_as_they_were_added_and_come_in_the_order_asked_for(dense: Dense) -> None:
    asked = np.array([4, 4999, 0, 4])
    assert np.array_equal(dense.rows(asked), VECTORS[asked].astype(np.float32))
    assert dense.rows(asked).dtype == np.float32


def test_rows_are_copies_that_nothing_done_to_them_changes(dense: Dense) -> None:
    dense.rows(np.array([7]))[:] = 0
    assert np.array_equal(dense.rows(np.array([7])), VECTORS[[7]].astype(np.float32))


def test_rows_outlive_the_index_they_were_read_from(tmp_path: Path) -> None:
    dense = Dense.build(DIMENSION, [([1, 2], VECTORS[:2])])
    rows = dense.rows(np.array([1, 0]))
    del dense
    assert np.array_equal(rows, VECTORS[[1, 0]].astype(np.float32))


def test_vectors_in_half_precision_are_held_without_loss(dense: Dense) -> None:
    assert np.array_equal(dense.vectors(NUMBERS.tolist()), VECTORS.astype(np.float32))


def test_the_vector_of_an_unknown_number_is_refused(dense: Dense) -> None:
    with pytest.raises(KeyError):
        dense.vectors([int(NUMBERS[0]), 3 * COUNT])


def test_what_was_saved_answers_alike(dense: Dense, tmp_path: Path) -> None:
    dense.save(tmp_path / "dense.faiss")
    loaded = Dense.load(tmp_path / "dense.faiss", DIMENSION)
    assert loaded.search(QUESTION, 50, NUMBERS, None) == dense.search(QUESTION, 50, NUMBERS, None)
    assert np.array_equal(loaded.numbers, NUMBERS)
    assert np.array_equal(loaded.rows(np.arange(COUNT)), VECTORS.astype(np.float32))


def test_an_index_of_another_dimension_or_kind_is_refused(dense: Dense, tmp_path: Path) -> None:
    dense.save(tmp_path / "dense.faiss")
    with pytest.raises(IndexDamaged, match="of dimension 16, not one of 384"):
        Dense.load(tmp_path / "dense.faiss", 384)
    faiss.write_index(faiss.IndexFlatIP(DIMENSION), str(tmp_path / "flat.faiss"))
    with pytest.raises(IndexDamaged, match="IndexFlat"):
        Dense.load(tmp_path / "flat.faiss", DIMENSION)
