"""verify names every kind of damage, and opening mends what can be mended from the library, deleting nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.embedded.layout import Layout
from indexer.encode import unit_rows
from indexer.engine import Binding, open_engine
from indexer.errors import IndexDamaged, IndexProblem
from tests.fakes import FakeEncoder, article, put

NEWS = [
    article("ferry", ["A ferry was seized off Port Melis.", "Its crew of twelve is held ashore."], published="2012-05"),
    article(
        "wheat", ["Zarnovia bans the export of wheat.", "Bakers in Ostreland fear for bread."], publisher="Courier"
    ),
    article("canal", "A tanker blocks the canal for a third day."),
]
QUESTION = "Where was the ferry seized?"


@pytest.fixture
def layout(tmp_path: Path, encoder: FakeEncoder) -> Layout:
    """A sound index that nothing holds open."""
    engine = open_engine(tmp_path, create=Binding.of(encoder))
    put(engine, encoder, NEWS)
    engine.close()
    return Layout(tmp_path)


def verify(layout: Layout) -> list[str]:
    engine = open_engine(layout.root)
    try:
        return engine.verify()
    finally:
        engine.close()


def answers(layout: Layout, encoder: FakeEncoder) -> list[object]:
    """What a reader that opens the index finds."""
    engine = open_engine(layout.root)
    try:
        snapshot, vector = engine.snapshot(), encoder.encode_queries([QUESTION])[0]
        hits = [*snapshot.dense(vector, 10), *snapshot.lexical(QUESTION, 10)]
        return [*hits, *snapshot.get([hit.number for hit in hits])]
    finally:
        engine.close()


def edit(layout: Layout, statement: str, *values: object) -> None:
    """Change the library behind its back."""
    with closing(sqlite3.connect(layout.library, isolation_level=None)) as connection:
        assert connection.execute(statement, values).rowcount > 0


def files_below(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_an_index_is_sound_after_every_change(tmp_path: Path, encoder: FakeEncoder) -> None:
    engine = open_engine(tmp_path, create=Binding.of(encoder))
    engine.publish()
    for change in (
        lambda: put(engine, encoder, NEWS),
        lambda: put(engine, encoder, [article("wheat", "The ban on wheat was lifted early.")]),
        lambda: engine.delete(["canal"]),
        lambda: engine.publish(force=True),
    ):
        change()
        engine.publish()
        assert engine.verify() == []
    engine.close()


def test_the_parts_of_a_check_are_observed(layout: Layout) -> None:
    engine, seen = open_engine(layout.root), list[str]()
    engine.verify(seen.append)
    engine.close()
    assert seen == ["library file", "articles and passages", "generation"]


def test_what_was_put_but_not_published_is_said(layout: Layout, encoder: FakeEncoder) -> None:
    engine = open_engine(layout.root, write=True)
    engine.delete(["canal"])
    (finding,) = engine.verify()
    engine.close()
    assert "generation 1 shows revision 1-" in finding
    assert "the library is at 2-" in finding


def test_an_index_that_is_written_to_meanwhile_is_sound(layout: Layout, encoder: FakeEncoder) -> None:
    reader, writer = open_engine(layout.root), open_engine(layout.root, write=True)
    names = iter("abc")

    def write(_: str) -> None:
        writer.delete(["canal", "wheat"])
        put(writer, encoder, [article(next(names), "Something happened in the meantime.")])

    findings = reader.verify(write)
    assert all("shows revision" in finding for finding in findings)
    assert writer.verify() == []
    reader.close()
    writer.close()


# Damage to what is derived: said, put aside and mended


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edited(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"passages": 4}))


def first(folder: Path, pattern: str) -> Path:
    return min(folder.glob(pattern))


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


DERIVED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte of the vectors": (lambda folder: flipped(folder / "dense.faiss"), "dense.faiss is not what was written"),
    "a tantivy file cut short": (lambda folder: shortened(first(folder, "lexical/*.store")), "store has"),
    "a tantivy file gone": (lambda folder: first(folder, "lexical/*.idx").unlink(), "idx cannot be read"),
    "a byte of the sentences": (lambda folder: flipped(folder / "forward/sentences.npy"), "sentences.npy is not what"),
    "words cut short": (lambda folder: shortened(folder / "forward/words.npy"), "words.npy has"),
    "frequencies gone": (lambda folder: (folder / "forward/frequencies.npy").unlink(), "frequencies.npy cannot be"),
    "a byte of the suggestions": (
        lambda folder: flipped(folder / "suggestions.npz"),
        "suggestions.npz is not what was",
    ),
    "the columns gone": (lambda folder: (folder / "columns.npz").unlink(), "columns.npz cannot be read: No such file"),
    "a manifest edited": (lambda folder: edited(folder / "manifest.json"), "manifest.json is not what was written"),
    "a manifest cut short": (lambda folder: shortened(folder / "manifest.json"), "manifest.json cannot be read"),
    "a manifest gone": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json cannot be read"),
}


@pytest.mark.parametrize("damage", DERIVED)
def test_damage_to_a_generation_is_said_and_mended_and_what_was_damaged_is_kept(
    layout: Layout, encoder: FakeEncoder, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = answers(layout, encoder)
    inflict, said = DERIVED[damage]
    inflict(layout.generation(1))
    left = files_below(layout.generation(1))

    findings = verify(layout)
    assert any(said in finding and "dragoman rebuild" in finding for finding in findings)
    assert files_below(layout.generation(1)) == left, "to verify changes nothing"

    assert answers(layout, encoder) == before
    assert "making the searchable part anew from the library" in caplog.text
    assert layout.published() == 2
    assert files_below(layout.generations / "000001.damaged") == left
    assert verify(layout) == []


@pytest.mark.parametrize("text", [None, "", "000009\n", "nothing\n"])
def test_a_current_that_points_to_nothing_is_said_and_mended(
    layout: Layout, encoder: FakeEncoder, text: str | None
) -> None:
    before = answers(layout, encoder)
    layout.current.unlink()
    if text is not None:
        layout.current.write_text(text)
    (finding,) = verify(layout)
    assert "names no generation" in finding or "000009" in finding
    assert answers(layout, encoder) == before
    assert (layout.generation(1) / "manifest.json").exists()
    assert verify(layout) == []


def test_a_current_that_points_back_is_said(layout: Layout, encoder: FakeEncoder) -> None:
    engine = open_engine(layout.root, write=True)
    engine.delete(["canal"])
    engine.publish()
    engine.close()
    layout.current.write_text("000001\n")
    (finding,) = verify(layout)
    assert "generation 1 shows revision 1-" in finding


def test_all_generations_can_be_lost(layout: Layout, encoder: FakeEncoder) -> None:
    before = answers(layout, encoder)
    layout.remove(1)
    layout.generations.rmdir()
    assert answers(layout, encoder) == before
    assert verify(layout) == []


# Damage to the truth: said, and not mended by guessing


def half(*values: float) -> bytes:
    return np.array(values, dtype=np.float16).tobytes()


ANOTHER_VECTOR = unit_rows(np.random.default_rng(9).standard_normal((1, 64))).astype(np.float16).tobytes()

TRUTH: dict[str, tuple[str, tuple[object, ...], str]] = {
    "offsets shifted": (
        "UPDATE passages SET start = start + 1, \"end\" = \"end\" + 1 WHERE number = 1", (),
        "passage ferry:0: the text at its offsets is not the text that was indexed",
    ),
    "offsets beyond the text": (
        "UPDATE passages SET \"end\" = \"end\" + 900 WHERE number = 4", (), "passage wheat:1: offsets 36 to 971"
    ),
    "offsets before the text": ("UPDATE passages SET start = -7 WHERE number = 1", (), "passage ferry:0: offsets -7"),
    "text edited": (
        "UPDATE versions SET text = replace(text, 'twelve', 'eleven')", (),
        "article ferry: its stored text or metadata is not what was put in",
    ),
    "title edited": (
        "UPDATE versions SET metadata = replace(metadata, 'Title of wheat', 'Title of bread')", (),
        "article wheat: its stored text or metadata",
    ),
    "metadata cut short": (
        "UPDATE versions SET metadata = substr(metadata, 2) WHERE article_id = 'wheat'", (),
        "article wheat: its metadata cannot be read",
    ),
    "text no UTF-8": ("UPDATE versions SET text = CAST(x'ff' || text AS TEXT)", (), "library.sqlite cannot be read"),
    "vector zeroed": ("UPDATE passages SET vector = zeroblob(128) WHERE number = 5", (), "canal: a vector is not of"),
    "vector not a number": (
        "UPDATE passages SET vector = ? WHERE number = 5", (half(*[float("nan")] * 64),), "canal: a vector is not of",
    ),
    "vector too short": ("UPDATE passages SET vector = x'00ff' WHERE number = 5", (), "canal: the vector of passage 5"),
    "vector of another text": (
        "UPDATE passages SET vector = ? WHERE number = 5", (ANOTHER_VECTOR,),
        "article canal: its vectors are not those in dense.faiss",
    ),
    "sentence of another text": (
        "UPDATE passages SET sentence_vectors = ? WHERE number = 5", (ANOTHER_VECTOR,),
        "article canal: its sentences are not those in forward/: dragoman remove canal, then add it again",
    ),
    "sentence zeroed": (
        "UPDATE passages SET sentence_vectors = zeroblob(128) WHERE number = 5", (), "canal: a vector is not of",
    ),
    "sentence not a number": (
        "UPDATE passages SET sentence_vectors = ? WHERE number = 5", (half(*[float("nan")] * 64),),
        "canal: a vector is not of",
    ),
    "sentence without its vector": (
        "UPDATE passages SET sentence_vectors = x'' WHERE number = 5", (),
        "article canal: passage 5 has 0 bytes of vectors for its 1 sentences: dragoman remove canal",
    ),
    "vector without its sentence": (
        "UPDATE passages SET sentences = x'' WHERE number = 5", (), "passage 5 has 128 bytes of vectors for its 0",
    ),
    "half a place of a sentence": (
        "UPDATE passages SET sentences = zeroblob(4) WHERE number = 5", (),
        "article canal: the places of its sentences take 4 bytes, not 8 for each: dragoman remove canal",
    ),
    "passage gone": ("DELETE FROM passages WHERE number = 1", (), "article ferry: a passage is missing"),
    "last passage gone": ("DELETE FROM passages WHERE number = 4", (), "columns.npz holds 5 passages"),
    "all passages gone": ("DELETE FROM passages WHERE number = 5", (), "article canal: it has no passages"),
    "link between strangers": ("INSERT INTO links VALUES (1, 2)", (), "columns.npz holds other origins of articles"),
    "article gone": ("DELETE FROM versions WHERE article_id = 'canal'", (), "the library 2 and 4"),
    "article hidden": ("UPDATE versions SET state = 'removed' WHERE article_id = 'canal'", (), "the library 2 and 4"),
}  # fmt: skip


@pytest.mark.parametrize("damage", TRUTH)
def test_damage_to_the_library_is_said(layout: Layout, damage: str) -> None:
    statement, values, said = TRUTH[damage]
    edit(layout, statement, *values)
    assert any(said in finding for finding in verify(layout))


@pytest.mark.parametrize(
    "damage", [name for name, (*_, said) in TRUTH.items() if "a vector is" in said or "bytes" in said]
)
def test_damaged_vectors_are_not_taken_for_those_of_another_version(layout: Layout, damage: str) -> None:
    statement, values, _ = TRUTH[damage]
    edit(layout, statement, *values)
    with closing(open_engine(layout.root)) as engine:
        assert engine.encoded(["canal", "ferry"]).keys() == {"ferry"}


def test_a_damaged_article_is_mended_by_removing_it_and_adding_it_again(layout: Layout, encoder: FakeEncoder) -> None:
    edit(layout, "UPDATE versions SET text = replace(text, 'twelve', 'eleven')")
    assert all("dragoman remove ferry, then add it again" in finding for finding in verify(layout))
    engine = open_engine(layout.root, write=True)
    engine.delete(["ferry"])
    put(engine, encoder, NEWS[:1])
    engine.close()
    assert verify(layout) == []


def test_a_library_restored_from_a_copy_is_not_taken_for_the_one_its_generation_shows(
    layout: Layout, encoder: FakeEncoder
) -> None:
    copy = layout.library.read_bytes()
    engine = open_engine(layout.root, write=True)
    put(engine, encoder, [article("lost", "This was added after the copy.")])
    engine.close()
    layout.library.write_bytes(copy)
    engine = open_engine(layout.root, write=True)
    put(engine, encoder, [article("new", "This was added after the loss.")])  # the same numbers, another text
    engine.close()
    assert verify(layout) == []
    assert "new:0" in {row.passage.id for row in answers(layout, encoder) if hasattr(row, "passage")}


@pytest.fixture(params=[0, 8192], ids=["from the header on", "after the second page"])
def corrupt(request: pytest.FixtureRequest, layout: Layout) -> Layout:
    """An index whose library file was overwritten, and whose generation would have to be made anew."""
    content = layout.library.read_bytes()
    layout.library.write_bytes(content[: request.param].ljust(len(content), b"\xff"))
    (layout.generation(1) / "dense.faiss").unlink()
    return layout


def test_a_corrupt_library_is_an_error_that_says_so_and_not_an_empty_index(
    corrupt: Layout, encoder: FakeEncoder
) -> None:
    with pytest.raises(IndexDamaged, match=r"library\.sqlite.*restore it from a copy"):
        answers(corrupt, encoder)
    with pytest.raises(IndexDamaged, match=r"library\.sqlite.*restore it from a copy"):
        open_engine(corrupt.root, create=Binding.of(encoder)).publish()


def test_verify_says_that_a_library_is_corrupt(corrupt: Layout) -> None:
    try:
        findings = verify(corrupt)
    except IndexProblem as error:
        findings = [str(error)]
    assert "restore it from a copy" in findings[0]
