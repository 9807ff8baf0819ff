"""Passages, articles, citations and hits as JSON, the same in every answer of every surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.citations import Cited
from api.explain import MEANS
from api.parameters import Exact
from indexer.records import to_record
from indexer.types import (
    EDITIONS,
    Change,
    Citation,
    Copy,
    Edition,
    Hit,
    Metadata,
    Notice,
    NoticeKind,
    Part,
    Passage,
    State,
    StoredArticle,
    StoredPassage,
    Version,
)

_OTHERS = f"The other articles of its origin, {EDITIONS} at most, the earliest first: who else published the story."


class PassageOut(Exact):
    """A passage and its place: code points of the article's text, as /v1/articles/{id} gives it."""

    id: str
    ordinal: int
    start: int
    end: int
    text: str
    highlights: Annotated[
        list[tuple[int, int]],
        Field(
            description="In a hit, where the sentence that is nearest to the question in meaning stands in the"
            " article's text: one span. Empty where no question was asked."
        ),
    ]
    sentences: Annotated[
        list[tuple[int, int]], Field(description="Where each of its sentences stands in the article's text.")
    ]

    @classmethod
    def of(cls, passage: Passage, highlights: tuple[tuple[int, int], ...] = ()) -> PassageOut:
        return cls(
            id=passage.id,
            ordinal=passage.ordinal,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            highlights=list(highlights),
            sentences=list(passage.sentences),
        )


class ReferenceOut(Exact):
    """An article that another rests on."""

    publisher: str
    published: str | None
    title: str | None
    url: str | None


class NoticeOut(Exact):
    """What a publisher says of its own article."""

    kind: Annotated[
        NoticeKind, Field(description="Whether it was corrected, is made clearer, or is taken back as a whole.")
    ]
    text: Annotated[str, Field(description="In the article's own words.")]

    @classmethod
    def of(cls, notice: Notice) -> NoticeOut:
        return cls(kind=notice.kind, text=notice.text)


class ArticleOut(Exact):
    """What is known about an article; null is unknown."""

    id: str
    title: str
    publisher: str | None
    authors: list[str]
    published: str | None
    updated: str | None
    url: str | None
    language: str | None
    countries: list[str]
    references: Annotated[list[ReferenceOut], Field(description="What it rests on, as far as it says so.")]
    published_from: Annotated[
        str | None,
        Field(
            description="Where the date of publication stood: json-ld, meta, microdata, time, text, url, source;"
            " null where the document gave it as a field of its own."
        ),
    ]
    publisher_country: Annotated[str | None, Field(description="The publisher's seat: a code of ISO 3166.")]
    publisher_kind: Annotated[str | None, Field(description="What the publisher is, such as ministry or newspaper.")]
    notice: Annotated[
        NoticeOut | None,
        Field(description="That its publisher has corrected it, has made it clearer, or takes it back."),
    ]
    version: Annotated[int, Field(description="Counts its texts from 1; a newer one gets the next number.")]
    added: Annotated[str | None, Field(description="When this version came into the index: ISO 8601, UTC.")]
    vanished: Annotated[
        str | None,
        Field(
            description="Since when the article is no longer at its address: ISO 8601, UTC. Null where it is, as far as"
            " is known; it is not looked up for copies and editions."
        ),
    ]

    @classmethod
    def of(
        cls, meta: Metadata, version: int, added: datetime | None = None, vanished: datetime | None = None
    ) -> ArticleOut:
        return cls(**to_record(meta), version=version, added=in_iso(added), vanished=in_iso(vanished))

    @classmethod
    def of_edition(cls, edition: Edition) -> ArticleOut:
        return cls.of(edition.article, edition.version)


class VersionOut(Exact):
    """A version of an article, without its text: /v1/articles/{id}?version=N has that."""

    version: int
    state: State
    added: str | None
    change: Annotated[
        Change,
        Field(
            description="What it differs in from the version before it: first of all; details (what is known about it,"
            " such as a date); title; substance (its text)."
        ),
    ]

    @classmethod
    def of(cls, version: Version) -> VersionOut:
        return cls(version=version.version, state=version.state, added=in_iso(version.added), change=version.change)


class ArticleText(ArticleOut):
    """An article with its whole text, where its passages stand in it, and its other versions, newest first."""

    state: Annotated[State, Field(description="Whether this version is searched, a newer one is, or it was removed.")]
    text: str
    passages: list[PassageOut]
    versions: list[VersionOut]
    editions: Annotated[
        list[ArticleOut],
        Field(description=_OTHERS),
    ]

    @classmethod
    def of_stored(
        cls, stored: StoredArticle, versions: Sequence[Version], editions: Sequence[Edition] = ()
    ) -> ArticleText:
        return cls(
            **to_record(stored.article.meta),
            version=stored.version,
            added=in_iso(stored.added),
            vanished=in_iso(stored.vanished),
            state=stored.state,
            text=stored.article.text,
            passages=[PassageOut.of(passage) for passage in stored.passages],
            versions=list(map(VersionOut.of, versions)),
            editions=list(map(ArticleOut.of_edition, editions)),
        )


_OF_CITATION = tuple(field.name for field in fields(Citation))


class CitationOut(Exact):
    """What is cited and how. With the version, the offsets and the hash it can be checked years later."""

    quote: Annotated[str, Field(description="The passage, to the letter.")]
    text: Annotated[str, Field(description="A reference in words.")]
    url: Annotated[str | None, Field(description="Opens the original at the sentence that answers.")]
    article_id: str
    version: int
    start: Annotated[int, Field(description="First code point of the quote in the text of that version.")]
    end: int
    sha256: Annotated[str, Field(description="Of the quote in UTF-8, in hex.")]

    @classmethod
    def of(cls, citation: Citation) -> CitationOut:
        return cls(**{name: getattr(citation, name) for name in _OF_CITATION})


class PassageAnswer(Exact):
    """A passage with its article and its citation."""

    passage: PassageOut
    article: ArticleOut
    citation: CitationOut

    @classmethod
    def of(cls, found: StoredPassage, text: str | None = None) -> PassageAnswer:
        """``text`` is that of the article, which makes for a better link."""
        return cls(
            passage=PassageOut.of(found.passage),
            article=ArticleOut.of(found.article, found.version, found.added, found.vanished),
            citation=CitationOut.of(Cited.of(found, text).citation),
        )


class PartOut(Exact):
    """One kind of evidence for a passage."""

    name: str
    means: Annotated[str, Field(description="What it says of the passage where its value is high.")]
    value: Annotated[float, Field(description="How much of it the passage has, beside the other candidates.")]
    weight: float
    part: Annotated[float, Field(description="What it adds to the score: value times weight.")]

    @classmethod
    def of(cls, part: Part) -> PartOut:
        score = round(part.score, 9) + 0.0  # never -0.0
        return cls(name=part.name, means=MEANS[part.name], value=part.value, weight=part.weight, part=score)


class CopyOut(Exact):
    """A passage of another article that says the same in nearly the same words."""

    passage: PassageOut
    article: ArticleOut

    @classmethod
    def of(cls, found: Copy) -> CopyOut:
        return cls(passage=PassageOut.of(found.passage), article=ArticleOut.of(found.article, found.version))


class HitOut(Exact):
    """A ranked passage, with those that were held back for it."""

    rank: int
    score: Annotated[
        float,
        Field(
            description="Orders the hits of one answer. It can be negative, is no probability (answerable is one), and"
            " does not compare with the scores of another question."
        ),
    ]
    explain: Annotated[
        list[PartOut] | None, Field(description="The parts that sum to the score; null unless they are asked for.")
    ]
    passage: PassageOut
    article: ArticleOut
    citation: CitationOut
    more: Annotated[
        list[PassageOut],
        Field(
            description="Further passages of this article, and of others of its origin, the best 20: held back, since"
            " per_article was reached."
        ),
    ]
    copies: Annotated[
        list[CopyOut],
        Field(description="Passages of other articles that say the same in nearly the same words, shown here once."),
    ]
    origin: Annotated[
        str,
        Field(
            description="The id of the first article of all that are one story in several editions; the article's own"
            " where it is the only one. Hits with different origins are independent of each other, as far as can be"
            " seen."
        ),
    ]
    editions: Annotated[
        list[ArticleOut],
        Field(description=_OTHERS),
    ]

    @classmethod
    def of(cls, hit: Hit) -> HitOut:
        return cls(
            rank=hit.rank,
            score=hit.score,
            explain=[PartOut.of(part) for part in hit.parts] or None,
            passage=PassageOut.of(hit.passage, hit.highlights),
            article=ArticleOut.of(hit.article, hit.version, hit.added, hit.vanished),
            citation=CitationOut.of(Cited.of(hit).citation),
            more=[PassageOut.of(passage) for passage in hit.more],
            copies=[CopyOut.of(copy) for copy in hit.copies],
            origin=hit.origin,
            editions=list(map(ArticleOut.of_edition, hit.editions)),
        )


def in_iso(moment: datetime | None) -> str | None:
    """ISO 8601 with its zone."""
    return moment.isoformat() if moment else None
