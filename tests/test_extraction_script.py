"""The measure of extraction is the benchmark's own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    sys.path.insert(0, str(SCRIPTS))
    try:
        spec = importlib.util.spec_from_file_location("extraction", SCRIPTS / "extraction.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["extraction"] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPTS))
    return module


@pytest.mark.parametrize(
    ("true", "found", "precision", "recall"),
    [
        ("a b c d e", "a b c d e", 1.0, 1.0),
        ("a b c d e", "a, b. c d", 1.0, 0.5),
        ("a b c d", "a b c d e", 0.5, 1.0),
        ("a b c d", "A b c d", 0.0, 0.0),
        ("a b c d a b c d", "a b c d", 1.0, 0.2),
        ("a b", "a b", 1.0, 1.0),
        ("a b c d", "", None, 0.0),
        ("", "a b c d", 0.0, None),
    ],
)
def test_shingles_of_four_tokens_are_counted(
    script: ModuleType, true: str, found: str, precision: float | None, recall: float | None
) -> None:
    assert script.measure(true, found) == (precision, recall)


def test_precision_and_recall_are_averaged_before_they_are_joined(script: ModuleType) -> None:
    pages = [script.Measured(1.0, 0.5), script.Measured(None, 0.0), script.Measured(0.5, 1.0)]
    assert script.overall(pages) == pytest.approx((0.75, 0.5, 0.6))
    assert script.overall([]) == (0.0, 0.0, 0.0)
