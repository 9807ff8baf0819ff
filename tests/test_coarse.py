"""Lists over very many vectors: nearly what an exact search finds, with its scores, and exactly that if filtered."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded import coarse
from indexer.embedded.coarse import EXACT_SHARE, FROM, RECALL, Coarse
from indexer.embedded.dense import Dense
from indexer.embedded.generation import COARSE, Manifest
from indexer.embedded.layout import Layout
from indexer.encode import unit_rows
from indexer.engine import Binding, open_engine
from indexer.errors import IndexDamaged
from tests.engines import NEWS, vector_of
from tests.fakes import FakeEncoder, put

DIMENSION = 24
COUNT = 6000
RANDOM = np.random.default_rng(5)
CENTRES = RANDOM.standard_normal((60, DIMENSION))
VECTORS = unit_rows(CENTRES[RANDOM.integers(60, size=COUNT)] + 0.6 * RANDOM.standard_normal((COUNT, DIMENSION)))
QUESTIONS = unit_rows(CENTRES[RANDOM.integers(60, size=200)] + 0.9 * RANDOM.standard_normal((200, DIMENSION)))


@pytest.fixture(scope="module")
def dense() -> Dense:
    return Dense.build(DIMENSION, [VECTORS.astype(np.float16)])


@pytest.fixture(scope="module")
def lists(dense: Dense) -> Coarse:
    return Coarse.build(dense)


def recall(lists: Coarse, dense: Dense, k: int = 10, mask: np.ndarray | None = None) -> float:
    """Of the k nearest, the share that is found on average."""
    pairs = [(lists.search(question, k, mask), dense.search(question, k, mask)) for question in QUESTIONS]
    return float(np.mean([len(set(one.rows) & set(other.rows)) / len(other.rows) for one, other in pairs]))


def test_nearly_all_of_the_nearest_are_found(lists: Coarse, dense: Dense) -> None:
    assert lists.recall is not None
    assert lists.recall >= RECALL
    assert recall(lists, dense) >= 0.98
    assert recall(lists, dense, 100) >= 0.97


def test_not_all_lists_are_looked_through(lists: Coarse) -> None:
    _, _, probes = lists.kind.partition("fs, ")
    assert 0 < int(probes.partition(" ")[0]) < int(lists.kind.partition(",")[0].removeprefix("IVF"))
    assert "recall@10 0.99" in lists.kind or "recall@10 1.0" in lists.kind


def test_all_are_looked_through_where_nothing_less_will_do(dense: Dense) -> None:
    everything = Coarse.build(dense, recall=1.1)
    assert recall(everything, dense) == pytest.approx(1, abs=2e-3)


def test_scores_are_those_of_an_exact_search_and_fall(lists: Coarse, dense: Dense) -> None:
    for question in QUESTIONS[:20]:
        found, exact = lists.search(question, 20), dense.search(question, COUNT)
        score = dict(zip(exact.rows.tolist(), exact.scores.tolist(), strict=True))
        assert found.scores.tolist() == pytest.approx([score[row] for row in found.rows.tolist()], abs=1e-6)
        assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)


@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.integers(1, 60))
@settings(deadline=None, max_examples=40)
def test_a_mask_lets_nothing_else_through_and_a_narrow_one_is_exact(
    lists: Coarse, dense: Dense, seed: int, share: float, k: int
) -> None:
    mask = np.random.default_rng(seed).random(COUNT) < share
    found = lists.search(QUESTIONS[0], k, mask).rows
    assert mask[found].all()
    assert len(found) == min(k, int(mask.sum()))
    if mask.mean() < EXACT_SHARE:
        assert found.tolist() == dense.search(QUESTIONS[0], k, mask).rows.tolist()


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_wide_mask_hides_nothing(lists: Coarse, dense: Dense, share: float) -> None:
    assert recall(lists, dense, mask=np.random.default_rng(8).random(COUNT) < share) >= 0.98


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_wide_mask_that_keeps_out_all_that_is_near_makes_the_search_exact(
    lists: Coarse, dense: Dense, share: float
) -> None:
    for question in QUESTIONS[:20]:
        mask = np.ones(COUNT, dtype=np.bool_)
        mask[dense.search(question, round((1 - share) * COUNT)).rows] = False
        (rows, scores), (exact, expected) = (index.search(question, 100, mask) for index in (lists, dense))
        if share < 0.9:
            assert rows.tolist() == exact.tolist()
        assert len(rows) == 100
        assert mask[rows].all()
        np.testing.assert_allclose(scores[:10], expected[:10], atol=0.05)


def test_who_asks_again_with_another_filter_is_answered_as_if_for_the_first_time(lists: Coarse) -> None:
    half = np.random.default_rng(8).random(COUNT) < 0.5
    for question in QUESTIONS[:20]:
        kept = question.copy()
        kept.setflags(write=False)
        for mask, k in ((half, 20), (None, 20), (half, 60), (None, 120), (half, 20)):
            expected = lists.search(question.copy(), k, mask)
            found = lists.search(kept, k, mask)
            assert found.rows.tolist() == expected.rows.tolist()


def test_a_vector_that_may_change_is_looked_up_each_time(lists: Coarse) -> None:
    vector = QUESTIONS[0].copy()
    first = lists.search(vector, 10).rows.tolist()
    vector[:] = QUESTIONS[1]
    assert lists.search(vector, 10).rows.tolist() == lists.search(QUESTIONS[1].copy(), 10).rows.tolist() != first


def test_what_was_saved_answers_alike(lists: Coarse, dense: Dense, tmp_path: Path) -> None:
    lists.save(tmp_path / COARSE)
    loaded = Coarse.load(tmp_path / COARSE, dense)
    assert loaded.recall is None
    assert lists.kind.startswith(loaded.kind)
    for question in QUESTIONS[:20]:
        assert loaded.search(question, 30).rows.tolist() == lists.search(question, 30).rows.tolist()


def test_lists_of_other_vectors_are_refused(lists: Coarse, dense: Dense, tmp_path: Path) -> None:
    lists.save(tmp_path / COARSE)
    with pytest.raises(IndexDamaged, match="holds 6000 vectors in IndexIVFPQFastScan, not 7"):
        Coarse.load(tmp_path / COARSE, Dense.build(DIMENSION, [VECTORS[:7].astype(np.float16)]))
    dense.save(tmp_path / "dense.faiss")
    with pytest.raises(IndexDamaged, match="IndexScalarQuantizer"):
        Coarse.load(tmp_path / "dense.faiss", dense)


def test_threads_are_as_before_when_lists_were_made(dense: Dense) -> None:
    faiss.omp_set_num_threads(1)
    Coarse.build(dense)
    assert faiss.omp_get_max_threads() == 1


@pytest.mark.parametrize("searched", ["lists", "dense"])
def test_every_thread_searches_alone(lists: Coarse, dense: Dense, searched: str) -> None:
    used: list[int] = []

    def ask() -> None:
        faiss.omp_set_num_threads(2)
        (lists if searched == "lists" else dense).search(QUESTIONS[0], 5)
        used.append(faiss.omp_get_max_threads())

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    assert used == [1]


# In an index


@pytest.mark.parametrize("least", [1, 10**6])
def test_lists_are_made_from_a_number_of_passages_on_and_answer_as_without(
    encoder: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr(coarse, "FROM", least)
    with closing(open_engine(tmp_path / "index", create=Binding.of(encoder))) as engine:
        put(engine, encoder, NEWS)
        folder = Layout(tmp_path / "index").generation(1)
        assert (folder / COARSE).exists() == (COARSE in Manifest.read(folder).files) == (least == 1)
        assert Manifest.read(folder).dense.startswith("IVF" if least == 1 else "flat")
        found = engine.snapshot().dense(vector_of(encoder, "canal tanker"), 10)
        assert len(found) == engine.snapshot().info.passages
        assert engine.snapshot().get([found[0].number])[0].article.id == "canal"
        assert engine.verify() == []


def test_few_vectors_have_no_lists() -> None:
    assert FROM > 10_000
