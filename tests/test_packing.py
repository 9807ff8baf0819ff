"""What packed files give, whole, broken, and made to harm."""

import bz2
import gzip
import io
import json
import lzma
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastwarc.stream_io import Lz4Writer, ZstdWriter

from indexer.items import Failure, RawDocument
from indexer.readers import files, packing
from indexer.readers.files import FORMATS, read_files
from tests.peaks import read_in_another_process

LINE = b'{"title": "Talks", "text": "They met."}'
LINES = LINE + b"\n\n  \n" + LINE.replace(b"Talks", b"Votes") + b"\n"


def zstd(content: bytes) -> bytes:
    return written_with(ZstdWriter, content)


def lz4(content: bytes) -> bytes:
    return written_with(Lz4Writer, content)


def written_with(writer: Callable[[io.BytesIO], Any], content: bytes) -> bytes:
    packed = io.BytesIO()
    open_writer = writer(packed)
    open_writer.write(content)
    open_writer.flush()
    open_writer.close()
    return packed.getvalue()


def documents(*paths: Path, media_type: str | None = None) -> list[RawDocument]:
    read = list(read_files(paths, media_type))
    assert not [item for item in read if isinstance(item, Failure)]
    return [item for item in read if isinstance(item, RawDocument)]


def failure(path: Path) -> str:
    (item,) = read_files([path])
    assert isinstance(item, Failure)
    return item.reason


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstd, lz4])
def test_archives_are_seen_from_their_first_bytes(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    path = written(tmp_path, "no-suffix", pack(LINES))
    assert [json.loads(item.content)["title"] for item in documents(path)] == ["Talks", "Votes"]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("count", [50, 20_000])
def test_a_truncated_archive_gives_what_it_held_and_a_failure(tmp_path: Path, pack: object, count: int) -> None:
    assert callable(pack)
    lines = b"".join(b'{"title": "%s"}\n' % os.urandom(20).hex().encode() for _ in range(count))
    packed = pack(lines)
    read = list(read_files([written(tmp_path, "a.jsonl.gz", packed[: len(packed) * 3 // 4])]))
    taken = [item for item in read[:-1] if isinstance(item, RawDocument)]
    assert len(taken) == len(read) - 1
    assert 0 < len(taken) < count
    assert lines.startswith(b"".join(item.content + b"\n" for item in taken))
    assert isinstance(read[-1], Failure)


@pytest.mark.parametrize("pack", [bz2.compress, zstd, lz4])
def test_a_truncated_archive_of_blocks_gives_whole_blocks_and_a_failure(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    lines = b"".join(b'{"title": "%s"}\n' % os.urandom(20).hex().encode() for _ in range(50_000))
    packed = pack(lines[:2_000_000]) + pack(lines[2_000_000:])
    *taken, last = read_files([written(tmp_path, "a.jsonl.gz", packed[: len(packed) - 100])])
    assert len(taken) > 10_000
    assert lines.startswith(b"".join(item.content + b"\n" for item in taken[:-1] if isinstance(item, RawDocument)))
    assert isinstance(last, Failure)


def test_an_archive_with_a_broken_byte_is_a_failure(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"They met. " * 100))
    packed[-6] ^= 1
    assert failure(written(tmp_path, "a.txt.gz", bytes(packed))).startswith("cannot be read")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstd, lz4])
def test_an_archive_of_several_parts_is_read_whole(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = written(tmp_path, "a.jsonl", pack(LINE + b"\n") + pack(LINE[:10]) + pack(LINE[10:]))
    assert [item.content for item in documents(path)] == [LINE, LINE]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_zeros_may_fill_up_an_archive_and_nothing_else(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert len(documents(written(tmp_path, "a", pack(LINE) + bytes(100_000)))) == 1
    read = list(read_files([written(tmp_path, "a", pack(LINE + b"\n") + b"something")]))
    assert [type(item) for item in read] == [RawDocument, Failure]


@pytest.mark.parametrize("line", [b"\n", b"a", b'{"title": "Talks", "text": "They met."}\n'])
@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstd])
def test_what_unpacks_to_far_more_than_its_size_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes], line: bytes
) -> None:
    monkeypatch.setattr(packing, "ALWAYS", 100_000)
    monkeypatch.setattr(files, "MAX_DOCUMENT", 10**9)
    path = written(tmp_path, "a", pack(b"{" + line * (4_000_000 // len(line))))
    *taken, last = read_files([path], FORMATS["jsonl"] if b"\n" in line else FORMATS["text"])
    assert all(isinstance(item, RawDocument) for item in taken)
    assert isinstance(last, Failure)
    assert "100 times its size" in last.reason


def test_an_xz_file_that_wants_much_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**28}]
    assert "emory" in failure(written(tmp_path, "a.xz", lzma.compress(b"They met.", filters=filters)))
    assert len(documents(written(tmp_path, "b.xz", lzma.compress(b"They met.", preset=9)))) == 1


@pytest.mark.parametrize("pack", ["gzip", "xz"])
@pytest.mark.parametrize("piece", [bytes(2**20), b"a" * 2**20, b"\n" * 2**20])
def test_a_bomb_takes_little_memory(tmp_path: Path, pack: str, piece: bytes) -> None:
    packer: Any = {"gzip": gzip.open, "xz": partial(lzma.open, preset=0)}[pack]
    with packer(tmp_path / "bomb", "wb") as packed:
        packed.write(b'{"title": "a')
        for _ in range(300):
            packed.write(piece)
    count, peak = read_in_another_process(tmp_path / "bomb")
    assert count == 1
    assert peak < 200
