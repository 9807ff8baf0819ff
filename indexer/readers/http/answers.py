"""From a status, header fields and the pieces of a body to what is kept of an answer; sockets are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from indexer.errors import FetchError, Refused
from indexer.readers.http.bodies import Body, coding, is_gzip, unpacked
from indexer.readers.http.fetching import PACKED_TYPES, Limits
from indexer.readers.http.headers import ContentType, Fields, content_type, value, values

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_OK = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """``content`` is empty for every status but 200, and unpacked; ``kind`` is of what was unpacked."""

    status: int
    fields: Fields
    kind: ContentType
    content: bytes = b""

    @property
    def location(self) -> str | None:
        """Where it redirects to, None if it does not. Raises FetchError if it says so without one clear address."""
        if self.status not in REDIRECTS:
            return None
        named = set(values(self.fields, "location"))
        if len(named) != 1 or not (location := named.pop()):
            where = f"to {len(named) + 1} addresses" if named else "without saying where"
            raise FetchError(f"the server redirects ({self.status}) {where}")
        return location


def read(
    status: int, fields: Fields, pieces: Iterable[bytes], limits: Limits, check: Callable[[], None], *, any_type: bool
) -> Answer:
    """The answer, once its body has been read where it has one that counts.

    ``check`` is called now and then. Raises Refused for what breaks a limit: its length, its packing, its media type
    (any will do for ``any_type``); and FetchError for what is damaged.
    """
    kind = content_type(fields)
    if status != _OK:
        return Answer(status, fields, kind)
    packed = kind.media_type in PACKED_TYPES
    if not (any_type or packed or kind.media_type is None or kind.media_type in limits.media_types):
        raise Refused(f"{kind.media_type} is not what articles, feeds and sitemaps come as")
    _refuse_long(fields, limits)
    body = Body(coding(values(fields, "content-encoding")), limits.content_bytes, check)
    for piece in pieces:
        body.add(piece)
    content = body.whole()
    if is_gzip(content):
        return Answer(status, fields, ContentType(None, None), unpacked(content, limits.content_bytes, check))
    if packed and not any_type:
        raise Refused(f"{kind.media_type} is taken for packed sitemaps only, and what came is not gzip")
    return Answer(status, fields, kind, content)


def _refuse_long(fields: Fields, limits: Limits) -> None:
    """Do not begin to read what says itself that it is too long."""
    said = value(fields, "content-length")
    if said is not None and said.isascii() and said.isdigit() and int(said[:20]) > limits.wire_bytes:
        raise Refused(f"the answer is longer than {limits.wire_bytes:,} bytes, the limit")
