"""What a web archive holds of one address: HTTP responses to pages, decoded within limits.

FastWARC reads the HTTP header. Its own decoding of compressed bodies unpacks the whole body at once, a bomb, too, so
that bodies are unpacked here, in steps.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO, NamedTuple
from urllib.parse import quote

from fastwarc.stream_io import BrotliReader, GzipReader, ZstdReader
from fastwarc.warc import WarcRecord

from indexer.binary import HEAD, binary_name
from indexer.readers.packing import foreign
from indexer.readers.sniff import archive_kind, is_page

MAX_RECORD = 16 * 2**20
"""Bytes of a record, and of its page unpacked: crawlers cut pages off at 1 to 10 MiB."""

_PAGE_TYPES = {"text/html": "text/html", "application/xhtml+xml": "text/html", "text/plain": "text/plain"}
_UNSAID = {None, "", "unknown", "application/octet-stream", "application/unknown", "unk", "no-type"}
_ABOUT_CRAWLING = re.compile(r"https?://[^/]+/(?:robots|ads|app-ads|humans|llms|security)\.txt", re.IGNORECASE)
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_NOT_IN_ADDRESSES = re.compile(r"[\s\x00-\x1f\x7f]+")
_STEP = 64 * 2**10
_READERS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gzip": GzipReader,
    "x-gzip": GzipReader,
    "deflate": partial(GzipReader, zlib=True),
    "br": BrotliReader,
    "zstd": ZstdReader,
}


@dataclass(frozen=True, slots=True)
class Capture:
    """A response or resource of an http address as archived: ``block`` is all of it, ``http`` if a header leads it.

    ``declared`` is its media type by the archive, for what has no HTTP header.
    """

    url: str
    block: bytes
    http: bool
    declared: str | None = None
    fetched_at: datetime | None = None
    truncated: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a web archive: HTML or plain text, unpacked, with what the server said of its encoding."""

    url: str
    media_type: str
    content: bytes
    charset: str | None
    fetched_at: datetime | None


class Skipped(NamedTuple):
    """A record that holds no page, such as a request or a picture: ``kind`` says what, in the plural."""

    kind: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that cannot be taken, and why. ``place`` is from where to look for the next one, None if that is known.

    ``doubtful``: nothing readable follows the record before, so that its length may be wrong, too. ``again``: whoever
    looks from that place meets this record again.
    """

    reason: str
    url: str | None = None
    place: int | None = None
    doubtful: bool = False
    again: bool = False


class _Response(NamedTuple):
    status: int | None
    media_type: str | None
    charset: str | None
    codings: list[str]
    body: bytes


def address(stated: str | None) -> str | None:
    """An archive's address for a page: without <>, its white space escaped; None unless it is of http or https."""
    url = _NOT_IN_ADDRESSES.sub(lambda odd: quote(odd[0], safe=""), (stated or "").strip().strip("<>").strip())
    return url if _HTTP.match(url) else None


def page_of(capture: Capture) -> Page | Skipped | Damaged:
    """The page that a capture holds. What is no page is skipped, what should be one and cannot be read is damaged."""
    try:
        response = _response(capture)
    except ValueError as error:
        return Damaged(f"its HTTP header cannot be read: {error}", capture.url)
    if response.status is None:
        return Damaged("it has no HTTP status", capture.url)
    if response.status != 200:
        return Skipped(f"responses with status {response.status}")
    if _is_something_else(capture, response):
        return Skipped("responses that are no pages")
    if capture.truncated:
        return Damaged(f"the crawler cut it short ({capture.truncated})", capture.url)
    if len(capture.block) > MAX_RECORD:
        return Damaged(f"it is longer than {MAX_RECORD // 2**20} MiB", capture.url)
    try:
        content = _decoded(response)
    except ValueError as error:
        return Damaged(f"its body cannot be unpacked: {error}", capture.url)
    return _checked(capture, response, content)


def _is_something_else(capture: Capture, response: _Response) -> bool:
    known = response.media_type in _PAGE_TYPES or response.media_type in _UNSAID
    return not known or bool(_ABOUT_CRAWLING.match(capture.url))


def _response(capture: Capture) -> _Response:
    """Raises ValueError if there is a header that cannot be read."""
    if not capture.http:
        return _Response(200, _lower(capture.declared), _charset_in(capture.declared), [], capture.block)
    try:
        return _parsed(capture.block, "transfer")
    except ValueError:
        response = _parsed(capture.block, "none")  # chunked it says, and perhaps is not
        if response.status == 200 and response.media_type in _PAGE_TYPES and not _is_markup(response.body):
            raise
        return response


def _parsed(block: bytes, decode: str) -> _Response:
    with foreign():
        record = WarcRecord()
        record.set_bytes_content(block)
        record.is_http = True
        bare_lines = not block.partition(b"\n")[0].endswith(b"\r")
        record.parse_http(auto_decode=decode, strict_mode=False, quirks_mode=bare_lines)
        header = record.http_headers
        stated = header.get("Content-Type")
        codings = ",".join(header.get_multiple("Content-Encoding")).lower().split(",")
        body = record.reader.read(len(block))
    wanted = [name for coding in codings if (name := coding.strip()) not in {"", "identity", "none", "utf-8"}]
    return _Response(header.status_code, _lower(stated), _charset_in(stated), wanted, body)


def _lower(media_type: str | None) -> str | None:
    return media_type.partition(";")[0].strip().lower() if media_type else None


def _charset_in(media_type: str | None) -> str | None:
    found = re.search(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", media_type or "", re.IGNORECASE | re.ASCII)
    return found[1].lower() if found else None


def _is_markup(body: bytes) -> bool:
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def _decoded(response: _Response) -> bytes:
    """The body without its content codings; as it is where it plainly has none, whatever the header says.

    Crawlers often unpack bodies and leave the header alone. Raises ValueError for a body that cannot be unpacked.
    """
    body = response.body
    try:
        for coding in reversed(response.codings):
            body = _unpacked(body, coding)
    except ValueError:
        if not _is_markup(response.body):
            raise
        return response.body
    return body


def _unpacked(body: bytes, coding: str) -> bytes:
    if coding not in _READERS:
        raise ValueError(f"{coding[:40]!r} is no known content coding")
    pieces: list[bytes] = []
    length = 0
    with foreign():
        reader = _READERS[coding](io.BytesIO(body))
        while piece := reader.read(_STEP):
            length += len(piece)
            if length > MAX_RECORD:
                raise ValueError(f"it holds more than {MAX_RECORD // 2**20} MiB")
            pieces.append(piece)
    return b"".join(pieces)


def _checked(capture: Capture, response: _Response, content: bytes) -> Page | Skipped | Damaged:
    """The page, unless its bytes are none: servers call anything text/html."""
    head = content[:HEAD]
    if not content.strip():
        return Skipped("empty pages")
    if response.media_type in _UNSAID and not is_page(head):
        return Skipped("responses that are no pages")
    if (name := binary_name(head)) and not archive_kind(head):
        return Damaged(f"it is {name}, not a page", capture.url)
    media_type = _PAGE_TYPES.get(response.media_type or "", "text/html")
    return Page(capture.url, media_type, content, response.charset, capture.fetched_at)
