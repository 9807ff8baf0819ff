"""Bytes to text: by byte order mark, by what sender and document declare, else by the likeliest guess.

What is declared is often wrong (a server's default for every page), so text that is UTF-8 in every byte is read as
such whatever is declared: hardly two characters of another encoding happen to be one of UTF-8. UTF-7 is never read, nor
are Python's own escapes: a page could hide in them what a filter looks for.
"""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{1,100}\bencoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_LANGUAGE = re.compile(rb"<html[^>]{0,500}\blang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.IGNORECASE)
_DECLARED_WITHIN = 4096

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is declared, as the WHATWG Encoding Standard reads it: the supersets that writers really use.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_READ = re.compile(
    r"utf-8|cp125\d|cp874|cp866|cp932|cp949|iso8859-\d+|koi8-[rut]|mac-(?:roman|cyrillic)|gb18030|big5hkscs|euc_jp"
)
_SEVEN_BIT = re.compile(r"iso2022_(?:jp|kr)\w*|hz")
"""Encodings of nothing but ASCII bytes: declared, they are tried before UTF-8, which any of them is, too."""
_BY_LANGUAGE = {
    **dict.fromkeys(("pl", "cs", "sk", "hu", "hr", "sl", "ro", "bs"), "cp1250"),
    **dict.fromkeys(("ru", "uk", "bg", "sr", "be", "mk"), "cp1251"),
    **dict.fromkeys(("et", "lv", "lt"), "cp1257"),
    "el": "cp1253",
    "tr": "cp1254",
    "he": "cp1255",
    "ar": "cp1256",
    "fa": "cp1256",
    "vi": "cp1258",
}
_GUESSED_FROM = 64 * 2**10
_ASCII = re.compile(rb"[\x00-\x7f]*")
_TOO_FEW = 100
"""So few bytes beyond ASCII tell a classifier nothing: it takes German for Hebrew as easily."""
_WESTERN = 0.7
"""Text of a Latin script has at least this share of its letters in ASCII; Cyrillic, Arabic and the like hardly any."""


def decoded(content: bytes, sent: str | None = None, *, markup: bool = False, language: str | None = None) -> str:
    """Text from bytes. ``sent`` is what the sender declares; ``markup`` has the document's own declaration looked for.

    ``language`` (ISO 639) helps with a text that is too short for a guess. Never fails: what is no character in the
    encoding chosen becomes U+FFFD, and UTF-8 with some broken bytes stays UTF-8.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, "replace")
    declared = [_known(name) for name in (sent, _declared(content) if markup else None) if name]
    names = [name for name in declared if name]
    for name in [*filter(_SEVEN_BIT.fullmatch, names), "utf-8", *names]:
        try:
            return content.decode(name)
        except UnicodeError:
            continue
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) - broken > broken:
        return text
    return content.decode(_guess(content, language or (_stated_language(content) if markup else None)), "replace")


def _declared(content: bytes) -> str | None:
    head = content[:_DECLARED_WITHIN]
    match = _XML_ENCODING.match(head) or _CHARSET.search(head)
    return match[1].decode("ascii", "replace") if match else None


def _stated_language(content: bytes) -> str | None:
    match = _LANGUAGE.search(content[:_DECLARED_WITHIN])
    return match[1].decode("ascii").lower() if match else None


def _known(name: str) -> str | None:
    """Python's name of a declared encoding, as far as texts are written in it; None for any other."""
    try:
        python = codecs.lookup(name.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    meant = _MEANT.get(python, python)
    return meant if _READ.fullmatch(meant) or _SEVEN_BIT.fullmatch(meant) else None


def _guess(content: bytes, language: str | None) -> str:
    """The likeliest encoding of what is neither UTF-8 nor declared."""
    by_language = _BY_LANGUAGE.get((language or "")[:2].lower())
    high = sum(byte > 0x7F for byte in content[:_GUESSED_FROM])
    if high <= _TOO_FEW and by_language:
        return by_language
    letters = sum(bytes([byte]).isalpha() for byte in content[:_GUESSED_FROM])
    if high <= _TOO_FEW and letters >= _WESTERN * (letters + high):
        return "cp1252"
    best = charset_normalizer.from_bytes(_sample(content)).best()
    found = _known(best.encoding) if best else None
    return found or by_language or "cp1252"


def _sample(content: bytes) -> bytes:
    """The beginning of what is not UTF-8, ending behind white space, so that no character is cut in two."""
    ascii_only = _ASCII.match(content)
    start = ascii_only.end() if ascii_only and ascii_only.end() >= _GUESSED_FROM else 0
    sample = content[start : start + _GUESSED_FROM]
    if start + len(sample) == len(content):
        return sample
    return sample[: max(sample.rfind(b"\n"), sample.rfind(b" ")) + 1] or sample
