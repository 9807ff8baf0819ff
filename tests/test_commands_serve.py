"""Letting others search: what the commands start, and the keys they make."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from api.serving.keys import parse_keys
from indexer.settings import Settings
from tests.console import Dragoman

pytest_plugins = ["tests.console_fixtures"]


def test_the_server_is_started_with_what_the_options_name(
    filled: Dragoman, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[tuple[Settings, str, int]] = []
    monkeypatch.setattr("api.server.serve", lambda *given: started.append(given))
    assert filled("serve", "--port", 8911, "--rerank", "keen/reader", "--model", "fake").code == 0
    settings = Settings(tmp_path / "index", "fake", "auto", tmp_path / "cache", "keen/reader")
    assert started == [(settings, "127.0.0.1", 8911)]
    assert filled("serve", "--rerank", "keen/reader", "--model", "fake", "--processes", 3).code == 0
    assert started[1:] == [(replace(settings, processes=3), "127.0.0.1", 8765)]


def test_an_assistant_is_served_from_the_index_that_the_options_name(
    filled: Dragoman, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[int] = []
    monkeypatch.setattr(
        "api.assistants.mcp_server.run_stdio", lambda searcher: served.append(searcher.engine.snapshot().info.articles)
    )
    ran = filled("mcp")
    assert (ran.code, ran.out) == (0, "")
    assert served == [2]


def test_the_lines_of_a_key_go_to_standard_output_and_the_key_to_whoever_asked(dragoman: Dragoman) -> None:
    ran = dragoman("key", "reporting desk", "--rate", "60/minute")
    assert ran.code == 0
    made = ran.err.split()[-1]
    ring = parse_keys(ran.out)
    assert [key.name for key in ring.keys] == ["reporting desk"]
    assert ring.find(made.encode()) == ring.keys[0]
    assert made not in ran.out
    assert tomllib.loads(ran.out)["keys"]["reporting desk"]["rate"] == "60/minute"


def test_the_lines_of_two_keys_stand_in_one_file(dragoman: Dragoman) -> None:
    both = dragoman("key", "desk").out + dragoman("key", "radio").out
    assert [key.name for key in parse_keys(both).keys] == ["desk", "radio"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(["a/b"], "'a/b' cannot name a key"), (["desk", "--rate", "often"], "rate is 'often'")]
)
def test_a_key_that_the_file_could_not_hold_is_refused(dragoman: Dragoman, arguments: list[str], said: str) -> None:
    ran = dragoman("key", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
