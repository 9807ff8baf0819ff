"""Documents as sources give them, for tests of what becomes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from indexer.items import Failure, RawDocument, Visit

TALKS = "Envoys of both islands met in the old harbour."

BROKEN = RawDocument("news.jsonl:3", "application/json", b'{"title": "No text"}')
UNREADABLE = Failure("photo.png", "a PNG image, not an article")


def document(name: str, text: str = TALKS, **fields: object) -> RawDocument:
    content = json.dumps({"id": name, "title": f"Title of {name}", "text": text, "language": "en", **fields})
    return RawDocument(f"news.jsonl:{name}", "application/json", content.encode())


def long_document(name: str, paragraphs: int) -> RawDocument:
    return document(name, "\n".join(f"Round {number}: island {name} got nothing." for number in range(paragraphs)))


def visit(name: str, **known: object) -> Visit:
    at = datetime(2012, 5, 23, tzinfo=UTC)
    return Visit(
        **{"url": page(name), "source": "s", "kind": "page", "checked": at, "changed": at, "status": 200} | known
    )


def page(name: str) -> str:
    return f"https://example.org/{name}"
