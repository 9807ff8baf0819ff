"""Fixtures that many tests share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.engine import Binding, Engine, open_engine
from tests.fakes import FakeEncoder

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real news that some tests read where it is there; it is not part of the project."""


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """The level of all logging is as it was after each test: transformers raises it, and warnings would go unseen."""
    before = logging.root.level
    yield
    logging.root.setLevel(before)


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def engine(tmp_path: Path, encoder: FakeEncoder) -> Iterator[Engine]:
    """An empty embedded engine, open for writing."""
    opened = open_engine(tmp_path / "index", create=Binding.of(encoder))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the default model is converted once for all tests that need the real one."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def shared() -> Path:
    """The folder of real news, or a skip."""
    if not SHARED.is_dir():
        pytest.skip(f"no real news at {SHARED}")
    return SHARED
