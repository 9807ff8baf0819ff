"""BM25 in tantivy, over passages with their titles.

Queries are built from analysed words, never parsed: a question may hold quotes, colons, operators or anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import tantivy
from tantivy import FieldType, Occur, Query

from indexer.clean import normalise
from indexer.embedded.columns import UNDATED, days
from indexer.embedded.labels import FIELDS
from indexer.types import Filters, Metadata, Scored
from indexer.words import analyzer, close_acronyms, content_words

_ANALYZER = "news_en"
_FIELDS = ("title", "text")
_MANAGED = ".managed.json"
"""In which tantivy lists the files that it may clear away."""
_HEAP = 64_000_000
"""Bytes of the writer's buffer; one thread fills it, so that the same passages always give the same index."""

_MOST_WORDS = 64
"""Different words of a question that are looked up; a pasted article is no question."""


class Lexical:
    """A tantivy index of passages, open for search."""

    def __init__(self, index: tantivy.Index) -> None:
        index.register_tokenizer(_ANALYZER, analyzer())
        self._schema = index.schema
        self._searcher = index.searcher()

    @classmethod
    def load(cls, folder: Path) -> Lexical:
        """Open what ``build`` wrote."""
        return cls(tantivy.Index.open(str(folder)))

    def search(self, text: str, k: int, filters: Filters = Filters()) -> list[Scored]:
        """The k best by BM25, best first; nothing for a text without a known word."""
        terms = content_words(normalise(text))
        return self._run(self._query(terms), k, [self._restrict(query) for query in self._conditions(filters)])

    @property
    def count(self) -> int:
        """How many documents there are."""
        return int(self._searcher.num_docs)

    def _run(self, query: Query, k: int, conditions: Sequence[Query]) -> list[Scored]:
        if conditions:  # inside another query tantivy does not pass over the passages that cannot be among the best
            query = Query.boolean_query([(Occur.Must, query), *((Occur.Must, condition) for condition in conditions)])
        hits = self._searcher.search(query, max(1, min(k, self.count)), count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return [Scored(int(number or 0), score) for (score, _), number in zip(hits, numbers, strict=True)]

    def _query(self, terms: Sequence[str]) -> Query:
        return Query.boolean_query(
            [
                (Occur.Should, Query.term_query(self._schema, field, term))
                for term in terms[:_MOST_WORDS]
                for field in _FIELDS
            ]
        )

    def _conditions(self, filters: Filters) -> Iterable[Query]:
        if filters.after or filters.before:
            yield self._days("first_day", UNDATED + 1, None)
        if filters.after:
            yield self._days("first_day", filters.after.first_day.toordinal(), None)
        if filters.before:
            yield self._days("last_day", None, filters.before.first_day.toordinal() - 1)
        for field in FIELDS:
            if field.asked(filters):
                yield Query.term_set_query(self._schema, field.name, list(field.wanted(filters)))

    def _days(self, field: str, low: int | None, high: int | None) -> Query:
        return Query.range_query(self._schema, field, FieldType.Integer, low, high)

    @staticmethod
    def _restrict(query: Query) -> Query:
        """A query that only lets through, adding nothing to the score."""
        return Query.boost_query(Query.const_score_query(query, 1.0), 0.0)


Document = tuple[int, Metadata, str]
"""A number, the metadata that filters look at, and the text."""


def build(folder: Path, documents: Iterable[Document]) -> None:
    """Write an index of (number, metadata, text) into an empty folder."""
    folder.mkdir(parents=True)
    _add(tantivy.Index(_schema(), path=str(folder)), [], documents)


def extend(folder: Path, earlier: Path, gone: Iterable[int], documents: Iterable[Document]) -> None:
    """The same from an index that is there, without the passages of some numbers and with these documents.

    Its files never change, so they are linked, not copied, where the file system can do that; whatever is made of them
    is another file.
    """
    folder.mkdir(parents=True)
    for path in earlier.iterdir():
        if path.name == _MANAGED or not path.name.startswith("."):
            _link(path, folder / path.name)
    _add(tantivy.Index.open(str(folder)), gone, documents)


def _link(path: Path, target: Path) -> None:
    """tantivy replaces what it lists files in, and does not write into it; a copy is safe in any case."""
    if path.suffix == ".json":
        shutil.copyfile(path, target)
        return
    try:
        target.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, target)


def _add(index: tantivy.Index, gone: Iterable[int], documents: Iterable[Document]) -> None:
    index.register_tokenizer(_ANALYZER, analyzer())
    writer = index.writer(_HEAP, 1)
    if numbers := list(gone):
        writer.delete_documents_by_query(Query.term_set_query(index.schema, "number", numbers))
    for number, meta, text in documents:
        writer.add_document(_document(number, meta, text))
    writer.commit()
    writer.wait_merging_threads()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in _FIELDS:
        builder.add_text_field(field, tokenizer_name=_ANALYZER, index_option="freq")
    for label in FIELDS:
        builder.add_text_field(label.name, tokenizer_name="raw", index_option="basic")
    for field in ("first_day", "last_day"):
        builder.add_integer_field(field, indexed=True, fast=True)
    builder.add_unsigned_field("number", indexed=True, fast=True)
    return builder.build()


def _document(number: int, meta: Metadata, text: str) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("number", number)
    document.add_text("title", close_acronyms(meta.title))
    document.add_text("text", close_acronyms(text))
    for label in FIELDS:
        for key in label.lets_in(meta):
            document.add_text(label.name, key)
    for field, day in zip(("first_day", "last_day"), days(meta), strict=True):
        document.add_integer(field, day)
    return document
