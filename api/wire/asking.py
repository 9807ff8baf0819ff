"""What a client asks a server for: addresses, paths and parameters, from what ``search`` and the like were given.

Nothing is checked here but the address: the server refuses what makes no sense, as an open index would.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import date
from urllib.parse import quote, urlsplit

from api.queries import Names
from indexer.clean import one_line
from indexer.errors import SettingError
from indexer.types import Query

URL = "http://127.0.0.1:8765"
"""Where ``dragoman serve`` answers unless it is told otherwise."""

Parameters = Mapping[str, str | list[str]]
"""Parameters of an address: a name with several values is given several times."""


def address(url: str) -> str:
    """A server's address without a slash at its end. Raises SettingError for what is none."""
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise SettingError(f"url is {url!r}: give the server's address with http:// or https://, such as {URL}")
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingError("url holds a name, a query or a fragment: give the address alone, and an API key as key=...")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_own_machine(url: str) -> bool:
    """Whether an address is of this very machine, where no proxy can stand in between."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def in_path(name: str) -> str:
    """An id as one segment of a path, whatever stands in it; one or two dots alone would be steps up."""
    quoted = quote(name, safe="", errors="replace")
    return quoted.replace(".", "%2E") if name in {".", ".."} else quoted


def filters(
    after: str | None, before: str | None, publisher: Names, country: Names, language: Names
) -> dict[str, str | list[str]]:
    """Those filters that are set, by the names that the server knows."""
    days = {"after": after, "before": before}
    names = {"publisher": publisher, "country": country, "language": language}
    given: dict[str, str | list[str]] = {
        **{name: one_line(str(day)) for name, day in days.items() if day is not None},
        **{name: list(map(one_line, [one] if isinstance(one, str) else one)) for name, one in names.items()},
    }
    return {name: value for name, value in given.items() if value}


def asked_on(day: str | date | None) -> str:
    """A day, "today", or the word for none, with which the server leaves "last year" alone."""
    return one_line(str(day or "")) or "none"


def body(query: Query) -> dict[str, object]:
    """A query as a search of a batch."""
    known = query.filters
    after, before = (day.iso if day else None for day in (known.after, known.before))
    return {
        "q": one_line(query.text),
        "k": query.k,
        **filters(after, before, known.publishers, known.countries, known.languages),
        "per_article": query.per_article,
        "asked_on": asked_on(query.asked_on),
        "sort": query.sort,
    }
