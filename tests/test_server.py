"""The server: takes its port first, says where it answers, and ends when it is told to."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from api.server import serve
from indexer.engine import Binding, open_engine
from indexer.errors import DragomanError, IndexMissing
from indexer.settings import Settings
from tests.fakes import FakeEncoder, article, put

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
SCRIPT = """
import sys
import api.search
from api.cli import main
from tests.fakes import FakeEncoder
api.search.load_encoder = lambda model, cache, backend: FakeEncoder()
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


def test_a_server_answers_until_it_is_interrupted_and_ends_well(index: Path) -> None:
    with started(index) as server:
        assert server.get("/readyz") == {"status": "ready"}
        hits = server.get("/v1/search?q=Who+met+in+Vienna")["hits"]
        assert isinstance(hits, list)
        assert hits[0]["article"]["id"] == "%2F/a b"
        server.process.send_signal(signal.SIGINT)
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
