"""Answers to test what is shown of them, without a search: one paragraph of one article, and what is known of it."""

from __future__ import annotations

from api.answer import Answer
from indexer.types import Copy, Hit, IndexInfo, Metadata, Passage, Query

INFO = IndexInfo(7, 1234, 56789, "a-model", "weights", 384, "rule")
PARAGRAPH = "Ministers met in [bold]Vienna[/bold]. " + "They agreed on very little :100: and said so. " * 8


def hit(**known: object) -> Hit:
    """A hit in an article of which that is known; its first sentence answers."""
    article = Metadata(**{"id": "vienna", "title": "Ministers [i]meet[/i] :x:", **known})  # type: ignore[arg-type]
    passage = Passage("vienna", 3, 100, 100 + len(PARAGRAPH), PARAGRAPH)
    return Hit(1, 0.5, passage, article, 1, ((100, 137),))


def passage(article: str, ordinal: int = 0) -> Passage:
    return Passage(article, ordinal, 0, 4, "Met.")


def copy(article: str, **known: object) -> Copy:
    return Copy(passage(article), Metadata(**{"id": article, "title": f"Title of {article}", **known}), 1)  # type: ignore[arg-type]


def answered(*hits: Hit, **known: object) -> Answer:
    """An answer with these hits, of which that is known."""
    plain: dict[str, object] = {"query": Query("Who met?"), "periods": (), "answerable": 0.5, "is_answered": True}
    return Answer(**{**plain, "index": INFO, "took_ms": 1.5, **known, "hits": hits})  # type: ignore[arg-type]
