"""Every error as application/problem+json (RFC 9457), saying what was wrong and what to do."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.schemas import Problem
from indexer.errors import DragomanError, NotFound, QueryError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_NO_JSON = 'the body cannot be read as JSON: send an object such as {"q": "Who visited Pyongyang?"}'


def problem(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> JSONResponse:
    """A problem response."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return JSONResponse(body.model_dump(exclude_none=True), status, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems an endpoint can answer with, for its OpenAPI description."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install(app: FastAPI, longest_body: int) -> None:
    """Answer every error of this application with a problem; ``longest_body`` is in bytes."""
    app.add_middleware(ShortBodies, longest=longest_body)
    app.add_exception_handler(QueryError, _bad_query)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(DragomanError, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


class ShortBodies:
    """Stops reading a body that is too long, before it fills the memory."""

    def __init__(self, app: ASGIApp, longest: int) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def receive_some() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._longest:
                raise HTTPException(413, f"the body has more than {self._longest:,} bytes: a search is one question")
            return message

        await self._app(scope, receive_some, send)


def _bad_query(_: Request, error: Exception) -> JSONResponse:
    parameter = getattr(error, "parameter", "q")
    return problem(422, str(error), [{"parameter": parameter, "detail": str(error)}])


def _not_found(_: Request, error: Exception) -> JSONResponse:
    return problem(404, str(error))


def _unavailable(_: Request, error: Exception) -> JSONResponse:
    log.error("%s: %s", type(error).__name__, error)
    return problem(503, str(error))


def _invalid(_: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if any(item["type"] == "json_invalid" for item in found):
        return problem(400, _NO_JSON)
    errors = [{"parameter": _parameter(item), "detail": _detail(item)} for item in found]
    return problem(422, "; ".join(f"{item['parameter']}: {item['detail']}" for item in errors), errors)


def _parameter(item: dict[str, Any]) -> str:
    return ".".join(str(part) for part in item["loc"][1:]) or "body"


def _detail(item: dict[str, Any]) -> str:
    match item["type"]:
        case "extra_forbidden":
            return "there is no such parameter; /openapi.json lists those there are"
        case "missing":
            return "it is missing"
        case "model_attributes_type":
            return 'it is not a JSON object: send one, such as {"q": "Who visited Pyongyang?"}, as application/json'
        case _:
            return str(item["msg"])


def _http(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses."""
    status = getattr(error, "status_code", 500)
    headers = dict(getattr(error, "headers", None) or {})
    detail = str(getattr(error, "detail", "")) or HTTPStatus(status).phrase
    match status:
        case 400:
            detail = _NO_JSON
        case 404:
            detail = f"there is nothing at {request.scope['path']}; /openapi.json lists what there is"
        case 405:
            headers["Allow"] = ", ".join(_methods(request)) or headers.get("Allow", "GET")
            detail = f"{request.method} is not possible here, but {headers['Allow']}"
    response = problem(status, detail)
    response.headers.update(headers)
    return response


def _methods(request: Request) -> list[str]:
    """The methods of every route with this path: the framework names only the first one's."""
    same = (route for route in request.app.routes if route.matches(request.scope)[0] != Match.NONE)
    return sorted({method for route in same for method in getattr(route, "methods", None) or ()})


def _unexpected(_: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", exc_info=error)
    return problem(500, "something went wrong in the server; its log says what")
