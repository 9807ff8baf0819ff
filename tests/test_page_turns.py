"""A transcript's speakers stand before what they say; other texts stay as they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexer.extraction.page_turns import join_turns


def test_a_name_on_a_line_of_its_own_goes_before_the_speech() -> None:
    lines = ["Jo Doe", "We met.", "And agreed.", "Ana Ruiz", "When?", "Jo Doe", "In May.", "Ana Ruiz", "Where?"]
    assert join_turns(lines) == [
        "Jo Doe: We met.",
        "And agreed.",
        "Ana Ruiz: When?",
        "Jo Doe: In May.",
        "Ana Ruiz: Where?",
    ]


def test_the_time_of_a_recording_stays_with_the_name() -> None:
    lines = [
        "Jo Doe (00:12)",
        "We met.",
        "Ana Ruiz (01:15)",
        "When?",
        "Jo Doe (01:20)",
        "In May.",
        "Ana Ruiz (02:00)",
        "So.",
    ]
    assert join_turns(lines)[0] == "Jo Doe (00:12): We met."
    assert len(join_turns(lines)) == 4


def test_sub_headings_are_no_speakers() -> None:
    lines = [
        "The border",
        "They met.",
        "The tolls",
        "They agreed.",
        "The engineers",
        "They left.",
        "The harbour",
        "It rained.",
    ]
    assert join_turns(lines) == lines


@given(st.lists(st.sampled_from(["Jo Doe", "Q", "We met.", "(00:12)", "", "a | b", "Q:"]), max_size=30))
def test_no_words_are_lost(lines: list[str]) -> None:
    assert "".join(join_turns(lines)).replace(":", "").split() == "".join(lines).replace(":", "").split() or (
        "".join("".join(join_turns(lines)).replace(":", "").split()) == "".join("".join(lines).replace(":", "").split())
    )
