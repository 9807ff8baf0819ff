"""Sending: what is tried again and when, what is not, and which error each answer of a server becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.serving.problem_types import TYPES, example
from api.serving.problems import problem
from api.wire.sending import FIRST_WAIT, LONGEST_WAIT, Call, Sender, ServerError, error_of, retry_after, wait_before
from indexer.errors import Busy, CursorExpired, DragomanError, IndexProblem, NotFound, QueryError

URL = "http://127.0.0.1:8765"
NOW = datetime(2026, 11, 22, 3, 25, tzinfo=UTC)
CALL = Call("GET", "/v1/stats")
FINE = httpx2.Response(200, text="fine")
LOST = httpx2.ConnectError("Connection refused")

Told = httpx2.Response | Exception


@dataclass
class Server:
    """Answers what it was told to, one after the other, and keeps the time, which passes only while one waits."""

    told: Sequence[Told]
    asked: list[httpx2.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    now: float = 1000.0
    takes: float = 0.0

    def sender(self, timeout: float = 30.0, retries: int = 2) -> Sender:
        http = httpx2.Client(base_url=URL, transport=httpx2.MockTransport(self._answer))
        return Sender(http, URL, timeout, retries, self._wait, lambda: self.now, lambda: 1.0)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        self.now += self.takes
        told = self.told[len(self.asked) - 1]
        if isinstance(told, Exception):
            raise told
        return told

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def refusal(kind: str, wait: str | None = None) -> httpx2.Response:
    """What a server answers for a kind of problem."""
    made = problem(TYPES[kind].status, "so it is", kind=kind, headers={"Retry-After": wait} if wait else None)
    return httpx2.Response(made.status_code, headers=dict(made.headers), content=bytes(made.body))


def busy(wait: str | None = None) -> httpx2.Response:
    return refusal("busy", wait)


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        ([FINE], []),
        ([busy("3"), FINE], [3]),
        ([busy("0"), busy("2"), FINE], [0, 2]),
        ([refusal("rate-limited", "7"), FINE], [7]),
        ([busy(), refusal("index-unavailable"), FINE], [FIRST_WAIT, 2 * FIRST_WAIT]),
        ([busy("soon"), FINE], [FIRST_WAIT]),
        ([LOST, FINE], [FIRST_WAIT]),
        ([LOST, busy("4"), FINE], [FIRST_WAIT, 4]),
        ([httpx2.ReadError("reset"), httpx2.RemoteProtocolError("closed"), FINE], [FIRST_WAIT, 2 * FIRST_WAIT]),
        ([httpx2.ConnectTimeout("slow"), FINE], [FIRST_WAIT]),
    ],
)
def test_what_may_pass_is_tried_again_when_the_server_says_so(told: list[Told], waits: list[float]) -> None:
    server = Server(told)
    assert server.sender().send(CALL).text == "fine"
    assert server.waits == waits
    assert len(server.asked) == len(told)


@pytest.mark.parametrize("kind", sorted(set(TYPES) - {"busy", "rate-limited", "index-unavailable"}))
def test_what_will_not_pass_is_not_tried_again(kind: str) -> None:
    server = Server([refusal(kind)])
    with pytest.raises(DragomanError):
        server.sender().send(CALL)
    assert len(server.asked) == 1


@pytest.mark.parametrize("error", [httpx2.ReadTimeout("slow"), httpx2.WriteTimeout("slow"), httpx2.PoolTimeout("full")])
def test_a_server_that_is_slow_is_not_asked_again(error: Exception) -> None:
    server = Server([error])
    with pytest.raises(ServerError, match=r"127\.0\.0\.1:8765 has not answered in 30 s.*timeout"):
        server.sender().send(CALL)


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_it_is_tried_as_often_as_is_allowed_and_the_last_error_counts(retries: int) -> None:
    server = Server([LOST] * retries + [busy("1")])
    with pytest.raises(Busy, match="so it is"):
        server.sender(retries=retries).send(CALL)
    assert len(server.asked) == retries + 1


def test_nobody_waits_longer_than_the_call_may_take() -> None:
    server = Server([busy("6"), busy("30")])
    with pytest.raises(Busy) as caught:
        server.sender(timeout=30, retries=9).send(CALL)
    assert server.waits == [6]
    assert caught.value.retry_after == 30


def test_each_try_has_only_what_is_left_of_the_time() -> None:
    server = Server([busy("6"), busy("4"), FINE], takes=1.0)
    server.sender(timeout=30).send(CALL)
    assert [request.extensions["timeout"]["read"] for request in server.asked] == [30, 23, 18]


@given(tried=st.integers(0, 1000), chance=st.floats(0, 1))
def test_waits_grow_up_to_a_bound_and_are_shared_out_by_chance(tried: int, chance: float) -> None:
    wait = wait_before(LOST, tried, NOW, chance)
    assert wait is not None
    assert wait == pytest.approx(chance * min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tried, 99)))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        ("Sun, 22 Nov 2026 03:26:00 -0000", 60),
        ("Sun, 22 Nov 2026 05:25:30 +0200", 30),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 40, None),
        ("tomorrow", None),
        ("Sun, 99 Nov 2026 03:26:00 GMT", None),
        ("", None),
    ],
)
def test_a_server_says_when_to_come_back_in_seconds_or_by_a_date(said: str, seconds: float | None) -> None:
    response = httpx2.Response(503, headers={"Retry-After": said.encode()})
    assert retry_after(response, NOW) == seconds


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_whatever_a_server_says_of_coming_back_is_survived(said: str) -> None:
    seconds = retry_after(httpx2.Response(503, headers={"Retry-After": said}), NOW)
    assert seconds is None or seconds >= 0


EXPECTED: dict[str, type[DragomanError]] = {
    "invalid-parameter": QueryError,
    "body-too-large": QueryError,
    "cursor-expired": CursorExpired,
    "not-found": NotFound,
    "busy": Busy,
    "rate-limited": Busy,
    "index-unavailable": IndexProblem,
    "unauthorized": ServerError,
}


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_each_kind_of_problem_is_the_error_that_an_open_index_raises(kind: str) -> None:
    error = error_of(refusal(kind, "1"), URL)
    assert type(error) is EXPECTED.get(kind, ServerError)
    assert "so it is" in str(error)
    if isinstance(error, ServerError):
        assert (error.url, error.status) == (URL, TYPES[kind].status)
        assert URL in str(error)


def test_a_refusal_names_the_parameter() -> None:
    shown = httpx2.Response(
        422, json=example(TYPES["invalid-parameter"]), headers={"Content-Type": "application/problem+json"}
    )
    error = error_of(shown, URL)
    assert isinstance(error, QueryError)
    assert error.parameter == "per_article"


@pytest.mark.parametrize(("said", "seconds"), [("7", 7), ("0", 1), (None, 1), ("soon", 1)])
def test_who_is_busy_says_for_how_many_seconds(said: str | None, seconds: int) -> None:
    error = error_of(busy(said), URL)
    assert isinstance(error, Busy)
    assert error.retry_after == seconds


def test_a_mistake_of_the_server_names_the_request_to_report() -> None:
    content = problem(500, "its log says what").body.replace(b'"detail"', b'"instance":"8f3b2c1d","detail"')
    response = httpx2.Response(500, headers={"Content-Type": "application/problem+json"}, content=bytes(content))
    assert str(error_of(response, URL)) == f"{URL} answered 500: its log says what (request 8f3b2c1d)"


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (httpx2.Response(404, text="<h1>nginx</h1>"), "404 Not Found, and not as Dragoman does.*dragoman serve"),
        (httpx2.Response(503, json={"detail": "no"}), "503 Service Unavailable, and not as"),
        (httpx2.Response(422, headers={"Content-Type": "application/problem+json"}, text="{}"), "422 .* not as"),
        (httpx2.Response(599), "599, and not as"),
        (
            httpx2.Response(301, headers={"Location": "https://x.org/v1"}),
            r"to https://x\.org/v1.*give the address",
        ),
    ],
)
def test_what_is_no_problem_of_ours_asks_what_the_server_is(response: httpx2.Response, said: str) -> None:
    error = error_of(response, URL)
    assert isinstance(error, ServerError)
    assert error.status == response.status_code
    with pytest.raises(ServerError, match=said):
        raise error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LOST, r"no answer from http://127\.0\.0\.1:8765 \(Connection refused\): is `dragoman serve` running"),
        (httpx2.ConnectError(""), r"\(ConnectError\)"),
        (httpx2.ConnectTimeout("timed out"), r"no answer .*timed out"),
        (httpx2.ProxyError("407"), "no answer .*407"),
        (httpx2.DecodingError("no gzip"), "no answer .*no gzip"),
    ],
)
def test_a_server_that_is_out_of_reach_is_said_with_its_address(error: Exception, said: str) -> None:
    with pytest.raises(ServerError, match=said) as caught:
        Server([error]).sender(retries=0).send(CALL)
    assert (caught.value.url, caught.value.status) == (URL, None)
    assert caught.value.__cause__ is error


def test_parameters_and_bodies_are_sent_as_they_are() -> None:
    server = Server([FINE, FINE])
    server.sender().send(Call("GET", "/v1/similar/a%2Fb", {"k": "3", "publisher": ["The Post", "A&B"]}))
    server.sender().send(Call("POST", "/v1/search", body='{"q": "\\u6838"}'))
    got, posted = server.asked
    assert got.url.raw_path == b"/v1/similar/a%2Fb?k=3&publisher=The+Post&publisher=A%26B"
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.content == b'{"q": "\\u6838"}'
    assert "Content-Type" not in got.headers
