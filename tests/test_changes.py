"""What differs between two texts of an article: a look never counts, a letter or a figure always does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexer.changes import compare, completed
from indexer.items import Known
from indexer.records import digest
from indexer.types import Article, Change, Metadata, Notice, PartialDate, Reference

BODY = (
    "The ministers of both states met in Vienna on Tuesday - for the first time since 1990.",
    'They signed a treaty on 12 rivers. "It\'s a beginning," said Ann Lee, who had led the talks.',
    "Observers had expected less...",
)


def article(*paragraphs: str, title: str = "Ministers meet", **known: object) -> Article:
    return Article(Metadata(**{"id": "a", "title": title, **known}), "\n\n".join(paragraphs or BODY), "digest", "a.txt")


COSMETIC = [
    (BODY[0], BODY[0].replace(" - ", " — ")),
    (BODY[0], BODY[0].replace(" - ", "—")),
    (BODY[1], BODY[1].replace('"It', "“It").replace('," ', ",” ").replace("'", "’")),
    (BODY[1], BODY[1].replace('"It', "«\u202fIt").replace('," ', ",\u202f» ")),
    (BODY[1], BODY[1].replace(" ", "\u00a0")),
    (BODY[1], BODY[1].replace("Observers", "Obser\u00advers")),
    (BODY[2], "Observers had expected less…"),
    ("1990-1995", "1990–1995"),
    ("A fall to -5 degrees", "A fall to \u22125 degrees"),
    ("Cafe\u0301 talks", "Caf\u00e9 talks"),
]


@pytest.mark.parametrize(("old", "new"), COSMETIC)
def test_white_space_quotation_marks_and_dashes_do_not_count(old: str, new: str) -> None:
    assert compare(article(*BODY, old), article(*BODY, new)) is None
    assert compare(article(*BODY, new), article(*BODY, old)) is None
    assert compare(article(title=old), article(title=new)) is None
    assert compare(article(publisher=old), article(publisher=new)) is None


STAMPS = [
    "Updated 3 May 2025",
    "UPDATED 3 MAY 2025 14:30 GMT",
    "Last updated on 3 May 2025 at 4:05 pm",
    "Last modified: 2025-05-03",
    "Updated at 14:30 GMT",
    "Updated 0805 GMT",
    "Updated 5 minutes ago",
    "2 hours ago",
    "Zuletzt aktualisiert am 3. Mai 2025, 14:30 Uhr",
    "Mis à jour le 3 mai 2025 à 14h30",
    "Actualizado el 3 de mayo de 2025",
]
FURNITURE = [
    *("Advertisement", "ADVERTISEMENT", "Story continues below advertisement", "Article continues below", "Share"),
    *("Share on Facebook", "Share this article", "1,204 comments", "5 min read", "Copy link", "Skip advertisement"),
]


@pytest.mark.parametrize("line", STAMPS + FURNITURE)
@pytest.mark.parametrize("place", range(len(BODY) + 1))
def test_stamps_of_updates_and_furniture_do_not_count_wherever_they_stand(line: str, place: int) -> None:
    assert compare(article(), article(*BODY[:place], line, *BODY[place:])) is None
    assert compare(article(*BODY[:place], line, *BODY[place:]), article()) is None


def test_a_stamp_counts_as_far_as_it_says_when_an_article_was_published() -> None:
    old = article(*BODY, "Published 3 May 2025, updated 4 May 2025")
    assert compare(old, article(*BODY, "Published 3 May 2025, updated 5 May 2025")) is None
    assert compare(old, article(*BODY, "Published 2 May 2025, updated 4 May 2025")) == "substance"


@pytest.mark.parametrize(
    "line",
    [
        *("3 May 2025", "May 2025", "Updated 300 ships", "Updated: the dead are 3", "Mis à jour: 3 morts"),
        *(
            "Aktualisiert: 3 Tote",
            "Sharing",
            "Printed",
            "The advertisement",
            "5 minutes",
            "They met 2 days ago in Oslo.",
        ),
    ],
)
def test_a_line_that_only_resembles_a_stamp_counts(line: str) -> None:
    assert compare(article(), article(*BODY, line)) == "substance"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(("12 rivers", "13 rivers"), ("1990", "1991"), ("12", "1.2"), ("12", "-12"), ("12 rivers", "12² rivers")),
        *(
            ("Ann Lee", "Ann Li"),
            ("Vienna", "vienna"),
            ("a treaty", "no treaty"),
            ("met", "met not"),
            ("less", "less?"),
        ),
        *((" 12 ", " 1 2 "), ("Lee, who", "Lee who"), ("Observers", "Óbservers")),
    ],
)
def test_a_figure_a_name_or_any_other_letter_is_substance(old: str, new: str) -> None:
    text = article().text
    assert old in text
    changed = replace(article(), text=text.replace(old, new))
    assert compare(article(), changed) == "substance"
    assert compare(changed, article()) == "substance"


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: The treaty is on 12 rivers.",
        "This article was amended on 3 May 2025.",
        "This story has been corrected.",
        "Clarification: Ann Lee led the second half of the talks.",
        "This article has been withdrawn.",
        "(Corrects name in paragraph 2)",
    ],
)
def test_a_notice_that_is_added_or_taken_away_is_substance(notice: str) -> None:
    assert compare(article(), article(*BODY, notice)) == "substance"
    assert compare(article(*BODY, notice), article()) == "substance"


def test_a_notice_in_the_title_alone_is_substance() -> None:
    assert compare(article(), article(title="CORRECTED: Ministers meet")) == "substance"
    old, new = article(title="CORRECTED: Ministers meet"), article(title="CORRECTED: Ministers meet again")
    assert compare(old, new) == "title"


def test_another_title_is_a_change_of_the_title_whatever_else_is_known() -> None:
    assert compare(article(), article(title="Ministers do not meet", publisher="The Post")) == "title"
    assert compare(article(), article(title="Ministers Meet")) == "title"


@pytest.mark.parametrize(
    "known",
    [
        {"publisher": "The Post"},
        {"authors": ("Ann Lee",)},
        {"published": PartialDate("2025-05-03")},
        {"language": "en"},
        {"countries": ("AT",)},
        {"references": (Reference("The Post"),)},
        {"publisher_country": "AT"},
        {"publisher_kind": "newspaper"},
        {"url": "https://example.org/a"},
        {"notice": Notice("correction", "Correction: Lee.")},
    ],
)
def test_anything_else_that_becomes_known_is_a_change_of_details(known: dict[str, object]) -> None:
    assert compare(article(), article(**known)) == "details"
    assert compare(article(**known), article()) == "details"
    assert compare(article(**known), article(**known)) is None


def test_when_it_was_updated_and_where_its_date_was_found_do_not_count() -> None:
    old = article(updated=PartialDate("2025-05-03"), published_from="meta")
    assert compare(old, article(updated=PartialDate("2025-05-04"), published_from="json-ld")) is None


def test_an_address_counts_only_where_the_id_was_not_made_of_it() -> None:
    old, new = (article(url=f"{scheme}://example.org/a") for scheme in ("http", "https"))
    assert compare(old, new) == "details"
    old, new = (replace(one, meta=replace(one.meta, id="url-4f50e8d3fd33a828")) for one in (old, new))
    assert compare(old, new) is None


def test_a_notice_that_only_looks_different_does_not_count() -> None:
    old, new = (article(*BODY, f"Correction: {name}") for name in ("“Lee”.", '"Lee".'))
    old, new = (
        replace(one, meta=replace(one.meta, notice=Notice("correction", one.text[-17:].strip()))) for one in (old, new)
    )
    assert compare(old, new) is None


WORDS = st.lists(
    st.sampled_from(["Ministers", "met", "in", "1990", "12", '"No"', "it's", "on", "-", "Lee,"]), min_size=1
)
PARAGRAPHS = st.lists(WORDS.map(" ".join), min_size=1, max_size=5)
LOOK = st.sampled_from([("-", "–"), ('"', "”"), ("'", "’"), (" ", "  "), (" ", "\u00a0"), ("", "")])


@settings(deadline=None, max_examples=300)
@given(PARAGRAPHS, LOOK, st.sampled_from(STAMPS + FURNITURE), st.integers(0, 5))
def test_no_look_counts_in_either_direction(
    paragraphs: list[str], look: tuple[str, str], line: str, place: int
) -> None:
    other = [paragraph.replace(*look) for paragraph in paragraphs]
    other.insert(place, line)
    old, new = article(*paragraphs), article(*other)
    assert compare(old, old) is None
    assert compare(old, new) is None
    assert compare(new, old) is None


@settings(deadline=None, max_examples=300)
@given(PARAGRAPHS, st.data())
def test_every_other_letter_or_figure_counts(paragraphs: list[str], data: st.DataObject) -> None:
    text = article(*paragraphs).text
    place = data.draw(st.sampled_from([n for n, char in enumerate(text) if char.isalnum()] or [-1]))
    assume(place >= 0)
    other = data.draw(st.sampled_from([char for char in "abcXYZ0123456789²½" if char != text[place]]))
    changed = replace(article(*paragraphs), text=f"{text[:place]}{other}{text[place + 1 :]}")
    expected: Change = "substance"
    assert compare(article(*paragraphs), changed) == expected
    assert compare(changed, article(*paragraphs)) == expected


# A page that is looked at again


def test_what_a_later_look_does_not_find_is_kept() -> None:
    known = {"publisher": "Post", "authors": ("Ann Lee",), "publisher_country": "NO", "publisher_kind": "newspaper"}
    old = article(published=PartialDate("2026-05-03"), published_from="source", **known)
    new = article("They met again.", title="Ministers meet again", language="en")
    found = completed(old, new)
    assert found.meta == replace(old.meta, title="Ministers meet again", language="en")
    assert (found.text, found.digest) == (new.text, digest(found.meta, new.text))


def test_what_a_later_look_finds_counts() -> None:
    old = article(published=PartialDate("2026-05-03"), published_from="source", publisher="Post", authors=("A",))
    known = {"published": PartialDate("2026-05-02"), "published_from": "json-ld", "publisher": "The Post"}
    new = article(**known, authors=("Ann Lee",))
    assert completed(old, new).meta == new.meta


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("en-gb", "en", "en-gb"),
        ("en", "en-gb", "en"),
        ("EN-gb", "en-US", "EN-gb"),
        ("en-gb", None, "en-gb"),
        ("en-gb", "de", "de"),
        ("en", "eng", "eng"),
        (None, "en", "en"),
        (None, None, None),
    ],
)
def test_of_one_language_the_tag_that_was_known_first_is_kept(
    old: str | None, new: str | None, kept: str | None
) -> None:
    assert completed(article(language=old), article(language=new)).meta.language == kept


def test_what_another_source_says_of_a_page_does_not_take_the_place_of_what_is_known() -> None:
    known = Known(name="Ministry", country="SE", kind="ministry", published=PartialDate("2026-05-04"))
    old = article(
        publisher="Post",
        publisher_country="NO",
        publisher_kind="newspaper",
        published=PartialDate("2026-05-03"),
        published_from="json-ld",
    )
    new = article(
        publisher="Ministry",
        publisher_country="SE",
        publisher_kind="ministry",
        published=PartialDate("2026-05-04"),
        published_from="source",
    )
    assert completed(old, new, known).meta == old.meta
    assert completed(article(), new, known).meta == new.meta
    assert completed(old, new, replace(known, name=None, publisher="Ministry")).meta.publisher == "Post"
    assert completed(old, new, replace(known, name="Another")).meta.publisher == "Ministry", "the page says so"
