"""The JSON that every surface shares: nothing is lost on the way out, nothing unknown is taken in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.schemas import ArticleText, PassageAnswer, SearchParameters, SearchResponse, Stats
from api.search import Answer
from indexer.errors import QueryError
from indexer.types import (
    Article,
    Filters,
    Hit,
    IndexInfo,
    Metadata,
    PartialDate,
    Passage,
    Query,
    Reference,
    StoredArticle,
    StoredPassage,
)

INFO = IndexInfo(7, 2, 3, "a-model", "weights", 384, "rule")
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
PASSAGE = Passage("vienna", 3, 812, 816, "Met.")


def answer(*hits: Hit, query: Query = Query("Who met?")) -> Answer:
    return Answer(query, hits, INFO, 1.25)


def hit(**given: Any) -> Hit:
    known = {"rank": 1, "score": 0.5, "parts": (("dense", 0.3), ("time", 0.2)), "passage": PASSAGE, "article": ARTICLE}
    return Hit(**{**known, "version": 2, "highlights": ((812, 816),), **given})


def test_an_answer_becomes_the_documented_object() -> None:
    filters = Filters(PartialDate("2012"), None, ("Morning Post",))
    assert SearchResponse.of(answer(hit(), query=Query("Who met?", 10, filters))).model_dump(mode="json") == {
        "query": {"text": "Who met?", "filters": {"after": "2012", "before": None, "publisher": ["Morning Post"]}},
        "hits": [
            {
                "rank": 1,
                "score": 0.5,
                "parts": {"dense": 0.3, "time": 0.2},
                "passage": {
                    "id": "vienna:3",
                    "ordinal": 3,
                    "start": 812,
                    "end": 816,
                    "text": "Met.",
                    "highlights": [[812, 816]],
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
                    "version": 2,
                },
                "citation": {
                    "quote": "Met.",
                    "text": (
                        "Jane Doe, “Ministers meet”, Morning Post, May 2012, https://example.org/1. "
                        "Rests on: Evening Herald, “Talks open”, 2011, https://example.org/2."
                    ),
                    "url": "https://example.org/1#:~:text=Met.",
                },
            }
        ],
        "index": {"generation": 7, "articles": 2, "passages": 3, "model": "a-model"},
        "took_ms": 1.25,
    }


def test_an_answer_without_hits_is_an_answer() -> None:
    found = SearchResponse.of(answer())
    assert found.hits == []
    assert found.index.passages == 3


@settings(deadline=None, max_examples=100)
@given(st.floats(0, 1), st.text(), st.integers(0, 2**40))
def test_what_goes_out_as_json_comes_back_the_same(score: float, text: str, start: int) -> None:
    passage = Passage("vienna", 0, start, start + len(text), text)
    found = SearchResponse.of(answer(hit(score=score, passage=passage, highlights=((start, start + len(text)),))))
    again = SearchResponse.model_validate_json(found.model_dump_json())
    assert again == found
    assert again.hits[0].passage.text == again.hits[0].citation.quote == text


def test_scores_are_given_to_six_digits() -> None:
    found = SearchResponse.of(answer(hit(score=1 / 3, parts=(("dense", 1 / 3),)))).hits[0]
    assert found.score == 0.333333
    assert found.parts == {"dense": 0.333333}


def test_an_article_goes_out_with_its_text_and_the_places_of_its_passages() -> None:
    stored = StoredArticle(
        Article(ARTICLE, "Met.\n\nWho?", "digest", "a.txt"), 2, (Passage("vienna", 0, 0, 4, "Met."),)
    )
    found = ArticleText.of_stored(stored)
    assert (found.text, found.version, found.published) == ("Met.\n\nWho?", 2, "2012-05")
    assert [(passage.id, passage.start, passage.end) for passage in found.passages] == [("vienna:0", 0, 4)]
    assert not {"digest", "source"} & set(found.model_dump())


def test_a_passage_goes_out_without_highlights_where_nothing_was_asked() -> None:
    found = PassageAnswer.of(StoredPassage(9, PASSAGE, ARTICLE, 2))
    assert found.passage.highlights == []
    assert found.citation.quote == "Met."


def test_what_is_not_known_goes_out_as_null() -> None:
    found = PassageAnswer.of(StoredPassage(9, PASSAGE, Metadata("vienna", "Ministers meet"), 1)).article
    unknown = (found.publisher, found.published, found.updated, found.url, found.language)
    assert unknown == (None,) * 5


def test_statistics_hold_the_counts_of_both_generation_and_library() -> None:
    counts = {"articles": 99, "passages": 99, "superseded": 4, "removed": 5, "failures": 6}
    assert Stats.of(INFO, counts).model_dump() == {
        "generation": 7,
        "articles": 2,
        "passages": 3,
        "superseded": 4,
        "removed": 5,
        "failures": 6,
        "model": "a-model",
        "dimension": 384,
        "splitting": "rule",
    }


def test_parameters_become_a_query() -> None:
    parameters = SearchParameters(q=" Who met? ", k=3, after="2012", publisher=["Morning Post"])
    assert parameters.query() == Query("Who met?", 3, Filters(PartialDate("2012"), None, ("Morning Post",)))


def test_only_the_question_is_required() -> None:
    assert SearchParameters(q="Who met?").query() == Query("Who met?", 10)


def test_parameters_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValidationError, match="limit"):
        SearchParameters.model_validate({"q": "Who met?", "limit": 3})


def test_parameters_that_make_no_sense_together_are_refused() -> None:
    with pytest.raises(QueryError):
        SearchParameters(q="Who met?", after="2013", before="2012").query()
