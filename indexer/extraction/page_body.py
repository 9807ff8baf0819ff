"""The paragraphs of a web page's article: trafilatura's, judged by what else the page holds, without furniture."""

from __future__ import annotations

import re

import trafilatura
from lxml.html import HtmlElement

from indexer.clean import normalise, one_line
from indexer.extraction.furniture import (
    END,
    LAST_LABEL,
    MAX_LINE,
    is_furniture,
    is_notice,
    is_sure_furniture,
    states_at_length,
)
from indexer.extraction.page_tidy import linked_share, tidy, words
from indexer.extraction.page_turns import join_turns
from indexer.extraction.stamps import is_labelled, read_stamp

_PROSE_WORDS = 15
_PROSE_LINKED = 0.3
_TOO_LITTLE = 0.5
"""With less than this share of the page's prose the strict extraction has missed the article."""
_MUCH_MORE = 1.5
_STATED_WORDS = 100
"""From so many words on the text that the page states for programs is an article, not a summary."""
_HEAD = 4
"""The title is repeated among so many first paragraphs."""
_LONG = 150
_MAX_POINTER = 250
_MAX_CONTACT = 300
_RULE = re.compile(r"[|\s:-]+")
_BETWEEN = " | "
_ITEM = re.compile(r"^[-*•]\s+")

# Whole lines that lead elsewhere, by how they begin.
_POINTER = re.compile(
    r"(?:[*►»>→•▶-]\s*)?(?:"
    r"(?:(?:also )?read(?: also| more| next| this| the full story)?|see (?:also|more)|also (?:see|on [\w.]+)"
    r"|related(?: \w+)?|more(?: from .{2,30})?|don['’]t miss|watch(?: more| now| also)?|listen(?: to)?|recommended"
    r"|must read|lire aussi|à lire(?: aussi)?|mehr(?: zum thema)?|lesen sie auch|lea también|lee también"
    r"|leia (?:também|mais)|leggi anche|читайте также|baca juga|اقرأ أيضا|اقرأ أيضًا)\s*(?:[:|]|[–—-](?=\s))"
    r"|(?:also on [\w.]+\.\w+|read (?:more|also)|see (?:more|also)|baca juga|leia (?:mais|também))\b(?!.*[.!]$))",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:(?:you can )?(?:follow|find|like|join) (?:us|me|him|her|them|@?[\w.'’ ]{2,40}) on "
    r"(?:twitter|facebook|instagram|telegram|x\b|linkedin|youtube|whatsapp|flipboard|google news)"
    r"|like this (?:story|article)\?|filed under\b|tag(?:s|ged(?: as| with| in)?)?:|categor(?:y|ies):"
    r"|email .{3,40}@|reach the reporters?\b|(?:got|have) a (?:news )?(?:tip|story)\?"
    r"|this (?:copy|article has been sent) (?:is for your personal|to\b)|order reprints|print article"
    r"|(?:e-?mail|contact|write to) (?:the )?(?:author|reporter|writer|.{2,40} at \S+@))",
    re.IGNORECASE,
)


def read_body(tree: HtmlElement, url: str | None, titles: list[str], stated: str | None) -> list[str]:
    """The paragraphs of a page's article, in order; empty where there is none. Changes the tree.

    ``titles`` are how the page names the article: a first paragraph that says no more goes. ``stated`` is the text
    that the page gives for programs (``articleBody``), which serves where the page itself shows much less of it.
    """
    tidy(tree)
    text = _extracted(tree, url)
    if stated and _count(stated) >= _STATED_WORDS and _count(text) < _TOO_LITTLE * _count(stated):
        text = stated
    return join_turns(_without_furniture([_plain(line) for line in normalise(text).split("\n")], titles))


def _extracted(tree: HtmlElement, url: str | None) -> str:
    """The strict extraction, unless it misses most of the page's prose and the balanced one does not."""
    strict = _bare(tree, url, precise=True)
    if _count(strict) >= _TOO_LITTLE * _prose(tree):
        return strict
    balanced = _bare(tree, url, precise=False)
    return balanced if _count(balanced) > _MUCH_MORE * _count(strict) else strict


def _bare(tree: HtmlElement, url: str | None, *, precise: bool) -> str:
    # Never with deduplicate=True: it remembers texts over the whole process, and returns nothing the third time.
    found = trafilatura.bare_extraction(tree, url=url, favor_precision=precise, include_comments=False)
    return "" if found is None or isinstance(found, dict) else found.text or ""


def _count(text: str) -> int:
    return len(text.split())


def _prose(tree: HtmlElement) -> int:
    """The words of all paragraphs on the page that are of some length and are not mostly links."""
    paragraphs = ((words(paragraph), paragraph) for paragraph in tree.iter("p"))
    return sum(
        count for count, paragraph in paragraphs if count >= _PROSE_WORDS and linked_share(paragraph) < _PROSE_LINKED
    )


def _plain(line: str) -> str:
    """A line without the marks of lists and tables: cells are parted by bars, as in Markdown's tables."""
    line = one_line(line)
    if line.startswith("|"):
        return "" if _RULE.fullmatch(line) else _BETWEEN.join(filter(None, (cell.strip() for cell in line.split("|"))))
    return _ITEM.sub("", line, count=1)


def _without_furniture(lines: list[str], titles: list[str]) -> list[str]:
    names = {bare(title) for title in titles}
    lines = [
        line
        for place, line in enumerate(filter(None, lines))
        if place >= _HEAD or not (bare(line) in names or (len(line) <= MAX_LINE and read_stamp(line)))
    ]
    return [line for line in lines[: _end(lines)] if not _leads_elsewhere(line)]


def bare(text: str) -> str:
    """A title's letters and digits, to compare it without regard to case and punctuation."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _end(lines: list[str]) -> int:
    """Where the article ends: at a heading of other stories that hardly any prose follows."""
    following = [number for number, line in enumerate(lines) if len(line) > _LONG]
    for number, line in enumerate(lines):
        headed = len(line) <= MAX_LINE and (END.fullmatch(line) or LAST_LABEL.fullmatch(line))
        if number and headed and sum(place > number for place in following) < 2:
            return number
    return len(lines)


def _leads_elsewhere(line: str) -> bool:
    """Whether a whole line is furniture; a row of a table or a long statement that begins as a credit does is none."""
    if len(line) <= _MAX_POINTER and _POINTER.match(line):
        return True
    if len(line) <= _MAX_CONTACT and _CONTACT.match(line):
        return True
    if _BETWEEN in line:
        return False
    if len(line) <= MAX_LINE and is_labelled(line) and read_stamp(line) is not None:
        return True
    return is_furniture(line) and (is_notice(line) or is_sure_furniture(line) or not states_at_length(line))
