"""Finds names of people, places and organisations in passages: runs of words with capital letters, seen often."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.types import Passage, StoredArticle

_PASSAGES, _ARTICLES = 3, 2
"""A name stands in so many passages, or in so many articles: fewer are chance runs and misspellings."""

_LONGEST = 6
"""Words of a name; longer runs are headings and lists."""

_CAPITAL = "[" + "".join(chr(n) for n in range(0x10000) if unicodedata.category(chr(n)) in {"Lu", "Lt"}) + "]"
_REST = rf"(?:(?:\.{_CAPITAL})+\.?|\.(?= {_CAPITAL})|(?:[\w'’-]*\w)?)"  # U.S., George W. Bush, O'Brien, Jong-un
_WORD = rf"(?:[ae][lns]-|d['’])?{_CAPITAL}{_REST}"  # el-Sisi, d'Estaing
_JOINING = r"(?:of|for|bin|bint|ibn|al|el|ul|von der|von|van der|van|der|den|de la|de|del|della|di|da|dos|do|du)"
_RUN = re.compile(rf"{_CAPITAL}(?<![\w'’.-].){_REST}(?:(?<!['’]s) (?:{_JOINING} )?{_WORD})+(?!\w)")
"""The capital first, then what may not stand before it: so the search need not try every place."""

_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
_OFFICE = (
    r"(?:President|Minister|Premier|Chancellor|Secretary[- ]General|Secretary(?: of \w+)?|Ambassador|Senator"
    r"|Chief Executive|Spokes(?:wo)?man)"
)
_BEFORE = re.compile(rf"(?:(?:{_DAY}|{_MONTH}|The) )+|(?:\S+ )*?{_OFFICE} (?={_WORD} {_WORD})")
"""What stands before a name in the same capitals: "Russian President Vladimir Putin" is Vladimir Putin."""
_AFTER = re.compile(rf"(?: {_DAY})+$|['’]s$")
_OPENERS = "\"'“‘«„(:–—"


@dataclass(slots=True)
class _Seen:
    """In how many passages a name stood within a sentence, in how many it began one, and in how many articles."""

    inside: int = 0
    beginning: int = 0
    articles: int = 0
    last_article: str = ""


class Names:
    """Counts names article by article."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def add(self, stored: StoredArticle) -> None:
        """Count the names in the passages of an article."""
        for passage in stored.passages:
            for name, begins in dict(sorted(_names(passage), key=lambda pair: not pair[1])).items():
                seen = self._seen.setdefault(name, _Seen())
                if begins:
                    seen.beginning += 1
                else:
                    seen.inside += 1
                seen.articles += seen.last_article != stored.article.id
                seen.last_article = stored.article.id

    def frequent(self) -> list[str]:
        """Those that stand in several passages or articles, the most frequent first.

        The first word of a sentence has a capital anyway: what never stands within one is no name.
        """
        found = {
            name: seen.inside + seen.beginning
            for name, seen in self._seen.items()
            if seen.inside and (seen.inside + seen.beginning >= _PASSAGES or seen.articles >= _ARTICLES)
        }
        return sorted(
            (name for name, count in found.items() if found.get(name.partition(" of ")[0], 0) <= count),
            key=lambda name: (-found[name], name),
        )  # "Donald Trump of the United States" is not a name, since "Donald Trump" is a more frequent one


def _names(passage: Passage) -> Iterator[tuple[str, bool]]:
    """Each name in a passage, and whether it begins a sentence or what somebody said."""
    for start, end in passage.sentences or ((passage.start, passage.end),):
        sentence = passage.text[start - passage.start : end - passage.start]
        for match in _RUN.finditer(sentence):
            run = match.group()
            before = _BEFORE.match(run)
            name = _AFTER.sub("", run[before.end() :] if before else run)
            if 1 <= name.count(" ") < _LONGEST and not name.isupper():
                yield name, not before and (not match.start() or sentence[: match.start()].rstrip()[-1:] in _OPENERS)
