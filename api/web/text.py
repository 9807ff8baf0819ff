"""The texts of news as a page shows them, cut where something is marked, and joined again to the letter."""

from __future__ import annotations

from collections.abc import Iterator

from indexer.types import PARAGRAPH_BREAK, Passage, StoredArticle

_OPENING = 90
"""Characters of a passage by which a reader tells whether to open it."""


def opening(text: str, longest: int = _OPENING) -> str:
    """The first words of a text; the first characters where it is written without spaces."""
    if len(text) <= longest:
        return text
    return f"{text[:longest].rpartition(' ')[0] or text[:longest]} …"


def segments(text: str, spans: tuple[tuple[int, int], ...], start: int = 0) -> Iterator[tuple[str, bool]]:
    """A text that begins at ``start`` in its article, cut at the edges of marked spans: (piece, marked)."""
    at = start
    for low, high in spans:
        yield text[at - start : low - start], False
        yield text[low - start : high - start], True
        at = high
    yield text[at - start :], False


Piece = tuple[str, int | None]
"""A part of a paragraph, with the ordinal of the passage that it is, None where it is none."""


def paragraphs(found: StoredArticle) -> Iterator[list[Piece]]:
    """The paragraphs of an article in their pieces, which join to its text; most have one, crumbs have no passage."""
    start = 0
    for text in found.article.text.split(PARAGRAPH_BREAK):
        end = start + len(text)
        yield list(_pieces(text, start, [passage for passage in found.passages if start <= passage.start < end]))
        start = end + len(PARAGRAPH_BREAK)


def _pieces(text: str, start: int, passages: list[Passage]) -> Iterator[Piece]:
    at = start
    for passage in passages:
        if at < passage.start:
            yield text[at - start : passage.start - start], None
        yield passage.text, passage.ordinal
        at = passage.end
    if at < start + len(text):
        yield text[at - start :], None
