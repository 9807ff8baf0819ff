"""The library: articles, versions, passages and vectors in one SQLite file, all or nothing at every step."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded.ledger import Ledger
from indexer.embedded.library import Library
from indexer.embedded.tables import FORMAT
from indexer.encode import unit_rows
from indexer.errors import IndexDamaged, IndexMismatch, IndexMissing, IndexProblem
from indexer.items import Failure
from indexer.pooling import Encoded
from indexer.types import Article, Passage
from tests.fakes import article, without_sentences

FACTS = {"model": "fake", "weights": "none", "dimension": "8", "splitting": "whole"}
TEXT = "A ferry was seized off Port Melis."


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.make(tmp_path / "library.sqlite", FACTS)
    yield opened
    opened.close()


def drawn(rows: int, seed: int = 1) -> np.ndarray:
    return unit_rows(np.random.default_rng([seed, rows]).standard_normal((rows, 8)))


def put(library: Library, *ids: str, text: str = TEXT) -> None:
    """Store articles of one passage, which is one sentence."""
    passages = [[Passage(name, 0, 0, len(text), text, ((0, len(text)),))] for name in ids]
    vectors = Encoded(drawn(len(ids)), drawn(len(ids), seed=2))
    library.put([article(name, text) for name in ids], passages, vectors)


def passage_numbers(library: Library) -> list[int]:
    return [number for version, _ in library.current() for number in library.vectors(version).numbers]


def numbers_of(library: Library, article_id: str) -> list[int]:
    return [number for number, _ in library.versions(article_id)]


def edit(library: Library, statement: str) -> None:
    """Change the file behind the library's back."""
    with closing(sqlite3.connect(library.path, isolation_level=None)) as connection:
        connection.execute(statement)


# The file


def test_a_new_library_knows_what_it_is_bound_to(library: Library) -> None:
    assert library.facts() == {"format": FORMAT, "revision": "0", "linked": "0", **FACTS}
    assert Library.exists(library.path)
    assert library.integrity() == "ok"
    assert list(library.current()) == []


@pytest.mark.parametrize("left", ["", "PRAGMA journal_mode = WAL"], ids=["nothing", "a header"])
def test_what_a_process_killed_while_creating_leaves_is_no_library_and_can_become_one(
    tmp_path: Path, left: str
) -> None:
    path = tmp_path / "library.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(left)
        path.touch()
    assert not Library.exists(path)
    Library.make(path, FACTS).close()
    assert Library.exists(path)


def test_no_file_is_no_library(tmp_path: Path) -> None:
    assert not Library.exists(tmp_path / "library.sqlite")
    with pytest.raises(IndexMissing, match="dragoman add PATH makes one"):
        Library(tmp_path / "library.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    path.write_bytes(b"SQLite format 4\0" * 500)
    for opening in (Library, Library.exists):
        with pytest.raises(IndexDamaged, match=r"not a database.*restore it from a copy"):
            opening(path)


def test_a_library_of_another_format_is_refused_with_both_formats(library: Library) -> None:
    edit(library, "UPDATE facts SET value = '7' WHERE name = 'format'")
    with pytest.raises(IndexMismatch, match=f"format 7, this program reads {FORMAT}"):
        Library(library.path)


OF_FORMAT_4 = """
DROP TABLE taken;
UPDATE facts SET value = '4' WHERE name = 'format'
"""

OF_FORMAT_3 = f"""{OF_FORMAT_4};
ALTER TABLE versions DROP COLUMN change;
ALTER TABLE versions DROP COLUMN sketch;
ALTER TABLE failures DROP COLUMN input;
DROP TABLE vanished;
DROP TABLE links;
DROP TABLE visits;
DELETE FROM facts WHERE name = 'linked';
UPDATE facts SET value = '3' WHERE name = 'format'
"""
"""Make of a library what older programs wrote."""


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("older", [OF_FORMAT_3, OF_FORMAT_4], ids=["3", "4"])
def test_a_library_of_an_older_format_gets_what_it_lacks_and_keeps_what_it_has(
    library: Library, older: str, *, writable: bool
) -> None:
    put(library, "a", text="The first text.")
    put(library, "a")
    Ledger(library).log_failures([Failure("b.txt", "an empty file")])
    before, tables = library.article(2), schema(library)
    for statement in older.split(";"):
        edit(library, statement)
    opened = Library(library.path, writable=writable)
    assert opened.article(2) == before
    assert [version.change for _, version in opened.versions("a")] == ["substance", "first"]
    assert Ledger(opened).failures() == [Failure("b.txt", "an empty file")]
    assert (opened.facts()["format"], opened.facts()["linked"]) == (FORMAT, "0")
    assert {name: sorted(columns) for name, columns in schema(opened).items()} == {
        name: sorted(columns) for name, columns in tables.items()
    }
    opened.close()


def schema(library: Library) -> dict[str, list[str]]:
    names = [name for (name,) in library.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: [column for (column,) in library.rows(f"SELECT name FROM pragma_table_info('{name}')")] for name in names
    }


# Writing


def test_a_batch_is_stored_whole_or_not_at_all(library: Library) -> None:
    put(library, "before")
    revision, two = library.revision, without_sentences(drawn(2))
    with pytest.raises(ValueError, match="argument"):
        library.put([article("a", TEXT), article("b", TEXT)], [[Passage("a", 0, 0, 5, TEXT[:5])]], two)
    assert [stored.article.id for _, stored in library.current()] == ["before"]
    assert library.counts()["passages"] == 1
    assert library.revision == revision


def test_a_full_disk_is_said_and_loses_nothing(library: Library) -> None:
    put(library, "before")
    pages = library._connection().execute("PRAGMA page_count").fetchone()[0]
    library._connection().execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(IndexProblem, match="disk is full"):
        put(library, "too-long", text="Port Melis. " * 50_000)
    library._connection().execute("PRAGMA max_page_count = 1000000")
    put(library, "after")
    assert [stored.article.id for _, stored in library.current()] == ["after", "before"]


def test_every_change_gives_a_new_revision_and_nothing_else_does(library: Library) -> None:
    seen = [library.revision]
    for change in (
        lambda: put(library, "a"),
        lambda: put(library, "a", text="A newer text about the ferry."),
        lambda: library.delete(["a"]),
    ):
        change()
        seen.append(library.revision)
    assert len(set(seen)) == 4
    library.delete(["a", "unheard of"])
    put(library)
    Ledger(library).log_failures([Failure("b.txt", "an empty file")])
    Ledger(library).unmark_vanished(["a"])
    assert library.revision == seen[-1]
    Ledger(library).mark_vanished(["a"], datetime.now(UTC))
    marked = library.revision
    assert marked != seen[-1]
    Ledger(library).mark_vanished(["a"], datetime.now(UTC))
    assert library.revision == marked


def test_a_library_restored_from_a_copy_never_comes_back_to_a_revision_of_its_other_future(library: Library) -> None:
    put(library, "a")
    copy = library.path.with_name("copy.sqlite")
    edit(library, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(library.path, copy)
    put(library, "b")
    restored = Library(copy, writable=True)
    put(restored, "c")
    assert restored.revision != library.revision
    restored.close()


def test_versions_count_up_and_older_ones_stay(library: Library) -> None:
    for text in ("The first text, long gone.", "The second text, gone too.", "The third text of them."):
        put(library, "a", text=text)
    stored = [library.article(number) for number in numbers_of(library, "a")]
    assert [version.version for version in stored] == [3, 2, 1]
    assert stored[0].article.text == "The third text of them."
    assert library.counts() == {
        "articles": 1,
        "superseded": 2,
        "removed": 0,
        "corrected": 0,
        "vanished": 0,
        "passages": 1,
        "failures": 0,
    }


def test_each_version_has_a_number_a_state_and_a_time(library: Library) -> None:
    put(library, "a", "b")
    put(library, "a", text="A ferry was let go.")
    library.delete(["b"])
    put(library, "b")
    assert [(number, known.version, known.state) for number, known in library.versions("a")] == [
        (3, 2, "current"),
        (1, 1, "superseded"),
    ]
    assert [(number, known.state) for number, known in library.versions("b")] == [(4, "current"), (2, "removed")]
    assert library.versions("c") == []
    for number, known in [*library.versions("a"), *library.versions("b")]:
        stored = library.article(number)
        assert (stored.version, stored.state, stored.added) == (known.version, known.state, known.added)
    assert all(row.added == library.article(3).added for row in library.get(library.vectors(3).numbers))


def test_the_last_version_has_the_highest_number(library: Library) -> None:
    assert library.last_version() == 0
    put(library, "b", "a")
    assert library.last_version() == 2
    library.delete(["a"])
    assert library.last_version() == 2
    put(library, "b")
    assert library.last_version() == 3


def test_a_time_that_cannot_be_read_is_damage(library: Library) -> None:
    put(library, "a")
    edit(library, "UPDATE versions SET added = 'yesterday'")
    for reading in (lambda: library.versions("a"), lambda: library.article(1), lambda: library.get([1])):
        with pytest.raises(IndexDamaged, match="article a: when it came in, or vanished, cannot be read"):
            reading()


def test_removed_articles_stay_too(library: Library) -> None:
    put(library, "a", "b")
    numbers = passage_numbers(library)
    assert library.delete(["a", "a", "c"]) == 1
    assert [row.article.id for row in library.get(numbers)] == ["a", "b"]
    assert [stored.article.id for _, stored in library.current()] == ["b"]
    assert library.counts()["removed"] == 1


def test_passage_numbers_are_never_used_again(library: Library) -> None:
    put(library, "a", "b")
    last = max(passage_numbers(library))
    edit(library, f"DELETE FROM passages WHERE number = {last}")
    put(library, "c")
    assert max(passage_numbers(library)) > last


# Reading


def test_hundreds_of_rows_are_found_in_the_order_asked_for(library: Library) -> None:
    ids = [f"article-{n}" for n in range(1234)]
    put(library, *ids)
    numbers = passage_numbers(library)[::-1]
    assert [row.number for row in library.get([*numbers, 10**12])] == numbers
    assert set(library.digests([*ids, "unheard of"])) == set(ids)


def test_current_articles_come_in_the_order_of_their_ids(library: Library) -> None:
    put(library, "b", "é", "a")
    put(library, "B", "aa")
    assert [stored.article.id for _, stored in library.current()] == ["B", "a", "aa", "b", "é"]


def test_vectors_come_back_in_half_precision_in_the_order_of_the_passages(library: Library) -> None:
    parts = [Passage("a", 0, 0, 7, TEXT[:7]), Passage("a", 1, 8, 20, TEXT[8:20])]
    vectors = drawn(2)
    library.put([article("a", TEXT)], [parts], without_sentences(vectors))
    ((version, _),) = library.current()
    stored = library.vectors(version)
    assert np.array_equal(stored.passages, vectors.astype(np.float16))
    assert [row.passage for row in library.get(stored.numbers)] == parts


@st.composite
def batches(draw: st.DrawFn) -> list[tuple[Article, list[Passage]]]:
    """Articles of a few passages, each of no sentence or some, at any places inside it."""
    rows = []
    for name in draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4)):
        text = draw(st.text("xé漢🕊 ", min_size=30, max_size=60))
        item, parts, edges = article(name, f"The {text}."), list[Passage](), [0, 9, 17, 30]
        for ordinal in range(draw(st.integers(1, 3))):
            start, end = edges[ordinal : ordinal + 2]
            ends = sorted(draw(st.sets(st.integers(start, end), max_size=6)))
            sentences = tuple(zip(ends[::2], ends[1::2], strict=False))
            parts.append(Passage(name, ordinal, start, end, item.text[start:end], sentences))
        rows.append((item, parts))
    return rows


@given(st.lists(batches(), min_size=1, max_size=3))
@settings(deadline=None, max_examples=40)
def test_what_was_put_comes_back_with_the_places_and_vectors_of_its_sentences(
    tmp_path_factory: pytest.TempPathFactory, puts: list[list[tuple[Article, list[Passage]]]]
) -> None:
    library = Library.make(tmp_path_factory.mktemp("library") / "library.sqlite", FACTS)
    last: dict[str, tuple[list[Passage], np.ndarray, np.ndarray]] = {}
    for seed, rows in enumerate(puts):
        flat = [part for _, parts in rows for part in parts]
        encoded = Encoded(drawn(len(flat), seed), drawn(sum(len(part.sentences) for part in flat), seed + 9))
        library.put([item for item, _ in rows], [parts for _, parts in rows], encoded)
        passages, sentences = iter(encoded.passages), iter(encoded.sentences)
        for item, parts in rows:
            own = [next(sentences) for part in parts for _ in part.sentences]
            last[item.id] = parts, np.array([next(passages) for _ in parts]), np.reshape(own, (-1, 8))

    assert [stored.article.id for _, stored in library.current()] == sorted(last)
    for version, stored in library.current():
        parts, vectors, own = last[stored.article.id]
        found = library.vectors(version)
        assert list(stored.passages) == list(library.article(version).passages) == parts
        assert [row.passage for row in library.get(found.numbers)] == parts
        assert [library.passage_in(version, part.ordinal).passage for part in parts] == parts  # type: ignore[union-attr]
        assert found.counts == [len(part.sentences) for part in parts]
        assert np.array_equal(found.passages, vectors.astype(np.float16))
        assert np.array_equal(found.sentences, own.astype(np.float16))
    assert library.sentence_count() == sum(len(own) for _, _, own in last.values())
    library.close()


def test_only_sentences_of_current_articles_are_counted(library: Library) -> None:
    assert library.sentence_count() == 0
    put(library, "a", "b", "c")
    put(library, "a", text="A newer text about the ferry.")
    library.delete(["b"])
    assert library.sentence_count() == 2


def test_offsets_count_code_points(library: Library) -> None:
    text, two = "Ünïcødé 🚢🚢 — 金浦 ferry.", Encoded(drawn(1), drawn(2))
    library.put([article("a", text)], [[Passage("a", 0, 8, 15, text[8:15], ((8, 10), (11, 15)))]], two)
    (row,) = library.get(passage_numbers(library))
    assert row.passage.text == text[8:15] == "🚢🚢 — 金浦"
    assert [text[start:end] for start, end in row.passage.sentences] == ["🚢🚢", "— 金浦"]
    assert library.passage_in(numbers_of(library, "a")[0], 0) == row
    assert library.passage_in(numbers_of(library, "a")[0], 1) is None


# Several at once


def test_another_reader_sees_what_was_committed_while_the_writer_is_open(library: Library) -> None:
    reader = Library(library.path)
    put(library, "a")
    assert numbers_of(reader, "a")
    reader.close()


def test_a_reader_cannot_write(library: Library) -> None:
    reader = Library(library.path)
    with pytest.raises(IndexProblem, match="readonly"):
        put(reader, "a")
    reader.close()


def test_inside_an_unchanging_view_later_changes_do_not_show(library: Library) -> None:
    put(library, "a")
    reader = Library(library.path)
    with reader.unchanging():
        revision = reader.revision
        put(library, "b")
        assert reader.revision == revision
        assert numbers_of(reader, "b") == []
    assert numbers_of(reader, "b")
    reader.close()


def in_thread(work: Callable[[], object]) -> object:
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


def test_threads_read_at_the_same_time_and_leave_no_connection_behind(library: Library) -> None:
    put(library, "a")
    numbers = passage_numbers(library)
    for _ in range(20):
        assert in_thread(lambda: len(library.get(numbers))) == 1
    assert len(library._open) <= 2


def test_a_closed_library_opens_again_when_it_is_read(library: Library) -> None:
    put(library, "a")
    library.close()
    assert numbers_of(library, "a")


# Damage


def test_text_that_is_not_utf8_is_damage(library: Library) -> None:
    put(library, "a")
    edit(library, "UPDATE versions SET text = CAST(x'ff' || text AS TEXT)")
    with pytest.raises(IndexDamaged, match="UTF-8"):
        library.article(numbers_of(library, "a")[0])


@pytest.mark.parametrize("metadata", ["", "{", "[]", "{}", '{"id": "a", "title": "T"}'])
def test_metadata_that_cannot_be_read_is_damage_and_names_the_article(library: Library, metadata: str) -> None:
    put(library, "a")
    numbers = passage_numbers(library)
    (version,) = numbers_of(library, "a")
    edit(library, f"UPDATE versions SET metadata = '{metadata}'")
    for reading in (lambda: library.article(version), lambda: library.get(numbers), lambda: list(library.current())):
        with pytest.raises(IndexDamaged, match="article a: its metadata"):
            reading()


@pytest.mark.parametrize("vector", ["x''", "x'00'", "x'00000000000000000000000000000000ff'"])
def test_a_vector_of_another_length_is_damage(library: Library, vector: str) -> None:
    put(library, "a")
    edit(library, f"UPDATE passages SET vector = {vector}")
    ((version, _),) = library.current()
    with pytest.raises(IndexDamaged, match=r"passage 1 has \d+ bytes, not 16"):
        library.vectors(version)


@pytest.mark.parametrize("vectors", ["x''", "x'00'", "zeroblob(15)", "zeroblob(17)", "zeroblob(32)"])
def test_vectors_of_sentences_of_another_length_are_damage(library: Library, vectors: str) -> None:
    put(library, "a")
    edit(library, f"UPDATE passages SET sentence_vectors = {vectors}")
    ((version, _),) = library.current()
    with pytest.raises(IndexDamaged, match=r"passage 1 has \d+ bytes of vectors for its 1 sentences"):
        library.vectors(version)


@pytest.mark.parametrize("places", ["x'00'", "zeroblob(7)", "zeroblob(12)"])
def test_places_of_sentences_of_another_length_are_damage_and_name_the_article(library: Library, places: str) -> None:
    put(library, "a")
    numbers = passage_numbers(library)
    (version,) = numbers_of(library, "a")
    edit(library, f"UPDATE passages SET sentences = {places}")
    for reading in (
        lambda: library.article(version),
        lambda: library.get(numbers),
        lambda: library.passage_in(version, 0),
        lambda: list(library.current()),
    ):
        with pytest.raises(IndexDamaged, match=r"article a: the places of its sentences take \d+ bytes"):
            reading()
    with pytest.raises(IndexDamaged, match="passage 1 has 16 bytes of vectors"):
        library.vectors(version)


@pytest.mark.parametrize("places", ["x''", "zeroblob(16)"])
def test_more_or_fewer_places_than_vectors_are_damage(library: Library, places: str) -> None:
    put(library, "a")
    edit(library, f"UPDATE passages SET sentences = {places}")
    with pytest.raises(IndexDamaged, match=r"passage 1 has 16 bytes of vectors for its [02] sentences"):
        library.vectors(numbers_of(library, "a")[0])


def test_pages_that_were_overwritten_are_found_by_sqlites_own_check(library: Library) -> None:
    put(library, *(f"article-{n}" for n in range(300)))
    library.close()
    content = library.path.read_bytes()
    library.path.write_bytes(content[:8192] + b"\xff" * 8192 + content[16384:])
    assert library.integrity() != "ok"
    with pytest.raises(IndexDamaged, match="restore it from a copy"):
        list(library.current())


def test_a_source_that_is_taken_at_last_is_no_failure_any_more(library: Library) -> None:
    ledger = Ledger(library)
    ledger.log_failures([Failure("a.txt", "broken"), Failure("b.txt", "broken")])
    put(library, "a")
    assert ledger.failures() == [Failure("b.txt", "broken")]
