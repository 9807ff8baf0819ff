"""A search that cannot even wait is refused before anything is done for it; whatever needs no turn goes on."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.serving.admission import Admission
from api.serving.full_house import FullHouse
from indexer.errors import Busy


class Inner:
    """The application below, which says how often it was reached."""

    def __init__(self) -> None:
        self.reached = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        await PlainTextResponse("answered")(scope, receive, send)


@pytest.fixture
def admission() -> Admission:
    return Admission(1, 0)


@pytest.fixture
def inner() -> Inner:
    return Inner()


@pytest.fixture
def client(admission: Admission, inner: Inner) -> TestClient:
    return TestClient(FullHouse(inner, admission, pause=0))


def test_a_full_queue_refuses_in_the_words_of_the_queue(client: TestClient, admission: Admission, inner: Inner) -> None:
    with admission.turn():
        with pytest.raises(Busy) as busy, admission.turn():
            raise AssertionError("there is no room")
        answer = client.get("/v1/search", params={"q": "talks"})
    assert (answer.status_code, inner.reached) == (503, 0)
    assert answer.json()["detail"] == str(busy.value)
    assert answer.json()["type"] == "/problems/busy"
    assert answer.headers["Retry-After"] == str(busy.value.retry_after)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_where_there_is_room_it_is_not_felt(client: TestClient, admission: Admission, inner: Inner) -> None:
    assert admission.refusal() is None
    assert client.get("/v1/search").text == "answered"
    with admission.turn():
        assert admission.refusal() is not None
    assert client.get("/v1/search").text == "answered"
    assert inner.reached == 2


def test_a_place_to_wait_is_room_enough() -> None:
    admission = Admission(1, 1)
    with admission.turn():
        assert admission.refusal() is None


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/search", {}),
        ("GET", "/v1/search", {"If-None-Match": "*"}),
        ("GET", "/v1/search/batch", {}),
        ("GET", "/v1/suggest", {}),
        ("GET", "/livez", {}),
        ("GET", "/", {}),
    ],
)
def test_whatever_else_goes_on(
    client: TestClient, admission: Admission, inner: Inner, method: str, path: str, headers: dict[str, str]
) -> None:
    with admission.turn():
        assert client.request(method, path, headers=headers).status_code == 200
    assert inner.reached == 1


def test_it_is_found_where_the_application_is_mounted(admission: Admission, inner: Inner) -> None:
    client = TestClient(FullHouse(inner, admission, pause=0), root_path="/news")
    with admission.turn():
        assert client.get("/news/v1/search").status_code == 503
        assert client.get("/news/livez").status_code == 200


def test_who_asks_again_at_once_is_slowed_down_and_others_go_on_meanwhile(admission: Admission, inner: Inner) -> None:
    async def asked(path: str) -> int:
        transport = httpx2.ASGITransport(FullHouse(inner, admission, pause=0.2))
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as caller:
            found = (await caller.get(path)).status_code
        order.append(path)
        return found

    async def both() -> list[int]:
        return await asyncio.gather(asked("/v1/search"), asked("/livez"))

    order: list[str] = []
    with admission.turn():
        assert asyncio.run(both()) == [503, 200]
    assert order == ["/livez", "/v1/search"]
