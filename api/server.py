"""Serves the application: takes the port first, then opens the index, then answers."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.console import reports
from api.crew import CrewSearcher
from api.search import open_index
from api.serving import access_log
from api.serving.admission import admission_for
from api.serving.hosts import served_hosts
from indexer.errors import DragomanError
from indexer.settings import Settings

_GRACE = 5
"""Seconds that running requests have to end when the server is stopped."""

_CONNECTIONS = 512
"""At most; one more is answered 503 at once. A process may have 1024 files open on most systems, and each of these
connections may bring a body of up to 1 MiB: a flood costs half a GiB at worst, and the index's files still open."""

_IDLE = 5
"""Seconds that a connection may be kept without a request: idle ones count among the connections."""

_LONGEST_HEAD = 64 * 1024
"""Bytes of a request's line and headers: the longest question there is, percent-encoded (4,000 characters of up to 12
bytes), has room; uvicorn's own 16 KiB refuse it."""


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises DragomanError where the port is taken, the index does not open or a setting makes no sense.
    """
    admission_for(settings)  # before anything is loaded
    listener = _listen(host, port)
    try:
        searcher = open_index(settings=settings)
    except BaseException:
        listener.close()
        raise
    try:
        address, bound = listener.getsockname()[:2]
        if settings.processes > 1:
            searcher = CrewSearcher(searcher, settings)
        app = create_app(searcher, replace(settings, hosts=served_hosts(address, settings.hosts)))
        searcher.search("warm up")
        gc.collect()
        gc.freeze()  # what is there now stays: going through all of it, now and then, took a question 100 ms
        reports.say(
            f"Dragoman answers at http://{f'[{address}]' if ':' in address else address}:{bound} (Ctrl+C ends it)"
        )
        with _ended_like_ctrl_c():
            uvicorn.Server(_config(app, settings)).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()
        searcher.close()


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM, too, leaves time to close what is open: uvicorn raises it again when it has answered everybody."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """A proxy belongs before a server that the public can reach: uvicorn waits for slow requests without end."""
    if settings.access_log:
        access_log.log.setLevel(logging.INFO)
    return uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_IDLE,
        limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the body waits 40 ms behind the head
        return listener
    except OSError as error:
        raise DragomanError(
            f"cannot listen on {host}:{port} ({error.strerror or error}): choose another with --port or --host"
        ) from error
