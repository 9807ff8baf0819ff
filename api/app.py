"""The HTTP surface: REST under /v1, health, and the search page. See /openapi.json for the contract."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse

from api import problems
from api.schemas import ArticleText, Health, PassageAnswer, Problem, SearchParameters, SearchResponse, Stats
from api.search import Searcher
from api.web import pages
from indexer.errors import DragomanError, NotFound

_SUMMARY = "Ranked paragraphs of foreign-policy news for a question in plain words, each with its citation."

_LONGEST_BODY = 2**20
"""Bytes; a question is far shorter in any writing."""


def create_app(searcher: Searcher) -> FastAPI:
    """The application over an open index. Endpoints are plain functions: they run in threads, not on the loop."""
    app = FastAPI(title="Dragoman", version="1", summary=_SUMMARY, docs_url=None, redoc_url=None)
    app.state.searcher = searcher
    problems.install(app, _LONGEST_BODY)
    _add_search(app, searcher)
    _add_lookups(app, searcher)
    _add_health(app, searcher)
    app.include_router(pages.router)
    _describe_problems(app)
    return app


def _add_search(app: FastAPI, searcher: Searcher) -> None:
    @app.get("/v1/search", responses=problems.documented(422, 503))
    def search(parameters: Annotated[SearchParameters, Query()]) -> SearchResponse:
        """The k best passages for a question, best first."""
        return SearchResponse.of(searcher.answer(parameters.query()), explain=parameters.explain)

    @app.post("/v1/search", responses=problems.documented(400, 413, 422, 503))
    def search_by_body(parameters: SearchParameters) -> SearchResponse:
        """The same, with the parameters as a JSON object."""
        return SearchResponse.of(searcher.answer(parameters.query()), explain=parameters.explain)


def _add_lookups(app: FastAPI, searcher: Searcher) -> None:
    @app.get("/v1/articles/{article_id:path}", responses=problems.documented(404, 503))
    def article(article_id: str) -> ArticleText:
        """An article's current version: what is known about it, its text, and the places of its passages."""
        return ArticleText.of_stored(pages.find_article(searcher, article_id))

    @app.get("/v1/passages/{passage_id:path}", responses=problems.documented(404, 503))
    def passage(passage_id: str) -> PassageAnswer:
        """A passage (ARTICLE:ORDINAL) of an article's current version."""
        article_id, _, ordinal = passage_id.rpartition(":")
        known = ordinal.isascii() and ordinal.isdigit() and len(ordinal) < 10
        found = searcher.engine.snapshot().passage(article_id, int(ordinal)) if known else None
        if found is None:
            raise NotFound(f"no passage {passage_id!r}: passages are named ARTICLE:ORDINAL, counted from 0")
        return PassageAnswer.of(found)

    @app.get("/v1/stats", responses=problems.documented(503))
    def stats() -> Stats:
        """What the index holds."""
        return Stats.of(searcher.engine.snapshot().info, searcher.engine.counts())


def _add_health(app: FastAPI, searcher: Searcher) -> None:
    @app.get("/livez")
    async def livez() -> Health:
        """Whether the process answers at all."""
        return Health(status="alive")

    @app.get("/readyz", responses=problems.documented(503), response_model=Health)
    def readyz(_: Request) -> Health | JSONResponse:
        """Whether the index is open and searches will be answered."""
        try:
            searcher.engine.snapshot()
        except DragomanError as error:
            return problems.problem(503, str(error))
        return Health(status="ready")


def _describe_problems(app: FastAPI) -> None:
    """Put the Problem schema where the documented responses point to; no endpoint answers in FastAPI's own form."""
    generate = app.openapi

    def described() -> dict[str, object]:
        document = generate()
        components = document.setdefault("components", {}).setdefault("schemas", {})
        components["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        for operation in (operation for path in document["paths"].values() for operation in path.values()):
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]  # a path takes any text: nothing in it can be invalid
        return document

    app.openapi = described  # type: ignore[method-assign]
