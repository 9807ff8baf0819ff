"""Who may import whom, and what is not loaded until it is needed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

ENGINES = ("indexer.engine", "indexer.embedded", "indexer.milvus")
EXTRACTORS = ("indexer.extract", "indexer.extraction")
FRAMEWORKS = {"torch", "sentence_transformers", "transformers"}
NETWORK = {
    *("socket", "socketserver", "ssl", "asyncio", "http.client", "http.server", "urllib.request", "ftplib", "smtplib"),
    *("httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3", "aiohttp", "websockets", "huggingface_hub"),
}
MAY_USE_NETWORK = {
    "api.client": {"httpx2"},
    "api.wire.sending": {"httpx2"},
    "api.server": {"socket"},
    "indexer.models": {"huggingface_hub"},
    "indexer.readers.web": {"httpcore2", "socket", "ssl"},
}


class Import(NamedTuple):
    """One imported module; ``late`` if only when a function is called, or only for a type checker."""

    name: str
    late: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_in(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


PATHS = {module_name(path): path for package in ("api", "indexer") for path in sorted((ROOT / package).rglob("*.py"))}


def imports(node: ast.AST, *, late: bool = False) -> Iterator[Import]:
    """Everything that is imported below a node; of ``from a import b``, both a and a.b if that may be a module."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                yield from (Import(alias.name, late) for alias in child.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield Import(module, late)
                yield from (Import(f"{module}.{alias.name}", late) for alias in child.names)
            case ast.ImportFrom():
                raise AssertionError(f"a relative import in line {child.lineno}")
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.If(test=ast.Name("TYPE_CHECKING")):
                yield from imports(child, late=True)
            case _:
                yield from imports(child, late=late)


IMPORTS = {name: set(imports(ast.parse(path.read_text(encoding="utf-8")))) for name, path in PATHS.items()}


def below(*packages: str) -> set[str]:
    """Our modules that are one of these or below it."""
    return {name for name in PATHS if is_in(name, set(packages))}


def breaches(modules: set[str], forbidden: set[str]) -> list[str]:
    """The sentence "a imports b" for every one of the modules that imports something forbidden, now or later."""
    assert modules <= set(PATHS)
    return sorted(
        f"{name} imports {found.name}" for name in modules for found in IMPORTS[name] if is_in(found.name, forbidden)
    )


def test_the_modules_and_their_imports_are_seen() -> None:
    assert {"api", "api.cli", "indexer.types", "indexer.embedded.engine", "indexer.readers.files"} <= set(PATHS)
    assert Import("indexer.types", late=False) in IMPORTS["indexer.extract"]
    assert Import("indexer.torch_encoder", late=True) in IMPORTS["indexer.encode"]
    assert breaches({"indexer.pipeline.prepare"}, {"indexer.extract"}) != []


def test_the_indexer_knows_nothing_of_the_api() -> None:
    assert breaches(below("indexer"), {"api"}) == []


def test_contracts_import_nothing_of_ours() -> None:
    assert breaches(below("indexer.types", "indexer.errors"), {"api", "indexer"}) == []
    found = breaches(below("indexer.settings"), {"api", "indexer"})
    assert {line for line in found if "indexer.errors" not in line} == set(), "settings may raise our errors"


def test_readers_know_neither_engines_nor_encoders_nor_extractors() -> None:
    assert breaches(below("indexer.readers"), {*ENGINES, *EXTRACTORS, "indexer.encode", "indexer.build"}) == []


def test_engines_know_neither_readers_nor_extractors() -> None:
    assert breaches(below(*ENGINES), {"indexer.readers", "indexer.build", *EXTRACTORS}) == []


def test_extractors_know_neither_readers_nor_engines_nor_encoders() -> None:
    assert (
        breaches(below("indexer.clean", *EXTRACTORS), {*ENGINES, "indexer.readers", "indexer.encode", "indexer.build"})
        == []
    )


def test_nobody_names_an_engine_but_the_seam_that_opens_one() -> None:
    assert breaches(set(PATHS) - below("indexer.embedded", "indexer.engine"), {"indexer.embedded"}) == []
    assert [found.late for found in IMPORTS["indexer.engine"] if found.name == "indexer.embedded.engine"] == [True]


def test_modules_do_not_import_each_other_in_circles() -> None:
    graph = {
        name: {found.name for found in all_found if not found.late and found.name in PATHS and found.name != name}
        for name, all_found in IMPORTS.items()
    }
    assert set(TopologicalSorter(graph).static_order()) == set(PATHS)


def test_only_the_torch_backend_the_converter_and_the_reranker_load_torch() -> None:
    loading = {"indexer.torch_encoder", "indexer.openvino_convert", "api.rerank"}
    assert breaches(set(PATHS) - loading, FRAMEWORKS) == []


def test_the_reranker_loads_torch_only_when_it_is_asked_for() -> None:
    assert {found.late for found in IMPORTS["api.rerank"] if is_in(found.name, FRAMEWORKS)} == {True}


def test_what_loads_torch_is_itself_loaded_late() -> None:
    loading = {"indexer.torch_encoder", "indexer.openvino_convert", "indexer.openvino_encoder"}
    early = {name: {found.name for found in IMPORTS[name] if not found.late} & loading for name in PATHS}
    assert {name for name, found in early.items() if found} == {"indexer.openvino_convert"}


def test_openvino_is_imported_only_where_its_reporting_is_off() -> None:
    assert breaches(set(PATHS) - {"indexer.openvino_quiet"}, {"openvino"}) == []


def test_only_the_modules_that_need_the_network_can_reach_it() -> None:
    reached = {
        name: {module for module in NETWORK if any(is_in(found.name, {module}) for found in all_found)}
        for name, all_found in IMPORTS.items()
    }
    assert {name: modules for name, modules in reached.items() if modules} == MAY_USE_NETWORK


@pytest.mark.parametrize("module", ["api", "api.cli", "api.rerank", "indexer.build"])
def test_a_module_that_is_imported_first_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    heavy = {*FRAMEWORKS, "faiss", "openvino", "fastapi", "uvicorn", "huggingface_hub", "pydantic", "mcp"}
    assert heavy & set(done.stdout.split()) == set()
