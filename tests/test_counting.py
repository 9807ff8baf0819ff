"""Word pieces counted by the tokenizer alone, here and in other processes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from indexer.counting import PieceCounter
from indexer.encode import Encoder
from indexer.models import ModelFiles, find_model
from indexer.torch_encoder import TorchEncoder
from tests.tiny_model import build_static, build_transformer

TEXTS = ["The envoys met.", "", "Zürich — 漢字 🕊", "harbour " * 400, "e\u0301mile's co-operation, 1,234.50"]


@pytest.fixture(scope="module")
def default() -> PieceCounter:
    return PieceCounter((find_model(None).folder / "tokenizer.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=[build_transformer, build_static])
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder: Path = request.param(tmp_path_factory.mktemp("model"))
    return TorchEncoder.load(ModelFiles("tiny", folder, "weights"))


def test_nothing_is_cut_and_nothing_filled_up(default: PieceCounter) -> None:
    assert default(["harbour " * 400, "harbour"]) == [400, 1]  # the tokenizer's file cuts at 128 and pads to that


def test_special_pieces_are_not_counted(default: PieceCounter) -> None:
    assert default(["", "harbour"]) == [0, 1]


def test_a_pickled_counter_counts_the_same(default: PieceCounter) -> None:
    expected = default(TEXTS)
    assert pickle.loads(pickle.dumps(default))(TEXTS) == expected


def test_an_encoder_and_its_counter_count_the_same_as_the_tokenizer_of_the_model(encoder: Encoder) -> None:
    assert encoder.counter is not None
    sent = pickle.loads(pickle.dumps(encoder.counter))
    tokenizer = encoder._transformer.tokenizer  # type: ignore[attr-defined]
    if callable(tokenizer):
        expected = [len(ids) for ids in tokenizer(TEXTS, add_special_tokens=False, verbose=False)["input_ids"]]
    else:
        expected = [len(tokenizer.encode(text, add_special_tokens=False).ids) for text in TEXTS]
    assert sent(TEXTS) == encoder.count_tokens(TEXTS) == expected
