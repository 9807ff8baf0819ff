"""Files and folders to RawDocuments, streaming: JSON lines, rows of tables and pages of web archives one at a time,
anything else one document a file.

What a file holds is seen from its first bytes, not from its name (sniff.py); gzip, bzip2, xz, zstd and lz4 are opened
on the way. Whatever cannot be read becomes a Failure in its place, so that one bad file never ends a run.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from indexer.binary import HEAD, wide_encoding
from indexer.items import Failure, Known, RawDocument
from indexer.readers.archives.warc import read_archive
from indexer.readers.origin import Origin, printable, reason_of
from indexer.readers.packing import UNREADABLE, Packing, packing_of, unpacked
from indexer.readers.sniff import (
    FORMATS,
    JSON_DOCUMENT,
    RefusedError,
    archive_kind,
    refuse_binary,
    sniffed,
)
from indexer.readers.tabular.fields import checked_columns, renamed
from indexer.readers.tabular.parquet import read_parquet
from indexer.readers.tabular.tables import read_csv

__all__ = ["FORMATS", "MAX_DOCUMENT", "MAX_LINE", "printable", "read_files"]

MAX_DOCUMENT = 16 * 2**20
"""Bytes of a file that is one document: War and Peace has 3.2 MiB, the longest live blogs have about as much HTML."""
MAX_LINE = 2 * MAX_DOCUMENT
"""Bytes of a JSON line: JSON may write a character of three bytes with six."""
MAX_BLANK_LINES = 1_000_000
"""Lines with nothing in them, one behind another: a file of 10 GB of them packs into 10 MB, and has nothing to give."""


def read_files(
    paths: Iterable[Path],
    media_type: str | None = None,
    columns: Mapping[str, str] | None = None,
    known: Known = Known(),
) -> Iterator[RawDocument | Failure]:
    """Every document of the files and folders, in the order given, folders walked in sorted order.

    Hidden entries of a folder are left out, folders behind symbolic links are not followed. ``media_type`` (a value of
    ``FORMATS``) says what every file holds; without it each is recognised by its content, but plain text named .md
    or .markdown is Markdown, and .csv or .tsv a table. ``columns`` maps our names of fields to those that JSON lines
    and tables have for them; ``known`` is what is known of every document. Never raises for what lies on disk: what
    cannot be read is a Failure. Memory holds one document at a time. Raises SettingError if ``columns`` names a field
    that there is not.
    """
    wanted = checked_columns(columns)
    return (
        item
        for path in paths
        for file in _walk(path)
        for item in _read(file, media_type, wanted, Origin(printable(str(file)), str(file), known))
    )


def _walk(path: Path) -> Iterator[Path]:
    """The files below a path, depth first in sorted order; an explicit stack, since folders nest without limit."""
    waiting = [path]
    while waiting:
        current = waiting.pop()
        try:
            inside = sorted(current.iterdir(), reverse=True) if _is_folder(current, named=current is path) else None
        except UNREADABLE:
            inside = None  # reading it as a file says what is wrong
        if inside is None:
            yield current
        else:
            waiting += [entry for entry in inside if not entry.name.startswith(".")]


def _is_folder(path: Path, *, named: bool) -> bool:
    """A folder to walk into: a link to one counts only where the caller named it."""
    return stat.S_ISDIR(path.stat(follow_symlinks=named).st_mode)


def _read(
    path: Path, media_type: str | None, columns: Mapping[str, str], origin: Origin
) -> Iterator[RawDocument | Failure]:
    try:
        size = _size_if_regular(path)
        with path.open("rb") as packed:
            packing = packing_of(packed)
            head = _head(unpacked(packed, packing, size))
            kind = _kind(path.name, head, media_type)
            if kind == FORMATS["warc"]:
                yield from read_archive(packed, packing, archive_kind(head) or "warc", size, origin)
            elif kind == FORMATS["parquet"]:
                yield from _parquet(packed, packing, size, columns, origin)
            else:
                yield from _documents(unpacked(packed, packing, size), kind, head, columns, origin)
    except RefusedError as refused:
        yield origin.failure(str(refused))
    except UNREADABLE as error:
        yield origin.failure(f"cannot be read: {reason_of(error)}")


def _size_if_regular(path: Path) -> int:
    """Look before opening: a FIFO would wait for ever, a device has effects."""
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        next(path.iterdir(), None)  # a folder that cannot be listed says so itself
        raise RefusedError("a symbolic link to a folder: not followed; name the folder itself to read it")
    if not stat.S_ISREG(found.st_mode):
        raise RefusedError("not a regular file (a pipe, a socket or a device)")
    return found.st_size


def _head(stream: IO[bytes]) -> bytes:
    """The first 64 KiB, or what can be read of them: the rest of a broken archive is reported after its lines."""
    head = b""
    try:
        while len(head) < HEAD:
            chunk = stream.read1(HEAD - len(head))  # type: ignore[attr-defined]
            if not chunk:
                break
            head += chunk
    except UNREADABLE:
        if not head:
            raise
    return head


def _kind(name: str, head: bytes, media_type: str | None) -> str:
    """The media type of a file, the one that it is said to have if it may have it. Raises RefusedError."""
    if media_type is None or (media_type == FORMATS["warc"] and archive_kind(head)):
        return sniffed(name, head)
    if media_type == FORMATS["warc"]:
        raise RefusedError("no WARC or ARC archive: it begins with something else")
    if media_type != FORMATS["parquet"]:
        refuse_binary(head)
    return media_type


def _parquet(
    file: IO[bytes], packing: Packing | None, size: int, columns: Mapping[str, str], origin: Origin
) -> Iterator[RawDocument | Failure]:
    if packing is not None:
        raise RefusedError(f"a Parquet file inside a {packing.name} archive: unpack it first")
    return read_parquet(file, size, columns, origin)


def _documents(
    stream: IO[bytes], kind: str, head: bytes, columns: Mapping[str, str], origin: Origin
) -> Iterator[RawDocument | Failure]:
    encoding = wide_encoding(head)
    if kind == FORMATS["jsonl"]:
        yield from _lines(stream, encoding, columns, origin)
        return
    if kind == FORMATS["csv"]:
        yield from read_csv(stream, head, columns, origin)
        return
    content = stream.read(MAX_DOCUMENT + 1)
    if len(content) > MAX_DOCUMENT:
        raise RefusedError(f"longer than {MAX_DOCUMENT // 2**20} MiB: too long for one document")
    if kind == JSON_DOCUMENT:
        content = content.decode(encoding).encode() if encoding else content
        kind, content = FORMATS["jsonl"], renamed(content, columns) if columns else content
    yield origin.document(kind, content)


def _lines(
    stream: IO[bytes], encoding: str | None, columns: Mapping[str, str], origin: Origin
) -> Iterator[RawDocument | Failure]:
    """One document a line that is not blank; a line over the cap is a Failure and the next ones are read."""
    blank = 0
    for number, line in enumerate(_capped_lines(stream, encoding), start=1):
        blank = 0 if line is None or line.strip() else blank + 1
        if blank > MAX_BLANK_LINES:
            raise RefusedError(f"nothing but blank lines before line {number:,}: it is read no further")
        if line is None:
            yield origin.failure(f"the line is longer than {MAX_LINE // 2**20} MiB", within=f":{number}")
        elif not blank:
            content = renamed(line, columns) if columns else line
            yield origin.document(FORMATS["jsonl"], content, within=f":{number}")


def _capped_lines(stream: IO[bytes], encoding: str | None) -> Iterator[bytes | None]:
    """Every line without its end, as UTF-8; None for one over the cap, which is read past in pieces."""
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline="\n") if encoding else None

    def readline(size: int) -> bytes:
        return text.readline(size).encode() if text else stream.readline(size)

    try:
        while line := readline(MAX_LINE + 1):
            if len(line) <= MAX_LINE:
                yield line.rstrip(b"\r\n")
                continue
            while line and not line.endswith(b"\n"):
                line = readline(MAX_LINE)
            yield None
    finally:
        if text:
            text.detach()  # the stream is closed by whom it belongs to
