"""A cross-encoder's second reading: what it takes for a model, what it says of texts, and how that is weighed."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import huggingface_hub
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from sentence_transformers import CrossEncoder

from api.rerank import BATCH, WEIGHT, CrossEncoderReranker, rerank
from indexer.errors import EncoderError
from tests.tiny_cross_encoder import WORDS, build_cross_encoder
from tests.tiny_model import build_transformer

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "envoy talks"
TEXTS = [
    "harbour border treaty",
    "envoy talks harbour",
    "harbour. envoy. border",
    "Summit in the harbour. " * 3,
    "",
    "talks",
]
LAST_STEP = 1.5e-6
"""One step of rounding and no more."""

UNIT = st.floats(0, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_cross_encoder(tmp_path_factory.mktemp("reranker") / "model", trained=True)


@pytest.fixture(scope="module")
def reranker(folder: Path) -> CrossEncoderReranker:
    return CrossEncoderReranker.load(str(folder))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """The same model where a test may spoil it."""
    return shutil.copytree(folder, tmp_path / "copy")


def many_texts(count: int) -> list[str]:
    """Texts of 1 to 20 words, enough for several batches."""
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=chance.randint(1, 20))) for _ in range(count)]


def giving(*numbers: float) -> CrossEncoderReranker:
    """A reranker whose model gives these numbers for the texts in alphabetical order."""
    return CrossEncoderReranker("fake", lambda _: np.array(numbers, dtype=np.float32))


# What it says of texts


def test_texts_that_share_more_words_with_the_question_are_more_relevant(reranker: CrossEncoderReranker) -> None:
    none, both, one = reranker.relevance(
        QUESTION, ["harbour border treaty", "talks envoy harbour", "talks border treaty"]
    )
    assert none < 0.2 < one < 0.8 < both


def test_the_question_decides_what_is_relevant(reranker: CrossEncoderReranker) -> None:
    texts = ["envoy talks harbour", "treaty border summit"]
    assert np.argmax(reranker.relevance("envoy talks", texts)) == 0
    assert np.argmax(reranker.relevance("treaty border", texts)) == 1


@pytest.mark.parametrize("own", ["torch.nn.modules.linear.Identity", "torch.nn.modules.activation.Sigmoid"])
def test_relevance_is_one_sigmoid_of_the_logit_whatever_the_model_does_by_itself(
    reranker: CrossEncoderReranker, copy: Path, own: str
) -> None:
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    config["sentence_transformers"]["activation_fn"] = own
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    model = CrossEncoder(str(copy), device="cpu", local_files_only=True)
    assert f"{type(model.activation_fn).__module__}.{type(model.activation_fn).__name__}" == own
    logits = model.predict([(QUESTION, text) for text in TEXTS], activation_fn=torch.nn.Identity())
    assert (logits.min() < 0, logits.max() > 1) == (True, True)
    found = CrossEncoderReranker.load(str(copy)).relevance(QUESTION, TEXTS)
    assert found == pytest.approx(1 / (1 + np.exp(-logits.astype(np.float64))), abs=LAST_STEP)


def test_there_is_one_number_from_zero_to_one_for_each_text(reranker: CrossEncoderReranker) -> None:
    found = reranker.relevance(QUESTION, TEXTS)
    assert (found.shape, found.dtype) == ((len(TEXTS),), np.float64)
    assert ((found >= 0) & (found <= 1)).all()


def test_no_texts_give_no_numbers(reranker: CrossEncoderReranker) -> None:
    found = reranker.relevance(QUESTION, [])
    assert (found.shape, found.dtype) == ((0,), np.float64)


def test_without_texts_the_model_is_not_asked() -> None:
    def predict(_: object) -> NoReturn:
        raise AssertionError("asked")

    assert CrossEncoderReranker("fake", predict).relevance(QUESTION, []).size == 0


def test_the_same_texts_are_the_same_pairs_in_the_same_order_however_they_come() -> None:
    asked: list[list[tuple[str, str]]] = []

    def predict(pairs: list[tuple[str, str]]) -> np.ndarray:
        asked.append(pairs)
        return np.linspace(0, 1, len(pairs))

    for texts in (["b", "a", "c"], ["c", "b", "a", "b"]):
        CrossEncoderReranker("fake", predict).relevance("q", texts)
    assert asked == [[("q", "a"), ("q", "b"), ("q", "c")]] * 2


def test_the_order_of_the_texts_changes_nothing(reranker: CrossEncoderReranker) -> None:
    texts = many_texts(2 * BATCH + 5)
    expected = reranker.relevance(QUESTION, texts)
    assert len(set(expected)) > BATCH
    for seed in range(3):
        order = random.Random(seed).sample(range(len(texts)), len(texts))
        found = reranker.relevance(QUESTION, [texts[position] for position in order])
        assert np.array_equal(found, expected[order])


def test_other_texts_beside_it_leave_a_text_its_number(reranker: CrossEncoderReranker) -> None:
    texts = many_texts(BATCH + 5)
    alone = [reranker.relevance(QUESTION, [text])[0] for text in texts]
    assert reranker.relevance(QUESTION, texts) == pytest.approx(alone, abs=LAST_STEP)


def test_noise_in_the_last_bits_neither_orders_texts_nor_breaks_ties() -> None:
    first, second, third = giving(0.5000001, 0.5, 0.50001).relevance(QUESTION, ["a", "b", "c"])
    assert first == second < third


def test_a_text_that_comes_twice_has_the_same_number_twice(reranker: CrossEncoderReranker) -> None:
    once = reranker.relevance(QUESTION, ["talks", "envoy talks"])
    assert reranker.relevance(QUESTION, ["talks", "envoy talks", "talks"]).tolist() == [*once, once[0]]


def test_a_model_that_is_loaded_again_says_the_same(reranker: CrossEncoderReranker, folder: Path) -> None:
    again = CrossEncoderReranker.load(str(folder))
    assert np.array_equal(again.relevance(QUESTION, TEXTS), reranker.relevance(QUESTION, TEXTS))


def test_calls_from_several_threads_get_their_own_answers(reranker: CrossEncoderReranker) -> None:
    questions = [f"{first} {second}" for first, second in pairwise(WORDS)] * 3
    expected = [reranker.relevance(question, TEXTS) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda question: reranker.relevance(question, TEXTS), questions))
    assert np.array_equal(found, expected)


def test_the_model_is_asked_by_one_thread_at_a_time() -> None:
    within: list[int] = []

    def predict(pairs: list[tuple[str, str]]) -> np.ndarray:
        within.append(1)
        alone = len(within) == 1
        time.sleep(0.002)  # time for another thread to come in
        within.pop()
        return np.full(len(pairs), float(alone))

    fake = CrossEncoderReranker("fake", predict)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: fake.relevance(QUESTION, [text])[0], "abcdefgh"))
    assert found == [1.0] * 8


def test_what_the_model_does_not_read_changes_nothing(reranker: CrossEncoderReranker) -> None:
    read = "harbour " * 60
    cut, uncut = reranker.relevance(QUESTION, [read, f"{read} and envoy talks"])
    assert cut == uncut


def test_a_question_longer_than_the_model_reads_is_no_error(reranker: CrossEncoderReranker) -> None:
    assert reranker.relevance("envoy " * 600, ["talks"]).shape == (1,)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_relevance_that_is_no_number_is_an_error_and_not_a_wrong_order(number: float) -> None:
    with pytest.raises(EncoderError, match="fake gave a relevance that is not finite: name a sentence-transformers"):
        giving(0.5, number).relevance(QUESTION, ["a", "b"])


# What it takes for a model


def test_a_reranker_is_named_as_it_was_asked_for(reranker: CrossEncoderReranker, folder: Path) -> None:
    assert reranker.name == str(folder)


def test_importing_the_module_does_not_load_torch() -> None:
    code = "import sys, api.rerank; print(*sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert {"torch", "sentence_transformers", "transformers", "huggingface_hub"} & set(done.stdout.split()) == set()


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")


def pickled_in_part(folder: Path) -> None:
    (folder / "1_Dense").mkdir()
    torch.save({}, folder / "1_Dense" / "pytorch_model.bin")


def pickled_beside_other_safe_ones(folder: Path) -> None:
    """The weights themselves, only that the library would have to read them from a pickle."""
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").rename(folder / "model_of_old.safetensors")


def two_labels(folder: Path) -> None:
    shutil.rmtree(folder)
    build_cross_encoder(folder, 2)


def an_encoder(folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(build_transformer(folder.parent / "encoder"), folder)


def no_configuration(folder: Path) -> None:
    (folder / "config.json").unlink()


def no_real_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"not weights")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (shutil.rmtree, "is neither a folder nor a sentence-transformers model"),
        (no_weights, r"no \*\.safetensors in"),
        (pickled, "pickled weights are never loaded"),
        (pickled_in_part, "1_Dense/pytorch_model.bin is pickled, and such weights are never loaded"),
        (pickled_beside_other_safe_ones, "does not load as a sentence-transformers CrossEncoder: .*safetensors"),
        (two_labels, "gives 2 numbers for a pair, a reranker gives one"),
        (an_encoder, "was saved as BertModel, not as BertForSequenceClassification"),
        (no_configuration, "does not load as a sentence-transformers CrossEncoder"),
        (no_real_weights, "does not load as a sentence-transformers CrossEncoder"),
    ],
)
def test_what_is_no_reranker_is_refused_by_name_and_with_advice(
    copy: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    spoil(copy)
    with pytest.raises(EncoderError, match=reason) as caught:
        CrossEncoderReranker.load(str(copy))
    message = str(caught.value)
    assert str(copy) in message
    assert message.endswith("or the folder of one, or search without a reranker")


def test_pickled_weights_beside_safe_ones_are_left_alone(copy: Path, reranker: CrossEncoderReranker) -> None:
    torch.save({}, copy / "pytorch_model.bin")
    found = CrossEncoderReranker.load(str(copy)).relevance(QUESTION, TEXTS)
    assert np.array_equal(found, reranker.relevance(QUESTION, TEXTS))


def test_code_that_comes_with_a_model_is_never_run(copy: Path, tmp_path: Path) -> None:
    (copy / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Evil: pass\n", encoding="utf-8")
    modules = [{"idx": 0, "name": "0", "path": "", "type": "evil.Evil"}]
    (copy / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (copy / "config_sentence_transformers.json").write_text('{"model_type": "CrossEncoder"}', encoding="utf-8")
    with pytest.raises(EncoderError, match="does not load as a sentence-transformers CrossEncoder"):
        CrossEncoderReranker.load(str(copy))
    assert not (tmp_path / "ran").exists()


def test_weights_of_half_precision_are_computed_in_full(copy: Path) -> None:
    model = CrossEncoder(str(copy), device="cpu", local_files_only=True)
    model.bfloat16().save_pretrained(str(copy / "half"))
    half = CrossEncoderReranker.load(str(copy / "half"))
    texts = many_texts(BATCH)
    alone = [half.relevance(QUESTION, [text])[0] for text in texts]
    assert half.relevance(QUESTION, texts) == pytest.approx(alone, abs=LAST_STEP)


@pytest.mark.parametrize(
    ("name", "asked"),
    [("ms-marco-some", "cross-encoder/ms-marco-some"), ("somebody/reranker", "somebody/reranker")],
)
def test_a_name_without_an_owner_is_one_of_the_library_s_own_cross_encoders(
    monkeypatch: pytest.MonkeyPatch, name: str, asked: str
) -> None:
    names: list[str] = []

    def fail(name: str, **_: object) -> NoReturn:
        names.append(name)
        raise OSError("no route to the hub")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(EncoderError, match="no route to the hub"):
        CrossEncoderReranker.load(name)
    assert set(names) == {asked}


# How it is weighed


@st.composite
def ranked_and_read(draw: st.DrawFn) -> tuple[list[float], np.ndarray]:
    """Fused scores, best first, and the relevance of some of the first."""
    ranked = sorted(draw(st.lists(UNIT, max_size=12)), reverse=True)
    return ranked, np.array(draw(st.lists(UNIT, max_size=len(ranked))), dtype=np.float64)


def test_a_score_is_what_the_weight_leaves_of_the_fused_one_and_the_weighted_relevance() -> None:
    found = rerank([0.8, 0.6, 0.4], np.array([0.1, 0.9]), weight=0.75)
    assert found.fused == pytest.approx([0.2, 0.15, 0.1])
    assert found.reranker == pytest.approx([0.075, 0.675, 0])
    assert found.scores == pytest.approx([0.275, 0.825, 0.1])


def test_the_reranker_counts_for_more_than_all_other_evidence() -> None:
    assert 0.5 < WEIGHT < 1
    better = rerank([1.0, 0.0], np.array([0.0, 1.0])).scores
    assert better[1] > better[0]


def test_no_candidates_give_no_scores() -> None:
    found = rerank([], np.empty(0))
    assert [part.shape for part in found] == [(0,), (0,), (0,)]


@pytest.mark.parametrize("candidates", [[], [0.5]])
def test_more_relevance_than_candidates_is_an_error(candidates: list[float]) -> None:
    with pytest.raises(ValueError, match=f"for {len(candidates)} candidates"):
        rerank(candidates, np.full(len(candidates) + 1, 0.5))


@settings(deadline=None, max_examples=100)
@given(ranked_and_read(), UNIT)
def test_the_parts_sum_to_a_score_from_zero_to_one(given_: tuple[list[float], np.ndarray], weight: float) -> None:
    ranked, relevance = given_
    found = rerank(ranked, relevance, weight)
    assert found.scores.shape == found.fused.shape == found.reranker.shape == (len(ranked),)
    assert np.array_equal(found.fused + found.reranker, found.scores)
    assert found.fused == pytest.approx((1 - weight) * np.array(ranked))
    assert ((found.scores >= 0) & (found.scores <= 1 + 1e-12)).all()


@settings(deadline=None, max_examples=100)
@given(ranked_and_read())
def test_with_all_the_weight_the_order_is_that_of_relevance(given_: tuple[list[float], np.ndarray]) -> None:
    ranked, relevance = given_
    scores = rerank(ranked, relevance, weight=1.0).scores
    assert np.array_equal(scores[: len(relevance)], relevance)


@settings(deadline=None, max_examples=100)
@given(ranked_and_read())
def test_without_weight_nothing_changes(given_: tuple[list[float], np.ndarray]) -> None:
    ranked, relevance = given_
    assert rerank(ranked, relevance, weight=0.0).scores.tolist() == ranked


@settings(deadline=None, max_examples=100)
@given(ranked_and_read(), UNIT)
def test_what_was_not_read_again_keeps_its_order_and_passes_nothing_that_was(
    given_: tuple[list[float], np.ndarray], weight: float
) -> None:
    ranked, relevance = given_
    found = rerank(ranked, relevance, weight)
    read, rest = np.split(found.scores, [len(relevance)])
    assert not found.reranker[len(relevance) :].any()
    assert (np.diff(rest) <= 0).all()
    assert rest.max(initial=0) <= read.min(initial=1)


@settings(deadline=None, max_examples=100)
@given(ranked_and_read(), st.data())
def test_of_two_passages_that_were_read_the_one_that_is_no_worse_in_either_respect_scores_no_less(
    given_: tuple[list[float], np.ndarray], data: st.DataObject
) -> None:
    ranked, relevance = given_
    if len(relevance) < 2:
        return
    better, worse = sorted(data.draw(st.permutations(range(len(relevance))))[:2])
    relevance[[better, worse]] = sorted(relevance[[better, worse]], reverse=True)
    scores = rerank(ranked, relevance).scores
    assert scores[better] >= scores[worse]
