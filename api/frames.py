"""Hits as a table of pandas, where it is installed: Dragoman itself does not need it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from api.citations import Cited
from api.standing import noticed
from indexer.errors import DragomanError
from indexer.types import Hit

if TYPE_CHECKING:
    import pandas as pd


class Row(NamedTuple):
    """A hit as a row. ``published`` is ISO 8601 as precise as it is known; ``citation`` is the reference in words.

    Hits with one ``origin`` are of one story; ``notice`` is what the publisher says of its own article since.
    """

    rank: int
    score: float
    title: str
    publisher: str | None
    published: str | None
    text: str
    url: str | None
    passage_id: str
    article_id: str
    version: int
    citation: str
    origin: str
    notice: str | None

    @classmethod
    def of(cls, hit: Hit) -> Row:
        article, passage = hit.article, hit.passage
        return cls(
            rank=hit.rank,
            score=hit.score,
            title=article.title,
            publisher=article.publisher,
            published=article.published.iso if article.published else None,
            text=passage.text,
            url=article.url,
            passage_id=passage.id,
            article_id=article.id,
            version=hit.version,
            citation=Cited.of(hit).citation.text,
            origin=hit.origin,
            notice=noticed(article.notice) if article.notice else None,
        )


def frame(hits: Iterable[Hit]) -> pd.DataFrame:
    """A row for each hit, with the columns of ``Row``; hits of several pages may be given in one go.

    Raises DragomanError where pandas is not installed.
    """
    try:
        pandas = import_module("pandas")
    except ImportError as error:
        raise DragomanError("a table of the hits needs pandas: pip install pandas") from error
    made: pd.DataFrame = pandas.DataFrame([Row.of(hit) for hit in hits], columns=list(Row._fields))
    return made
