"""What answers a command: an index here and a server that has it open are told apart by nothing but their place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from api.app import create_app
from api.console.source import articles, searching
from api.search import Searcher
from indexer.engine import Binding, open_engine
from indexer.errors import IndexMissing, NotFound
from tests.fakes import FakeEncoder, article, put
from tests.visits import serving

STORY = (
    "Ministers of Dravia and Kelmen met in Vienna again on Monday and signed an accord on grain, steel and timber,"
    " which their parliaments will have to pass before the winter, a spokeswoman of the host government said at night."
)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Two versions of an article, a copy of the second, and one that was taken out."""
    engine = open_engine(tmp_path / "index", create=Binding.of(FakeEncoder()))
    put(engine, FakeEncoder(), [article("a b/c", "Ministers met in Vienna."), article("gone", "Exports stopped.")])
    put(engine, FakeEncoder(), [article(name, STORY) for name in ("a b/c", "copied")])
    engine.delete(["gone"])
    engine.publish()
    engine.close()
    return tmp_path / "index"


@pytest.fixture
def server(index: Path) -> Iterator[str]:
    with Searcher(open_engine(index), FakeEncoder()) as searcher, serving(create_app(searcher)) as address:
        yield address


def test_articles_are_the_same_from_an_index_and_from_a_server(index: Path, server: str) -> None:
    with articles(None, index) as here, articles(server, None) as there:
        for version in (None, 1, 2):
            mine, theirs = here.article("a b/c", version), there.article("a b/c", version)
            assert mine
            assert theirs
            assert (mine.article.text, mine.version, mine.state, mine.passages, mine.added) == (
                *(theirs.article.text, theirs.version, theirs.state, theirs.passages, theirs.added),
            )
        assert here.versions("a b/c") == there.versions("a b/c")
        assert [one.article.id for one in here.editions("a b/c")] == ["copied"]
        assert here.editions("a b/c") == there.editions("a b/c")
        assert here.cited("a b/c:0").citation == there.cited("a b/c:0").citation


@pytest.mark.parametrize(("name", "version"), [("nowhere", None), ("a b/c", 3), ("gone", None), ("gone", 1)])
def test_neither_has_what_is_not_there_or_was_taken_out(
    index: Path, server: str, name: str, version: int | None
) -> None:
    for given in ((None, index), (server, None)):
        with articles(*given) as kept:
            assert kept.article(name, version) is None


def test_neither_cites_a_passage_that_is_not_there(index: Path, server: str) -> None:
    for given in ((None, index), (server, None)):
        with articles(*given) as kept, pytest.raises(NotFound):
            kept.cited("a b/c:9")


def test_a_server_and_an_index_exclude_each_other() -> None:
    with pytest.raises(typer.BadParameter), articles("http://127.0.0.1:9", Path("index")):
        pass
    with pytest.raises(typer.BadParameter):
        searching("http://127.0.0.1:9", None, "model", None)


def test_an_index_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing), articles(None, tmp_path / "nowhere"):
        pass
