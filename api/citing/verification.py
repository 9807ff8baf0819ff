"""Whether a citation that somebody kept still holds: does the quote stand, was the article changed, is it gone?

Whatever the verdict on the quote, it also says what has become of the article since: how it changed, whether its
publisher has corrected or retracted it, and whether it is still at its address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from api.citations import sha256
from api.citing.since import Since
from indexer.engine import Snapshot
from indexer.types import Change, Citation, Notice, StoredArticle

Status = Literal["stands", "changed", "gone", "mismatch"]
"""What has become of a citation.

- ``stands``: the quote is in the version of the article that is searched now, to the letter, there or elsewhere.
- ``changed``: the article has a newer version, in which the quote is no more; it is in the version cited.
- ``gone``: there is no such article here, or a person has removed it.
- ``mismatch``: the citation is not what was written here: its quote does not have its hash, or does not stand at its
  place in the version that it cites, or there never was such a version. It was altered, or is of another index.
"""

_SIMILAR = 0.5
"""Share of the characters that a passage must have in common with the quote to be shown in its place (0 to 1)."""

_COMPARED = 5
"""Passages that are compared with a quote letter by letter: those that share most words with it."""

_LONGEST_COMPARED = 5_000
"""Characters of a quote up to which it is: the time grows with the square, and a passage is never so long."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A citation as somebody kept it: what of a ``Citation`` can be checked."""

    article_id: str
    version: int
    start: int
    end: int
    quote: str
    sha256: str

    @classmethod
    def of(cls, citation: Citation) -> Stored:
        """A citation that was just made."""
        return cls(citation.article_id, citation.version, citation.start, citation.end, citation.quote, citation.sha256)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has become of a citation, and ``detail``, which says it in a sentence.

    ``current`` is the number of the version that is searched now, None where there is none. ``start`` and ``end`` are
    where the quote stands in it (code points), None where it does not. ``nearest`` is its passage that is most like a
    quote that was changed, None if none is like it.

    Of a citation that stands or is changed, ``changes`` say what each later version differs in from the one before it,
    oldest first. ``notice`` is what the publisher says now of the article itself, such as that it is corrected, and
    ``vanished`` since when it is no longer at its address (UTC); both may be so although the quote stands.
    """

    citation: Stored
    status: Status
    detail: str
    current: int | None = None
    start: int | None = None
    end: int | None = None
    nearest: str | None = None
    changes: tuple[Change, ...] = ()
    notice: Notice | None = None
    vanished: datetime | None = None


def kept(citation: Citation | Stored) -> Stored:
    """A citation as it is checked."""
    return citation if isinstance(citation, Stored) else Stored.of(citation)


def verify(citations: Iterable[Stored], snapshot: Snapshot) -> list[Verdict]:
    """What has become of each citation, in their order, in the published state of an index."""
    return [_verified(citation, snapshot) for citation in citations]


def _verified(citation: Stored, snapshot: Snapshot) -> Verdict:
    if sha256(citation.quote) != citation.sha256.lower():
        return Verdict(
            citation, "mismatch", "The quote does not have the hash of the citation: one of them was altered."
        )
    current = snapshot.article(citation.article_id)
    cited = snapshot.article(citation.article_id, citation.version)
    if cited is None:
        return _unknown(citation, current, snapshot)
    if not citation.quote or not _stands_at(citation, cited.article.text):
        return Verdict(
            citation,
            "mismatch",
            f"The quote does not stand at {citation.start} to {citation.end} in version {citation.version}"
            " of the article, which it cites: the citation was altered.",
            current.version if current else None,
        )
    if current is None:
        return Verdict(citation, "gone", "The article was removed from the index; the quote stood in it.")
    versions = snapshot.versions(citation.article_id) if current.version != citation.version else []
    return _compared(citation, current, Since.between(cited, current, versions))


def _stands_at(citation: Stored, text: str) -> bool:
    """Whether the quote stands just where it says: a slice of Python also takes places outside of a text."""
    start, end = citation.start, citation.end
    return start >= 0 and end == start + len(citation.quote) and text[start:end] == citation.quote


def _unknown(citation: Stored, current: StoredArticle | None, snapshot: Snapshot) -> Verdict:
    """Of a version that is not there: of an article that is, or of none."""
    versions = snapshot.versions(citation.article_id)
    if not versions:
        return Verdict(citation, "gone", "There is no article of this id in the index.")
    latest = max(found.version for found in versions)
    detail = f"The article never had a version {citation.version}: the latest is {latest}."
    return Verdict(citation, "mismatch", detail, current.version if current else None)


def _compared(citation: Stored, current: StoredArticle, since: Since) -> Verdict:
    """Of a citation that is right in its own version: whether the current one has the quote."""
    text = current.article.text
    start: int | None = citation.start
    if current.version != citation.version:
        start = _nearest_place(text, citation.quote, citation.start)
    return Verdict(
        citation,
        "changed" if start is None else "stands",
        " ".join(filter(None, (_said(citation, current, start), str(since)))),
        current.version,
        start,
        None if start is None else start + len(citation.quote),
        _most_similar(current, citation.quote) if start is None else None,
        since.changes,
        since.notice,
        since.vanished,
    )


def _said(citation: Stored, current: StoredArticle, start: int | None) -> str:
    """Whether the quote stands, and where, in a sentence."""
    if current.version == citation.version:
        return "The quote stands in the article, to the letter."
    if start is None:
        return (
            f"The quote is in version {citation.version} of the article, which is kept,"
            f" but not in version {current.version}, the current one."
        )
    place = "at the same place" if start == citation.start else f"now at {start}"
    return f"The quote stands in version {current.version} of the article, too, to the letter, {place}."


def _nearest_place(text: str, quote: str, start: int) -> int | None:
    """Where a quote stands in a text: of several places, the one nearest to where it stood."""
    before, behind = text.rfind(quote, 0, start + len(quote)), text.find(quote, start)
    places = [place for place in (before, behind) if place >= 0]
    return min(places, key=lambda place: abs(place - start), default=None)


def _most_similar(current: StoredArticle, quote: str) -> str | None:
    """The passage that has the most characters in common with a quote (Ratcliff and Obershelp, difflib's ratio)."""
    if len(quote) > _LONGEST_COMPARED:
        return None
    words = set(quote.split())
    texts = sorted((part.text for part in current.passages), key=lambda text: -len(words & set(text.split())))
    ratios = [(SequenceMatcher(None, text, quote, autojunk=False).ratio(), text) for text in texts[:_COMPARED]]
    ratio, nearest = max(ratios, key=lambda found: found[0], default=(0.0, None))
    return nearest if ratio >= _SIMILAR else None
