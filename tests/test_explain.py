"""Why a passage stands where it does: what speaks for it, strongest first, and nothing that is not true of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.explain import MEANS, SOME, STRONG, TRUE, Reason, reasons, strongest_first
from api.features import FEATURES
from api.similar import LIKENESS
from indexer.types import Part

NAMES = st.sampled_from(sorted(MEANS))
PARTS = st.lists(st.builds(Part, NAMES, st.floats(-5, 5), st.floats(0, 4)), max_size=14)


def test_every_part_that_a_score_can_have_has_a_meaning() -> None:
    assert {name: MEANS[name] for name in FEATURES} == FEATURES
    assert set(MEANS) - set(FEATURES) == {LIKENESS, "reranker"}


def test_likeness_to_a_passage_is_a_reason() -> None:
    assert reasons([Part(LIKENESS, 0.7, 1.0)]) == [Reason("strongly", MEANS[LIKENESS])]
    assert reasons([Part(LIKENESS, TRUE - 0.01, 1.0)]) == []


def test_what_adds_most_is_said_first_and_what_takes_away_is_not_said() -> None:
    parts = [Part("words", 0.5, 1.0), Part("sentence", 2.0, 1.0), Part("article", -1.0, 1.0), Part("names", 0.0, 1.0)]
    assert reasons(parts) == [Reason("strongly", MEANS["sentence"]), Reason("strongly", MEANS["words"])]


@pytest.mark.parametrize(
    ("share", "strength"),
    [(0.9, "strongly"), (STRONG, "strongly"), (0.19, "somewhat"), (SOME, "somewhat"), (0.09, "a little")],
)
def test_how_strongly_depends_on_the_share_among_what_speaks_for_it(share: float, strength: str) -> None:
    rest = [Part("sentence", 1.0, 1 - share), Part("before", -9.0, 1.0)]
    found = {reason.means: reason.strength for reason in reasons([Part("words", 1.0, share), *rest])}
    assert found[MEANS["words"]] == strength


def test_a_sentence_that_is_hardly_true_of_a_passage_is_not_said_however_much_it_adds() -> None:
    assert [reason.means for reason in reasons([Part("years", 0.2, 9.0), Part("sentence", 1.0, 1.0)])] == [
        MEANS["sentence"]
    ]
    assert reasons([Part("years", TRUE, 9.0)]) == [Reason("strongly", MEANS["years"])]


@pytest.mark.parametrize("parts", [[], [Part("sentence", -1.0, 1.0)], [Part("names", 0.0, 1.0)]])
def test_there_may_be_no_reason(parts: list[Part]) -> None:
    assert reasons(parts) == []


@given(PARTS)
def test_reasons_come_in_the_order_of_strength(parts: list[Part]) -> None:
    order = ["strongly", "somewhat", "a little"]
    strengths = [order.index(reason.strength) for reason in reasons(parts)]
    assert strengths == sorted(strengths)
    assert len(strengths) == sum(part.score > 0 and part.value >= TRUE for part in parts)


@given(PARTS)
def test_ordering_parts_loses_none(parts: list[Part]) -> None:
    ordered = strongest_first(parts)
    assert sorted(map(repr, ordered)) == sorted(map(repr, parts))
    assert [part.score for part in ordered] == sorted((part.score for part in parts), reverse=True)
