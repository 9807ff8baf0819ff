"""What the header fields of an answer say, as far as it can be believed; what cannot is None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

LONGEST_WAIT = timedelta(days=30)
"""The longest Retry-After that is believed; a host that asks for more is asked again after this."""

_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)\s*(?:[;,].*)?", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([a-z0-9._:-]{1,40})["']?\s*(?:;|$)""", re.IGNORECASE)
_VALIDATOR = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?")
_SECONDS = re.compile(r"[0-9]{1,10}")

Fields = Sequence[tuple[bytes, bytes]]
"""Names and values of header fields as they came."""


class ContentType(NamedTuple):
    """``media_type`` is in lower case and without parameters."""

    media_type: str | None
    charset: str | None


def values(fields: Fields, name: str) -> list[str]:
    """Every value of a field, in order: as UTF-8 where it is that (many servers send it), else as Latin-1."""
    wanted = name.lower().encode("ascii")
    return [_text(value) for given, value in fields if given.lower() == wanted]


def value(fields: Fields, name: str) -> str | None:
    """The first value of a field that is not empty."""
    return next((found for found in values(fields, name) if found), None)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()


def content_type(fields: Fields) -> ContentType:
    """The first media type that is named, and its charset parameter (RFC 9110, 8.3)."""
    given = value(fields, "content-type")
    named = _TYPE.fullmatch(given) if given else None
    if given is None or named is None:
        return ContentType(None, None)
    charset = _CHARSET.search(given)
    return ContentType(named[1].lower(), charset[1].lower() if charset else None)


def validator(given: str | None) -> str | None:
    """An ETag or Last-Modified that can be sent back as it is: printable ASCII, 512 characters at most."""
    return given if given is not None and _VALIDATOR.fullmatch(given) else None


def retry_after(fields: Fields, now: datetime) -> float | None:
    """For how many seconds from ``now`` (UTC) a server wants to be left alone: 0 or more, ``LONGEST_WAIT`` at most.

    RFC 9110, 10.2.3: a number of seconds, or a date.
    """
    given = value(fields, "retry-after")
    if given is None:
        return None
    if _SECONDS.fullmatch(given):
        seconds = float(given)
    else:
        try:
            when = parsedate_to_datetime(given)
        except (ValueError, OverflowError):
            return None
        seconds = ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(0.0, seconds), LONGEST_WAIT.total_seconds())
