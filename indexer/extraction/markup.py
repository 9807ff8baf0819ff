"""Markdown to plain paragraphs, and the fields of its front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import yaml  # type: ignore[import-untyped]
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.token import Token

from indexer.clean import FRONT_MATTER, ends_sentence, one_line
from indexer.errors import DocumentError

_MAX_FRONT_MATTER = 2**20
_MAX_INLINE = 20_000
"""A longer block keeps its inline marks as they are: their parser is quadratic in the worst case."""
_MAX_NESTING = 100
_YAML_NULLS = ("", "~", "null", "Null", "NULL")
_BREAKING_TAG = re.compile(r"</?(?:br|p|div|li|td|th|tr|h[1-6])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """A Markdown document: the front matter's fields (strings as written), its leading heading, its paragraphs."""

    fields: dict[str, object]
    title: str | None
    paragraphs: tuple[str, ...]


def read_markdown(text: str) -> MarkdownPage:
    """Read front matter and flatten the body's blocks to paragraphs; headings are left out of them.

    A heading of the first level before all text is the title. The numbers of numbered lists stay, since "1945."
    may be one. Raises DocumentError if the front matter is not YAML.
    """
    fields, body = _front_matter(text.lstrip())
    title, paragraphs = _flattened(_parser().parse(body))
    return MarkdownPage(fields, title, tuple(paragraphs))


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """The fields and the body; a text that does not begin with a rule and a key is all body."""
    if not FRONT_MATTER.match(text):
        return {}, text
    closing = text.find("\n---", 3)
    if not 0 < closing < _MAX_FRONT_MATTER:
        raise DocumentError(f'front matter has no closing line "---" within {_MAX_FRONT_MATTER} characters')
    try:
        handler = YAMLHandler()
        front, body = handler.split(text)
        # The base loader makes nothing but strings, lists and mappings: a date keeps its precision, an id its
        # zeros, and Norway (NO) is not False.
        fields = handler.load(front, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(f"front matter is not YAML: {one_line(str(error))}") from None
    if not isinstance(fields, dict):
        raise DocumentError('front matter holds no fields: write one "name: value" a line')
    return {str(name): None if value in _YAML_NULLS else value for name, value in fields.items()}, body


@cache
def _parser() -> MarkdownIt:
    """Blocks only, inline marks later one by one. Indented lines and raw HTML are text like any other in articles."""
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"]).disable(["code", "html_block"])
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("strikethrough")


def _flattened(tokens: list[Token]) -> tuple[str | None, list[str]]:
    """The leading heading and the paragraphs: one for each text block, list item and table row."""
    title = None
    paragraphs: list[str] = []
    for kind, text in _blocks(tokens):
        if kind == "text":
            paragraphs.append(text)
        elif kind == "h1" and not paragraphs and title is None:
            title = text
    return title, paragraphs


def _blocks(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """The blocks in order as (kind, text); the kind is "text" or a heading's tag. Empty ones are left out."""
    number, above = "", None
    cells: list[str] = []
    for token in tokens:
        if token.type == "list_item_open":
            number = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "tr_close":
            yield "text", " | ".join(filter(None, cells))
            cells = []
        elif token.type in {"inline", "fence"} and (text := one_line(_plain(token))):
            if above is not None and above.type in {"td_open", "th_open"}:
                cells.append(text)
            elif above is not None and above.type == "heading_open" and not _underlined_prose(above, text):
                yield above.tag, text
            else:
                yield "text", number + text
            number = ""
        above = token


def _underlined_prose(heading: Token, text: str) -> bool:
    """A paragraph with a rule right below it, which Markdown takes for a heading."""
    return heading.markup == "-" and ends_sentence(text)


def _plain(token: Token) -> str:
    if token.type == "fence" or len(token.content) > _MAX_INLINE:
        return token.content
    return "".join(map(_plain_inline, _inline_parser().parseInline(token.content)[0].children or []))


def _plain_inline(token: Token) -> str:
    """The text of an inline mark: of an image its description, of a line break or a block's tag a space."""
    match token.type:
        case "text" | "text_special" | "code_inline":
            return token.content
        case "softbreak" | "hardbreak":
            return " "
        case "image":
            return "".join(map(_plain_inline, token.children or []))
        case "html_inline" if _BREAKING_TAG.match(token.content):
            return " "
    return ""
