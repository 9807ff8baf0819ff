#!/usr/bin/env python3
"""Encoding speed side by side: what people write with sentence-transformers, and ours with torch and with OpenVINO.

Usage: bench_encode.py [--passages N] [--rounds N]

Also printed: how well the vectors agree, and which share of what the processor can do at most is done, by the largest
product of matrices that OpenVINO and torch compute here.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from machine import describe
from openvino import opset13 as op
from sentence_transformers import SentenceTransformer

from indexer.encode import Encoder, load_encoder
from indexer.extract import extract
from indexer.items import RawDocument
from indexer.models import find_model
from indexer.openvino_quiet import openvino, openvino_core
from indexer.passages import Splitting, embedded_texts, split
from indexer.readers.files import read_files
from indexer.settings import Settings

BRIEFS = Path(__file__).resolve().parents[1] / "seeds" / "briefs"
QUESTION = "Who went to Pyongyang while Kishida was in Washington?"

LAYERS, WIDE, INNER = 6, 384, 1536
"""Of all-MiniLM-L6-v2: a word piece takes two operations for each weight of its layers, attention not counted."""

_SIZE = 2048
"""Rows and columns of the matrices whose product is the most that the processor does."""


def passages(encoder: Encoder, wanted: int) -> list[str]:
    """What is encoded for the passages of the starter corpus."""
    rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
    articles = [extract(raw) for raw in read_files([BRIEFS]) if isinstance(raw, RawDocument)]
    parts = ((article.meta, [part.text for part in split(article, rule)]) for article in articles)
    return [text for meta, texts in parts for text in embedded_texts(meta, texts, rule)][:wanted]


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def products() -> dict[str, Callable[[], object]]:
    """Large products of matrices, by what computes them."""
    some = torch.randn(_SIZE, _SIZE).to(torch.bfloat16)
    found: dict[str, Callable[[], object]] = {"torch, bf16": lambda: some @ some}
    given = np.random.default_rng(0).standard_normal((_SIZE, _SIZE), dtype=np.float32)
    rows = op.parameter([_SIZE, _SIZE], dtype=np.float32)
    model = openvino.Model([op.matmul(rows, op.constant(given), transpose_a=False, transpose_b=False)], [rows])
    for precision in ("f32", "bf16"):
        request = openvino_core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision})
        found[f"OpenVINO, {precision}"] = partial(
            request.create_infer_request().infer, [given], share_inputs=True, share_outputs=True
        )
    return found


def gigaflops(work: Sequence[float]) -> float:
    """The most billions of operations a second of some products, by the seconds that they took."""
    return 2 * _SIZE**3 / min(work) / 1e9


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cache = Settings.from_environment().cache
    plain = SentenceTransformer(str(find_model().folder), device="cpu")
    torch_encoder, fast = (load_encoder(None, cache, name) for name in ("torch", "openvino"))
    texts = passages(fast, arguments.passages)
    pieces = sum(fast.count_tokens(texts))
    ways: dict[str, Callable[[Sequence[str]], object]] = {
        "sentence-transformers as it comes": lambda some: plain.encode(list(some), normalize_embeddings=True),
        "torch": torch_encoder.encode_passages,
        "openvino": fast.encode_passages,
    }
    largest = products()
    rates: dict[str, list[float]] = {name: [] for name in ways}
    waits: dict[str, list[float]] = {name: [] for name in ways}
    tops: dict[str, list[float]] = {name: [] for name in largest}
    for way in ways.values():  # warms up
        way(texts)
    for _ in range(arguments.rounds):  # taking turns, so that a busy moment of the machine strikes all
        for name, way in ways.items():
            rates[name].append(len(texts) / seconds(lambda way=way: way(texts)))  # type: ignore[misc]
            waits[name] += [1000 * seconds(lambda way=way: way([QUESTION])) for _ in range(20)]  # type: ignore[misc]
        for name, product in largest.items():
            tops[name] += [seconds(product) for _ in range(5)]
    print(describe())
    print(
        f"{len(texts)} passages of {pieces / len(texts):.0f} word pieces, {arguments.rounds} rounds in turn, medians\n"
    )
    print("| way | passages a second | least, most | one question, ms |\n|---|---|---|---|")
    for name, found in rates.items():
        spread = f"{min(found):.0f}, {max(found):.0f}"
        print(f"| {name} | {statistics.median(found):.0f} | {spread} | {statistics.median(waits[name]):.1f} |")
    middle = {name: statistics.median(found) for name, found in rates.items()}
    done = middle["openvino"] * pieces / len(texts) * 2 * LAYERS * (4 * WIDE**2 + 2 * WIDE * INNER) / 1e9
    print(
        f"\nopenvino is {middle['openvino'] / middle['sentence-transformers as it comes']:.1f} times as fast as plain"
    )
    print(f"openvino computes {done:.0f} GFLOP a second; products of {_SIZE} x {_SIZE}, the best of all:")
    for name, times in tops.items():
        print(f"  {name}: {gigaflops(times):.0f} ({done / gigaflops(times):.0%})")
    cosines = np.einsum("ij,ij->i", torch_encoder.encode_passages(texts), fast.encode_passages(texts))
    print(f"cosine between torch and openvino: mean {cosines.mean():.6f}, lowest {cosines.min():.6f}")


if __name__ == "__main__":
    main()
