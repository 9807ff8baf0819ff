"""Parquet files with named columns to article objects, one a row, read by a process of their own (parquet_rows.py)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from indexer.items import Failure, RawDocument
from indexer.readers.origin import Origin
from indexer.readers.sniff import FORMATS, RefusedError

_CODE = "from indexer.readers.tabular.parquet_rows import main; main()"
_ROOT = str(Path(__file__).resolve().parents[3])


def read_parquet(
    file: IO[bytes], size: int, columns: Mapping[str, str], origin: Origin
) -> Iterator[RawDocument | Failure]:
    """The rows of a table of so many bytes as "path:17", counted from 1; memory here holds one row.

    Raises RefusedError for a file that is no table with title and text, is damaged, or breaks a limit, also after some
    of its rows.
    """
    with _reading(file, size, columns) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if not line.endswith(b"\n"):
                    break
                kind, _, said = line.rstrip(b"\n").partition(b" ")
                if kind == b"E":
                    return
                if kind == b"R":
                    raise RefusedError(said.decode())
                yield _item(kind, said, origin)
        finally:
            process.kill()
    raise RefusedError("a damaged Parquet file: reading it ended in a fault, or took too much memory or time")


def _reading(file: IO[bytes], size: int, columns: Mapping[str, str]) -> subprocess.Popen[bytes]:
    file.seek(0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    paths = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
    environ = {**os.environ, "PYTHONPATH": paths, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _CODE, str(size), json.dumps(dict(columns))]
    return subprocess.Popen(  # noqa: S603 - our own code
        command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, bufsize=2**16
    )


def _item(kind: bytes, said: bytes, origin: Origin) -> RawDocument | Failure:
    within = f":{kind[1:].decode()}"
    if kind.startswith(b"F"):
        return origin.failure(said.decode(), within=within)
    return origin.document(FORMATS["jsonl"], said, within=within)
