"""Packed files (gzip, bzip2, xz, zstd, lz4) as streams of what they hold, with limits on memory and on expansion."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple, Protocol

from fastwarc.stream_io import Lz4Reader, ZstdReader

RATIO = 100
"""A file may unpack to so many times its size. Pages and articles unpack to some 5 to 30 times theirs; a file of zeros
to 1,000 times with gzip and to far more with xz and zstd."""
ALWAYS = 64 * 2**20
"""Bytes that any file may unpack to, whatever its size: few lines that are all alike pack well, too."""
XZ_MEMORY = 128 * 2**20
"""Bytes for unpacking xz; ``xz -9`` asks for 65 MiB, a file made to harm for up to 4 GiB."""

_CHUNK = 64 * 2**10
_STEP = 8 * 2**10  # what comes before a damaged place is lost with the step that meets it

UNREADABLE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)
"""What reading a file, packed or not, raises where the file cannot be read."""


class _Decompressor(Protocol):
    """What the decompressors of bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """zlib's decompressor of one gzip member, with the manners of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        unpacked = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(unpacked) < max_length
        return unpacked


def _un_xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


class Packing(NamedTuple):
    """A way of packing: its name for people, the first bytes of every part, and what unpacks one; None: FastWARC."""

    name: str
    magic: bytes
    decompressor: Callable[[], _Decompressor] | None = None


PACKINGS = (
    Packing("gzip", b"\x1f\x8b\x08", _Gunzip),
    Packing("bzip2", b"BZh", bz2.BZ2Decompressor),
    Packing("xz", b"\xfd7zXZ\x00", _un_xz),
    Packing("zstd", b"\x28\xb5\x2f\xfd"),
    Packing("lz4", b"\x04\x22\x4d\x18"),
)
MAGIC_LENGTH = max(len(packing.magic) for packing in PACKINGS)


class Meter:
    """Counts what a file unpacks to. ``take`` raises ValueError once that is more than a file of its size may hold."""

    def __init__(self, packed_size: int) -> None:
        self.left = max(ALWAYS, RATIO * packed_size)

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise ValueError(f"it unpacks to more than {RATIO} times its size")


class Parts(io.RawIOBase):
    """What a gzip, bzip2 or xz file holds from where it stands: all its parts, one behind another, or ``single``.

    ``end`` is the place behind the last part that was read to its end. Reading raises one of ``UNREADABLE`` where the
    file is damaged, cut short, followed by something else, or unpacks to too much; what came before was handed out.
    """

    def __init__(self, packed: IO[bytes], packing: Packing, meter: Meter, *, single: bool = False) -> None:
        if packing.decompressor is None:
            raise ValueError(f"{packing.name} is unpacked elsewhere")
        self._packed, self._packing, self._meter, self._single = packed, packing, meter, single
        self._new = packing.decompressor
        self._part: _Decompressor | None = self._new()
        self._rest = b""
        self.end = packed.tell()

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        unpacked = self._unpacked(len(target))
        self._meter.take(len(unpacked))
        target[: len(unpacked)] = unpacked
        return len(unpacked)

    def _unpacked(self, most: int) -> bytes:
        while self._part is not None:
            if self._part.eof:
                self._part = self._next()
                continue
            data, self._rest = self._rest, b""
            if not data and self._part.needs_input:
                data = self._packed.read(_CHUNK)
                if not data:
                    raise EOFError("it is cut short")
            if unpacked := self._part.decompress(data, most):
                return unpacked
        return b""

    def _next(self) -> _Decompressor | None:
        """What unpacks the next part, None if there is none. Zeros may fill up the file behind a part."""
        assert self._part is not None
        rest = self._part.unused_data
        self.end = self._packed.tell() - len(rest)
        if self._single:
            return None
        rest = rest.lstrip(b"\0")
        while len(rest) < MAGIC_LENGTH and (more := self._packed.read(_CHUNK)):
            rest = (rest + more).lstrip(b"\0")
        if not rest:
            return None
        if not rest.startswith(self._packing.magic):
            raise ValueError(f"behind its {self._packing.name} data stands something else")
        self._rest = rest
        return self._new()


class _Reader(Protocol):
    """A reader of FastWARC's."""

    def read(self, size: int = ...) -> bytes: ...
    def frame_start_position(self) -> int | None: ...


class Frames(io.RawIOBase):
    """What a zstd or lz4 file holds from where it stands, unpacked by FastWARC; raises as ``Parts`` does."""

    def __init__(self, packed: IO[bytes], packing: Packing, meter: Meter) -> None:
        self._meter = meter
        self._start = packed.tell()
        with foreign():
            self._reader: _Reader = {"zstd": ZstdReader, "lz4": Lz4Reader}[packing.name](packed)

    @property
    def frame(self) -> int:
        """The place in the file of the frame that was read last."""
        return max(self._start, self._reader.frame_start_position() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        with foreign():
            unpacked = self._reader.read(min(len(target), _STEP))
        self._meter.take(len(unpacked))
        target[: len(unpacked)] = unpacked
        return len(unpacked)


@contextmanager
def foreign() -> Iterator[None]:
    """Turn whatever FastWARC raises into ValueError: a fault in it is a PanicException, which is no Exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a PanicException is nothing else
        raise ValueError(str(error) or type(error).__name__) from None


def packing_of(file: IO[bytes]) -> Packing | None:
    """How a file is packed, by its first bytes; it stands at its beginning afterwards."""
    magic = file.read(MAGIC_LENGTH)
    file.seek(0)
    return next((packing for packing in PACKINGS if magic.startswith(packing.magic)), None)


def unpacked(packed: IO[bytes], packing: Packing | None, size: int) -> IO[bytes]:
    """A stream of what a file of so many bytes holds, from its beginning: the file itself where it is not packed."""
    packed.seek(0)
    if packing is None:
        return packed
    kind = Parts if packing.decompressor else Frames
    return io.BufferedReader(kind(packed, packing, Meter(size)), _CHUNK)


def next_magic(file: IO[bytes], magic: bytes, start: int) -> int | None:
    """Where these bytes come next in a file, at ``start`` or behind it; None if they do not."""
    file.seek(start)
    window = b""
    place = start
    while chunk := file.read(_CHUNK):
        window += chunk
        if (found := window.find(magic)) >= 0:
            return place + found
        kept = window[-len(magic) + 1 :] if len(magic) > 1 else b""
        place += len(window) - len(kept)
        window = kept
    return None
