"""The fast CPU path with the real model: the vectors of sentence-transformers, converted once, without torch."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from indexer.encode import load_encoder, unit_rows
from indexer.errors import EncoderError
from indexer.models import find_model
from indexer.openvino_convert import LEAST_AGREEMENT, convert
from indexer.openvino_encoder import TOKEN_BUDGET, OpenVinoEncoder, _read_recipe, write_recipe
from indexer.openvino_graph import QUESTION, Batch, Take
from indexer.torch_encoder import TorchEncoder
from tests.tiny_model import DIMENSION, build_static, build_transformer

ROOT = Path(__file__).resolve().parents[1]

NEWS = (
    "The two islands signed a treaty on the herring grounds on Tuesday, after nine years of talks.",
    "Grey ships",
    "Who recalled the ambassador?",
    "外交部长说会谈将继续。",
    "Le ministre a quitté la salle; « rien n’est décidé », a-t-il dit. 🕊️",
    "The council of the strait voted 9 to 4 to lift the embargo on grain, with two members absent. " * 3,
    "",
)
FIELDS = {
    "dimension": 3,
    "max_tokens": 8,
    "pad_id": 0,
    "query_prompt": "",
    "passage_prompt": "",
    "pools_means": True,
    "precision": "f32",
    "agreement": 1.0,
}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("converted")


@pytest.fixture(scope="session")
def real_encoder(cache: Path) -> OpenVinoEncoder:
    """The default model, converted now: 10 to 30 seconds, once."""
    encoder = load_encoder(None, cache, "openvino")
    assert isinstance(encoder, OpenVinoEncoder)
    return encoder


@pytest.fixture(scope="session")
def torch_encoder() -> TorchEncoder:
    return TorchEncoder.load(find_model())


def lengthening(count: int) -> list[str]:
    """Texts of very different lengths, in no order; together they need several batches."""
    texts = [f"{number} " + "The envoys met again at the harbour. " * number for number in range(count)]
    random.Random(7).shuffle(texts)
    return texts


def cosines(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", some, others)


def python(code: str, *arguments: object) -> str:
    """What a process of its own prints."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()


def test_it_agrees_with_torch_on_questions_and_passages(
    real_encoder: OpenVinoEncoder, torch_encoder: TorchEncoder
) -> None:
    assert cosines(real_encoder.encode_passages(NEWS), torch_encoder.encode_passages(NEWS)).min() >= 0.999
    assert cosines(real_encoder.encode_queries(NEWS), torch_encoder.encode_queries(NEWS)).min() >= 0.999


def test_it_counts_word_pieces_as_torch_does(real_encoder: OpenVinoEncoder, torch_encoder: TorchEncoder) -> None:
    texts = [*NEWS, "harbour " * 1000]
    assert real_encoder.count_tokens(texts) == torch_encoder.count_tokens(texts)
    assert real_encoder.count_tokens(["harbour " * 1000, ""]) == [1000, 0]


def test_it_is_bound_to_the_same_model_as_torch(real_encoder: OpenVinoEncoder, torch_encoder: TorchEncoder) -> None:
    for name, value in (("dimension", 384), ("max_tokens", 256), ("weights", find_model().weights)):
        assert getattr(real_encoder, name) == getattr(torch_encoder, name) == value


def test_vectors_are_unit_rows_of_float32(real_encoder: OpenVinoEncoder) -> None:
    vectors = real_encoder.encode_passages(NEWS)
    assert (vectors.shape, vectors.dtype) == ((len(NEWS), 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_vectors_come_in_the_order_of_the_texts(real_encoder: OpenVinoEncoder) -> None:
    texts = lengthening(28)
    assert sum(real_encoder.count_tokens(texts)) > TOKEN_BUDGET
    together = real_encoder.encode_passages(texts)
    reversed_order = real_encoder.encode_passages(texts[::-1])[::-1]
    assert cosines(together, reversed_order).min() >= 0.999
    assert (together @ reversed_order.T).argmax(axis=1).tolist() == list(range(len(texts)))


def test_a_text_alone_has_the_vector_it_has_in_a_batch(real_encoder: OpenVinoEncoder) -> None:
    texts = lengthening(12)
    alone = np.concatenate([real_encoder.encode_passages([text]) for text in texts])
    assert 1 - cosines(alone, real_encoder.encode_passages(texts)).min() <= 1e-3


def halves(texts: list[str] | tuple[str, ...]) -> list[list[tuple[int, int]]]:
    """Places of two parts in each text, cut at a space near the middle; none in a text that is too short."""
    middles = [text.find(" ", len(text) // 2) + 1 for text in texts]
    return [
        [(0, middle - 1), (middle, len(text))] if middle else [] for text, middle in zip(texts, middles, strict=True)
    ]


def test_it_agrees_with_torch_on_sentences_too(real_encoder: OpenVinoEncoder, torch_encoder: TorchEncoder) -> None:
    assert real_encoder._recipe.pools_means
    ours, theirs = (one.encode_with_sentences(NEWS, halves(NEWS)) for one in (real_encoder, torch_encoder))
    assert len(ours.sentences) == len(theirs.sentences) == 8
    for some, others in zip(ours, theirs, strict=True):
        assert cosines(some, others).min() >= 0.999
    assert np.allclose(ours.passages, real_encoder.encode_passages(NEWS), atol=1e-5)


def test_sentences_come_in_the_order_of_the_texts(real_encoder: OpenVinoEncoder) -> None:
    texts = lengthening(28)
    together = real_encoder.encode_with_sentences(texts, halves(texts))
    alone = [real_encoder.encode_with_sentences([text], halves([text])).sentences for text in texts]
    assert cosines(together.sentences, np.concatenate(alone)).min() >= 0.999
    assert np.allclose(together.passages, real_encoder.encode_passages(texts), atol=1e-5)


def test_a_question_is_nearest_to_the_sentence_that_answers_it(real_encoder: OpenVinoEncoder) -> None:
    first, second = "Nine grey ships lay at anchor off the port.", "The ambassador was recalled on Friday."
    text = f"2012-05-23. News from the islands. {first} {second}"
    start = text.index(first)
    places = [(start, start + len(first)), (start + len(first) + 1, len(text))]
    sentences = real_encoder.encode_with_sentences([text], [places]).sentences
    questions = real_encoder.encode_queries(["How many ships were there?", "Who was called home?"])
    assert (sentences @ questions.T).argmax(axis=0).tolist() == [0, 1]


def test_a_text_that_is_too_long_is_cut_where_torch_cuts_it(
    real_encoder: OpenVinoEncoder, torch_encoder: TorchEncoder
) -> None:
    read = "harbour " * 254  # 256 word pieces with the two special ones
    last = f"{'harbour ' * 253}treaty"
    texts = [read, f"{read}treaty treaty", last, f"{last} envoy"]
    ours, theirs = real_encoder.encode_passages(texts), torch_encoder.encode_passages(texts)
    assert cosines(ours, theirs).min() >= 0.999
    for vectors in (ours, theirs):
        assert np.allclose(vectors[0], vectors[1], atol=1e-5)
        assert np.allclose(vectors[2], vectors[3], atol=1e-5)
        assert not np.allclose(vectors[0], vectors[2], atol=1e-3)


def test_no_texts_give_no_rows(real_encoder: OpenVinoEncoder) -> None:
    assert real_encoder.encode_passages([]).shape == real_encoder.encode_queries([]).shape == (0, 384)
    assert [vectors.shape for vectors in real_encoder.encode_with_sentences([], [])] == [(0, 384)] * 2
    assert [vectors.shape for vectors in real_encoder.encode_with_sentences(["talks"], [[]])] == [(1, 384), (0, 384)]
    assert real_encoder.count_tokens([]) == []


def test_an_empty_text_has_a_vector(real_encoder: OpenVinoEncoder) -> None:
    assert real_encoder.encode_queries([""]).shape == (1, 384)


def test_calls_from_several_threads_get_their_own_answers(real_encoder: OpenVinoEncoder) -> None:
    texts = lengthening(12)
    expected = real_encoder.encode_passages(texts)
    with ThreadPoolExecutor(8) as pool:
        found = np.concatenate(list(pool.map(lambda text: real_encoder.encode_passages([text]), texts * 2)))
        parts = list(pool.map(lambda text: real_encoder.encode_with_sentences([text], halves([text])), texts))
    assert 1 - cosines(found, np.concatenate([expected, expected])).min() <= 1e-3
    assert 1 - cosines(np.concatenate([part.passages for part in parts]), expected).min() <= 1e-3
    together = real_encoder.encode_with_sentences(texts, halves(texts)).sentences
    assert 1 - cosines(np.concatenate([part.sentences for part in parts]), together).min() <= 1e-3


def test_who_else_asks_does_not_change_a_vector(real_encoder: OpenVinoEncoder) -> None:
    texts = [*NEWS, "Who met?", "Who met " + "and met " * QUESTION[1]]
    alone = [real_encoder.encode_queries([text])[0] for text in texts]
    with real_encoder._graph._for_one(real_encoder._graph._any):  # as somebody does who asks at the same time
        beside = [real_encoder.encode_queries([text])[0] for text in texts]
    assert all(np.array_equal(one, other) for one, other in zip(alone, beside, strict=True))


@pytest.fixture
def shapes(real_encoder: OpenVinoEncoder, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Those of all batches that run during a test."""
    kept: list[tuple[int, ...]] = []
    run = real_encoder._graph.run

    def seen(batches: Sequence[Batch], take: Take) -> None:
        kept.extend(batch.input_ids.shape for batch in batches)
        run(batches, take)

    monkeypatch.setattr(real_encoder._graph, "run", seen)
    return kept


def test_a_question_comes_in_one_shape_unless_it_is_long(
    real_encoder: OpenVinoEncoder, shapes: list[tuple[int, ...]]
) -> None:
    for words in (1, 5, QUESTION[1] - 2, QUESTION[1] - 1):  # two more tokens are the model's own
        real_encoder.encode_queries(["talks " * words])
    assert shapes == [QUESTION, QUESTION, QUESTION, (1, QUESTION[1] + 1)]


def test_many_texts_come_in_few_shapes(real_encoder: OpenVinoEncoder, shapes: list[tuple[int, ...]]) -> None:
    texts = [f"{'talks ' * (number % 40)}{number}" for number in range(700)]
    vectors = real_encoder.encode_passages(texts)
    assert len({width for _, width in shapes}) <= 6
    assert all(width % 8 == 0 and (height % 4 == 0 or height == TOKEN_BUDGET // width) for height, width in shapes)
    alone = np.concatenate([real_encoder.encode_passages([text]) for text in texts[::50]])
    assert 1 - cosines(alone, vectors[::50]).min() <= 1e-3


def test_a_question_is_nearest_to_what_answers_it(real_encoder: OpenVinoEncoder) -> None:
    question = real_encoder.encode_queries(["Which states agreed on fishing rights?"])[0]
    assert (real_encoder.encode_passages(NEWS) @ question).argmax() == 0


@pytest.mark.usefixtures("real_encoder")
def test_it_is_taken_by_itself_where_it_serves(cache: Path) -> None:
    assert isinstance(load_encoder(None, cache), OpenVinoEncoder)


def test_the_conversion_is_kept_and_says_how_well_it_agrees(real_encoder: OpenVinoEncoder, cache: Path) -> None:
    (folder,) = (cache / "models").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["model.bin", "model.xml", "recipe.json", "tokenizer.json"]
    assert folder.name.startswith(real_encoder.weights[:32])
    assert LEAST_AGREEMENT <= json.loads((folder / "recipe.json").read_text(encoding="utf-8"))["agreement"] <= 1.001


@pytest.mark.usefixtures("real_encoder")
def test_the_second_load_needs_no_torch_and_reports_to_nobody(cache: Path) -> None:
    code = """
import sys
from pathlib import Path
from indexer.encode import load_encoder
load_encoder(None, Path(sys.argv[1]), "openvino").encode_queries(["Who signed?"])
print([name for name in ("torch", "transformers", "sentence_transformers") if name in sys.modules])
import openvino.tools.ovc
print([name for name in sys.modules if name.startswith("openvino_telemetry") and sys.modules[name] is not None])
"""
    assert python(code, cache).splitlines() == ["[]", "[]"]


@pytest.mark.parametrize(
    "name", ["model.xml", "model.bin", "tokenizer.json"], ids=["the graph", "the weights", "the tokenizer"]
)
@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_conversion_with_a_damaged_file_is_put_away(tmp_path: Path, name: str, harm: str) -> None:
    folder = tmp_path / "conversion"
    folder.mkdir()
    for file in ("model.xml", "model.bin", "tokenizer.json"):
        (folder / file).write_text(file, encoding="utf-8")
    write_recipe(folder, **FIELDS)
    recipe = _read_recipe(folder)
    assert recipe is not None
    assert recipe.dimension == 3
    if harm == "gone":
        (folder / name).unlink()
    else:
        (folder / name).write_text("something else", encoding="utf-8")
    assert _read_recipe(folder) is None
    assert not folder.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"dimension": 384}', '{"unknown": 1}', "\x00"])
def test_a_conversion_with_an_unreadable_recipe_is_put_away(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "conversion"
    folder.mkdir()
    (folder / "recipe.json").write_text(text, encoding="utf-8")
    assert _read_recipe(folder) is None
    assert not folder.exists()


def test_a_damaged_conversion_is_converted_again(real_encoder: OpenVinoEncoder, cache: Path, tmp_path: Path) -> None:
    files = find_model(str(build_transformer(tmp_path)))
    (real,) = (cache / "models").iterdir()
    damaged = tmp_path / "models" / real.name.replace(real_encoder.weights[:32], files.weights[:32])
    shutil.copytree(real, damaged)
    (damaged / "model.bin").write_bytes(b"damage")
    mended = OpenVinoEncoder.load(files, tmp_path)
    assert list((tmp_path / "models").iterdir()) == [damaged]
    assert _read_recipe(damaged) is not None
    assert (mended.dimension, mended.encode_passages(["talks"]).shape) == (DIMENSION, (1, DIMENSION))
    assert mended._recipe.pools_means is False


@pytest.mark.filterwarnings("ignore")  # torch warns of what it traces
def test_a_model_whose_graph_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    files = find_model(str(build_static(tmp_path)))
    with pytest.raises(EncoderError, match="it cannot be converted: "):
        convert(files, tmp_path / "models" / "static")
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.filterwarnings("ignore")
def test_a_graph_that_disagrees_with_torch_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = find_model(str(build_transformer(tmp_path)))
    slow = TorchEncoder.encode_passages
    monkeypatch.setattr(TorchEncoder, "encode_passages", lambda self, texts: unit_rows(slow(self, texts) + 0.1))
    with pytest.raises(EncoderError, match=r"agrees with torch only to a cosine of 0\.\d{4}"):
        convert(files, tmp_path / "models" / "tiny")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_model_that_does_not_bear_the_faster_precision_is_served_in_the_exact_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = {"bf16": 0.99, "f32": 0.99999}
    told = {name: value for name, value in FIELDS.items() if name not in {"precision", "agreement"}}
    monkeypatch.setattr("indexer.openvino_convert._write_graph", lambda *_: dict(told))
    monkeypatch.setattr("indexer.openvino_convert._fastest", lambda *_: "bf16")
    monkeypatch.setattr("indexer.openvino_convert._agreement", lambda *given: measured[given[-1]["precision"]])
    convert(find_model(str(build_transformer(tmp_path))), tmp_path / "converted")
    recipe = _read_recipe(tmp_path / "converted")
    assert recipe is not None
    assert (recipe.precision, recipe.agreement) == ("f32", 0.99999)
