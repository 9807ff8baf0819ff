"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.responses import Health
from api.rest.turns import searcher_of
from api.serving import problems
from indexer.errors import DragomanError

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> Health:
    """Whether the process answers at all: on the event loop, so that no search can be in its way."""
    return Health(status="alive")


@router.get("/readyz", responses=problems.documented(503), response_model=Health)
def readyz(request: Request) -> Health | JSONResponse:
    """Whether the index is open and searches will be answered."""
    try:
        searcher_of(request).engine.snapshot()
    except DragomanError as error:
        return problems.problem(503, str(error))
    return Health(status="ready")
