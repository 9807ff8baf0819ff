"""What a search answers: equal where nothing but the time differs, and the same as JSON."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from api.answer import Answer, Lap, Reading
from api.facets import Facets
from indexer.types import Query, Tally
from tests.answers import INFO, answered, hit


def test_two_answers_that_differ_in_their_times_alone_are_equal() -> None:
    one = answered(hit(), took_ms=1.0, laps=(Lap("parse", 1.0),), reading=Reading("tiny", 50, 0.5))
    other = answered(hit(), took_ms=2.0, laps=(), reading=Reading("tiny", 50, 0.7))
    assert one == other


@pytest.mark.parametrize(
    "other",
    [
        {"query": Query("Who left?")},
        {"hits": ()},
        {"hits": (hit(), replace(hit(), rank=2))},
        {"answerable": 0.6},
        {"answerable": None},
        {"is_answered": False},
        {"index": replace(INFO, generation=8)},
        {"reading": Reading("tiny", 50, 0.5)},
        {"cursor": "x"},
        {"facets": Facets.of(Tally(0), [])},
    ],
    ids=str,
)
def test_answers_that_differ_in_anything_else_are_not(other: dict[str, Any]) -> None:
    plain = answered(hit())
    assert replace(plain, **other) != plain


def test_readings_of_other_models_differ() -> None:
    assert Reading("tiny", 50, 0.5) != Reading("large", 50, 0.5)
    assert Reading("tiny", 50, 0.5) != Reading("tiny", 49, 0.5)


def test_an_answer_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        answered().hits = ()  # type: ignore[misc]


def test_what_is_not_given_is_not_there() -> None:
    plain = Answer(Query("Who met?"), (), (), 0.5, is_answered=True, index=INFO, took_ms=1.0)
    assert (plain.reading, plain.cursor, plain.facets, plain.laps) == (None, None, None, ())


def test_an_answer_becomes_a_table_with_a_row_for_each_hit() -> None:
    pytest.importorskip("pandas")
    table = answered(hit(), replace(hit(), rank=2)).to_pandas()
    assert list(table["rank"]) == [1, 2]
