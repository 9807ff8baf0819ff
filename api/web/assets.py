"""The files that pages need: each has the hash of its content in its address, so that an update is seen at once."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

FILES = {
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""What there is, with its media type."""


class Asset(NamedTuple):
    """A file as it is sent, under the address that names just this content."""

    address: str
    media_type: str
    content: bytes


@cache
def asset(name: str) -> Asset:
    """A file by its name. Raises KeyError where there is none."""
    media_type = FILES[name]
    content = files("api.web").joinpath("static", name).read_bytes()
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(f"/static/{stem}.{digest}.{suffix}", media_type, content)


def asset_at(path: str) -> tuple[Asset, bool] | None:
    """The file at an address (with its hash or plain), and whether the address names just this content."""
    for name in FILES:
        found = asset(name)
        if path in (found.address, f"/static/{name}"):
            return found, path == found.address
    return None
