"""Stands in for the model: a bag of hashed words, so that texts that share words are near each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from indexer.clean import join_paragraphs
from indexer.encode import Encoder, Vectors, unit_rows
from indexer.engine import Engine, Evidence
from indexer.extract import make_article
from indexer.passages import Splitting, embedded_text, split
from indexer.pipeline.encoding import in_text
from indexer.pooling import Encoded, Span
from indexer.types import Article, PartialDate, Passage
from indexer.words import words


def count_pieces(texts: Sequence[str]) -> list[int]:
    """Word pieces as the fake model counts them."""
    return [len(text) // 6 + len(text.split()) for text in texts]


class FakeEncoder:
    """An Encoder without a model; remembers every text it was given, and the sentences apart from them."""

    model = "fake"
    counter = staticmethod(count_pieces)
    max_tokens = 64

    def __init__(self, dimension: int = 64, weights: str = "fake-weights") -> None:
        self.dimension = dimension
        self.weights = weights
        self.seen: list[str] = []
        self.sentences: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_with_sentences(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> Encoded:
        alone = [text[start:end] for text, spans in zip(texts, sentences, strict=True) for start, end in spans]
        self.sentences += alone
        return Encoded(self.encode_passages(texts), self._vectors(alone))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return count_pieces(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        self.seen += texts
        return self._vectors(texts)

    def _vectors(self, texts: Sequence[str]) -> Vectors:
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
    engine.put([item for item, _ in rows], [parts for _, parts in rows], encoded(encoder, rows))
    engine.publish()


def encoded(encoder: Encoder, rows: Iterable[tuple[Article, Sequence[Passage]]]) -> Encoded:
    """What an engine is given for articles with their passages."""
    flat = [(part, embedded_text(item.meta, part.text)) for item, parts in rows for part in parts]
    return encoder.encode_with_sentences([text for _, text in flat], [in_text(part, text) for part, text in flat])


def without_sentences(vectors: Vectors) -> Encoded:
    """For passages that were not cut into sentences."""
    return Encoded(vectors, np.empty((0, vectors.shape[1]), dtype=np.float32))


def evidence(size: int, words: int = 0, /, **known: object) -> Evidence:
    """Evidence for some passages, each alone in its article, about which nothing is known but what is given."""
    nothing, unknown = np.zeros(size, dtype=np.float32), np.full(size, np.nan, dtype=np.float32)
    plain = Evidence(
        dense=nothing,
        sentence=nothing,
        second=unknown,
        answering=np.zeros(size, dtype=np.int64),
        feedback=nothing,
        articles=np.arange(size),
        in_passage=np.zeros((size, words), dtype=np.bool_),
        in_title=np.zeros((size, words), dtype=np.bool_),
        frequencies=np.ones(words, dtype=np.int64),
        total=100,
        days=np.zeros((size, 2), dtype=np.int32),
        vectors=np.eye(size, dtype=np.float32),
        origins=np.arange(size),
    )
    given = {
        name: value if name == "total" else np.asarray(value, dtype=getattr(plain, name).dtype)
        for name, value in known.items()
    }
    given.setdefault("origins", given.get("articles", plain.articles))
    return plain._replace(**given)
