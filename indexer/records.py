"""Metadata as JSON and back: one canonical form, for digests, for storage and for answers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

from indexer.types import Metadata, PartialDate, Reference


def to_record(value: Metadata | Reference) -> dict[str, Any]:
    """All fields by name, dates as ISO 8601 strings, tuples as lists, unknown as None."""
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def metadata_from(record: dict[str, Any]) -> Metadata:
    """The inverse of ``to_record``. Raises KeyError, TypeError or ValueError for what is not such a record."""
    dates = {name: _date(record[name]) for name in ("published", "updated")}
    references = tuple(
        Reference(**{**reference, "published": _date(reference["published"])}) for reference in record["references"]
    )
    tuples = {name: tuple(record[name]) for name in ("authors", "countries")}
    return Metadata(**{**record, **dates, **tuples, "references": references})


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same value always gives the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(meta: Metadata, text: str) -> str:
    """SHA-256 of an article's metadata and text, in hex."""
    return hashlib.sha256(canonical([to_record(meta), text]).encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case PartialDate():
            return value.iso
        case Reference():
            return to_record(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _date(iso: str | None) -> PartialDate | None:
    return None if iso is None else PartialDate(iso)
