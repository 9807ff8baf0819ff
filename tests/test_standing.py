"""What is said of an article before somebody relies on it, a line each, in the publisher's words where it has any."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from api.standing import CHANGED, NOTICES, cautions, changed_since, dated, gone, noticed, publisher_facts
from indexer.types import Change, Metadata, Notice, NoticeKind, PartialDate, Version

MOMENT = datetime(2026, 5, 3, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("correction", "Corrected by the publisher: “Not in Oslo.”"),
        ("clarification", "Clarified by the publisher: “Not in Oslo.”"),
        ("retraction", "Retracted by the publisher: “Not in Oslo.”"),
    ],
)
def test_a_notice_is_quoted_with_who_gave_it(kind: NoticeKind, said: str) -> None:
    assert noticed(Notice(kind, "Not in Oslo.")) == said


def test_a_notice_of_several_paragraphs_is_one_line() -> None:
    assert noticed(Notice("correction", "Correction:\n\nNot in Oslo.")).splitlines() == [
        "Corrected by the publisher: “Correction: Not in Oslo.”"
    ]


def test_every_kind_of_notice_and_of_change_has_words() -> None:
    assert set(NOTICES) == set(get_args(NoticeKind))
    assert set(CHANGED) == set(get_args(Change))


def test_an_article_that_is_gone_says_since_which_day() -> None:
    assert gone(MOMENT) == "No longer at its address since 3 May 2026"


@pytest.mark.parametrize("notice", [None, Notice("retraction", "No.")])
@pytest.mark.parametrize("vanished", [None, MOMENT])
def test_there_is_a_caution_for_each_thing_that_speaks_against_it(
    notice: Notice | None, vanished: datetime | None
) -> None:
    lines = cautions(Metadata("a", "A", notice=notice), vanished)
    expected = [*([noticed(notice)] if notice else []), *([gone(vanished)] if vanished else [])]
    assert lines == expected


@pytest.mark.parametrize(
    ("country", "kind", "said"),
    [
        ("NO", "newspaper", "newspaper, Norway"),
        ("NO", None, "Norway"),
        (None, "ministry", "ministry"),
        (None, None, None),
    ],
)
def test_it_is_said_what_the_settings_know_of_the_publisher(
    country: str | None, kind: str | None, said: str | None
) -> None:
    assert publisher_facts(Metadata("a", "A", publisher_country=country, publisher_kind=kind)) == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("text", "date found in the page's text"),
        ("url", "date found in the address"),
        ("feed", "date as its feed says"),
        ("json-ld", None),
        ("meta", None),
        (None, None),
    ],
)
def test_where_a_date_was_found_is_said_unless_the_document_states_it(source: str | None, said: str | None) -> None:
    known = Metadata("a", "A", published=PartialDate("2012"), published_from=source)
    assert dated(known) == said


def test_without_a_date_nothing_is_said_of_where_it_was_found() -> None:
    assert dated(Metadata("a", "A", published_from="text")) is None


TEXT = "the article's text has changed since"
TITLE = "the article's title has changed since, its text has not"
DETAILS = "what is known about the article has changed since, its title and text have not"


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ([], None),
        (["substance"], TEXT),
        (["title"], TITLE),
        (["details"], DETAILS),
        (["details", "title"], TITLE),
        (["title", "substance", "details"], TEXT),
    ],
)
def test_the_gravest_of_later_changes_is_said(later: list[Change], said: str | None) -> None:
    changes: list[Change] = ["first", "substance", *later]
    versions = [Version(number, "superseded", MOMENT, change) for number, change in enumerate(changes, 1)]
    assert changed_since(2, versions[::-1]) == said
