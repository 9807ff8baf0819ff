"""How large the pages of a Parquet column are, from their headers, before anything of them is unpacked.

The file's own description gives a column's size only as a whole, and a reader reserves what a page's header says. The
headers are structs in Thrift's compact protocol; form and numbers of their fields are those of PageHeader in
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import IO, NamedTuple

_HEADER = 64 * 2**10  # statistics in it may hold the first bytes of a text
_DEEPEST = 8

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_UNPACKED_SIZE, _PACKED_SIZE = 2, 3
_WITH_COUNTS = {5, 7, 8}
"""Fields of a PageHeader that describe a page of data, a dictionary, and a page of data in version 2; in each of them
field 1 is how many values the page has."""


class _Page(NamedTuple):
    header: int
    packed: int
    unpacked: int
    values: int


def largest_page(file: IO[bytes], start: int, length: int) -> tuple[int, int]:
    """The most bytes that a page between these places holds, packed or unpacked, and the number of all their values.

    Raises ValueError where what stands there is not one page behind another.
    """
    largest = values = 0
    end = start + length
    while start < end:
        file.seek(start)
        page = _Cursor(file.read(min(_HEADER, end - start))).page()
        start += page.header + page.packed
        largest = max(largest, page.unpacked, page.packed)
        values += page.values
    if start != end:
        raise ValueError("a page is longer than its column")
    return largest, values


class _Cursor:
    """Reads one struct in Thrift's compact protocol from bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0
        self._field = 0

    def page(self) -> _Page:
        sizes = {_UNPACKED_SIZE: -1, _PACKED_SIZE: -1}
        values = 0
        for field, kind in iter(lambda: self._next(self._field), (0, 0)):
            if field in sizes and kind == _I32:
                sizes[field] = self._integer()
            elif field in _WITH_COUNTS and kind == _STRUCT:
                values += self._count()
            else:
                self._skip(kind, 0)
            self._field = field
        if min(sizes.values()) < 0 or values < 0:
            raise ValueError("the header of a page names no sizes")
        return _Page(self._place, sizes[_PACKED_SIZE], sizes[_UNPACKED_SIZE], values)

    def _next(self, last: int) -> tuple[int, int]:
        """Number and kind of the next field of a struct, (0, 0) at its end."""
        head = self._byte()
        if head == 0:
            return 0, 0
        return (last + (head >> 4) if head >> 4 else self._integer()), head & 0x0F

    def _count(self) -> int:
        """The first field of a struct, an integer; what else it has is passed over."""
        count = last = 0
        while (found := self._next(last)) != (0, 0):
            last, kind = found
            if last == 1 and kind == _I32:
                count = self._integer()
            else:
                self._skip(kind, 1)
        return count

    def _byte(self) -> int:
        if self._place >= len(self._data):
            raise ValueError("the header of a page is cut short")
        self._place += 1
        return self._data[self._place - 1]

    def _unsigned(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("the header of a page holds a number without an end")

    def _integer(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, kind: int, depth: int) -> None:
        """Pass over a value of this kind."""
        if depth > _DEEPEST:
            raise ValueError("the header of a page is nested too deeply")
        if kind in {_TRUE, _FALSE}:
            return
        if kind == _BYTE:
            self._byte()
        elif kind in {_I16, _I32, _I64}:
            self._unsigned()
        elif kind == _DOUBLE:
            self._place += 8
        elif kind == _BINARY:
            length = self._unsigned()
            self._place += length
        elif kind == _STRUCT:
            self._skip_struct(depth + 1)
        else:
            raise ValueError("the header of a page holds what no page has")

    def _skip_struct(self, depth: int) -> None:
        last = 0
        while (found := self._next(last)) != (0, 0):
            last = found[0]
            self._skip(found[1], depth)
