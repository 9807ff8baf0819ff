"""A story without the marks of news agencies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.wire import without_marks

STORY = "Ministers met on the island to settle the quarrel over the strait."


@pytest.mark.parametrize(
    "dateline",
    [
        "ANCHORAGE, Alaska (Reuters) - ",
        "LONDON/NEW YORK, Feb 20 (Reuters) - ",
        "(Reuters) — ",
        "LONDON (Reuters Life!) - ",
        "BEIJING, Oct 3 (Xinhua) -- ",
        "(AP) — ",
        "Beijing (AP) — ",
        "PARIS (AFP) ",
        "PORT OF SPAIN, Trinidad and Tobago, Sept. 3, 2012 (AP) - ",
        "PARIS, 3 mai (AFP) – ",
        "TOKYO, May 3 (Kyodo) ",
        "BRUSSELS, 3 May (dpa) - ",
        "新华社北京10月3日电（记者王明）",
        "(서울=연합뉴스) 김민수 기자 = ",
        "МОСКВА, 3 мая - РИА Новости. ",
        "МОСКВА, 3 мая. /ТАСС/. ",
    ],
)
def test_a_dateline_is_no_part_of_the_story(dateline: str) -> None:
    assert without_marks(dateline + STORY).strip() == STORY


@pytest.mark.parametrize(
    "credit",
    [
        "(Reporting by Eva Kim; Editing by Jan Novak)",
        "(Additional reporting by Eva Kim in Oslo\nand Ann Bo; writing by Jan Novak)",
        "Reporting by Eva Kim; Editing by Jan Novak",
        "The Associated Press contributed to this report.",
        "Copyright 2012 Thomson Reuters. All rights reserved.",
        "© AFP",
        "Example Media of Oslo, 2012, All Rights Reserved",
        "Our Standards: The Thomson Reuters Trust Principles.",
        "This material may not be published, broadcast, rewritten or redistributed.",
    ],
)
def test_a_credit_line_is_no_part_of_the_story(credit: str) -> None:
    assert without_marks(f"{STORY}\n{credit}").strip() == STORY


@pytest.mark.parametrize(
    "text",
    [
        STORY,
        "The minister told Reuters that the talks would go on.",
        "The party (AP) said it would go on.",
        "She said that (AFP) - the fund - was hers.",
        "The envoy contributed to the talks. Reporting by satellites had stopped.",
    ],
)
def test_a_story_that_speaks_of_agencies_stays_as_it_is(text: str) -> None:
    assert without_marks(text) == text


def test_a_story_without_marks_stays_as_it_is() -> None:
    text = "The party (AP) said.\n\nThe minister told Reuters (in Oslo) that talks, editing and reporting went on."
    assert without_marks(text) == text


def test_only_the_thanks_go_and_not_the_sentence_before_them() -> None:
    assert without_marks(f"{STORY} Eva Kim of The Associated Press contributed to this report.").strip() == STORY


def test_the_code_of_a_share_goes_and_other_brackets_stay() -> None:
    assert without_marks("Oil Corp ( OIL.N ) of Texas (U.S.) fell (3.5 percent)").split() == (
        ["Oil", "Corp", "of", "Texas", "(U.S.)", "fell", "(3.5", "percent)"]
    )


@settings(deadline=None)
@given(st.text(alphabet="(Reuters) AP-—:\n©.;Copyright contributed to this report reporting by", max_size=200))
def test_no_text_makes_it_fail_or_grow_much(text: str) -> None:
    assert len(without_marks(text)) <= len(text) + 1
