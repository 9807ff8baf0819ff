"""The JSON of hits, passages, articles and citations: nothing is lost on the way out, nothing unknown is made up."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.citing.fragments import link
from api.explain import MEANS
from api.schemas import ArticleText, HitOut, PartOut, PassageAnswer, PassageOut, in_iso
from indexer.types import (
    Article,
    Copy,
    Edition,
    Hit,
    Metadata,
    Notice,
    Part,
    PartialDate,
    Passage,
    Reference,
    StoredArticle,
    StoredPassage,
    Version,
)

ADDED = datetime(2026, 11, 22, 3, 59, 12, tzinfo=UTC)
ARTICLE = Metadata(
    "vienna",
    "Ministers meet",
    "https://example.org/1",
    "Morning Post",
    ("Jane Doe",),
    PartialDate("2012-05"),
    PartialDate("2012-05-23T08:30Z"),
    "en",
    ("AT",),
    (Reference("Evening Herald", PartialDate("2011"), "Talks open", "https://example.org/2"),),
)
PASSAGE = Passage("vienna", 3, 812, 822, "Met. Left.", ((812, 816), (817, 822)))
PARTS = (
    Part("sentence", 2.0, 0.3),
    Part("names", 0.5, 0.2),
    Part("years", 0.0, 1.5),
    Part("best_of_article", -0.5, 0.4),
)
OTHER = Passage("herald", 0, 0, 4, "Met.")


def hit(**given: Any) -> Hit:
    known = {
        "rank": 1,
        "score": 0.5,
        "passage": PASSAGE,
        "article": ARTICLE,
        "version": 2,
        "added": ADDED,
        "origin": "vienna",
    }
    return Hit(**{**known, "highlights": ((812, 816),), **given})


def test_a_hit_becomes_the_documented_object() -> None:
    assert HitOut.of(hit()).model_dump(mode="json") == {
        "rank": 1,
        "score": 0.5,
        "explain": None,
        "passage": {
            "id": "vienna:3",
            "ordinal": 3,
            "start": 812,
            "end": 822,
            "text": "Met. Left.",
            "highlights": [[812, 816]],
            "sentences": [[812, 816], [817, 822]],
        },
        "article": {
            "id": "vienna",
            "title": "Ministers meet",
            "publisher": "Morning Post",
            "authors": ["Jane Doe"],
            "published": "2012-05",
            "updated": "2012-05-23T08:30Z",
            "url": "https://example.org/1",
            "language": "en",
            "countries": ["AT"],
            "references": [
                {
                    "publisher": "Evening Herald",
                    "published": "2011",
                    "title": "Talks open",
                    "url": "https://example.org/2",
                }
            ],
            "published_from": None,
            "publisher_country": None,
            "publisher_kind": None,
            "notice": None,
            "version": 2,
            "added": "2026-11-22T03:59:12+00:00",
            "vanished": None,
        },
        "citation": {
            "quote": "Met. Left.",
            "text": (
                "Jane Doe, “Ministers meet”, Morning Post, May 2012, https://example.org/1. "
                "Rests on: Evening Herald, “Talks open”, 2011, https://example.org/2."
            ),
            "url": link("https://example.org/1", "Met. Left.", (0, 4)),
            "article_id": "vienna",
            "version": 2,
            "start": 812,
            "end": 822,
            "sha256": hashlib.sha256(b"Met. Left.").hexdigest(),
        },
        "more": [],
        "copies": [],
        "origin": "vienna",
        "editions": [],
    }


@settings(deadline=None, max_examples=60)
@given(st.floats(-20, 20), st.text(min_size=1), st.integers(0, 2**40))
def test_what_goes_out_as_json_comes_back_the_same(score: float, text: str, start: int) -> None:
    passage = Passage("vienna", 0, start, start + len(text), text, ((start, start + len(text)),))
    held_back = {"more": (PASSAGE,), "copies": (Copy(OTHER, ARTICLE, 1),), "parts": PARTS}
    found = HitOut.of(hit(score=score, passage=passage, highlights=passage.sentences, **held_back))
    again = HitOut.model_validate_json(found.model_dump_json())
    assert again == found
    assert again.passage.text == again.citation.quote == text
    assert again.score == score


def test_a_hit_is_cited_with_the_link_that_the_search_made() -> None:
    found = HitOut.of(hit(link="https://example.org/1#:~:text=chosen"))
    assert found.citation.url == "https://example.org/1#:~:text=chosen"


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        PassageOut.model_validate({**PassageOut.of(PASSAGE).model_dump(), "extra": 1})


def test_explained_each_part_comes_with_what_it_means_and_what_it_adds() -> None:
    found = HitOut.of(hit(parts=PARTS))
    assert found.explain is not None
    assert [part.model_dump() for part in found.explain] == [
        {"name": "sentence", "means": MEANS["sentence"], "value": 2.0, "weight": 0.3, "part": 0.6},
        {"name": "names", "means": MEANS["names"], "value": 0.5, "weight": 0.2, "part": 0.1},
        {"name": "years", "means": MEANS["years"], "value": 0.0, "weight": 1.5, "part": 0.0},
        {"name": "best_of_article", "means": MEANS["best_of_article"], "value": -0.5, "weight": 0.4, "part": -0.2},
    ]


@pytest.mark.parametrize("name", MEANS)
def test_every_part_there_is_can_be_explained(name: str) -> None:
    found = PartOut.of(Part(name, 0.9, 0.7))
    assert (found.name, found.means, found.part) == (name, MEANS[name], 0.63)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.builds(Part, st.sampled_from(sorted(MEANS)), st.floats(-6, 6), st.floats(0, 4)), max_size=14))
def test_explained_parts_sum_to_the_score(parts: list[Part]) -> None:
    found = HitOut.of(hit(parts=tuple(parts), score=sum(part.score for part in parts)))
    assert sum(part.part for part in found.explain or []) == pytest.approx(found.score, rel=0, abs=1e-6)
    assert (found.explain is None) == (not parts)


def test_no_part_adds_minus_zero() -> None:
    parts = (Part("sentence", -1.0, 0.0), Part("names", -1e-12, 1.0))
    assert [str(part.part) for part in HitOut.of(hit(parts=parts)).explain or []] == ["0.0", "0.0"]


def test_passages_that_were_held_back_go_out_whole_and_copies_with_their_articles() -> None:
    more = replace(PASSAGE, ordinal=7)
    found = HitOut.of(hit(more=(more,), copies=(Copy(OTHER, Metadata("herald", "Ministers met"), 4),)))
    [held] = found.more
    assert (held.id, held.text, held.highlights) == ("vienna:7", "Met. Left.", [])
    [copy] = found.copies
    assert (copy.passage.id, copy.passage.text, copy.passage.highlights) == ("herald:0", "Met.", [])
    assert (copy.article.id, copy.article.title, copy.article.version) == ("herald", "Ministers met", 4)


VERSIONS = [
    Version(3, "current", ADDED, "details"),
    Version(2, "superseded", ADDED, "title"),
    Version(1, "superseded", ADDED, "first"),
]


NOTICE = Notice("correction", "An earlier version said Oslo.")


def test_what_the_publisher_and_the_source_say_of_an_article_goes_out_with_it() -> None:
    known = {"published_from": "url", "publisher_country": "GB", "publisher_kind": "newspaper", "notice": NOTICE}
    found = HitOut.of(hit(article=replace(ARTICLE, **known), vanished=ADDED)).article
    assert (found.published_from, found.publisher_country, found.publisher_kind) == ("url", "GB", "newspaper")
    assert found.notice is not None
    assert found.notice.model_dump() == {"kind": "correction", "text": "An earlier version said Oslo."}
    assert found.vanished == "2026-11-22T03:59:12+00:00"


def test_a_hit_names_the_other_articles_of_its_origin() -> None:
    editions = (Edition(Metadata("herald", "Ministers met", notice=NOTICE), 4), Edition(Metadata("post", "Met"), 1))
    found = HitOut.of(hit(origin="herald", editions=editions))
    assert found.origin == "herald"
    assert [(one.id, one.title, one.version) for one in found.editions] == [
        ("herald", "Ministers met", 4),
        ("post", "Met", 1),
    ]
    assert found.editions[0].notice is not None


def test_an_article_goes_out_with_its_text_its_passages_and_its_versions() -> None:
    passages = (Passage("vienna", 0, 0, 4, "Met."),)
    stored = StoredArticle(Article(ARTICLE, "Met.\n\nWho?", "digest", "a.txt"), 2, passages, "superseded", ADDED)
    found = ArticleText.of_stored(stored, VERSIONS, [Edition(Metadata("herald", "Met"), 4)])
    assert [(one.id, one.version) for one in found.editions] == [("herald", 4)]
    assert found.vanished is None
    assert (found.text, found.version, found.published) == ("Met.\n\nWho?", 2, "2012-05")
    assert (found.state, found.added) == ("superseded", "2026-11-22T03:59:12+00:00")
    assert [(passage.id, passage.start, passage.end) for passage in found.passages] == [("vienna:0", 0, 4)]
    assert [(one.version, one.state, one.added) for one in found.versions] == [
        (3, "current", "2026-11-22T03:59:12+00:00"),
        (2, "superseded", "2026-11-22T03:59:12+00:00"),
        (1, "superseded", "2026-11-22T03:59:12+00:00"),
    ]
    assert [one.change for one in found.versions] == ["details", "title", "first"]
    assert not {"digest", "source"} & set(found.model_dump())


def test_an_article_that_is_gone_says_so_with_its_text_and_with_its_passages() -> None:
    stored = StoredArticle(Article(ARTICLE, "Met.", "digest", "a.txt"), 2, (), vanished=ADDED)
    assert ArticleText.of_stored(stored, VERSIONS).vanished == in_iso(ADDED)
    assert PassageAnswer.of(StoredPassage(9, PASSAGE, ARTICLE, 2, vanished=ADDED)).article.vanished == in_iso(ADDED)


def test_a_passage_goes_out_without_highlights_where_nothing_was_asked() -> None:
    found = PassageAnswer.of(StoredPassage(9, PASSAGE, ARTICLE, 2, ADDED))
    assert found.passage.highlights == []
    assert found.citation.quote == PASSAGE.text
    assert (found.citation.version, found.citation.start, found.citation.end) == (2, 812, 822)
    assert (found.article.version, found.article.added) == (2, in_iso(ADDED))


def test_what_is_not_known_goes_out_as_null() -> None:
    found = PassageAnswer.of(StoredPassage(9, PASSAGE, Metadata("vienna", "Ministers meet"), 1)).article
    unknown = (found.publisher, found.published, found.updated, found.url, found.language, found.added)
    assert unknown == (None,) * 6
    assert (found.authors, found.countries, found.references) == ([], [], [])


def test_a_moment_goes_out_with_its_zone() -> None:
    assert in_iso(ADDED) == "2026-11-22T03:59:12+00:00"
    assert in_iso(None) is None
