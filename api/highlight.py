"""Which sentence of a passage answers: the one that shares most with the question."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.sentences import sentence_spans
from indexer.types import Passage
from indexer.words import content_words, words


def highlights(question: str, passage: Passage, language: str | None = None) -> tuple[tuple[int, int], ...]:
    """The answering sentence's (start, end) in the article's text; none where no sentence shares a word."""
    asked = set(content_words(question))
    spans = sentence_spans(passage.text, language)
    shared = [len(asked & set(words(passage.text[start:end]))) for start, end in spans]
    best = _first_best(shared)
    if best is None:
        return ()
    start, end = spans[best]
    return ((passage.start + start, passage.start + end),)


def _first_best(scores: Sequence[int]) -> int | None:
    if not scores or max(scores) == 0:
        return None
    return scores.index(max(scores))
