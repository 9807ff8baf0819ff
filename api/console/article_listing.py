"""What the command line shows of one article: its text with the ids of its passages, and of its other versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text

from api.citations import rests_on
from api.console.listing import byline, indented
from api.console.reports import out, say
from api.console.source import Articles
from api.elsewhere import editions_named
from api.standing import CHANGED, cautions, changed_since, dated, publisher_facts
from api.web.text import paragraphs
from indexer.errors import NotFound
from indexer.types import Edition, StoredArticle, Version

_EDITIONS = 10
"""Other editions that are named."""

_LONGEST_ORDINAL = 10
"""Digits of an ordinal, and more than any has."""


class Found(NamedTuple):
    """An article in one of its versions, and the ordinal of the passage that was asked for, None for the whole."""

    article: StoredArticle
    marked: int | None


def find_article(kept: Articles, named: str, version: int | None = None) -> Found:
    """The article of this id, or the one with the passage of this id (ARTICLE:ORDINAL). Raises NotFound."""
    article_id, _, ordinal = named.rpartition(":")
    if (article := kept.article(named, version)) is not None:
        return Found(article, None)
    if article_id and ordinal.isascii() and ordinal.isdigit() and len(ordinal) < _LONGEST_ORDINAL:
        article = kept.article(article_id, version)
        if article is not None and int(ordinal) < len(article.passages):
            return Found(article, int(ordinal))
        if article is not None:
            many = len(article.passages)
            raise NotFound(f"no passage {named!r}: version {article.version} has {many}, counted from 0")
    if version is not None:
        for name in filter(None, (named, article_id)):
            if kept.article(name) is not None:
                known = ", ".join(str(one.version) for one in reversed(kept.versions(name)))
                raise NotFound(f"no version {version} of {name!r}, it has {known}")
    raise NotFound(f"no article {named!r} in this index: search shows the ids of passages, ARTICLE:NUMBER")


def show_article(
    found: StoredArticle, versions: Sequence[Version], marked: int | None = None, editions: Sequence[Edition] = ()
) -> None:
    """Title, source and text, each passage under its id, the marked one with a sign; other versions are said of."""
    meta = found.article.meta
    out.print(Text(meta.title, style="bold"), soft_wrap=not out.is_terminal)
    if meta.authors:
        _line(" and ".join(meta.authors))
    _line(", ".join(filter(None, (byline(meta), dated(meta)))))
    if said := publisher_facts(meta):
        _line(f"Publisher: {said}")
    for line in cautions(meta, found.vanished):
        _line(line)
    if editions:
        _line(f"Also published by {editions_named(editions).named(byline, '; ', _EDITIONS)}")
    if meta.references:
        _line(rests_on(meta))
    if meta.url:
        out.print(Text(meta.url, style="cyan"), soft_wrap=True)
    _line(f"{meta.id}, version {found.version}{'' if found.state == 'current' else f', {found.state}'}")
    if found.state == "superseded" and (change := changed_since(found.version, versions)):
        _line(f"This is an earlier version: {change}")
    for pieces in paragraphs(found):
        out.print()
        for text, ordinal in pieces:
            _show_piece(text, None if ordinal is None else f"{meta.id}:{ordinal}", marked=ordinal == marked is not None)
    _say_others(found, versions)


def _show_piece(text: str, passage_id: str | None, *, marked: bool) -> None:
    if passage_id is not None:
        name = Text.assemble(("> ", "bold") if marked else "", (passage_id, "cyan"))
        out.print(name, soft_wrap=True)
    if text.strip():
        indented(Text(text.strip(), style="bold" if marked else ""))


def _line(text: str) -> None:
    out.print(Text(text, style="dim"), soft_wrap=not out.is_terminal)


def _say_others(found: StoredArticle, versions: Sequence[Version]) -> None:
    for one in versions:
        if one.version != found.version:
            known = ", ".join(filter(None, (f"version {one.version}", one.state, CHANGED[one.change])))
            say(f"{known}, came in on {one.added:%Y-%m-%d}: dragoman show {found.article.id} --version {one.version}")
