"""Ask an index in this process, or a server that has it open: both give the same answers.

``open_index(folder).search("Who visited Pyongyang?")`` reads an index; ``Client().search("Who visited Pyongyang?")``
asks ``dragoman serve``. Either gives ranked passages, each with what is needed to cite it. ``make_query`` makes what
``batch`` takes, and the errors are those that a caller may want to catch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.answer import Answer
    from api.citations import citation
    from api.client import Client
    from api.queries import make_query
    from api.search import Searcher, open_index
    from api.wire.sending import ServerError
    from indexer.errors import Busy, CursorExpired, DragomanError, IndexProblem, NotFound, QueryError
    from indexer.types import Hit

__all__ = [
    "Answer",
    "Busy",
    "Client",
    "CursorExpired",
    "DragomanError",
    "Hit",
    "IndexProblem",
    "NotFound",
    "QueryError",
    "Searcher",
    "ServerError",
    "citation",
    "make_query",
    "open_index",
]

_HOMES = {
    "Answer": "api.answer",
    "Client": "api.client",
    "Hit": "indexer.types",
    "Searcher": "api.search",
    "ServerError": "api.wire.sending",
    "citation": "api.citations",
    "make_query": "api.queries",
    "open_index": "api.search",
}
"""Where a name is defined, if not among the errors."""

if not TYPE_CHECKING:  # a type checker would take any name for known

    def __getattr__(name: str) -> object:
        """A name is loaded when it is first asked for (PEP 562): a client needs no index, and a command no client."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_HOMES.get(name, "indexer.errors")), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
