"""Which articles are of one origin: found once when they come in, never twice, and not lost by an interruption."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.duplicates import sketch
from indexer.embedded import links
from indexer.embedded.library import Library
from indexer.embedded.links import is_linked, link, origins
from indexer.types import Article, Metadata, Passage
from tests.engines import STORY
from tests.fakes import article, without_sentences
from tests.test_library import FACTS, drawn


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.make(tmp_path / "library.sqlite", FACTS)
    yield opened
    opened.close()


def put(library: Library, *articles: Article, sketched: bool = True) -> None:
    passages = [[Passage(item.id, 0, 0, len(item.text), item.text)] for item in articles]
    sketches = [sketch(item.text) for item in articles] if sketched else []
    library.put(articles, passages, without_sentences(drawn(len(articles))), sketches)


def kept(library: Library) -> list[tuple[int, int]]:
    return list(library.rows("SELECT earlier, later FROM links ORDER BY earlier, later"))


@pytest.mark.parametrize("sketched", [True, False], ids=["sketched before", "sketched now"])
def test_each_pair_of_one_origin_is_linked_once(library: Library, *, sketched: bool) -> None:
    put(library, article("a", STORY), article("other", "A ferry was seized off Port Melis."), sketched=sketched)
    assert link(library) == 0
    put(library, article("b", STORY), article("c", STORY), sketched=sketched)
    assert link(library) == 3
    assert kept(library) == [(1, 3), (1, 4), (3, 4)]
    assert link(library) == 0


def test_what_was_compared_is_not_compared_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    put(library, article("a", STORY), article("b", STORY))
    link(library)
    compared: list[tuple[str, str]] = []
    monkeypatch.setattr(links, "same_origin", lambda one, other, _: bool(compared.append((one, other))) or True)
    put(library, article("c", STORY))
    link(library)
    assert len(compared) == 2


def test_an_interrupted_comparison_is_made_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    put(library, article("a", STORY), article("b", STORY))
    with monkeypatch.context() as interrupted:
        interrupted.setattr(links, "same_origin", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            link(library)
    assert link(library) == 1


def test_a_sketch_that_is_missing_is_made_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(links, "sketch", lambda text: made.append(text) or sketch(text))
    put(library, article("a", STORY), article("b", f"{STORY} Nobody objected."), sketched=False)
    before = library.revision
    link(library)
    assert library.revision == before, "sketches are no change of what is current"
    put(library, article("c", STORY))
    assert link(library) == 2
    assert len(made) == 2


def test_what_came_in_is_linked_when_it_has_been_compared(library: Library) -> None:
    assert is_linked(library)
    put(library, article("a", STORY))
    assert not is_linked(library)
    link(library)
    assert is_linked(library)


def test_superseded_and_removed_versions_are_of_no_origin(library: Library) -> None:
    put(library, article("a", STORY), article("b", STORY), article("c", STORY))
    link(library)
    put(library, article("a", "The report on the river was withdrawn."))
    library.delete(["c"])
    link(library)
    versions = [(number, stored.article.meta) for number, stored in library.current()]
    assert origins(library, *map(list, zip(*versions, strict=True))).tolist() == [0, 1]  # type: ignore[arg-type]


def test_the_first_of_an_origin_is_the_earliest_and_an_undated_one_is_the_last(library: Library) -> None:
    known: dict[str, dict[str, str]] = {
        "a": {},
        "b": {"published": "2012-05"},
        "c": {"published": "2012-04-30"},
        "d": {"published": "2012-04-30"},
    }
    put(library, *(article(name, STORY, **dates) for name, dates in known.items()))
    put(library, article("e", "A ferry was seized."))
    link(library)
    numbers, metadata = zip(*((number, stored.article.meta) for number, stored in library.current()), strict=True)
    assert origins(library, numbers, metadata).tolist() == [2, 2, 2, 2, 4]


def test_without_links_each_article_is_its_own_origin(library: Library) -> None:
    assert origins(library, [4, 9], [Metadata("a", "A"), Metadata("b", "B")]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("2012-05-23", "2012-05-21T08:30", 2),
        ("2012-05-23", "2012-05-23", 0),
        ("2012-05", "2012-05-23", None),
        (None, "2012-05-23", None),
    ],
)
def test_texts_are_compared_with_the_days_between_them(
    library: Library, monkeypatch: pytest.MonkeyPatch, one: str | None, other: str, apart: int | None
) -> None:
    seen: list[int | None] = []
    monkeypatch.setattr(links, "same_origin", lambda _, __, days: bool(seen.append(days)) or True)
    put(library, article("a", STORY, published=one), article("b", STORY, published=other))
    link(library)
    assert seen == [apart]
