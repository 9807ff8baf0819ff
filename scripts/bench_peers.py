#!/usr/bin/env python3
"""How long other tools take to index the same passages with the same model and to answer the same questions.

Usage: bench_peers.py CORPUS --questions FILE --environments DIR [--passages N] [--encode N] [--only NAME ...]

CORPUS is what `dragoman add` reads. Passages are cut once, by Dragoman, and handed to the others ready to be encoded;
Dragoman itself reads, cleans and cuts the articles within its time. Each tool runs in a process of its own, in an
environment below DIR that is made, with pinned versions, where it is missing.

The others have sentence-transformers compute their vectors, which takes most of their time. With --encode they do so
for the first N passages alone, and are given the vectors of the rest; the time of indexing is then what was measured,
and for the rest what the first ones took.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import replace
from pathlib import Path

import numpy as np
from machine import describe

from api.search import Searcher, open_index
from indexer.build import add, writing
from indexer.encode import load_encoder
from indexer.items import RawDocument
from indexer.models import find_model
from indexer.passages import Splitting, embedded_texts
from indexer.pipeline.prepare import Prepared, attempt
from indexer.readers.files import read_files
from indexer.settings import Settings

PINNED = {
    "plain": ["faiss-cpu==1.15.1"],
    "txtai": ["txtai==9.14.0"],
    "chroma": ["chromadb==1.5.9"],
    "haystack": ["haystack-ai==3.4.0", "sentence-transformers-haystack==2.0.0"],
    "lancedb": ["lancedb==0.40.0", "pandas==3.1.1", "tantivy==0.27.0"],
    "milvus": ["pymilvus==3.0.2", "milvus-lite==3.2.2"],
}
COMMON = ["torch==2.13.0", "sentence-transformers==6.2.0"]

HYBRID = {"txtai", "haystack", "lancedb"}
"""Those that look for words, too, as Dragoman does."""


def cut(corpus: Path, wanted: int, work: Path) -> int:
    """Write so many passages as they are encoded, or a few more; says of how many documents they are."""
    encoder = load_encoder(None, Settings.from_environment().cache)
    rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
    written = 0
    with (work / "passages.jsonl").open("w", encoding="utf-8") as file:
        for count, raw in enumerate(read_files([corpus]), start=1):
            found = attempt(raw, rule) if isinstance(raw, RawDocument) else raw
            if not isinstance(found, Prepared):
                continue
            texts = embedded_texts(found.article.meta, [part.text for part in found.passages], rule)
            for part, text in zip(found.passages, texts, strict=True):
                file.write(json.dumps({"id": part.id, "text": text}) + "\n")
            written += len(texts)
            if written >= wanted:
                return count
    return sys.maxsize


def ours(corpus: Path, documents: int, work: Path, lend: int | None) -> None:
    """Index, ask, and print what that took, as peers.py does."""
    questions = (work / "questions.txt").read_text(encoding="utf-8").splitlines()
    began = time.perf_counter()
    with writing(replace(Settings.from_environment(), index=work / "dragoman")) as (engine, encoder):
        add(itertools.islice(read_files([corpus]), documents), engine, encoder)
    seconds = time.perf_counter() - began
    times, found = [], []
    with open_index(work / "dragoman") as searcher:
        for question in questions[:20]:
            searcher.search(f"{question} Who?")  # in other words, since vectors of questions are remembered
        for question in questions:
            began = time.perf_counter()
            found.append([hit.passage.id for hit in searcher.search(question).hits])
            times.append(1000 * (time.perf_counter() - began))
        if lend is not None:
            save_vectors(searcher, work, lend)
    print(json.dumps({"seconds": seconds, "times": times, "found": found}))


def save_vectors(searcher: Searcher, work: Path, first: int) -> None:
    """Write the vectors of the passages from a place on, NaN before it and for what is not in the index."""
    lines = (work / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    snapshot = searcher.engine.snapshot()
    rows = np.full((len(lines), snapshot.info.dimension), np.nan, dtype=np.float32)
    for place, line in enumerate(lines[first:], first):
        article, _, ordinal = json.loads(line)["id"].rpartition(":")
        if (found := snapshot.passage(article, int(ordinal))) is not None:
            rows[place] = snapshot.vectors([found.number])[0]
    np.save(work / "vectors.npy", rows)


def environment(name: str, folder: Path) -> str:
    """The Python of a tool's environment, made where it is missing."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        venv.create(folder / name, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *COMMON, *PINNED[name]], check=True)
    return str(python)


def measured(name: str, command: list[str]) -> None:
    """Run one tool and print its line of the table; what it says of itself goes to standard error."""
    quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=quiet, check=False)
    if done.returncode:
        print(f"| {name} | ended with {done.returncode} | | | |", flush=True)
        return
    found = json.loads(done.stdout.strip().rpartition("\n")[2])
    cuts = statistics.quantiles(found["times"], n=100)
    if found.get("encoded"):
        found["seconds"] += (found["passages"] - found["encoded"]) * found["encoding"] / found["encoded"]
    kind = "hybrid" if name in HYBRID or name == "dragoman" else "vectors"
    print(f"| {name} | {kind} | {found['seconds']:.0f} | {cuts[49]:.1f} | {cuts[98]:.1f} |", flush=True)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--environments", type=Path)
    parser.add_argument("--passages", type=int, default=30_000)
    parser.add_argument("--encode", type=int, help="passages that others encode themselves; by default all")
    parser.add_argument("--only", nargs="+", default=["dragoman", *PINNED], choices=["dragoman", *PINNED])
    parser.add_argument("--ours", nargs=2, metavar=("WORK", "DOCUMENTS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ours:
        ours(given.corpus, int(given.ours[1]), Path(given.ours[0]), given.encode)
        return
    if given.questions is None or given.environments is None:
        parser.error("name --questions and --environments")
    if given.encode is not None and given.only[0] != "dragoman":
        parser.error("--encode lends the vectors that dragoman computed: let it be the first of --only")
    given.environments.mkdir(parents=True, exist_ok=True)
    pythons = {name: environment(name, given.environments) for name in given.only if name != "dragoman"}
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        lines = given.questions.read_text(encoding="utf-8").splitlines()
        work.joinpath("questions.txt").write_text(
            "".join(f"{json.loads(line)['question']}\n" for line in lines), encoding="utf-8"
        )
        documents = cut(given.corpus, given.passages, work)
        count = len((work / "passages.jsonl").read_text(encoding="utf-8").splitlines())
        print(describe())
        print(f"{count:,} passages, {len(lines)} questions, one after the other, in-process, warm\n")
        print("| | looks for | indexing, s | p50, ms | p99, ms |\n|---|---|---|---|---|", flush=True)
        here, model = Path(__file__), str(find_model().folder)
        for name in given.only:
            if name == "dragoman":
                lend = [] if given.encode is None else ["--encode", str(given.encode)]
                own = [sys.executable, str(here), str(given.corpus), "--ours", scratch, str(documents), *lend]
                measured(name, own)
            else:
                measured(name, [pythons[name], str(here.with_name("peers.py")), name, model, scratch])


if __name__ == "__main__":
    main()
