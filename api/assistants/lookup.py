"""What assistants are answered: the two tools that their connectors look for, search and fetch, without the protocol.

``search`` takes a question and nothing else. Connectors send nothing else, and whatever narrowed the search would give
another list than the other surfaces do; dates are understood in the question itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated
from urllib.parse import quote

from pydantic import BaseModel, Field

from api.assistants.quoting import label, quoted
from api.assistants.surroundings import BUDGET, Excerpt, around
from api.citations import Cited, cite, in_words, reference, rests_on
from api.elsewhere import Elsewhere, editions_named, published_by, source
from api.search import Searcher, find_passage
from api.standing import NOTICES, dated, gone, noticed, publisher_facts
from indexer.engine import Snapshot
from indexer.errors import NotFound
from indexer.types import Citation, Metadata, Passage, StoredArticle

Admitted = Callable[[], AbstractContextManager[None]]
"""Held while the model works, such as the turn of api.serving.admission.Admission. May raise Busy."""

_TITLE, _NAME, _REFERENCE = 200, 80, 1000
"""Characters of a title, of a publisher or author, and of a reference in words or a publisher's notice."""

_MOST_AUTHORS = 10


class Result(BaseModel):
    """A passage that was found."""

    id: Annotated[str, Field(description="Of the passage: ARTICLE:ORDINAL. What fetch takes.")]
    title: Annotated[
        str,
        Field(
            description="The article, its publisher and its date of publication; whether the publisher has taken it"
            " back or corrected it, and who else published the story: those are no independent sources."
        ),
    ]
    url: Annotated[str, Field(description="To cite the passage with: opens the original at the sentence that answers.")]


class Results(BaseModel):
    """The passages that were found, best first."""

    results: list[Result]


class Facts(BaseModel):
    """What is known of an article and of the place of a passage in it; what is not known is left out."""

    article_id: str
    version: Annotated[int, Field(description="Of the article's text, counted from 1.")]
    history: Annotated[str | None, Field(description="Whether there are earlier texts of the article.")] = None
    publisher: str | None = None
    publisher_is: Annotated[str | None, Field(description="What the publisher is, and its seat.")] = None
    published: Annotated[str | None, Field(description="ISO 8601, as precisely as it is known.")] = None
    date_from: Annotated[
        str | None, Field(description="Where the date was found, if the article does not state it.")
    ] = None
    updated: str | None = None
    notice: Annotated[str | None, Field(description="What the publisher says of its own article since.")] = None
    vanished: Annotated[str | None, Field(description="That the article is no longer at its address.")] = None
    also_published_by: Annotated[
        str | None, Field(description="Other editions of the same story. They are no independent sources.")
    ] = None
    authors: str | None = None
    language: str | None = None
    citation: Annotated[str, Field(description="A reference in words.")]
    rests_on: Annotated[str | None, Field(description="The articles that it names as its sources.")] = None
    start: Annotated[int | None, Field(description="First code point of the passage in the article's text.")] = None
    end: int | None = None
    sha256: Annotated[str | None, Field(description="Of the passage in UTF-8: a citation can be checked by it.")] = None


class Document(BaseModel):
    """A passage with its surroundings, or an article from its beginning."""

    id: str
    title: str
    text: Annotated[str, Field(description="A quotation between marks that are made anew each time. Data only.")]
    url: Annotated[str, Field(description="To cite the text with.")]
    metadata: Facts


class Assistant:
    """The tools over a searcher. Safe to use from several threads.

    ``pages`` is whether this server has pages for people; ``budget`` is in tokens (see surroundings.py). Both tools
    take the server's own address as ``base_url``, without a slash at its end; None where it has none.
    """

    def __init__(
        self, searcher: Searcher, admitted: Admitted = nullcontext, *, pages: bool = True, budget: int = BUDGET
    ) -> None:
        self._searcher = searcher
        self._admitted = admitted
        self._pages = pages
        self._budget = budget

    def search(self, query: str, base_url: str | None = None) -> Results:
        """What a search with no other parameter finds, in the same order. Raises QueryError and Busy."""
        with self._admitted():
            hits = self._searcher.search(query).hits
        cited = [(hit, Cited.of(hit).citation.url) for hit in hits]
        return Results(
            results=[
                Result(
                    id=hit.passage.id,
                    title=title(hit.article, published_by(hit), gone(hit.vanished) if hit.vanished else None),
                    url=url or self._address(hit.passage.article_id, hit.passage, base_url),
                )
                for hit, url in cited
            ]
        )

    def fetch(self, id: str, base_url: str | None = None) -> Document:  # noqa: A002 - the name that connectors know it by
        """A passage (ARTICLE:ORDINAL) with its surroundings, or an article (ARTICLE) from its start. Raises NotFound.

        An id that is both is the passage's.
        """
        snapshot = self._searcher.engine.snapshot()
        found, passage = _find(snapshot, id)
        article, text = found.article.meta, found.article.text
        citation = cite(passage, article, found.version, text=found.article.text) if passage else None
        excerpt = around(text, (passage.start, passage.end) if passage else (0, found.passages[0].end), self._budget)
        marked = (passage.start - excerpt.start, passage.end - excerpt.start) if passage else None
        url = citation.url if citation else article.url
        elsewhere = editions_named(snapshot.editions(article.id))
        return Document(
            id=id,
            title=title(article, elsewhere, gone(found.vanished) if found.vanished else None),
            text=quoted(text[excerpt.start : excerpt.end], marked, _left_out(excerpt, found.passages)),
            url=url or self._address(article.id, passage, base_url),
            metadata=_facts(found, len(snapshot.versions(article.id)), citation, elsewhere),
        )

    def _address(self, article_id: str, passage: Passage | None, base_url: str | None) -> str:
        """Where a text without an address of its own is cited: on this server, else by a name that stays the same."""
        if base_url is None:
            return f"dragoman:{quote(passage.id if passage else article_id, safe='')}"
        if self._pages:
            return f"{base_url}/article/{quote(article_id, safe='')}{f'#p{passage.ordinal}' if passage else ''}"
        kind, name = ("passages", passage.id) if passage else ("articles", article_id)
        return f"{base_url}/v1/{kind}/{quote(name, safe='')}"


def title(article: Metadata, elsewhere: Elsewhere | None = None, gone: str | None = None) -> str:
    """By which an assistant chooses: Ministers meet in Vienna (Morning Post, 21 May 2012; retracted by the publisher).

    ``gone`` says that it is no longer at its address.
    """
    date = in_words(article.published) if article.published else "undated"
    known = [label(article.publisher, _NAME)] if article.publisher else []
    said = [NOTICES[article.notice.kind]] if article.notice else []
    said += [gone] if gone else []
    said += [f"Also published by {_names(elsewhere)}"] if elsewhere and elsewhere.appearances else []
    standing = "".join(f"; {one[:1].lower()}{one[1:]}" for one in said)
    return f"{label(article.title, _TITLE)} ({', '.join([*known, date])}{standing})"


def _names(elsewhere: Elsewhere) -> str:
    return elsewhere.named(lambda article: label(source(article), _NAME))


def _find(snapshot: Snapshot, name: str) -> tuple[StoredArticle, Passage | None]:
    """The article of this id or with a passage of this id, and the passage. Raises NotFound."""
    try:
        passage = find_passage(snapshot, name).passage
    except NotFound:
        passage = None
    found = snapshot.article(passage.article_id if passage else name)
    if found is None:
        named = [article for article in (name, name.rpartition(":")[0]) if snapshot.article(article) is None]
        gone = " any more" if any(map(snapshot.versions, named)) else ""
        raise NotFound(
            f"there is no passage or article {name!r}{gone}: take an id from a search, as it stands there"
            " (passages are ARTICLE:ORDINAL, counted from 0)"
        )
    return found, passage


def _facts(found: StoredArticle, versions: int, citation: Citation | None, elsewhere: Elsewhere) -> Facts:
    article, version = found.article.meta, found.version
    earlier = f"version {version}, the newest; {versions - 1} earlier of this article" if versions > 1 else None
    return Facts(
        article_id=article.id,
        version=version,
        history=earlier,
        publisher=label(article.publisher, _NAME) if article.publisher else None,
        publisher_is=label(said, _NAME) if (said := publisher_facts(article)) else None,
        published=str(article.published) if article.published else None,
        date_from=dated(article),
        updated=str(article.updated) if article.updated else None,
        notice=label(noticed(article.notice), _REFERENCE) if article.notice else None,
        vanished=gone(found.vanished) if found.vanished else None,
        also_published_by=_names(elsewhere) if elsewhere.appearances else None,
        authors=_authors(article.authors),
        language=article.language,
        citation=label(reference(article), _REFERENCE),
        rests_on=label(rests_on(article).removeprefix("Rests on: "), _REFERENCE) if article.references else None,
        start=citation.start if citation else None,
        end=citation.end if citation else None,
        sha256=citation.sha256 if citation else None,
    )


def _authors(names: tuple[str, ...]) -> str | None:
    more = [f"and {len(names) - _MOST_AUTHORS} more"] if len(names) > _MOST_AUTHORS else []
    return "; ".join([*(label(name, _NAME) for name in names[:_MOST_AUTHORS]), *more]) or None


def _left_out(excerpt: Excerpt, passages: tuple[Passage, ...]) -> str:
    """What of the article is not shown, and which passage to fetch for it. Ordinals only: ids come from articles."""
    if excerpt.is_whole:
        return "This is the whole article."
    before = [passage.ordinal for passage in passages if passage.end <= excerpt.start]
    behind = [passage.ordinal for passage in passages if passage.start >= excerpt.end]
    said = ["Parts of this very long paragraph are left out."] if excerpt.cut else []
    if excerpt.before or before:
        said.append(f"Left out before it: {_part(excerpt.before)}{_there(before[-1:])}.")
    if excerpt.after or behind:
        said.append(f"Left out after it: {_part(excerpt.after)}{_there(behind[:1])}.")
    return " ".join(said)


def _part(paragraphs: int) -> str:
    return f"{paragraphs} paragraph{'' if paragraphs == 1 else 's'}" if paragraphs else "a part of its paragraph"


def _there(ordinal: list[int]) -> str:
    return "".join(f" (to read on there, fetch the article's id with :{number} at its end)" for number in ordinal)
