"""The file that documents come from: how they and what cannot be taken of it are named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from indexer.items import Failure, Known, RawDocument


@dataclass(frozen=True, slots=True)
class Origin:
    """A file: its name as it is shown, its path as it was given, and what its source says of all that it holds."""

    source: str
    path: str
    known: Known

    def document(
        self,
        media_type: str,
        content: bytes,
        *,
        within: str = "",
        url: str | None = None,
        fetched_at: datetime | None = None,
        charset: str | None = None,
    ) -> RawDocument:
        """A document of the file; ``within`` says where in it, such as ":17"."""
        place = self.source + within
        return RawDocument(place, media_type, content, url, fetched_at, charset, self.known, self.path)

    def failure(self, reason: str, *, within: str = "") -> Failure:
        """The file, or what stands at that place in it, cannot be taken."""
        return Failure(self.source + within, reason, self.path)


def printable(name: str) -> str:
    """A name with whatever does not print (line breaks, undecodable bytes) written as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)


def reason_of(error: BaseException) -> str:
    """What an error says, without the path that it may repeat, in one line."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(said.split())
