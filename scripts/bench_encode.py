#!/usr/bin/env python3
"""Encoding speed of both backends side by side, and how well their vectors agree.

Usage: bench_encode.py [--passages N] [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
from machine import describe

from indexer.encode import Encoder, load_encoder
from indexer.extract import extract
from indexer.items import RawDocument
from indexer.passages import Splitting, embedded_texts, split
from indexer.readers.files import read_files
from indexer.settings import Settings

BRIEFS = Path(__file__).resolve().parents[1] / "seeds" / "briefs"
QUESTION = "Who went to Pyongyang while Kishida was in Washington?"


def passages(encoder: Encoder, wanted: int) -> list[str]:
    """What is encoded for the passages of the starter corpus."""
    rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
    articles = [extract(raw) for raw in read_files([BRIEFS]) if isinstance(raw, RawDocument)]
    parts = ((article.meta, [part.text for part in split(article, rule)]) for article in articles)
    return [text for meta, texts in parts for text in embedded_texts(meta, texts, rule)][:wanted]


def seconds(encoder: Encoder, texts: list[str], *, questions: bool = False) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    (encoder.encode_queries if questions else encoder.encode_passages)(texts)
    return time.perf_counter() - began


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cache = Settings.from_environment().cache
    encoders = {name: load_encoder(None, cache, name) for name in ("torch", "openvino")}
    texts = passages(encoders["openvino"], arguments.passages)
    pieces = sum(encoders["openvino"].count_tokens(texts)) / len(texts)
    vectors = {name: encoder.encode_passages(texts) for name, encoder in encoders.items()}  # warms up, too
    rates: dict[str, list[float]] = {name: [] for name in encoders}
    waits: dict[str, list[float]] = {name: [] for name in encoders}
    for _ in range(arguments.rounds):  # taking turns, so that a busy moment of the machine strikes both
        for name, encoder in encoders.items():
            rates[name].append(len(texts) / seconds(encoder, texts))
            waits[name] += [1000 * seconds(encoder, [QUESTION], questions=True) for _ in range(20)]
    print(describe())
    print(f"{len(texts)} passages of {pieces:.0f} word pieces on average, {arguments.rounds} rounds in turn, medians\n")
    print("| backend | passages a second | one question, ms |\n|---|---|---|")
    for name in encoders:
        print(f"| {name} | {statistics.median(rates[name]):.0f} | {statistics.median(waits[name]):.1f} |")
    cosines = np.einsum("ij,ij->i", vectors["torch"], vectors["openvino"])
    print(f"\ncosine between both: mean {cosines.mean():.6f}, lowest {cosines.min():.6f}")


if __name__ == "__main__":
    main()
