"""What found passages have in common, and what a filter on it would let in: the two always agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded.columns import Columns
from indexer.embedded.tally import tally
from indexer.types import Count, Filters, Metadata, PartialDate, Tally
from tests.engines import lets_in

FIELDS = ("publishers", "countries", "languages")


def meta(publisher: str | None = None, countries: Sequence[str] = (), language: str | None = None) -> Metadata:
    return Metadata("id", "Title", publisher=publisher, countries=tuple(countries), language=language)


NEWS = [
    (1, [10, 11], meta("Ostreland Post", ["NO", "ZM"], "en-GB")),
    (2, [12], meta("ostreland post", ["ZM"], "en")),
    (3, [13, 14, 15], meta("The Courier", [], "pt-BR")),
    (4, [16], meta()),
]


def of(rows: Sequence[int], **filters: object) -> Tally:
    return tally(Columns.build(NEWS), np.array(rows, dtype=np.int64), Filters(**filters))


def test_values_are_counted_among_the_found_and_among_all_that_is_searched() -> None:
    assert of([0, 2, 3]) == Tally(
        searched=7,
        publishers=(Count("Ostreland Post", 2, 3), Count("The Courier", 1, 3)),
        countries=(Count("ZM", 2, 3), Count("NO", 1, 2)),
        languages=(Count("en", 2, 3), Count("pt-BR", 1, 3), Count("en-GB", 1, 2)),
    )


def test_filters_make_less_of_the_index_count_and_not_less_of_the_found() -> None:
    found = of([0, 2, 3], countries=("zm",))
    assert found.searched == 3
    assert found.publishers == (Count("Ostreland Post", 2, 3), Count("The Courier", 1, 0))


def test_what_does_not_occur_among_the_found_is_not_named() -> None:
    assert of([2]) == Tally(7, (Count("Ostreland Post", 1, 3),), (Count("ZM", 1, 3),), (Count("en", 1, 3),))
    assert of([6]) == of([]) == Tally(searched=7)


def test_ties_are_ordered_by_what_is_searched_and_then_by_name() -> None:
    assert [count.value for count in of([0, 3]).publishers] == ["Ostreland Post", "The Courier"]
    assert [count.value for count in of([0]).countries] == ["ZM", "NO"]


def test_a_passage_given_twice_counts_once() -> None:
    assert of([2, 2, 2]) == of([2])


VALUES = {
    "publishers": ["Post", "POST", " post ", "Courier", "Süd", "Su\u0308d", ""],
    "countries": ["NO", "no", "ZM", "FJ", ""],
    "languages": ["en", "EN", "en-GB", "en_gb", "en-GB-oed", "pt-BR", "p", ""],
}
DAYS = st.sampled_from([None, *map(PartialDate, ("2011", "2012-05", "2012-05-23"))])
METAS = st.builds(
    Metadata,
    id=st.just("id"),
    title=st.just("Title"),
    publisher=st.none() | st.sampled_from(VALUES["publishers"]),
    published=DAYS,
    language=st.none() | st.sampled_from(VALUES["languages"]),
    countries=st.lists(st.sampled_from(VALUES["countries"]), max_size=4).map(tuple),
)
FILTERS = st.builds(
    Filters,
    DAYS,
    DAYS,
    *(st.just(()) | st.lists(st.sampled_from(values), max_size=3).map(tuple) for values in VALUES.values()),
)


@given(st.lists(st.tuples(st.integers(0, 3), METAS), max_size=8), FILTERS, st.data())
@settings(deadline=None, max_examples=300)
def test_a_value_made_a_filter_searches_as_many_passages_as_its_count_says(
    articles: list[tuple[int, Metadata]], filters: Filters, data: st.DataObject
) -> None:
    columns = Columns.build((number, range(size), item) for number, (size, item) in enumerate(articles))
    rows = [item for size, item in articles for _ in range(size)]
    found = data.draw(st.sets(st.integers(0, len(rows) - 1)) if rows else st.just(set()))
    counted = tally(columns, np.array(sorted(found), dtype=np.int64), filters)
    assert counted.searched == columns.allowed(filters).sum()
    for field in FIELDS:
        values = getattr(counted, field)
        for count in values:
            only = Filters(**{field: (count.value,)})
            assert count.found == sum(columns.allowed(only)[sorted(found)]) > 0
            if not getattr(filters, field):
                clicked = replace(filters, **{field: (count.value,)})
                assert count.passages == tally(columns, np.empty(0, dtype=np.int64), clicked).searched
        named, known = ({count.value for count in values}, {name for kind in columns.labels for name in kind.names})
        for value in known - named:
            assert not columns.allowed(Filters(**{field: (value,)}))[sorted(found)].any(), "left out"


PLAIN = {"publishers": ["Post", "POST", "Courier"], "countries": ["NO", "no", "ZM"], "languages": ["en", "en_gb", "pt"]}


@given(
    st.lists(METAS, max_size=6),
    st.builds(
        Filters,
        DAYS,
        DAYS,
        *(st.just(()) | st.lists(st.sampled_from(values), max_size=2).map(tuple) for values in PLAIN.values()),
    ),
)
@settings(deadline=None, max_examples=200)
def test_as_many_are_searched_as_brute_force_lets_in(metas: list[Metadata], filters: Filters) -> None:
    plain = [replace(item, publisher=(item.publisher or "").strip() or None) for item in metas]
    columns = Columns.build((number, [number], item) for number, item in enumerate(plain))
    assert columns.allowed(filters).tolist() == [lets_in(filters, item) for item in plain]
