"""One writer, any number of readers: locks, swaps between two questions, and mending without a fight."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from indexer.embedded import engine as embedded
from indexer.embedded import publishing
from indexer.embedded.dense import Dense
from indexer.embedded.engine import EmbeddedEngine
from indexer.embedded.generation import FORMAT, MANIFEST, _seal
from indexer.embedded.layout import Layout
from indexer.engine import Binding, Engine, Snapshot, open_engine
from indexer.errors import IndexLocked, IndexMismatch, IndexMissing, IndexProblem
from tests.engines import STORY
from tests.fakes import FakeEncoder, article, encoded, put


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def writer(root: Path, encoder: FakeEncoder) -> Iterator[Engine]:
    """An engine that holds the lock, over an index with a first edition."""
    opened = open_engine(root, create=Binding.of(encoder))
    edition(opened, encoder, 1)
    yield opened
    opened.close()


@pytest.fixture
def reader(root: Path, writer: Engine) -> Iterator[EmbeddedEngine]:
    opened = open_engine(root)
    assert isinstance(opened, EmbeddedEngine)
    yield opened
    opened.close()


def edition(engine: Engine, encoder: FakeEncoder, number: int) -> None:
    """Publish three articles that all name their edition."""
    put(engine, encoder, [article(name, f"News of the edition number{number}.") for name in "abc"])


def read(snapshot: Snapshot) -> set[str]:
    """The texts that a snapshot finds and reads; one for a snapshot of one edition."""
    hits = snapshot.lexical("edition", 10)
    assert len(hits) == 3
    return {row.passage.text for row in snapshot.get([hit.number for hit in hits])}


def text_of(number: int) -> set[str]:
    return {f"News of the edition number{number}."}


# Opening


@pytest.mark.parametrize("write", [False, True])
def test_where_there_is_no_index_none_is_made(root: Path, write: bool) -> None:
    with pytest.raises(IndexMissing, match=f"no index at {root}: dragoman add PATH makes one there"):
        open_engine(root, write=write)
    assert not root.exists()


def test_an_index_is_named_by_a_folder_or_a_file_address(root: Path, encoder: FakeEncoder) -> None:
    open_engine(f"file://{root}", create=Binding.of(encoder)).close()
    engine = open_engine(str(root))
    assert engine.binding == Binding.of(encoder)
    engine.close()
    with pytest.raises(IndexProblem, match="no engine for 'http://localhost/index': name a folder"):
        open_engine("http://localhost/index")


@pytest.mark.parametrize(
    "other", [FakeEncoder(weights="others"), FakeEncoder(dimension=32)], ids=["weights", "dimension"]
)
def test_an_index_of_another_model_is_refused_with_both_and_not_left_locked(
    root: Path, encoder: FakeEncoder, other: FakeEncoder
) -> None:
    open_engine(root, create=Binding.of(encoder)).close()
    with pytest.raises(IndexMismatch, match=r"(fake-weights|64).*now it is (others|32)"):
        open_engine(root, create=Binding.of(other))
    open_engine(root, write=True).close()


def test_an_engine_opened_for_reading_does_not_write(reader: Engine) -> None:
    for writing in (
        lambda: reader.delete(["a"]),
        reader.publish,
        lambda: reader.log_failures([]),
        lambda: reader.put([], [], encoded(FakeEncoder(), [])),
    ):
        with pytest.raises(IndexLocked, match="opened for reading"):
            writing()


# Locks


def test_a_second_writer_is_refused_at_once(root: Path, writer: Engine, encoder: FakeEncoder) -> None:
    for second in (lambda: open_engine(root, write=True), lambda: open_engine(root, create=Binding.of(encoder))):
        with pytest.raises(IndexLocked, match="another process is writing to it; try again when it is done"):
            second()


def test_the_lock_goes_with_its_engine(root: Path, encoder: FakeEncoder) -> None:
    open_engine(root, create=Binding.of(encoder)).close()
    open_engine(root, write=True).close()


def test_readers_read_while_a_writer_holds_the_lock(writer: Engine, reader: Engine) -> None:
    assert read(reader.snapshot()) == text_of(1)
    assert reader.snapshot().article("a") is not None


def test_a_reader_takes_no_lock(root: Path, reader: Engine, writer: Engine) -> None:
    read(reader.snapshot())
    writer.close()
    open_engine(root, write=True).close()


# Swapping


def test_a_reader_changes_over_to_a_new_generation_between_two_questions(
    writer: Engine, reader: Engine, encoder: FakeEncoder
) -> None:
    first = reader.snapshot()
    assert reader.snapshot() is first, "what has not changed is not opened again"
    edition(writer, encoder, 2)
    second = reader.snapshot()
    assert (second.info.generation, read(second)) == (2, text_of(2))
    assert (first.info.generation, read(first)) == (1, text_of(1))


def test_an_old_snapshot_goes_on_when_its_files_are_pruned(
    root: Path, writer: Engine, reader: Engine, encoder: FakeEncoder
) -> None:
    old = reader.snapshot()
    for number in (2, 3, 4):
        edition(writer, encoder, number)
    assert not Layout(root).generation(1).exists()
    assert read(old) == text_of(1)
    assert read(reader.snapshot()) == text_of(4)


class Racing(Layout):
    """A layout on which something happens right after CURRENT was read for the n-th time."""

    happening: tuple[int, Callable[[], None]] = (0, lambda: None)

    def published(self) -> int | None:
        number = super().published()
        left, happen = Racing.happening
        Racing.happening = (left - 1, happen)
        if left == 1:
            happen()
        return number


@pytest.mark.parametrize("reading", [1, 2, 3])
def test_a_generation_that_is_pruned_while_it_is_opened_is_not_taken_for_damaged(
    root: Path, writer: Engine, reader: EmbeddedEngine, encoder: FakeEncoder, reading: int
) -> None:
    reader._layout = Racing(root)
    Racing.happening = (reading, lambda: [edition(writer, encoder, number) for number in (2, 3)])
    assert read(reader.snapshot()) in (text_of(1), text_of(3))
    assert read(reader.snapshot()) == text_of(3)
    assert not list(Layout(root).generations.glob("*.damaged"))


def test_threads_that_ask_while_editions_appear_never_see_two_editions_mixed(
    writer: Engine, reader: Engine, encoder: FakeEncoder
) -> None:
    done = threading.Event()

    def ask() -> set[frozenset[str]]:
        seen = set()
        while not done.is_set():
            seen.add(frozenset(read(reader.snapshot())))
        return seen

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        try:
            for number in range(2, 7):
                edition(writer, encoder, number)
        finally:
            done.set()
        seen = set.union(*(one.result() for one in asking))
    assert seen <= {frozenset(text_of(number)) for number in range(1, 7)}
    assert read(reader.snapshot()) == text_of(6)


def test_a_question_during_the_first_publication_waits_for_it(root: Path, encoder: FakeEncoder) -> None:
    engine = open_engine(root, create=Binding.of(encoder))
    found: list[int] = []
    asking = threading.Thread(target=lambda: found.append(engine.snapshot().info.generation))

    def ask(step: str) -> None:
        if step == "columns":
            asking.start()
            asking.join(timeout=0.2)  # long enough to do harm, if nothing held it back

    assert engine.publish(ask)
    asking.join()
    assert found == [1]
    assert engine.verify() == []
    engine.close()


# Mending


def damage(root: Path) -> None:
    layout = Layout(root)
    (layout.generation(layout.published() or 0) / "dense.faiss").write_bytes(b"not vectors")


@pytest.fixture
def in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_MENDING", 60.0)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_MENDING", 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_reader_that_cannot_mend_because_a_writer_is_at_work_says_so(
    root: Path, writer: Engine, reader: Engine
) -> None:
    damage(root)
    with pytest.raises(IndexLocked, match=r"dense\.faiss has 11 bytes.*, another process is writing"):
        reader.snapshot()
    assert Layout(root).generation(1).exists()


def test_a_snapshot_in_memory_outlives_damage_on_disk(root: Path, writer: Engine, reader: Engine) -> None:
    held = reader.snapshot()
    (Layout(root).generation(1) / "dense.faiss").unlink()
    assert reader.snapshot() is held
    assert read(held) == text_of(1)


def test_what_one_reader_has_mended_the_others_use(root: Path, writer: Engine) -> None:
    damage(root)
    writer.close()
    readers = [open_engine(root) for _ in range(3)]
    assert {read(one.snapshot()).pop() for one in readers} == text_of(1)
    assert {one.snapshot().info.generation for one in readers} == {2}
    assert [path.name for path in Layout(root).generations.glob("*.damaged")] == ["000001.damaged"]
    for one in readers:
        one.close()


@pytest.mark.usefixtures("in_no_hurry")
def test_readers_that_open_a_damaged_index_at_once_wait_for_the_one_that_mends_it(
    root: Path, writer: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(root)
    writer.close()
    readers = [open_engine(root) for _ in range(3)]
    mending, waiting, publish, take = threading.Event(), threading.Event(), publishing.publish, embedded._take_lock

    def slow(*given: object, anew: bool) -> None:
        mending.set()
        assert waiting.wait(60)
        publish(*given, anew=anew)  # type: ignore[arg-type]

    def told(*given: object) -> object:
        if mending.is_set():
            waiting.set()
        return take(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "publish", slow)
    monkeypatch.setattr(embedded, "_take_lock", told)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(readers[0].snapshot)
        assert mending.wait(60)
        others = [pool.submit(one.snapshot) for one in readers[1:]]
        found = [asked.result(60) for asked in (first, *others)]
    assert {one.info.generation for one in found} == {2}
    for one in readers:
        one.close()


def test_a_reader_waits_once_for_a_writer_that_goes_on(
    root: Path, writer: Engine, reader: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def busy(layout: Layout, why: str, wait: float) -> None:
        waits.append(wait)
        raise IndexLocked(f"{layout.root}: {why}")

    monkeypatch.setattr(embedded, "_take_lock", busy)
    damage(root)
    for _ in range(3):
        with pytest.raises(IndexLocked):
            reader.snapshot()
    assert waits == [embedded._MENDING, 0, 0]


def test_copies_in_an_index_of_an_older_program_are_found_without_anything_new(
    root: Path, encoder: FakeEncoder
) -> None:
    engine = open_engine(root, create=Binding.of(encoder))
    put(engine, encoder, [article("a", STORY), article("b", STORY)])
    forget_links(engine)
    assert engine.publish(force=False)
    assert engine.snapshot().origin("b") == "a"
    assert not engine.publish()
    engine.close()


def test_an_index_of_an_older_program_without_copies_is_not_published_again(root: Path, encoder: FakeEncoder) -> None:
    engine = open_engine(root, create=Binding.of(encoder))
    put(engine, encoder, [article("a", STORY), article("b", "A ferry was seized off Port Melis.")])
    forget_links(engine)
    assert not engine.publish()
    assert engine.snapshot().info.generation == 1
    engine.close()


def forget_links(engine: Engine) -> None:
    """Make it one in which articles have never been compared."""
    assert isinstance(engine, EmbeddedEngine)
    with engine._library.transaction(counted=False) as write:
        write.execute("DELETE FROM links")
        write.execute("UPDATE facts SET value = '0' WHERE name = 'linked'")
        write.execute("UPDATE versions SET sketch = x''")


def test_what_was_put_but_never_published_is_published_by_the_first_reader(root: Path, encoder: FakeEncoder) -> None:
    engine = open_engine(root, create=Binding.of(encoder))
    edition(engine, encoder, 1)
    engine.close()
    Layout(root).current.unlink()
    Layout(root).remove(1)
    reader = open_engine(root)
    assert read(reader.snapshot()) == text_of(1)
    reader.close()


def test_a_writer_mends_with_its_own_lock(root: Path, writer: Engine, encoder: FakeEncoder) -> None:
    damage(root)
    writer.close()
    again = open_engine(root, write=True)
    assert read(again.snapshot()) == text_of(1)
    edition(again, encoder, 2)
    assert read(again.snapshot()) == text_of(2)
    assert again.verify() == []
    again.close()


def test_a_generation_that_cannot_be_written_is_explained_and_the_old_one_stays(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, encoder, [article("a")])
    before = engine.snapshot().info

    def full(self: Dense, path: Path) -> None:
        raise RuntimeError(f"could not write {path}: No space left on device")

    monkeypatch.setattr(Dense, "save", full)
    with pytest.raises(IndexProblem, match=r"No space left on device.*nothing is lost"):
        put(engine, encoder, [article("b")])
    monkeypatch.undo()
    assert engine.snapshot().info == before
    assert engine.publish()
    assert engine.snapshot().info.articles == 2


# Formats


def of_format(root: Path, change: int) -> None:
    """Make the published generation one of an older or newer program."""
    layout = Layout(root)
    path = layout.generation(layout.published() or 0) / MANIFEST
    record = {**json.loads(path.read_text()), "format": FORMAT + change}
    del record["seal"]
    path.write_text(json.dumps({**record, "seal": _seal(record)}))


@pytest.mark.parametrize("write", [False, True], ids=["a reader", "a writer"])
def test_a_generation_of_an_older_program_is_made_anew_by_whoever_opens_it_first(
    root: Path, writer: Engine, encoder: FakeEncoder, caplog: pytest.LogCaptureFixture, write: bool
) -> None:
    edition(writer, encoder, 2)
    writer.close()
    of_format(root, -1)
    opened = open_engine(root, write=write)
    assert read(opened.snapshot()) == text_of(2)
    assert opened.snapshot().info.generation == 3
    assert [known.version for known in opened.snapshot().versions("a")] == [2, 1]
    assert opened.verify() == []
    opened.close()
    assert f"000002 has format {FORMAT - 1} of an older program, this one reads {FORMAT}" in caplog.text
    assert "damage" not in caplog.text
    assert Layout(root).numbers() == [2, 3], "nothing is put aside, and the old one goes as others do"
    assert list(Layout(root).generations.glob("*.damaged")) == []


def test_an_older_generation_is_there_until_the_new_one_is(
    root: Path, writer: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.close()
    of_format(root, -1)

    def full(self: Dense, path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Dense, "save", full)
    reader = open_engine(root)
    with pytest.raises(IndexProblem, match=r"No space left on device.*nothing is lost"):
        reader.snapshot()
    assert Layout(root).published() == 1
    monkeypatch.undo()
    assert read(reader.snapshot()) == text_of(1)
    reader.close()


def test_a_writer_publishes_anew_what_an_older_program_published(root: Path, writer: Engine) -> None:
    writer.close()
    of_format(root, -1)
    again = open_engine(root, write=True)
    assert again.verify() != []
    assert again.publish() is True
    assert again.verify() == []
    again.close()


@pytest.mark.usefixtures("at_once")
def test_a_reader_of_an_older_generation_that_another_process_is_writing_to_says_so(root: Path, writer: Engine) -> None:
    of_format(root, -1)
    reader = open_engine(root)
    with pytest.raises(IndexLocked, match=r"of an older program.*another process is writing"):
        reader.snapshot()
    reader.close()


@pytest.mark.parametrize("write", [False, True], ids=["a reader", "a writer"])
def test_a_generation_of_a_newer_program_is_refused_and_left_as_it_is(root: Path, writer: Engine, write: bool) -> None:
    writer.close()
    of_format(root, 1)
    before = sorted(Layout(root).generations.rglob("*"))
    opened = open_engine(root, write=write)
    said = f"has format {FORMAT + 1}, this program reads {FORMAT}: use a newer Dragoman"
    with pytest.raises(IndexMismatch, match=said):
        opened.snapshot()
    if write:
        with pytest.raises(IndexMismatch, match=said):
            opened.publish()
    opened.close()
    assert (sorted(Layout(root).generations.rglob("*")), Layout(root).published()) == (before, 1)


def test_a_generation_of_another_history_of_the_library_is_set_aside(root: Path, encoder: FakeEncoder) -> None:
    writer = open_engine(root, create=Binding.of(encoder))
    put(writer, encoder, [article("a", "Norway opens talks on the northern border.")])
    writer.close()
    copy = (root / "library.sqlite").read_bytes()
    writer = open_engine(root, write=True)
    put(writer, encoder, [article("b", "Zambia signs a treaty on copper.")])
    writer.close()
    for name in ("library.sqlite-wal", "library.sqlite-shm"):
        (root / name).unlink(missing_ok=True)
    (root / "library.sqlite").write_bytes(copy)
    reader = open_engine(root)
    assert reader.snapshot().info.articles == 1
    assert reader.verify() == []
    assert (root / "generations" / "000002.damaged").is_dir()
    reader.close()


def test_a_reader_of_an_index_that_went_away_says_so_and_makes_no_folder(
    root: Path, reader: EmbeddedEngine, tmp_path: Path
) -> None:
    root.rename(tmp_path / "moved")
    with pytest.raises(IndexMissing, match="is gone"):
        reader.snapshot()
    assert not root.exists()


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path, encoder: FakeEncoder) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(IndexProblem, match="cannot be written there"):
        open_engine(tmp_path / "file" / "index", create=Binding.of(encoder))


@pytest.mark.parametrize("url", ["milvus://host/index", Path("milvus://host/index")])
def test_an_engine_that_does_not_exist_is_no_folder(url: str | Path, encoder: FakeEncoder) -> None:
    with pytest.raises(IndexProblem, match="no engine"):
        open_engine(url, create=Binding.of(encoder))
