"""A search as a file, and as a feed to come back to."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from api.answer import Answer
from api.citing.styles import STYLES
from api.export import EXPORTS
from api.feeds import ATOM, JSON_FEED, Place, atom, fresh, json_feed
from api.parameters import NO_SWITCH, SearchParameters
from api.queries import MAX_K
from api.rest.turns import SAME, ask, not_repeated, tagged
from api.serving.problems import documented
from indexer.errors import QueryError


class ExportParameters(SearchParameters):
    """A search whose hits are taken elsewhere: more of them, in another form."""

    k: Annotated[int, Field(description="How many passages are wanted.", ge=1, le=MAX_K), NO_SWITCH] = 100
    format: Annotated[Literal[tuple(EXPORTS)], Field(description="The form of the file.")]  # type: ignore[valid-type]


def _no_seconds(given: object) -> object:
    """Refuse a bare number: pydantic takes it for seconds since 1970, and a year for the morning of that day."""
    if isinstance(given, str) and re.fullmatch(r"\s*[-+]?[\d.]+\s*", given):
        raise ValueError(f"{given!r} is no moment: give a day or a time, such as 2026-05-23 or 2026-05-23T08:00Z")
    return given


class FeedParameters(SearchParameters):
    """A search that is asked again and again."""

    k: Annotated[int, Field(description="How many of the best passages are looked at.", ge=1, le=MAX_K), NO_SWITCH] = 50
    since: Annotated[
        datetime | None,
        Field(description="Only passages that came into the index after this moment (ISO 8601)."),
        BeforeValidator(_no_seconds),
    ] = None


MAX_IN_STYLE = 100
"""Citations in a style for reading at most: one takes as long as a whole search."""

router = APIRouter(tags=["export"], dependencies=[Depends(not_repeated)])

_PROBLEMS = SAME | documented(401, 410, 422, 429, 503)


def _one_of(*media_types: str) -> dict[str, object]:
    content = {
        media_type: {"schema": {"type": ["object", "array"] if media_type.endswith("json") else "string"}}
        for media_type in media_types
    }
    return {"description": "The file", "content": content}


@router.get(
    "/v1/export",
    response_class=Response,
    responses={200: _one_of(*(form.media_type for form in EXPORTS.values())), **_PROBLEMS},
)
def export(request: Request, parameters: Annotated[ExportParameters, Query()]) -> Response:
    """The hits of a search as a file: a table (csv), JSON lines (jsonl), or a list of citations.

    Cells of a table that a spreadsheet would take for formulas begin with an apostrophe.
    """
    form = EXPORTS[parameters.format]
    if parameters.format in STYLES and parameters.k > MAX_IN_STYLE:
        raise QueryError(
            f"k is {parameters.k}, {parameters.format} is written for at most {MAX_IN_STYLE}: take csl, bibtex or ris",
            "k",
        )

    def render(answer: Answer) -> Response:
        name = f'attachment; filename="dragoman.{form.extension}"'
        return Response(form.write(answer.hits), media_type=form.media_type, headers={"Content-Disposition": name})

    return tagged(
        request, (parameters.query(), parameters.format, parameters.explain), lambda: ask(request, parameters), render
    )


@router.get("/v1/feed.atom", response_class=Response, responses={200: _one_of(ATOM), **_PROBLEMS})
def atom_feed(request: Request, parameters: Annotated[FeedParameters, Query()]) -> Response:
    """The best passages for a question as an Atom feed, those first that came in last.

    Ask with If-None-Match, as feed readers do: 304 says that nothing new has been indexed since.
    """
    place = _place(request, parameters)
    return tagged(
        request,
        (parameters.query(), parameters.since, place.here),
        lambda: ask(request, parameters),
        lambda answer: Response(atom(answer.query.text, fresh(answer, parameters.since), place), media_type=ATOM),
    )


@router.get("/v1/feed.json", response_class=Response, responses={200: _one_of(JSON_FEED), **_PROBLEMS})
def feed_in_json(request: Request, parameters: Annotated[FeedParameters, Query()]) -> Response:
    """The same as a JSON feed."""
    place = _place(request, parameters)
    return tagged(
        request,
        (parameters.query(), parameters.since, place.here),
        lambda: ask(request, parameters),
        lambda answer: Response(
            json_feed(answer.query.text, fresh(answer, parameters.since), place), media_type=JSON_FEED
        ),
    )


def _place(request: Request, parameters: FeedParameters) -> Place:
    server = str(request.base_url).rstrip("/")
    known = parameters.model_dump(exclude_defaults=True, exclude={"k", "since", "cursor", "explain", "facets"})
    return Place(str(request.url), f"{server}/?{urlencode(known, doseq=True)}", server)
