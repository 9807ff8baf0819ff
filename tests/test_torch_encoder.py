"""Plain sentence-transformers, and any model of theirs by its folder's name."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling

from indexer import torch_encoder
from indexer.encode import Encoder, load_encoder
from indexer.errors import EncoderError
from indexer.models import ModelFiles, find_model
from indexer.pooling import Span
from indexer.torch_encoder import UNLIMITED, TorchEncoder, load_transformer, pools_means
from tests.tiny_model import (
    DIMENSION,
    MAX_TOKENS,
    PROMPTS,
    build_mean_transformer,
    build_static,
    build_transformer,
)

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


@pytest.fixture(scope="module")
def mean_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_mean_transformer(tmp_path_factory.mktemp("mean"))


@pytest.fixture(scope="module")
def mean(mean_folder: Path) -> TorchEncoder:
    """A model whose vector is the mean of its token outputs."""
    return TorchEncoder.load(find_model(str(mean_folder)))


@pytest.fixture(scope="module")
def fast_mean(mean_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The same on the other backend."""
    return load_encoder(str(mean_folder), tmp_path_factory.mktemp("cache"), "openvino")


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


# Sentences

HEADED = ["2012. Talks. The envoy left. Who met", "Two ships. At sea", "no sentence of it", "A. B.C. " * 5]
SENTENCES: list[list[Span]] = [[(13, 28), (29, 36)], [(0, 10), (11, 17)], [], [(0, 20), (21, 39)]]
"""Some begin behind a header, one text has none, and letters and full stops are tokens each."""


def token_means(encoder: TorchEncoder, text: str, sentences: list[Span]) -> np.ndarray:
    """Sentence vectors from the outputs of one text alone: each character but a space is a token of the tiny model."""
    whole = PROMPTS["document"] + text
    outputs = encoder._transformer.encode([whole], output_value="token_embeddings")[0].numpy()
    before = [0, *np.cumsum([not letter.isspace() for letter in whole])]
    edges = [*(1 + before[len(PROMPTS["document"]) + start] for start, _ in sentences), len(outputs) - 1]
    means = [outputs[first:last].mean(axis=0) for first, last in pairwise(edges)]
    return np.reshape([row / np.linalg.norm(row) for row in means], (-1, DIMENSION))


def test_a_sentence_has_the_mean_of_its_own_tokens_on_both_backends(mean: TorchEncoder, fast_mean: Encoder) -> None:
    headed = [text.replace("2012", "year") for text in HEADED]  # the tiny model reads no digits
    expected = np.concatenate([token_means(mean, *pair) for pair in zip(headed, SENTENCES, strict=True)])
    assert np.allclose(mean.encode_with_sentences(headed, SENTENCES).sentences, expected, atol=1e-5)
    fast = fast_mean.encode_with_sentences(headed, SENTENCES).sentences
    assert (fast * expected).sum(axis=1).min() > 0.999
    assert (expected @ expected.T)[np.triu_indices(len(expected), 1)].max() < 0.99, "sentences can be told apart"


@pytest.mark.parametrize("name", ["mean", "fast_mean", "tiny", "fast", "static"])
def test_passages_have_the_same_vectors_with_their_sentences_as_without(
    name: str, request: pytest.FixtureRequest
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    texts = ["the envoy met", "harbour talks left", "the talks"] if name == "static" else [*HEADED, *TEXTS]
    places = [[(0, min(5, len(text)))] for text in texts if text]
    encoded = encoder.encode_with_sentences([text for text in texts if text], places)
    assert np.allclose(encoded.passages, encoder.encode_passages([text for text in texts if text]), atol=1e-5)
    for vectors in encoded:
        assert (vectors.shape, vectors.dtype) == ((len(places), DIMENSION), np.float32)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


TEXT = st.text("abcdefg. ", min_size=1, max_size=90)


@given(st.lists(st.tuples(TEXT, st.sets(st.integers(0, 90), max_size=6)), max_size=5))
@hypothesis_settings(deadline=None, max_examples=40)
def test_both_backends_agree_on_any_sentences(
    mean: TorchEncoder, fast_mean: Encoder, drawn: list[tuple[str, set[int]]]
) -> None:
    texts = [text for text, _ in drawn]
    edges = [sorted(edge for edge in some if edge <= len(text)) for text, some in drawn]
    places = [list(zip(some[::2], some[1::2], strict=False)) for some in edges]
    ours, theirs = (one.encode_with_sentences(texts, places) for one in (mean, fast_mean))
    assert len(ours.sentences) == len(theirs.sentences) == sum(map(len, places))
    for some, others in zip(ours, theirs, strict=True):
        assert ((some * others).sum(axis=1) > 0.999).all()


@pytest.mark.parametrize("name", ["tiny", "fast"])
def test_where_the_vector_is_no_mean_a_sentence_is_encoded_as_a_passage(
    name: str, request: pytest.FixtureRequest
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    alone = [text[slice(*span)] for text, spans in zip(HEADED, SENTENCES, strict=True) for span in spans]
    encoded = encoder.encode_with_sentences(HEADED, SENTENCES)
    assert np.allclose(encoded.sentences, encoder.encode_passages(alone), atol=1e-5)


@pytest.mark.parametrize("name", ["mean", "fast_mean"])
def test_where_it_is_a_mean_a_sentence_has_seen_the_rest_of_its_passage(
    name: str, request: pytest.FixtureRequest
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    said = "the envoy left."
    seen = encoder.encode_with_sentences([said, f"a ship. {said}"], [[(0, 15)], [(8, 23)]]).sentences
    assert 0.5 < seen[0] @ seen[1] < 0.9999


@pytest.mark.parametrize("name", ["mean", "fast_mean"])
def test_a_sentence_that_is_not_read_gets_the_vector_of_its_passage(name: str, request: pytest.FixtureRequest) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    text = "harbour " * 12
    encoded = encoder.encode_with_sentences([text], [[(0, 8), (80, 88), (88, 95)]])
    assert np.allclose(encoded.sentences[1:], encoded.passages[[0, 0]], atol=1e-4)
    assert encoded.sentences[0] @ encoded.passages[0] < 0.9999


@pytest.mark.parametrize("name", ["mean", "fast_mean", "tiny", "fast", "static"])
def test_no_texts_and_no_sentences_give_no_rows(name: str, request: pytest.FixtureRequest) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    assert [vectors.shape for vectors in encoder.encode_with_sentences([], [])] == [(0, DIMENSION)] * 2
    without = encoder.encode_with_sentences(["the envoy left", "talks"], [[], []])
    assert [vectors.shape for vectors in without] == [(2, DIMENSION), (0, DIMENSION)]


@pytest.mark.parametrize("name", ["mean", "fast_mean"])
def test_sentences_come_in_the_order_of_the_texts_whatever_their_lengths(
    name: str, request: pytest.FixtureRequest
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    texts = [f"{letter} " * (1 + 17 * place % 40) + "b." for place, letter in enumerate("acdefghijklm" * 4)]
    places = [[(0, 2), (2, len(text))][: place % 3] for place, text in enumerate(texts)]
    alone = [
        encoder.encode_with_sentences([text], [spans]).sentences for text, spans in zip(texts, places, strict=True)
    ]
    together = encoder.encode_with_sentences(texts, places).sentences
    assert (np.concatenate(alone) * together).sum(axis=1).min() > 0.9999


def test_token_outputs_are_held_for_a_few_texts_only(mean: TorchEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    encode = mean._transformer.encode

    def spy(texts: list[str], **options: object) -> object:
        asked.append(len(texts))
        return encode(texts, **options)

    texts, places = [*HEADED, *HEADED, "talks"], [*SENTENCES, *SENTENCES, [(0, 5)]]
    expected = mean.encode_with_sentences(texts, places)
    monkeypatch.setattr(torch_encoder, "AT_ONCE", 4)
    monkeypatch.setattr(mean._transformer, "encode", spy)
    found = mean.encode_with_sentences(texts, places)
    assert asked == [4, 4, 1]
    for some, others in zip(found, expected, strict=True):
        assert np.allclose(some, others, atol=1e-5)


def test_weights_in_half_precision_give_sentences_too(mean: TorchEncoder, mean_folder: Path, tmp_path: Path) -> None:
    SentenceTransformer(str(mean_folder), device="cpu").bfloat16().save(str(tmp_path / "half"))
    encoded = TorchEncoder.load(find_model(str(tmp_path / "half"))).encode_with_sentences(HEADED, SENTENCES)
    exact = mean.encode_with_sentences(HEADED, SENTENCES)
    for some, others in zip(encoded, exact, strict=True):
        assert some.dtype == np.float32
        assert (some * others).sum(axis=1).min() > 0.99


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ([Pooling(DIMENSION, "mean")], True),
        ([Pooling(DIMENSION, "mean"), Normalize()], True),
        ([Pooling(DIMENSION, "cls")], False),
        ([Pooling(DIMENSION, "max"), Normalize()], False),
        ([Pooling(DIMENSION, ("mean", "max"))], False),
        ([Pooling(DIMENSION, "mean_sqrt_len_tokens")], False),
        ([Pooling(DIMENSION, "mean"), Dense(DIMENSION, 8)], False),
    ],
    ids=["mean", "mean, normalised", "first token", "maximum", "two kinds", "root", "mean, projected"],
)
def test_only_the_mean_alone_gives_vectors_of_sentences(
    mean_folder: Path, rest: list[torch.nn.Module], expected: bool
) -> None:
    transformer = load_transformer(find_model(str(mean_folder)))
    assert pools_means(SentenceTransformer(modules=[transformer[0], *rest], device="cpu")) is expected


def test_static_embeddings_have_no_token_outputs(static: TorchEncoder) -> None:
    assert not pools_means(static._transformer)


def test_a_tokenizer_that_pads_on_the_left_does_not_shift_sentences(mean_folder: Path) -> None:
    encoder = TorchEncoder.load(find_model(str(mean_folder)))
    encoder._transformer.tokenizer.padding_side = "left"
    assert not pools_means(encoder._transformer)
    alone = [text[slice(*span)] for text, spans in zip(HEADED, SENTENCES, strict=True) for span in spans]
    found = encoder.encode_with_sentences(HEADED, SENTENCES).sentences
    assert np.allclose(found, encoder.encode_passages(alone), atol=1e-5)


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
