"""Batches, unit vectors, and which backend serves a model."""

from __future__ import annotations

import logging
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from indexer.encode import Encoder, batches, encode_spans, load_encoder, unit_rows
from indexer.errors import EncoderError
from indexer.torch_encoder import TorchEncoder
from tests.fakes import FakeEncoder
from tests.tiny_model import build_transformer

LENGTHS = st.lists(st.integers(0, 300), max_size=60)
BUDGETS = st.integers(1, 600)
ROWS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 8)),
    elements=st.floats(-1e6, 1e6, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-6),
)


@given(LENGTHS, BUDGETS)
@hypothesis_settings(deadline=None, max_examples=100)
def test_every_position_is_in_exactly_one_batch(lengths: list[int], budget: int) -> None:
    assert sorted(position for batch in batches(lengths, budget) for position in batch) == list(range(len(lengths)))


@given(LENGTHS, BUDGETS)
@hypothesis_settings(deadline=None, max_examples=100)
def test_a_padded_batch_is_within_the_budget_unless_it_is_one_text(lengths: list[int], budget: int) -> None:
    for batch in batches(lengths, budget):
        assert len(batch) == 1 or len(batch) * max(lengths[position] for position in batch) <= budget


@given(LENGTHS, BUDGETS)
@hypothesis_settings(deadline=None, max_examples=50)
def test_batches_go_from_the_longest_text_to_the_shortest(lengths: list[int], budget: int) -> None:
    order = [lengths[position] for batch in batches(lengths, budget) for position in batch]
    assert order == sorted(lengths, reverse=True)


def test_a_batch_is_as_large_as_the_budget_allows() -> None:
    assert list(batches([100] * 45, 2000)) == [list(range(20)), list(range(20, 40)), list(range(40, 45))]


def test_texts_of_one_length_keep_their_order() -> None:
    assert list(batches([5, 9, 5, 9], 18)) == [[1, 3], [0, 2]]


def test_a_text_over_the_budget_goes_alone() -> None:
    assert list(batches([3, 50, 3], 10)) == [[1], [0, 2]]


def test_empty_texts_have_a_batch_too() -> None:
    assert list(batches([0, 0], 10)) == [[0, 1]]


def test_nothing_has_no_batches() -> None:
    assert list(batches([], 10)) == []


@given(ROWS)
@hypothesis_settings(deadline=None, max_examples=100)
def test_rows_get_length_one_and_keep_their_direction(rows: np.ndarray) -> None:
    rows[:, 0] += (~rows.any(axis=1)).astype(rows.dtype)  # no row is all zero
    unit = unit_rows(rows)
    assert (unit.shape, unit.dtype) == (rows.shape, np.float32)
    assert np.allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-5)
    assert np.allclose(unit * np.linalg.norm(rows, axis=1, keepdims=True), rows, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(EncoderError, match="not finite or is zero"):
        unit_rows(np.array([[1.0, 0.0], [bad, 1.0]]))


def test_a_row_of_zeros_is_refused() -> None:
    with pytest.raises(EncoderError, match="not finite or is zero"):
        unit_rows(np.array([[1.0, 0.0], [0.0, 0.0]]))


def test_no_rows_are_no_rows() -> None:
    assert unit_rows(np.empty((0, 384))).shape == (0, 384)


def test_what_is_given_stays_as_it_is() -> None:
    given_rows = np.array([[3.0, 4.0]], dtype=np.float32)
    assert unit_rows(given_rows).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]
    assert given_rows.tolist() == [[3.0, 4.0]]


def test_an_unknown_backend_is_refused_with_the_choice(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="unknown backend 'gpu': choose one of auto, openvino, torch"):
        load_encoder(None, tmp_path, "gpu")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_transformer(tmp_path_factory.mktemp("transformer")))


@pytest.fixture
def without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "indexer.openvino_encoder", None)


def test_torch_is_taken_where_it_is_asked_for(tiny: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "indexer"):
        assert isinstance(load_encoder(tiny, tmp_path, "torch"), TorchEncoder)
    assert caplog.messages == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("without_openvino")
def test_without_openvino_torch_serves_and_says_so(tiny: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "indexer"):
        assert isinstance(load_encoder(tiny, tmp_path), TorchEncoder)
    assert len(caplog.messages) == 1
    assert (
        f"the fast path cannot serve {tiny}, using torch (DRAGOMAN_BACKEND=torch saves the attempt): "
        in caplog.messages[0]
    )


@pytest.mark.usefixtures("without_openvino")
def test_without_openvino_asking_for_it_is_an_error(tiny: str, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=f"OpenVINO cannot serve {tiny}: "):
        load_encoder(tiny, tmp_path, "openvino")


def test_a_model_that_cannot_be_converted_is_served_by_torch_with_a_warning(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))  # the process that converts dies at once
    with caplog.at_level(logging.WARNING, "indexer"):
        encoder = load_encoder(tiny, tmp_path)
    assert isinstance(encoder, TorchEncoder)
    [message] = caplog.messages
    assert message.startswith(f"the fast path cannot serve {tiny}, using torch (DRAGOMAN_BACKEND=torch ")
    assert message.endswith(": conversion ended with 1")


def test_a_model_that_cannot_be_converted_is_an_error_where_openvino_is_asked_for(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(EncoderError, match=f"OpenVINO cannot serve {tiny}: conversion ended with 1"):
        load_encoder(tiny, tmp_path, "openvino")


def test_a_model_that_is_not_there_is_an_error_on_every_backend(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for backend in ("auto", "openvino", "torch"):
        with pytest.raises(EncoderError, match=r"no \*\.safetensors in "):
            load_encoder(str(tmp_path / "empty"), tmp_path, backend)


TEXTS = ["2012. Talks. Envoys met. They left.", "No sentences.", "Ships lie at anchor."]
SENTENCES = [[(13, 24), (25, 35)], [], [(0, 20)]]


def test_where_token_outputs_are_no_vectors_each_sentence_is_a_passage_of_its_own() -> None:
    fake = FakeEncoder()
    encoded = encode_spans(fake, TEXTS, SENTENCES)
    assert fake.seen == [*TEXTS, "Envoys met.", "They left.", "Ships lie at anchor."]
    assert np.array_equal(encoded.passages, fake.encode_passages(TEXTS))
    assert np.array_equal(encoded.sentences, fake.encode_passages(fake.seen[3:6]))


@pytest.mark.parametrize("texts", [[], ["one text", "another"]])
def test_without_sentences_there_are_no_vectors_of_any(texts: list[str]) -> None:
    for encoded in (
        encode_spans(FakeEncoder(), texts, [[] for _ in texts]),
        FakeEncoder().encode_with_sentences(texts, [[] for _ in texts]),
    ):
        assert (encoded.passages.shape, encoded.sentences.shape) == ((len(texts), 64), (0, 64))


def test_texts_without_their_lists_of_sentences_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="argument"):
        encode_spans(FakeEncoder(), TEXTS, SENTENCES[:2])


def test_the_fake_encoder_of_the_tests_is_an_encoder_too() -> None:
    fake: Encoder = FakeEncoder()
    vectors = fake.encode_passages(["harbour talks", "harbour talks fail", "grey ships"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    own, general = fake.encode_with_sentences(TEXTS, SENTENCES), encode_spans(FakeEncoder(), TEXTS, SENTENCES)
    assert all(np.array_equal(some, others) for some, others in zip(own, general, strict=True))
    assert fake.sentences == ["Envoys met.", "They left.", "Ships lie at anchor."]
