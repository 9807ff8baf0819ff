"""The fast CPU path: the same weights as an OpenVINO graph, in bf16 where that is faster on this processor.

A model is converted once with torch, compared with torch on a few texts, and cached by the hash of its
weights; from then on neither torch nor transformers is imported to index or to answer a question.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from indexer.counting import PieceCounter
from indexer.encode import Vectors, batches, encode_spans, unit_rows
from indexer.errors import EncoderError
from indexer.models import ModelFiles, file_sha256
from indexer.openvino_graph import QUESTION, Batch, Graph, Outputs
from indexer.openvino_quiet import openvino, openvino_core
from indexer.pooling import Encoded, Span, sentence_means

log = logging.getLogger(__name__)

_FORM = 2
"""Counts the changes of what a conversion holds; one of another form is made anew."""

_LENGTHS, _ROWS = 8, 4
"""Where there are several batches, their lengths and, but for full ones, their heights are multiples of these."""

TOKEN_BUDGET = 2048
"""Tokens in a batch: much larger ones fall out of the cache, much smaller ones leave cores idle."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a converted model needs besides its graph and its tokenizer."""

    dimension: int
    max_tokens: int
    pad_id: int
    query_prompt: str
    passage_prompt: str
    pools_means: bool
    """Whether the graph gives token outputs, too, whose means are vectors of sentences."""
    precision: str
    agreement: float
    """The lowest cosine to torch that was measured."""
    files: dict[str, str]
    """SHA-256 of each file of the conversion."""


Pool = Callable[[int, Encoding, npt.NDArray[np.float32]], None]
"""Given the position of a text, its tokens and their outputs (at least as many, dimension), while these are there."""


class OpenVinoEncoder:
    """A converted model."""

    def __init__(self, files: ModelFiles, folder: Path, recipe: Recipe, threads: int | None = None) -> None:
        self.model, self.weights = files.name, files.weights
        self.dimension, self.max_tokens = recipe.dimension, recipe.max_tokens
        self._recipe = recipe
        self.counter = PieceCounter((folder / "tokenizer.json").read_text(encoding="utf-8"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(recipe.max_tokens)
        self._graph = Graph(folder / "model.xml", recipe.precision, threads)

    @classmethod
    def load(cls, files: ModelFiles, cache: Path, threads: int | None = None) -> OpenVinoEncoder:
        """Open the cached conversion, or convert now. Raises EncoderError where the model cannot be converted."""
        folder = cache / "models" / f"{files.weights[:32]}-{_platform()[:8]}"
        recipe = _read_recipe(folder)
        if recipe is None:
            _convert(files, folder)
            recipe = _read_recipe(folder)
        if recipe is None:
            raise EncoderError(f"the conversion in {folder} is damaged: delete that folder and run again")
        return cls(files, folder, recipe, threads)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._recipe.query_prompt + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._recipe.passage_prompt + text for text in texts])

    def encode_with_sentences(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> Encoded:
        if not self._recipe.pools_means:
            return encode_spans(self, texts, sentences)
        prompt = self._recipe.passage_prompt
        means: list[npt.NDArray[np.float32]] = [np.empty((0, self.dimension), dtype=np.float32)] * len(texts)

        def pool(position: int, encoding: Encoding, tokens: npt.NDArray[np.float32]) -> None:
            spans = [(len(prompt) + start, len(prompt) + end) for start, end in sentences[position]]
            means[position] = sentence_means(tokens, encoding.offsets, spans)

        passages = self._encode([prompt + text for text in texts], pool)
        return Encoded(passages, unit_rows(np.concatenate([passages[:0], *means])))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.counter(texts)

    def _encode(self, texts: list[str], pool: Pool | None = None) -> Vectors:
        encodings = self._tokenizer.encode_batch(texts)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        groups = list(batches([self._width(len(encoding.ids)) for encoding in encodings], TOKEN_BUDGET))

        def take(number: int, outputs: Outputs) -> None:
            vectors[groups[number]] = outputs[0][: len(groups[number])]
            if pool is not None:
                for position, tokens in zip(groups[number], outputs[1], strict=False):
                    pool(position, encodings[position], tokens)

        shape = self._shape if len(groups) > 1 else self._shape_alone
        rows = [[encodings[position].ids for position in group] for group in groups]
        self._graph.run([self._padded(some, *shape(some)) for some in rows], take)
        return unit_rows(vectors)

    def _width(self, length: int) -> int:
        return min(_up(length, _LENGTHS), self.max_tokens)

    def _shape(self, rows: list[list[int]]) -> tuple[int, int]:
        """One of few: of each that comes up, the graph keeps half a MB of what it has made for it."""
        width = self._width(max(map(len, rows)))
        return min(_up(len(rows), _ROWS), max(len(rows), TOKEN_BUDGET // width)), width

    def _shape_alone(self, rows: list[list[int]]) -> tuple[int, int]:
        """Of a batch alone: a short text takes that of questions, with a graph of their own; others stay as is."""
        exactly = len(rows), max(map(len, rows))
        fits = exactly[0] == QUESTION[0] and exactly[1] <= QUESTION[1] <= self.max_tokens
        return QUESTION if fits else exactly

    def _padded(self, rows: list[list[int]], height: int, width: int) -> Batch:
        """The last row stands in for those that are missing: a row without any token would divide by 0."""
        ids = np.full((height, width), self._recipe.pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for position, row in enumerate(rows + rows[-1:] * (height - len(rows))):
            ids[position, : len(row)] = row
            mask[position, : len(row)] = 1
        return Batch(ids, mask)


def _up(number: int, step: int) -> int:
    return -(-number // step) * step


def _convert(files: ModelFiles, folder: Path) -> None:
    """Convert in a process of its own, so that torch's memory goes when it is done. Raises EncoderError."""
    log.info("converting %s once for this processor", files.name)
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(  # noqa: S603 - our own module with paths we made
        [sys.executable, "-W", "ignore", "-m", "indexer.openvino_convert", *astuple(files), folder],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    if done.returncode:
        raise EncoderError(done.stderr.strip().rpartition("\n")[2] or f"conversion ended with {done.returncode}")


def _platform() -> str:
    """A hash of what else a conversion depends on: its form, OpenVINO's version, the processor it was timed on."""
    processor = openvino_core().get_property("CPU", "FULL_DEVICE_NAME")
    return hashlib.sha256(f"{_FORM} {openvino.__version__} {processor}".encode()).hexdigest()


def write_recipe(folder: Path, **fields: Any) -> None:
    """Write the recipe, with the hashes of the files beside it."""
    hashes = {path.name: file_sha256(path) for path in sorted(folder.iterdir())}
    (folder / "recipe.json").write_text(json.dumps(asdict(Recipe(**fields, files=hashes)), indent=1), encoding="utf-8")


def _read_recipe(folder: Path) -> Recipe | None:
    """The recipe of an intact conversion; None where there is none, or where a file is not what was written."""
    if not folder.exists():
        return None
    try:
        recipe = Recipe(**json.loads((folder / "recipe.json").read_text(encoding="utf-8")))
        if all(file_sha256(folder / name) == digest for name, digest in recipe.files.items()):
            return recipe
    except (OSError, ValueError, TypeError):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    return None
