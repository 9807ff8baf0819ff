"""Opening an index to write: the model that it is bound to, and one writer at a time."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.build import add, writing
from indexer.engine import Binding, open_engine
from indexer.errors import EncoderError, IndexLocked, IndexMismatch, IndexMissing
from indexer.settings import Settings
from tests.documents import document
from tests.tiny_model import build_static, build_transformer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_transformer(tmp_path_factory.mktemp("transformer")))


@pytest.fixture
def settings(tmp_path: Path, model: str) -> Settings:
    """Where a new index is to be made with a small model."""
    return Settings(index=tmp_path / "index", model=model, backend="torch", cache=tmp_path / "cache")


def test_writing_makes_an_index_bound_to_the_model(settings: Settings) -> None:
    with writing(settings) as (engine, encoder):
        assert engine.binding == Binding.of(encoder)
        assert add([document("a")], engine, encoder).added == 1
    assert open_engine(settings.index).binding.model == settings.model


def test_without_a_model_an_index_is_written_with_the_one_it_is_bound_to(settings: Settings) -> None:
    with writing(settings):
        pass
    with writing(replace(settings, model=None)) as (_, encoder):
        assert encoder.model == settings.model


def test_another_model_is_refused_with_both_names_and_what_to_do(settings: Settings, tmp_path: Path) -> None:
    with writing(settings):
        pass
    other = str(build_static(tmp_path))
    with pytest.raises(IndexMismatch) as caught, writing(replace(settings, model=other)):
        pass
    message = str(caught.value)
    assert f"{settings.index} was made with weights" in message
    assert f"(model {settings.model})" in message
    assert f"(model {other})" in message
    assert message.endswith(f"use --model {settings.model}, or add the articles to a new index with --index")


def test_the_same_weights_under_another_name_are_the_same_model(settings: Settings, model: str, tmp_path: Path) -> None:
    with writing(settings):
        pass
    copy = shutil.copytree(model, tmp_path / "copy")
    with writing(replace(settings, model=str(copy))) as (engine, _):
        assert engine.binding.model == model


def test_while_one_writes_another_cannot(settings: Settings) -> None:
    with writing(settings), pytest.raises(IndexLocked, match="another process is writing to it"), writing(settings):
        pass


def test_an_error_while_writing_releases_the_index(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), writing(settings) as (abandoned, _):
        raise ZeroDivisionError
    assert abandoned.binding.model == settings.model  # still there, so that nothing but the end of writing frees it
    with writing(settings) as (engine, encoder):
        assert add([document("a")], engine, encoder).added == 1


def test_a_refused_model_releases_the_index(settings: Settings, tmp_path: Path) -> None:
    with writing(settings):
        pass
    with pytest.raises(IndexMismatch), writing(replace(settings, model=str(build_static(tmp_path)))):
        pass
    with writing(settings) as (engine, _):
        assert engine.counts()["articles"] == 0


def test_a_model_that_is_not_there_leaves_no_index_behind(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError), writing(replace(settings, model=str(tmp_path / "empty"))):
        pass
    with pytest.raises(IndexMissing):
        open_engine(settings.index)
