"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from api.serving.keys import new_key
from indexer.engine import Engine, open_engine
from indexer.errors import IndexMissing
from tests.archive import NEWS, WideEncoder, served
from tests.fakes import FakeEncoder, put


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


def test_a_sound_server_is_alive_and_ready(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS[:2])
    client = served(engine)
    for method in (client.get, client.head):
        assert (method("/livez").status_code, method("/readyz").status_code) == (200, 200)
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_an_empty_index_is_ready(engine: Engine) -> None:
    engine.publish()
    assert served(engine).get("/readyz").status_code == 200


def test_without_its_index_a_server_lives_but_is_not_ready(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path
) -> None:
    put(engine, encoder, NEWS[:2])
    engine.close()
    reader = open_engine(tmp_path / "index")
    client = served(reader)
    reader.close()
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(IndexMissing):
        reader.snapshot()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert str(tmp_path / "index") in response.json()["detail"]
    assert client.get("/livez").json() == {"status": "alive"}


def test_health_needs_no_key(engine: Engine, encoder: FakeEncoder, tmp_path: Path) -> None:
    put(engine, encoder, NEWS[:2])
    (tmp_path / "keys.toml").write_text(new_key("desk").lines, "utf-8")
    client = served(engine, keys=tmp_path / "keys.toml")
    assert client.get("/v1/stats").status_code == 401
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]


def test_health_can_only_be_asked_for(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS[:2])
    client = served(engine)
    for path in ("/livez", "/readyz"):
        refused = client.post(path)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
