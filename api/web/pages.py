"""The search page: the question box, what was understood, filters, the timeline and the passages that were found."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.answer import Answer
from api.queries import make_query
from api.rest.turns import run, searcher_of, timings
from api.search import Searcher
from api.serving.caching import STATIC
from api.serving.server_timing import HEADER, server_timing
from api.web import reading
from api.web.address import Address
from api.web.assets import asset, asset_at
from api.web.opensearch import MEDIA_TYPE, description
from api.web.render import page
from api.web.timeline import chart
from api.web.view import Span, chips, facets, understood
from indexer.errors import CursorExpired, NotFound, QueryError
from indexer.types import PER_ARTICLE

router = APIRouter(include_in_schema=False)
router.include_router(reading.router)

EXAMPLES = (
    "Who went to Pyongyang while Kishida was in Washington?",
    "Why did Seoul end its intelligence pact with Tokyo?",
    "Which countries expelled Russian diplomats after the poisoning in Salisbury?",
)
"""Questions that the starter corpus answers."""

_WORDING = (
    ("an ISO 8601 date such as", "a date: write a year, a month or a day, such as"),
    ("after (", "the first date ("),
    ("before (", "the second ("),
)

_AN_HOUR = "public, max-age=3600"


class Wrong(NamedTuple):
    """A parameter that makes no sense, and what to say of it."""

    parameter: str
    message: str


@router.get("/")
def search_page(request: Request) -> Response:
    """The search box and, for a question, its results; what a form left empty is taken out of the address first."""
    given = request.query_params.multi_items()
    address = Address.of(given)
    if sorted(given) != sorted(address.pairs()):
        return RedirectResponse(str(address), 303)
    return _results(request, address) if address.q else _front(searcher_of(request), address)


def _front(searcher: Searcher, address: Address) -> Response:
    info = searcher.engine.snapshot().info
    return page("front.html", address=address, info=info, examples=[Address(q=question) for question in EXAMPLES])


def _results(request: Request, address: Address) -> Response:
    try:
        answer, lost = _turned(request, address)
    except QueryError as problem:
        return _refused(address, Wrong(problem.parameter, in_plain_words(problem)))
    counted = answer.facets
    shown = page(
        "search.html",
        address=address.first_page if lost else address,
        answer=answer,
        error=None,
        lost=lost,
        chips=chips(address),
        understood=understood(address, answer.periods),
        facets=facets(address, counted) if counted else [],
        chart=chart(address, counted.timeline) if counted else None,
        publishers=[count.value for count in counted.publishers] if counted else [],
        span=Span.shown(answer),
    )
    shown.headers[HEADER] = server_timing(timings(answer))
    return shown


def _refused(address: Address, wrong: Wrong) -> Response:
    """The page on which what makes no sense can be mended."""
    return page("search.html", 422, address=address, error=wrong, answer=None, chips=chips(address), understood=[])


def _turned(request: Request, address: Address) -> tuple[Answer, str | None]:
    """The answer, and why it is the first page although another one was asked for."""
    try:
        return _search(request, address), None
    except CursorExpired:
        return _search(request, address.first_page), "expired"
    except QueryError as problem:
        if problem.parameter != "cursor":
            raise
        return _search(request, address.first_page), "strange"


def _search(request: Request, address: Address) -> Answer:
    query = make_query(
        address.q,
        after=address.after,
        before=address.before,
        publisher=address.publisher,
        country=address.country,
        language=address.language,
        per_article=_whole(address.per_article),
        asked_on=address.asked_on or "today",
        sort=address.sort or "relevance",
        cursor=address.cursor or None,
    )
    return run(request, lambda: searcher_of(request).answer(query, explain=True, facets=True))


def _whole(text: str) -> int:
    if not text:
        return PER_ARTICLE
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise QueryError(f"per_article is {text!r}, it must be a whole number", "per_article")
    return int(text)


def in_plain_words(problem: QueryError) -> str:
    """What is wrong, as a sentence that names fields as the page does, not parameters as programs do."""
    message = str(problem).removeprefix(f"{problem.parameter}: ")
    for theirs, ours in _WORDING:
        message = message.replace(theirs, ours)
    return f"{message[:1].upper()}{message[1:]}."


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A stylesheet, script or picture."""
    found = asset_at(f"/static/{name}")
    if found is None:
        raise NotFound(f"there is no file {name!r} among those of the pages")
    file, is_this_content = found
    headers = {"Cache-Control": STATIC if is_this_content else _AN_HOUR, "X-Content-Type-Options": "nosniff"}
    return Response(file.content, media_type=file.media_type, headers=headers)


@router.get("/opensearch.xml")
def opensearch(request: Request) -> Response:
    """How a browser adds this search to its own box."""
    base = str(request.base_url).rstrip("/")
    return Response(description(base, asset("icon.svg").address), media_type=MEDIA_TYPE)


@router.get("/favicon.ico")
def favicon() -> Response:
    """What browsers ask for unasked."""
    return RedirectResponse(asset("icon.svg").address, 308)
