"""Every error as application/problem+json (RFC 9457), saying what was wrong and what to do; as a page to a reader."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.serving import request_ids
from api.serving.allowed import Schema, allowed
from api.serving.bodies import LastResort, ShortBodies
from api.serving.problem_types import BY_STATUS, TYPES, Problem, ProblemType, WrongParameter, example, with_status
from api.serving.surfaces import is_page, local_path
from api.serving.wording import bare, sentence
from indexer.errors import Busy, CursorExpired, DragomanError, NotFound, QueryError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

Page = Callable[[int, Problem, Request], Response | None]
"""Makes a page of a problem, or None for the problem as it is. It is called in a thread."""

_NO_JSON = TYPES["invalid-body"].example
_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
"""What a problem with such a status tells in a header."""


def problem(
    status: int,
    detail: str,
    errors: Sequence[WrongParameter] | None = None,
    *,
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem response. ``kind`` names one of problem_types.TYPES where the status alone does not."""
    return _rendered(_made(status, detail, errors, kind), headers)


def _made(status: int, detail: str, errors: Sequence[WrongParameter] | None = None, kind: str | None = None) -> Problem:
    known = TYPES[kind] if kind else BY_STATUS.get(status)
    return Problem(
        type=known.uri if known else "about:blank",
        title=known.title if known else HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request_ids.current(),
        errors=list(errors) if errors else None,
    )


def _rendered(found: Problem, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse(found.model_dump(exclude_none=True), found.status, headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems an endpoint can answer with, for its OpenAPI description, each with an example."""
    return {status: _described(status, with_status(status)) for status in statuses}


def _described(status: int, kinds: Sequence[ProblemType]) -> dict[str, Any]:
    examples = {kind.name: {"summary": kind.title, "value": example(kind)} for kind in kinds}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    described: dict[str, Any] = {
        "description": "; or: ".join(kind.title for kind in kinds) or HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: content},
    }
    if status in _HEADERS:
        described["headers"] = {_HEADERS[status]: {"schema": {"type": "string"}}}
    return described


def install(app: FastAPI, longest_body: int, page: Page | None = None) -> None:
    """Answer every error of this application with a problem; ``longest_body`` is in bytes.

    ``page`` makes pages of problems at the addresses that are for people. Its middleware is to be the innermost: call
    this before api.serving.middleware.install.
    """
    handlers = _Handlers(page)
    app.add_middleware(ShortBodies, longest=longest_body)
    app.add_middleware(LastResort, answer=handlers.unexpected)
    app.add_exception_handler(QueryError, handlers.bad_query)
    app.add_exception_handler(CursorExpired, handlers.expired)
    app.add_exception_handler(NotFound, handlers.not_found)
    app.add_exception_handler(Busy, handlers.busy)
    app.add_exception_handler(DragomanError, handlers.unavailable)
    app.add_exception_handler(RequestValidationError, handlers.invalid)
    app.add_exception_handler(HTTPException, handlers.http)
    app.add_exception_handler(Exception, handlers.unexpected)


class _Handlers:
    """What is answered for each error. Coroutines: they need no thread while all threads are busy."""

    def __init__(self, page: Page | None) -> None:
        self._page = page

    async def bad_query(self, request: Request, error: Exception) -> Response:
        wrong = WrongParameter(parameter=getattr(error, "parameter", "q"), detail=str(error))
        return await self._answer(request, _made(422, str(error), [wrong]))

    async def expired(self, request: Request, error: Exception) -> Response:
        return await self._answer(request, _made(410, str(error)))

    async def not_found(self, request: Request, error: Exception) -> Response:
        return await self._answer(request, _made(404, str(error)))

    async def busy(self, request: Request, error: Exception) -> Response:
        headers = {"Retry-After": str(getattr(error, "retry_after", 1))}
        return await self._answer(request, _made(503, str(error), kind="busy"), headers)

    async def unavailable(self, request: Request, error: Exception) -> Response:
        log.error("request %s: %s: %s", request_ids.current(), type(error).__name__, error)
        return await self._answer(request, _made(503, str(error)))

    async def unexpected(self, request: Request, error: Exception) -> Response:
        log.error("request %s: unexpected error", request_ids.current(), exc_info=error)
        return await self._answer(request, _made(500, TYPES["internal"].example))

    async def invalid(self, request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        return await self._answer(request, _invalid(request, found))

    async def http(self, request: Request, error: Exception) -> Response:
        """What the framework itself refuses."""
        status = int(getattr(error, "status_code", 500))
        headers = dict(getattr(error, "headers", None) or {})
        if status == 405:
            headers["Allow"] = ", ".join(_methods(request)) or headers.get("Allow", "GET")
        said = str(getattr(error, "detail", "")) or HTTPStatus(status).phrase
        return await self._answer(request, _made(status, _detail(request, status, said, headers)), headers)

    async def _answer(self, request: Request, found: Problem, headers: Mapping[str, str] | None = None) -> Response:
        page = await self._paged(request, found)
        if page is None:
            return _rendered(found, headers)
        page.headers.update(headers or {})
        return page

    async def _paged(self, request: Request, found: Problem) -> Response | None:
        """The problem as a page where one is due. One that cannot be made must not hide what went wrong before."""
        if self._page is None or not is_page(local_path(request.scope)):
            return None
        try:
            return await run_in_threadpool(self._page, found.status, found, request)
        except Exception:
            log.exception("request %s: no page for the problem %r", request_ids.current(), found.detail)
            return None


def _invalid(request: Request, found: Sequence[Any]) -> Problem:
    if any(item["type"] == "json_invalid" for item in found):
        return _made(400, _NO_JSON)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind and not kind.endswith(("/json", "+json")) and any(tuple(item["loc"]) == ("body",) for item in found):
        return _made(415, f"the body is {bare(kind)}: send a JSON object, as application/json")
    errors = [_wrong(request, item) for item in found]
    return _made(422, "; ".join(error.detail for error in errors), errors)


def _wrong(request: Request, item: Mapping[str, Any]) -> WrongParameter:
    name = bare(".".join(str(part) for part in item["loc"][1:])) or "body"
    return WrongParameter(parameter=name, detail=sentence(name, item, _schema(request, item["loc"])))


def _schema(request: Request, place: Sequence[str | int]) -> Schema:
    template = getattr(request.scope.get("route"), "path_format", "")
    return allowed(request.app.openapi(), template, request.method, list(place))


def _detail(request: Request, status: int, said: str, headers: Mapping[str, str]) -> str:
    match status:
        case 400:
            return _NO_JSON
        case 404:
            return f"there is nothing at {request.scope['path']}; /openapi.json lists what there is"
        case 405:
            return f"{request.method} is not possible here, but {headers['Allow']}"
    return said


def _methods(request: Request) -> list[str]:
    """The methods of every route with this path: the framework names only the first one's. HEAD goes with GET."""
    path = local_path(request.scope)
    same = (route for route in iter_route_contexts(request.app.routes) if hasattr(route, "path_regex"))
    found = {method for route in same if route.path_regex.match(path) for method in route.methods or ()}
    return sorted(found | ({"HEAD"} if "GET" in found else set()))
