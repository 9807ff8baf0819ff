"""Where else a story, or a passage, was published: the editions of the story, and other articles with a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from indexer.types import EDITIONS, Copy, Edition, Hit, Metadata, Passage

_NAMED = 3
"""Articles that are named in a line."""


class Appearance(NamedTuple):
    """An article, and the passage in it that says what a hit says; None where that is not known to be there."""

    article: Metadata
    passage: Passage | None


class Elsewhere(NamedTuple):
    """Appearances, ``EDITIONS`` at most, and how many there are beyond these; None is any number."""

    appearances: tuple[Appearance, ...]
    beyond: int | None

    def named(self, name: Callable[[Metadata], str], mark: str = ", ", most: int = _NAMED) -> str:
        """X, Y, Z and 12 others; "at least 12 others" where there may be more."""
        names = [name(one.article) for one in self.appearances]
        rest = max(0, len(names) - most) + (self.beyond or 0)
        if not rest and self.beyond is not None:
            return mark.join(names)
        least = "at least " if self.beyond is None else ""
        return f"{mark.join(names[:most])} and {least}{rest:,} {'other' if rest == 1 else 'others'}"


def published_by(hit: Hit) -> Elsewhere:
    """The other editions of a hit's story."""
    return editions_named(hit.editions, hit.copies)


def editions_named(editions: Sequence[Edition], copies: Iterable[Copy] = ()) -> Elsewhere:
    """Editions as a hit has them: where there are ``EDITIONS`` there may be more. ``copies`` tell their passages."""
    passages = {copy.article.id: copy.passage for copy in copies}
    found = [Appearance(edition.article, passages.get(edition.article.id)) for edition in editions[:EDITIONS]]
    return Elsewhere(tuple(found), 0 if len(found) < EDITIONS else None)


def also_in(hit: Hit) -> Elsewhere:
    """The articles with a copy of a hit's passage that are no editions of its story.

    Of a story with more editions than are named it cannot be told which are; then they are among its others.
    """
    if len(hit.editions) >= EDITIONS:
        return Elsewhere((), 0)
    named = {edition.article.id for edition in hit.editions}
    found = [Appearance(copy.article, copy.passage) for copy in hit.copies if copy.article.id not in named]
    return Elsewhere(tuple(found[:EDITIONS]), max(0, len(found) - EDITIONS))


def source(article: Metadata) -> str:
    """The publisher; the title where it is not known."""
    return article.publisher or f"“{article.title}”"
