"""The server: takes its port first, says where it answers, and ends when it is told to."""

from __future__ import annotations

import json
import logging
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.queries import MAX_LENGTH
from api.search import Searcher
from api.server import _config, _listen, serve
from api.serving import access_log
from api.serving.admission import admission_for
from indexer.encode import Vectors
from indexer.engine import Binding, open_engine
from indexer.errors import DragomanError, IndexMissing, SettingError
from indexer.settings import Settings
from tests.fakes import FakeEncoder, article, put

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
SCRIPT = """
import sys
import api.search
from api.cli import main
from tests.fakes import FakeEncoder
api.search.load_encoder = lambda *_: FakeEncoder()
sys.argv = ["dragoman", "serve", "--port", "0", "--index", sys.argv[1]]
main()
"""


class Server(NamedTuple):
    """A running server and its address."""

    process: subprocess.Popen[str]
    address: str

    def get(self, path: str) -> dict[str, object]:
        with urlopen(self.address + path, timeout=60) as response:
            found: dict[str, object] = json.load(response)
        return found


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("server") / "index"
    engine = open_engine(place, create=Binding.of(FakeEncoder()))
    put(engine, FakeEncoder(), [article("%2F/a b", "Ministers met in Vienna."), article("grain", "Exports stopped.")])
    engine.close()
    return place


@contextmanager
def started(index: Path) -> Iterator[Server]:
    """A server in a process of its own, until the end of the block."""
    command = [sys.executable, "-c", SCRIPT, str(index)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            said = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            assert found, said
            yield Server(process, found[0])
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server(index: Path) -> Iterator[Server]:
    with started(index) as running:
        yield running


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_server_answers_until_it_is_interrupted_and_ends_well(index: Path, sent: signal.Signals) -> None:
    with started(index) as server:
        assert server.get("/readyz") == {"status": "ready"}
        hits = server.get("/v1/search?q=Who+met+in+Vienna")["hits"]
        assert isinstance(hits, list)
        assert hits[0]["article"]["id"] == "%2F/a b"
        server.process.send_signal(sent)
        out, err = server.process.communicate(timeout=60)
    assert (server.process.returncode, out, err) == (0, "", "")


def test_an_article_id_with_slashes_and_percent_signs_survives_the_way(server: Server) -> None:
    assert server.get(f"/v1/articles/{quote('%2F/a b', safe='')}")["text"] == "Ministers met in Vienna."
    assert server.get(f"/v1/passages/{quote('%2F/a b:0', safe='')}")["passage"]


def test_an_error_is_a_problem_on_the_wire_as_well(server: Server) -> None:
    with pytest.raises(HTTPError) as caught, urlopen(f"{server.address}/v1/search?q=x&k=0", timeout=60):
        pass
    with caught.value as response:
        assert response.code == 422
        assert response.headers["content-type"] == "application/problem+json"
        assert json.load(response)["errors"][0]["parameter"] == "k"


def ask(address: str, path: str, host: str | None = None) -> tuple[int, Message, bytes]:
    """Status, headers and body, whatever the status."""
    try:
        with urlopen(Request(address + path, headers={"Host": host} if host else {}), timeout=60) as response:
            return response.status, response.headers, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_page_on_the_web_that_points_its_name_at_this_machine_reads_nothing(server: Server) -> None:
    status, _, body = ask(server.address, "/v1/search?q=Vienna", host="evil.example")
    assert (status, json.loads(body)["type"]) == (421, "/problems/unknown-host")
    assert b"Ministers" not in body
    for host in ("localhost", "localhost:8765", "127.0.0.1"):
        assert ask(server.address, "/v1/search?q=Vienna", host=host)[0] == 200


def test_the_longest_question_there_is_has_room_in_an_address(server: Server) -> None:
    question = "🕊" * 3990 + " in Vienna"
    assert ask(server.address, f"/v1/search?q={quote(question)}")[0] == 200


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """An application behind the real server, in a thread; its address."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        running = uvicorn.Server(_config(app, Settings()))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(60)
            assert not thread.is_alive()


class Blocked(FakeEncoder):
    """A model that takes as long as the test wants it to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        assert self.go_on.wait(60)
        return super().encode_queries(texts)


def until(true: Callable[[], bool]) -> None:
    """Wait for what the server is about to do."""
    pause = threading.Event()
    for _ in range(60_000):
        if true():
            return
        pause.wait(0.001)
    raise AssertionError("it never became true")


def test_past_its_queue_a_search_is_told_when_to_come_back_while_the_rest_is_answered(index: Path) -> None:
    encoder = Blocked()
    with Searcher(open_engine(index), encoder) as searcher:
        app = create_app(searcher, Settings(concurrency=1, queue=24))
        admission = app.state.admission
        with served(app) as address, ThreadPoolExecutor(25) as crowd:
            try:
                asked = [crowd.submit(ask, address, f"/v1/search?q=Vienna+{number}") for number in range(25)]
                until(lambda: (admission.running, admission.waiting) == (1, 24))
                status, headers, body = ask(address, "/v1/search?q=Vienna")
                assert (status, json.loads(body)["type"]) == (503, "/problems/busy")
                assert int(headers["retry-after"]) >= 1
                for path in ("/livez", "/readyz", "/v1/articles/grain", "/v1/stats", "/metrics"):
                    assert ask(address, path)[0] == 200, path
                assert b"dragoman_searches_waiting 24.0" in ask(address, "/metrics")[2]
            finally:
                encoder.go_on.set()
            assert {search.result(60)[0] for search in asked} == {200}
            assert (admission.running, admission.waiting) == (0, 0)
            assert ask(address, "/v1/search?q=Vienna")[0] == 200


def test_a_server_takes_only_so_many_connections_and_leaves_files_for_the_index() -> None:
    config = _config(FastAPI(), Settings())
    assert config.limit_concurrency == 512
    assert config.timeout_keep_alive <= 5


def test_a_head_that_comes_in_pieces_has_room_for_the_longest_question() -> None:
    room = _config(FastAPI(), Settings()).h11_max_incomplete_event_size
    assert room is not None
    assert room >= MAX_LENGTH * len(quote("🕊")) + 8192, "the question, percent-encoded, and other headers"


def test_the_access_log_speaks_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log.log, "level", logging.NOTSET)
    _config(FastAPI(), Settings())
    assert not access_log.log.isEnabledFor(logging.INFO)
    _config(FastAPI(), Settings(access_log=True))
    assert access_log.log.level == logging.INFO


@pytest.mark.parametrize(
    "settings", [Settings(keys=Path("nothing.toml")), Settings(concurrency=20, queue=20), Settings(processes=9)]
)
def test_a_setting_that_makes_no_sense_ends_the_server_before_it_answers(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.search.load_encoder", lambda *_: FakeEncoder())
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SettingError, match="DRAGOMAN_"):
        serve(replace(settings, index=index), LOOPBACK, port)
    socket.create_server((LOOPBACK, port)).close()


def test_a_port_that_is_taken_is_said_with_the_option_that_helps(index: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DragomanError, match=rf"127\.0\.0\.1:{port} .*--port"):
            serve(Settings(index=index), LOOPBACK, port)


def test_an_address_of_another_machine_is_said_with_the_option_that_helps(index: Path) -> None:
    with pytest.raises(DragomanError, match=r"192\.0\.2\.1.*--host"):
        serve(Settings(index=index), "192.0.2.1", 0)


def test_a_server_without_an_index_gives_its_port_back(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(IndexMissing):
        serve(Settings(index=tmp_path / "nothing"), LOOPBACK, port)
    socket.create_server((LOOPBACK, port)).close()


def test_an_answer_is_sent_at_once_and_its_body_does_not_wait_for_its_head() -> None:
    with _listen(LOOPBACK, 0) as listener, socket.create_connection(listener.getsockname()) as caller:
        accepted, _ = listener.accept()
        with accepted:
            assert caller.getpeername() == accepted.getsockname()
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_several_processes_search_where_they_are_asked_for(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Crew(Searcher):
        """Says who made it, and ends there."""

        def __init__(self, searcher: Searcher, settings: Settings) -> None:
            super().__init__(searcher.engine, searcher.encoder)
            raise DragomanError(f"{settings.processes} processes")

    monkeypatch.setattr("api.search.load_encoder", lambda *_: FakeEncoder())
    monkeypatch.setattr("api.server.CrewSearcher", Crew)
    with pytest.raises(DragomanError, match="3 processes"):
        serve(Settings(index=index, processes=3), LOOPBACK, 0)


def test_of_several_processes_each_searches_for_one_caller() -> None:
    assert admission_for(Settings(concurrency=7, queue=2)).most_running == 7
    assert admission_for(Settings(concurrency=7, queue=2, processes=3)).most_running == 3
