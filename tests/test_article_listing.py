"""An article by its id or that of a passage, and how it is shown: all of its text, each passage under its id."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.citations import Cited
from api.console.article_listing import find_article, show_article
from indexer.errors import NotFound
from indexer.types import Article, Edition, Metadata, Notice, PartialDate, Passage, Reference, StoredArticle, Version

ADDED = datetime(2024, 5, 6, tzinfo=UTC)


def stored(id: str = "a", version: int = 1, state: str = "current", **known: object) -> StoredArticle:  # noqa: A002
    """Two paragraphs: one of two passages, and one of a passage with a crumb behind it."""
    text = "First half. Second half.\n\nAnother. Crumb"
    places = ((0, 11), (12, 24), (26, 34))
    passages = tuple(Passage(id, n, start, end, text[start:end]) for n, (start, end) in enumerate(places))
    meta = Metadata(id, "A [b]title[/b]", **known)  # type: ignore[arg-type]
    return StoredArticle(Article(meta, text, "digest", "source"), version, passages, state, ADDED)  # type: ignore[arg-type]


class Kept:
    """Articles in memory."""

    def __init__(self, *articles: StoredArticle) -> None:
        self.articles = articles

    def article(self, article_id: str, version: int | None = None) -> StoredArticle | None:
        for one in self.articles:
            if one.article.id == article_id and (one.version == version or (not version and one.state == "current")):
                return one
        return None

    def versions(self, article_id: str) -> list[Version]:
        found = [Version(one.version, one.state, ADDED) for one in self.articles if one.article.id == article_id]
        return sorted(found, key=lambda one: -one.version)

    def editions(self, article_id: str) -> list[Edition]:
        raise NotImplementedError

    def cited(self, passage_id: str) -> Cited:
        raise NotImplementedError


TWO = Kept(stored(version=1, state="superseded"), stored(version=2), stored("b:1"), stored("b"))


@pytest.mark.parametrize(
    ("named", "version", "article", "found_version", "marked"),
    [
        ("a", None, "a", 2, None),
        ("a", 1, "a", 1, None),
        ("a:2", None, "a", 2, 2),
        ("a:0", 1, "a", 1, 0),
        ("b:1", None, "b:1", 1, None),
        ("b:0", None, "b", 1, 0),
        ("b:1:2", None, "b:1", 1, 2),
    ],
)
def test_an_article_is_found_by_its_id_before_one_by_that_of_a_passage(
    named: str, version: int | None, article: str, found_version: int, marked: int | None
) -> None:
    found = find_article(TWO, named, version)
    assert (found.article.article.id, found.article.version, found.marked) == (article, found_version, marked)


@pytest.mark.parametrize(
    ("named", "version", "said"),
    [
        ("c", None, "no article 'c' in this index"),
        ("c:0", 1, "no article 'c:0' in this index"),
        (":1", None, "no article ':1'"),
        ("a:3", None, "no passage 'a:3': version 2 has 3"),
        ("a:9999999999999", None, "no article 'a:9999999999999'"),
        ("a:²", None, "no article"),
        ("a", 3, "no version 3 of 'a', it has 1, 2"),
        ("a:1", 3, "no version 3 of 'a', it has 1, 2"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(named: str, version: int | None, said: str) -> None:
    with pytest.raises(NotFound) as raised:
        find_article(TWO, named, version)
    assert str(raised.value).startswith(said)


def test_all_of_the_text_is_shown_each_passage_under_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    known = {"authors": ("Jane Doe", "John Roe"), "publisher": "Post", "url": "https://example.org/a"}
    show_article(stored(references=(Reference("Herald"),), **known), [])
    assert capsys.readouterr().out == (
        "A [b]title[/b]\n"
        "Jane Doe and John Roe\n"
        "Post, date not known\n"
        "Rests on: Herald.\n"
        "https://example.org/a\n"
        "a, version 1\n\n"
        "a:0\n    First half.\na:1\n    Second half.\n\n"
        "a:2\n    Another.\n    Crumb\n"
    )


@pytest.mark.parametrize("marked", [0, 1, 2])
def test_the_passage_that_was_asked_for_is_marked(capsys: pytest.CaptureFixture[str], marked: int) -> None:
    show_article(stored(), [], marked)
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith(">")] == [f"> a:{marked}"]


def test_other_versions_are_said_of_and_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show_article(replace(stored(), state="superseded"), [Version(2, "current", ADDED), Version(1, "superseded", ADDED)])
    captured = capsys.readouterr()
    assert (
        "a, version 1, superseded\nThis is an earlier version: the article's text has changed since\n" in captured.out
    )
    assert captured.err == "version 2, current, its text changed, came in on 2024-05-06: dragoman show a --version 2\n"


def test_what_speaks_against_relying_on_it_stands_before_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    known = {"published": PartialDate("2012"), "published_from": "text", "notice": Notice("retraction", "Not\n\nso.")}
    editions = [Edition(Metadata(f"e{n}", f"Title {n}", publisher=f"[b]Paper {n}[/b]"), 1) for n in range(13)]
    show_article(replace(stored(**known), vanished=ADDED), [], None, editions)
    _, source, notice, gone, also, *_ = capsys.readouterr().out.splitlines()
    assert source == "publisher not known, 2012, date found in the page's text"
    assert notice == "Retracted by the publisher: “Not so.”"
    assert gone == "No longer at its address since 6 May 2024"
    assert also.startswith("Also published by [b]Paper 0[/b], date not known; [b]Paper 1[/b]")
    assert also.endswith("[b]Paper 9[/b], date not known and 3 others")
