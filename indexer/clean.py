"""Text as it comes to clean paragraphs: the boundary where controls, line ends and hard wrapping are put right.

Pure functions from ``str`` to ``str``, linear in the length of the text. Nothing that a reader sees is lost:
letters, marks of direction and zero-width joiners stay as they are, only controls and white space change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median

from indexer.types import PARAGRAPH_BREAK

FRONT_MATTER = re.compile(r"---[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*[\w\"'-]+[ \t]*:")
"""How a normalised text with front matter begins: a rule, blank lines or comments, a key."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n")
_SPACES = re.compile(r"[^\S ]\s*| \s+")
"""White space that is not one plain space already: on clean text nothing matches, so a long line costs no memory."""

_LIST_MARK = re.compile(r"(?:[-*+–—•·‣▪●○■□▶►◦]+|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_CLOSERS = "\"'”’»)]}›」』 "
_SENTENCE_ENDS = ".!?…:;。！？۔؟।"

# A text counts as hard-wrapped when at least this many of its single line breaks fall inside a sentence, these
# are at least this share of all of them, and at least this share goes on in lower case. In a hundred
# thousand wire articles the wrapped texts reach 0.7 to 1.0 and all but a few of the others at most 0.2, so the
# middle parts them.
_WRAPPED_BREAKS = 3
_WRAPPED_SHARE = 0.6
_WRAPPED_LOWER = 0.4
_SHORT_LINE = 0.7
"""A sentence's end at less than this share of the usual width ends the paragraph of a wrapped text."""

_FULL_LINE = 40
"""A line of so many characters without a sentence's end goes on in the next, if that starts with a digit."""


def normalise(text: str) -> str:
    """Put the characters right: lone surrogates, control characters, byte order marks and all kinds of line end.

    Lone surrogates become U+FFFD; controls and byte order marks go; CRLF, CR, VT, FF, NEL and U+2028/2029 become
    a newline. Idempotent.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _LINE_END.sub("\n", _CONTROL.sub("", text))


def one_line(text: str) -> str:
    """A normalised text on one line: every run of white space becomes one space, the ends are stripped."""
    return _spaced(normalise(text))


def split_paragraphs(text: str) -> list[str]:
    """Split a normalised text at its line breaks into clean paragraphs, joining the lines of hard-wrapped ones.

    Blank lines always separate. A single line break separates too, unless it falls inside a sentence: the next
    line goes on in lower case (or, after a full line, with a figure), or the text as a whole is hard-wrapped.
    """
    lines = [_spaced(line) for line in _BLANK_LINES.sub("\n\n", text).split("\n")]
    width = _wrap_width(lines)
    blocks: list[list[str]] = []
    above = ""
    for line in lines:
        if line:
            if above and _goes_on(above, line, width):
                blocks[-1].append(line)
            else:
                blocks.append([line])
        above = line
    return [paragraph for paragraph in map(" ".join, blocks) if _visible(paragraph)]


def join_paragraphs(paragraphs: Iterable[str]) -> str:
    """The text of an article: its paragraphs with ``PARAGRAPH_BREAK`` between them."""
    return PARAGRAPH_BREAK.join(paragraphs)


def ends_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does, closing quotes and brackets aside."""
    bare = line.rstrip(_CLOSERS)
    return bare != "" and bare[-1] in _SENTENCE_ENDS


def _spaced(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _single_breaks(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The neighbouring lines without a blank one between them, list items left out: they are lines on purpose."""
    for above, below in pairwise(lines):
        if above and below and not _LIST_MARK.match(below):
            yield above, below


def _wrap_width(lines: list[str]) -> float | None:
    """The usual length of a line if the text is hard-wrapped, else None."""
    breaks = inside = lower = 0
    widths = []
    for above, below in _single_breaks(lines):
        breaks += 1
        if not ends_sentence(above):
            inside += 1
            lower += below[0].islower()
            widths.append(len(above))
    wrapped = inside >= _WRAPPED_BREAKS and inside >= _WRAPPED_SHARE * breaks and lower >= _WRAPPED_LOWER * inside
    return median(widths) if wrapped else None


def _goes_on(above: str, below: str, width: float | None) -> bool:
    """Whether a line goes on with the sentence or, in a text wrapped at ``width``, the paragraph above it."""
    ended = ends_sentence(above)
    mark = _LIST_MARK.match(below)
    if mark:
        return width is not None and not ended and below[mark.end() : mark.end() + 1].islower()
    if width is not None:
        return not ended or len(above) >= _SHORT_LINE * width
    return not ended and (below[0].islower() or (below[0].isdigit() and len(above) >= _FULL_LINE))


def _visible(paragraph: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in paragraph)
