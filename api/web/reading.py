"""The pages for one article or passage: its whole text, how to cite it, and what is like it."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.citations import Cited
from api.citing.formats import FORMATS, written
from api.citing.styles import STYLES, render_html
from api.elsewhere import editions_named
from api.rest.turns import run, searcher_of
from api.search import find_article, find_cited, find_passage
from api.standing import changed_since
from api.web.render import page
from api.web.text import paragraphs
from indexer.errors import NotFound

router = APIRouter(include_in_schema=False)

_LONGEST_NUMBER = 10
"""Digits, and more than any version or ordinal has."""


@router.get("/article/{article_id:path}")
def article_page(request: Request, article_id: str, version: str = "", mark: str = "") -> Response:
    """An article as it is stored, each passage with its own address: /article/ID#p3. ``mark`` marks one, too."""
    searcher = searcher_of(request)
    if version and _number(version) is None:
        raise NotFound(f"no version {version!r} of article {article_id!r}: versions are counted from 1")
    snapshot = searcher.engine.snapshot()
    found, versions = find_article(snapshot, article_id, _number(version)), snapshot.versions(article_id)
    return page(
        "article.html",
        found=found,
        article=found.article.meta,
        paragraphs=list(paragraphs(found)),
        versions=versions,
        since=changed_since(found.version, versions),
        elsewhere_of=editions_named(snapshot.editions(article_id)),
        marked=_number(mark),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER else None


@router.get("/similar/{passage_id:path}")
def similar_page(request: Request, passage_id: str) -> Response:
    """Passages of other articles that say something like a given one."""
    searcher = searcher_of(request)
    like = find_passage(searcher.engine.snapshot(), passage_id)
    answer = run(request, lambda: searcher.similar(passage_id, explain=True))
    return page("similar.html", like=like, answer=answer)


class Style(NamedTuple):
    """A citation in one style: plain to be copied, as HTML where it has italics, and the file it can be had as."""

    key: str
    name: str
    text: str
    html: str | None
    extension: str


@router.get("/cite/{passage_id:path}")
def cite_page(request: Request, passage_id: str, style: str = "") -> Response:
    """A passage as a citation in every style; with ``style``, in that one as a file."""
    snapshot = searcher_of(request).engine.snapshot()
    cited = find_cited(snapshot, passage_id)
    if style:
        return _file(cited, style)
    vanished = find_passage(snapshot, passage_id).vanished
    return page("cite.html", found=cited, citation=cited.citation, styles=styles(cited), vanished=vanished)


def _file(cited: Cited, style: str) -> Response:
    if style not in FORMATS:
        raise NotFound(f"no style {style!r} of citations: there are {', '.join(FORMATS)}")
    known = FORMATS[style]
    name = f'attachment; filename="citation.{known.extension}"'
    return Response(known.write([cited]), media_type=known.media_type, headers={"Content-Disposition": name})


def styles(cited: Cited) -> list[Style]:
    """A passage in every format there is, those for reading first."""
    return [
        Style(
            key,
            known.name,
            written(key, [cited]).strip(),
            render_html(key, cited.article) if key in STYLES else None,
            known.extension,
        )
        for key, known in FORMATS.items()
    ]
