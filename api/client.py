"""The search of a server as if its index were open here: the same methods, answers and errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Self, TypeVar, Unpack

import httpx2
from pydantic import BaseModel, TypeAdapter

from api.answer import Answer, Lap
from api.citations import Cited
from api.citing.verification import Stored, Verdict, kept
from api.parameters import MAX_SEARCHES
from api.queries import Names
from api.responses import BatchResponse, SearchResponse, SimilarResponse, Stats, Verdicts
from api.schemas import ArticleText, PassageAnswer
from api.search import Options, turned
from api.wire import asking
from api.wire.decoding import (
    answer_from,
    article_from,
    cited_from,
    editions_from,
    laps_from,
    similar_from,
    verdicts_from,
    versions_from,
)
from api.wire.sending import Call, Sender, ServerError
from indexer.clean import one_line
from indexer.errors import QueryError, SettingError
from indexer.types import PER_ARTICLE, Citation, Edition, Query, StoredArticle, Version

_SUGGESTIONS = TypeAdapter(tuple[str, list[str]])

_CITATIONS = 100
"""Citations in one call: a server takes more, but no longer body than the quotes of so many make."""

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")


class Client:
    """A server's index. Safe to use from several threads.

    Its answers equal those of the Searcher that the server has open, and it raises the same errors: QueryError,
    CursorExpired, NotFound, IndexProblem, and Busy where too many ask at once or too often. ServerError says that the
    server cannot be reached, refuses the key, or is none of Dragoman's.
    """

    def __init__(
        self,
        url: str = asking.URL,
        *,
        key: str | None = None,
        timeout: float = 30.0,
        retries: int = 2,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """``url`` is the server's address, with the path before /v1 where it has one; ``key`` an API key.

        A call takes at most ``timeout`` seconds in all. A server that is busy, or that the connection was lost to, is
        asked up to ``retries`` times more, when it says so or after a moment. ``transport`` is httpx2's, for what needs
        another way to the server. Raises SettingError for an address or a number that makes no sense.
        """
        if not timeout > 0 or retries < 0:
            raise SettingError(f"timeout is {timeout} and retries {retries}: give more than 0 seconds, and 0 or more")
        self.url = asking.address(url)
        headers = {"Accept": "application/json", "User-Agent": "dragoman-client"}
        if key and key.strip():
            headers["Authorization"] = f"Bearer {key.strip()}"
        own = asking.is_own_machine(self.url)  # what is for other sites, such as a proxy, does not concern it
        http = httpx2.Client(base_url=self.url, headers=headers, transport=transport, trust_env=not own)
        self._sender = Sender(http, self.url, timeout, retries)

    def search(
        self,
        q: str,
        k: int = 10,
        *,
        after: str | None = None,
        before: str | None = None,
        publisher: Names = (),
        country: Names = (),
        language: Names = (),
        per_article: int = PER_ARTICLE,
        asked_on: str | date | None = "today",
        sort: str = "relevance",
        cursor: str | None = None,
        explain: bool = False,
        facets: bool = False,
    ) -> Answer:
        """The k best passages for a question in plain words, as ``Searcher.search`` has it.

        What "today" is, the server says.
        """
        body = {
            "q": one_line(q),
            "k": k,
            **asking.filters(after, before, publisher, country, language),
            "per_article": per_article,
            "asked_on": asking.asked_on(asked_on),
            "sort": sort,
            "cursor": cursor,
            "explain": explain,
            "facets": facets,
        }
        response = self._sender.send(Call("POST", "/v1/search", body=json.dumps(body)))
        return self._read(response, SearchResponse, lambda found: answer_from(found, _laps(response)))

    def pages(self, q: str, k: int = 10, **given: Unpack[Options]) -> Iterator[Answer]:
        """All pages of a search, from the first; takes what ``search`` takes, but no cursor. Raises QueryError."""
        yield from turned(lambda cursor: self.search(q, k, cursor=cursor, **given))

    def batch(self, queries: Sequence[Query]) -> list[Answer]:
        """The answers to several queries, each as it would be alone; as many in one call as the server takes.

        Queries are of first pages: raises QueryError for one that goes on from a cursor.
        """
        if any(query.start for query in queries):
            raise QueryError("a batch takes first pages only: go on with search(cursor=...)", "cursor")
        bodies = [asking.body(query) for query in queries]
        parts = [bodies[start : start + MAX_SEARCHES] for start in range(0, len(bodies), MAX_SEARCHES)]
        return [answer for part in parts for answer in self._batch(part)]

    def similar(
        self,
        passage_id: str,
        k: int = 10,
        *,
        after: str | None = None,
        before: str | None = None,
        publisher: Names = (),
        country: Names = (),
        language: Names = (),
        per_article: int = PER_ARTICLE,
        explain: bool = False,
    ) -> Answer:
        """The k passages of other articles that are nearest in meaning to a passage (ARTICLE:ORDINAL), nearest first.

        ``origins`` of the answer is how many origins beside the passage's own these are from. The rest is as in
        ``search``. Raises NotFound for a passage that is not there, and QueryError.
        """
        filters = asking.filters(after, before, publisher, country, language)
        given = {**filters, "k": str(k), "per_article": str(per_article), "explain": str(explain).lower()}
        response = self._sender.send(Call("GET", f"/v1/similar/{asking.in_path(passage_id)}", given))
        return self._read(response, SimilarResponse, lambda found: similar_from(found, _laps(response)))

    def article(self, article_id: str, version: int | None = None) -> StoredArticle:
        """A version of an article with its whole text, by default the current one; ``source`` is where it was read.

        Raises NotFound.
        """
        response = self._sender.send(self._article(article_id, version))
        return self._read(response, ArticleText, lambda found: article_from(found, str(response.request.url)))

    def versions(self, article_id: str) -> list[Version]:
        """All versions of an article, newest first. Raises NotFound."""
        return self._read(self._sender.send(self._article(article_id, None)), ArticleText, versions_from)

    def editions(self, article_id: str) -> list[Edition]:
        """The other articles of its origin, the earliest first, ``EDITIONS`` at most. Raises NotFound."""
        return self._read(self._sender.send(self._article(article_id, None)), ArticleText, editions_from)

    def passage(self, passage_id: str) -> Cited:
        """A passage (ARTICLE:ORDINAL) of an article's current version, with its ``citation``. Raises NotFound."""
        response = self._sender.send(Call("GET", f"/v1/passages/{asking.in_path(passage_id)}"))
        return self._read(response, PassageAnswer, cited_from)

    def stats(self) -> Stats:
        """What the index holds."""
        return self._read(self._sender.send(Call("GET", "/v1/stats")), Stats, lambda found: found)

    def suggest(self, text: str) -> list[str]:
        """Titles, names and publishers that begin as the text does; its last word may be unfinished."""
        response = self._sender.send(Call("GET", "/v1/suggest", {"q": one_line(text)}))
        return self._checked(response, lambda: _SUGGESTIONS.validate_json(response.content)[1])

    def verify(self, citations: Iterable[Citation | Stored]) -> list[Verdict]:
        """What has become of each citation, as ``Verdict`` says it."""
        given = [kept(citation) for citation in citations]
        parts = [given[start : start + _CITATIONS] for start in range(0, len(given), _CITATIONS)]
        return [verdict for part in parts for verdict in self._verify(part)]

    def close(self) -> None:
        """Close the connections that are kept open between calls."""
        self._sender.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _batch(self, bodies: list[dict[str, object]]) -> list[Answer]:
        response = self._sender.send(Call("POST", "/v1/search/batch", body=json.dumps({"searches": bodies})))
        return self._read(response, BatchResponse, lambda found: [answer_from(one) for one in found.answers])

    def _verify(self, citations: list[Stored]) -> list[Verdict]:
        body = json.dumps({"citations": [asdict(citation) for citation in citations]})
        response = self._sender.send(Call("POST", "/v1/citations/verify", body=body))
        return self._read(response, Verdicts, lambda found: verdicts_from(found, citations))

    def _article(self, article_id: str, version: int | None) -> Call:
        given = None if version is None else {"version": str(version)}
        return Call("GET", f"/v1/articles/{asking.in_path(article_id)}", given)

    def _read(self, response: httpx2.Response, model: type[M], decode: Callable[[M], R]) -> R:
        """A response's JSON, decoded; fields that this client does not know are those of a newer server."""
        return self._checked(response, lambda: decode(model.model_validate_json(response.content, extra="ignore")))

    def _checked(self, response: httpx2.Response, decode: Callable[[], R]) -> R:
        try:
            return decode()
        except ValueError as error:  # pydantic's, too
            raise ServerError(
                f"{self.url} answered with what is no answer of Dragoman's: is `dragoman serve` there, and as new"
                f" as this client? ({' '.join(str(error).split())[:200]})",
                self.url,
                response.status_code,
            ) from error


def _laps(response: httpx2.Response) -> tuple[Lap, ...]:
    return laps_from(response.headers.get("Server-Timing", ""))
