"""Turns searches away where no more may wait: before anything is done for them, and not faster than they can be run.

A refusal in its endpoint takes a thread, whose turn at Python's lock is one that a search does not get: 64 callers that
asked again at once, whatever they were told, took two thirds of the answers from those who had been let in.
"""

from __future__ import annotations

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.serving import problems
from api.serving.admission import Admission
from api.serving.surfaces import local_path

PAUSE = 0.5
"""Seconds before a refusal is sent: who does not wait as it asks has waited so long at least."""


class FullHouse:
    """Answers searches by address where the queue is full. Neither bodies nor answers are held.

    What a caller may hold already goes on, for saying so takes no turn; a body would have to be read first.
    """

    def __init__(self, app: ASGIApp, admission: Admission, pause: float = PAUSE) -> None:
        self._app, self._admission, self._pause = app, admission, pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        busy = self._admission.refusal() if _is_search(scope) else None
        if busy is None:
            return await self._app(scope, receive, send)
        await anyio.sleep(self._pause)
        answer = problems.problem(503, str(busy), kind="busy", headers={"Retry-After": str(busy.retry_after)})
        return await answer(scope, receive, send)


def _is_search(scope: Scope) -> bool:
    is_get = scope["type"] == "http" and scope["method"] == "GET"
    return is_get and local_path(scope) == "/v1/search" and "if-none-match" not in Headers(scope=scope)
