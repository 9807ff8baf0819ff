"""Bytes of XML from strangers to bytes that are safe to parse: one encoding, no entities, no control characters.

Feeds and sitemaps are XML that is often not well-formed. What is put right here is what lxml's recovery would lose (a
named entity of HTML, a lone ampersand) or what a parser must never see: a declaration of entities is refused, since
entities that stand for entities are how a document of one kilobyte becomes one of gigabytes, and no feed needs them.
"""

from __future__ import annotations

import html.entities
import io
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from indexer.charset import decoded
from indexer.errors import DocumentError

MAX_MARKS = 2_000_000
"""Angle brackets and ampersands in a document: 50,000 pages of a sitemap, each with twenty elements, have as many."""

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,1000}>", re.IGNORECASE)
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = re.compile(r"<!ENTITY\b", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_WHOLE_DOCTYPE = re.compile(r"<!DOCTYPE\b[^<>\[]{0,1000}(?:\[[^\]<>]{0,1000}\]\s{0,99})?>", re.IGNORECASE)
_LONE = re.compile(r"<(?![A-Za-z_:/!?])")
_AMPERSAND = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,8};|#[0-9]{1,8};|([A-Za-z][A-Za-z0-9]{1,31});)?")
_XML_NAMES = {"amp", "lt", "gt", "quot", "apos"}
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


def clean_xml(content: bytes, charset: str | None = None) -> bytes:
    """The document as UTF-8 without a declaration of its own, ready for ``pieces``.

    ``charset`` is what the sender says (``indexer.charset`` says how much that counts). Raises DocumentError for a
    document that declares entities, and for one with more than ``MAX_MARKS`` brackets and ampersands.
    """
    text = _DECLARATION.sub("", decoded(content, charset, markup=True).lstrip("\ufeff"), count=1)
    if text.count("<") + text.count("&") > MAX_MARKS:
        raise DocumentError(
            f"it has over {MAX_MARKS:,} angle brackets and ampersands: no feed or sitemap needs so many"
        )
    if _DOCTYPE.search(text) and _ENTITIES.search(text):
        raise DocumentError(
            "it declares XML entities of its own: no feed or sitemap needs them, and they can be a bomb"
        )
    cleaned = "".join(part if is_cdata else _escaped(part) for part, is_cdata in _parts(_ILLEGAL.sub("", text)))
    return _WHOLE_DOCTYPE.sub("", cleaned, count=1).encode()


def pieces(xml: bytes, *events: str) -> Iterator[tuple[str, Any]]:
    """The events of parsing what ``clean_xml`` gave: without entities, network and a DTD, recovering from errors.

    libxml2 goes 256 levels deep and no deeper, and stops at texts of ten million bytes.
    """
    parser: Iterator[tuple[str, Any]] = etree.iterparse(
        io.BytesIO(xml),
        events=events,
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return parser


def is_cut(xml: bytes, *names: bytes) -> bool:
    """Whether the last of the elements with these names begins and does not end, as in a document that was cut off."""
    ends = max(xml.rfind(b"</" + name) for name in names)
    return any(re.search(rb"<%s[\s>]" % name, xml[max(ends, 0) :]) for name in names)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a CDATA section; one that does not end goes on to the end."""
    place = 0
    while (start := text.find(_CDATA, place)) >= 0:
        end = text.find(_CDATA_END, start)
        end = len(text) if end < 0 else end + len(_CDATA_END)
        yield text[place:start], False
        yield text[start:end], True
        place = end
    yield text[place:], False


def _escaped(text: str) -> str:
    """The text with every bracket and ampersand that begins neither markup nor a reference as a reference."""
    return _LONE.sub("&lt;", _AMPERSAND.sub(_entity, text))


def _entity(match: re.Match[str]) -> str:
    """A reference as XML knows it without declarations; what is none is the characters that stand there."""
    name = match[1]
    if name in _XML_NAMES or (name is None and len(match[0]) > 1):
        return match[0]
    character = html.entities.html5.get(f"{name};") if name else None
    return "".join(f"&#{ord(char)};" for char in character) if character else f"&amp;{match[0][1:]}"
