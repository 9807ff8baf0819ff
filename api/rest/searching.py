"""Searching: one question, many at once, passages like one, and what to complete a question with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api.parameters import Batch, FilterParameters, SearchParameters
from api.responses import BatchResponse, SearchResponse, SimilarResponse
from api.rest.turns import SAME, ask, json_of, not_repeated, searcher_of, tagged, timings
from api.serving.problems import documented
from api.serving.server_timing import HEADER, server_timing

router = APIRouter(tags=["search"], dependencies=[Depends(not_repeated)])

_BY_ADDRESS = (401, 410, 422, 429, 503)
_BY_BODY = (400, 401, 410, 413, 415, 422, 429, 503)


@router.get("/v1/search", response_model=SearchResponse, responses=SAME | documented(*_BY_ADDRESS))
def search(request: Request, parameters: Annotated[SearchParameters, Query()]) -> Response:
    """The k best passages for a question, best first."""
    return _searched(request, parameters)


@router.post("/v1/search", response_model=SearchResponse, responses=documented(*_BY_BODY))
def search_by_body(request: Request, parameters: SearchParameters) -> Response:
    """The same, with the parameters as a JSON object."""
    return _searched(request, parameters)


def _searched(request: Request, parameters: SearchParameters) -> Response:
    return tagged(
        request,
        (parameters.query(), parameters.explain, parameters.facets),
        lambda: ask(request, parameters),
        lambda answer: json_of(SearchResponse.of(answer)),
    )


@router.post("/v1/search/batch", response_model=BatchResponse, responses=documented(*_BY_BODY))
def search_batch(request: Request, batch: Batch) -> Response:
    """Up to 64 searches in one call, answered in their order, each as it would be alone.

    Where one of them makes no sense none is answered, and the problem names it.
    """
    batch.check()
    state = request.app.state
    with state.admission.turn():  # one for all of them, so that no batch ends half way
        answers = [ask(request, asked) for asked in batch.searches]
    for answer in answers:
        state.metrics.observe(timings(answer))
    response = json_of(BatchResponse(answers=[SearchResponse.of(answer) for answer in answers]))
    response.headers[HEADER] = server_timing([("total", sum(answer.took_ms for answer in answers))])
    return response


@router.get(
    "/v1/similar/{passage_id:path}", response_model=SimilarResponse, responses=SAME | documented(404, *_BY_ADDRESS)
)
def similar(request: Request, passage_id: str, parameters: Annotated[FilterParameters, Query()]) -> Response:
    """The k passages of other articles that are nearest in meaning to a passage (ARTICLE:ORDINAL), nearest first."""
    given = parameters.model_dump()
    return tagged(
        request,
        (given,),
        lambda: searcher_of(request).similar(passage_id, **given),
        lambda answer: json_of(SimilarResponse.of(passage_id, answer)),
    )


class Suggestions(JSONResponse):
    """The form in which browsers take completions (OpenSearch suggestions 1.0)."""

    media_type = "application/x-suggestions+json"


@router.get(
    "/v1/suggest",
    response_class=Suggestions,
    response_model=list[str | list[str]],
    responses=documented(401, 422, 429, 503),
)
def suggest(
    request: Request,
    q: Annotated[
        str, Query(description="The beginning of a question; its last word may be unfinished.", max_length=500)
    ],
) -> Suggestions:
    """Titles, names and publishers that begin so: what was typed, and a list of what it may become."""
    return Suggestions([q, searcher_of(request).suggest(q)])
