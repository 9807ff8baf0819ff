"""Bytes become text by what they are, then by what is declared, and are never read as UTF-7."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.charset import decoded

GERMAN = "Die Länder grüßen."
RUSSIAN = "Министры встретились в понедельник."


@pytest.mark.parametrize(
    ("content", "sent", "expected"),
    [
        (GERMAN.encode(), "iso-8859-1", GERMAN),
        (GERMAN.encode("cp1252"), "ISO-8859-1", GERMAN),
        ("“Yes”".encode("cp1252"), "latin1", "“Yes”"),
        (RUSSIAN.encode("cp1251"), "windows-1251", RUSSIAN),
        (RUSSIAN.encode("koi8-r"), '"KOI8-R"', RUSSIAN),
        ("日本".encode("iso2022_jp"), "iso-2022-jp", "日本"),
        ("合意した".encode("shift_jis"), "x-sjis", "合意した"),
        ("同意".encode("gb18030"), "gb2312", "同意"),
        (codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le"), "iso-8859-1", GERMAN),
        (b"+ADw-script+AD4-", "utf-7", "+ADw-script+AD4-"),
        (b"\\x41\\u0042", "unicode_escape", "\\x41\\u0042"),
        (b"plain", "no-such-thing", "plain"),
        (b"plain", "zlib_codec", "plain"),
    ],
)
def test_what_is_sent_is_read_as_what_it_is(content: bytes, sent: str, expected: str) -> None:
    assert decoded(content, sent) == expected


def test_what_the_sender_declares_counts_before_what_the_page_does() -> None:
    page = b'<meta charset="koi8-r"><p>' + RUSSIAN.encode("cp1251")
    assert RUSSIAN in decoded(page, "cp1251", markup=True)


def test_a_page_declares_its_encoding_in_its_first_bytes() -> None:
    for declared in (b'<meta charset="windows-1251">', b'<?xml version="1.0" encoding="windows-1251"?><html>'):
        assert RUSSIAN in decoded(declared + RUSSIAN.encode("cp1251"), markup=True)


def test_plain_text_declares_nothing() -> None:
    assert "charset=koi8-r" in decoded(b"charset=koi8-r \xe4hnlich")
    assert "ähnlich" in decoded(b"charset=koi8-r \xe4hnlich")


@pytest.mark.parametrize("text", ["Müller sagte ja.", "Gespräche über Zölle", "L'été a été chaud à Genève.", "¿Qué?"])
def test_a_short_western_text_is_not_taken_for_another_script(text: str) -> None:
    assert decoded(text.encode("cp1252")) == text


def test_the_language_helps_where_the_text_is_too_short_to_tell() -> None:
    text = "Gęś żółta."
    assert decoded(text.encode("cp1250"), language="pl") == text
    assert text in decoded(b'<html lang="pl"><p>' + text.encode("cp1250"), markup=True)
    assert decoded(RUSSIAN[:9].encode("cp1251"), language="ru") == RUSSIAN[:9]


@given(st.binary(max_size=300), st.none() | st.text(max_size=20), st.booleans())
def test_any_bytes_become_text(content: bytes, sent: str | None, markup: bool) -> None:
    assert isinstance(decoded(content, sent, markup=markup), str)
