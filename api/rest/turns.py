"""What every answer of a search shares: its turn in front of the model, its times, its tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from api.answer import Answer
from api.parameters import SearchParameters
from api.search import Searcher
from api.serving.caching import REVALIDATE, etag, headers, not_modified
from api.serving.server_timing import HEADER, server_timing
from indexer.errors import QueryError

SAME: dict[int | str, dict[str, Any]] = {304: {"description": "What the caller holds is still the answer."}}
"""Of what carries an ETag, for its OpenAPI description."""

SEVERAL = {"publisher", "country", "language"}
"""Parameters that may be given again for another name."""


def searcher_of(request: Request) -> Searcher:
    """The open index of the application that a request came to."""
    found: Searcher = request.app.state.searcher
    return found


def ask(request: Request, parameters: SearchParameters) -> Answer:
    """Search for what the parameters say. Raises QueryError."""
    query = parameters.query()
    return searcher_of(request).answer(query, explain=parameters.explain, facets=parameters.facets)


def run(request: Request, search: Callable[[], Answer]) -> Answer:
    """Search when it is this request's turn. Raises Busy where too many wait."""
    state = request.app.state
    with state.admission.turn():
        answer = search()
    state.metrics.observe(timings(answer))
    return answer


def timings(answer: Answer) -> list[tuple[str, float]]:
    """The stages of a search with their milliseconds, and the whole."""
    return [*((lap.stage, lap.ms) for lap in answer.laps), ("total", answer.took_ms)]


def tagged(
    request: Request, asked: tuple[object, ...], search: Callable[[], Answer], render: Callable[[Answer], Response]
) -> Response:
    """The answer, or 304 without a search where the caller holds it already.

    ``asked`` is what the answer depends on, beside the published index and the reranker.
    """
    searcher = searcher_of(request)
    reranker = searcher.reranker.name if searcher.reranker else None
    tag = etag(request.url.path, searcher.engine.snapshot().info, reranker, *asked)
    if (same := not_modified(request, tag)) is not None:
        return same
    with request.app.state.admission.turn():  # which includes the writing: of a long list it takes the longer time
        answer = search()
        response = render(answer)
    request.app.state.metrics.observe(timings(answer))
    response.headers.update(headers(tag, REVALIDATE))
    response.headers[HEADER] = server_timing(timings(answer))
    return response


async def not_repeated(request: Request) -> None:
    """Raise QueryError for a parameter that is given twice, unless it may name several.

    On the loop, unlike endpoints: a plain function would take a thread of its own before the search takes one.
    """
    for name in request.query_params:
        given = request.query_params.getlist(name)
        if len(given) > 1 and name not in SEVERAL:
            raise QueryError(f"{name} is given {len(given)} times: give it once", name)


def json_of(model: BaseModel) -> Response:
    """A model as JSON, written once: FastAPI would check it a second time."""
    return Response(model.model_dump_json(), media_type="application/json")
