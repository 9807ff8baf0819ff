"""The Server-Timing header: where the time of an answer went, for a browser's developer tools."""

from __future__ import annotations

import re
from collections.abc import Sequence

HEADER = "Server-Timing"

STAGES = ("parse", "encode", "dense", "lexical", "rank", "total")
"""The stages of a search, in their order; total is all of it."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def server_timing(timings: Sequence[tuple[str, float]]) -> str:
    """The header's text for (name, milliseconds) pairs. Raises ValueError for a name that is no token of HTTP."""
    for name, _ in timings:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a timing: use letters, digits, - and _")
    return ", ".join(f"{name};dur={milliseconds:.2f}" for name, milliseconds in timings)
