"""What comes over the wire to the bytes that were meant: gzip and deflate undone within a limit, as they come.

A few kilobytes of gzip can stand for gigabytes (a "gzip bomb"), so nothing here ever holds more than the limit and what
one piece of input adds: zlib is asked for so many bytes and no more.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

from indexer.errors import FetchError, Refused

ENCODINGS = "gzip, deflate"
"""What may be asked for in Accept-Encoding."""

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"
_MAX_MEMBERS = 100
"""A gzip stream may be several one after the other; a server has no reason to send many."""


def coding(values: Sequence[str]) -> str | None:
    """The one compression that the values of Content-Encoding name, "gzip" or "deflate", None for none.

    Raises Refused for any other and for several.
    """
    named = [name for value in values for token in value.split(",") if (name := token.strip().lower())]
    codings = [name.removeprefix("x-") for name in named if name != "identity"]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in {"gzip", "deflate"}:
        shown = ", ".join(codings)[:100]
        raise Refused(f"the answer is packed as {shown!r}, and only gzip or deflate was asked for")
    return codings[0]


class Body:
    """Takes the pieces of a body and gives the whole. ``most`` is how many bytes it may have when it is unpacked."""

    def __init__(self, packing: str | None, most: int, check: Callable[[], None] = lambda: None) -> None:
        self._packing = packing
        self._most = most
        self._check = check
        self._content = bytearray()
        self._begun = b""
        self._stream: zlib._Decompress | None = None
        self._members = 0

    def add(self, piece: bytes) -> None:
        """Take the next piece, calling ``check`` often. Raises FetchError if it is damaged, Refused if too long."""
        if self._packing is None:
            self._keep(piece)
            return
        self._begun += piece
        while self._begun and self._unpacked():
            self._check()

    def whole(self) -> bytes:
        """Everything. Raises FetchError if the packing says that there is more to come."""
        if self._stream is not None and not self._stream.eof:
            raise FetchError("the packed answer ends before it is complete: try again later")
        if self._begun:
            raise FetchError("the packed answer ends before it is complete: try again later")
        return bytes(self._content)

    def _unpacked(self) -> bool:
        """Unpack what there is of one member; False if more of it must come first, or nothing more can."""
        if (self._stream is None or self._stream.eof) and not self._next_member():
            return False
        stream = self._stream
        assert stream is not None
        try:
            self._keep(stream.decompress(self._begun, self._most - len(self._content) + 1))
        except zlib.error as error:
            raise FetchError(f"the packed answer is damaged ({error}): try again later") from None
        self._begun = stream.unused_data if stream.eof else stream.unconsumed_tail
        return True

    def _next_member(self) -> bool:
        """Begin the first stream or, after one has ended, another; what else stands behind the end is passed over."""
        if self._members and (self._packing != "gzip" or not _MAGIC.startswith(self._begun[:2])):
            self._begun = b""
            return False
        if len(self._begun) < len(_MAGIC):
            return False
        if self._members == _MAX_MEMBERS:
            raise Refused(f"the packed answer is of more than {_MAX_MEMBERS} parts")
        self._members += 1
        self._stream = zlib.decompressobj(_GZIP if self._packing == "gzip" else _deflated(self._begun))
        return True

    def _keep(self, piece: bytes) -> None:
        self._content += piece
        if len(self._content) > self._most:
            raise Refused(f"the answer is longer than {self._most:,} bytes when unpacked, the limit")


def _deflated(begun: bytes) -> int:
    """Deflate ought to come inside of zlib's format, whose first two bytes tell (RFC 1950, 2.2); some send it bare."""
    wrapped = begun[0] & 0x0F == 8 and int.from_bytes(begun[:2]) % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS


def is_gzip(content: bytes) -> bool:
    """Whether a file begins as gzip files do (RFC 1952, 2.3.1)."""
    return content.startswith(_MAGIC)


def unpacked(content: bytes, most: int, check: Callable[[], None] = lambda: None) -> bytes:
    """What a gzip file holds. Raises FetchError if it is damaged, Refused if too long or packed twice."""
    body = Body("gzip", most, check)
    body.add(content)
    whole = body.whole()
    if is_gzip(whole):
        raise Refused("it is a gzip file inside another")
    return whole
