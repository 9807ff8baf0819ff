"""What the environment sets, and what holds where it is silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.settings import BACKENDS, Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_the_default_model_is_left_to_the_index_and_the_backend_to_the_machine() -> None:
    default = Settings()
    assert default.model is None
    assert default.backend == "auto"
    assert default.index == Path(".dragoman/index")


def test_each_variable_sets_its_own_field() -> None:
    environ = {
        "DRAGOMAN_INDEX": "/data/news",
        "DRAGOMAN_MODEL": "intfloat/e5-small-v2",
        "DRAGOMAN_BACKEND": "torch",
        "DRAGOMAN_CACHE": "/data/cache",
        "DRAGOMAN_RERANKER": "cross-encoder/ms-marco-MiniLM-L6-v2",
    }
    assert Settings.from_environment(environ) == Settings(
        Path("/data/news"), "intfloat/e5-small-v2", "torch", Path("/data/cache"), "cross-encoder/ms-marco-MiniLM-L6-v2"
    )


@pytest.mark.parametrize("name", ["INDEX", "MODEL", "BACKEND", "CACHE", "RERANKER"])
def test_an_empty_variable_is_as_good_as_none(name: str) -> None:
    assert Settings.from_environment({f"DRAGOMAN_{name}": ""}) == Settings()


def test_nothing_is_read_again_unless_a_reranker_is_named() -> None:
    assert Settings().reranker is None


def test_one_variable_leaves_the_others_as_they_are() -> None:
    found = Settings.from_environment({"DRAGOMAN_INDEX": "elsewhere"})
    assert found.index == Path("elsewhere")
    assert (found.model, found.backend, found.cache) == (None, "auto", Settings().cache)


def test_the_real_environment_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_INDEX", "/from/the/environment")
    assert Settings.from_environment().index == Path("/from/the/environment")


def test_other_variables_are_nobodys_business() -> None:
    assert Settings.from_environment({"DRAGOMAN_COLOUR": "red", "INDEX": "x"}) == Settings()


def test_the_backends_are_these() -> None:
    assert BACKENDS == ("auto", "openvino", "torch")
