"""Every error is a problem document that names what was wrong, and nothing that a caller sends is answered with 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.responses import Response as Made

from api.app import create_app
from api.search import Searcher
from api.serving import middleware, problems
from api.serving.admission import Admission
from api.serving.metrics import Metrics
from api.serving.problem_types import TYPES, Problem, schemas
from api.serving.problems import Page
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import Busy, CursorExpired, EncoderError, IndexMissing, NotFound, QueryError
from indexer.settings import Settings
from tests.fakes import FakeEncoder, article, put

JSON = {"content-type": "application/json"}
PLAIN_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["q", "k", "after", "before", "publisher"]) | st.text(max_size=5)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    engine = open_engine(tmp_path_factory.mktemp("problems") / "index", create=Binding.of(FakeEncoder()))
    put(engine, FakeEncoder(), [article("vienna", "Ministers met in Vienna.", published="2012-05-21")])
    yield TestClient(create_app(Searcher(engine, FakeEncoder())), raise_server_exceptions=False)
    engine.close()


def problem(response: Response, status: int, *parameters: str) -> str:
    """The detail of a problem, checked for its form and for naming just these parameters."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "instance"} | ({"errors"} if parameters else set())
    kind = TYPES[body["type"].removeprefix("/problems/")]
    assert (body["type"], body["status"], body["title"]) == (kind.uri, status, kind.title)
    assert (kind.status, body["instance"]) == (status, response.headers["x-request-id"])
    assert sorted(error["parameter"] for error in body.get("errors", [])) == sorted(parameters)
    assert all(error["detail"] in body["detail"] for error in body.get("errors", []))
    detail = str(body["detail"])
    assert detail
    return detail


@pytest.mark.parametrize(
    ("given", "parameter", "said"),
    [
        ({"q": ""}, "q", "empty"),
        ({"q": " \t\n "}, "q", "empty"),
        ({"q": "x" * 4001}, "q", "4000"),
        ({"q": "x" * 60_000}, "q", "at most"),
        ({"q": "x", "k": 0}, "k", "1"),
        ({"q": "x", "k": -1}, "k", "k is -1, it must be from 1 to 1000"),
        ({"q": "x", "k": 10_000}, "k", "k is 10000, it must be from 1 to 1000"),
        ({"q": "x", "k": "abc"}, "k", "k is 'abc', it must be a whole number from 1 to 1000"),
        ({"q": "x", "k": "1.5"}, "k", "whole number"),
        ({"q": "x", "after": "2012-02-30"}, "after", "2012-02-30"),
        ({"q": "x", "before": "2013-13"}, "before", "2013-13"),
        ({"q": "x", "after": "last week"}, "after", "ISO 8601"),
        ({"q": "x", "after": "2013", "before": "2012"}, "after", "not earlier"),
        ({"q": "x", "after": "2012-05-23", "before": "2012-05-23"}, "after", "not earlier"),
        ({"q": "x", "limit": "3"}, "limit", "no such parameter"),
        ({"q": "x", "Q": "y"}, "Q", "no such parameter"),
        ({"q": "x", "publisher": ["p"] * 101}, "publisher", "100"),
    ],
)
def test_a_bad_parameter_is_named_by_get_and_by_post(
    client: TestClient, given: dict[str, Any], parameter: str, said: str
) -> None:
    assert said in problem(client.get("/v1/search", params=given), 422, parameter)
    assert said in problem(client.post("/v1/search", json=given), 422, parameter)


def test_a_missing_question_is_named(client: TestClient) -> None:
    assert "missing" in problem(client.get("/v1/search"), 422, "q")
    assert "missing" in problem(client.post("/v1/search", json={}), 422, "q")


def test_k_left_empty_in_a_form_is_no_number(client: TestClient) -> None:
    problem(client.get("/v1/search?q=x&k="), 422, "k")


def test_all_that_is_wrong_is_said_at_once(client: TestClient) -> None:
    detail = problem(client.get("/v1/search", params={"k": "0", "lang": "en"}), 422, "q", "k", "lang")
    assert detail.count(";") >= 2


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"q": None}, "q"),
        ({"q": 5}, "q"),
        ({"q": ["x"]}, "q"),
        ({"q": {"$ne": ""}}, "q"),
        ({"q": "x", "k": None}, "k"),
        ({"q": "x", "k": 1.5}, "k"),
        ({"q": "x", "k": [1]}, "k"),
        ({"q": "x", "after": 2012}, "after"),
        ({"q": "x", "publisher": {"name": "p"}}, "publisher"),
        ({"q": "x", "publisher": [5]}, "publisher.0"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(client: TestClient, given: dict[str, Any], parameter: str) -> None:
    problem(client.post("/v1/search", json=given), 422, parameter)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"5", b"null", b"true", b""])
def test_a_body_that_is_no_object_is_told_what_one_looks_like(client: TestClient, body: bytes) -> None:
    problem(client.post("/v1/search", content=body, headers=JSON), 422, "body")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"q=x",
        b'{"q": "x",}',
        b'{"q": "\xff"}',
        b'{"q": "x", "k": 1' + b"0" * 5000 + b"}",
        b"[" * 100_000,
        b'{"q":' * 50_000 + b"1" + b"}" * 50_000,
    ],
    ids=["cut", "form", "comma", "not UTF-8", "huge number", "deep list", "deep object"],
)
def test_a_body_that_cannot_be_read_is_a_bad_request(client: TestClient, body: bytes) -> None:
    assert "JSON" in problem(client.post("/v1/search", content=body, headers=JSON), 400)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/octet-stream"])
def test_a_body_of_another_kind_is_told_to_be_json(client: TestClient, kind: str) -> None:
    response = client.post("/v1/search", content=b'{"q": "x"}', headers={"content-type": kind})
    assert f"the body is {kind}: " in problem(response, 415)


def test_a_question_of_a_hundred_thousand_characters_is_too_long(client: TestClient) -> None:
    assert "at most" in problem(client.post("/v1/search", json={"q": "x" * 100_000}), 422, "q")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_longer_than_any_question_is_too_large(client: TestClient, announced: bool) -> None:
    pieces = [b'{"q": "', *[b"x" * 2**16] * 17, b'"}']
    content = b"".join(pieces) if announced else iter(pieces)
    assert "1,048,576" in problem(client.post("/v1/search", content=content, headers=JSON), 413)


def test_a_lone_surrogate_in_json_is_refused(client: TestClient) -> None:
    problem(client.post("/v1/search", content=b'{"q": "x\\ud800"}', headers=JSON), 422, "q")
    problem(client.post("/v1/search", content=b'{"q": "x", "\\ud800": 1}', headers=JSON), 422, "body")


@pytest.mark.parametrize("name", ["nothing", "%00", "%F0%9F%95%8A", "vienna/0", "..%2F..%2Fetc%2Fpasswd", ""])
def test_an_unknown_article_is_not_found(client: TestClient, name: str) -> None:
    assert "no article" in problem(client.get(f"/v1/articles/{name}"), 404)


@pytest.mark.parametrize(
    "name", ["vienna", "vienna:", "vienna:x", "vienna:-1", "vienna:7", "other:0", ":0", "vienna:9" * 9]
)
def test_an_unknown_passage_is_not_found(client: TestClient, name: str) -> None:
    assert name in problem(client.get(f"/v1/passages/{name}"), 404)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/search/x", "/livez/x"])
def test_an_unknown_path_is_not_found(client: TestClient, path: str) -> None:
    assert path in problem(client.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/search", "GET, HEAD, POST"),
        ("DELETE", "/v1/articles/vienna", "GET, HEAD"),
        ("POST", "/readyz", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_possible_is_told_which_are(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    assert method in problem(response, 405)
    assert response.headers["allow"] == allowed


def test_an_index_that_cannot_be_mended_now_makes_the_service_unavailable(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path
) -> None:
    put(engine, encoder, [article("vienna", "Ministers met in Vienna.")])
    (tmp_path / "index" / "CURRENT").unlink()  # while ``engine`` holds the writer's lock
    with Searcher(open_engine(tmp_path / "index"), encoder) as reader:
        client = TestClient(create_app(reader))
        assert "another process is writing" in problem(client.get("/readyz"), 503)
        problem(client.get("/v1/search", params={"q": "Vienna"}), 503)
        assert client.get("/livez").status_code == 200
        engine.publish(force=True)
        assert client.get("/readyz").json() == {"status": "ready"}


def test_an_error_of_the_programs_own_is_a_problem_that_tells_nothing_of_its_inside(
    engine: Engine, encoder: FakeEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    put(engine, encoder, [article("vienna", "Ministers met in Vienna.")])
    searcher = Searcher(engine, encoder)
    encoder.encode_queries = lambda texts: 1 / 0  # type: ignore[method-assign]
    client = TestClient(create_app(searcher), raise_server_exceptions=False)
    assert "division" not in problem(client.get("/v1/search", params={"q": "Vienna"}), 500)
    assert "division by zero" in caplog.text


def raising(error: Exception, page: Page | None = None, path: str = "/v1/x") -> Response:
    """What an application answers whose only endpoint raises an error."""
    app = FastAPI()

    @app.get(path)
    def fails() -> None:
        raise error

    problems.install(app, 1000, page)
    middleware.install(app, Settings(), Metrics(), Admission(1, 0))
    return TestClient(app, raise_server_exceptions=False).get(path)


@pytest.mark.parametrize(
    ("error", "status", "name", "headers"),
    [
        (QueryError("k is 0", "k"), 422, "invalid-parameter", {}),
        (CursorExpired("the index has changed", "cursor"), 410, "cursor-expired", {}),
        (NotFound("no article 'x'"), 404, "not-found", {}),
        (Busy("24 waiting", 7), 503, "busy", {"retry-after": "7"}),
        (IndexMissing("there is no index"), 503, "index-unavailable", {}),
        (EncoderError("no model"), 503, "index-unavailable", {}),
        (ZeroDivisionError("secret"), 500, "internal", {}),
        (
            HTTPException(401, "a key", {"WWW-Authenticate": "Bearer"}),
            401,
            "unauthorized",
            {"www-authenticate": "Bearer"},
        ),
        (HTTPException(413, "too long"), 413, "body-too-large", {}),
        (HTTPException(429, "wait", {"Retry-After": "3"}), 429, "rate-limited", {"retry-after": "3"}),
    ],
)
def test_each_error_has_its_type_and_status(error: Exception, status: int, name: str, headers: dict[str, str]) -> None:
    response = raising(error)
    parameters = ["k"] if name == "invalid-parameter" else []
    detail = problem(response, status, *parameters)
    assert response.json()["type"] == f"/problems/{name}"
    assert {header: response.headers[header] for header in headers} == headers
    assert "secret" not in detail


def test_a_status_without_a_type_of_ours_is_about_nothing_more_than_the_status() -> None:
    body = raising(HTTPException(418, "short and stout")).json()
    assert (body["type"], body["title"], body["detail"]) == ("about:blank", "I'm a Teapot", "short and stout")


def page_of(status: int, found: Problem, _: Request) -> Made | None:
    """A page for every problem but one."""
    return HTMLResponse(f"<h1>{found.title}</h1>", status) if status != 404 else None


def test_a_reader_gets_a_page_and_a_program_the_problem() -> None:
    busy = Busy("24 waiting", 7)
    page = raising(busy, page_of, "/article/x")
    assert (page.status_code, page.text) == (503, f"<h1>{TYPES['busy'].title}</h1>")
    assert page.headers["retry-after"] == "7"
    for path in ("/v1/x", "/mcp/x", "/readyz", "/metrics", "/problems/x"):
        problem(raising(busy, page_of, path), 503)


def test_without_a_page_a_reader_gets_the_problem() -> None:
    problem(raising(NotFound("nothing"), page_of, "/article/x"), 404)
    problem(raising(NotFound("nothing"), None, "/article/x"), 404)


def test_a_page_that_cannot_be_made_does_not_hide_the_problem(caplog: pytest.LogCaptureFixture) -> None:
    def broken(status: int, found: Problem, request: Request) -> None:
        raise KeyError("template")

    assert problem(raising(NotFound("no article 'x'"), broken, "/article/x"), 404) == "no article 'x'"
    assert problem(raising(ZeroDivisionError(), broken, "/article/x"), 500)
    assert "KeyError: 'template'" in caplog.text


def test_every_type_says_what_it_means_and_what_to_do() -> None:
    assert set(TYPES) == {
        *("invalid-parameter", "invalid-body", "unknown-host", "unauthorized", "not-found", "method-not-allowed"),
        *("cursor-expired", "body-too-large", "unsupported-media-type", "rate-limited", "busy", "index-unavailable"),
        "internal",
    }
    for name, kind in TYPES.items():
        assert kind.uri == f"/problems/{name}"
        assert 400 <= kind.status < 600
        assert kind.means.endswith(".")
        assert kind.remedy.endswith(".")
    assert len({kind.title for kind in TYPES.values()}) == len(TYPES)


@pytest.mark.parametrize("status", sorted({kind.status for kind in TYPES.values()}))
def test_a_documented_problem_has_an_example_of_each_type_in_the_form_that_is_sent(status: int) -> None:
    [(found, described)] = problems.documented(status).items()
    examples = described["content"]["application/problem+json"]["examples"]
    assert found == status
    assert set(examples) == {name for name, kind in TYPES.items() if kind.status == status}
    for name, example in examples.items():
        sent = Problem.model_validate(example["value"], strict=True)
        assert (sent.type, sent.title, sent.status) == (TYPES[name].uri, TYPES[name].title, status)
        assert bool(sent.errors) == (name == "invalid-parameter")


def test_the_headers_that_problems_carry_are_documented() -> None:
    found = {
        status: set(described.get("headers", {}))
        for status, described in problems.documented(401, 404, 405, 429, 503).items()
    }
    assert found == {401: {"WWW-Authenticate"}, 404: set(), 405: {"Allow"}, 429: {"Retry-After"}, 503: {"Retry-After"}}


def test_the_schemas_of_a_problem_refer_to_each_other_where_the_description_keeps_them() -> None:
    found = schemas()
    assert set(found) == {"Problem", "WrongParameter"}
    assert "#/components/schemas/WrongParameter" in json.dumps(found["Problem"])
    assert "$defs" not in json.dumps(found)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(NAMES, st.text(max_size=20)), max_size=5))
def test_no_query_string_makes_the_server_fail(client: TestClient, pairs: list[tuple[str, str]]) -> None:
    response = client.get("/v1/search", params=pairs)
    assert response.status_code in {200, 422}
    assert response.status_code == 200 or problem(response, 422, *_named(response))


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(NAMES, PLAIN_JSON, max_size=5) | PLAIN_JSON)
def test_no_body_makes_the_server_fail(client: TestClient, body: Any) -> None:
    response = client.post("/v1/search", content=json.dumps(body), headers=JSON)
    assert response.status_code in {200, 422}
    assert response.status_code == 200 or problem(response, 422, *_named(response))


@settings(deadline=None, max_examples=50)
@given(
    st.binary(max_size=60),
    st.sampled_from(["/v1/search?", "/v1/search?q=", "/v1/articles/", "/v1/passages/", "/article/"]),
)
def test_no_bytes_in_an_address_make_the_server_fail(client: TestClient, raw: bytes, start: str) -> None:
    address = start + "".join(f"%{byte:02X}" for byte in raw)
    assert client.get(address).status_code in {200, 404, 422}


def _named(response: Response) -> list[str]:
    return [error["parameter"] for error in response.json()["errors"]]
