"""What is said when something is not there or does not work: each page says what to do next."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.serving.problem_types import TYPES, Problem
from api.web.render import page
from indexer.errors import NotFound

router = APIRouter(include_in_schema=False)


class Trouble(NamedTuple):
    """A heading, what it means for a reader, and whether trying the same address again may help."""

    heading: str
    means: str
    again: bool = False


_NOT_FOUND = Trouble("Not found", "It may have been taken out since the link was made, or the address has a slip.")
_BY_NAME = {
    "busy": Trouble(
        "Many questions at once", "The server is busy with the questions of others. It has time again soon.", again=True
    ),
    "index-unavailable": Trouble(
        "The index cannot be read just now", "Until it can, nothing is found. It may be back in a moment.", again=True
    ),
    "internal": Trouble(
        "Something went wrong", "It is the server's mistake, not yours. It has been noted down.", again=True
    ),
    "cursor-expired": Trouble("The index has changed", "Ask again, and you get the newest results."),
    "not-found": _NOT_FOUND,
}
_OTHERWISE = Trouble("This cannot be done", "Something about the address makes no sense.")


def error_page(status: int, problem: Problem, request: Request) -> Response | None:
    """The page for a problem at an address for people; None where a program asked for something else than a page."""
    wanted = request.headers.get("accept", "*/*")
    if "text/html" not in wanted and "*/*" not in wanted:
        return None
    trouble = _BY_NAME.get(problem.type.rpartition("/")[2], _OTHERWISE)
    shown = {"trouble": trouble, "problem": problem, "again": _here(request), "is_ours": status >= 500}
    return page("problem.html", status, q=request.query_params.get("q", ""), **shown)


def _here(request: Request) -> str:
    """The address that was asked for, below this server whatever it begins with ("//" would lead to another one)."""
    path = f"/{request.url.path.lstrip('/')}"
    return f"{path}?{request.url.query}" if request.url.query else path


@router.get("/problems/{name}")
def problem_type_page(name: str) -> Response:
    """What a type of problem means, for whoever calls the interface from a program."""
    if name not in TYPES:
        raise NotFound(f"no type of problem {name!r}: there are {', '.join(TYPES)}")
    return page("problem_type.html", kind=TYPES[name])
