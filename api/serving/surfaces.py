"""Which part of the server an address belongs to: the interface for programs, its own upkeep, or pages for people."""

from __future__ import annotations

from starlette.types import Scope

_FOR_PROGRAMS = ("/v1", "/mcp")
USED_BY_PAGES = ("/v1/suggest", "/v1/feed.atom", "/v1/feed.json")
"""What pages call, or point feed readers to."""

_UPKEEP = ("/livez", "/readyz", "/metrics", "/openapi.json", "/problems")


def local_path(scope: Scope) -> str:
    """The path of a request below where the application is mounted: what its routes are compared with."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and (path == root or path.startswith(f"{root}/")) else path


def is_interface(path: str) -> bool:
    """Whether an address is one of those that programs call, and that keys protect: /v1 and /mcp."""
    return _is_below(path, _FOR_PROGRAMS)


def is_assistants(path: str) -> bool:
    """Whether an address is that of the interface for assistants, whose GET is a stream that stays open."""
    return _is_below(path, ("/mcp",))


def is_page(path: str) -> bool:
    """Whether an address is for people: whatever is neither for programs nor for upkeep."""
    return not _is_below(path, (*_FOR_PROGRAMS, *_UPKEEP))


def _is_below(path: str, starts: tuple[str, ...]) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in starts)
