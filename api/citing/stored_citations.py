"""Reading citations that were kept: a JSON array, JSON lines, or what ``dragoman search`` prints as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from api.citing.verification import Stored
from indexer.errors import QueryError

MOST = 10_000
"""Citations that are read in one go."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 2**31 - 1
"""Of a version or a place: no text is so long, and every engine can hold the number."""

_WHAT_TO_GIVE = "give what dragoman search --json or --jsonl prints, or the citations out of it"
_INSIDE = ("hits", "citations", "citation", "custom")
"""Where citations stand: in an answer's hits, in a hit, in a list of their own, in CSL-JSON."""

_NESTED = 8
"""Objects and lists within each other, at most, around a citation."""


def read_citations(text: str) -> list[Stored]:
    """Citations from a JSON array of them, JSON lines, an answer of a search (or several), or our CSL-JSON.

    Raises QueryError, which names the line or the place in the array, for what is not a citation or lacks what it is
    checked by, and for more than ``MOST`` of them.
    """
    found: list[Stored] = []
    for place, value in _documents(text):
        for named, record in _records(value, place, 0):
            found.append(_citation(record, named))
            if len(found) > MOST:
                raise _refused(f"these are more than {MOST:,} citations: check them in several files")
    return found


def _documents(text: str) -> Iterator[tuple[str, Any]]:
    """The JSON values of a text, each with the line it begins at: one value, or one a line."""
    if not text.strip():
        raise _refused(f"there are no citations, the input is empty: {_WHAT_TO_GIVE}")
    text = text.removeprefix("\ufeff")
    try:
        yield "", json.loads(text)
        return
    except (RecursionError, ValueError) as error:
        if not isinstance(error, json.JSONDecodeError) or error.msg != "Extra data":
            raise _refused(_unreadable(error)) from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (RecursionError, ValueError) as error:
                raise _refused(_unreadable(error, number)) from None


def _unreadable(error: Exception, line: int | None = None) -> str:
    """Why a text is not JSON: json raises RecursionError for deep nesting, ValueError for numbers without end."""
    match error:
        case json.JSONDecodeError():
            return f"line {line or error.lineno} is not JSON: {error.msg}: {_WHAT_TO_GIVE}"
        case RecursionError():
            reason = "nested too deeply"
        case _:
            reason = "not JSON that can be read"
    return f"{f'line {line}' if line else 'the input'} is {reason}: {_WHAT_TO_GIVE}"


def _records(value: Any, place: str, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects that are citations, or should be, each with where it stands."""
    match value:
        case list() if depth < _NESTED:
            for number, item in enumerate(value, 1):
                yield from _records(item, _joined(place, f"item {number}"), depth + 1)
        case dict() if depth < _NESTED:
            inside = next((name for name in _INSIDE if isinstance(value.get(name), dict | list)), None)
            if inside is None or "quote" in value:
                yield place, value
            else:
                yield from _records(value[inside], place, depth + 1)
        case _:
            raise _refused(_at(place, f"this is no citation but {_kind(value)}: {_WHAT_TO_GIVE}"))


def _citation(record: dict[str, Any], place: str) -> Stored:
    missing = [field.name for field in fields(Stored) if field.name not in record]
    if missing:
        raise _refused(
            _at(place, f"this is no citation that can be checked, {' and '.join(missing)} missing: {_WHAT_TO_GIVE}")
        )
    version, start, end = (_number(record, name, place) for name in ("version", "start", "end"))
    article_id, quote, sha256 = (_string(record, name, place) for name in ("article_id", "quote", "sha256"))
    if not _SHA256.fullmatch(sha256):
        raise _refused(_at(place, f"sha256 is {sha256[:80]!r}, not 64 hexadecimal digits"))
    if _SURROGATE.search(article_id):
        raise _refused(_at(place, "article_id holds half of a surrogate pair, which no id here does"))
    return Stored(article_id, version, start, end, quote, sha256)


def _number(record: dict[str, Any], name: str, place: str) -> int:
    value = record[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise _refused(_at(place, f"{name} is {_shown(value)}, not a whole number from 0 on"))
    return value


def _string(record: dict[str, Any], name: str, place: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise _refused(_at(place, f"{name} is {_shown(value)}, not a string"))
    return value


def _shown(value: Any) -> str:
    return _kind(value) if isinstance(value, dict | list | str) else str(value)[:80]


def _kind(value: Any) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "a string"
        case None:
            return "null"
    return str(value)[:80]


def _joined(place: str, item: str) -> str:
    return f"{place}, {item}" if place else item


def _at(place: str, message: str) -> str:
    return f"{place}: {message}" if place else message


def _refused(message: str) -> QueryError:
    return QueryError(message, "citations")
