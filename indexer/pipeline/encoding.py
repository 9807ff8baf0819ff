"""Passages to vectors: what an article had before, to the letter, keeps the vectors that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from indexer.engine import Engine
from indexer.passages import Splitting, embedded_texts
from indexer.pooling import Encoded, Span
from indexer.types import Metadata, Passage


class Text(NamedTuple):
    """What is encoded for a passage, and where the passage's sentences stand in it."""

    text: str
    sentences: tuple[Span, ...]


Compute = Callable[[Sequence[Text]], Encoded]


def texts_of(meta: Metadata, passages: Sequence[Passage], rule: Splitting) -> list[Text]:
    """What is encoded for the passages of an article."""
    texts = embedded_texts(meta, [part.text for part in passages], rule)
    return [Text(text, tuple(in_text(part, text))) for part, text in zip(passages, texts, strict=True)]


def in_text(passage: Passage, text: str) -> list[Span]:
    """Where a passage's sentences stand in what is encoded for it, which ends with the passage."""
    moved = len(text) - passage.end
    return [(moved + start, moved + end) for start, end in passage.sentences]


def known_vectors(engine: Engine, article_ids: Sequence[str], rule: Splitting) -> dict[Text, Encoded]:
    """The vectors that articles have now, by what was encoded for them."""
    found: dict[Text, Encoded] = {}
    for stored, encoded in engine.encoded(article_ids).values():
        texts = texts_of(stored.article.meta, stored.passages, rule)
        found.update(zip(texts, _each(texts, encoded), strict=True))
    return found


def encoded(texts: Sequence[Text], known: Mapping[Text, Encoded], compute: Compute) -> Encoded:
    """The vectors of all texts, in their order; those of texts that are not known are computed."""
    unknown = [text for text in texts if text not in known]
    if len(unknown) == len(texts):
        return compute(texts)
    computed = _each(unknown, compute(unknown)) if unknown else iter(())
    parts = [known[text] if text in known else next(computed) for text in texts]
    return Encoded(*map(np.concatenate, zip(*parts, strict=True)))


def _each(texts: Sequence[Text], vectors: Encoded) -> Iterator[Encoded]:
    """The rows of each text."""
    first = 0
    for place, text in enumerate(texts):
        end = first + len(text.sentences)
        yield Encoded(vectors.passages[place : place + 1], vectors.sentences[first:end])
        first = end
