"""What only claims to be text: known by its first bytes, or by control characters that no text holds."""

from __future__ import annotations

import re

HEAD = 64 * 2**10
"""So many bytes of a document are looked at."""

_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a WebP image, or sound or film",
    b"ID3": "sound",
    b"OggS": "sound",
    b"BZh": "a bzip2 archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x04\x22\x4d\x18": "an lz4 archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a rar archive",
    b"\x1f\x8b": "a gzip archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x7fELF": "a program",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"{\\rtf": "a rich text document",
    b"SQLite format 3": "a SQLite database",
    b"PAR1": "a Parquet file",
    b"PARE": "an encrypted Parquet file",
    b"WARC/": "a WARC archive",
    b"filedesc://": "an ARC archive",
}
_BOMS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_STRAY = 4
_STRAY_SHARE = 0.001
"""So many control characters, or this share of them, may have strayed into a text; of a picture they are a tenth."""


def wide_encoding(head: bytes) -> str | None:
    """The encoding that a byte order mark of UTF-16 or UTF-32 names."""
    return next((name for bom, name in _BOMS.items() if head.startswith(bom)), None)


def binary_name(content: bytes) -> str | None:
    """What a document is that holds no text, in words; None if it holds text. Looks at the first 64 KiB."""
    head = content[:HEAD]
    if name := next((name for magic, name in _MAGIC.items() if head.lstrip(b" \t\r\n").startswith(magic)), None):
        return name
    if head[4:8] == b"ftyp":
        return "film"
    if head[257:262] == b"ustar":
        return "a tar archive"
    controls = 0 if wide_encoding(head) else len(_CONTROLS.findall(head))
    if controls > max(_STRAY, _STRAY_SHARE * len(head)):
        return f"binary data ({controls} control characters in the first {len(head)} bytes)"
    return None
