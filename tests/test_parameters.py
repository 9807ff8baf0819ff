"""What the REST interface takes: parameters become queries, and what makes no sense is refused by its name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from api.cursor import Cursor
from api.parameters import MAX_SEARCHES, Batch, FilterParameters, SearchParameters
from api.queries import MAX_K, MAX_NAMES
from indexer.errors import QueryError
from indexer.types import PER_ARTICLE, Filters, IndexInfo, PartialDate, Query

INFO = IndexInfo(7, 2, 3, "a-model", "weights", 384, "rule")


def refused(model: Any = SearchParameters, **given: object) -> str:
    """The parameter that is named."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"q": "Who met?", **given} if model is SearchParameters else given)
    [error] = caught.value.errors()
    return ".".join(map(str, error["loc"]))


def test_parameters_become_a_query() -> None:
    parameters = SearchParameters(
        q=" Who met? ",
        k=3,
        after="2012",
        before=" 2013 ",
        publisher=["Morning Post"],
        country=["Japan", "at"],
        language=["en"],
        per_article=0,
        asked_on="2013-01-05",
        sort="date",
    )
    filters = Filters(PartialDate("2012"), PartialDate("2013"), ("Morning Post",), ("JP", "AT"), ("en",))
    assert parameters.query() == Query("Who met?", 3, filters, 0, date(2013, 1, 5), "date")


def test_only_the_question_is_required() -> None:
    today = datetime.now(UTC).date()
    query = SearchParameters(q="Who met?").query()
    assert query.asked_on in (today, datetime.now(UTC).date())
    assert query == Query("Who met?", 10, Filters(), PER_ARTICLE, query.asked_on)
    assert not SearchParameters(q="Who met?").explain
    assert not SearchParameters(q="Who met?").facets
    with pytest.raises(ValidationError, match="q"):
        SearchParameters.model_validate({})


@pytest.mark.parametrize("unset", [None, "", "  ", "today", " today "])
def test_a_question_without_a_day_counts_as_asked_today(unset: str | None) -> None:
    asked_on = SearchParameters(q="Who met?", asked_on=unset).query().asked_on
    assert asked_on is not None
    assert abs(asked_on - datetime.now(UTC).date()).days <= 1


@pytest.mark.parametrize("none", ["none", " none "])
def test_a_question_may_be_asked_on_no_day(none: str) -> None:
    assert SearchParameters(q="Who met?", asked_on=none).query().asked_on is None


@pytest.mark.parametrize("day", ["2012", "2012-05", "yesterday"])
def test_a_day_of_asking_that_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(QueryError) as caught:
        SearchParameters(q="Who met?", asked_on=day).query()
    assert caught.value.parameter == "asked_on"


@pytest.mark.parametrize("name", ["publisher", "country", "language"])
def test_one_name_may_be_given_as_a_string(name: str) -> None:
    one, several = (SearchParameters.model_validate({"q": "Who met?", name: value}) for value in ("en", ["en"]))
    assert one == several


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"k": 0}, "k"),
        ({"k": MAX_K + 1}, "k"),
        ({"k": True}, "k"),
        ({"k": False}, "k"),
        ({"k": 2.5}, "k"),
        ({"k": "many"}, "k"),
        ({"k": None}, "k"),
        ({"per_article": -1}, "per_article"),
        ({"per_article": MAX_K + 1}, "per_article"),
        ({"per_article": True}, "per_article"),
        ({"per_article": "many"}, "per_article"),
        ({"q": None}, "q"),
        ({"q": 5}, "q"),
        ({"q": "x" * 100_000}, "q"),
        ({"after": 2012}, "after"),
        ({"publisher": [1]}, "publisher.0"),
        ({"publisher": {"a": 1}}, "publisher"),
        ({"country": ["AT"] * (MAX_NAMES + 1)}, "country"),
        ({"sort": "newest"}, "sort"),
        ({"cursor": 5}, "cursor"),
        ({"explain": "so"}, "explain"),
        ({"facets": "so"}, "facets"),
        ({"limit": 3}, "limit"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_of_the_wrong_kind_or_out_of_range_is_refused_by_name(wrong: dict[str, Any], name: str) -> None:
    assert refused(**wrong) == name


@pytest.mark.parametrize("number", ["3", 3, 3.0])
def test_a_whole_number_may_come_as_text(number: object) -> None:
    assert SearchParameters.model_validate({"q": "Who met?", "k": number}).k == 3


def test_parameters_that_make_no_sense_together_are_refused() -> None:
    with pytest.raises(QueryError):
        SearchParameters(q="Who met?", after="2013", before="2012").query()


def test_a_cursor_goes_on_and_a_blank_one_is_none() -> None:
    first = SearchParameters(q="Who met?", k=2, asked_on="2013-01-05").query()
    cursor = Cursor.after(first, 2, INFO).written()
    second = SearchParameters(q="Who met?", k=2, cursor=f" {cursor} ").query()
    assert (second.start, second.asked_on) == (2, first.asked_on)
    assert SearchParameters(q="Who met?", k=2, asked_on="2013-01-05", cursor=" ").query() == first


def test_filters_alone_take_no_question() -> None:
    assert refused(FilterParameters, q="Who met?") == "q"
    assert FilterParameters().model_dump() == {
        "after": None,
        "before": None,
        "publisher": [],
        "country": [],
        "language": [],
        "per_article": PER_ARTICLE,
        "k": 10,
        "explain": False,
    }


# Batches


def test_a_batch_has_one_search_at_least_and_sixty_four_at_most() -> None:
    search = {"q": "Who met?"}
    assert len(Batch.model_validate({"searches": [search] * 64}).searches) == MAX_SEARCHES == 64
    for wrong in ([], [search] * 65, None, search):
        assert refused(Batch, searches=wrong) == "searches"
    assert refused(Batch, searches=[search, {"q": "Who met?", "k": True}]) == "searches.1.k"
    assert refused(Batch, searches=[search], k=3) == "k"


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"q": " "}, "q"),
        ({"q": "Who met?", "after": "yesterday"}, "after"),
        ({"q": "Who met?", "country": ["Xanthippe"]}, "country"),
        ({"q": "Who met?", "cursor": "x"}, "cursor"),
    ],
)
def test_the_first_search_of_a_batch_that_makes_no_sense_is_named(wrong: dict[str, Any], parameter: str) -> None:
    batch = Batch.model_validate({"searches": [{"q": "Who met?"}, wrong, {"q": ""}]})
    with pytest.raises(QueryError, match=r"^search 1: ") as caught:
        batch.check()
    assert caught.value.parameter == f"searches.1.{parameter}"


def test_a_batch_that_makes_sense_is_not_refused() -> None:
    Batch.model_validate({"searches": [{"q": "Who met?"}, {"q": "Who left?", "k": 3}]}).check()
