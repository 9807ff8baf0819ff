"""The public names: which they are, that type checkers see the same, and what is loaded when one is asked for."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import api

ROOT = Path(__file__).resolve().parents[1]

PUBLIC = [
    "Answer",
    "Busy",
    "Client",
    "CursorExpired",
    "DragomanError",
    "Hit",
    "IndexProblem",
    "NotFound",
    "QueryError",
    "Searcher",
    "ServerError",
    "citation",
    "make_query",
    "open_index",
]

HEAVY = {"faiss", "openvino", "torch", "sentence_transformers", "transformers", "huggingface_hub", "fastapi"}


def loaded_by(statement: str) -> set[str]:
    """The modules that are there after a statement, in a process of its own."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_public_names_are_these() -> None:
    assert api.__all__ == PUBLIC
    assert set(PUBLIC) <= set(dir(api))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_what_it_is_called_and_the_same_each_time(name: str) -> None:
    found = getattr(api, name)
    assert found.__name__ == name
    assert getattr(api, name) is found
    assert found.__doc__


def test_type_checkers_see_each_name_come_from_where_it_does() -> None:
    tree = ast.parse(Path(api.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert {name: seen.get(name) for name in PUBLIC} == {name: getattr(api, name).__module__ for name in PUBLIC}


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'api' has no attribute 'Cleint'"):
        _ = api.Cleint  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="Cleint"):
        exec("from api import Cleint")


def test_all_public_names_can_be_imported_at_once() -> None:
    space: dict[str, object] = {}
    exec("from api import *", space)
    assert set(PUBLIC) <= set(space)


def test_the_package_alone_loads_nothing_but_itself() -> None:
    ours = {name for name in loaded_by("import api") if name.partition(".")[0] in {"api", "indexer"}}
    assert ours == {"api"}


def test_a_client_loads_no_index_and_no_model() -> None:
    found = loaded_by("from api import Client, QueryError; Client().close()")
    assert found & HEAVY == set()
    assert "indexer.embedded" not in found


@pytest.mark.parametrize("name", ["Searcher", "open_index", "make_query", "Hit"])
def test_what_has_no_client_in_it_loads_none(name: str) -> None:
    assert loaded_by(f"from api import {name}") & {*HEAVY, "httpx2", "pydantic"} == set()
