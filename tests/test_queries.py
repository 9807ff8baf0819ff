"""What a query may be made of: what is taken, what is refused, and by which name and with what advice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursor import Cursor
from api.places import countries
from api.queries import MAX_K, MAX_LENGTH, MAX_NAMES, like, make_filters, make_query
from indexer.errors import QueryError
from indexer.types import PER_ARTICLE, Filters, IndexInfo, PartialDate, Query

INFO = IndexInfo(7, 2, 3, "a-model", "weights", 384, "rule")


def refused(parameter: str, **given: object) -> str:
    with pytest.raises(QueryError) as caught:
        make_query(**{"q": "Who met?", **given})  # type: ignore[arg-type]
    assert caught.value.parameter == parameter
    return str(caught.value)


def test_a_question_is_put_on_one_line_and_rid_of_controls() -> None:
    assert make_query(" Who\x00 met\r\n\tin  Vienna?\u2028").text == "Who met in Vienna?"
    assert make_query("Who \ud800 met?").text == "Who \ufffd met?"


@pytest.mark.parametrize("empty", ["", "  \n\t", "\x00\x01", "\ufeff"])
def test_an_empty_question_is_refused(empty: str) -> None:
    assert "empty" in refused("q", q=empty)


def test_a_question_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(make_query("x" * MAX_LENGTH).text) == MAX_LENGTH
    message = refused("q", q="x" * (MAX_LENGTH + 1))
    assert str(MAX_LENGTH) in message
    assert str(MAX_LENGTH + 1) in message


@pytest.mark.parametrize("k", [0, -1, MAX_K + 1, 10_000])
def test_k_out_of_range_is_refused_with_both_values(k: int) -> None:
    message = refused("k", k=k)
    assert str(k) in message
    assert str(MAX_K) in message


@pytest.mark.parametrize("parameter", ["after", "before"])
@pytest.mark.parametrize(
    "text", ["2012-02-30", "2012-13", "yesterday", "23 May 2012", "12", "0000", "2012-5-1", "٢٠١٢"]
)
def test_a_date_that_is_none_is_refused_by_its_parameter(parameter: str, text: str) -> None:
    message = refused(parameter, **{parameter: text})
    assert text in message
    assert parameter in message


@pytest.mark.parametrize(("after", "before"), [("2013", "2012"), ("2012", "2012-01-01"), ("2012-05-23", "2012-05-23")])
def test_a_range_that_holds_no_day_is_refused(after: str, before: str) -> None:
    message = refused("after", after=after, before=before)
    assert after in message
    assert before in message


def test_blank_filters_are_no_filters() -> None:
    assert not make_query("Who met?", after=" ", before="", publisher=["", "  "]).filters


def test_one_publisher_may_be_given_as_a_string() -> None:
    assert make_query("Who met?", publisher="Morning Post") == make_query("Who met?", publisher=["Morning Post"])


@pytest.mark.parametrize("question", ["???", "((((", "😀", "…"])
def test_a_question_without_a_word_is_refused(question: str) -> None:
    with pytest.raises(QueryError, match="there is no word in the question") as refused:
        make_query(question)
    assert refused.value.parameter == "q"


@pytest.mark.parametrize("day", ["2012-05-23", date(2012, 5, 23), PartialDate("2012-05-23")])
def test_a_day_may_be_given_as_text_or_as_a_date(day: str | date | PartialDate) -> None:
    assert make_query("Who met?", after=day).filters.after == PartialDate("2012-05-23")
    assert make_query("Who met?", after=2012).filters.after == PartialDate("2012")


@pytest.mark.parametrize("k", ["3", 2.5, True, None])
def test_a_k_that_is_no_whole_number_is_refused(k: object) -> None:
    with pytest.raises(QueryError, match="whole number"):
        make_query("Who met?", k=k)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [-1, MAX_K + 1])
def test_a_number_of_hits_per_article_out_of_range_is_refused_with_both_values(number: int) -> None:
    message = refused("per_article", per_article=number)
    assert str(number) in message
    assert f"from 0 to {MAX_K}" in message


@pytest.mark.parametrize("number", ["3", 2.5, True, None])
def test_a_number_of_hits_per_article_that_is_none_is_refused(number: object) -> None:
    assert "whole number" in refused("per_article", per_article=number)


@pytest.mark.parametrize("number", [0, 1, MAX_K])
def test_any_number_of_hits_per_article_may_be_asked_for(number: int) -> None:
    assert make_query("Who met?", per_article=number).per_article == number


@pytest.mark.parametrize("day", ["2012-05-23", "2012-05-23T19:43", date(2012, 5, 23), PartialDate("2012-05-23")])
def test_the_day_of_a_question_may_be_given_as_text_or_as_a_date(day: str | date | PartialDate) -> None:
    assert make_query("Who met?", asked_on=day).asked_on == date(2012, 5, 23)


def test_a_question_is_asked_today_unless_it_is_said_otherwise() -> None:
    before = datetime.now(UTC).date()
    found = {make_query("Who met?").asked_on, make_query("Who met?", asked_on="today").asked_on}
    assert found <= {before, datetime.now(UTC).date()}


@pytest.mark.parametrize("day", [None, "", "  "])
def test_a_question_may_be_asked_on_no_day(day: str | None) -> None:
    assert make_query("Who met?", asked_on=day).asked_on is None


@pytest.mark.parametrize("day", ["2012", "2012-05", 2012])
def test_a_year_or_a_month_is_no_day_to_ask_on(day: str | int) -> None:
    assert f"asked_on is {day}: give a day" in refused("asked_on", asked_on=day)


@pytest.mark.parametrize("day", ["yesterday", "2012-02-30", "Today", "23 May 2012"])
def test_a_day_of_a_question_that_is_none_is_refused(day: str) -> None:
    message = refused("asked_on", asked_on=day)
    assert day in message
    assert "asked_on" in message


def test_a_query_holds_all_that_was_asked_for() -> None:
    assert make_query("Who met?", 7, "2012", "2013", "Morning Post", "AT", "en", 2, "2014-01-01", "date") == Query(
        "Who met?",
        7,
        Filters(PartialDate("2012"), PartialDate("2013"), ("Morning Post",), ("AT",), ("en",)),
        2,
        date(2014, 1, 1),
        "date",
    )


# Names


@pytest.mark.parametrize(
    ("given_name", "code"),
    [
        ("JP", "JP"),
        ("jp", "JP"),
        ("Japan", "JP"),
        (" japan ", "JP"),
        ("South Korea", "KR"),
        ("ROK", "KR"),
        ("north  korea", "KP"),
        ("UK", "GB"),
        ("u.s.", "US"),
        ("USA", "US"),
        ("United States", "US"),
        ("EU", "EU"),
        ("zz", "ZZ"),
    ],
)
def test_a_country_may_be_given_by_code_or_by_name(given_name: str, code: str) -> None:
    assert make_filters(country=given_name).countries == (code,)


def test_every_name_that_only_one_country_has_stands_for_its_code() -> None:
    named = Counter(name.casefold() for country in countries() for name in country.names)
    for country in countries():
        for name in (country.code, *(name for name in country.names if named[name.casefold()] == 1)):
            assert make_filters(country=name.upper()).countries == (country.code,), name


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("Jappan", "JP (Japan)"),
        ("Korea", "KP (North Korea) or KR (South Korea)"),
        ("Untied Kingdom", "GB (United Kingdom)"),
        ("the united states", "US (United States)"),
        ("Xanthippe-on-Sea", "such as JP"),
        ("J P", "such as JP"),
        ("JPN", "JP"),
        ("1", "such as JP"),
        ("日本", "such as JP"),
    ],
)
def test_an_unknown_country_is_refused_with_what_may_have_been_meant(wrong: str, near: str) -> None:
    message = refused("country", country=["AT", wrong])
    assert repr(wrong) in message
    assert near in message


@pytest.mark.parametrize("tag", ["en", "EN", "pt-BR", "zh-Hant-TW", "de-CH-1901", "sr-Latn-RS", "haw"])
def test_a_language_is_a_tag(tag: str) -> None:
    assert make_filters(language=tag).languages == (tag,)


@pytest.mark.parametrize("wrong", ["English language", "e", "en_GB", "en-", "-en", "12", "ên", "中文", "en-abcdefghi"])
def test_what_is_no_language_tag_is_refused(wrong: str) -> None:
    message = refused("language", language=[wrong])
    assert repr(wrong) in message
    assert "such as en" in message


@pytest.mark.parametrize(
    ("parameter", "field"), [("publisher", "publishers"), ("country", "countries"), ("language", "languages")]
)
def test_names_come_once_each_in_their_order_and_blank_ones_do_not_count(parameter: str, field: str) -> None:
    one, other = {"publisher": ("B", "A"), "country": ("NO", "AT"), "language": ("fr", "en")}[parameter]
    found = make_filters(**{parameter: [one, f" {other}\n", "", one, other, " "]})
    assert found == Filters(**{field: (one, other)})  # and nothing else is filtered


@pytest.mark.parametrize("parameter", ["publisher", "country", "language"])
def test_one_filter_names_no_more_than_a_hundred(parameter: str) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [one + other for one in letters for other in letters][: MAX_NAMES + 1]
    assert make_filters(**{parameter: names[:MAX_NAMES]})
    message = refused(parameter, **{parameter: names})
    assert (str(MAX_NAMES) in message, str(MAX_NAMES + 1) in message) == (True, True)


def test_repeated_names_do_not_count_towards_the_limit() -> None:
    assert make_filters(publisher=["Morning Post"] * (MAX_NAMES + 1)).publishers == ("Morning Post",)


# Order, days, cursors


@pytest.mark.parametrize("sort", ["relevance", "date"])
def test_hits_may_be_sorted_in_two_ways(sort: str) -> None:
    assert make_query("Who met?", sort=sort).sort == sort


@pytest.mark.parametrize("sort", ["", "Date", "newest", "score"])
def test_another_order_is_refused_and_the_two_are_named(sort: str) -> None:
    message = refused("sort", sort=sort)
    assert repr(sort) in message
    assert "relevance, date" in message


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"k": 0, "after": "x"}, "k"),
        ({"after": "x", "before": "y"}, "after"),
        ({"before": "y", "publisher": ["a"]}, "before"),
        ({"q": "", "k": 0}, "q"),
        ({"cursor": "x", "k": 0}, "cursor"),
    ],
)
def test_of_several_mistakes_the_first_is_named(wrong: dict[str, object], parameter: str) -> None:
    refused(parameter, **wrong)


DAYS = st.sampled_from(["0001", "2011", "2012", "2012-01-01", "2012-05", "2012-05-23", "2013", "9999"])


@given(DAYS, DAYS)
def test_a_range_is_taken_if_and_only_if_a_day_is_in_it(after: str, before: str) -> None:
    if PartialDate(after).first_day < PartialDate(before).first_day:
        assert make_filters(after, before) == Filters(PartialDate(after), PartialDate(before))
    else:
        refused("after", after=after, before=before)


def test_a_query_goes_on_from_a_cursor_on_the_day_of_the_first_page() -> None:
    first = make_query("Who met?", 3, asked_on="2012-05-23", country="Japan")
    cursor = Cursor.after(first, 3, INFO).written()
    for day in ("today", "2012-05-23", date(2012, 5, 23)):
        second = make_query("Who met?", 3, asked_on=day, country="JP", cursor=cursor)
        assert (second.start, second.asked_on, second.text) == (3, first.asked_on, "Who met?")
    assert make_query("Who met?", 3, asked_on="2012-05-23", country="Japan", cursor="") == first


def test_a_query_on_no_day_goes_on_on_no_day() -> None:
    cursor = Cursor.after(make_query("Who met?", asked_on=None), 10, INFO).written()
    for day in ("today", None):
        assert make_query("Who met?", asked_on=day, cursor=cursor).asked_on is None


def test_another_day_than_that_of_the_first_page_is_refused() -> None:
    cursor = Cursor.after(make_query("Who met?", asked_on="2012-05-23"), 10, INFO).written()
    refused("cursor", asked_on="2012-05-24", cursor=cursor)


# Passages like one


def test_a_passage_becomes_a_query_without_a_day_however_long_it_is() -> None:
    filters = make_filters(after="2012")
    assert like(" Two\n\nlines. " + "x" * MAX_LENGTH, 3, filters, 1) == Query(
        "Two lines. " + "x" * MAX_LENGTH, 3, filters, 1, None
    )


@pytest.mark.parametrize(("k", "per_article", "parameter"), [(0, 1, "k"), (1, -1, "per_article"), (True, 1, "k")])
def test_numbers_are_checked_there_as_well(k: int, per_article: int, parameter: str) -> None:
    with pytest.raises(QueryError) as caught:
        like("Who met?", k, Filters(), per_article)
    assert caught.value.parameter == parameter


def test_by_default_a_query_asks_for_ten_by_relevance_from_the_first() -> None:
    query = make_query("Who met?")
    assert (query.k, query.per_article, query.sort, query.start, query.seen) == (10, PER_ARTICLE, "relevance", 0, None)


def test_names_of_one_country_are_one_filter_and_case_makes_no_other_name() -> None:
    assert make_filters(country=["Japan", "JP", "jp"]).countries == ("JP",)
    assert make_filters(publisher=["The Post", "THE POST", "Other"]).publishers == ("The Post", "Other")
    assert make_filters(language=["en", "EN"]).languages == ("en",)


def test_a_name_that_two_countries_have_is_refused_with_both_codes() -> None:
    with pytest.raises(QueryError, match="CD or CG"):
        make_filters(country="Congo")


def test_words_in_another_order_are_recognised() -> None:
    with pytest.raises(QueryError, match=r"KR \(South Korea\)"):
        make_filters(country="korea south")
