"""Text as a person copies it from a web page: the article out of its furniture.

Furniture is recognised by several signs at once (a whole line of a known form, short, without a sentence's end,
in its usual place), since losing a sentence is worse than keeping a caption. A text without any furniture comes
through as it is. What a page does not say is None.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import takewhile

import sentencex

from indexer.clean import ends_sentence, one_line, split_paragraphs
from indexer.extraction.furniture import (
    CJK,
    COPYRIGHT,
    END,
    LAST_LABEL,
    MAX_LINE,
    RESERVED,
    is_copyright,
    is_furniture,
    is_sure_furniture,
    states,
    states_at_length,
)
from indexer.extraction.stamps import is_labelled, read_stamp
from indexer.types import PartialDate

_MAX_HEADLINE = 200
_MAX_MADE_TITLE = 120
_LONG = 150
_STILL_THE_ARTICLE = 2
"""So many long paragraphs below a heading of other stories show that it headed an inset."""
_HEADLINE_WORDS = 4
_HEADLINE_CJK = 8
_STANDFIRST = 8
"""So many words below a headline are its standfirst, fewer are a label."""
_EXTRA = 60
_LONGEST_OWNER = 60
_NEAR = 2

_YEARS = re.compile(r"^(?:[\s©ⓒ]|copyright\b|\(c\)|\d{4}(?:\s*[-–]\s*\d{4})?,?|by\b)*", re.IGNORECASE)
_OWNER_END = re.compile(
    r"[.,;|]?\s*\ball rights reserved.*|\s*\((?:https?://|www\.)?[\w-]+(?:\.[\w-]+)+/?\)|[.,;|]\s.*"
    r"|\s+or its (?:affiliat|licens).*|\s+unless .*|\s+\d{4}.*",
    re.IGNORECASE,
)

_WORD = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’.-]*"
_NAME = rf"{_WORD}(?: (?:(?:de|da|del|di|van|von|der|bin|bint|al|el|la|le|du) )*{_WORD}){{1,4}}"
_BYLINE = re.compile(
    rf"(?i:by) (?P<names>{_NAME}(?:(?:,| and|, and| &) {_NAME})*)"
    rf"(?:,.{{0,40}}| \(.{{2,60}}\)| in {_WORD}(?: {_WORD})?)?"
)
_PLACED = re.compile(rf"(?P<name>{_NAME})(?: in {_WORD}(?: {_WORD})?)?")
_AND = re.compile(r",? and |, | & ")
_NO_PERSON = re.compile(
    r"\b(?:News|Press|Agency|Times|Post|Staff|Writers?|Correspondents?|Editors?|Reporters?|Service|Desk|BBC|Reuters"
    r"|AFP|AP)\b"
)
_IN_BRACKETS = re.compile(
    rf"\[[^\]]{{0,60}}?\b(?i:reporter|correspondent)s? (?P<name>{_WORD}(?: {_WORD}){{1,3}})[^\]]{{0,30}}\]\s*"
    r"|\[[^\]]{0,40}?\s?(?P<korean>[가-힣]{2,4}) 기자\]\s*"
)
_REPORTER_WITHIN = 3
"""The reporter stands before one of so many first paragraphs; further down a bracket belongs to the text."""


@dataclass(frozen=True, slots=True)
class CopiedPage:
    """What a copied page says. ``title`` is None and ``paragraphs`` empty where nothing but furniture was copied."""

    title: str | None
    authors: tuple[str, ...]
    publisher: str | None
    published: PartialDate | None
    updated: PartialDate | None
    paragraphs: tuple[str, ...]


def read_copied(text: str) -> CopiedPage:
    """Read a normalised text: find title, authors, publisher and dates, drop the furniture, keep every sentence.

    A text that does not begin with a title gets its first sentence as one, cut at 120 characters.
    """
    lines = [one_line(line) for line in text.split("\n")]
    prose = [number for number, line in enumerate(lines) if _is_prose(line)]
    first, second, *_ = [*prose, len(lines), len(lines)]
    end = _end(lines, first, prose[-1] if prose else len(lines))
    stamps = _stamps(lines, first, second)
    bylines = _bylines(lines[:second], stamps.keys())
    article = range(first, max((number for number in prose if number < end), default=first))
    kept = _kept(lines[:end], stamps.keys() | bylines.keys(), article)
    paragraphs = split_paragraphs("\n".join(kept))
    reporter = _take_reporter(paragraphs)
    title, paragraphs = _headline(paragraphs, _doubled(lines), copied=kept != lines or bool(reporter))
    dates = [found for number in sorted(stamps) for found in stamps[number]]
    return CopiedPage(
        title=title,
        authors=tuple(dict.fromkeys([name for names in bylines.values() for name in names] + reporter)),
        publisher=_publisher(lines),
        published=next((date for updated, date in dates if not updated), None),
        updated=next((date for updated, date in dates if updated), None),
        paragraphs=tuple(paragraphs),
    )


def _is_prose(line: str) -> bool:
    """A long line, or one of some length that ends as a statement does (a headline may end with a question)."""
    if len(line) >= _MAX_HEADLINE:
        return True
    return states_at_length(line) and not is_furniture(line)


def _end(lines: list[str], first: int, last: int) -> int:
    """Where the article ends: at a copyright line, or at a heading of other stories that no more prose follows."""
    following = sum(len(line) >= _LONG and _is_prose(line) for line in lines[first + 1 :])
    for number, line in enumerate(lines[first + 1 :], start=first + 1):
        following -= len(line) >= _LONG and _is_prose(line)
        if is_copyright(line) and (RESERVED.fullmatch(line) or re.search(r"\d{4}", line)):
            return number
        if following < _STILL_THE_ARTICLE and len(line) <= MAX_LINE and END.fullmatch(line):
            return number
        if number > last and LAST_LABEL.fullmatch(line):
            return number
    return len(lines)


def _kept(lines: list[str], found: Collection[int], article: range) -> list[str]:
    """The lines with furniture blanked, also what an inset of other stories lists until the prose goes on.

    Within ``article``, from the first line of prose to the last, a long statement stays though it begins as a
    notice or a credit does: "Picture: a city without power, the mayor said ..."
    """
    kept = []
    inset = False
    for number, line in enumerate(lines):
        heading = len(line) <= MAX_LINE and bool(END.fullmatch(line))
        inset = heading or (inset and not states(line) and not _is_prose(line))
        said = number in article and states_at_length(line) and not is_sure_furniture(line)
        kept.append("" if inset or number in found or (is_furniture(line) and not said) else line)
    return kept


def _headline(paragraphs: list[str], doubled: Collection[str], *, copied: bool) -> tuple[str | None, list[str]]:
    """The title and the paragraphs after it. On a copied page the short lines around the title go with it."""
    head = list(takewhile(lambda paragraph: not _is_prose(paragraph), paragraphs))
    if copied and len(head) == len(paragraphs):
        return (head[0] if head else None), []
    if not head or len(paragraphs) == 1:
        return (_made_title(paragraphs[0]), paragraphs) if paragraphs else (None, [])
    if not copied:
        title, rest = head[0], paragraphs[1:]
    else:
        title = next((line for line in head if line in doubled), None) or next(filter(_is_headline, head), head[0])
        below = head[head.index(title) + 1 :]
        standfirst = [line for line in below if len(line.split()) >= _STANDFIRST or ends_sentence(line)]
        rest = standfirst + paragraphs[len(head) :]
    return title, [paragraph for paragraph in rest if not _repeats(paragraph, title)]


def _is_headline(line: str) -> bool:
    return len(line.split()) >= _HEADLINE_WORDS or len(CJK.findall(line)) >= _HEADLINE_CJK


def _repeats(paragraph: str, title: str) -> bool:
    """The title again, or the title with the few words that make it a caption."""
    extra = len(paragraph) - len(title)
    return paragraph.startswith(title) and (extra == 0 or (_is_headline(title) and 0 < extra <= _EXTRA))


def _doubled(lines: list[str]) -> set[str]:
    counts = Counter(line for line in lines if len(line) <= _MAX_HEADLINE and _is_headline(line))
    return {line for line, count in counts.items() if count > 1}


def _made_title(paragraph: str) -> str:
    sentence = next(iter(sentencex.segment("en", paragraph[:1000])), "").strip() or paragraph[:1000]
    if len(sentence) <= _MAX_MADE_TITLE:
        return sentence
    cut = sentence[: _MAX_MADE_TITLE - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _publisher(lines: list[str]) -> str | None:
    """The owner that the first copyright line with one names."""
    for line in lines:
        sign = COPYRIGHT.match(line) if is_copyright(line) else None
        if sign:
            owner = _OWNER_END.sub("", _YEARS.sub("", line[sign.end() :])).strip(" .,;|")
            if owner and len(owner) <= _LONGEST_OWNER and owner[0].isalpha():
                return owner
    return None


def _take_reporter(paragraphs: list[str]) -> list[str]:
    """The reporter that stands in brackets before the first sentence; the brackets are taken away."""
    head = sum(1 for _ in takewhile(lambda paragraph: not _is_prose(paragraph), paragraphs))
    for number, paragraph in enumerate(paragraphs[: head + _REPORTER_WITHIN]):
        match = _IN_BRACKETS.match(paragraph)
        if match:
            paragraphs[number : number + 1] = filter(None, [paragraph[match.end() :]])
            return [match["name"] or match["korean"]]
    return []


def _bylines(lines: list[str], stamps: Collection[int]) -> dict[int, list[str]]:
    """The lines that name authors ("By Jane Doe"; "Jane Doe in Seoul" next to a stamp), with the names."""
    found = {}
    for number, line in enumerate(lines):
        if len(line) > MAX_LINE:
            continue
        names = _AND.split(match["names"]) if (match := _BYLINE.fullmatch(line)) else []
        if not names and " in " in line and any(near in stamps for near in range(number - _NEAR, number + _NEAR + 1)):
            placed = [_PLACED.fullmatch(part) for part in _AND.split(line)]
            names = [part["name"] for part in placed if part] if all(placed) else []
        if names:
            found[number] = [name for name in names if not _NO_PERSON.search(name)]
    return found


def _stamps(lines: list[str], first: int, second: int) -> dict[int, list[tuple[bool, PartialDate]]]:
    """The lines that are nothing but stamps, with their dates (updated or not, date).

    A date without a word like "Posted" is a stamp only above the prose, or at a byline or another stamp above the
    second paragraph: further down it may head a chronology.
    """
    found = {}
    for number, line in enumerate(lines):
        beside = lines[max(0, number - _NEAR) : number + _NEAR + 1] if number < second else []
        if number < first or any(
            is_labelled(near) or _BYLINE.fullmatch(near) for near in [line, *beside] if len(near) <= MAX_LINE
        ):
            dates = read_stamp(line) if len(line) <= MAX_LINE else None
            if dates is not None:
                found[number] = dates
    return found
