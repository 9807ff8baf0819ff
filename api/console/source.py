"""What answers a command: an index on this machine, or a server that has one open. Both answer the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from api.console.options import only_one, settings_for
from indexer.errors import NotFound
from indexer.types import EDITIONS

if TYPE_CHECKING:
    from api.citations import Cited
    from api.citing.verification import Stored, Verdict
    from api.client import Client
    from api.search import Searcher
    from indexer.engine import Snapshot
    from indexer.types import Edition, StoredArticle, Version


def searching(
    server: str | None, index: Path | None, model: str | None, rerank: str | None
) -> AbstractContextManager[Searcher | Client]:
    """What searches. Raises typer.BadParameter where a server is named and an index or a model, too."""
    for name, value in (("--index", index), ("--model", model), ("--rerank", rerank)):
        only_one([(name, value), ("--server", server)])
    if server is not None:
        return _client(server)
    from api.search import open_index

    return open_index(settings=settings_for(index, model, rerank))


class Articles(Protocol):
    """The articles of an index."""

    def article(self, article_id: str, version: int | None = None) -> StoredArticle | None:
        """An article in its current version, or in a given one; None where it is not there, or was taken out."""

    def versions(self, article_id: str) -> list[Version]:
        """Every version of an article that is there, newest first."""

    def editions(self, article_id: str) -> list[Edition]:
        """The other articles of its origin, the earliest first."""

    def cited(self, passage_id: str) -> Cited:
        """A passage (ARTICLE:ORDINAL) of an article's current version. Raises NotFound."""

    def verify(self, citations: Sequence[Stored]) -> list[Verdict]:
        """What has become of each citation."""


@contextmanager
def articles(server: str | None, index: Path | None) -> Iterator[Articles]:
    """What holds the articles; no model is loaded. Raises typer.BadParameter where a server and an index are named."""
    only_one([("--index", index), ("--server", server)])
    if server is not None:
        with _client(server) as client:
            yield _Served(client)
        return
    from indexer.engine import open_engine

    engine = open_engine(settings_for(index).index)
    try:
        yield _Local(engine.snapshot())
    finally:
        engine.close()


@dataclass(frozen=True, slots=True)
class _Local:
    """The articles of one published state of an index."""

    snapshot: Snapshot

    def article(self, article_id: str, version: int | None = None) -> StoredArticle | None:
        from api.search import find_article

        try:
            return find_article(self.snapshot, article_id, version)
        except NotFound:
            return None

    def versions(self, article_id: str) -> list[Version]:
        return self.snapshot.versions(article_id)

    def editions(self, article_id: str) -> list[Edition]:
        return self.snapshot.editions(article_id)[:EDITIONS]

    def cited(self, passage_id: str) -> Cited:
        from api.search import find_cited

        return find_cited(self.snapshot, passage_id)

    def verify(self, citations: Sequence[Stored]) -> list[Verdict]:
        from api.citing.verification import verify

        return verify(citations, self.snapshot)


@dataclass(frozen=True, slots=True)
class _Served:
    """The articles of a server."""

    client: Client

    def article(self, article_id: str, version: int | None = None) -> StoredArticle | None:
        try:
            return self.client.article(article_id, version)
        except NotFound:
            return None

    def versions(self, article_id: str) -> list[Version]:
        return self.client.versions(article_id)

    def editions(self, article_id: str) -> list[Edition]:
        return self.client.editions(article_id)

    def cited(self, passage_id: str) -> Cited:
        return self.client.passage(passage_id)

    def verify(self, citations: Sequence[Stored]) -> list[Verdict]:
        return self.client.verify(citations)


def _client(server: str) -> Client:
    from api.client import Client

    return Client(server, key=os.environ.get("DRAGOMAN_KEY"))
