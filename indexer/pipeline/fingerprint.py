"""What tells a document that was taken before, so that it is not understood, cut and encoded again to find that out."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path, PurePath

from indexer.items import RawDocument

_SIZE = 16
"""Bytes: among a thousand million documents the odds that any two have one are 1 in 10**21."""

_LIBRARIES = ("trafilatura", "htmldate", "courlan", "lxml", "py3langid", "charset-normalizer", "tokenizers")
"""What is made of a document depends on these, too."""


def fingerprint(raw: RawDocument) -> bytes:
    """16 bytes (BLAKE2b) of all that an article is made of: what was read, what is known of it, and this program.

    Where a document stands is not among it, but for a Markdown file's name, which may be its title.
    """
    name = PurePath(raw.source).stem if raw.media_type == "text/markdown" else None
    said = repr((raw.media_type, raw.url, raw.fetched_at, raw.charset, raw.known, name)).encode(
        "utf-8", "surrogatepass"
    )
    made = hashlib.blake2b(_program(), digest_size=_SIZE)
    made.update(len(said).to_bytes(8, "big") + said + raw.content)
    return made.digest()


@cache
def _program() -> bytes:
    """A hash of the code that makes articles: with any change of it all documents are looked at again."""
    found = hashlib.blake2b(digest_size=32)
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        found.update(path.read_bytes())
    found.update(repr([version(name) for name in _LIBRARIES]).encode())
    return found.digest()
