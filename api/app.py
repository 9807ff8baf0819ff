"""The HTTP application: REST under /v1, health, metrics and the pages. See /openapi.json for the contract."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.assistants import mcp_http
from api.rest import health, lookups, searching, taking_away
from api.search import Searcher
from api.serving import middleware, problems
from api.serving.admission import Admission, admission_for
from api.serving.metrics import Metrics
from api.serving.problem_types import schemas as problem_schemas
from api.web import pages, trouble
from indexer.settings import Settings

_SUMMARY = "Ranked paragraphs of foreign-policy news for a question in plain words, each with its citation."

_DESCRIPTION = (
    "A question in plain words gets back the paragraphs that answer it, word for word, each with the article it stands"
    " in. Every error is application/problem+json (RFC 9457). Searches, articles and passages carry an ETag: that of a"
    " search holds until the index is published anew, the others until what they tag changes. Searches say how"
    " long they took in Server-Timing. Where the server asks for a key, send it as Authorization: Bearer KEY or as"
    " X-API-Key."
)

_LONGEST_BODY = 2**20
"""Bytes; the longest batch of questions is far shorter in any writing."""

_NO_SPECIFICATION = {"HTTPValidationError", "ValidationError"}
"""FastAPI's own form of an error, in which nothing here answers."""


def create_app(searcher: Searcher, settings: Settings | None = None) -> FastAPI:
    """The application over an open index. Endpoints are plain functions: they run in threads, not on the loop."""
    settings = settings or Settings()
    app = _documented()
    app.state.searcher = searcher
    app.state.admission = admission_for(settings)
    app.state.metrics = _metrics(searcher, app.state.admission)
    problems.install(app, _LONGEST_BODY, page=trouble.error_page if settings.pages else None)
    middleware.install(app, settings, app.state.metrics, app.state.admission)
    app.state.metrics.install(app)
    mcp_http.mount(
        app,
        searcher,
        app.state.admission.turn,
        hosts=settings.hosts,
        origins=settings.cors_origins,
        pages=settings.pages,
    )
    app.include_router(trouble.router)
    if settings.pages:
        app.include_router(pages.router)
    return app


def describe() -> dict[str, Any]:
    """The contract of the REST interface (OpenAPI 3.1), for which no index is needed."""
    return _documented().openapi()


def _documented() -> FastAPI:
    """An application with all that /openapi.json tells of."""
    app = FastAPI(
        title="Dragoman",
        version="1",
        summary=_SUMMARY,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    for router in (searching.router, taking_away.router, lookups.router, health.router):
        app.include_router(router)
    _describe_problems(app)
    return app


def _metrics(searcher: Searcher, admission: Admission) -> Metrics:
    found = Metrics()
    found.watch_admission(admission)
    found.watch_index(lambda: searcher.engine.snapshot().info)
    return found


def _describe_problems(app: FastAPI) -> None:
    """Put the Problem schema where the documented responses point to; no endpoint answers in FastAPI's own form."""
    generate = app.openapi

    def described() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(problem_schemas())
        for unused in _NO_SPECIFICATION:
            schemas.pop(unused, None)
        for operation in (operation for path in document["paths"].values() for operation in path.values()):
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]  # a path takes any text: nothing in it can be invalid
        return document

    app.openapi = described  # type: ignore[method-assign]
