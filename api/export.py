"""A result as a file to work with elsewhere: CSV, JSON lines, and the formats of citations."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from api.citations import Cited
from api.citing.formats import FORMATS
from api.elsewhere import published_by, source
from api.schemas import HitOut
from api.standing import noticed
from indexer.types import Hit

COLUMNS = (
    *("rank", "score", "title", "publisher", "authors", "published", "language", "countries", "quote", "sentence"),
    *("url", "citation", "article_id", "version", "passage_id", "start", "end", "sha256"),
    *("origin", "also_published_by", "notice", "vanished"),
)
"""Of the CSV file, in their order."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection."""


class Export(NamedTuple):
    """A form of a result: its media type, the ending of its file's name, and what writes it."""

    media_type: str
    extension: str
    write: Callable[[Sequence[Hit]], str]


def as_csv(hits: Sequence[Hit]) -> str:
    """A table (RFC 4180) with a line for each hit; it begins with a byte order mark, by which spreadsheets know UTF-8.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, hits))
    return f"\ufeff{lines.getvalue()}"


def _row(hit: Hit) -> list[str | int | float]:
    article, citation = hit.article, Cited.of(hit).citation
    sentence = " ".join(
        hit.passage.text[low - hit.passage.start : high - hit.passage.start] for low, high in hit.highlights
    )
    words = (
        *(article.title, article.publisher, "; ".join(article.authors), article.published and article.published.iso),
        *(article.language, "; ".join(article.countries), citation.quote, sentence, citation.url, citation.text),
    )
    cells = [_harmless(word or "") for word in words]
    place = (_harmless(article.id), hit.version, _harmless(hit.passage.id), citation.start, citation.end)
    return [hit.rank, hit.score, *cells, *place, citation.sha256, *map(_harmless, _standing(hit))]


def _standing(hit: Hit) -> tuple[str, ...]:
    """What shows how far it can be relied on; hits with one origin are one story."""
    others = "; ".join(source(one.article) for one in published_by(hit).appearances)
    notice = noticed(hit.article.notice) if hit.article.notice else ""
    return hit.origin, others, notice, hit.vanished.isoformat() if hit.vanished else ""


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def as_json_lines(hits: Sequence[Hit]) -> str:
    """A hit a line, each as in the answer of a search."""
    return "".join(f"{HitOut.of(hit).model_dump_json()}\n" for hit in hits)


def _cited(write: Callable[[Sequence[Cited]], str]) -> Callable[[Sequence[Hit]], str]:
    return lambda hits: write([Cited.of(hit) for hit in hits])


EXPORTS: Mapping[str, Export] = {
    "csv": Export("text/csv; charset=utf-8", "csv", as_csv),
    "jsonl": Export("application/jsonl", "jsonl", as_json_lines),
    **{name: Export(form.media_type, form.extension, _cited(form.write)) for name, form in FORMATS.items()},
}
"""All forms, by the name that callers give."""
