"""The fields that JSON lines and front matter share, checked: a wrong one is refused with its name and value."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from indexer.clean import one_line
from indexer.codes import COUNTRIES
from indexer.errors import DocumentError
from indexer.types import PartialDate, Reference

MAX_TITLE = 1000
MAX_NAME = 200
MAX_AUTHORS = 100
"""Characters of a title and of a publisher's or an author's name, and how many authors: what is longer is none."""

_MAX_ID = 512
_MAX_ADDRESS = 10_000
_NOT_IN_IDS = {"Cc", "Cs", "Zl", "Zp"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_SHOWN = 80


def given(data: Mapping[str, object], *names: str) -> tuple[str, object] | None:
    """The first of the fields that is there and not null, with its name."""
    return next(((name, data[name]) for name in names if data.get(name) is not None), None)


def text(data: Mapping[str, object], *names: str) -> str | None:
    """The first of the fields, a string."""
    match given(data, *names):
        case None:
            return None
        case (_, str(value)):
            return value
        case (name, value):
            raise DocumentError(f"{name} is {shown(value)}, not a string")


def short_text(data: Mapping[str, object], name: str, limit: int) -> str | None:
    """A string of at most ``limit`` characters, white space aside."""
    value = text(data, name)
    return _within(value, name, limit) if value is not None else None


def identifier(data: Mapping[str, object]) -> str | None:
    """The article's own id, a string or a whole number."""
    found = given(data, "id", "doc_id")
    if found and isinstance(found[1], int) and not isinstance(found[1], bool):
        return str(found[1])
    return text(data, "id", "doc_id")


def strings(data: Mapping[str, object], *names: str) -> list[str]:
    """A list of strings, or one string as a list of one."""
    match given(data, *names):
        case None:
            return []
        case (_, str(value)):
            return [value]
        case (name, list(values)):
            if odd := [value for value in values if not isinstance(value, str)]:
                raise DocumentError(f"{name} holds {shown(odd[0])}, which is not a string")
            return values
        case (name, value):
            raise DocumentError(f"{name} is {shown(value)}, not a string or a list of strings")


def authors(data: Mapping[str, object]) -> list[str]:
    """The authors' names, within the limits."""
    names = strings(data, "authors", "author")
    if len(names) > MAX_AUTHORS:
        raise DocumentError(f"authors holds {len(names)} names: at most {MAX_AUTHORS} are allowed")
    return [_within(name, "an author's name", MAX_NAME) for name in names]


def partial_date(data: Mapping[str, object], *names: str) -> PartialDate | None:
    """A date at its own precision. An unreadable one is refused: an undated article is a wrong answer later."""
    match given(data, *names):
        case None | (_, ""):
            return None
        case (name, str() | int() as value) if not isinstance(value, bool):
            try:
                return PartialDate.parse(str(value))
            except ValueError as error:
                raise DocumentError(f"{name} cannot be read: {error}") from None
        case (name, value):
            raise DocumentError(f"{name} is {shown(value)}, not a date such as 2012-05-23")


def references(data: Mapping[str, object]) -> list[Reference]:
    """The articles that this one names as what it rests on."""
    match given(data, "sources"):
        case None:
            return []
        case (_, list(values)):
            return [_reference(value) for value in values]
        case (name, value):
            raise DocumentError(f"{name} is {shown(value)}, not a list of objects with publisher, date, title, url")


def _reference(value: object) -> Reference:
    if not isinstance(value, dict) or not (publisher := one_line(text(value, "publisher") or "")):
        raise DocumentError(f'sources holds {shown(value)}: give each source at least a "publisher"')
    title = one_line(text(value, "title") or "") or None
    return Reference(
        publisher, partial_date(value, "date", "published"), title, checked_address(text(value, "url"), "url")
    )


def _within(value: str, name: str, limit: int) -> str:
    length = len(one_line(value))
    if length > limit:
        raise DocumentError(f"{name} has {length} characters: at most {limit} are allowed")
    return value


def checked_id(stated: str) -> str:
    """An id that can stand on a line of its own, stripped."""
    checked = stated.strip()
    if not checked:
        raise DocumentError("id is empty: leave it out or give the article a name of its own")
    if len(checked) > _MAX_ID:
        raise DocumentError(f"id has {len(checked)} characters: at most {_MAX_ID} are allowed")
    if any(unicodedata.category(char) in _NOT_IN_IDS for char in checked):
        raise DocumentError(f"id {checked!r} holds a control character or a line break")
    return checked


def checked_address(stated: str | None, field: str) -> str | None:
    """The address stripped, None for none. Raises DocumentError unless it is http or https."""
    address = one_line(stated or "")
    if not address:
        return None
    if len(address) > _MAX_ADDRESS:
        raise DocumentError(f"{field} has {len(address)} characters: at most {_MAX_ADDRESS} are allowed")
    try:
        parts = urlsplit(address)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in address
    except ValueError:
        valid = False
    if not valid:
        raise DocumentError(f"{field} {address!r} is not an address that starts with http:// or https://")
    return address


def checked_language(stated: str) -> str:
    """A code of a language (BCP 47, as far as its form goes), stripped."""
    if not _LANGUAGE.fullmatch(stated.strip()):
        raise DocumentError(f'language {stated!r} is not a code such as "en" or "pt-BR": leave it out if unknown')
    return stated.strip()


def checked_country(stated: str) -> str:
    """A country's two letters (ISO 3166-1), in capitals; UK and EL, by which the European Union goes, are taken too."""
    code = stated.strip().upper()
    code = {"UK": "GB", "EL": "GR"}.get(code, code)
    if code not in COUNTRIES:
        raise DocumentError(f'country {stated!r} is not a two-letter code of ISO 3166-1 such as "NO"')
    return code


def shown(value: object) -> str:
    """A wrong value for a message, cut short. Containers are only named: YAML's aliases can make them endless."""
    match value:
        case str():
            return json.dumps(value[:_SHOWN], ensure_ascii=True) + ("..." if len(value) > _SHOWN else "")
        case dict():
            return "an object"
        case list():
            return "a list"
    return json.dumps(value)
