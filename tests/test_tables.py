"""What is made of CSV and TSV files: one article object a row."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.extract import extract
from indexer.items import Failure, RawDocument
from indexer.readers.files import FORMATS, read_files
from indexer.readers.tabular import tables

HEAD = "title,text,url\n"


def read(folder: Path, content: str | bytes, name: str = "a.csv", **columns: str) -> list[RawDocument | Failure]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_files([path], columns=columns))


def rows(items: list[RawDocument | Failure]) -> list[dict[str, object]]:
    assert not [item for item in items if isinstance(item, Failure)]
    return [json.loads(item.content) for item in items if isinstance(item, RawDocument)]


def reason(items: list[RawDocument | Failure]) -> str:
    (item,) = items
    assert isinstance(item, Failure), item
    return item.reason


def test_rows_are_numbered_as_in_a_spreadsheet_and_become_articles(tmp_path: Path) -> None:
    items = read(tmp_path, HEAD + 'Talks,"They ""met"",\nthen left.",http://example.org/a\n\nVotes,They voted.,\n')
    assert [item.source for item in items] == [f"{tmp_path}/a.csv:2", f"{tmp_path}/a.csv:4"]
    assert rows(items) == [
        {"title": "Talks", "text": 'They "met",\nthen left.', "url": "http://example.org/a"},
        {"title": "Votes", "text": "They voted."},
    ]
    assert isinstance(items[0], RawDocument)
    assert extract(items[0]).meta.title == "Talks"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.TSV.gz"])
def test_the_delimiter_is_seen_from_the_content(tmp_path: Path, delimiter: str, name: str) -> None:
    text = "They met, then; left |."
    content = io.StringIO()
    csv.writer(content, delimiter=delimiter).writerows(
        [["Title", "published", " TEXT "], ["Talks", "2020-01-02", text]]
    )
    found = rows(read(tmp_path, content.getvalue(), name))
    assert found == [{"title": "Talks", "published": "2020-01-02", "text": text}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_encoding_is_seen_from_its_mark(tmp_path: Path, encoding: str) -> None:
    assert rows(read(tmp_path, (HEAD + "Переговоры,Они встретились.,\n").encode(encoding)))[0]["title"] == "Переговоры"


def test_an_encoding_without_a_mark_is_guessed(tmp_path: Path) -> None:
    content = HEAD + "Gespräche,Die Außenminister trafen sich am Montag in Köln und sprachen über Zölle.,\n" * 20
    assert rows(read(tmp_path, content.encode("cp1252")))[0]["title"] == "Gespräche"


def test_columns_with_other_names_can_be_named(tmp_path: Path) -> None:
    content = "headline,body,title\nTalks,They met.,x\n"
    assert rows(read(tmp_path, content, title="headline", text="body")) == [{"title": "Talks", "text": "They met."}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("headline,text\nTalks,They met.\n", "no column 'title'; its columns are 'headline', 'text'"),
        ("headline;body\nTalks;They met.\n", "no column 'title' and 'text'; its columns are 'headline', 'body'"),
        ("a\nb\n", "--column title=headline"),
        (",".join(f"c{n}" for n in range(20_000)) + "\n", "20,000 columns"),
    ],
)
def test_a_table_without_title_and_text_says_what_it_has(tmp_path: Path, content: str, says: str) -> None:
    assert says in reason(read(tmp_path, content))


def test_a_column_that_is_named_and_not_there_is_a_failure(tmp_path: Path) -> None:
    assert "no column 'headline'" in reason(read(tmp_path, HEAD + "a,b,c\n", title="headline"))


def test_lists_are_read_as_json_or_with_semicolons(tmp_path: Path) -> None:
    content = 'title,text,authors,countries\na,b,"[""Jo Doe"", ""Al Roe""]",NO; SE\na,b,Jo Doe,\n'
    assert [(row.get("authors"), row.get("countries")) for row in rows(read(tmp_path, content))] == [
        (["Jo Doe", "Al Roe"], ["NO", "SE"]),
        (["Jo Doe"], None),
    ]


@pytest.mark.parametrize("absent", ["", " ", "NaN", "nan", "None", "NULL", "<NA>"])
def test_what_is_absent_is_left_out(tmp_path: Path, absent: str) -> None:
    assert rows(read(tmp_path, f"{HEAD}a,b,{absent}\n")) == [{"title": "a", "text": "b"}]


def test_ragged_rows_cost_themselves(tmp_path: Path) -> None:
    short, good, long = read(tmp_path, HEAD + "a\na,b,c\na,b,c,d\n")
    assert isinstance(good, RawDocument)
    assert isinstance(short, Failure)
    assert "1 cells, the table 3 columns" in short.reason
    assert isinstance(long, Failure)
    assert long.source.endswith(":4")


def test_a_row_with_bytes_of_no_encoding_costs_itself(tmp_path: Path) -> None:
    good, bad = read(tmp_path, HEAD.encode() + b"a,b,c\n" * 1 + b"x" * 70_000 + b",b,c\n" + b"a,\xff,c\n")[0::2]
    assert isinstance(good, RawDocument)
    assert isinstance(bad, Failure)
    assert "encoding" in bad.reason


def test_a_nul_is_a_character(tmp_path: Path) -> None:
    assert rows(read(tmp_path, HEAD + "a\0,b,c\n"))[0]["title"] == "a\0"


def test_a_line_over_the_cap_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROW", 100)
    one, long, two = read(tmp_path, HEAD + "a,b,c\n" + "a," + "b" * 1000 + ",c\na,b,c\n")
    assert isinstance(one, RawDocument)
    assert isinstance(long, Failure)
    assert (long.source[-2:], "longer than" in long.reason) == (":3", True)
    assert isinstance(two, RawDocument)


def test_a_quotation_mark_that_is_never_closed_ends_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROW", 100)
    one, last = read(tmp_path, HEAD + 'a,b,c\na,"b,c\n' + "a,b,c\n" * 100)
    assert isinstance(one, RawDocument)
    assert isinstance(last, Failure)
    assert "line 3" in last.reason
    assert "quotation mark" in last.reason


@pytest.mark.parametrize("content", [b"", b"\n\n", b"%PDF-1.7", b"PK\x03\x04", bytes(1000)])
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes) -> None:
    assert reason(read(tmp_path, content))


def test_the_content_counts_for_more_than_the_name(tmp_path: Path) -> None:
    (item,) = read(tmp_path, '{"title": "Talks", "text": "They met."}\n')
    assert isinstance(item, RawDocument)
    assert item.source.endswith("a.csv:1")
    (page,) = read(tmp_path, "<!DOCTYPE html><p>They met.")
    assert isinstance(page, RawDocument)
    assert page.media_type == FORMATS["html"]


CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t\"',;|")
TEXT = st.text(CHARACTERS, min_size=1, max_size=30).filter(
    lambda text: text.strip().lower() not in {"nan", "none", "null", "n/a", "<na>", ""}
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_every_row_of_a_table_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str]], delimiter: str
) -> None:
    content = io.StringIO(newline="")
    csv.writer(content, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("title", "text"), *table])
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content.getvalue().encode())
    found = rows(list(read_files([path], FORMATS["csv"])))
    assert [(row["title"], row["text"]) for row in found] == table


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300) | st.text(st.sampled_from(list('title,text;"\n\r\t|a')), max_size=60).map(str.encode))
def test_any_bytes_give_documents_or_failures(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for start in (b"", b"title,text\n"):
        path.write_bytes(start + content)
        assert all(isinstance(item, RawDocument | Failure) for item in read_files([path], FORMATS["csv"]))
