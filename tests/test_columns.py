"""What filters look at: days, publisher, countries and language of each passage, kept as arrays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from indexer.embedded.columns import UNDATED, Columns, days
from indexer.embedded.labels import fold
from indexer.types import Filters, Metadata, PartialDate


def meta(
    published: str | None = None,
    publisher: str | None = None,
    countries: tuple[str, ...] = (),
    language: str | None = None,
) -> Metadata:
    day = PartialDate(published) if published else None
    return Metadata("id", "Title", publisher=publisher, published=day, countries=countries, language=language)


NEWS = [
    (10, [100, 101], meta("2012-05-23", "Ostreland Post", ("NO", "ZM"), "en-GB")),
    (11, [7], meta("2012", "The Courier", ("NO",), "en")),
    (12, [8], meta(None, "OSTRELAND  POST", (), "pt_BR")),
    (13, [102], meta("2013-02", None, ("zm",))),
]


@pytest.fixture
def columns() -> Columns:
    return Columns.build(NEWS)


def allowed(columns: Columns, **filters: object) -> list[int]:
    return columns.numbers[columns.allowed(Filters(**filters))].tolist()


def test_each_passage_has_a_row_with_what_is_known_of_its_article(columns: Columns) -> None:
    assert columns.numbers.tolist() == [100, 101, 7, 8, 102]
    assert columns.versions.tolist() == [10, 10, 11, 12, 13]
    assert columns.publishers.names == ("OSTRELAND  POST", "The Courier")
    assert columns.publishers.rows.tolist() == [0, 1, 2, 3]
    assert columns.publishers.codes.tolist() == [0, 0, 1, 0]
    assert columns.first_days[3] == columns.last_days[3] == UNDATED


def test_a_date_stands_for_all_days_that_it_can_mean() -> None:
    assert days(meta("2012")) == (date(2012, 1, 1).toordinal(), date(2012, 12, 31).toordinal())
    assert days(meta("2012-02")) == (date(2012, 2, 1).toordinal(), date(2012, 2, 29).toordinal())
    assert days(meta("2012-12-31T23:59")) == (date(2012, 12, 31).toordinal(),) * 2
    assert days(meta("0001-01-01")) != (UNDATED, UNDATED) == days(meta())


def test_no_filter_lets_everything_in(columns: Columns) -> None:
    assert allowed(columns) == [100, 101, 7, 8, 102]


def test_after_lets_in_what_is_certainly_not_earlier(columns: Columns) -> None:
    assert allowed(columns, after=PartialDate("2012-01-01")) == [100, 101, 7, 102]
    assert allowed(columns, after=PartialDate("2012-01-02")) == [100, 101, 102]
    assert allowed(columns, after=PartialDate("2012-05-24")) == [102]


def test_before_keeps_out_its_own_day(columns: Columns) -> None:
    assert allowed(columns, before=PartialDate("2012-05-24")) == [100, 101]
    assert allowed(columns, before=PartialDate("2012-05-23")) == []
    assert allowed(columns, before=PartialDate("2013")) == [100, 101, 7]


@pytest.mark.parametrize("filters", [{"after": PartialDate("0001")}, {"before": PartialDate("9999")}])
def test_an_undated_article_passes_no_date_filter(columns: Columns, filters: dict[str, PartialDate]) -> None:
    assert 8 not in allowed(columns, **filters)
    assert len(allowed(columns, **filters)) == 4


def test_an_article_without_a_publisher_passes_no_publisher_filter(columns: Columns) -> None:
    assert allowed(columns, publishers=("Ostreland Post", "The Courier", "")) == [100, 101, 7, 8]


def test_publishers_are_compared_whole_and_without_regard_to_case_or_spacing(columns: Columns) -> None:
    assert allowed(columns, publishers=(" ostreland\tPOST ",)) == [100, 101, 8]
    assert allowed(columns, publishers=("Ostreland",)) == []
    assert fold("Süddeutsche  STRASSE\n") == fold("süddeutsche straße")


def test_an_accent_is_the_same_written_as_one_character_or_as_two() -> None:
    decomposed, composed = "Su\u0308ddeutsche", "S\u00fcddeutsche"
    assert fold(decomposed) == fold(composed) == fold(decomposed.upper())
    rows = Columns.build([*NEWS, (14, [9], meta("2014", decomposed))])
    assert allowed(rows, publishers=(composed,)) == [9]


@pytest.mark.parametrize(
    ("countries", "expected"),
    [
        (("NO",), [100, 101, 7]),
        (("no",), [100, 101, 7]),
        (("ZM",), [100, 101, 102]),
        (("NO", "ZM"), [100, 101, 7, 102]),
        (("N",), []),
        (("",), []),
        (("SE", ""), []),
    ],
)
def test_one_of_an_articles_countries_is_enough_and_one_of_the_filters(
    columns: Columns, countries: tuple[str, ...], expected: list[int]
) -> None:
    assert allowed(columns, countries=countries) == expected


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        (("en",), [100, 101, 7]),
        (("EN",), [100, 101, 7]),
        (("en-gb",), [100, 101]),
        (("en_GB",), [100, 101]),
        (("en-US",), []),
        (("e",), []),
        (("pt",), [8]),
        (("pt-BR",), [8]),
        (("BR",), []),
        (("",), []),
        (("fr", "pt"), [8]),
    ],
)
def test_a_language_lets_in_its_own_regions_and_a_region_only_itself(
    columns: Columns, languages: tuple[str, ...], expected: list[int]
) -> None:
    assert allowed(columns, languages=languages) == expected


def test_all_filters_hold_together(columns: Columns) -> None:
    assert allowed(columns, after=PartialDate("2012"), publishers=("the courier",)) == [7]
    assert allowed(columns, publishers=("ostreland post",), countries=("ZM",), languages=("en",)) == [100, 101]
    assert allowed(columns, publishers=("ostreland post",), countries=("ZM",), languages=("pt",)) == []


def test_what_was_saved_is_loaded(columns: Columns, tmp_path: Path) -> None:
    columns.save(tmp_path / "columns.npz")
    loaded = Columns.load(tmp_path / "columns.npz")
    for name in ("numbers", "versions", "first_days", "last_days"):
        assert np.array_equal(getattr(loaded, name), getattr(columns, name))
        assert getattr(loaded, name).dtype == getattr(columns, name).dtype
    for mine, theirs in zip(loaded.labels, columns.labels, strict=True):
        assert (mine.keys, mine.names) == (theirs.keys, theirs.names)
        assert (mine.rows.tolist(), mine.codes.tolist()) == (theirs.rows.tolist(), theirs.codes.tolist())


def test_an_empty_index_has_empty_columns(tmp_path: Path) -> None:
    Columns.build([]).save(tmp_path / "columns.npz")
    loaded = Columns.load(tmp_path / "columns.npz")
    assert allowed(loaded, after=PartialDate("2012"), publishers=("x",), countries=("NO",), languages=("en",)) == []
    assert [labels.names for labels in loaded.labels] == [(), (), ()]


def test_the_same_columns_are_the_same_bytes(columns: Columns, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        columns.save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_arrays_that_could_run_code_are_not_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "columns.npz", numbers=np.array([object()]), names=np.array([], dtype=np.str_))
    with pytest.raises(ValueError, match="pickle"):
        Columns.load(tmp_path / "columns.npz")
