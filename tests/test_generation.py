"""Generations: published whole and in order, checked by hash when opened, each one state of the library."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.embedded import generation
from indexer.embedded.generation import KEPT, MANIFEST, STEPS, Generation, Manifest
from indexer.embedded.layout import Layout
from indexer.embedded.library import Library
from indexer.encode import unit_rows
from indexer.engine import Binding
from indexer.errors import IndexDamaged
from indexer.models import file_sha256
from indexer.types import Passage
from tests.fakes import article

BINDING = Binding("fake", "none", 8, "whole")
TEXT = "A ferry was seized off Port Melis."


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture
def library(layout: Layout) -> Iterator[Library]:
    opened = Library.create(
        layout.library, {"model": "fake", "weights": "none", "dimension": "8", "splitting": "whole"}
    )
    yield opened
    opened.close()


def put(library: Library, *names: str) -> None:
    passages = [[Passage(name, 0, 0, len(TEXT), TEXT)] for name in names]
    vectors = unit_rows(np.random.default_rng(1).standard_normal((len(names), 8)))
    library.put([article(name, TEXT) for name in names], passages, vectors)


def publish(layout: Layout, library: Library, observe: Callable[[str], None] = lambda _: None) -> Path:
    generation.publish(layout, library, BINDING, observe)
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
    assert (manifest.articles, manifest.passages) == (2, 2)
    assert Binding(manifest.model, manifest.weights, manifest.dimension, manifest.splitting) == BINDING
    opened = Generation.open(folder, library)
    assert opened.numbers() == {"columns.npz": {1, 3}, "dense.faiss": {1, 3}}
    assert opened.counts() == {"lexical/passages": 2, "lexical/articles": 2}


def test_the_manifest_lists_every_file_with_its_size_and_hash(layout: Layout, library: Library) -> None:
    put(library, "a")
    folder = publish(layout, library)
    manifest = Manifest.read(folder)
    assert set(manifest.files) == files_of(folder)
    assert {"columns.npz", "dense.faiss", "lexical/passages/meta.json", "lexical/articles/meta.json"} <= files_of(
        folder
    )
    for name, (size, digest) in manifest.files.items():
        assert ((folder / name).stat().st_size, file_sha256(folder / name)) == (size, digest)
    assert manifest.check_files(folder) == []


def test_the_steps_come_in_their_order_and_each_finds_the_one_before_done(layout: Layout, library: Library) -> None:
    put(library, "a")
    for _ in range(KEPT):
        publish(layout, library)
    new, seen = layout.generation(KEPT + 1), {}

    def look(step: str) -> None:
        parts = ("columns.npz", "dense.faiss", "lexical/passages/meta.json", "lexical/articles/meta.json", MANIFEST)
        there = [(new / part).exists() for part in parts]
        seen[step] = (sum(there), layout.published(), layout.generation(1).exists())

    publish(layout, library, look)
    assert tuple(seen) == STEPS
    assert seen == {
        "begun": (0, KEPT, True),
        "columns": (1, KEPT, True),
        "dense": (2, KEPT, True),
        "passages": (3, KEPT, True),
        "articles": (4, KEPT, True),
        "synced": (4, KEPT, True),
        "manifest": (5, KEPT, True),
        "current": (5, KEPT + 1, True),
        "pruned": (5, KEPT + 1, False),
    }


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
    assert set(map(frozenset, opened.numbers().values())) == {frozenset({1, 2})}
    assert opened.counts() == {"lexical/passages": 2, "lexical/articles": 2}
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
        ("format", 2),
        ("surplus", 1),
    ],
)
def test_a_manifest_that_was_edited_is_noticed(layout: Layout, library: Library, field: str, value: object) -> None:
    put(library, "a")
    path = publish(layout, library) / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(IndexDamaged, match=r"manifest\.json|format 2, this program reads 1"):
        Generation.open(path.parent, library)


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
