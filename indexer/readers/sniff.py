"""What a file is, from its first bytes; its name only breaks a tie.

Plain text in a file named .md or .markdown is Markdown, and in one named .csv or .tsv a table, since nearly every text
could be either.
"""

from __future__ import annotations

import json
import re

from indexer.binary import HEAD, binary_name, wide_encoding
from indexer.clean import FRONT_MATTER

FORMATS = {
    "text": "text/plain",
    "markdown": "text/markdown",
    "html": "text/html",
    "jsonl": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "warc": "application/warc",
}
"""The names of the formats for a command line, with their media types. ARC files are "warc", too."""

JSON_DOCUMENT = "application/json; whole"
"""One JSON object over several lines; never leaves the readers."""

_ARCHIVES = {b"WARC/": "warc", b"filedesc://": "arc"}
_PACKED = r"(?:\.(?:gz|xz|bz2|zst|lz4))?$"
_NO_ARTICLES = re.compile(
    r"\.(?:pyi?|ipynb|m?js|ts|s?css|[ch](?:pp)?|java|go|rs|rb|php|sh|bat|ps1|sql|r|lock|toml|ya?ml|ini|cfg|svg)"
    + _PACKED,
    re.IGNORECASE,
)
_MARKDOWN_NAME = re.compile(r"\.(?:md|markdown)" + _PACKED, re.IGNORECASE)
_TABLE_NAME = re.compile(r"\.[ct]sv" + _PACKED, re.IGNORECASE)
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_SITEMAP = re.compile(r"<(?:urlset|sitemapindex)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype html|html|head|body|article)[\s>]", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|br|table|section|img|a)[\s/>]", re.IGNORECASE)
_BLOCKS = 3
_JSON_ARRAY = re.compile(r"\[\s*\{")
_JSON_OBJECT = re.compile(r"\{\s*\"")
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:(?:\\?/){2}jsonfeed\.org(?:\\?/)version')
_HEADING = re.compile(r"# +\S")
_AS_SOURCE = "give its address as the url of a source in the settings file"


class RefusedError(Exception):
    """Why a file is not taken, in words for a person."""


def archive_kind(head: bytes) -> str | None:
    """ "warc" or "arc" for the beginning of such a file, unpacked; None for another."""
    return next((kind for magic, kind in _ARCHIVES.items() if head.startswith(magic)), None)


def sniffed(name: str, head: bytes) -> str:
    """The media type of a file (one of FORMATS, or JSON_DOCUMENT) by its first bytes and its name.

    Raises RefusedError for what is plainly no article.
    """
    if head.startswith(b"PAR1"):
        return FORMATS["parquet"]
    if archive_kind(head):
        return FORMATS["warc"]
    refuse_binary(head)
    if suffix := _NO_ARTICLES.search(name):
        raise RefusedError(f"a {suffix[0]} file, not an article: say which format it has to read it all the same")
    text = head.decode(wide_encoding(head) or "utf-8", "replace").lstrip("\ufeff").lstrip()
    if not text:
        raise RefusedError("nothing but white space" if head else "an empty file")
    kind = _sniffed_text(text.replace("\r\n", "\n").replace("\r", "\n"), whole=len(head) < HEAD)
    return _by_name(name, kind)


def refuse_binary(head: bytes) -> None:
    """Raises RefusedError for what holds no text."""
    if name := binary_name(head):
        raise RefusedError(f"{name}, not an article: give text, Markdown, HTML, JSON lines, CSV, Parquet or WARC")


def _by_name(name: str, kind: str) -> str:
    if kind in {FORMATS["text"], FORMATS["markdown"]} and _TABLE_NAME.search(name):
        return FORMATS["csv"]
    if kind == FORMATS["text"] and _MARKDOWN_NAME.search(name):
        return FORMATS["markdown"]
    return kind


def _sniffed_text(text: str, *, whole: bool) -> str:
    """The media type of a document's beginning without its leading white space; ``whole`` if there is no more."""
    if text.startswith("{") and _JSON_FEED.search(text[:4096]):
        raise RefusedError(f"a feed, not an article: {_AS_SOURCE}")
    if text.startswith("{") and (json_kind := _json_kind(text.split("\n"), whole=whole)):
        return json_kind
    if _JSON_ARRAY.match(text):
        raise RefusedError("a JSON array: give JSON lines, one object a line")
    if text.startswith("<") and _FEED.search(text[:4096]):
        raise RefusedError(f"a feed, not an article: {_AS_SOURCE}")
    if text.startswith("<") and _SITEMAP.search(text[:4096]):
        raise RefusedError(f"a sitemap, not an article: {_AS_SOURCE}")
    if text.startswith("<") and _PAGE.search(text):
        return FORMATS["html"]
    if FRONT_MATTER.match(text) or _HEADING.match(text):
        return FORMATS["markdown"]
    return FORMATS["html" if len(_BLOCK.findall(text)) >= _BLOCKS else "text"]


def is_page(head: bytes) -> bool:
    """Whether bytes whose sender does not say what they are look like the beginning of an HTML page."""
    text = head.decode(wide_encoding(head) or "utf-8", "replace").lstrip("\ufeff").lstrip()
    return text.startswith("<") and bool(_PAGE.search(text) or len(_BLOCK.findall(text)) >= _BLOCKS)


def _json_kind(lines: list[str], *, whole: bool) -> str | None:
    """JSON lines, one JSON object over many lines, or None, for a text whose first line starts with a brace."""
    if len(lines) == 1 and not whole:
        return FORMATS["jsonl"]
    if any(line.startswith("{") and _is_json(line) for line in lines):
        return FORMATS["jsonl"]
    return JSON_DOCUMENT if _JSON_OBJECT.match("\n".join(lines)) else None


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
