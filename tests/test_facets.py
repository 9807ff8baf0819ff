"""What all hits have in common: every count can be checked by asking again, and every timeline is without gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.facets import MOST_BARS, Bar, Facets, Timeline, timeline
from api.search import Searcher
from indexer.types import Count, PartialDate, Tally
from tests.archive import NEWS, QUESTIONS, WideEncoder, searching, stored
from tests.fakes import article

UNITS = ("day", "month", "year", "decade", "century")


def days(*published: str | None) -> list[tuple[int, int]]:
    """The first and last day of each, as an engine gives them."""
    dates = [PartialDate.parse(iso) if iso else None for iso in published]
    return [(day.first_day.toordinal(), day.last_day.toordinal()) if day else (0, 0) for day in dates]


def labelled(found: Timeline) -> dict[str, int]:
    return {bar.label: bar.found for bar in found.bars}


# The timeline alone


def test_without_a_date_there_is_no_bar() -> None:
    assert timeline([]) == Timeline("day", (), 0)
    assert timeline(days(None, None)) == Timeline("day", (), 2)


def test_one_day_is_one_bar() -> None:
    assert timeline(days("2012-05-21", "2012-05-21T08:30", None)) == Timeline(
        "day", (Bar("2012-05-21", date(2012, 5, 21), date(2012, 5, 22), 2),), 1
    )


def test_days_between_two_have_bars_of_their_own() -> None:
    assert labelled(timeline(days("2012-02-28", "2012-03-01"))) == {
        "2012-02-28": 1,
        "2012-02-29": 0,
        "2012-03-01": 1,
    }


def test_a_month_that_is_known_no_closer_stands_in_a_bar_of_months_and_in_none_of_days() -> None:
    assert timeline(days("2012-05-21", "2012-05-22", "2012-05")).unplaced == 1
    by_month = timeline(days("2012-04-21", "2012-05", "2012-07-01", "2012"))
    assert (by_month.unit, by_month.unplaced) == ("month", 1)
    assert labelled(by_month) == {"2012-04": 1, "2012-05": 1, "2012-06": 0, "2012-07": 1}
    assert [(bar.first, bar.end) for bar in by_month.bars[:2]] == [
        (date(2012, 4, 1), date(2012, 5, 1)),
        (date(2012, 5, 1), date(2012, 6, 1)),
    ]


@pytest.mark.parametrize(
    ("first", "last", "unit", "labels"),
    [
        ("2012-05-21", "2012-06-29", "day", ("2012-05-21", "2012-06-29")),
        ("2012-05-21", "2012-06-30", "month", ("2012-05", "2012-06")),
        ("2012-01-31", "2015-04-01", "month", ("2012-01", "2015-04")),
        ("2012-01-31", "2015-05-01", "year", ("2012", "2015")),
        ("1980", "2018", "year", ("1980", "2018")),
        ("1980", "2020", "decade", ("1980", "2020")),
        ("1719", "2019", "decade", ("1710", "2010")),
        ("1619-12-31", "2019", "century", ("1600", "2000")),
        ("0001", "9999", "century", ("0001", "9900")),
        ("0001-01-01", "0001-01-02", "day", ("0001-01-01", "0001-01-02")),
        ("9999-11-30", "9999-12-30", "day", ("9999-11-30", "9999-12-30")),
        ("9998-01", "9999-12", "month", ("9998-01", "9999-12")),
        ("9969", "9999", "year", ("9969", "9999")),
        ("9701", "9999", "decade", ("9700", "9990")),
        ("0001", "0011", "year", ("0001", "0011")),
        ("0009", "0300", "decade", ("0001", "0300")),
    ],
)
def test_the_unit_is_the_finest_that_a_phone_can_show(
    first: str, last: str, unit: str, labels: tuple[str, str]
) -> None:
    found = timeline(days(last, first))
    assert found.unit == unit
    assert (found.bars[0].label, found.bars[-1].label) == labels
    assert sum(bar.found for bar in found.bars) + found.unplaced == 2


def test_the_last_bar_of_all_ends_with_the_calendar() -> None:
    for found in (timeline(days("9999-12-30")), timeline(days("9998", "9990")), timeline(days("0001", "9999"))):
        assert found.bars[-1].end <= date.max
    assert timeline(days("0001", "9999")).bars[-1].end == date.max


DATED = (
    st.dates(max_value=date(9999, 12, 30))
    | st.dates(date(2010, 1, 1), date(2015, 1, 1))
    | st.dates(date(2012, 5, 1), date(2012, 6, 5))
)
PUBLISHED = st.none() | st.builds(lambda day, size: day.isoformat()[:size], DATED, st.sampled_from([4, 7, 10]))


@settings(max_examples=200)
@given(st.lists(PUBLISHED, max_size=12))
def test_every_timeline_is_whole_and_true(published: list[str | None]) -> None:
    found = timeline(days(*published))
    assert found.unplaced + sum(bar.found for bar in found.bars) == len(published)
    assert found.unplaced >= published.count(None)
    assert found.unit in UNITS
    assert len(found.bars) <= (101 if found.unit == "century" else MOST_BARS)
    for one, other in zip(found.bars, found.bars[1:], strict=False):
        assert one.first < one.end == other.first
    if found.bars:
        assert found.bars[0].found > 0
        assert found.bars[-1].found > 0
    dates = [PartialDate(iso) for iso in published if iso]
    for bar in found.bars:
        inside = [day for day in dates if stands_in(bar, day)]
        # the last day of all has no day behind it, which could be kept out
        assert bar.found == len(inside) or bar.end == date.max
        assert PartialDate.parse(bar.label).first_day == bar.first
        assert len(bar.label) == {"day": 10, "month": 7}.get(found.unit, 4)


@settings(max_examples=80)
@given(st.lists(DATED, min_size=1, max_size=12))
def test_what_has_a_day_has_its_bar_whatever_the_unit(published: list[date]) -> None:
    found = timeline([(day.toordinal(), day.toordinal()) for day in published])
    assert found.unplaced == 0
    span = max(published) - min(published)
    assert (found.unit == "day") == (span < timedelta(MOST_BARS))


def test_facets_hold_what_the_engine_counted() -> None:
    tally = Tally(9, (Count("Post", 2, 4),), (Count("JP", 1, 3),), (Count("en", 2, 8),))
    given_days = days("2012", None)
    found = Facets.of(tally, given_days)
    assert found == Facets(2, 9, tally.publishers, tally.countries, tally.languages, timeline(given_days))


# With a search


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with stored(tmp_path_factory.mktemp("facets"), NEWS) as engine:
        yield searching(engine)


FILTERS: list[dict[str, Any]] = [
    {},
    {"publisher": "the courier"},
    {"country": "JP", "after": "2012"},
    {"language": "en", "before": "2014"},
    {"publisher": "Nobody"},
]
every_filter = pytest.mark.parametrize("given_filters", FILTERS, ids=str)
FIELDS = {"publishers": "publisher", "countries": "country", "languages": "language"}


def facets(archive: Searcher, question: str, **given: Any) -> Facets:
    found = archive.search(question, facets=True, **given).facets
    assert found is not None
    return found


@every_filter
@pytest.mark.parametrize("more", [{}, {"per_article": 1}, {"sort": "date"}, {"k": 60, "sort": "date"}], ids=str)
def test_found_is_how_many_hits_all_pages_have(
    archive: Searcher, given_filters: dict[str, Any], more: dict[str, Any]
) -> None:
    given = {**given_filters, **more}
    hits = [hit for answer in archive.pages(QUESTIONS[0], **given) for hit in answer.hits]
    assert facets(archive, QUESTIONS[0], **given).found == len(hits)


@every_filter
def test_values_are_counted_over_all_pages_and_with_those_that_have_none_they_are_all(
    archive: Searcher, given_filters: dict[str, Any]
) -> None:
    hits = archive.search(QUESTIONS[0], 200, **given_filters).hits
    found = facets(archive, QUESTIONS[0], k=3, **given_filters)
    publishers = Counter(hit.article.publisher.casefold() for hit in hits if hit.article.publisher)
    assert {count.value.casefold(): count.found for count in found.publishers} == publishers
    assert sum(publishers.values()) + sum(hit.article.publisher is None for hit in hits) == found.found
    countries = Counter(country for hit in hits for country in hit.article.countries)
    assert {count.value: count.found for count in found.countries} == countries
    tags = [hit.article.language for hit in hits if hit.article.language]
    assert {count.value: count.found for count in found.languages} == {
        tag: sum(other == tag or other.startswith(f"{tag}-") for other in tags) for tag in set(tags)
    }


@every_filter
@pytest.mark.parametrize("field", FIELDS)
def test_a_count_of_passages_is_what_would_be_searched_with_that_value_as_a_filter(
    archive: Searcher, given_filters: dict[str, Any], field: str
) -> None:
    name = FIELDS[field]
    without = {key: value for key, value in given_filters.items() if key != name}
    for count in getattr(facets(archive, QUESTIONS[0], **without), field):
        assert facets(archive, QUESTIONS[0], **{**without, name: count.value}).searched == count.passages


@every_filter
def test_searched_is_how_many_passages_the_filters_let_in(archive: Searcher, given_filters: dict[str, Any]) -> None:
    found = archive.search(QUESTIONS[0], 200, per_article=0, facets=True, **given_filters)
    assert found.facets is not None
    assert found.facets.searched == sum(1 + len(hit.copies) for hit in found.hits)


@every_filter
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_bars_and_what_stands_in_none_are_all_that_was_found(
    archive: Searcher, given_filters: dict[str, Any], question: str
) -> None:
    found = facets(archive, question, **given_filters)
    assert sum(bar.found for bar in found.timeline.bars) + found.timeline.unplaced == found.found


@every_filter
def test_the_ends_of_a_bar_are_the_filter_for_what_stands_in_it(
    archive: Searcher, given_filters: dict[str, Any]
) -> None:
    without = {name: value for name, value in given_filters.items() if name not in {"after", "before"}}
    whole = archive.search(QUESTIONS[0], 200, per_article=0, facets=True, **without)
    assert whole.facets is not None
    copied = [copy for hit in whole.hits for copy in hit.copies]
    for bar in whole.facets.timeline.bars:
        inside = facets(archive, QUESTIONS[0], **without, after=bar.first.isoformat(), before=bar.end.isoformat())
        leads, folded = (
            sum(one.article.published is not None and stands_in(bar, one.article.published) for one in some)
            for some in (whole.hits, copied)
        )
        assert bar.found == leads
        assert inside.searched == leads + folded


def stands_in(bar: Bar, published: PartialDate) -> bool:
    return bar.first <= published.first_day and published.last_day < bar.end


def test_extremes_of_the_calendar_can_be_searched_and_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    published = ["0001", "0001-01-01", "1712-05", "2012-05-21", "9999", "9999-12-31", None]
    news = [
        article(f"a{n}", f"Talks of {n}, item {n * 31}.", published=day) if day else article(f"a{n}", f"Talks {n}.")
        for n, day in enumerate(published)
    ]
    with stored(tmp_path_factory.mktemp("extremes"), news, WideEncoder()) as engine:
        found = facets(searching(engine), "talks")
    assert (found.timeline.unit, found.timeline.unplaced) == ("century", 2), "no date, and the last day of all"
    assert {label: number for label, number in labelled(found.timeline).items() if number} == {
        "0001": 2,
        "1700": 1,
        "2000": 1,
        "9900": 1,
    }
    assert len(found.timeline.bars) == 100


def test_facets_do_not_depend_on_the_page(archive: Searcher) -> None:
    pages = list(archive.pages(QUESTIONS[0], 20, facets=True))
    assert len(pages) > 2
    assert len({answer.facets for answer in pages}) == 1


def test_bars_are_no_finer_than_what_most_dates_are_known_to() -> None:
    assert timeline(days("2012", "2012", "2012")).unit == "year"
    assert timeline(days("2012-05", "2012-05", "2012-05-01")).unit == "month"
    assert [bar.found for bar in timeline(days("2012", "2012", "2013")).bars] == [2, 1]


def test_forty_years_are_forty_bars() -> None:
    found = timeline(days("1980", "2019"))
    assert (found.unit, len(found.bars)) == ("year", 40)


def test_what_no_filter_can_end_behind_stands_in_no_bar() -> None:
    found = timeline(days("9999-11-30", "9999-12-31"))
    assert ([bar.found for bar in found.bars], found.unplaced) == ([1], 1)
