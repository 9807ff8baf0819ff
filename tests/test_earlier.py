"""A generation that borrows from the one before is the one that would be made from nothing, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.embedded import coarse, earlier, lexical
from indexer.embedded.earlier import LEAST, MOST, Earlier
from indexer.embedded.engine import EmbeddedEngine
from indexer.embedded.generation import COARSE, Manifest
from indexer.embedded.layout import Layout
from indexer.embedded.library import Library
from indexer.embedded.publishing import STEPS
from indexer.engine import Binding, Engine, open_engine
from indexer.types import Article, Filters
from tests.engines import store
from tests.fakes import FakeEncoder, article, put

FLEETS = ["ferry", "tanker", "trawler", "tug", "dredger", "barge", "pilot boat"]


def news(first: int, last: int, word: str = "sails") -> list[Article]:
    return [
        article(
            f"a{n:03}",
            [f"The {FLEETS[n % 7]} of Port Melis {word} at {n}.", f"Envoy {n} of Zarnovia met Envoy {n * 7}."],
            f"Ship {n}",
            publisher=f"Paper {n % 5}",
            published=f"2012-{1 + n % 12:02}",
        )
        for n in range(first, last)
    ]


@pytest.fixture(autouse=True)
def every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earlier, "LEAST", 1)
    monkeypatch.setattr(earlier, "MOST", 0.5)


@pytest.fixture
def engine(encoder: FakeEncoder, tmp_path: Path) -> Iterator[Engine]:
    with closing(open_engine(tmp_path / "index", create=Binding.of(encoder))) as made:
        put(made, encoder, news(0, 60))
        yield made


def manifest(root: Path) -> Manifest:
    layout = Layout(root / "index")
    return Manifest.read(layout.generation(layout.published() or 0))


def change(engine: Engine, encoder: FakeEncoder) -> None:
    """Some come, some change, some go, in the middle and at both ends."""
    engine.delete(["a000", "a031", "a059"])
    put(engine, encoder, [*news(1, 2, "sinks"), *news(30, 31, "sinks"), *news(60, 63), article("aa", "A new one.")])


def test_what_is_lent_and_what_is_made_from_nothing_are_the_same_files(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path
) -> None:
    change(engine, encoder)
    lent = manifest(tmp_path)
    assert lent.drift == 2 * (3 + 2 + 2 + 3) + 1
    engine.publish(force=True)
    made = manifest(tmp_path)
    assert made.drift == 0
    differing = {
        name for name in made.files if not name.startswith("lexical/") and lent.files[name] != made.files[name]
    }
    assert differing <= {"suggestions.npz"}, "names are counted anew only when a generation is made from nothing"
    assert (lent.articles, lent.passages) == (made.articles, made.passages)


def test_it_is_sound_and_finds_what_one_made_from_nothing_finds(engine: Engine, encoder: FakeEncoder) -> None:
    change(engine, encoder)
    assert engine.verify() == []
    asked = ["sinks", "ferry", "new one", "Ship 61", "trawler Port Melis", "envoy 59"]
    filters = [Filters(), Filters(publishers=("Paper 1",))]
    lent = [found(engine, text, some) for text in asked for some in filters]
    engine.publish(force=True)
    assert lent == [found(engine, text, some) for text in asked for some in filters]


def found(engine: Engine, text: str, filters: Filters) -> set[str]:
    snapshot = engine.snapshot()
    numbers = [hit.number for hit in snapshot.lexical(text, 500, filters)]
    return {stored.passage.id for stored in snapshot.get(numbers)}


def test_what_is_gone_is_found_no_more_and_what_is_new_is(engine: Engine, encoder: FakeEncoder) -> None:
    change(engine, encoder)
    assert found(engine, "sinks", Filters()) == {"a001:0", "a030:0"}
    assert found(engine, "31 sails", Filters()) >= {"a032:0"}
    assert not any(name.startswith(("a000", "a031", "a059")) for name in found(engine, "port melis envoy", Filters()))


def test_many_publications_one_after_the_other_stay_sound(engine: Engine, encoder: FakeEncoder, tmp_path: Path) -> None:
    drifts = []
    for n in range(18):
        engine.delete([f"a{n:03}"])
        put(engine, encoder, news(100 + n, 101 + n))
        drifts.append(manifest(tmp_path).drift)
    assert engine.verify() == []
    assert max(drifts) <= 0.5 * 120
    assert 0 in drifts, "when too much has come and gone one is made from nothing"
    assert drifts[:3] == [4, 8, 12]


def test_the_files_of_the_words_are_linked_and_those_of_the_earlier_one_stay_as_they_were(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "index")
    before = Manifest.read(layout.generation(1))
    change(engine, encoder)
    assert before.check_files(layout.generation(1)) == []
    shared = [path for path in (layout.generation(2) / "lexical").iterdir() if path.stat().st_nlink > 1]
    assert {path.suffix for path in shared} >= {".term", ".idx"}
    assert not any(path.suffix == ".json" for path in shared)


def test_where_nothing_can_be_linked_files_are_copied(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links on this file system")

    monkeypatch.setattr(lexical.Path, "hardlink_to", refuse)
    change(engine, encoder)
    assert engine.verify() == []
    assert found(engine, "sinks", Filters()) == {"a001:0", "a030:0"}


def test_an_old_snapshot_goes_on_answering(engine: Engine, encoder: FakeEncoder) -> None:
    old = engine.snapshot()
    before = [hit.number for hit in old.lexical("ferry", 100)]
    for n in range(4):
        put(engine, encoder, news(200 + n, 201 + n))
    assert [hit.number for hit in old.lexical("ferry", 100)] == before
    assert len(old.dense(np.asarray(encoder.encode_queries(["ferry"])[0]), 500)) == 120


def test_a_generation_that_is_damaged_lends_nothing(engine: Engine, encoder: FakeEncoder, tmp_path: Path) -> None:
    engine.snapshot()
    path = Layout(tmp_path / "index").generation(1) / "forward" / "words.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    change(engine, encoder)
    assert manifest(tmp_path).drift == 0
    assert engine.verify() == []


def test_one_of_another_history_lends_nothing(engine: Engine, encoder: FakeEncoder, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "index")
    library = Library(layout.library, writable=True)
    assert Earlier.find(layout, library) is not None
    with library.transaction(counted=False) as write:
        write.execute("DELETE FROM revisions WHERE revision = ?", (library.revision,))
    assert Earlier.find(layout, library) is None
    library.close()


@pytest.mark.parametrize("gone", ["CURRENT", "the generation", "its manifest"])
def test_where_there_is_none_nothing_is_lent(engine: Engine, tmp_path: Path, gone: str) -> None:
    layout = Layout(tmp_path / "index")
    match gone:
        case "CURRENT":
            layout.current.unlink()
        case "the generation":
            layout.remove(1)
        case _:
            (layout.generation(1) / "manifest.json").write_text("{}")
    with closing(Library(layout.library)) as library:
        assert Earlier.find(layout, library) is None


def test_a_small_one_lends_nothing(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path / "index")
    with closing(Library(layout.library)) as library:
        monkeypatch.setattr(earlier, "LEAST", 121)
        assert Earlier.find(layout, library) is None
        monkeypatch.setattr(earlier, "LEAST", 120)
        assert Earlier.find(layout, library) is not None


def test_lists_of_very_many_vectors_keep_their_centres(
    encoder: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coarse, "FROM", 100)
    built: list[int] = []
    build = coarse.Coarse.build
    monkeypatch.setattr(coarse.Coarse, "build", classmethod(lambda cls, dense: built.append(1) or build(dense)))
    with closing(open_engine(tmp_path / "index", create=Binding.of(encoder))) as engine:
        put(engine, encoder, news(0, 60))
        kind = manifest(tmp_path).dense
        change(engine, encoder)
        assert (len(built), manifest(tmp_path).dense) == (1, kind)
        assert COARSE in manifest(tmp_path).files
        assert engine.verify() == []
        assert len(engine.snapshot().dense(np.asarray(encoder.encode_queries(["sinks"])[0]), 500)) == 121


def test_a_repair_makes_everything_anew(engine: Engine, encoder: FakeEncoder, tmp_path: Path) -> None:
    change(engine, encoder)
    assert manifest(tmp_path).drift > 0
    engine.close()
    layout = Layout(tmp_path / "index")
    (layout.generation(2) / "columns.npz").write_bytes(b"damaged")
    with closing(EmbeddedEngine.open(tmp_path / "index")) as reader:
        assert reader.snapshot().manifest.drift == 0


@pytest.mark.parametrize("last", STEPS)
def test_a_writer_that_ends_while_it_borrows_leaves_the_old_state_or_the_new(
    encoder: FakeEncoder, tmp_path: Path, last: str
) -> None:
    class Ended(BaseException):
        """As if the process had been killed."""

    def stop(step: str) -> None:
        if step == last:
            raise Ended

    root = tmp_path / "index"
    with closing(open_engine(root, create=Binding.of(encoder))) as engine:
        put(engine, encoder, news(0, 60))
        store(engine, encoder, news(60, 63, "sinks"))
        with pytest.raises(Ended):
            engine.publish(stop)
    with closing(open_engine(root, write=True)) as engine:
        assert found(engine, "sinks", Filters()) in (set(), {"a060:0", "a061:0", "a062:0"})
        assert len(found(engine, "sails", Filters())) == 60
        engine.publish()
        assert found(engine, "sinks", Filters()) == {"a060:0", "a061:0", "a062:0"}
        assert engine.verify() == []
        assert manifest(tmp_path).drift == 6


def test_an_index_of_a_few_articles_does_not_depend_on_its_history() -> None:
    assert (LEAST, MOST) == (5_000, 0.1)
