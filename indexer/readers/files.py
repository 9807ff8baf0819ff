"""Files and folders to RawDocuments, streaming: JSON lines one at a time, anything else one document a file.

What a file holds is seen from its first bytes, not from its name; gzip and xz are opened on the way. The name only
breaks a tie: plain text in a file named .md or .markdown is Markdown, since nearly every text could be either. Whatever
cannot be read becomes a Failure in its place, so that one bad file never ends a run.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from indexer.clean import FRONT_MATTER
from indexer.types import Failure, RawDocument

FORMATS = {
    "text": "text/plain",
    "markdown": "text/markdown",
    "html": "text/html",
    "jsonl": "application/json",
}
"""The names of the formats for a command line, with their media types."""

MAX_LINE = 64 * 2**20
MAX_DOCUMENT = 256 * 2**20
_HEAD = 64 * 2**10

_JSON_DOCUMENT = "application/json; whole"  # one object over several lines; never leaves this file
_UNREADABLE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)

_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a WebP image, or sound or film",
    b"ID3": "sound",
    b"BZh": "a bzip2 archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a rar archive",
    b"\x1f\x8b": "a gzip archive inside another",
    b"\xfd7zXZ\x00": "an xz archive inside another",
    b"\x7fELF": "a program",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"{\\rtf": "a rich text document",
    b"SQLite format 3": "a SQLite database",
    b"PAR1": "a Parquet file",
    b"WARC/": "a WARC archive",
    b"filedesc://": "an ARC archive",
}
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_STRAY_CONTROLS = 4
_STRAY_SHARE = 0.001
"""So many control characters, or this share of them, may have strayed into a text; of a picture they are a tenth."""
_BOMS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NO_ARTICLES = re.compile(
    r"\.(?:pyi?|ipynb|m?js|ts|s?css|[ch](?:pp)?|java|go|rs|rb|php|sh|bat|ps1|sql|r|lock|toml|ya?ml|ini|cfg|[ct]sv|svg)"
    r"(?:\.[gx]z)?$",
    re.IGNORECASE,
)
_MARKDOWN_NAME = re.compile(r"\.(?:md|markdown)(?:\.[gx]z)?$", re.IGNORECASE)
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype html|html|head|body|article)[\s>]", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|br|table|section|img|a)[\s/>]", re.IGNORECASE)
_BLOCKS = 3
_JSON_ARRAY = re.compile(r"\[\s*\{")
_JSON_OBJECT = re.compile(r"\{\s*\"")
_HEADING = re.compile(r"# +\S")


class _RefusedError(Exception):
    """Why a file is not taken, in words for a person."""


def read_files(paths: Iterable[Path], media_type: str | None = None) -> Iterator[RawDocument | Failure]:
    """Yield every document of the files and folders, in the order given, folders walked in sorted order.

    Hidden entries of a folder are left out, folders behind symbolic links are not followed. ``media_type`` (a value of
    ``FORMATS``) says what every file holds; without it each is recognised by its content, but plain text named .md
    or .markdown is Markdown. Never raises for what lies on disk: what cannot be read is a Failure. Memory holds one
    document at a time.
    """
    for path in paths:
        for file in _walk(path):
            yield from _read(file, media_type)


def _walk(path: Path) -> Iterator[Path]:
    """The files below a path, depth first in sorted order; an explicit stack, since folders nest without limit."""
    waiting = [path]
    while waiting:
        current = waiting.pop()
        try:
            inside = sorted(current.iterdir(), reverse=True) if _is_folder(current, named=current is path) else None
        except _UNREADABLE:
            inside = None  # reading it as a file says what is wrong
        if inside is None:
            yield current
        else:
            waiting += [entry for entry in inside if not entry.name.startswith(".")]


def _is_folder(path: Path, *, named: bool) -> bool:
    """A folder to walk into: a link to one counts only where the caller named it."""
    return stat.S_ISDIR(path.stat(follow_symlinks=named).st_mode)


def _read(path: Path, media_type: str | None) -> Iterator[RawDocument | Failure]:
    source = printable(str(path))
    try:
        _refuse_unless_regular(path)
        with path.open("rb") as packed, _unpacked(packed) as stream:
            head = _head(stream)
            _refuse_binary(head)
            kind = media_type or _sniffed(path, head)
            stream.seek(0)
            yield from _documents(stream, kind, source, _encoding(head))
    except _RefusedError as refused:
        yield Failure(source, str(refused))
    except _UNREADABLE as error:
        yield Failure(source, f"cannot be read: {_reason(error)}")


def _refuse_unless_regular(path: Path) -> None:
    """Look before opening: a FIFO would wait for ever, a device has effects."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        next(path.iterdir(), None)  # a folder that cannot be listed says so itself
        raise _RefusedError("a symbolic link to a folder: not followed; name the folder itself to read it")
    if not stat.S_ISREG(mode):
        raise _RefusedError("not a regular file (a pipe, a socket or a device)")


def _unpacked(packed: IO[bytes]) -> IO[bytes]:
    """The stream itself or, by its first bytes, what its gzip or xz packing holds."""
    magic = packed.read(6)
    packed.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))
    if magic == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(packed)
    return packed


def _head(stream: IO[bytes]) -> bytes:
    """The first 64 KiB, or what can be read of them: the rest of a broken archive is reported after its lines."""
    head = b""
    try:
        while len(head) < _HEAD:
            chunk = stream.read1(_HEAD - len(head))  # type: ignore[attr-defined]
            if not chunk:
                break
            head += chunk
    except _UNREADABLE:
        if not head:
            raise
    return head


def _encoding(head: bytes) -> str | None:
    """The encoding that a byte order mark of UTF-16 or UTF-32 names."""
    return next((name for bom, name in _BOMS.items() if head.startswith(bom)), None)


def _refuse_binary(head: bytes) -> None:
    name = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
    if name is None and head[4:8] == b"ftyp":
        name = "film"
    if name is None and _encoding(head) is None and _holds_controls(head):
        name = "binary data (it holds control characters)"
    if name is not None:
        raise _RefusedError(f"{name}, not an article: give text, Markdown, HTML or JSON lines")


def _holds_controls(head: bytes) -> bool:
    return len(_CONTROLS.findall(head)) > max(_STRAY_CONTROLS, _STRAY_SHARE * len(head))


def _sniffed(path: Path, head: bytes) -> str:
    """The media type by the content; the name tells Markdown from plain text, and what is plainly no article.

    Raises _RefusedError for that.
    """
    if suffix := _NO_ARTICLES.search(path.name):
        raise _RefusedError(f"a {suffix[0]} file, not an article: say which format it has to read it all the same")
    text = head.decode(_encoding(head) or "utf-8", "replace").lstrip("\ufeff").lstrip()
    if not text:
        raise _RefusedError("nothing but white space" if head else "an empty file")
    kind = _sniffed_text(text.replace("\r\n", "\n").replace("\r", "\n"), whole=len(head) < _HEAD)
    return FORMATS["markdown"] if kind == FORMATS["text"] and _MARKDOWN_NAME.search(path.name) else kind


def _sniffed_text(text: str, *, whole: bool) -> str:
    """The media type of a document's beginning without its leading white space; ``whole`` if there is no more."""
    if text.startswith("{") and (json_kind := _json_kind(text.split("\n"), whole=whole)):
        return json_kind
    if _JSON_ARRAY.match(text):
        raise _RefusedError("a JSON array: give JSON lines, one object a line")
    if text.startswith("<") and _FEED.search(text[:4096]):
        raise _RefusedError("a feed, not an article")
    if text.startswith("<") and _PAGE.search(text):
        return FORMATS["html"]
    if FRONT_MATTER.match(text) or _HEADING.match(text):
        return FORMATS["markdown"]
    return FORMATS["html" if len(_BLOCK.findall(text)) >= _BLOCKS else "text"]


def _json_kind(lines: list[str], *, whole: bool) -> str | None:
    """JSON lines, one JSON object over many lines, or None, for a text whose first line starts with a brace."""
    if len(lines) == 1 and not whole:
        return FORMATS["jsonl"]
    if any(line.startswith("{") and _is_json(line) for line in lines):
        return FORMATS["jsonl"]
    return _JSON_DOCUMENT if _JSON_OBJECT.match("\n".join(lines)) else None


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _documents(stream: IO[bytes], kind: str, source: str, encoding: str | None) -> Iterator[RawDocument | Failure]:
    if kind == FORMATS["jsonl"]:
        yield from _lines(stream, source, encoding)
        return
    content = stream.read(MAX_DOCUMENT + 1)
    if len(content) > MAX_DOCUMENT:
        raise _RefusedError(f"longer than {MAX_DOCUMENT // 2**20} MiB: too long for one document")
    if kind == _JSON_DOCUMENT:
        kind, content = FORMATS["jsonl"], content.decode(encoding).encode() if encoding else content
    yield RawDocument(source, kind, content)


def _lines(stream: IO[bytes], source: str, encoding: str | None) -> Iterator[RawDocument | Failure]:
    """One document a line that is not blank; a line over the cap is a Failure and the next ones are read."""
    for number, line in enumerate(_capped_lines(stream, encoding), start=1):
        if line is None:
            yield Failure(f"{source}:{number}", f"the line is longer than {MAX_LINE // 2**20} MiB")
        elif line.strip():
            yield RawDocument(f"{source}:{number}", FORMATS["jsonl"], line)


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


def printable(name: str) -> str:
    """A name with whatever does not print (line breaks, undecodable bytes) written as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
