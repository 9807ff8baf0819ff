"""Turns a sentence-transformers model into an OpenVINO graph, and trusts the result only if it agrees with torch.

Run as a program: ``python -m indexer.openvino_convert NAME FOLDER WEIGHTS INTO``; the last line of its errors says why
a model cannot be converted.
"""

from __future__ import annotations

import math
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from indexer.encode import Vectors
from indexer.errors import EncoderError
from indexer.models import ModelFiles
from indexer.openvino_encoder import OpenVinoEncoder, Recipe, write_recipe
from indexer.openvino_graph import compile_graph, precisions
from indexer.openvino_quiet import openvino
from indexer.torch_encoder import TorchEncoder, load_transformer, passage_prompt, pools_means

LEAST_AGREEMENT = 0.999
"""The lowest cosine to torch that is taken; bf16 measures 0.9999 on the default model, a wrong pooling far less."""

_ROUNDS = 8
_WORTH_IT = 0.8
"""bf16 must take at most this share of the time of f32, for it costs a little accuracy."""

_PROBES = (
    "Who visited Pyongyang?",
    "The two foreign ministers met in Vienna on Friday and agreed to extend the talks until the end of June.",
    "Sanctions",
    "The Security Council voted 13 to none, with two abstentions, to extend the mandate of the mission for a year. "
    * 3,
)


class _Graph(torch.nn.Module):
    """The whole pipeline of modules (transformer, pooling, normalisation) as one function of two tensors.

    Where token outputs are of use (``pools_means``), it gives them beside the vectors.
    """

    def __init__(self, transformer: SentenceTransformer) -> None:
        super().__init__()
        self.stages = torch.nn.ModuleList(transformer)
        self.outputs = ["sentence_embedding", *(["token_embeddings"] if pools_means(transformer) else [])]

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        features: dict[str, Any] = {"input_ids": input_ids, "attention_mask": attention_mask}
        for stage in self.stages:
            features = stage(features)
        return tuple(features[name] for name in self.outputs)


def convert(files: ModelFiles, folder: Path) -> None:
    """Convert into ``folder``, all or nothing. Raises EncoderError where the graph cannot be made or disagrees."""
    transformer = load_transformer(files)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".converting-"))
    try:
        fields = _write_graph(transformer, work)
        fields["precision"] = _fastest(work / "model.xml", fields["max_tokens"])
        agreement = _agreement(files, transformer, work, fields)
        if agreement < LEAST_AGREEMENT and fields["precision"] != "f32":  # some models do not bear fewer digits
            fields["precision"] = "f32"
            agreement = _agreement(files, transformer, work, fields)
        if agreement < LEAST_AGREEMENT:
            raise EncoderError(f"its graph agrees with torch only to a cosine of {agreement:.4f}")
        write_recipe(work, **fields, agreement=agreement)
        _move(work, folder)
    except EncoderError:
        raise
    except Exception as error:
        raise EncoderError(f"it cannot be converted: {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write_graph(transformer: SentenceTransformer, folder: Path) -> dict[str, Any]:
    tokenizer = transformer.tokenizer
    if getattr(transformer[0], "do_lower_case", False):
        raise EncoderError("it lower-cases outside its tokenizer")
    example = torch.ones((2, 16), dtype=torch.int64)
    graph = openvino.convert_model(_Graph(transformer), example_input={"input_ids": example, "attention_mask": example})
    openvino.save_model(graph, folder / "model.xml", compress_to_fp16=False)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    return {
        "dimension": int(transformer.get_embedding_dimension()),
        "max_tokens": int(transformer.max_seq_length),
        "pad_id": int(tokenizer.pad_token_id or 0),
        "query_prompt": transformer.prompts.get("query") or "",
        "passage_prompt": passage_prompt(transformer),
        "pools_means": pools_means(transformer),
    }


def _fastest(graph: Path, max_tokens: int) -> str:
    """The faster precision: some processors have instructions for bf16 that are slower than those for f32."""
    batch = np.ones((16, min(128, max_tokens)), dtype=np.int64)
    requests = {precision: compile_graph(graph, precision).create_infer_request() for precision in precisions()}
    seconds = dict.fromkeys(requests, math.inf)
    for _ in range(_ROUNDS):  # taking turns, so that a busy moment of the machine strikes both
        for precision, request in requests.items():
            began = time.perf_counter()
            request.infer({"input_ids": batch, "attention_mask": batch})
            seconds[precision] = min(seconds[precision], time.perf_counter() - began)
    return "bf16" if seconds.get("bf16", math.inf) < _WORTH_IT * seconds["f32"] else "f32"


def _agreement(files: ModelFiles, transformer: SentenceTransformer, folder: Path, fields: dict[str, Any]) -> float:
    """The lowest cosine between both backends over a few texts of different lengths, as questions and as passages."""
    fast = OpenVinoEncoder(files, folder, Recipe(**fields, agreement=0.0, files={}))
    slow = TorchEncoder(files, transformer)
    pairs: list[tuple[Vectors, Vectors]] = [
        (fast.encode_queries(_PROBES), slow.encode_queries(_PROBES)),
        (fast.encode_passages(_PROBES), slow.encode_passages(_PROBES)),
    ]
    return float(min(np.einsum("ij,ij->i", a, b).min() for a, b in pairs))


def _move(work: Path, folder: Path) -> None:
    try:
        work.rename(folder)
    except OSError:
        if not (folder / "recipe.json").exists():  # another process that converted the same model may have won
            raise


if __name__ == "__main__":
    try:
        convert(ModelFiles(sys.argv[1], Path(sys.argv[2]), sys.argv[3]), Path(sys.argv[4]))
    except EncoderError as problem:
        sys.exit(" ".join(str(problem).split()))
