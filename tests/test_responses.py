"""The JSON of whole answers: the question as it was understood, the hits, the facets, the index."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from api.answer import Answer, Reading
from api.facets import Facets
from api.responses import BatchResponse, FacetsOut, SearchResponse, SimilarResponse, Stats
from api.schemas import HitOut
from api.when import Period
from indexer.types import Count, Filters, IndexInfo, PartialDate, Query, Tally
from tests import answers

INFO = IndexInfo(7, 2, 3, "a-model", "weights", 384, "rule")
MARCH = Period(date(2012, 3, 1), date(2012, 3, 31), "last March")
FILTERS = Filters(PartialDate("2012"), None, ("Morning Post",), ("JP", "KR"), ("en",))
QUERY = Query("Who met?", 3, FILTERS, 2, date(2013, 1, 5), "date", 6)
QUERY_OUT = {
    "text": "Who met?",
    "k": 3,
    "filters": {
        "after": "2012",
        "before": None,
        "publisher": ["Morning Post"],
        "country": ["JP", "KR"],
        "language": ["en"],
    },
    "per_article": 2,
    "asked_on": "2013-01-05",
    "sort": "date",
    "start": 6,
    "understood": [],
}
INDEX_OUT = {
    "generation": 7,
    "articles": 2,
    "passages": 3,
    "model": "a-model",
    "weights": "weights",
    "dimension": 384,
    "splitting": "rule",
}
FACETS = Facets.of(
    Tally(9, (Count("Morning Post", 2, 4),), (Count("JP", 1, 3),), (Count("en", 2, 8),)),
    [(date(2012, 5, 1).toordinal(), date(2012, 5, 31).toordinal()), (date(2012, 7, 4).toordinal(),) * 2, (0, 0)],
)


def answer(*hits: Any, **given: Any) -> Answer:
    return answers.answered(*hits, **{"query": QUERY, "answerable": 0.75, "index": INFO, "took_ms": 1.25, **given})


def test_an_answer_becomes_the_documented_object() -> None:
    found = answer(answers.hit(), cursor="abc", found=30, origins=20, facets=FACETS, reading=Reading("tiny", 50, 0.5))
    assert SearchResponse.of(found).model_dump(mode="json") == {
        "query": QUERY_OUT,
        "answerable": 0.75,
        "answered": True,
        "hits": [HitOut.of(answers.hit()).model_dump(mode="json")],
        "cursor": "abc",
        "found": 30,
        "origins": 20,
        "facets": {
            "found": 3,
            "searched": 9,
            "publishers": [{"value": "Morning Post", "found": 2, "passages": 4}],
            "countries": [{"value": "JP", "found": 1, "passages": 3}],
            "languages": [{"value": "en", "found": 2, "passages": 8}],
            "timeline": {
                "unit": "month",
                "bars": [
                    {"label": "2012-05", "first": "2012-05-01", "end": "2012-06-01", "found": 1},
                    {"label": "2012-06", "first": "2012-06-01", "end": "2012-07-01", "found": 0},
                    {"label": "2012-07", "first": "2012-07-01", "end": "2012-08-01", "found": 1},
                ],
                "unplaced": 1,
            },
        },
        "index": INDEX_OUT,
        "reranker": {"model": "tiny", "passages": 50, "took_ms": 0.5},
        "took_ms": 1.25,
    }


def test_an_answer_without_hits_is_an_answer() -> None:
    found = SearchResponse.of(answer())
    assert (found.hits, found.cursor, found.facets, found.reranker) == ([], None, None, None)
    assert found.index.passages == 3


def test_an_answer_comes_back_from_json_the_same() -> None:
    shown = answer(answers.hit(), periods=(MARCH,), facets=FACETS, reading=Reading("tiny", 2, 0.5))
    found = SearchResponse.of(shown)
    assert SearchResponse.model_validate_json(found.model_dump_json()) == found


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


@pytest.mark.parametrize("is_answered", [True, False])
def test_whether_it_is_answered_is_for_the_search_to_say(is_answered: bool) -> None:
    found = SearchResponse.of(answer(answerable=0.4, is_answered=is_answered))
    assert (found.answerable, found.answered) == (0.4, is_answered)


def test_facets_of_nothing_go_out_empty() -> None:
    assert FacetsOut.of(Facets.of(Tally(0), [])).model_dump() == {
        "found": 0,
        "searched": 0,
        "publishers": [],
        "countries": [],
        "languages": [],
        "timeline": {"unit": "day", "bars": [], "unplaced": 0},
    }


def test_passages_like_one_go_out_with_its_id_and_what_was_understood() -> None:
    found = SimilarResponse.of("vienna:3", answer(answers.hit(), answerable=None, origins=4)).model_dump(mode="json")
    assert found == {
        "passage_id": "vienna:3",
        "query": QUERY_OUT,
        "hits": [HitOut.of(answers.hit()).model_dump(mode="json")],
        "origins": 4,
        "index": INDEX_OUT,
        "took_ms": 1.25,
    }


def test_a_batch_goes_out_in_its_order() -> None:
    one, other = SearchResponse.of(answer()), SearchResponse.of(answer(answers.hit()))
    assert BatchResponse(answers=[one, other]).model_dump()["answers"] == [one.model_dump(), other.model_dump()]


def test_statistics_hold_the_counts_of_both_generation_and_library() -> None:
    counts = {
        "articles": 99,
        "passages": 99,
        "superseded": 4,
        "removed": 5,
        "corrected": 7,
        "vanished": 8,
        "failures": 6,
    }
    assert Stats.of(INFO, counts).model_dump() == {
        "generation": 7,
        "articles": 2,
        "passages": 3,
        "superseded": 4,
        "removed": 5,
        "corrected": 7,
        "vanished": 8,
        "failures": 6,
        "model": "a-model",
        "dimension": 384,
        "splitting": "rule",
    }
