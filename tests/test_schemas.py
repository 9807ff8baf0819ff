"""The JSON that every surface shares: nothing is lost on the way out, nothing unknown is taken in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api import search
from api.answerable import Answerable
from api.explain import MEANS
from api.schemas import ArticleText, PassageAnswer, SearchParameters, SearchResponse, Stats
from api.search import Answer, Reading
from api.when import Period
from indexer.errors import QueryError
from indexer.types import (
    PER_ARTICLE,
    Article,
    Filters,
    Hit,
    IndexInfo,
    Metadata,
    Part,
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


PARTS = (
    Part("sentence", 2.0, 0.3),
    Part("names", 0.5, 0.2),
    Part("years", 0.0, 1.5),
    Part("best_of_article", -0.5, 0.4),
)
MARCH = Period(date(2012, 3, 1), date(2012, 3, 31), "last March")
OTHER = StoredPassage(11, Passage("herald", 0, 0, 4, "Met."), Metadata("herald", "Ministers met"), 1)


def answer(*hits: Hit, query: Query = Query("Who met?"), **given: Any) -> Answer:
    return Answer(query, hits, **{"periods": (), "answerable": 0.75, "index": INFO, "took_ms": 1.25, **given})


def hit(**given: Any) -> Hit:
    known = {"rank": 1, "score": 0.5, "parts": PARTS, "passage": PASSAGE, "article": ARTICLE}
    return Hit(**{**known, "version": 2, "highlights": ((812, 816),), **given})


def test_an_answer_becomes_the_documented_object() -> None:
    filters = Filters(PartialDate("2012"), None, ("Morning Post",))
    query = Query("Who met?", 10, filters, 2, date(2013, 1, 5))
    assert SearchResponse.of(answer(hit(), query=query)).model_dump(mode="json") == {
        "query": {
            "text": "Who met?",
            "filters": {"after": "2012", "before": None, "publisher": ["Morning Post"]},
            "per_article": 2,
            "asked_on": "2013-01-05",
            "understood": [],
        },
        "answerable": 0.75,
        "answered": True,
        "hits": [
            {
                "rank": 1,
                "score": 0.5,
                "explain": None,
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
                "more": [],
                "copies": [],
            }
        ],
        "index": {"generation": 7, "articles": 2, "passages": 3, "model": "a-model"},
        "reranker": None,
        "took_ms": 1.25,
    }


def test_an_answer_without_hits_is_an_answer() -> None:
    found = SearchResponse.of(answer())
    assert found.hits == []
    assert found.index.passages == 3


@settings(deadline=None, max_examples=100)
@given(st.floats(-20, 20), st.text(), st.integers(0, 2**40))
def test_what_goes_out_as_json_comes_back_the_same(score: float, text: str, start: int) -> None:
    passage = Passage("vienna", 0, start, start + len(text), text)
    held_back = {"more": (OTHER,), "copies": (OTHER,)}
    shown = hit(score=score, passage=passage, highlights=((start, start + len(text)),), **held_back)
    found = SearchResponse.of(answer(shown, periods=(MARCH,), reading=Reading("tiny", 2, 0.5)), explain=True)
    again = SearchResponse.model_validate_json(found.model_dump_json())
    assert again == found
    assert again.hits[0].passage.text == again.hits[0].citation.quote == text


def test_scores_are_given_to_six_digits_and_may_be_negative() -> None:
    assert [found.score for found in SearchResponse.of(answer(hit(score=1 / 3), hit(score=-4 / 3))).hits] == [
        0.333333,
        -1.333333,
    ]


def test_explained_each_part_comes_with_what_it_means_and_what_it_adds() -> None:
    [found] = SearchResponse.of(answer(hit()), explain=True).hits
    assert found.explain is not None
    assert [part.model_dump() for part in found.explain] == [
        {"name": "sentence", "means": MEANS["sentence"], "value": 2.0, "weight": 0.3, "part": 0.6},
        {"name": "names", "means": MEANS["names"], "value": 0.5, "weight": 0.2, "part": 0.1},
        {"name": "years", "means": MEANS["years"], "value": 0.0, "weight": 1.5, "part": 0.0},
        {"name": "best_of_article", "means": MEANS["best_of_article"], "value": -0.5, "weight": 0.4, "part": -0.2},
    ]


def test_the_rerankers_part_is_explained_as_well() -> None:
    [found] = SearchResponse.of(answer(hit(parts=(Part("reranker", 0.9, 0.7),))), explain=True).hits
    assert found.explain is not None
    assert (found.explain[0].name, found.explain[0].part) == ("reranker", 0.63)
    assert "reranker" in found.explain[0].means


@settings(deadline=None, max_examples=200)
@given(st.lists(st.builds(Part, st.sampled_from(sorted(MEANS)), st.floats(-6, 6), st.floats(0, 4)), max_size=14))
def test_explained_parts_sum_to_the_score_as_it_is_given(parts: list[Part]) -> None:
    shown = hit(parts=tuple(parts), score=sum(part.score for part in parts))
    [found] = SearchResponse.of(answer(shown), explain=True).hits
    assert found.explain is not None
    assert sum(part.part for part in found.explain) == pytest.approx(found.score, rel=0, abs=1e-6)


def test_nothing_goes_out_as_minus_zero() -> None:
    shown = hit(score=-1e-9, parts=(Part("sentence", -1.0, 0.0), Part("names", -0.0, 1.0)))
    assert "-0.0" not in SearchResponse.of(answer(shown), explain=True).model_dump_json()


@pytest.mark.parametrize(
    ("period", "given_out"),
    [
        (MARCH, ("last March", "2012-03-01", "2012-03-31", "March 2012")),
        (Period(date(2019, 1, 1), date.max, "since 2019"), ("since 2019", "2019-01-01", None, "since 1 January 2019")),
        (
            Period(date.min, date(2011, 12, 31), "until 2011"),
            ("until 2011", None, "2011-12-31", "until 31 December 2011"),
        ),
    ],
)
def test_a_period_goes_out_with_its_words_its_days_and_in_words(
    period: Period, given_out: tuple[str | None, ...]
) -> None:
    [found] = SearchResponse.of(answer(periods=(period,))).query.understood
    assert (found.phrase, found.first, found.last, found.text) == given_out


def test_without_a_day_of_asking_none_goes_out() -> None:
    assert SearchResponse.of(answer(query=Query("Who met?", asked_on=None))).query.asked_on is None


@pytest.mark.parametrize(("probability", "is_answered"), [(0.4, True), (0.39, False)])
def test_whether_it_is_answered_is_for_the_threshold_to_say(
    monkeypatch: pytest.MonkeyPatch, probability: float, *, is_answered: bool
) -> None:
    monkeypatch.setattr(search, "default_answerable", lambda: Answerable(np.zeros(0), 0.0, 0.4))
    found = SearchResponse.of(answer(hit(), answerable=probability))
    assert (found.answerable, found.answered) == (probability, is_answered)


def test_a_second_reading_goes_out_with_its_cost() -> None:
    found = SearchResponse.of(answer(hit(), reading=Reading("tiny", 50, 812.5))).reranker
    assert found is not None
    assert found.model_dump() == {"model": "tiny", "passages": 50, "took_ms": 812.5}


def test_passages_that_were_held_back_go_out_by_name_and_copies_with_their_articles() -> None:
    more = replace(OTHER, passage=replace(PASSAGE, ordinal=7), article=ARTICLE)
    [found] = SearchResponse.of(answer(hit(more=(more,), copies=(OTHER,)))).hits
    assert [place.model_dump() for place in found.more] == [{"id": "vienna:7", "ordinal": 7}]
    [copy] = found.copies
    assert (copy.passage.id, copy.passage.text, copy.passage.highlights) == ("herald:0", "Met.", [])
    assert (copy.article.id, copy.article.title, copy.article.version) == ("herald", "Ministers met", 1)


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
    parameters = SearchParameters(
        q=" Who met? ", k=3, after="2012", publisher=["Morning Post"], per_article=0, asked_on="2013-01-05"
    )
    filters = Filters(PartialDate("2012"), None, ("Morning Post",))
    assert parameters.query() == Query("Who met?", 3, filters, 0, date(2013, 1, 5))


def test_only_the_question_is_required() -> None:
    today = datetime.now(UTC).date()
    query = SearchParameters(q="Who met?").query()
    assert query.asked_on in (today, datetime.now(UTC).date())
    assert query == Query("Who met?", 10, Filters(), PER_ARTICLE, query.asked_on)
    assert not SearchParameters(q="Who met?").explain


@pytest.mark.parametrize("unset", [None, "", "  "])
def test_a_question_without_a_day_counts_as_asked_today(unset: str | None) -> None:
    asked_on = SearchParameters(q="Who met?", asked_on=unset).query().asked_on
    assert asked_on is not None
    assert abs(asked_on - datetime.now(UTC).date()).days <= 1


@pytest.mark.parametrize("day", ["2012", "2012-05", "yesterday"])
def test_a_day_of_asking_that_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(QueryError) as caught:
        SearchParameters(q="Who met?", asked_on=day).query()
    assert caught.value.parameter == "asked_on"


@pytest.mark.parametrize("number", [-1, 1001, "many"])
def test_a_number_of_hits_of_one_article_that_makes_no_sense_is_refused(number: object) -> None:
    with pytest.raises(ValidationError, match="per_article"):
        SearchParameters.model_validate({"q": "Who met?", "per_article": number})


def test_parameters_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValidationError, match="limit"):
        SearchParameters.model_validate({"q": "Who met?", "limit": 3})


def test_parameters_that_make_no_sense_together_are_refused() -> None:
    with pytest.raises(QueryError):
        SearchParameters(q="Who met?", after="2013", before="2012").query()
