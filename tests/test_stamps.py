"""Lines that say when an article was posted or updated, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.extraction.stamps import is_labelled, read_stamp


@pytest.mark.parametrize(
    ("line", "updated", "iso"),
    [
        ("Posted April. 12, 2024 07:53,", False, "2024-04-12T07:53"),
        ("Updated April. 12, 2024 07:53", True, "2024-04-12T07:53"),
        ("Published: 3 May 2025", False, "2025-05-03"),
        ("Last updated on 3 May 2025 at 4:05 pm", True, "2025-05-03T16:05"),
        ("12:05 a.m. 3 May 2025", False, "2025-05-03T00:05"),
        ("2025.05.03 14:30", False, "2025-05-03T14:30"),
        ("May 2025", False, "2025-05"),
        ("3 May 2025 14:30 GMT+9", False, "2025-05-03T14:30+09:00"),
    ],
)
def test_a_stamp_is_read_as_precisely_as_it_is_written(line: str, updated: bool, iso: str) -> None:
    assert [(flag, date.iso) for flag, date in read_stamp(line) or []] == [(updated, iso)]


def test_a_line_may_hold_both_dates() -> None:
    found = read_stamp("Published 3 May 2025, updated 4 May 2025")
    assert [(flag, date.iso) for flag, date in found or []] == [(False, "2025-05-03"), (True, "2025-05-04")]


@pytest.mark.parametrize("line", ["2 hours ago", "Updated 5 mins ago", "Posted May 3"])
def test_a_vague_stamp_is_a_stamp_without_a_date(line: str) -> None:
    assert read_stamp(line) == []


@pytest.mark.parametrize("line", ["The talks of 3 May 2025 failed.", "Ministers met", "", "Room 2025"])
def test_a_line_that_says_more_is_no_stamp(line: str) -> None:
    assert read_stamp(line) is None


def test_a_stamp_may_be_labelled() -> None:
    assert is_labelled("Posted 3 May 2025")
    assert not is_labelled("3 May 2025")


@settings(deadline=None)
@given(st.text(alphabet="0123456789 .:,-/MayUpdatedPosted", max_size=40))
def test_no_line_makes_it_fail(line: str) -> None:
    found = read_stamp(line)
    assert found is None or all(date.first_day <= date.last_day for _, date in found)
