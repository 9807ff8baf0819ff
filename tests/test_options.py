"""Options that several commands have in common: what they come to, and which exclude each other."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import typer

from api.citing.formats import FORMATS
from api.console.options import Form, Style, only_one, settings_for
from api.export import EXPORTS


def test_the_names_of_formats_are_those_that_can_be_written() -> None:
    assert set(get_args(Form)) == set(EXPORTS) - {"jsonl"}
    assert set(get_args(Style)) == set(FORMATS)


def test_an_option_wins_over_the_environment_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INDEX", "MODEL", "RERANKER"):
        monkeypatch.setenv(f"DRAGOMAN_{name}", f"env-{name.lower()}")
    found = settings_for(Path("here"), None, "reader")
    assert (found.index, found.model, found.reranker) == (Path("here"), "env-model", "reader")
    assert settings_for(None).index == Path("env-index")


@pytest.mark.parametrize("given", [[], [("--a", None), ("--b", False)], [("--a", True), ("--b", None)]])
def test_one_option_of_several_is_fine_and_so_is_none(given: list[tuple[str, object]]) -> None:
    only_one(given)


def test_of_options_that_exclude_each_other_those_are_named_that_were_given() -> None:
    with pytest.raises(typer.BadParameter, match=r"^--a and --c exclude each other: choose one$"):
        only_one([("--a", "x"), ("--b", None), ("--c", True)])
