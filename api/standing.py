"""What a reader should know of an article before relying on it, in a line each: corrected, gone, changed, dated how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from api.citations import in_words
from indexer.clean import one_line
from indexer.types import Change, Metadata, Notice, NoticeKind, PartialDate, Version

NOTICES: Mapping[NoticeKind, str] = {
    "correction": "Corrected by the publisher",
    "clarification": "Clarified by the publisher",
    "retraction": "Retracted by the publisher",
}
"""What the publisher did."""

CHANGED: Mapping[Change, str | None] = {
    "first": None,
    "details": "its details changed",
    "title": "its title changed",
    "substance": "its text changed",
}
"""What a version differs in from the one before it."""

_SINCE: Mapping[Change, str] = {
    "details": "what is known about the article has changed since, its title and text have not",
    "title": "the article's title has changed since, its text has not",
    "substance": "the article's text has changed since",
}
_GRAVITY: tuple[Change, ...] = ("details", "title", "substance")

_DATED: Mapping[str, str] = {
    "text": "date found in the page's text",
    "url": "date found in the address",
    "source": "date as its source says",
    "feed": "date as its feed says",
    "sitemap": "date as its sitemap says",
    "archive": "date as its archive says",
}
"""Where a date stood that the document does not state as its own."""


def cautions(article: Metadata, vanished: datetime | None = None) -> list[str]:
    """What speaks against relying on an article as it is stored, a line each: its notice, and that it is gone."""
    lines = [noticed(article.notice)] if article.notice else []
    return [*lines, *([gone(vanished)] if vanished else [])]


def noticed(notice: Notice) -> str:
    """Corrected by the publisher: “An earlier version said ...”."""
    return f"{NOTICES[notice.kind]}: “{one_line(notice.text)}”"


def gone(vanished: datetime) -> str:
    """No longer at its address since 3 May 2026."""
    return f"No longer at its address since {in_words(PartialDate(vanished.date().isoformat()))}"


def dated(article: Metadata) -> str | None:
    """Where its date was found, if the document does not state it as its own; None where there is nothing to say."""
    return _DATED.get(article.published_from or "") if article.published else None


def publisher_facts(article: Metadata) -> str | None:
    """What the settings say that its publisher is, and where: "newspaper, Norway"; None if they say nothing."""
    return ", ".join(filter(None, [article.publisher_kind, _country(article.publisher_country)])) or None


def _country(code: str | None) -> str | None:
    if code is None:
        return None
    from api.web.labels import country_name  # noqa: PLC0415 - names of countries take long to load

    return country_name(code)


def changed_since(version: int, versions: Sequence[Version]) -> str | None:
    """In which way an article changed after a version of it; None where there is no later one."""
    later = [one.change for one in versions if one.version > version and one.change in _GRAVITY]
    return _SINCE[max(later, key=_GRAVITY.index)] if later else None
