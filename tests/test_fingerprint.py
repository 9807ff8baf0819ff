"""A document is the same if all that an article is made of is the same, and where it stands does not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.items import Known, RawDocument
from indexer.pipeline import fingerprint as module
from indexer.pipeline.fingerprint import fingerprint

RAW = RawDocument("news.jsonl:3", "application/json", b'{"title": "Talks"}')


def test_it_is_sixteen_bytes_and_always_the_same() -> None:
    assert len(fingerprint(RAW)) == 16
    assert fingerprint(RAW) == fingerprint(replace(RAW))


@pytest.mark.parametrize("change", [{"source": "other.jsonl:7"}, {"input": "other.jsonl"}], ids=["place", "input"])
def test_where_a_document_stands_does_not_count(change: dict[str, str]) -> None:
    assert fingerprint(replace(RAW, **change)) == fingerprint(RAW)


@pytest.mark.parametrize(
    "change",
    [
        {"content": b'{"title": "Talk"}'},
        {"media_type": "text/plain"},
        {"url": "https://example.org/a"},
        {"charset": "latin-1"},
        {"fetched_at": datetime(2025, 1, 1, tzinfo=UTC)},
        {"known": Known(publisher="Post")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_else_counts(change: dict[str, object]) -> None:
    assert fingerprint(replace(RAW, **change)) != fingerprint(RAW)  # type: ignore[arg-type]


def test_what_is_known_does_not_run_into_what_was_read() -> None:
    one = replace(RAW, charset="a", content=b"bc")
    assert fingerprint(one) != fingerprint(replace(RAW, charset="ab", content=b"c"))


def test_of_markdown_the_name_of_the_file_counts_since_it_may_be_the_title() -> None:
    page = RawDocument("talks.md", "text/markdown", b"They met.")
    assert fingerprint(page) != fingerprint(replace(page, source="votes.md"))
    assert fingerprint(page) == fingerprint(replace(page, source="folder/talks.md"))


def test_names_of_files_that_are_no_text_do_no_harm() -> None:
    assert fingerprint(RawDocument("\udcff.md", "text/markdown", b"They met."))


def test_another_version_of_the_program_looks_at_everything_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(RAW)
    monkeypatch.setattr(module, "_program", lambda: b"another")
    assert fingerprint(RAW) != before


def test_the_program_is_all_of_the_indexer(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    plain = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        read.append(path.as_posix())
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    module._program.__wrapped__()
    assert any(name.endswith("indexer/extraction/page.py") for name in read)
    assert any(name.endswith("indexer/extract.py") for name in read)
