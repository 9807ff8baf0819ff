"""Other tools over the same passages, each as its own documentation begins; run by bench_peers.py in environments of
their own, with nothing of ours.

Usage: peers.py NAME MODEL_FOLDER WORK_FOLDER

WORK_FOLDER has passages.jsonl ("id", "text") and questions.txt. Prints one line of JSON: the seconds of indexing,
the milliseconds of each question, and the ids of the ten passages found for each. Where it has vectors.npy, a row for
each passage and NaN where there is none, a tool is given these in place of what sentence-transformers would compute;
the line then says how many passages it encoded itself, and the seconds that took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

os.environ["TOKENIZERS_PARALLELISM"] = "true"

Search = Callable[[str], list[str]]
Peer = Callable[[str, Path, list[str], list[str]], Search]

K = 10
BATCH = 5_000
"""Passages handed over at once, where a tool takes no more."""


def plain(model: str, work: Path, ids: list[str], texts: list[str]) -> Search:
    """What people write themselves: sentence-transformers and a flat FAISS index, vectors alone."""
    import faiss
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(model, device="cpu")
    vectors = encoder.encode(texts, normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(work / "plain.faiss"))
    (work / "plain.json").write_text(json.dumps([ids, texts]), encoding="utf-8")

    def search(question: str) -> list[str]:
        _, rows = index.search(encoder.encode([question], normalize_embeddings=True), K)
        return [ids[row] for row in rows[0]]

    return search


def txtai(model: str, work: Path, ids: list[str], texts: list[str]) -> Search:
    """Sparse and dense index, with content."""
    from txtai import Embeddings

    embeddings = Embeddings(path=model, method="sentence-transformers", hybrid=True, content=True, gpu=False)
    embeddings.index(zip(ids, texts, [None] * len(ids), strict=True))
    embeddings.save(str(work / "txtai"))
    return lambda question: [str(found["id"]) for found in embeddings.search(question, K)]


def chroma(model: str, work: Path, ids: list[str], texts: list[str]) -> Search:
    """A persistent collection, vectors alone."""
    import chromadb
    from chromadb.config import Settings
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    client = chromadb.PersistentClient(str(work / "chroma"), Settings(anonymized_telemetry=False))
    function = SentenceTransformerEmbeddingFunction(model_name=model, device="cpu")
    collection = client.create_collection("news", embedding_function=function)
    for start in range(0, len(ids), BATCH):
        collection.add(ids=ids[start : start + BATCH], documents=texts[start : start + BATCH])
    return lambda question: list(collection.query(query_texts=[question], n_results=K)["ids"][0])


def haystack(model: str, work: Path, ids: list[str], texts: list[str]) -> Search:
    """BM25 and vectors in memory, joined by reciprocal rank fusion."""
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    try:
        from haystack.components.embedders import SentenceTransformersDocumentEmbedder, SentenceTransformersTextEmbedder
    except ImportError:  # moved to a package of their own in version 3
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
    getattr(embedder, "warm_up", lambda: None)()
    documents = [Document(id=name, content=text) for name, text in zip(ids, texts, strict=True)]
    store.write_documents(embedder.run(documents)["documents"])
    store.save_to_disk(str(work / "haystack.json"))
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=model, progress_bar=False))
    pipeline.add_component("dense", InMemoryEmbeddingRetriever(store, top_k=K))
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=K))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=K))
    pipeline.connect("embedder.embedding", "dense.query_embedding")
    pipeline.connect("dense", "joiner")
    pipeline.connect("words", "joiner")

    def search(question: str) -> list[str]:
        found: Any = pipeline.run({"embedder": {"text": question}, "words": {"query": question}})
        return [document.id for document in found["joiner"]["documents"]]

    return search


def lancedb(model: str, work: Path, ids: list[str], texts: list[str]) -> Search:
    """A table with vectors and a full-text index, searched as a hybrid."""
    import lancedb as lance
    from lancedb.embeddings import get_registry
    from lancedb.index import FTS
    from lancedb.pydantic import LanceModel, Vector

    embedder = get_registry().get("sentence-transformers").create(name=model, device="cpu")

    class Row(LanceModel):  # type: ignore[misc]
        id: str
        text: str = embedder.SourceField()
        vector: Vector(embedder.ndims()) = embedder.VectorField()  # type: ignore[valid-type]

    table = lance.connect(str(work / "lance")).create_table("news", schema=Row)
    table.add([{"id": name, "text": text} for name, text in zip(ids, texts, strict=True)])
    table.create_index("text", config=FTS())
    return lambda question: [row["id"] for row in table.search(question, query_type="hybrid").limit(K).to_list()]


def milvus(model: str, work: Path, ids: list[str], texts: list[str]) -> Search:
    """Milvus Lite in a file, vectors alone, encoded with sentence-transformers."""
    from pymilvus import MilvusClient
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(model, device="cpu")
    vectors = encoder.encode(texts, normalize_embeddings=True)
    client = MilvusClient(str(work / "milvus.db"))
    client.create_collection("news", dimension=vectors.shape[1])
    rows = [
        {"id": place, "vector": vector.tolist(), "name": name, "text": text}
        for place, (name, text, vector) in enumerate(zip(ids, texts, vectors, strict=True))
    ]
    for start in range(0, len(rows), BATCH):
        client.insert("news", rows[start : start + BATCH])

    def search(question: str) -> list[str]:
        vector = encoder.encode([question], normalize_embeddings=True)[0].tolist()
        found: Any = client.search("news", data=[vector], limit=K, output_fields=["name", "text"])
        return [hit["entity"]["name"] for hit in found[0]]

    return search


PEERS: dict[str, Peer] = {
    "plain": plain,
    "txtai": txtai,
    "chroma": chroma,
    "haystack": haystack,
    "lancedb": lancedb,
    "milvus": milvus,
}


def vectors_of(work: Path, texts: list[str]) -> dict[str, Any]:
    """The vectors that were computed before, by text."""
    if not (work / "vectors.npy").exists():
        return {}
    rows = zip(texts, np.load(work / "vectors.npy"), strict=True)
    return {text: row for text, row in rows if not np.isnan(row[0])}


class Lent:
    """Stands before sentence-transformers and hands out the vectors of texts that are known."""

    def __init__(self, known: dict[str, Any]) -> None:
        from sentence_transformers import SentenceTransformer

        self.encoded, self.seconds = 0, 0.0
        compute = SentenceTransformer.encode

        def encode(model: Any, inputs: Any, *given: Any, **named: Any) -> Any:
            wanted = [inputs] if isinstance(inputs, str) else list(inputs)
            unknown = [text for text in wanted if text not in known]
            if len(unknown) == len(wanted):
                began = time.perf_counter()
                found = compute(model, inputs, *given, **named)
                self.encoded += len(wanted)
                self.seconds += time.perf_counter() - began
                return found
            rest = iter(encode(model, unknown, *given, **named) if unknown else [])
            return np.stack([known[text] if text in known else next(rest) for text in wanted])

        SentenceTransformer.encode = encode


def main() -> None:
    """Index, ask, and print what that took."""
    name, model, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    lines = (work / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    questions = (work / "questions.txt").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    lent = Lent(vectors_of(work, [row["text"] for row in rows]))
    began = time.perf_counter()
    search = PEERS[name](model, work, [row["id"] for row in rows], [row["text"] for row in rows])
    seconds = time.perf_counter() - began
    encoding = {"encoded": lent.encoded, "encoding": lent.seconds, "passages": len(rows)}
    for question in questions[:20]:
        search(question)
    times, found = [], []
    for question in questions:
        began = time.perf_counter()
        found.append(search(question))
        times.append(1000 * (time.perf_counter() - began))
    print(json.dumps({"seconds": seconds, "times": times, "found": found, **encoding}))


if __name__ == "__main__":
    main()
