"""What read_files makes of files, folders, archives and of everything that is no article."""

import gzip
import io
import json
import lzma
import os
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import DocumentError, SettingError
from indexer.extract import extract
from indexer.extraction import markup
from indexer.items import Failure, Known, RawDocument
from indexer.readers import files, sniff
from indexer.readers.files import FORMATS, read_files

LINE = b'{"title": "Talks", "text": "They met."}'
LINES = LINE + b"\n\n  \n" + LINE.replace(b"Talks", b"Votes") + b"\n"


def documents(*paths: Path, media_type: str | None = None) -> list[RawDocument]:
    read = list(read_files(paths, media_type))
    assert not [item for item in read if isinstance(item, Failure)]
    return [item for item in read if isinstance(item, RawDocument)]


def failure(path: Path) -> str:
    (item,) = read_files([path])
    assert isinstance(item, Failure)
    return item.reason


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_json_lines_come_one_a_line_with_their_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", LINES)
    assert [(item.source, item.media_type) for item in documents(path)] == [
        (f"{path}:1", "application/json"),
        (f"{path}:4", "application/json"),
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (LINE, "jsonl"),
        (b"\n" + LINES, "jsonl"),
        (b"\xef\xbb\xbf" + LINES, "jsonl"),
        (b'{"title": "cut off\n' + LINES, "jsonl"),
        (b'{"text": "' + b"a" * 100_000 + b'"}', "jsonl"),
        (b"---\ntitle: Talks\n---\nThey met.", "markdown"),
        (b"---\r\ntitle: Talks\r\n---\r\nThey met.", "markdown"),
        (b"# Talks\n\nThey met.", "markdown"),
        (b"# Talks\n\n<p>a</p><p>b</p><p>c</p>", "markdown"),
        (b"<!DOCTYPE html><title>Talks</title>", "html"),
        (b"\n<?xml version='1.0'?>\n<html xmlns='x'>", "html"),
        (b"<!-- a note --><HTML>", "html"),
        (b"<article>They met.</article>", "html"),
        (b"They met.<br><p>Then</p> <a href='x'>they left</a>", "html"),
        (b"Talks\n\nThey met.", "text"),
        (b"---\n\nThey met.", "text"),
        (b"{not json}\n", "text"),
        (b"[Agency Reporter Jo Doe] They met.", "text"),
        (b"#talks are on\n", "text"),
        ("Они встретились".encode("utf-16"), "text"),
    ],
)
def test_the_format_is_seen_from_the_content(tmp_path: Path, content: bytes, name: str) -> None:
    assert documents(written(tmp_path, "x", content), *[])[0].media_type == FORMATS[name]


@pytest.mark.parametrize("name", ["a.md", "a.MD", "a.markdown", "a.md.gz", "a.markdown.xz"])
def test_a_name_makes_plain_text_markdown(tmp_path: Path, name: str) -> None:
    pack = {"gz": gzip.compress, "xz": lzma.compress}.get(name[-2:], bytes)
    assert documents(written(tmp_path, name, pack(b"They *met*.")))[0].media_type == "text/markdown"
    assert documents(written(tmp_path, name, pack(LINE)))[0].media_type == "application/json"
    assert documents(written(tmp_path, name, pack(b"<!DOCTYPE html><p>They met.")))[0].media_type == "text/html"


def test_one_json_object_over_many_lines_is_one_document(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", json.dumps(json.loads(LINE), indent=1).encode())
    (item,) = documents(path)
    assert (item.source, item.media_type, json.loads(item.content)) == (str(path), "application/json", json.loads(LINE))


def test_the_caller_can_say_the_format(tmp_path: Path) -> None:
    path = written(tmp_path, "notes.py", b"# Talks\n\nThey met.")
    assert documents(path, media_type="text/plain")[0].media_type == "text/plain"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04....", "zip"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"They\x00met\x01\x02" * 3, "control characters"),
        (gzip.compress(gzip.compress(b"a")), "a gzip archive, not an article"),
        (b"They met.".ljust(257, b"\0") + b"ustar", "tar"),
        (b"PARE", "encrypted"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "url of a source"),
        (b"<?xml version='1.0'?><urlset xmlns='x'><url/></urlset>", "a sitemap"),
        (b'[{"title": "Talks"}]', "one object a line"),
        (b"<?xml version='1.0'?><rss version='2.0'>", "url of a source"),
        (b"", "empty"),
        (b" \n\n", "white space"),
    ],
)
def test_what_is_no_article_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    assert says in failure(written(tmp_path, "x", content))


def test_a_program_in_a_folder_is_named(tmp_path: Path) -> None:
    written(tmp_path, "score.py", b"print('hello')")
    assert ".py" in failure(tmp_path)


def test_folders_are_walked_in_sorted_order_without_hidden_entries(tmp_path: Path) -> None:
    for name in ["b/2.md", "b/10.md", "a.md", "c.md", ".hidden.md", ".git/x.md", "b/.x/y.md"]:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        written(tmp_path, name, b"# Talks\n\nThey met.")
    sources = [item.source for item in documents(tmp_path)]
    assert sources == [str(tmp_path / name) for name in ["a.md", "b/10.md", "b/2.md", "c.md"]]


def test_the_source_is_the_path_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "a.md", b"# Talks\n\nThey met.")
    monkeypatch.chdir(tmp_path)
    assert [item.source for item in documents(Path(), Path("a.md"))] == ["a.md", "a.md"]


def test_links_to_files_are_read_links_to_folders_and_loops_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out").mkdir()
    written(tmp_path / "out", "a.md", b"# Talks\n\nThey met.")
    (folder / "1-file").symlink_to(tmp_path / "out" / "a.md")
    (folder / "2-folder").symlink_to(tmp_path / "out")
    (folder / "3-loop").symlink_to(folder / "3-loop")
    (folder / "4-up").symlink_to(folder)
    (folder / "5-nowhere").symlink_to(tmp_path / "missing")
    read = list(read_files([folder]))
    assert [type(item) for item in read] == [RawDocument, Failure, Failure, Failure, Failure]
    assert len(documents(folder / "2-folder")) == 1


def test_pipes_sockets_and_devices_are_failures_and_never_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for path in (tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero")):
            assert "not a regular file" in failure(path)


@pytest.mark.parametrize("path", [Path("/missing/x"), Path("a" * 300), Path("nul\x00")])
def test_a_path_that_cannot_be_is_a_failure(path: Path) -> None:
    assert failure(path).startswith("cannot be read")


def test_an_unreadable_file_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Iterator[bytes]:
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, "a.md", b"# Talks")
    monkeypatch.setattr(Path, "open", refuse)
    assert failure(path) == "cannot be read: Permission denied"


def test_one_bad_file_does_not_end_the_run(tmp_path: Path) -> None:
    written(tmp_path, "a.gz", b"\x1f\x8bnonsense")
    written(tmp_path, "b.md", b"# Talks\n\nThey met.")
    assert [type(item) for item in read_files([tmp_path])] == [Failure, RawDocument]


def test_names_with_line_breaks_and_undecodable_bytes_are_made_printable(tmp_path: Path) -> None:
    for name in [b"a\nb.md", b"c\xff.md"]:
        path = os.fsencode(tmp_path) + b"/" + name
        with open(path, "wb") as file:  # noqa: PTH123 - a name of bytes
            file.write(b"# Talks\n\nThey met.")
    sources = [item.source for item in documents(tmp_path)]
    assert [source.rpartition("/")[2] for source in sources] == ["a\\nb.md", "c\\udcff.md"]
    assert all(source.isprintable() for source in sources)


def test_a_line_over_the_cap_is_a_failure_and_the_next_ones_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_LINE", 100)
    path = written(tmp_path, "a.jsonl", LINE + b"\n" + b"{" * 1000 + b"\n" + LINE + b"\n")
    first, second, third = read_files([path])
    assert isinstance(first, RawDocument)
    assert isinstance(second, Failure)
    assert second.source == f"{path}:2"
    assert isinstance(third, RawDocument)
    assert third.source == f"{path}:3"


def test_a_document_over_the_cap_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_DOCUMENT", 100)
    assert "too long" in failure(written(tmp_path, "a.txt.gz", gzip.compress(b"a " * 10_000)))
    assert len(documents(written(tmp_path, "b.txt", b"a" * 100))) == 1


def test_memory_does_not_grow_with_the_number_of_lines(tmp_path: Path) -> None:
    line = b'{"text": "' + b"a" * 1000 + b'"}\n'
    path = written(tmp_path, "a.jsonl.gz", gzip.compress(line * 20_000, 1))
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_files([path]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 3_000_000


def test_lines_in_utf_16_are_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", LINES.decode().replace("Talks", "Гаага").encode("utf-16"))
    assert [json.loads(item.content)["title"] for item in documents(path)] == ["Гаага", "Votes"]


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300) | st.text(st.sampled_from(list('{}"[]#-<p>\n: a')), max_size=60).map(str.encode))
def test_any_bytes_give_documents_or_failures(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.getbasetemp(), "any", content)
    assert all(isinstance(item, RawDocument | Failure) for item in read_files([path]))
    packed = io.BytesIO(gzip.compress(content)).getvalue()
    assert all(
        isinstance(item, RawDocument | Failure) for item in read_files([written(path.parent, "any", packed[:-3])])
    )


def test_a_stray_control_character_does_not_make_a_text_binary(tmp_path: Path) -> None:
    assert documents(written(tmp_path, "x", b"The ministers met.\x00\n\nThey agreed.")) != []


def test_the_reader_is_light_to_import_and_shares_the_sign_of_front_matter() -> None:
    code = "import sys, indexer.readers.files; sys.exit(bool({'trafilatura', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert sniff.FRONT_MATTER is markup.FRONT_MATTER  # type: ignore[attr-defined]


def test_blank_lines_without_end_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BLANK_LINES", 10)
    content = LINE + b"\n" * 11 + LINE + b"\n" + b" \n" * 11 + LINE
    one, two, last = read_files([written(tmp_path, "a.jsonl", content)])
    assert isinstance(one, RawDocument)
    assert isinstance(two, RawDocument)
    assert isinstance(last, Failure)
    assert "blank lines" in last.reason


def test_everything_names_the_path_to_read_again_to_the_letter(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\n\xff"))
    folder.mkdir()
    for name, content in {"1.jsonl": LINE + b"\nx\n", "2": b"", "3.csv": b"title,text\na,b\n", "4": b"PAR1"}.items():
        written(folder, name, content)
    read = list(read_files([folder]))
    assert [type(item) for item in read] == [RawDocument, RawDocument, Failure, RawDocument, Failure]
    assert [item.input for item in read] == [str(folder / name) for name in ("1.jsonl", "1.jsonl", "2", "3.csv", "4")]
    assert all(Path(item.input or "").exists() for item in read)


def test_what_is_known_of_a_source_goes_to_every_document(tmp_path: Path) -> None:
    known = Known(publisher="The Example Post", country="GB")
    written(tmp_path, "1.jsonl", LINE)
    written(tmp_path, "2.csv", b"title,text\na,b\n")
    written(tmp_path, "3.txt", b"They met.")
    read = [item for item in read_files([tmp_path], known=known) if isinstance(item, RawDocument)]
    assert [item.known for item in read] == [known, known, known]


def test_columns_name_the_fields_of_json_lines(tmp_path: Path) -> None:
    lines = b'{"headline": "Talks", "body": "They met.", "title": "x", "language": "en"}\n{"headline": NaN}\n[1]\n{bad'
    read = read_files([written(tmp_path, "a.jsonl", lines)], columns={"title": "headline", "text": "body"})
    first, *others = (item.content for item in read if isinstance(item, RawDocument))
    assert json.loads(first) == {"title": "Talks", "text": "They met.", "language": "en"}
    assert others == [b'{"title": NaN}', b"[1]", b"{bad"]


def test_columns_name_the_fields_of_one_json_object(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", b'{\n"headline": "Talks",\n"text": "They met."\n}')
    (item,) = read_files([path], columns={"title": "headline"})
    assert isinstance(item, RawDocument)
    assert extract(item).meta.title == "Talks"


def test_a_field_that_there_is_not_is_a_wrong_setting() -> None:
    with pytest.raises(SettingError, match="'body'"):
        read_files([], columns={"body": "text"})


@pytest.mark.parametrize("line", [b'{"title": NaN}', b'{"title": ' + b"[" * 10_000, b'{"a": ' * 10_000, b"[" * 100_000])
@pytest.mark.parametrize("columns", [None, {"title": "headline"}])
def test_lines_that_are_no_articles_cost_themselves(
    tmp_path: Path, line: bytes, columns: dict[str, str] | None
) -> None:
    one, bad, two = read_files([written(tmp_path, "a.jsonl", b"\n".join([LINE, line, LINE]))], columns=columns)
    assert isinstance(bad, RawDocument)
    with pytest.raises(DocumentError):
        extract(bad)
    assert isinstance(one, RawDocument)
    assert isinstance(two, RawDocument)
    assert extract(one).meta.title == "Talks"


def test_a_pdf_named_html_is_a_pdf(tmp_path: Path) -> None:
    assert "a PDF" in failure(written(tmp_path, "page.html", b"%PDF-1.7 ..."))
    (item,) = read_files([written(tmp_path, "page.html", b"%PDF-1.7 ...")], FORMATS["html"])
    assert isinstance(item, Failure)


@pytest.mark.parametrize("kind", ["warc", "parquet"])
def test_a_file_is_not_what_the_caller_says(tmp_path: Path, kind: str) -> None:
    (item,) = read_files([written(tmp_path, "a", LINE)], FORMATS[kind])
    assert isinstance(item, Failure)
    assert f"no {'WARC' if kind == 'warc' else 'Parquet'}" in item.reason


def test_a_file_that_goes_while_it_is_waited_for_is_a_failure(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.md"):
        written(tmp_path, name, b"# Talks\n\nThey met.")
    read = read_files([tmp_path])
    first = next(read)
    (tmp_path / "b.md").unlink()
    assert [type(item) for item in (first, *read)] == [RawDocument, Failure, RawDocument]
