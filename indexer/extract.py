"""RawDocument to Article: one entrance for JSON, Markdown, HTML and plain text.

Whatever cannot be taken raises DocumentError with a sentence that says what to mend. What neither a document nor its
source says stays unknown: no date, publisher, author or country is made up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import NoReturn

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from indexer.binary import binary_name
from indexer.charset import decoded
from indexer.clean import join_paragraphs, normalise, one_line, split_paragraphs
from indexer.errors import DocumentError
from indexer.extraction import fields
from indexer.extraction.canonical import canonical_url
from indexer.extraction.copied import read_copied
from indexer.extraction.markup import read_markdown
from indexer.extraction.notices import find_notice
from indexer.extraction.page import read_page
from indexer.items import RawDocument
from indexer.records import canonical, digest
from indexer.types import Article, Metadata, PartialDate, Reference

__all__ = ["canonical_url", "detect_language", "extract", "make_article"]

_DETECTABLE = 200
"""Below so many characters a classifier of languages mostly guesses."""
_DETECTED_FROM = 1000
"""So many characters decide; more cost time and change nothing."""
_CONFIDENT = 0.9
_FROM_SOURCE = "source"
"""Where a date of publication stood that the source of a document says, such as its feed or sitemap."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a document itself says, before its source is asked."""

    title: str | None
    paragraphs: Iterable[str]
    id: str | None = None
    url: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: PartialDate | None = None
    published_from: str | None = None
    updated: PartialDate | None = None
    language: str | None = None
    countries: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()


def extract(raw: RawDocument) -> Article:
    """Understand one document by its media type. Raises DocumentError, and nothing else, if it cannot be taken."""
    match raw.media_type:
        case "application/json":
            said = _read_json(raw)
        case "text/markdown":
            said = _read_markdown(raw)
        case "text/html":
            said = _read_html(raw)
        case "text/plain":
            said = _read_copied(raw)
        case _:
            raise DocumentError(f"media type {raw.media_type!r} is not one of JSON, Markdown, HTML and plain text")
    return _with_known(said, raw)


def make_article(
    *,
    source: str,
    title: str | None,
    paragraphs: Iterable[str],
    id: str | None = None,  # noqa: A002 - the name it has in Metadata
    url: str | None = None,
    publisher: str | None = None,
    authors: Iterable[str] = (),
    published: PartialDate | None = None,
    updated: PartialDate | None = None,
    language: str | None = None,
    countries: Iterable[str] = (),
    references: Iterable[Reference] = (),
    published_from: str | None = None,
    publisher_country: str | None = None,
    publisher_kind: str | None = None,
) -> Article:
    """Clean and check the parts of an article, give it its id and digest, and notice what it says of itself.

    ``paragraphs`` may be any pieces of text: they are split and cleaned here. The id is the given one, else
    made from the canonical URL, else from publisher, title and text. Raises DocumentError if title or text is
    missing, or if id, URL, language or a country is none.
    """
    text = join_paragraphs(clean for piece in paragraphs for clean in split_paragraphs(normalise(piece)))
    if not text:
        raise DocumentError("no text left after cleaning")
    title = one_line(title or "")
    if not title:
        raise DocumentError('title is missing: add a "title" field')
    publisher = one_line(publisher or "") or None
    url = fields.checked_address(url, "url")
    meta = Metadata(
        id=fields.checked_id(id) if id is not None else _made_id(url, publisher, title, text),
        title=title,
        url=url,
        publisher=publisher,
        authors=tuple(dict.fromkeys(filter(None, map(one_line, authors)))),
        published=published,
        updated=updated,
        language=fields.checked_language(language) if language else detect_language(text),
        countries=tuple(dict.fromkeys(map(fields.checked_country, countries))),
        references=tuple(references),
        published_from=published_from if published else None,
        publisher_country=fields.checked_country(publisher_country) if publisher_country else None,
        publisher_kind=one_line(publisher_kind or "") or None,
        notice=find_notice(title, text),
    )
    return Article(meta, text, digest(meta, text), source)


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of a text's language, or None if it is short or the classifier is not sure."""
    if len(text) < _DETECTABLE:
        return None
    language, probability = _identifier().classify(text[:_DETECTED_FROM])
    return language if probability >= _CONFIDENT else None


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _made_id(url: str | None, publisher: str | None, title: str, text: str) -> str:
    """The publisher counts: the same text at two publishers is two articles."""
    if url:
        return f"url-{hashlib.sha256(canonical_url(url).encode()).hexdigest()[:16]}"
    return f"text-{_sha256([publisher, title, text])[:16]}"


def _with_known(said: _Said, raw: RawDocument) -> Article:
    """The article, with what its source says in its place: a publisher that a person set above all, the rest below."""
    known = raw.known
    dated = said.published or known.published
    return make_article(
        source=raw.source,
        title=one_line(said.title or "") or known.title or _last_title(raw),
        paragraphs=said.paragraphs,
        id=said.id,
        url=said.url or raw.url,
        publisher=known.publisher or one_line(said.publisher or "") or known.name,
        authors=said.authors or known.authors,
        published=dated,
        published_from=said.published_from if said.published else _FROM_SOURCE,
        updated=said.updated or known.updated,
        language=said.language or known.language,
        countries=said.countries,
        references=said.references,
        publisher_country=known.country,
        publisher_kind=known.kind,
    )


def _last_title(raw: RawDocument) -> str | None:
    """Of Markdown, the name of its file, as a last resort."""
    return PurePath(raw.source).stem if raw.media_type == "text/markdown" else None


def _read_json(raw: RawDocument) -> _Said:
    try:
        data = json.loads(raw.content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise DocumentError(f"line is not UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise DocumentError("line is not JSON that can be read: it is nested too deeply") from None
    except ValueError as error:
        raise DocumentError(f"line is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise DocumentError(f"line is not a JSON object but {fields.shown(data)}: give one article object a line")
    if fields.given(data, "title") is None and not raw.known.title:
        raise DocumentError('title is missing: add a "title" field')
    if fields.given(data, "text") is None:
        raise DocumentError('text is missing: add a "text" field')
    return _from_fields(data, fields.strings(data, "text"), None)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _read_markdown(raw: RawDocument) -> _Said:
    """The title is the front matter's, else the leading heading's."""
    page = read_markdown(normalise(_text_of(raw)))
    return _from_fields(page.fields, page.paragraphs, page.title)


def _read_html(raw: RawDocument) -> _Said:
    page = read_page(_text_of(raw), raw.url, raw.fetched_at)
    return _Said(
        title=page.title,
        paragraphs=page.paragraphs,
        url=page.url,
        publisher=page.publisher,
        authors=page.authors,
        published=page.published,
        published_from=page.published_from,
        updated=page.updated,
    )


def _read_copied(raw: RawDocument) -> _Said:
    page = read_copied(normalise(_text_of(raw)))
    return _Said(
        title=page.title,
        paragraphs=page.paragraphs,
        publisher=page.publisher,
        authors=page.authors,
        published=page.published,
        published_from="text",
        updated=page.updated,
    )


def _text_of(raw: RawDocument) -> str:
    if name := binary_name(raw.content):
        raise DocumentError(f"{name}, not text: give text, Markdown, HTML or JSON lines")
    markup = raw.media_type == "text/html"
    return decoded(raw.content, raw.charset, markup=markup, language=raw.known.language)


def _from_fields(data: Mapping[str, object], paragraphs: Iterable[str], title: str | None) -> _Said:
    """What the fields say that JSON lines and front matter share. Their dates stand in no page, so nowhere is named."""
    return _Said(
        title=fields.short_text(data, "title", fields.MAX_TITLE) or title,
        paragraphs=paragraphs,
        id=fields.identifier(data),
        url=fields.text(data, "url"),
        publisher=fields.short_text(data, "publisher", fields.MAX_NAME),
        authors=tuple(fields.authors(data)),
        published=fields.partial_date(data, "published", "date"),
        updated=fields.partial_date(data, "updated"),
        language=fields.text(data, "language"),
        countries=tuple(fields.strings(data, "countries")),
        references=tuple(fields.references(data)),
    )
