"""One document to all that is stored of it but its vectors: pure, and light enough for a process of its own."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.duplicates import sketch
from indexer.errors import DocumentError, NoLongerThere
from indexer.extract import extract
from indexer.items import Failure, RawDocument, Vanished
from indexer.passages import Splitting, split
from indexer.types import Article, Passage


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article, its passages in order, and the sketch of its text by which copies of it are found.

    Without passages it is still to be split; an article that has been split has one at least.
    """

    article: Article
    passages: tuple[Passage, ...]
    sketch: bytes


Outcome = Prepared | Failure | Vanished
"""What becomes of a document."""


def prepare(raw: RawDocument, rule: Splitting | None) -> Prepared:
    """Understand, split and sketch a document; without a rule it is not split. Raises DocumentError."""
    article = extract(raw)
    return Prepared(article, tuple(split(article, rule)) if rule else (), sketch(article.text))


def attempt(raw: RawDocument, rule: Splitting | None) -> Outcome:
    """The same, with what a document cannot be taken for as its result. Raises MemoryError, and nothing else.

    A page that once gave an article and shows that it is no longer there gives Vanished.
    """
    try:
        return prepare(raw, rule)
    except NoLongerThere as error:
        if raw.visit and raw.visit.article_id:
            return Vanished(raw.visit.url, str(error))
        return Failure(raw.source, str(error), raw.input)
    except DocumentError as error:
        return Failure(raw.source, str(error), raw.input)
    except MemoryError:
        raise
    except RecursionError:
        return Failure(raw.source, "is nested too deeply", raw.input)
    except Exception as error:  # noqa: BLE001 - whatever one document brings about, the others are taken
        return Failure(
            raw.source, f"cannot be read, by a fault of Dragoman ({type(error).__name__}: {error})", raw.input
        )
