"""Every error as application/problem+json (RFC 9457), saying what was wrong and what to do."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas import Problem
from indexer.errors import DragomanError, NotFound, QueryError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


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


def install(app: FastAPI) -> None:
    """Answer every error of this application with a problem."""
    app.add_exception_handler(QueryError, _bad_query)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(DragomanError, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


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
        return problem(400, 'the body is not JSON: send an object such as {"q": "Who visited Pyongyang?"}')
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
        case _:
            return str(item["msg"])


def _http(_: Request, error: Exception) -> JSONResponse:
    status = getattr(error, "status_code", 500)
    response = problem(status, str(getattr(error, "detail", "")) or HTTPStatus(status).phrase)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def _unexpected(_: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", exc_info=error)
    return problem(500, "something went wrong in the server; its log says what")
