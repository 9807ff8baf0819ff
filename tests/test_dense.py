"""Vectors in FAISS, row by row: exact search, also behind a mask, and rows that are read from a file."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded.dense import Dense, cosines, singles
from indexer.encode import unit_rows
from indexer.errors import IndexDamaged

DIMENSION = 16
COUNT = 5000  # more than are added to FAISS in one go
VECTORS = unit_rows(np.random.default_rng(2).standard_normal((COUNT, DIMENSION))).astype(np.float16)
QUESTION = unit_rows(np.random.default_rng(3).standard_normal((1, DIMENSION)))[0]


@pytest.fixture(scope="module")
def dense() -> Dense:
    return Dense.build(DIMENSION, (VECTORS[start : start + 7] for start in range(0, COUNT, 7)))


def brute_force(k: int, mask: np.ndarray) -> list[int]:
    products = np.where(mask, VECTORS.astype(np.float64) @ QUESTION, -np.inf)
    found: list[int] = np.argsort(-products)[:k].tolist()
    return found


def test_every_finite_half_is_the_same_number_in_single_precision() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    assert len(finite) == 2**16 - 2**11
    found = singles(finite)
    assert found.dtype == np.float32
    assert np.array_equal(found.view(np.uint32), finite.astype(np.float32).view(np.uint32))  # the sign of 0, too


def test_halves_of_any_shape_keep_it_and_are_not_changed() -> None:
    halves = np.array([[0.5, -0.25], [1.0, -0.0]], dtype=np.float16)
    assert singles(halves).tolist() == [[0.5, -0.25], [1.0, 0.0]]
    assert halves.tolist() == [[0.5, -0.25], [1.0, 0.0]]
    assert singles(halves[:0]).shape == (0, 2)


def test_the_nearest_rows_come_first_with_their_cosines(dense: Dense) -> None:
    found = dense.search(QUESTION, 10)
    assert found.rows.tolist() == brute_force(10, np.ones(COUNT, dtype=bool))
    expected = sorted((VECTORS.astype(np.float64) @ QUESTION).tolist(), reverse=True)[:10]
    assert found.scores.tolist() == pytest.approx(expected, abs=1e-5)


@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.integers(1, 60))
@settings(deadline=None, max_examples=40)
def test_a_mask_applies_before_the_nearest_are_taken(dense: Dense, seed: int, share: float, k: int) -> None:
    mask = np.random.default_rng(seed).random(COUNT) < share**4  # narrow ones, too
    assert dense.search(QUESTION, k, mask).rows.tolist() == brute_force(min(k, int(mask.sum())), mask)


def test_a_mask_that_lets_nothing_in_finds_nothing(dense: Dense) -> None:
    assert dense.search(QUESTION, 5, np.zeros(COUNT, dtype=bool)).rows.tolist() == []


def test_no_more_come_than_there_are(dense: Dense) -> None:
    assert sorted(dense.search(QUESTION, 10**9).rows.tolist()) == list(range(COUNT))


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    Dense.build(DIMENSION, []).save(tmp_path / "dense.faiss")
    empty = Dense.load(tmp_path / "dense.faiss", DIMENSION)
    assert [part.tolist() for part in empty.search(QUESTION, 5)] == [[], []]
    assert empty.rows(np.empty(0, dtype=np.int64)).shape == empty.halves.shape == (0, DIMENSION)


def test_rows_are_counted_as_they_were_added_and_come_in_the_order_asked_for(dense: Dense) -> None:
    asked = np.array([4, 4999, 0, 4])
    assert np.array_equal(dense.rows(asked), VECTORS[asked].astype(np.float32))
    assert dense.rows(asked).dtype == np.float32


def test_rows_are_copies_that_nothing_done_to_them_changes(dense: Dense) -> None:
    dense.rows(np.array([7]))[:] = 0
    assert np.array_equal(dense.rows(np.array([7])), VECTORS[[7]].astype(np.float32))


def test_rows_outlive_the_index_they_were_read_from(tmp_path: Path) -> None:
    dense = Dense.build(DIMENSION, [VECTORS[:2]])
    rows = dense.rows(np.array([1, 0]))
    del dense
    assert np.array_equal(rows, VECTORS[[1, 0]].astype(np.float32))


def test_vectors_in_half_precision_are_held_without_loss(dense: Dense) -> None:
    assert np.array_equal(dense.halves, VECTORS)


def test_what_was_saved_answers_alike(dense: Dense, tmp_path: Path) -> None:
    dense.save(tmp_path / "dense.faiss")
    loaded = Dense.load(tmp_path / "dense.faiss", DIMENSION)
    mask = np.arange(COUNT) % 3 == 0
    for given_mask in (None, mask):
        one, other = loaded.search(QUESTION, 50, given_mask), dense.search(QUESTION, 50, given_mask)
        assert np.array_equal(one.rows, other.rows)
        assert np.array_equal(one.scores, other.scores)
    assert np.array_equal(loaded.halves, VECTORS)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not say what is mapped")
def test_a_file_of_vectors_is_mapped_and_takes_no_memory_of_its_own(tmp_path: Path) -> None:
    size = 2**25
    Dense.build(256, (np.full((2**14, 256), 0.0625, dtype=np.float16) for _ in range(size // 2**23))).save(
        tmp_path / "dense.faiss"
    )
    before = _own_memory()
    loaded = Dense.load(tmp_path / "dense.faiss", 256)
    loaded.search(np.full(256, 0.0625, dtype=np.float32), 10)
    assert (tmp_path / "dense.faiss").stat().st_size > size
    assert _own_memory() - before < size // 4


def _own_memory() -> int:
    """Bytes of memory that no file stands behind."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def test_an_index_of_another_dimension_or_kind_is_refused(dense: Dense, tmp_path: Path) -> None:
    dense.save(tmp_path / "dense.faiss")
    with pytest.raises(IndexDamaged, match="of dimension 16, not one of 384"):
        Dense.load(tmp_path / "dense.faiss", 384)
    faiss.write_index(faiss.IndexFlatIP(DIMENSION), str(tmp_path / "flat.faiss"))
    with pytest.raises(IndexDamaged, match="IndexFlat"):
        Dense.load(tmp_path / "flat.faiss", DIMENSION)


def test_a_row_has_the_same_product_wherever_it_stands() -> None:
    rows = np.tile(VECTORS[:1].astype(np.float32), (403, 1))
    assert len(set(cosines(rows, QUESTION).tolist())) == 1
