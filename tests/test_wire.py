"""Marks of news agencies: who a story is from, and the story without them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.wire import agency, plain_title, without_marks

STORY = "Ministers met on the island to settle the quarrel over the strait."


@pytest.mark.parametrize(
    ("dateline", "name"),
    [
        ("ANCHORAGE, Alaska (Reuters) - ", "Reuters"),
        ("LONDON/NEW YORK, Feb 20 (Reuters) - ", "Reuters"),
        ("(Reuters) — ", "Reuters"),
        ("LONDON (Reuters Life!) - ", "Reuters"),
        ("BEIJING, Oct 3 (Xinhua) -- ", "Xinhua"),
        ("(AP) — ", "Associated Press"),
        ("Beijing (AP) — ", "Associated Press"),
        ("PARIS (AFP) ", "Agence France-Presse"),
        ("PORT OF SPAIN, Trinidad and Tobago, Sept. 3, 2012 (AP) - ", "Associated Press"),
        ("PARIS, 3 mai (AFP) – ", "Agence France-Presse"),
        ("TOKYO, May 3 (Kyodo) ", "Kyodo"),
        ("BRUSSELS, 3 May (dpa) - ", "dpa"),
        ("新华社北京10月3日电（记者王明）", "Xinhua"),
        ("(서울=연합뉴스) 김민수 기자 = ", "Yonhap"),
        ("МОСКВА, 3 мая - РИА Новости. ", "RIA Novosti"),
        ("МОСКВА, 3 мая. /ТАСС/. ", "TASS"),
    ],
)
def test_a_dateline_names_the_agency_and_is_no_part_of_the_story(dateline: str, name: str) -> None:
    assert agency(dateline + STORY) == name
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
    ("line", "name"),
    [
        ("Copyright (c) 2012 Thomson Reuters", "Reuters"),
        ("© 2012 AFP", "Agence France-Presse"),
        ("The Associated Press contributed to this report.", "Associated Press"),
        ("Our Standards: The Thomson Reuters Trust Principles.", "Reuters"),
    ],
)
def test_where_no_dateline_does_other_lines_name_the_agency(line: str, name: str) -> None:
    assert agency(f"{STORY}\n{line}") == name


def test_a_dateline_counts_for_more_than_a_contributor() -> None:
    assert agency(f"PARIS (AFP) - {STORY}\nThe Associated Press contributed to this report.") == "Agence France-Presse"


@pytest.mark.parametrize(
    "text",
    [
        STORY,
        "The minister told Reuters that the talks would go on.",
        "The party (AP) said it would go on.",
        "She said that (AFP) - the fund - was hers.",
        "The envoy contributed to the talks. Reporting by satellites had stopped.",
        "Copyright law was changed in May, said the minister of justice (SPD).",
    ],
)
def test_a_story_that_speaks_of_agencies_is_by_none_of_them(text: str) -> None:
    assert agency(text) is None


def test_a_story_without_marks_stays_as_it_is() -> None:
    text = "The party (AP) said.\n\nThe minister told Reuters (in Oslo) that talks, editing and reporting went on."
    assert without_marks(text) == text


def test_only_the_thanks_go_and_not_the_sentence_before_them() -> None:
    assert without_marks(f"{STORY} Eva Kim of The Associated Press contributed to this report.").strip() == STORY


def test_the_code_of_a_share_goes_and_other_brackets_stay() -> None:
    assert without_marks("Oil Corp ( OIL.N ) of Texas (U.S.) fell (3.5 percent)").split() == (
        ["Oil", "Corp", "of", "Texas", "(U.S.)", "fell", "(3.5", "percent)"]
    )


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("UPDATE 3-Oil falls", "Oil falls"),
        ("CORRECTED: Oil falls", "Oil falls"),
        ("CORRECTED - UPDATE 3-Oil falls", "Oil falls"),
        ("WRAPUP 2-REFILE-Oil falls", "Oil falls"),
        ("BREAKING NEWS: Oil falls", "Oil falls"),
        ("Oil falls", "Oil falls"),
        ("EADS-Airbus parts late", "EADS-Airbus parts late"),
        ("Lead found in toys", "Lead found in toys"),
        ("UPDATE 3-", "UPDATE 3-"),
    ],
)
def test_prefixes_of_a_title_go_and_its_own_words_stay(title: str, plain: str) -> None:
    assert plain_title(title) == plain


@settings(deadline=None)
@given(st.text(alphabet="(Reuters) AP-—:\n©.;Copyright contributed to this report reporting by", max_size=200))
def test_no_text_makes_it_fail_or_grow_much(text: str) -> None:
    agency(text)
    plain_title(text)
    assert len(without_marks(text)) <= len(text) + 1
