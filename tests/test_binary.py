"""What only claims to be text is known by its first bytes, whatever it is called."""

from __future__ import annotations

import pytest

from indexer.binary import binary_name, wide_encoding


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7 a page", "a PDF"),
        (b"\n%PDF-1.7 a page", "a PDF"),
        (b"PK\x03\x04", "a zip archive"),
        (b"OggS\x00", "sound"),
        (b"\x04\x22\x4d\x18", "an lz4 archive"),
        (b"SQLite format 3\x00", "a SQLite database"),
        (b"a" * 257 + b"ustar", "a tar archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"\x00\x00\x00\x18ftypmp42", "film"),
        (bytes(range(256)) * 20, "binary data (5"),
        (b"<p>\x00" * 30, "binary data (30 control characters in the first 120 bytes)"),
    ],
)
def test_other_formats_are_named(content: bytes, says: str) -> None:
    assert says in (binary_name(content) or "")


@pytest.mark.parametrize("content", [b"", b"They met.\x00\x07", "Länder".encode("utf-16"), "Länder".encode("utf-32")])
def test_text_with_a_stray_control_or_in_wide_characters_is_text(content: bytes) -> None:
    assert binary_name(content) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_byte_order_mark_names_its_encoding(encoding: str) -> None:
    assert wide_encoding("Länder".encode(encoding)) == encoding
    assert wide_encoding("Länder".encode()) is None
