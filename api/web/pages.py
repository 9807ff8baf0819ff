"""The pages: the search box with its results, an article with its passages, and what to say when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.citations import cite, in_words
from api.explain import reasons
from api.search import Searcher, make_query
from api.when import in_words as period_in_words
from indexer.errors import NotFound, QueryError
from indexer.types import PARAGRAPH_BREAK, Passage, StoredArticle

router = APIRouter(include_in_schema=False)

_PAGES = Environment(
    loader=PackageLoader("api.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_PAGES.filters["in_words"] = in_words
_PAGES.filters["period_in_words"] = period_in_words
_PAGES.globals["cite"] = cite
_PAGES.globals["reasons"] = reasons

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

EXAMPLES = (
    "Who went to Pyongyang while Kishida was in Washington?",
    "Why did Seoul end its intelligence pact with Tokyo?",
    "Which countries expelled Russian diplomats after the poisoning in Salisbury?",
)
"""Questions that the starter corpus answers."""


def find_article(searcher: Searcher, article_id: str) -> StoredArticle:
    """The current version of an article. Raises NotFound."""
    found = searcher.engine.snapshot().article(article_id)
    if found is None:
        raise NotFound(f"no article {article_id!r} in this index")
    return found


_OPENING = 90
"""Characters of a passage by which a reader tells whether to open it."""


def opening(text: str) -> str:
    """The first words of a text; the first characters where it is written without spaces."""
    if len(text) <= _OPENING:
        return text
    return f"{text[:_OPENING].rpartition(' ')[0] or text[:_OPENING]} …"


_PAGES.filters["opening"] = opening


def segments(text: str, spans: tuple[tuple[int, int], ...], start: int = 0) -> Iterator[tuple[str, bool]]:
    """A text that begins at ``start`` in its article, cut at the edges of marked spans: (piece, marked)."""
    at = start
    for low, high in spans:
        yield text[at - start : low - start], False
        yield text[low - start : high - start], True
        at = high
    yield text[at - start :], False


Piece = tuple[str, int | None]
"""A part of a paragraph, with the ordinal of the passage that it is, None where it is none."""


def paragraphs(found: StoredArticle) -> Iterator[list[Piece]]:
    """The paragraphs of an article in their pieces, which join to its text; most have one, crumbs have no passage."""
    start = 0
    for text in found.article.text.split(PARAGRAPH_BREAK):
        end = start + len(text)
        yield list(_pieces(text, start, [passage for passage in found.passages if start <= passage.start < end]))
        start = end + len(PARAGRAPH_BREAK)


def _pieces(text: str, start: int, passages: list[Passage]) -> Iterator[Piece]:
    at = start
    for passage in passages:
        if at < passage.start:
            yield text[at - start : passage.start - start], None
        yield passage.text, passage.ordinal
        at = passage.end
    if at < start + len(text):
        yield text[at - start :], None


@router.get("/")
def search_page(
    request: Request,
    q: str = "",
    after: str = "",
    before: str = "",
    publisher: Annotated[list[str] | None, Query()] = None,
) -> HTMLResponse:
    """The search box and, for a question, its results."""
    searcher: Searcher = request.app.state.searcher
    form = {"q": q, "after": after, "before": before, "publisher": (publisher or [""])[0]}
    answer, error = None, None
    if q.strip():
        try:
            answer = searcher.answer(make_query(q, 10, after, before, publisher or ()))
        except QueryError as problem:
            error = str(problem)
    info = answer.index if answer else searcher.engine.snapshot().info
    shown = {"form": form, "answer": answer, "error": error, "info": info, "examples": EXAMPLES}
    return _page("search.html", 422 if error else 200, **shown, segments=segments)


@router.get("/article/{article_id:path}")
def article_page(request: Request, article_id: str) -> HTMLResponse:
    """An article as it is stored, each passage with its own address: /article/ID#p3."""
    searcher: Searcher = request.app.state.searcher
    try:
        found = find_article(searcher, article_id)
    except NotFound as error:
        return _page("missing.html", 404, message=str(error))
    return _page("article.html", found=found, article=found.article.meta, paragraphs=list(paragraphs(found)))


@router.get("/static/style.css")
def style() -> Response:
    """The one stylesheet."""
    content = files("api.web").joinpath("static/style.css").read_bytes()
    return Response(content, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _page(template: str, status: int = 200, **shown: object) -> HTMLResponse:
    return HTMLResponse(_PAGES.get_template(template).render(**shown), status, headers=_HEADERS)
