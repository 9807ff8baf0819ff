"""CSV and TSV files with named columns to article objects, one a row, streaming."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO

import charset_normalizer

from indexer.binary import HEAD, wide_encoding
from indexer.items import Failure, RawDocument
from indexer.readers.origin import Origin
from indexer.readers.sniff import FORMATS, RefusedError
from indexer.readers.tabular.fields import article_object, fields_in, what_is_missing

MAX_ROW = 16 * 2**20
"""Characters of a row, as many as the bytes of a document."""
MAX_CELLS = 10_000
"""Columns of a table."""

_DELIMITERS = ",;\t|"
_SNIFFED_ROWS = 20
_ABSENT = {"", "nan", "none", "null", "n/a", "<na>"}
_LISTS = {"authors", "author", "countries", "sources"}


class _EndlessRowError(Exception):
    """A row that does not end within ``MAX_ROW``: nothing tells where the next one begins."""


def read_csv(
    stream: IO[bytes], head: bytes, columns: Mapping[str, str], origin: Origin
) -> Iterator[RawDocument | Failure]:
    """The rows of a table as "path:17", counting the one of names as 1; memory holds one row of ``MAX_ROW``.

    The delimiter (comma, semicolon, tab or bar) and the encoding are seen from ``head``, the first bytes. Raises
    RefusedError if there are no columns for title and text, and what the stream raises.
    """
    encoding = _encoding(head)
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
    try:
        yield from _rows(_Lines(text), _delimiter(head.decode(encoding, "replace"), columns), columns, origin)
    finally:
        text.detach()  # the stream is closed by whom it belongs to


def _encoding(head: bytes) -> str:
    """By a byte order mark, as UTF-8, else the likeliest guess."""
    if encoding := wide_encoding(head):
        return encoding
    with suppress(UnicodeDecodeError):
        head[: head.rfind(b"\n") + 1 if len(head) >= HEAD else None].decode()
        return "utf-8-sig"
    guess = charset_normalizer.from_bytes(head).best()
    return guess.encoding if guess else "cp1252"


def _delimiter(head: str, columns: Mapping[str, str]) -> str:
    """The delimiter that gives the most of our columns, then rows that are the most alike, then the most columns."""

    def merit(delimiter: str) -> tuple[int, float, int]:
        csv.field_size_limit(MAX_ROW)
        rows = []
        with suppress(csv.Error, StopIteration):
            reader = csv.reader(io.StringIO(head.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
            rows = [next(reader)]
            rows += [row for row, _ in zip(reader, range(_SNIFFED_ROWS), strict=False) if row]
        names = rows[0] if rows else []
        alike = sum(len(row) == len(names) for row in rows) / len(rows) if rows else 0.0
        return len(fields_in(_stripped(names), columns)), alike, len(names)

    return max(_DELIMITERS, key=merit)


class _Lines:
    """The lines of a text for csv.reader, which wants more of them as long as a quotation mark is open."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._length = 0
        self._began = 0
        self.number = 0
        self.too_long = False

    def begin(self) -> None:
        """A new row begins with the next line."""
        self._length, self._began, self.too_long = 0, self.number + 1, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._length += len(line)
        if len(line) > MAX_ROW and not self._length > len(line):
            self._skip(line)
            return "\n"
        if self._length > MAX_ROW:
            raise _EndlessRowError(
                f"the row that begins in line {self._began} is longer than {MAX_ROW // 2**20} MiB: "
                "a quotation mark in it is perhaps not closed"
            )
        return line

    def _skip(self, line: str) -> None:
        self.too_long = True
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(MAX_ROW)


def _rows(lines: _Lines, delimiter: str, columns: Mapping[str, str], origin: Origin) -> Iterator[RawDocument | Failure]:
    csv.field_size_limit(MAX_ROW)
    reader = csv.reader(lines, delimiter=delimiter)
    names = _names(reader, columns)
    places = {field: names.index(name) for field, name in fields_in(names, columns).items()}
    number = 1
    while True:
        number += 1
        lines.begin()
        try:
            row = next(reader, None)
        except (csv.Error, _EndlessRowError) as error:
            yield origin.failure(f"it is read no further: {error}", within=f":{number}")
            return
        if row is None:
            return
        if lines.too_long:
            yield origin.failure(f"the row is longer than {MAX_ROW // 2**20} MiB", within=f":{number}")
        elif row:
            yield _row(row, names, places, origin, f":{number}")


def _names(reader: Iterator[list[str]], columns: Mapping[str, str]) -> list[str]:
    """The first row's cells. Raises RefusedError if they do not name title and text."""
    try:
        names = _stripped(next((row for row in reader if row), []))
    except (csv.Error, _EndlessRowError) as error:
        raise RefusedError(f"no table: {error}") from None
    if len(names) > MAX_CELLS:
        raise RefusedError(f"a table of {len(names):,} columns: at most {MAX_CELLS:,} can be read")
    if wrong := what_is_missing(names, columns):
        raise RefusedError(f"a table without articles: {wrong}")
    return names


def _stripped(names: Sequence[str]) -> list[str]:
    return [name.removeprefix("\ufeff").strip() for name in names]


def _row(
    row: list[str], names: Sequence[str], places: Mapping[str, int], origin: Origin, within: str
) -> RawDocument | Failure:
    if len(row) != len(names):
        reason = (
            f"the row has {len(row):,} cells, the table {len(names):,} columns: is a cell with a delimiter not quoted?"
        )
        return origin.failure(reason, within=within)
    try:
        content = article_object({field: _cell(field, row[place]) for field, place in places.items()})
    except UnicodeEncodeError:
        return origin.failure("the row holds bytes that are none of its file's encoding", within=within)
    return origin.document(FORMATS["jsonl"], content, within=within)


def _cell(field: str, text: str) -> object:
    """A cell's text, None for an absent one; a JSON list, or several names with semicolons, where there may be many."""
    if text.strip().lower() in _ABSENT:
        return None
    if field not in _LISTS:
        return text
    with suppress(ValueError, RecursionError):
        if isinstance(listed := json.loads(text), list):
            return listed
    return None if field == "sources" else [part.strip() for part in text.split(";") if part.strip()]
