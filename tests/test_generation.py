"""Generations: published whole and in order, checked by hash when opened, each one state of the library."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.embedded import publishing
from indexer.embedded.columns import Columns
from indexer.embedded.forward import Forward, hashed
from indexer.embedded.generation import FORMAT, MANIFEST, Generation, Manifest, Outdated, _seal
from indexer.embedded.layout import Layout
from indexer.embedded.library import Library
from indexer.embedded.publishing import KEPT, STEPS
from indexer.encode import unit_rows
from indexer.engine import Binding
from indexer.errors import IndexDamaged, IndexMismatch
from indexer.models import file_sha256
from indexer.pooling import Encoded
from indexer.types import Passage, Tally
from indexer.words import words
from tests.fakes import FakeEncoder, article, encoded

BINDING = Binding("fake", "none", 8, "whole")
PARTS = ("columns.npz", "dense.faiss", "forward/sentence_ends.npy", "lexical/meta.json", "suggestions.npz")
"""A file of each part, the one that is written last, in the order of the parts."""
TEXT = "A ferry was seized off Port Melis."


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture
def library(layout: Layout) -> Iterator[Library]:
    opened = Library.make(layout.library, {"model": "fake", "weights": "none", "dimension": "8", "splitting": "whole"})
    yield opened
    opened.close()


def put(library: Library, *names: str) -> None:
    """Store articles of one passage, which is one sentence."""
    passages = [[Passage(name, 0, 0, len(TEXT), TEXT, ((0, len(TEXT)),))] for name in names]
    vectors = unit_rows(np.random.default_rng(1).standard_normal((len(names), 8)))
    library.put([article(name, TEXT) for name in names], passages, Encoded(vectors, vectors))


def publish(layout: Layout, library: Library, observe: Callable[[str], None] = lambda _: None) -> Path:
    publishing.publish(layout, library, BINDING, observe)
    number = layout.published()
    assert number is not None
    return layout.generation(number)


def files_of(folder: Path) -> set[str]:
    """What a generation consists of; what tantivy keeps for its own locking is hidden."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix() for path in found} - {MANIFEST}


# Publishing


def test_a_published_generation_says_what_it_holds(layout: Layout, library: Library) -> None:
    put(library, "a", "b", "c")
    library.delete(["b"])
    folder = publish(layout, library)
    manifest = Manifest.read(folder)
    assert (manifest.generation, manifest.revision) == (1, library.revision)
    assert manifest.last_version == library.last_version() == 3
    assert (manifest.articles, manifest.passages) == (2, 2)
    assert Binding(manifest.model, manifest.weights, manifest.dimension, manifest.splitting) == BINDING
    opened = Generation.open(folder, library)
    assert opened.numbers() == {1, 3}
    assert opened.counts() == {"dense.faiss": 2, "forward": 2, "lexical": 2}


def test_the_manifest_lists_every_file_with_its_size_and_hash(layout: Layout, library: Library) -> None:
    put(library, "a")
    folder = publish(layout, library)
    manifest = Manifest.read(folder)
    assert set(manifest.files) == files_of(folder)
    assert {*PARTS, "forward/sentences.npy", "forward/words.npy", "forward/frequencies.npy"} <= files_of(folder)
    for name, (size, digest) in manifest.files.items():
        assert ((folder / name).stat().st_size, file_sha256(folder / name)) == (size, digest)
    assert manifest.check_files(folder) == []


def test_the_steps_come_in_their_order_and_each_finds_the_one_before_done(layout: Layout, library: Library) -> None:
    put(library, "a")
    for _ in range(KEPT):
        publish(layout, library)
    new, seen = layout.generation(KEPT + 1), {}

    def look(step: str) -> None:
        there = [(new / part).exists() for part in (*PARTS, MANIFEST)]
        seen[step] = (sum(there), layout.published(), layout.generation(1).exists())

    publish(layout, library, look)
    assert tuple(seen) == STEPS
    assert seen == {
        "begun": (0, KEPT, True),
        "columns": (1, KEPT, True),
        "dense": (2, KEPT, True),
        "forward": (3, KEPT, True),
        "words": (4, KEPT, True),
        "suggestions": (5, KEPT, True),
        "synced": (5, KEPT, True),
        "manifest": (6, KEPT, True),
        "current": (6, KEPT + 1, True),
        "pruned": (6, KEPT + 1, False),
    }


def several(library: Library) -> None:
    """Articles with passages of no, one and several sentences, put out of order, one twice and one removed."""
    encoder = FakeEncoder(dimension=8)
    for names in ("cb", "ad", "b"):
        rows = []
        for name in names:
            item = article(name, [f"A ferry {name * 3} sailed. It came.", "Nobody saw it.", "…"], f"Title {name * 4}")
            ends = (0, len(f"A ferry {name * 3} sailed."), item.text.index("\n\n"))
            start, last = ends[2] + 2, len(item.text) - 1
            spans = (((0, ends[1]), (ends[1] + 1, ends[2])), ((start, last - 2),), ())
            places = ((0, ends[2]), (start, last - 2), (last, last + 1))
            parts = [
                Passage(name, ordinal, low, high, item.text[low:high], own)
                for ordinal, ((low, high), own) in enumerate(zip(places, spans, strict=True))
            ]
            rows.append((item, parts))
        library.put([item for item, _ in rows], [parts for _, parts in rows], encoded(encoder, rows))
    library.delete(["d"])


def test_the_rows_of_the_forward_index_stand_in_the_order_of_the_columns(layout: Layout, library: Library) -> None:
    several(library)
    folder = publish(layout, library)
    columns, forward = Columns.load(folder / "columns.npz"), Forward(folder / "forward")
    numbers, versions = columns.numbers.tolist(), list(dict.fromkeys(columns.versions.tolist()))
    assert len(numbers) == forward.passages == len(forward.sentences.ends) - 1 == 9
    assert numbers != sorted(numbers)
    for row, passage in enumerate(library.get(numbers)):
        assert forward.words.take(np.array([row])).flat.tolist() == hashed(words(passage.passage.text)).tolist()
    assert len(forward.titles.ends) - 1 == len(versions) == 3
    for row, version in enumerate(versions):
        title = library.article(version).article.meta.title
        assert forward.titles.take(np.array([row])).flat.tolist() == hashed(words(title)).tolist()
    stored = [library.vectors(version) for version in versions]
    assert np.diff(forward.sentences.ends).tolist() == [count for some in stored for count in some.counts]
    assert np.array_equal(forward.sentences.flat, np.concatenate([some.sentences for some in stored]))


def test_the_vectors_of_sentences_are_found_by_passage_number(layout: Layout, library: Library) -> None:
    several(library)
    opened = Generation.open(publish(layout, library), library)
    for version, stored in library.current():
        vectors = library.vectors(version)
        assert vectors.counts == [2, 1, 0] == [len(part.sentences) for part in stored.passages]
        assert np.array_equal(opened.sentences(vectors.numbers), vectors.sentences)
        assert np.array_equal(opened.sentences(vectors.numbers[::-1]), vectors.sentences[[2, 0, 1]])
    assert opened.sentences([]).shape == (0, 8)
    with pytest.raises(KeyError):
        opened.sentences([10**6])


def test_a_generation_of_nothing_opens_and_answers(layout: Layout, library: Library) -> None:
    folder = publish(layout, library)
    opened = Generation.open(folder, library)
    vector = np.eye(8, dtype=np.float32)[0]
    assert (opened.info.articles, opened.info.passages) == (0, 0)
    assert opened.dense(vector, 5) == opened.lexical("ferry", 5) == opened.get([1]) == []
    assert (opened.article("a"), opened.passage("a", 0)) == (None, None)
    assert len(opened.vectors([])) == len(opened.sentences([])) == 0
    assert opened.numbers() == set()
    assert opened.counts() == {"dense.faiss": 0, "forward": 0, "lexical": 0}
    assert opened.suggest("ferry", 5) == opened.versions("a") == []
    assert opened.tally([]) == Tally(0)
    assert Forward(folder / "forward").passages == 0


def test_the_same_library_gives_the_same_columns_and_suggestions_to_the_byte(layout: Layout, library: Library) -> None:
    several(library)
    first, second = (publish(layout, library) for _ in range(2))
    for part in ("columns.npz", "suggestions.npz"):
        assert (first / part).read_bytes() == (second / part).read_bytes()


def test_the_newest_generations_are_kept_and_older_ones_go(layout: Layout, library: Library) -> None:
    put(library, "a")
    for _ in range(5):
        publish(layout, library)
    assert layout.numbers() == [4, 5]


def test_what_a_killed_writer_left_goes_with_the_next_publication(layout: Layout, library: Library) -> None:
    put(library, "a")
    publish(layout, library)
    layout.generation(2).mkdir()
    (layout.generation(2) / "dense.faiss").write_text("half of it")
    publish(layout, library)
    assert layout.numbers() == [1, 2]
    Generation.open(layout.generation(2), library)


def test_a_whole_generation_that_never_became_current_is_passed_over(layout: Layout, library: Library) -> None:
    put(library, "a")
    publish(layout, library)
    publish(layout, library)
    layout.current.write_text("000001\n")  # as if the writer had died before this
    assert publish(layout, library).name == "000003"


def test_damaged_generations_that_were_put_aside_are_never_cleared_away(layout: Layout, library: Library) -> None:
    put(library, "a")
    publish(layout, library)
    layout.set_aside(1)
    for _ in range(4):
        publish(layout, library)
    assert (layout.generations / "000001.damaged" / "dense.faiss").exists()


def test_a_generation_is_one_state_whatever_is_written_while_it_is_made(layout: Layout, library: Library) -> None:
    put(library, "a", "b")
    before = library.revision
    other = Library(layout.library, writable=True)

    def write(step: str) -> None:
        if step in STEPS[1:]:
            put(other, f"added-{step}")
            other.delete(["a"])

    folder = publish(layout, library, write)
    other.close()
    opened = Generation.open(folder, library)
    assert opened.manifest.revision == before != library.revision
    assert opened.manifest.last_version == 2 < library.last_version()
    assert opened.suggest("title of", 10) == ["Title of a", "Title of b"]
    assert opened.numbers() == {1, 2}
    assert opened.counts() == {"dense.faiss": 2, "forward": 2, "lexical": 2}
    assert len(opened.sentences([1, 2])) == 2
    assert [row.article.id for row in opened.get([1, 2])] == ["a", "b"]


def test_a_publication_that_fails_leaves_the_old_generation_in_place(layout: Layout, library: Library) -> None:
    put(library, "a")
    publish(layout, library)

    def fail(step: str) -> None:
        if step == "synced":
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        publish(layout, library, fail)
    assert layout.published() == 1
    put(library, "b")  # and the library is not left inside a transaction
    assert Manifest.read(publish(layout, library)).articles == 2


# Opening


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def every_file(layout: Layout, library: Library) -> list[Path]:
    put(library, "a")
    folder = publish(layout, library)
    return [folder / name for name in sorted(files_of(folder))]


def test_one_bit_in_any_file_is_noticed(layout: Layout, library: Library) -> None:
    for path in every_file(layout, library):
        content = path.read_bytes()
        flip(path)
        with pytest.raises(IndexDamaged, match=f"{path.name} is not what was written"):
            Generation.open(layout.generation(1), library)
        path.write_bytes(content)
    Generation.open(layout.generation(1), library)


def test_a_file_of_another_length_is_noticed_with_both_lengths(layout: Layout, library: Library) -> None:
    for path in every_file(layout, library):
        content = path.read_bytes()
        for other in (content[:-1], content + b"\0"):
            path.write_bytes(other)
            with pytest.raises(IndexDamaged, match=f"has {len(other)} bytes, its manifest says {len(content)}"):
                Generation.open(layout.generation(1), library)
        path.write_bytes(content)


def test_a_missing_file_is_noticed(layout: Layout, library: Library) -> None:
    for path in every_file(layout, library):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(IndexDamaged, match=f"{path.name} cannot be read: No such file"):
            Generation.open(layout.generation(1), library)
        path.write_bytes(content)


def test_all_that_is_wrong_is_said_at_once(layout: Layout, library: Library) -> None:
    paths = every_file(layout, library)
    for path in paths:
        path.unlink()
    assert len(Manifest.read(layout.generation(1)).check_files(layout.generation(1))) == len(paths)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("generation", 7),
        ("revision", "0"),
        ("last_version", 7),
        ("articles", 2),
        ("passages", 2),
        ("model", "another"),
        ("weights", "others"),
        ("dimension", 9),
        ("splitting", "another"),
        ("dense", "approximate"),
        ("files", {}),
        ("files", []),
        ("seal", None),
        ("format", FORMAT + 1),
        ("surplus", 1),
    ],
)
def test_a_manifest_that_was_edited_is_noticed(layout: Layout, library: Library, field: str, value: object) -> None:
    put(library, "a")
    path = publish(layout, library) / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(IndexDamaged, match=r"manifest\.json (cannot be read|is not what was written)"):
        Generation.open(path.parent, library)


def of_format(folder: Path, other: int) -> None:
    """Make it a generation that a program of another format wrote."""
    record = {**json.loads((folder / MANIFEST).read_text()), "format": other}
    del record["seal"]
    (folder / MANIFEST).write_text(json.dumps({**record, "seal": _seal(record)}))


@pytest.mark.parametrize("newer", [FORMAT + 1, FORMAT + 7])
def test_a_generation_of_a_newer_format_is_refused_with_both_formats_and_what_to_do(
    layout: Layout, library: Library, newer: int
) -> None:
    put(library, "a")
    folder = publish(layout, library)
    of_format(folder, newer)
    said = f"has format {newer}, this program reads {FORMAT}: use a newer Dragoman"
    with pytest.raises(IndexMismatch, match=said):
        Generation.open(folder, library)


@pytest.mark.parametrize("older", range(1, FORMAT))
def test_a_generation_of_an_older_format_is_to_be_made_anew_and_is_not_called_damaged(
    layout: Layout, library: Library, older: int
) -> None:
    put(library, "a")
    folder = publish(layout, library)
    of_format(folder, older)
    with pytest.raises(Outdated, match=f"has format {older} of an older program, this one reads {FORMAT}") as raised:
        Generation.open(folder, library)
    assert "damage" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "{}", '{"files": {"a": 1}}', "\ufffd\0"])
def test_a_manifest_that_is_none_is_noticed(layout: Layout, library: Library, text: str) -> None:
    put(library, "a")
    path = publish(layout, library) / MANIFEST
    path.write_text(text)
    with pytest.raises(IndexDamaged, match=r"manifest\.json (cannot be read|is not what was written)"):
        Manifest.read(path.parent)


def test_a_generation_under_another_number_is_noticed(layout: Layout, library: Library) -> None:
    put(library, "a")
    shutil.copytree(publish(layout, library), layout.generation(5))
    with pytest.raises(IndexDamaged, match="not what was written for this generation"):
        Generation.open(layout.generation(5), library)
