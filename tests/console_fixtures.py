"""A console to run commands on, with an index of its own.

A test module takes these with ``pytest_plugins = ["tests.console_fixtures"]``, and imports nothing from here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from api.cli import main
from tests.console import NEWS, Dragoman, KeenReader, Ran, certain, load_fake


@pytest.fixture
def dragoman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Dragoman:
    """Runs a command as the console would, on an index of its own and with the fake encoder."""
    for name, value in {"INDEX": tmp_path / "index", "CACHE": tmp_path / "cache"}.items():
        monkeypatch.setenv(f"DRAGOMAN_{name}", str(value))
    for name in ("MODEL", "BACKEND", "RERANKER"):
        monkeypatch.setenv(f"DRAGOMAN_{name}", "")
    for module in ("indexer.build", "api.search"):
        monkeypatch.setattr(f"{module}.load_encoder", load_fake)
    monkeypatch.delenv("DRAGOMAN_KEY", raising=False)
    monkeypatch.setattr("api.search.CrossEncoderReranker.load", lambda name, _: KeenReader(name))
    monkeypatch.setattr("api.search.default_answerable", certain(0.5))

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["dragoman", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    capsys.readouterr()
    return run


@pytest.fixture
def news(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in NEWS), "utf-8")
    return path


@pytest.fixture
def filled(dragoman: Dragoman, news: Path) -> Dragoman:
    """The same over an index that holds the news above."""
    assert dragoman("add", news).code == 0
    return dragoman
