"""Metadata as JSON and back: one canonical form, for digests, for storage and for answers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

from indexer.types import Metadata, Notice, PartialDate, Reference

_LATER = ("published_from", "publisher_country", "publisher_kind", "notice")
"""Fields that older records lack. Where they are None they are in no digest, so that those of older articles hold."""


def to_record(value: Metadata | Reference | Notice) -> dict[str, Any]:
    """All fields by name, dates as ISO 8601 strings, tuples as lists, unknown as None."""
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def metadata_from(record: dict[str, Any]) -> Metadata:
    """The inverse of ``to_record``. Raises KeyError, TypeError or ValueError for what is not such a record."""
    dates = {name: _date(record[name]) for name in ("published", "updated")}
    references = tuple(
        Reference(**{**reference, "published": _date(reference["published"])}) for reference in record["references"]
    )
    tuples = {name: tuple(record[name]) for name in ("authors", "countries")}
    notice = Notice(**record["notice"]) if record.get("notice") else None
    return Metadata(**{**record, **dates, **tuples, "references": references, "notice": notice})


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same value always gives the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(meta: Metadata, text: str) -> str:
    """SHA-256 of an article's metadata and text, in hex."""
    known = {name: value for name, value in to_record(meta).items() if value is not None or name not in _LATER}
    return hashlib.sha256(canonical([known, text]).encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case PartialDate():
            return value.iso
        case Reference() | Notice():
            return to_record(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _date(iso: str | None) -> PartialDate | None:
    return None if iso is None else PartialDate(iso)
