"""What the environment sets, and what holds where it is silent."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from indexer.errors import SettingError
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
        "DRAGOMAN_KEYS": "/etc/dragoman/keys.toml",
        "DRAGOMAN_PAGES": "off",
        "DRAGOMAN_CORS_ORIGINS": "https://desk.example.org, http://localhost:3000",
        "DRAGOMAN_HOSTS": "news.example.org,*.desk.example.org",
        "DRAGOMAN_CONCURRENCY": "3",
        "DRAGOMAN_QUEUE": "0",
        "DRAGOMAN_PROCESSES": "4",
        "DRAGOMAN_ACCESS_LOG": "on",
    }
    assert Settings.from_environment(environ) == Settings(
        index=Path("/data/news"),
        model="intfloat/e5-small-v2",
        backend="torch",
        cache=Path("/data/cache"),
        reranker="cross-encoder/ms-marco-MiniLM-L6-v2",
        keys=Path("/etc/dragoman/keys.toml"),
        pages=False,
        cors_origins=("https://desk.example.org", "http://localhost:3000"),
        hosts=("news.example.org", "*.desk.example.org"),
        concurrency=3,
        queue=0,
        processes=4,
        access_log=True,
    )


ALL = [f.name.upper() for f in fields(Settings)]


@pytest.mark.parametrize("name", ALL)
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


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        *(("on", True), ("ON", True), ("1", True), ("yes", True), ("true", True)),
        *(("off", False), ("Off", False), ("0", False), (" no ", False), ("false", False)),
    ],
)
def test_a_switch_is_on_or_off_in_the_usual_words(given: str, meant: bool) -> None:
    assert Settings.from_environment({"DRAGOMAN_PAGES": given}).pages is meant
    assert Settings.from_environment({"DRAGOMAN_ACCESS_LOG": given}).access_log is meant


@pytest.mark.parametrize(
    ("name", "given", "advice"),
    [
        ("PAGES", "maybe", "on or off"),
        ("ACCESS_LOG", "2", "on or off"),
        ("CONCURRENCY", "0", "1 or more"),
        ("CONCURRENCY", "two", "whole number"),
        ("CONCURRENCY", "1.5", "whole number"),
        ("CONCURRENCY", "٣", "whole number"),
        ("QUEUE", "-1", "0 or more"),
        ("PROCESSES", "0", "1 or more"),
        ("QUEUE", "9" * 5000, "0 or more"),
        ("CORS_ORIGINS", "desk.example.org", "https://"),
        ("CORS_ORIGINS", "https://desk.example.org/", "https://desk.example.org"),
        ("CORS_ORIGINS", "https://a.example https://b.example", "commas"),
        ("HOSTS", "https://news.example.org", "without a port"),
        ("HOSTS", "news.example.org:8080", "without a port"),
        ("HOSTS", "news.*.org", "*.example.org"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_its_name_and_what_to_write(
    name: str, given: str, advice: str
) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({f"DRAGOMAN_{name}": given})
    assert f"DRAGOMAN_{name} " in str(caught.value)
    assert repr(given) in str(caught.value)
    assert advice in str(caught.value)


def test_lists_may_have_spaces_and_empty_places() -> None:
    found = Settings.from_environment({"DRAGOMAN_HOSTS": " a.example ,, [::1], * ", "DRAGOMAN_CORS_ORIGINS": ","})
    assert found.hosts == ("a.example", "[::1]", "*")
    assert found.cors_origins == ()


def test_by_default_nobody_else_is_let_in_and_searches_wait_in_a_short_queue() -> None:
    default = Settings()
    assert (default.keys, default.cors_origins, default.hosts, default.pages) == (None, (), (), True)
    assert 2 <= default.concurrency <= 8
    assert default.queue == 24
    assert default.concurrency + default.queue <= 32, "more would leave no threads for the rest: api.serving.admission"


def test_other_variables_are_nobodys_business() -> None:
    assert Settings.from_environment({"DRAGOMAN_COLOUR": "red", "INDEX": "x"}) == Settings()


def test_the_backends_are_these() -> None:
    assert BACKENDS == ("auto", "openvino", "torch")
