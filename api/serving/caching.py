"""What callers may keep of an answer, and how they ask whether it still holds (RFC 9110, sections 8.8.3 and 13.1.2)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

REVALIDATE = "private, no-cache"
"""For searches and whatever a new publication can change: kept by the caller alone, and asked about each time."""

IMMUTABLE = "private, max-age=31536000, immutable"
"""For what never changes at its address, such as the text of an article's given version: a year."""

STATIC = "public, max-age=31536000, immutable"
"""The same for what holds nothing of the index, such as a stylesheet with a hash in its address."""

VARY = "Accept-Encoding"
"""What a 304 says; the layer that compresses says it of whole answers."""

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_DIGITS = 24
"""Hexadecimal digits of a tag: 96 bits, at which no two answers meet by chance."""


def etag(*parts: object) -> str:
    """A weak tag for an answer that is made of these parts alone: the same for equal parts, in any process.

    Weak, since a compressed answer and one that took other milliseconds count as the same. Parts are what JSON can
    hold, dates, paths, sets, and dataclasses of them. Raises TypeError for others.
    """
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=_plain)
    return f'W/"{hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]}"'


def headers(tag: str, control: str = REVALIDATE) -> dict[str, str]:
    """What an answer with this tag says of keeping it; ``control`` is one of this file's three."""
    return {"ETag": tag, "Cache-Control": control}


def not_modified(request: Request, tag: str, control: str = REVALIDATE) -> Response | None:
    """The 304 for a GET or HEAD whose caller holds what the tag stands for; None where an answer is to be made."""
    held = request.headers.getlist("if-none-match")
    if request.method not in {"GET", "HEAD"} or not held:
        return None
    if any(line.strip() == "*" for line in held) or _opaque(tag) in _TAG.findall(",".join(held)):
        return Response(status_code=304, headers={**headers(tag, control), "Vary": VARY})
    return None


def _opaque(tag: str) -> str:
    """The tag without what makes it weak: so tags are compared here (weak comparison)."""
    return tag.removeprefix("W/")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *(getattr(value, field.name) for field in dataclasses.fields(value))]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, AbstractSet):
        return sorted(value)
    raise TypeError(f"{value!r} cannot be part of a tag: give text, numbers, lists, dates or dataclasses of them")
