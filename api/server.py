"""Serves the application: takes the port first, then opens the index, then answers."""

from __future__ import annotations

import socket

import uvicorn

from api import reports
from api.app import create_app
from api.search import open_index
from indexer.errors import DragomanError
from indexer.settings import Settings

_GRACE = 5
"""Seconds that running requests have to end when the server is stopped."""


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted. Raises DragomanError where the port is taken or the index does not open."""
    listener = _listen(host, port)
    try:
        searcher = open_index(settings=settings)
    except BaseException:
        listener.close()
        raise
    try:
        searcher.search("warm up")
        config = uvicorn.Config(create_app(searcher), log_level="warning", timeout_graceful_shutdown=_GRACE)
        address, bound = listener.getsockname()[:2]
        reports.say(
            f"Dragoman answers at http://{f'[{address}]' if ':' in address else address}:{bound} (Ctrl+C ends it)"
        )
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        searcher.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise DragomanError(
            f"cannot listen on {host}:{port} ({error.strerror or error}): choose another with --port or --host"
        ) from error
