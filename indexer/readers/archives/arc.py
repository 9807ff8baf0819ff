"""The records of ARC files, the form of web archives before WARC, which FastWARC does not read.

A record is a line "address IP-address date media-type length" (version 2 has five more fields before the length), and
so many bytes. The form: https://archive.org/web/researcher/ArcFileFormat.php
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO

from indexer.readers.archives.captures import MAX_RECORD, Capture, Damaged, Skipped, address

_LINE = 16 * 2**10
_STEP = 64 * 2**10
_HEADER = re.compile(
    rb"(?P<url>[a-z][a-z0-9+.-]{1,20}:\S.*?) (?P<ip>[0-9a-f.:]{2,45}) (?P<date>\d{8,14}) (?P<type>\S+)"
    rb"(?: \S+ \S+ \S+ \S+ \S+)? (?P<length>\d{1,18})\s*",
    re.IGNORECASE,
)
_RECORD_LIKE = re.compile(rb"[a-z][a-z0-9+.-]{1,20}:\S.* \d{8,} \S+(?: \S+){0,5} \S+\s*", re.IGNORECASE)


def arc_records(stream: io.RawIOBase, room: int | None) -> Iterator[Capture | Skipped | Damaged]:
    """The records from where the stream stands; ``room`` is how many bytes it can still hold, where that is known."""
    lines = io.BufferedReader(stream, _STEP)
    read = 0
    in_junk = False
    while line := lines.readline(_LINE):
        read += len(line)
        header = _HEADER.fullmatch(line)
        if header is None:
            if line.strip() and (not in_junk or _RECORD_LIKE.fullmatch(line)):
                yield Damaged("what should be the header of a record is none", doubtful=not in_junk)
                in_junk = True
            continue
        in_junk = False
        length = int(header["length"])
        if room is not None and length > room - read:
            yield Damaged(f"it claims {length:,} bytes, more than the file has left", _url(header))
            in_junk = True
            continue
        block, got = _block(lines, length, wanted=_url(header) is not None)
        read += got
        yield _record(header, block, short=got < length)


def _block(lines: IO[bytes], length: int, *, wanted: bool) -> tuple[bytes, int]:
    """The bytes of a record, one over the cap at most, and how many there were of those that it claims."""
    block = lines.read(min(length, MAX_RECORD + 1)) if wanted else b""
    got = len(block)
    while got < length and (piece := lines.read(min(length - got, _STEP))):
        got += len(piece)
    return block, got


def _url(header: re.Match[bytes]) -> str | None:
    return address(header["url"].decode("utf-8", "replace"))


def _record(header: re.Match[bytes], block: bytes, *, short: bool) -> Capture | Skipped | Damaged:
    if (url := _url(header)) is None:
        return Skipped("records of other things than web addresses")
    if short:
        return Damaged("it is cut short", url)
    http = block[:5].upper() == b"HTTP/"
    return Capture(url, block, http, header["type"].decode("ascii", "replace"), _date(header["date"].decode()))


def _date(digits: str) -> datetime | None:
    """A date of 14 digits, in UTC; None for what is none."""
    with suppress(ValueError):
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return None
