"""Rows and objects with fields of any names to the article objects of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from math import isnan

from indexer.errors import SettingError

FIELDS = (
    *("id", "doc_id", "title", "text", "url", "publisher", "authors", "author", "published", "date", "updated"),
    *("language", "countries", "sources"),
)
"""The names that the fields of an article object have."""

_SHOWN = 30


def checked_columns(columns: Mapping[str, str] | None) -> dict[str, str]:
    """``columns`` (our name of a field: the name it has in the file). Raises SettingError for a field there is not."""
    for field in columns or {}:
        if field not in FIELDS:
            raise SettingError(f"columns names a field {field!r}: there are {', '.join(FIELDS)}")
    return dict(columns or {})


def fields_in(names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Our fields that a table with columns of these names has, with the column of each.

    A field that ``columns`` does not mention has the column of its own name, without regard to case and white space.
    """
    plain = {name.strip().lower(): name for name in reversed(names)}
    found = {field: columns.get(field) or plain.get(field) for field in FIELDS}
    return {field: name for field, name in found.items() if name is not None and name in names}


def what_is_missing(names: Sequence[str], columns: Mapping[str, str]) -> str | None:
    """Why a table with columns of these names holds no articles, and how to mend that; None if it may hold some."""
    absent = [name for name in columns.values() if name not in names]
    missing = [field for field in ("title", "text") if field not in fields_in(names, columns)]
    if not absent and not missing:
        return None
    shown = ", ".join(repr(name[:80]) for name in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    lacks = " and ".join(repr(name) for name in absent or missing)
    return (
        f"it has no column {lacks}; its columns are {shown or 'none'}: "
        'say which of them is which with --column title=headline, or columns = { title = "headline" } in a source'
    )


def renamed(content: bytes, columns: Mapping[str, str]) -> bytes:
    """One JSON object with its fields under our names; anything else as it is, for others to refuse."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
        if not isinstance(data, dict):
            return content
        moved = {field: data[name] for field, name in columns.items() if name in data}
        rest = {name: value for name, value in data.items() if name not in columns.values()}
        return json.dumps({**rest, **moved}, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return content


def article_object(values: Mapping[str, object]) -> bytes:
    """One row as an article object: what is missing is left out. Raises ValueError for what JSON cannot hold."""
    plain = {field: value for field, given in values.items() if (value := plain_value(given)) not in (None, "", [])}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False).encode()


def plain_value(value: object) -> object:
    """A value of a table's cell as JSON has it.

    Dates are ISO 8601. A time of day that is midnight, to the microsecond and without a zone, is how tables write a day
    without a time. A whole number that became a float, as they do beside missing ones, is whole again. Raises
    ValueError for bytes that are not UTF-8.
    """
    match value:
        case float() if isnan(value):
            return None
        case float() if value.is_integer():
            return int(value)
        case datetime(tzinfo=None) if value.time() == time():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return value.decode()
        case str():
            return value if value.strip() else None
        case list() | tuple():
            return [item for part in value if (item := plain_value(part)) is not None]
        case dict():
            return {name: item for name, part in value.items() if (item := plain_value(part)) is not None}
    return value
