"""Web archives: WARC (by FastWARC) and ARC, plain or packed, Common Crawl's news crawl in particular, to RawDocuments.

Only pages that were answered with status 200 are taken; requests, pictures, redirects and the like are passed over in
silence. A damaged record costs itself: a gzip archive has one part a record, zstd and lz4 have frames, and in a plain
one the next record is looked for.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from typing import IO

from fastwarc.warc import ArchiveIterator, WarcRecord

from indexer.items import Failure, RawDocument
from indexer.readers.archives.arc import arc_records
from indexer.readers.archives.captures import MAX_RECORD, Capture, Damaged, Page, Skipped, address, page_of
from indexer.readers.origin import Origin, printable, reason_of
from indexer.readers.packing import UNREADABLE, Frames, Meter, Packing, Parts, foreign, next_magic

MAX_FAILURES = 20
"""Damaged records of one file that are named one by one."""

_READ_AGAIN = 4
"""Looking for the next record behind a damaged one may read so many times the file again (and 64 MiB): a file made of
nothing but beginnings of records would be read for ever."""
_MOST_SHOWN = 300
_STEP = 64 * 2**10
_KINDS_SHOWN = 5
_LENGTH_DIGITS = 18
_NO_HEADER = "Invalid WARC header"  # in the words of FastWARC
_OTHERS = "records of other things than web addresses"
_KINDS = {
    "request": "requests",
    "revisit": "revisits",
    "metadata": "notes on pages",
    "warcinfo": "notes on the archive",
}

_Item = Capture | Skipped | Damaged
_Framing = Callable[[io.RawIOBase, int | None], Iterator[_Item]]


def read_archive(
    packed: IO[bytes], packing: Packing | None, kind: str, size: int, origin: Origin
) -> Iterator[RawDocument | Failure]:
    """The pages of a WARC or ARC (``kind``) file of so many bytes; memory holds one record of ``MAX_RECORD`` at most.

    A document's source is "path#17 address" for the 17th record. The first ``MAX_FAILURES`` damaged records are
    Failures, the others are counted in one. Raises one of ``UNREADABLE`` if the file itself cannot be read on.
    """
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    items = _Stopping(_items(packed, packing, kind, size))
    for number, item in enumerate(items, start=1):
        found = page_of(item) if isinstance(item, Capture) else item
        counts[type(found).__name__] += 1
        if isinstance(found, Page):
            yield _document(found, number, origin)
        elif isinstance(found, Skipped):
            skipped[found.kind] += 1
        elif counts["Damaged"] <= MAX_FAILURES:
            yield origin.failure(f"the record is left out: {found.reason}", within=_place(number, found.url))
    if counts["Damaged"] > MAX_FAILURES:
        yield origin.failure(f"and {counts['Damaged'] - MAX_FAILURES:,} further records that cannot be taken")
    if items.error is not None:
        raise items.error
    if not counts["Damaged"] and not counts["Page"]:
        held = ", ".join(f"{count:,} {kind}" for kind, count in skipped.most_common(_KINDS_SHOWN))
        yield origin.failure(f"no page in this archive: it holds {held or 'nothing'}")


class _Stopping:
    """Items up to the error that ends them, which is kept for afterwards."""

    def __init__(self, items: Iterator[_Item]) -> None:
        self._items = items
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[_Item]:
        try:
            yield from self._items
        except UNREADABLE as error:
            self.error = error


def _document(page: Page, number: int, origin: Origin) -> RawDocument:
    return origin.document(
        page.media_type,
        page.content,
        within=_place(number, page.url),
        url=page.url,
        fetched_at=page.fetched_at,
        charset=page.charset,
    )


def _place(number: int, url: str | None) -> str:
    return f"#{number} {printable(url[:_MOST_SHOWN])}" if url else f"#{number}"


def _items(packed: IO[bytes], packing: Packing | None, kind: str, size: int) -> Iterator[_Item]:
    """Every record of the file, in order."""
    framing: _Framing = arc_records if kind == "arc" else warc_records
    if packing is None:
        return _of_plain(packed, framing, size)
    return (_of_parts if packing.decompressor else _of_frames)(packed, packing, framing, size)


class _Segment(io.RawIOBase):
    """A stretch of an archive as FastWARC reads it: never raises, but ends where it is damaged, and says how."""

    def __init__(self, stream: IO[bytes] | io.RawIOBase) -> None:
        self._stream = stream
        self._place = stream.tell() if stream.seekable() else 0
        self.damage: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        data = b"" if self.damage else self._read(len(target))
        self._place += len(data)
        target[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size) or b""
        except UNREADABLE as error:
            self.damage = reason_of(error)
            return b""

    def tell(self) -> int:
        return self._place


class _Again:
    """How much may be read again in looking for records. ``take`` raises ValueError once that is used up."""

    def __init__(self, size: int) -> None:
        self._left = _READ_AGAIN * size + 64 * 2**20

    def take(self, count: int) -> None:
        self._left -= max(count, _STEP)
        if self._left < 0:
            raise ValueError("it is damaged in so many places that the rest was given up")


def _of_plain(file: IO[bytes], framing: _Framing, size: int) -> Iterator[_Item]:
    again = _Again(size)
    place: int | None = 0
    while place is not None:
        file.seek(place)
        segment = _Segment(file)
        lost = None
        for item in _trusted(framing(segment, size - place), segment):
            lost = item.place if isinstance(item, Damaged) else None
            if not (isinstance(item, Damaged) and item.again):
                yield item
        if segment.damage is not None:
            raise ValueError(segment.damage)
        if lost is None:
            return
        again.take(file.tell() - lost)
        found = next_magic(file, b"\nWARC/", lost)
        place = found + 1 if found is not None else None


def _of_parts(packed: IO[bytes], packing: Packing, framing: _Framing, size: int) -> Iterator[_Item]:
    """Of an archive that has one part a record, or few parts: what a record claims never reaches the next part."""
    meter, again = Meter(size), _Again(size)
    place: int | None = 0
    while place is not None:
        packed.seek(place)
        part = Parts(packed, packing, meter, single=True)
        segment = _Segment(part)
        yield from _trusted(_to_the_end(framing(segment, None), segment), segment)
        if meter.left < 0:
            raise ValueError(segment.damage)
        behind = part.end
        if segment.damage is not None:
            behind = place + 1
            again.take(packed.tell() - place)
        place = next_magic(packed, packing.magic, behind)
        if segment.damage is None and _holds_junk(packed, behind, place):
            yield Damaged("what stands behind a record is none")


def _to_the_end(items: Iterator[_Item], segment: _Segment) -> Iterator[_Item]:
    """Read to the end of a part, whatever its records are: there stands its checksum, and behind it the next part."""
    yield from items
    while segment.read(_STEP):
        pass


def _holds_junk(packed: IO[bytes], start: int, end: int | None) -> bool:
    """Whether anything but zeros stands between two parts, or behind the last one."""
    packed.seek(start)
    return bool(packed.read(min(end - start, _STEP) if end is not None else _STEP).strip(b"\0"))


def _of_frames(packed: IO[bytes], packing: Packing, framing: _Framing, size: int) -> Iterator[_Item]:
    meter, again = Meter(size), _Again(size)
    place: int | None = 0
    while place is not None:
        packed.seek(place)
        frames = Frames(packed, packing, meter)
        segment = _Segment(frames)
        lost = False
        for item in _trusted(framing(segment, None), segment):
            lost = isinstance(item, Damaged) and item.place is not None
            yield item
        if meter.left < 0:
            raise ValueError(segment.damage)
        if not lost and segment.damage is None:
            return
        behind = max(frames.frame, place) + 1
        again.take(packed.tell() - behind)
        place = next_magic(packed, packing.magic, behind)


def _trusted(items: Iterator[_Item], segment: _Segment) -> Iterator[_Item]:
    """Every capture once what follows it shows that it ends where it says; one with a wrong length is damaged."""
    held: Capture | None = None
    last: _Item | None = None
    for item in items:
        if held is not None and isinstance(item, Damaged) and item.doubtful:
            last = Damaged("its length is wrong, or what follows it is no record", held.url, item.place)
            held = None
            yield last
            continue
        if held is not None:
            yield held
        held = item if isinstance(item, Capture) else None
        last = item
        if held is None:
            yield item
    if segment.damage is not None and not isinstance(last, Damaged):
        yield Damaged(segment.damage, held.url if held else None)
    elif held is not None:
        yield held


def warc_records(stream: io.RawIOBase, room: int | None) -> Iterator[_Item]:
    """The records from where the stream stands, as ``arc_records`` gives them; ends where no record can be read."""
    start = place = stream.tell()
    met = False
    with foreign():
        archive = ArchiveIterator(stream, parse_http=False, strict_mode=False, stream_detect=False)
    while True:
        try:
            with foreign():
                record = next(archive, None)
                if record is None:
                    break
                place, met = record.stream_pos, True
                item = _record(record, place, None if room is None else room - (place - start))
        except ValueError as error:
            doubtful = _NO_HEADER in str(error)
            again = not doubtful and met
            yield Damaged(f"no record can be read here: {error}", None, place + 1, doubtful, again)
            return
        yield item
        if isinstance(item, Damaged) and item.place is not None:
            return


def _record(record: WarcRecord, place: int, room: int | None) -> _Item:
    url = address(record.headers.get("WARC-Target-URI"))
    stated = (record.headers.get("Content-Length") or "").strip()
    if not (stated.isascii() and stated.isdigit() and len(stated) <= _LENGTH_DIGITS):
        return Damaged(f"it states no length but {stated[:40]!r}", url, place + 1)
    length = int(stated)
    if room is not None and length > room:
        return Damaged(f"it claims {length:,} bytes, more than the file has left", url, place + 1)
    kind = (record.headers.get("WARC-Type") or "").strip().lower()
    if kind not in {"response", "resource"} or url is None:
        short = record.reader.consume(length) < length
        return Damaged("it is cut short", url) if short else Skipped(_KINDS.get(kind, _OTHERS))
    block = _block(record, length)
    if len(block) < min(length, MAX_RECORD + 1):
        return Damaged(f"it claims {length:,} bytes and has {len(block):,}", url)
    return Capture(
        url,
        block,
        record.is_http,
        record.headers.get("Content-Type"),
        record.record_date,
        record.headers.get("WARC-Truncated"),
    )


def _block(record: WarcRecord, length: int) -> bytes:
    """The bytes of a record, one over the cap at most; what there is more is read past."""
    pieces: list[bytes] = []
    left = min(length, MAX_RECORD + 1)
    while left and (piece := record.reader.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
