"""What has become of an article since a version of it was cited, beside its quote: changes, notices, its address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from indexer.types import Change, Notice, NoticeKind, StoredArticle, Version

_IN: Mapping[Change, str] = {
    "substance": "in substance",
    "title": "in its title",
    "details": "in what is known about it",
    "first": "by being taken out and added again",
}
_DONE: Mapping[NoticeKind, str] = {
    "correction": "corrected it",
    "clarification": "clarified it",
    "retraction": "retracted it",
}


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to an article since one of its versions.

    ``changes`` are those of the later versions, oldest first. ``notice`` is what its publisher says of it now, and
    ``is_new`` whether the version did not say so yet. ``vanished`` is since when it is no longer at its address (UTC).
    """

    changes: tuple[Change, ...] = ()
    notice: Notice | None = None
    is_new: bool = False
    vanished: datetime | None = None

    @classmethod
    def between(cls, cited: StoredArticle, current: StoredArticle, versions: Sequence[Version]) -> Since:
        """What happened from the version cited to the current one; ``versions`` are all of the article, in any order.

        Of one that is newer than the current one, as after a step back to an older state, nothing is known.
        """
        later = [found for found in versions if cited.version < found.version <= current.version]
        changes = tuple(found.change for found in sorted(later, key=lambda found: found.version))
        notice = current.article.meta.notice
        return cls(changes, notice, notice != cited.article.meta.notice, current.vanished)

    def __str__(self) -> str:
        """The same in sentences; empty where nothing happened."""
        return " ".join(filter(None, (self._changed(), self._noticed(), self._gone())))

    def _changed(self) -> str:
        counts = Counter(self.changes)
        parts = [
            f"{words} ({counts[kind]} times)" if counts[kind] > 1 else words
            for kind, words in _IN.items()
            if counts[kind]
        ]
        return f"The article has changed since: {', '.join(parts)}." if parts else ""

    def _noticed(self) -> str:
        if self.notice is None:
            return ""
        since = "since " if self.is_new else ""
        return f"The publisher has {since}{_DONE[self.notice.kind]}: “{self.notice.text}”"

    def _gone(self) -> str:
        return f"It has been gone from its address since {self.vanished:%Y-%m-%d}." if self.vanished else ""
