"""Metadata as JSON and back, and the digest that tells one version of an article from another."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.records import canonical, digest, metadata_from, to_record
from indexer.types import Metadata, Notice, NoticeKind, PartialDate, Reference
from tests.fakes import article

WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
KNOWN = st.none() | WORDS
DATES = st.none() | st.builds(
    lambda day, length: PartialDate(day.isoformat()[:length]),
    st.dates(min_value=date(1000, 1, 1)),
    st.sampled_from([4, 7, 10]),
)
REFERENCES = st.builds(Reference, publisher=WORDS, published=DATES, title=KNOWN, url=KNOWN)
METADATA = st.builds(
    Metadata,
    id=WORDS,
    title=WORDS,
    url=KNOWN,
    publisher=KNOWN,
    authors=st.lists(WORDS, max_size=3).map(tuple),
    published=DATES,
    updated=DATES,
    language=KNOWN,
    countries=st.lists(WORDS, max_size=3).map(tuple),
    references=st.lists(REFERENCES, max_size=3).map(tuple),
    published_from=KNOWN,
    publisher_country=KNOWN,
    publisher_kind=KNOWN,
    notice=st.none() | st.builds(Notice, kind=st.sampled_from(get_args(NoticeKind)), text=WORDS),
)

UNKNOWN = {"url", "publisher", "language", "published_from", "publisher_country", "publisher_kind", "notice"}
"""Fields that may be unknown; the last four, older records lack."""

TREATY = Metadata(
    "treaty-1",
    "Two islands sign a fishing treaty",
    publisher="The Harbour Post",
    authors=("Ana Ruiz",),
    published=PartialDate("2012-05"),
    countries=("NO", "IS"),
    references=(Reference("Coast Radio", PartialDate("2012-05-22"), "Treaty in sight"),),
)


def test_a_record_holds_every_field_in_plain_values() -> None:
    assert to_record(TREATY) == {
        "id": "treaty-1",
        "title": "Two islands sign a fishing treaty",
        "url": None,
        "publisher": "The Harbour Post",
        "authors": ["Ana Ruiz"],
        "published": "2012-05",
        "updated": None,
        "language": None,
        "countries": ["NO", "IS"],
        "references": [
            {"publisher": "Coast Radio", "published": "2012-05-22", "title": "Treaty in sight", "url": None}
        ],
        "published_from": None,
        "publisher_country": None,
        "publisher_kind": None,
        "notice": None,
    }
    corrected = dataclasses.replace(TREATY, notice=Notice("correction", "Corrects the date."))
    assert to_record(corrected)["notice"] == {"kind": "correction", "text": "Corrects the date."}


@given(METADATA)
@hypothesis_settings(deadline=None, max_examples=100)
def test_metadata_survives_json_and_back(meta: Metadata) -> None:
    assert metadata_from(json.loads(canonical(to_record(meta)))) == meta


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Metadata)])
def test_a_record_that_lacks_a_required_field_is_refused(name: str) -> None:
    record = to_record(TREATY)
    del record[name]
    if name in UNKNOWN:
        assert getattr(metadata_from(record), name) is None
    else:
        with pytest.raises((KeyError, TypeError)):
            metadata_from(record)


def test_a_record_with_a_field_too_many_is_refused() -> None:
    with pytest.raises(TypeError):
        metadata_from({**to_record(TREATY), "colour": "red"})


def test_the_canonical_form_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": [1, {"d": 2, "c": 3}]}) == canonical({"a": [1, {"c": 3, "d": 2}], "b": 1})


def test_the_canonical_form_has_no_spaces_and_no_escapes() -> None:
    assert canonical({"title": "Erdoğan à Prague", "n": [1, 2]}) == '{"n":[1,2],"title":"Erdoğan à Prague"}'


def test_the_digest_is_pinned_since_stored_articles_are_recognised_by_it() -> None:
    assert digest(TREATY, "One paragraph.") == "e2873100722e1665b64095f24c498b67d5d7d0151f4670ecc4dfe998e3e85b21"


def test_an_article_carries_the_digest_of_its_metadata_and_text() -> None:
    made = article("treaty-1", "They signed.", published="2012-05", authors=("Ana Ruiz",))
    assert made.digest == digest(made.meta, made.text)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"publisher": "The Other Post"},
        {"publisher": None},
        {"authors": ("Ana", "Ruiz")},
        {"published": PartialDate("2012-05-01")},
        {"updated": PartialDate("2012-05")},
        {"countries": ("IS", "NO")},
        {"references": ()},
        {"url": "https://example.org/treaty"},
        {"language": "en"},
        {"published_from": "json-ld"},
        {"publisher_country": "IS"},
        {"publisher_kind": "wire"},
        {"notice": Notice("correction", "Corrects the date.")},
    ],
    ids="-".join,
)
def test_any_change_of_metadata_changes_the_digest(change: dict[str, object]) -> None:
    changed = dataclasses.replace(TREATY, **change)  # type: ignore[arg-type]
    assert digest(changed, "They signed.") != digest(TREATY, "They signed.")


def test_any_change_of_the_text_changes_the_digest() -> None:
    assert digest(TREATY, "They signed.") != digest(TREATY, "They signed!")


def test_the_source_is_no_part_of_the_digest() -> None:
    made = article("treaty-1")
    elsewhere = dataclasses.replace(made, source="another/folder.txt")
    assert digest(elsewhere.meta, elsewhere.text) == made.digest
