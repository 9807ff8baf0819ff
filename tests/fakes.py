"""Stands in for the model: a bag of hashed words, so that texts that share words are near each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from indexer.clean import join_paragraphs
from indexer.encode import Encoder, Vectors, unit_rows
from indexer.engine import Engine
from indexer.extract import make_article
from indexer.passages import Splitting, embedded_text, split
from indexer.types import Article, PartialDate
from indexer.words import words


class FakeEncoder:
    """An Encoder without a model; remembers every text it was given."""

    model = "fake"
    max_tokens = 64

    def __init__(self, dimension: int = 64, weights: str = "fake-weights") -> None:
        self.dimension = dimension
        self.weights = weights
        self.seen: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 6 + len(text.split()) for text in texts]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        self.seen += texts
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return unit_rows(np.stack([sum((self._word(word) for word in words(text)), self._word("")) for text in texts]))

    def _word(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
        return np.random.default_rng(seed).standard_normal(self.dimension)


def article(
    id: str,  # noqa: A002
    text: str | Sequence[str] = "One paragraph of some length about a summit.",
    title: str = "",
    **known: object,
) -> Article:
    """An article; ``published`` and ``updated`` may be ISO 8601 strings."""
    dates = {name: PartialDate.parse(str(known[name])) for name in ("published", "updated") if known.get(name)}
    paragraphs = [text] if isinstance(text, str) else [join_paragraphs(text)]
    return make_article(
        source=f"{id}.txt", id=id, title=title or f"Title of {id}", paragraphs=paragraphs, **{**known, **dates}
    )


def put(engine: Engine, encoder: Encoder, articles: Iterable[Article]) -> None:
    """Split, encode, store and publish articles."""
    rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
    rows = [(item, split(item, rule)) for item in articles]
    texts = [embedded_text(item.meta, part.text) for item, parts in rows for part in parts]
    engine.put([item for item, _ in rows], [parts for _, parts in rows], encoder.encode_passages(texts))
    engine.publish()
