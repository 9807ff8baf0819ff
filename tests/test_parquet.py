"""What is made of Parquet files: one article object a row, within limits that are seen before anything is unpacked."""

import gzip
import json
import threading
from collections.abc import Generator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.extract import extract
from indexer.items import Failure, RawDocument
from indexer.readers.files import FORMATS, read_files
from indexer.readers.sniff import RefusedError
from indexer.readers.tabular import parquet, parquet_rows
from indexer.readers.tabular.parquet_pages import largest_page
from tests.peaks import read_in_another_process


def written(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = folder / "a.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def rows(path: Path, **columns: str) -> list[dict[str, Any]]:
    items = list(read_files([path], columns=columns))
    assert not [item for item in items if isinstance(item, Failure)]
    return [json.loads(item.content) for item in items if isinstance(item, RawDocument)]


def reason(path: Path, **columns: str) -> str:
    (item,) = read_files([path], columns=columns)
    assert isinstance(item, Failure), item
    return item.reason


def refused(path: Path) -> str:
    """Why a file is refused, read in this process, so that limits can be lowered."""
    with path.open("rb") as file, pytest.raises(RefusedError) as caught:
        list(parquet_rows.rows_of(file, path.stat().st_size, {}))
    return str(caught.value)


def test_rows_become_articles_with_their_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, {"title": ["Talks", "Votes"], "text": ["They met.", "They voted."], "other": [1, 2]})
    first, second = read_files([path])
    assert isinstance(first, RawDocument)
    assert (first.source, first.media_type, second.source) == (f"{path}:1", FORMATS["jsonl"], f"{path}:2")
    assert json.loads(first.content) == {"title": "Talks", "text": "They met."}
    assert extract(first).meta.title == "Talks"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([date(2012, 5, 23)]), "2012-05-23"),
        (pa.array([datetime(2012, 5, 23, 19, 43)], pa.timestamp("ns")), "2012-05-23T19:43:00"),  # noqa: DTZ001
        (pa.array([1337802180123456789], pa.timestamp("ns")), "2012-05-23T19:43:00.123456"),
        (pa.array([datetime(2012, 5, 23)], pa.timestamp("us")), "2012-05-23"),  # noqa: DTZ001
        (pa.array([datetime(2012, 5, 23, tzinfo=UTC)], pa.timestamp("ms", "UTC")), "2012-05-23T00:00:00+00:00"),
        (pa.array(["2012-05"]), "2012-05"),
        (pa.array([2012.0, None])[:1], 2012),
        (pa.array([float("nan")]), None),
        (pa.array([None], pa.string()), None),
        (pa.array([" "]), None),
    ],
)
def test_dates_are_iso_and_what_is_absent_is_left_out(tmp_path: Path, values: pa.Array, expected: object) -> None:
    (row,) = rows(written(tmp_path, {"title": ["a"], "text": ["b"], "published": values}))
    assert row.get("published") == expected


def test_lists_structs_categories_and_bytes_work(tmp_path: Path) -> None:
    columns = {
        "title": pa.array(["a"]).dictionary_encode(),
        "text": pa.array([b"They met."]),
        "authors": pa.array([["Jo Doe", None, "Al Roe"]]),
        "sources": pa.array([[{"publisher": "NRK", "date": date(2012, 5, 23)}]]),
    }
    assert rows(written(tmp_path, columns)) == [
        {
            "title": "a",
            "text": "They met.",
            "authors": ["Jo Doe", "Al Roe"],
            "sources": [{"publisher": "NRK", "date": "2012-05-23"}],
        }
    ]


def test_columns_with_other_names_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, {"head.line": ["a"], "body": ["b"], "title": [1]})
    assert rows(path, title="head.line", text="body") == [{"title": "a", "text": "b"}]
    assert "no column 'text'; its columns are 'head.line', 'body', 'title'" in reason(path)


def test_a_row_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    path = written(tmp_path, {"title": ["a", "b", "c"], "text": pa.array([b"x", b"\xff", b"z"])})
    one, bad, two = read_files([path])
    assert isinstance(one, RawDocument)
    assert isinstance(bad, Failure)
    assert bad.source == f"{path}:2"
    assert isinstance(two, RawDocument)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
def test_the_sizes_of_pages_are_seen_before_they_are_unpacked(tmp_path: Path, version: str, compression: str) -> None:
    texts = ["They met. " * 1000] * 200 + ["b" * 5_000_000]
    options = {"use_dictionary": False, "data_page_version": version, "compression": compression}
    path = written(tmp_path, {"title": ["a"] * 201, "text": texts}, **options)
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    with path.open("rb") as file:
        largest, values = largest_page(file, column.data_page_offset, column.total_compressed_size)
    assert 5_000_000 < largest < 8_000_000
    assert values == 201


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_huge_cell_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dictionary: bool
) -> None:
    monkeypatch.setattr(parquet_rows, "MAX_PAGE", 100_000)
    options = {"use_dictionary": dictionary, "compression": "zstd"}
    assert "a page of 1,000,0" in refused(written(tmp_path, {"title": ["a"], "text": ["b" * 1_000_000]}, **options))
    assert rows(written(tmp_path, {"title": ["a"], "text": ["b"], "other": ["b" * 1_000_000]}, **options))


def test_a_cell_with_a_crowd_in_it_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"title": ["a"], "text": ["b"], "authors": [["c"] * 100_000]})
    assert "100,001 values in 1 rows" in reason(path)


def test_a_description_over_the_cap_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, {"title": ["a"], "text": ["b"], **{f"c{n}": [n] for n in range(50)}})
    monkeypatch.setattr(parquet_rows, "MAX_CELLS", 20)
    assert "52 columns" in refused(path)
    monkeypatch.setattr(parquet_rows, "MAX_FOOTER", 1000)
    assert "a description of" in refused(path)


def test_a_packed_table_is_to_be_unpacked_first(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet.gz"
    path.write_bytes(gzip.compress(written(tmp_path, {"title": ["a"], "text": ["b"]}).read_bytes()))
    assert "unpack it first" in reason(path)


def test_one_text_in_all_rows_takes_the_memory_of_some(tmp_path: Path) -> None:
    texts = pa.array(["a" * 3_000_000]).dictionary_encode().take(pa.array([0] * 200))
    count, peak = read_in_another_process(written(tmp_path, {"title": ["a"] * 200, "text": texts}, compression="zstd"))
    assert count == 200
    assert peak < 1000


def test_memory_does_not_grow_with_a_row_group(tmp_path: Path) -> None:
    texts = [f"{n} " * 500 for n in range(60_000)]
    path = written(tmp_path, {"title": ["a"] * 60_000, "text": texts}, row_group_size=60_000, use_dictionary=False)
    count, peak = read_in_another_process(path)
    assert count == 60_000
    assert peak < 250


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT, st.none() | st.dates().filter(lambda day: day.year > 999)), max_size=6))
def test_every_row_of_a_table_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, date | None]]
) -> None:
    titles, texts, days = zip(*table, strict=True) if table else ((), (), ())
    columns = {
        "title": pa.array(titles, pa.string()),
        "text": pa.array(texts, pa.large_string()),
        "date": pa.array(days, pa.date32()),
    }
    path = written(tmp_path_factory.getbasetemp(), columns, row_group_size=2)
    with path.open("rb") as file:
        found = [json.loads(row.content) for row in parquet_rows.rows_of(file, path.stat().st_size, {})]
    assert [(row["title"], row["text"], row.get("date")) for row in found] == [
        (title, text, day.isoformat() if day else None) for title, text, day in table
    ]


@settings(deadline=None, max_examples=15)
@given(st.data(), st.sampled_from(["none", "snappy", "zstd"]))
def test_damage_anywhere_gives_documents_or_failures(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, compression: str
) -> None:
    columns = {"title": ["Talks", "Votes"] * 5, "text": ["They met.", "They voted."] * 5, "authors": [["a"], []] * 5}
    path = written(tmp_path_factory.getbasetemp(), columns, compression=compression, row_group_size=5)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(4, len(content) - 5), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    assert all(isinstance(item, RawDocument | Failure) for item in read_files([path]))


@settings(deadline=None, max_examples=10)
@given(st.binary(max_size=300), st.binary(max_size=4))
def test_any_bytes_give_one_failure(tmp_path_factory: pytest.TempPathFactory, content: bytes, size: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.parquet"
    path.write_bytes(b"PAR1" + content + size + b"PAR1")
    assert reason(path)


def test_a_file_on_which_its_reader_dies_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, {"title": ["a"], "text": ["b"]})
    monkeypatch.setattr(parquet, "_CODE", "import os; print('D1 {}\\nD2 {', end='', flush=True); os.abort()")
    row, last = read_files([path])
    assert isinstance(row, RawDocument)
    assert isinstance(last, Failure)
    assert "ended in a fault" in last.reason


def test_the_reader_ends_with_whoever_reads(tmp_path: Path) -> None:
    path = written(tmp_path, {"title": ["a"] * 50_000, "text": ["b" * 100] * 50_000})
    items = cast("Generator[object]", read_files([path]))
    next(items)
    started = children()
    items.close()
    assert len(started - children()) == 1


def children() -> set[str]:
    """The processes that this one has started and that have not ended."""
    return set(Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text(encoding="ascii").split())
