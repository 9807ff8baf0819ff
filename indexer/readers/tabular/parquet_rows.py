"""The rows of a Parquet file as article objects, written to a pipe; runs in a process of its own.

pyarrow ends its whole process on some damaged files. Whoever reads the lines (parquet.py) outlives that.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import IO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.readers.origin import reason_of
from indexer.readers.sniff import RefusedError
from indexer.readers.tabular.fields import article_object, fields_in, what_is_missing
from indexer.readers.tabular.parquet_pages import largest_page

MAX_FOOTER = 16 * 2**20
"""Bytes of a file's own description, which is read whole: that of some 100,000 pieces of columns."""
MAX_PAGE = 64 * 2**20
"""Bytes of a page, the least that can be unpacked; writers make pages of about 1 MiB, and dictionaries, too."""
MAX_CELLS = 10_000
"""Columns of a table."""

_BATCH_BYTES = 256 * 2**20
_BATCH_ROWS = 256
_MANY_VALUES = 1_000
"""Values of a list in one cell, on average."""
_MAX_CONTENT = 32 * 2**20
_MEMORY = 3 * 2**30
_SECONDS = 120
"""For a batch of rows; what takes longer hangs."""


class Row(NamedTuple):
    """A row, counted from 1: its article object, or why it cannot be read."""

    number: int
    content: bytes
    reason: str | None = None


def rows_of(file: IO[bytes], size: int, columns: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a table of so many bytes, only of the columns that are wanted.

    A cell is never larger than its page or dictionary, so that limits on these, seen before anything is unpacked, and
    batches of fewer rows the larger they are, keep memory within some 256 MiB a column. Raises RefusedError for a file
    that is no such table or breaks a limit, also after some of its rows.
    """
    table = _opened(file, size)
    names = table.schema_arrow.names
    if wrong := what_is_missing(names, columns):
        raise RefusedError(f"a table without articles: {wrong}")
    fields = fields_in(names, columns)
    wanted = sorted(set(fields.values()))
    number = 1
    try:
        for group in range(table.num_row_groups):
            rows = _batch_rows(file, size, table, group, set(wanted))
            for batch in table.iter_batches(rows, [group], wanted, use_threads=False):
                yield from _rows(batch, fields, number)
                number += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise RefusedError(f"a damaged Parquet file: from row {number:,} on, {_short(error)}") from None


def _opened(file: IO[bytes], size: int) -> pq.ParquetFile:
    file.seek(max(0, size - 8))
    tail = file.read(8)
    if size < 12 or tail[4:] != b"PAR1":
        raise RefusedError("no Parquet file, or one that is cut short")
    if (footer := int.from_bytes(tail[:4], "little")) > MAX_FOOTER:
        raise RefusedError(f"a Parquet file with a description of {footer:,} bytes: at most {MAX_FOOTER:,} are read")
    file.seek(0)
    try:
        table = pq.ParquetFile(file, buffer_size=2**16, pre_buffer=False, thrift_string_size_limit=MAX_FOOTER)
        names = table.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise RefusedError(f"a damaged Parquet file: {_short(error)}") from None
    if len(names) > MAX_CELLS:
        raise RefusedError(f"a table of {len(names):,} columns: at most {MAX_CELLS:,} can be read")
    return table


def _short(error: BaseException) -> str:
    return reason_of(error)[:200]


def _batch_rows(file: IO[bytes], size: int, table: pq.ParquetFile, group: int, wanted: set[str]) -> int:
    """How many rows of a row group to read at a time. Raises RefusedError if one of its pages breaks a limit."""
    largest = 1
    described = table.metadata.row_group(group)
    for index in range(described.num_columns):
        column = described.column(index)
        if column.path_in_schema.partition(".")[0] not in wanted and column.path_in_schema not in wanted:
            continue
        first = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)), default=0)
        if first < 0 or column.total_compressed_size < 0 or first + column.total_compressed_size > size:
            raise ValueError("a column lies outside the file")
        page, values = largest_page(file, first, column.total_compressed_size)
        if page > MAX_PAGE:
            reason = f"a page of {page:,} bytes in column {column.path_in_schema!r}"
            raise RefusedError(f"a Parquet file with {reason[:200]}: at most {MAX_PAGE:,} are read")
        if values > _MANY_VALUES * max(1, described.num_rows):
            raise RefusedError(f"a Parquet file with {values:,} values in {described.num_rows:,} rows of a column")
        largest = max(largest, page)
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // largest))


def _rows(batch: pa.RecordBatch, fields: Mapping[str, str], first: int) -> Iterator[Row]:
    cells = {field: _readable(batch.column(name)) for field, name in fields.items()}
    for place in range(batch.num_rows):
        try:
            content = article_object({field: column[place].as_py() for field, column in cells.items()})
        except (pa.ArrowException, ValueError, OverflowError, TypeError) as error:
            yield Row(first + place, b"", f"the row cannot be read: {_short(error)}")
            continue
        too_long = f"the row is longer than {_MAX_CONTENT // 2**20} MiB" if len(content) > _MAX_CONTENT else None
        yield Row(first + place, b"" if too_long else content, too_long)


def _readable(column: pa.Array) -> pa.Array:
    """Times to the microsecond, as Python holds no finer ones."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return column


def main() -> None:
    """Write the rows of the file at standard input as lines "D17 object" or "F17 reason", or a last line "R reason".

    The arguments are its size and ``columns`` as JSON. A last line "E" says that there are no more rows.
    """
    size, columns = int(sys.argv[1]), json.loads(sys.argv[2])
    out = sys.stdout.buffer
    _limit_memory()
    _limit_time(_SECONDS)
    try:
        for row in rows_of(sys.stdin.buffer, size, columns):
            _limit_time(0)  # whoever reads may take any time
            out.write(_line(row))
            _limit_time(_SECONDS)
        out.write(b"E\n")
    except RefusedError as refused:
        out.write(b"R " + str(refused).encode("utf-8", "backslashreplace") + b"\n")
    _limit_time(0)
    out.flush()


def _line(row: Row) -> bytes:
    kind, said = ("D", row.content) if row.reason is None else ("F", row.reason.encode("utf-8", "backslashreplace"))
    return f"{kind}{row.number} ".encode() + said + b"\n"


def _limit_memory() -> None:
    """Let allocations fail beyond a limit rather than take the memory of others."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - not everywhere

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: int) -> None:
    """End this process in so many seconds; 0 for never."""
    if hasattr(signal, "alarm"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
