"""What the server counts and measures, for Prometheus to fetch at /metrics; no question, address or key is in it.

/metrics asks for no key: what stands before the server (a proxy) lets in who may see how much it is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.serving.admission import Admission
from api.serving.surfaces import is_assistants, local_path
from indexer.errors import DragomanError
from indexer.types import IndexInfo

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STAGE_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper edges in seconds: a search takes milliseconds, one with a reranker or behind a queue some seconds."""

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Rendered(NamedTuple):
    """The metrics as text in Prometheus's format, and the media type of it."""

    text: bytes
    media_type: str


class Metrics:
    """The measures of one application, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        given: dict[str, Any] = {"namespace": "dragoman", "registry": self._registry}
        self._requests = Counter(
            "http_requests", "Requests by route, method and status.", ["route", "method", "status"], **given
        )
        self._seconds = Histogram(
            "http_request_seconds", "From a request to the end of its answer.", ["route"],
            buckets=_REQUEST_SECONDS, **given,
        )  # fmt: skip
        self._stages = Histogram(
            "search_stage_seconds", "The stages of a search.", ["stage"], buckets=_STAGE_SECONDS, **given
        )
        ProcessCollector(registry=self._registry)

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """The application with its requests counted and timed, by the template of their route, never by address."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return await app(scope, receive, send)
            began, status, path = time.perf_counter(), 500, local_path(scope)

            async def watched(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, watched)
            finally:
                self._count(scope, path, status, time.perf_counter() - began)
            return None

        return counted

    def observe(self, timings: Sequence[tuple[str, float]]) -> None:
        """Take the stages of one search, as (name, milliseconds)."""
        for stage, milliseconds in timings:
            self._stages.labels(stage).observe(milliseconds / 1000)

    def watch_admission(self, admission: Admission) -> None:
        """Show how many searches run and wait, whenever the metrics are fetched."""
        for name, text, count in (
            ("searches_running", "Searches that run now.", lambda: admission.running),
            ("searches_waiting", "Searches that wait for their turn.", lambda: admission.waiting),
        ):
            Gauge(name, text, namespace="dragoman", registry=self._registry).set_function(count)

    def watch_index(self, info: Callable[[], IndexInfo]) -> None:
        """Show the published index, whenever the metrics are fetched; 0 for up where it cannot be read."""
        self._registry.register(_Index(info))

    def render(self) -> Rendered:
        """All measures as they are now."""
        return Rendered(generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4)

    def install(self, app: FastAPI) -> None:
        """Answer GET /metrics."""

        @app.get("/metrics", include_in_schema=False)
        def metrics() -> Response:
            text, media_type = self.render()
            return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    def _count(self, scope: Scope, path: str, status: int, seconds: float) -> None:
        route = _template(scope, path)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


def _template(scope: Scope, path: str) -> str:
    """The route as it was declared: there are few of them, whatever is asked for."""
    if is_assistants(path):
        return "/mcp"
    return str(getattr(scope.get("route"), "path_format", "none"))


class _Index(Collector):
    """The published index, looked at when the metrics are fetched."""

    def __init__(self, info: Callable[[], IndexInfo]) -> None:
        self._info = info

    def describe(self) -> Iterator[Metric]:
        yield from ()  # nothing is looked at to find out the names

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("dragoman_index_up", "Whether the index can be read: 1 or 0.")
        try:
            info = self._info()
        except DragomanError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield GaugeMetricFamily("dragoman_index_generation", "Number of the published index.", info.generation)
        yield GaugeMetricFamily("dragoman_index_articles", "Articles in the published index.", info.articles)
        yield GaugeMetricFamily("dragoman_index_passages", "Passages in the published index.", info.passages)
