"""What the index holds: articles in all their versions, passages, citations, and how much of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.citing.formats import FORMATS, written
from api.citing.verification import Stored, verify
from api.parameters import Citations
from api.responses import CitationAnswer, Stats, Verdicts
from api.rest.turns import SAME, json_of, not_repeated, searcher_of
from api.schemas import ArticleText, CitationOut, PassageAnswer
from api.search import Searcher, find_article, find_cited, find_passage
from api.serving.caching import etag, headers, not_modified
from api.serving.problems import documented
from indexer.engine import Snapshot
from indexer.types import EDITIONS

router = APIRouter(tags=["lookup"], dependencies=[Depends(not_repeated)])


@router.get(
    "/v1/articles/{article_id:path}", response_model=ArticleText, responses=SAME | documented(401, 404, 422, 429, 503)
)
def article(
    request: Request,
    article_id: str,
    version: Annotated[int | None, Query(ge=1, description="An older one than the one that is searched.")] = None,
) -> Response:
    """An article: what is known about it, its text, the places of its passages, its versions and editions."""
    return _tagged(request, json_of(_text(searcher_of(request).engine.snapshot(), article_id, version)))


def _tagged(request: Request, response: Response) -> Response:
    """The response, or 304 where the caller holds it. What is marked as vanished is so at once, not when published."""
    tag = etag(request.url.path, bytes(response.body).decode())
    response.headers.update(headers(tag))
    return not_modified(request, tag) or response


def _text(snapshot: Snapshot, article_id: str, version: int | None) -> ArticleText:
    found = find_article(snapshot, article_id, version)
    return ArticleText.of_stored(found, snapshot.versions(article_id), snapshot.editions(article_id)[:EDITIONS])


@router.get(
    "/v1/passages/{passage_id:path}", response_model=PassageAnswer, responses=SAME | documented(401, 404, 429, 503)
)
def passage(request: Request, passage_id: str) -> Response:
    """A passage (ARTICLE:ORDINAL) of an article's current version."""
    return _tagged(request, json_of(_passage(searcher_of(request).engine.snapshot(), passage_id)))


def _passage(snapshot: Snapshot, passage_id: str) -> PassageAnswer:
    found = find_passage(snapshot, passage_id)
    return PassageAnswer.of(found, *snapshot.texts([found.number]))


@router.get(
    "/v1/citations/{passage_id:path}",
    response_model=CitationAnswer,
    responses=documented(401, 404, 429, 503),
)
def citation(request: Request, passage_id: str) -> Response:
    """How to cite a passage: exact quote with its place and hash, and references in every style."""
    cited = find_cited(searcher_of(request).engine.snapshot(), passage_id)
    forms = {name: written(name, [cited]) for name in FORMATS}
    return json_of(CitationAnswer(citation=CitationOut.of(cited.citation), forms=forms))


@router.post("/v1/citations/verify", response_model=Verdicts, responses=documented(400, 401, 413, 415, 422, 429, 503))
def verify_citations(request: Request, given: Citations) -> Response:
    """Whether each quote still stands in its article, was changed, or is gone."""
    stored = [Stored(**one.model_dump(exclude={"text", "url"})) for one in given.citations]
    with request.app.state.admission.turn():  # a thousand changed articles are read through for what is left of them
        return json_of(Verdicts.of(verify(stored, searcher_of(request).engine.snapshot())))


@router.get("/v1/stats", responses=documented(401, 429, 503))
def stats(request: Request) -> Stats:
    """What the index holds."""
    searcher: Searcher = searcher_of(request)
    return Stats.of(searcher.engine.snapshot().info, searcher.engine.counts())
