"""Plain sentence-transformers, and any model of theirs by its folder's name."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from indexer.encode import Encoder, load_encoder
from indexer.errors import EncoderError
from indexer.models import ModelFiles, find_model
from indexer.torch_encoder import UNLIMITED, TorchEncoder
from tests.tiny_model import DIMENSION, MAX_TOKENS, build_static, build_transformer

TEXTS = ["The envoy left.", "talks", "", "harbour " * 40, "Two ships at anchor: grey."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_transformer(tmp_path_factory.mktemp("transformer"))


@pytest.fixture(scope="module")
def tiny(folder: Path) -> TorchEncoder:
    return TorchEncoder.load(find_model(str(folder)))


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> TorchEncoder:
    return TorchEncoder.load(find_model(str(build_static(tmp_path_factory.mktemp("static")))))


@pytest.fixture(scope="module")
def fast(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The same model on the other backend."""
    return load_encoder(str(folder), tmp_path_factory.mktemp("cache"), "openvino")


def test_a_model_is_named_as_it_was_asked_for_and_bound_by_its_weights(tiny: TorchEncoder, folder: Path) -> None:
    assert tiny.model == str(folder)
    assert tiny.weights == find_model(str(folder)).weights
    assert (tiny.dimension, tiny.max_tokens) == (DIMENSION, MAX_TOKENS)


def test_vectors_are_unit_rows_of_float32(tiny: TorchEncoder) -> None:
    vectors = tiny.encode_passages(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), DIMENSION), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_rows(tiny: TorchEncoder) -> None:
    assert tiny.encode_passages([]).shape == tiny.encode_queries([]).shape == (0, DIMENSION)


def test_the_prompts_of_the_model_stand_before_questions_and_passages(tiny: TorchEncoder) -> None:
    plain = tiny._transformer.encode(["query: talks", "passage: talks"], normalize_embeddings=True)
    assert np.allclose(tiny.encode_queries(["talks"])[0], plain[0], atol=1e-5)
    assert np.allclose(tiny.encode_passages(["talks"])[0], plain[1], atol=1e-5)
    assert not np.allclose(plain[0], plain[1], atol=0.1)


def test_word_pieces_are_counted_without_special_ones_and_without_cutting(tiny: TorchEncoder) -> None:
    assert tiny.count_tokens(["talks", "", "a b", "ab " * 100]) == [5, 0, 2, 200]


def test_counting_nothing_gives_nothing(fast: Encoder, static: TorchEncoder) -> None:
    assert fast.count_tokens([]) == static.count_tokens([]) == []


@pytest.mark.parametrize("verb", ["encode_queries", "encode_passages"])
def test_both_backends_give_the_same_vectors(tiny: TorchEncoder, fast: Encoder, verb: str) -> None:
    ours, theirs = getattr(tiny, verb)(TEXTS), getattr(fast, verb)(TEXTS)
    assert (ours * theirs).sum(axis=1).min() >= 0.999


def test_both_backends_say_the_same_of_a_model(tiny: TorchEncoder, fast: Encoder) -> None:
    assert (fast.model, fast.weights, fast.dimension, fast.max_tokens) == (
        tiny.model,
        tiny.weights,
        tiny.dimension,
        tiny.max_tokens,
    )
    assert fast.count_tokens(TEXTS) == tiny.count_tokens(TEXTS)


def test_what_the_model_does_not_read_changes_nothing_on_either_backend(tiny: TorchEncoder, fast: Encoder) -> None:
    read = "harbour " * 20
    for encoder in (tiny, fast):
        cut, uncut = encoder.encode_passages([read, f"{read} and more"])
        assert np.allclose(cut, uncut, atol=1e-5)


def test_calls_from_several_threads_get_their_own_answers(tiny: TorchEncoder) -> None:
    texts = [f"talk {letter}" for letter in "abcdefgh"]
    expected = tiny.encode_passages(texts)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: tiny.encode_passages([text])[0], texts))
    assert np.allclose(found, expected, atol=1e-5)


def test_static_embeddings_have_no_limit_and_count_words(static: TorchEncoder) -> None:
    assert static.max_tokens == UNLIMITED
    assert static.count_tokens(["the envoy left", "harbour", ""]) == [3, 1, 0]
    assert static.encode_passages(["the envoy left"]).shape == (1, DIMENSION)


def test_a_text_without_a_vector_is_an_error_and_not_a_wrong_answer(static: TorchEncoder) -> None:
    with pytest.raises(EncoderError, match="not finite or is zero"):
        static.encode_passages(["harbour", ""])


def test_pickled_weights_are_refused_by_name(folder: Path, tmp_path: Path) -> None:
    pickled = shutil.copytree(folder, tmp_path / "pickled")
    (pickled / "model.safetensors").unlink()
    torch.save({}, pickled / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="pickled weights are never loaded"):
        load_encoder(str(pickled), tmp_path, "torch")


def test_pickled_weights_are_not_even_loaded_where_safe_ones_lie_beside_them(folder: Path, tmp_path: Path) -> None:
    mixed = shutil.copytree(folder, tmp_path / "mixed")
    (mixed / "model.safetensors").rename(mixed / "1_Pooling" / "model.safetensors")
    torch.save({}, mixed / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="does not load with sentence-transformers"):
        TorchEncoder.load(find_model(str(mixed)))


def test_a_folder_that_holds_no_model_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(EncoderError, match=f"{tmp_path} does not load with sentence-transformers"):
        TorchEncoder.load(ModelFiles(str(tmp_path), tmp_path, "weights"))


def test_code_that_comes_with_a_model_is_never_run(folder: Path, tmp_path: Path) -> None:
    hostile = shutil.copytree(folder, tmp_path / "hostile")
    (hostile / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Evil: pass\n", encoding="utf-8")
    modules = hostile / "modules.json"
    own = "sentence_transformers.base.modules.transformer.Transformer"
    text = modules.read_text(encoding="utf-8")
    assert own in text
    modules.write_text(text.replace(own, "evil.Evil"), encoding="utf-8")
    with pytest.raises(EncoderError, match="does not load with sentence-transformers"):
        TorchEncoder.load(find_model(str(hostile)))
    assert not (tmp_path / "ran").exists()
