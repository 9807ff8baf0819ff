"""RawDocument to Article: one entrance for JSON, Markdown, HTML and plain text.

Whatever cannot be taken raises DocumentError with a sentence that says what to mend. What a document does not
say stays unknown: no date, publisher, author or country is made up.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import PurePath
from typing import NoReturn
from urllib.parse import urlsplit

import charset_normalizer
from courlan import normalize_url
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from indexer.clean import join_paragraphs, normalise, one_line, split_paragraphs
from indexer.copied import CopiedPage, read_copied
from indexer.errors import DocumentError
from indexer.markup import HtmlPage, declared_encoding, read_html, read_markdown
from indexer.records import canonical, digest
from indexer.types import Article, Metadata, PartialDate, RawDocument, Reference

_MAX_ID = 512
_NOT_IN_IDS = {"Cc", "Cs", "Zl", "Zp"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
# Exact names and unmistakable prefixes only: courlan's own list also drops "uid", "cid" and "source", by which
# some publishers tell their articles apart, and would make one article of a whole site.
_TRACKER = re.compile(
    r"(?:utm|mtm|itm|pk|at|hsa|vero|oly|ns|mc)_.+|[a-z]{1,5}clid|gbraid|wbraid|msclkid|igshid|_ga|_gl"
    r"|ref_src|ref_url|cmpid|cmp|ocid|ncid|smid|smtyp|xtor|__twitter_impression",
    re.IGNORECASE,
)

_DETECTABLE = 200
"""Below so many characters a classifier of languages mostly guesses."""
_DETECTED_FROM = 1000
"""So many characters decide; more cost time and change nothing."""
_CONFIDENT = 0.9

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSED_FROM = 64 * 2**10
_ASCII = re.compile(rb"[\x00-\x7f]*")
_SHOWN = 80


def extract(raw: RawDocument) -> Article:
    """Understand one document by its media type. Raises DocumentError, and nothing else, if it cannot be taken."""
    match raw.media_type:
        case "application/json":
            return _from_json(raw)
        case "text/markdown":
            return _from_markdown(raw)
        case "text/html":
            return _from_html(raw)
        case "text/plain":
            return _from_copied(raw)
    raise DocumentError(f"media type {raw.media_type!r} is not one of JSON, Markdown, HTML and plain text")


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
) -> Article:
    """Clean and check the parts of an article, give it its id and digest.

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
    url = _web_address(url, "url")
    meta = Metadata(
        id=_checked_id(id) if id is not None else _made_id(url, publisher, title, text),
        title=title,
        url=url,
        publisher=publisher,
        authors=tuple(dict.fromkeys(filter(None, map(one_line, authors)))),
        published=published,
        updated=updated,
        language=_checked_language(language) if language else detect_language(text),
        countries=tuple(dict.fromkeys(map(_checked_country, countries))),
        references=tuple(references),
    )
    return Article(meta, text, digest(meta, text), source)


def canonical_url(url: str) -> str:
    """One spelling for the addresses of one page: no fragment, no tracking parameters, host in lower case."""
    parts = urlsplit(url)
    query = sorted(part for part in parts.query.split("&") if part and not _TRACKER.fullmatch(part.partition("=")[0]))
    address = normalize_url(parts._replace(path=parts.path or "/", query="", fragment=""))
    return "?".join(filter(None, [address, "&".join(query)]))


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


def _checked_id(given: str) -> str:
    checked = given.strip()
    if not checked:
        raise DocumentError("id is empty: leave it out or give the article a name of its own")
    if len(checked) > _MAX_ID:
        raise DocumentError(f"id has {len(checked)} characters: at most {_MAX_ID} are allowed")
    if any(unicodedata.category(char) in _NOT_IN_IDS for char in checked):
        raise DocumentError(f"id {checked!r} holds a control character or a line break")
    return checked


def _web_address(given: str | None, field: str) -> str | None:
    """The address stripped, None for none. Raises DocumentError unless it is http or https."""
    address = one_line(given or "")
    if not address:
        return None
    try:
        parts = urlsplit(address)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in address
    except ValueError:
        valid = False
    if not valid:
        raise DocumentError(f"{field} {address!r} is not an address that starts with http:// or https://")
    return address


def _checked_language(given: str) -> str:
    if not _LANGUAGE.fullmatch(given.strip()):
        raise DocumentError(f'language {given!r} is not a code such as "en" or "pt-BR": leave it out if unknown')
    return given.strip()


def _checked_country(given: str) -> str:
    if not _COUNTRY.fullmatch(given.strip()):
        raise DocumentError(f'country {given!r} is not a two-letter code such as "NO"')
    return given.strip().upper()


def _from_json(raw: RawDocument) -> Article:
    try:
        data = json.loads(raw.content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise DocumentError(f"line is not UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise DocumentError("line is not JSON that can be read: it is nested too deeply") from None
    except ValueError as error:
        raise DocumentError(f"line is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise DocumentError(f"line is not a JSON object but {_shown(data)}: give one article object a line")
    if _given(data, "title") is None:
        raise DocumentError('title is missing: add a "title" field')
    if _given(data, "text") is None:
        raise DocumentError('text is missing: add a "text" field')
    return _from_fields(data, _strings(data, "text"), raw)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _from_markdown(raw: RawDocument) -> Article:
    """The title is the front matter's, else the leading heading's, else as a last resort the file's name."""
    page = read_markdown(normalise(_decoded(raw.content)))
    title = page.title or PurePath(raw.source).stem
    return _from_fields(page.fields, page.paragraphs, raw, title)


def _from_html(raw: RawDocument) -> Article:
    page = read_html(_decoded(raw.content, declared_encoding(raw.content)), raw.url)
    return _from_page(page, raw, page.url or raw.url)


def _from_copied(raw: RawDocument) -> Article:
    return _from_page(read_copied(normalise(_decoded(raw.content))), raw, raw.url)


def _from_page(page: HtmlPage | CopiedPage, raw: RawDocument, url: str | None) -> Article:
    return make_article(
        source=raw.source,
        title=page.title,
        paragraphs=page.paragraphs,
        url=url,
        publisher=page.publisher,
        authors=page.authors,
        published=page.published,
        updated=page.updated,
    )


def _decoded(content: bytes, declared: str | None = None) -> str:
    """Text from bytes: by its byte order mark, the declared encoding, as UTF-8, else by the likeliest guess.

    UTF-8 with some broken bytes stays UTF-8: hardly two characters of another encoding happen to be one of UTF-8.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, "replace")
    for encoding in filter(None, (declared, "utf-8")):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) - broken > broken:
        return text
    guess = charset_normalizer.from_bytes(_sample(content)).best()
    return content.decode(guess.encoding if guess else "cp1252", "replace")


def _sample(content: bytes) -> bytes:
    """The beginning of what is not UTF-8, ending behind white space, so that no character is cut in two."""
    ascii_only = _ASCII.match(content)
    start = ascii_only.end() if ascii_only and ascii_only.end() >= _GUESSED_FROM else 0
    sample = content[start : start + _GUESSED_FROM]
    if start + len(sample) == len(content):
        return sample
    return sample[: max(sample.rfind(b"\n"), sample.rfind(b" ")) + 1] or sample


def _from_fields(
    data: Mapping[str, object], paragraphs: Iterable[str], raw: RawDocument, title: str | None = None
) -> Article:
    """An article by the fields that JSON lines and front matter share."""
    return make_article(
        source=raw.source,
        title=_text(data, "title") or title,
        paragraphs=paragraphs,
        id=_id(data),
        url=_text(data, "url") or raw.url,
        publisher=_text(data, "publisher"),
        authors=_strings(data, "authors", "author"),
        published=_date(data, "published", "date"),
        updated=_date(data, "updated"),
        language=_text(data, "language"),
        countries=_strings(data, "countries"),
        references=_references(data),
    )


def _given(data: Mapping[str, object], *names: str) -> tuple[str, object] | None:
    """The first of the fields that is there and not null, with its name."""
    return next(((name, data[name]) for name in names if data.get(name) is not None), None)


def _text(data: Mapping[str, object], *names: str) -> str | None:
    match _given(data, *names):
        case None:
            return None
        case (_, str(value)):
            return value
        case (name, value):
            raise DocumentError(f"{name} is {_shown(value)}, not a string")


def _id(data: Mapping[str, object]) -> str | None:
    given = _given(data, "id", "doc_id")
    if given and isinstance(given[1], int) and not isinstance(given[1], bool):
        return str(given[1])
    return _text(data, "id", "doc_id")


def _strings(data: Mapping[str, object], *names: str) -> list[str]:
    """A list of strings, or one string as a list of one."""
    match _given(data, *names):
        case None:
            return []
        case (_, str(value)):
            return [value]
        case (name, list(values)):
            if odd := [value for value in values if not isinstance(value, str)]:
                raise DocumentError(f"{name} holds {_shown(odd[0])}, which is not a string")
            return values
        case (name, value):
            raise DocumentError(f"{name} is {_shown(value)}, not a string or a list of strings")


def _date(data: Mapping[str, object], *names: str) -> PartialDate | None:
    """A date at its own precision. An unreadable one is refused: an undated article is a wrong answer later."""
    match _given(data, *names):
        case None | (_, ""):
            return None
        case (name, str() | int() as value) if not isinstance(value, bool):
            try:
                return PartialDate.parse(str(value))
            except ValueError as error:
                raise DocumentError(f"{name} cannot be read: {error}") from None
        case (name, value):
            raise DocumentError(f"{name} is {_shown(value)}, not a date such as 2012-05-23")


def _references(data: Mapping[str, object]) -> list[Reference]:
    match _given(data, "sources"):
        case None:
            return []
        case (_, list(values)):
            return [_reference(value) for value in values]
        case (name, value):
            raise DocumentError(f"{name} is {_shown(value)}, not a list of objects with publisher, date, title, url")


def _reference(value: object) -> Reference:
    if not isinstance(value, dict) or not (publisher := one_line(_text(value, "publisher") or "")):
        raise DocumentError(f'sources holds {_shown(value)}: give each source at least a "publisher"')
    title = one_line(_text(value, "title") or "") or None
    return Reference(publisher, _date(value, "date", "published"), title, _web_address(_text(value, "url"), "url"))


def _shown(value: object) -> str:
    """A wrong value for a message, cut short. Containers are only named: YAML's aliases can make them endless."""
    match value:
        case str():
            return json.dumps(value[:_SHOWN], ensure_ascii=True) + ("..." if len(value) > _SHOWN else "")
        case dict():
            return "an object"
        case list():
            return "a list"
    return json.dumps(value)
