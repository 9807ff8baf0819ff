"""The kinds of problem that the server answers with (RFC 9457), each with a page at /problems/NAME."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field

BASE = "/problems/"
"""Where the addresses of the types begin, relative to the server."""


class ProblemType(NamedTuple):
    """A kind of problem: its name in its address, its HTTP status, and what to know of it."""

    name: str
    status: int
    title: str
    means: str
    remedy: str
    example: str

    @property
    def uri(self) -> str:
        """What a problem's ``type`` holds: a reference relative to the server."""
        return f"{BASE}{self.name}"


class WrongParameter(BaseModel):
    """A parameter that is wrong; one inside a list or another object is named with dots, as in searches.3.k."""

    parameter: str
    detail: str


class Problem(BaseModel):
    """An error as RFC 9457 has it; ``errors`` names each parameter that is wrong."""

    type: Annotated[str, Field(description="Which kind of problem it is; a page at this address says more.")]
    title: Annotated[str, Field(description="The kind in words: the same for each problem of the type.")]
    status: int
    detail: Annotated[str, Field(description="What was wrong this time, and what to do.")]
    instance: Annotated[str | None, Field(description="The request's id, as in X-Request-ID.")] = None
    errors: list[WrongParameter] | None = None


_ALL = (
    ProblemType(
        "invalid-parameter",
        422,
        "A parameter makes no sense",
        "A parameter of the request is missing, unknown, of the wrong kind or out of its range.",
        "Mend what `errors` names, parameter by parameter. The same request will be refused again.",
        "per_article is -1, it must be from 0 to 1000",
    ),
    ProblemType(
        "invalid-body",
        400,
        "The body cannot be read",
        "The request's body is not JSON, or is nested deeper than can be read.",
        'Send a JSON object in UTF-8, such as {"q": "Who visited Pyongyang?"}.',
        'the body cannot be read as JSON: send an object such as {"q": "Who visited Pyongyang?"}',
    ),
    ProblemType(
        "unknown-host",
        421,
        "The server does not go by that name",
        "The Host header names a host that this server does not answer for. It protects an index on your own machine"
        " from web pages that point their names at it.",
        "Use the address that the server said when it started, or name the host in DRAGOMAN_HOSTS.",
        "this server does not answer for the host 'evil.example': use 127.0.0.1 or localhost, or name it in"
        " DRAGOMAN_HOSTS",
    ),
    ProblemType(
        "unauthorized",
        401,
        "A key is needed",
        "This server asks for an API key, and the request has none or one that it does not know.",
        "Send the key as `Authorization: Bearer KEY` or `X-API-Key: KEY`. Whoever runs the server gives out keys.",
        "an API key is needed: send it as Authorization: Bearer KEY or as X-API-Key: KEY",
    ),
    ProblemType(
        "not-found",
        404,
        "There is nothing here",
        "No article, passage or address has this name.",
        "Take ids from the answers of a search, and addresses from /openapi.json.",
        "no article 'vienna' in this index",
    ),
    ProblemType(
        "method-not-allowed",
        405,
        "The address does not take that method",
        "The address is right, the HTTP method is not.",
        "Use one of the methods that the Allow header names.",
        "PUT is not possible here, but GET, HEAD, POST",
    ),
    ProblemType(
        "cursor-expired",
        410,
        "The cursor belongs to an older index",
        "The index has been published anew since the first page. Pages of both would repeat and skip passages.",
        "Ask for the first page again, without a cursor.",
        "this cursor is of publication 6 and the index is now 7: ask again without a cursor",
    ),
    ProblemType(
        "body-too-large",
        413,
        "The body is too large",
        "The request's body has more bytes than the server reads.",
        "Send less in one request: fewer questions, or shorter ones.",
        "the body has more than 1,048,576 bytes: send less in one request",
    ),
    ProblemType(
        "unsupported-media-type",
        415,
        "The body is of the wrong kind",
        "The Content-Type of the request's body is not JSON.",
        "Send the parameters as JSON, with Content-Type: application/json.",
        "the body is text/plain: send a JSON object, as application/json",
    ),
    ProblemType(
        "rate-limited",
        429,
        "Too many requests with this key",
        "The key's rate has been used up.",
        "Wait for as many seconds as Retry-After says. RateLimit-Policy says how many requests are let in, and"
        " RateLimit how many are left.",
        "the key 'desk' may be used for 60 requests in 60 seconds: try again in 7 seconds",
    ),
    ProblemType(
        "busy",
        503,
        "Too many searches at once",
        "As many searches are running and waiting as the server can hold.",
        "Try the same request again after as many seconds as Retry-After says.",
        "2 searches are running and 24 waiting: try again in 1 second",
    ),
    ProblemType(
        "index-unavailable",
        503,
        "The index cannot be read",
        "The index is missing, damaged, being mended by another process, or made by another model.",
        "Try again later. Whoever runs the server finds the cause in `detail` and in its log; `dragoman verify` checks"
        " an index.",
        "another process is writing to the index: try again when it has ended",
    ),
    ProblemType(
        "internal",
        500,
        "Something went wrong in the server",
        "The program has a mistake. The request may be right.",
        "Report it with the request's id, which the server's log holds next to the cause.",
        "something went wrong in the server; its log says what, next to the request's id",
    ),
)

TYPES: Mapping[str, ProblemType] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every kind of problem, by name."""

BY_STATUS: Mapping[int, ProblemType] = MappingProxyType(
    {kind.status: kind for kind in _ALL if kind.name != "busy"},
)
"""The kind that a status means where nothing more is known."""


def with_status(status: int) -> tuple[ProblemType, ...]:
    """Every kind that has this status."""
    return tuple(kind for kind in _ALL if kind.status == status)


def example(kind: ProblemType) -> dict[str, Any]:
    """A problem of this kind, for the description of the interface."""
    wrong = [WrongParameter(parameter=kind.example.split(" ")[0], detail=kind.example)]
    problem = Problem(
        type=kind.uri,
        title=kind.title,
        status=kind.status,
        detail=kind.example,
        instance="8f3b2c1d9e4a5b60",
        errors=wrong if kind.name == "invalid-parameter" else None,
    )
    return problem.model_dump(exclude_none=True)


def schemas() -> dict[str, Any]:
    """The schemas of a problem by name, for the components of the description of the interface."""
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**problem.pop("$defs"), "Problem": problem}
