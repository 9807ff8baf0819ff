"""The addresses that feeds, sitemaps and settings name, in the one form in which they are fetched and remembered."""

from __future__ import annotations

from urllib.parse import urljoin

from indexer.errors import FetchError
from indexer.readers.http.targets import target

_LONGEST = 2_048
"""Characters of an address that is followed; longer ones carry what is meant for a program."""


def web_address(stated: object, base: str) -> str | None:
    """An absolute http or https address without its fragment; None for all others (javascript:, mailto:, a user name).

    ``base`` is where a relative one starts, "" if it must be absolute.
    """
    if not isinstance(stated, str) or not 0 < len(stated) <= _LONGEST:
        return None
    try:
        return target(urljoin(base, stated.strip())).url
    except (FetchError, ValueError):
        return None
