"""The README's sessions are run: what it shows is what a reader gets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.search import open_index
from indexer.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(session: str) -> Iterator[tuple[str, str]]:
    """The commands of a session, here-documents included, each with the output that is shown for it."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\nEND\n") if "<< END" in part else part.partition("\n")
        yield command + ("\nEND\n" if "<< END" in part else ""), output


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> tuple[Path, dict[str, str]]:
    """A folder in which the starter corpus is indexed, and the environment of somebody who reads the README in it."""
    folder = tmp_path_factory.mktemp("reader")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    unset = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
    environment = {**unset, "PATH": path, "DRAGOMAN_CACHE": str(model_cache), "COLUMNS": "100"}
    subprocess.run(["dragoman", "add", "--starter"], cwd=folder, env=environment, check=True, capture_output=True)
    return folder, environment


def run(command: str, reader: tuple[Path, dict[str, str]]) -> str:
    folder, environment = reader
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdout=-1, stderr=subprocess.STDOUT, check=False
    )
    return done.stdout.decode()


def test_the_sessions_give_the_output_that_is_shown(reader: tuple[Path, dict[str, str]]) -> None:
    shown = [step for session in blocks("console") for step in commands(session)]
    assert len(shown) >= 7
    for command, output in shown:
        assert run(command, reader).rstrip() == output.rstrip(), command


def test_the_python_example_runs_and_prints_hits(reader: tuple[Path, dict[str, str]]) -> None:
    folder, environment = reader
    (example,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=folder, env=environment, capture_output=True, check=True
    )
    understood, *hits = done.stdout.decode().splitlines()
    assert re.fullmatch(r"[01]\.\d+ \(\)", understood), "a probability, and no time that the question names"
    assert hits[0].startswith("1 Biden and Kishida")
    assert [hit[:2] for hit in hits] == ["1 ", "2 ", "3 "]


def test_the_address_that_is_shown_answers(reader: tuple[Path, dict[str, str]]) -> None:
    folder, environment = reader
    found = re.search(r"^GET http://127\.0\.0\.1:8765(\S+)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    settings = Settings(index=folder / ".dragoman" / "index", cache=Path(environment["DRAGOMAN_CACHE"]))
    with open_index(settings=settings) as searcher:
        answer = TestClient(create_app(searcher)).get(found[1])
    assert answer.status_code == 200
    assert len(answer.json()["hits"]) == 3


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
