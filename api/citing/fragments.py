"""Links that open a page at a sentence: text fragments, ``#:~:text=start,end``.

https://wicg.github.io/scroll-to-text-fragment/. A browser looks for ``start`` at the beginning of a word and inside one
block of the page, and marks from there to the first ``end`` behind it; without an ``end``, just ``start``. Of several
directives it goes to the first that it finds. ``scripts/fragments.py`` measures how often that works on real pages.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from indexer.types import PARAGRAPH_BREAK

Span = tuple[int, int]

WALL = "|"
"""Stands between the cells of a table that was made text: the page does not have it."""

WHOLE = 600
"""Characters, when encoded, up to which a sentence goes into a link whole: some 80 words of English.

Captions often begin as the sentence does that they are taken from, so the whole is found once where its ends are not.
"""

ENDS = 8
"""Words at each end of what is longer, and of any sentence for the second try."""

_MOST = 40
"""Words that each end may have so as to be found once: who needs more says the same thing over and over."""

SHORT = 4
"""A sentence of fewer words may well stand in an article again: the words on both sides of it go along."""

CONTEXT = 3
"""Words of the paragraph before (or else behind) a sentence: summaries and captions repeat sentences, but alone."""

_REACH = 120
"""Characters on both sides of a sentence in which the words beside it are looked for, which three words or clauses
never fill: the rest of a long article is only asked whether the sentence stands there, too.
"""

LONGEST = 2_000
"""Characters that the directive may have: what is longer (words without end) would not fit into every address."""

_WIDE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Letters of writing that has no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

_STOPS = "、。，！？；：」』）》】"
_UNIT = re.compile(rf"[^\s{_STOPS}]+[{_STOPS}]*|[{_STOPS}]+")
"""What may be parted from its neighbours: a word, or in writing without spaces a clause."""

_LETTERS = re.compile(f"[{_WIDE}]")
_ALPHANUMERIC = re.compile(r"[^\W_]")
_PER_WORD = 2
"""Letters of writing without spaces that count as one word, which is what Chinese has on average."""


class Directive(NamedTuple):
    """What a browser looks for. ``end`` is empty where ``start`` is the whole, and so are prefix and suffix."""

    start: str
    end: str = ""
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        parts = [_encoded(self.start), _encoded(self.end)]
        parts.insert(0, self.prefix and f"{_encoded(self.prefix)}-")
        parts.append(self.suffix and f"-{_encoded(self.suffix)}")
        return ",".join(filter(None, parts))


def link(url: str | None, text: str, span: Span | None = None) -> str | None:
    """The address with a text fragment, so that a browser opens it at a sentence; None where there is no address.

    ``span`` is the sentence's place in ``text``, a passage or better the whole article; None for all of it. A text
    fragment that the address has already, copied from a browser, gives way to the sentence's own; its ordinary fragment
    stays.
    """
    if url is None:
        return None
    address = url.partition(":~:")[0]
    directives = "&".join(f"text={directive}" for directive in directives_for(text, span))
    if not directives or len(directives) > LONGEST:
        return address.removesuffix("#")
    return f"{address}{'' if '#' in address else '#'}:~:{directives}"


def directives_for(text: str, span: Span | None = None) -> tuple[Directive, ...]:
    """What names a sentence, in the order in which a browser looks for it: exactly, and failing that by its ends alone.

    Words that it shares with its neighbour ("end.Next") are taken whole. The words beside it in its paragraph go along,
    on both sides where it is short or stands in the text again. A short one that is a paragraph of its own has the
    first words of the next paragraph; a picture may stand between. So the second try is without them, and without the
    sentence's first word, of which a large initial may be an element of its own. Nothing names what has neither letter
    nor digit.
    """
    low, high = span or (0, len(text))
    units = _units(text, max(0, low - _REACH), min(len(text), high + _REACH))
    inside = _shown(text, [unit for unit in units if unit[0] < high and unit[1] > low])
    if not inside:
        return ()
    whole = Directive(_cut(text, inside))
    by_ends = len(whole.start) > WHOLE or len(str(whole)) > WHOLE
    exact = _with_context(text, units, inside, _named_by_ends(text, inside) if by_ends else whole)
    rest = inside[1:] if _weight(text, inside[1:]) >= SHORT - 1 else inside
    return tuple(dict.fromkeys((exact, _named_by_ends(text, rest))))


def _units(text: str, low: int, high: int) -> list[Span]:
    """The units between two places, but for those that these cut."""
    found = [match.span() for match in _UNIT.finditer(text, low, high)]
    first = 1 if low > 0 else 0
    return found[first : len(found) - (1 if high < len(text) else 0)]


def _with_context(text: str, units: Sequence[Span], inside: Sequence[Span], named: Directive) -> Directive:
    """A directive with the words beside the sentence, where there are any."""
    first, last, words = inside[0], inside[-1], _weight(text, inside)
    again = words < SHORT or _places(text, named.start) > 1
    before = units[: bisect_right(units, first[0], key=itemgetter(1))]
    behind = units[bisect_left(units, last[1], key=itemgetter(0)) :]
    prefix = _cut(text, _beside(text, before[::-1], first)[::-1])
    suffix = _cut(text, _beside(text, behind, None if again or words <= 2 * ENDS else last))
    if again:
        return named._replace(prefix=prefix, suffix=suffix)
    return named._replace(prefix=prefix) if prefix else named._replace(suffix=suffix)


def _shown(text: str, units: Sequence[Span]) -> Sequence[Span]:
    """Units without the marks of lists and tables at their ends; of a row of a table, the cell that says most."""
    cell = units
    if WALL in _cut(text, units):
        cells: list[list[Span]] = [[]]
        for unit in units:
            if _cut(text, [unit]) == WALL:
                cells.append([])
            else:
                cells[-1].append(unit)
        cell = max(cells, key=lambda cell: len(_cut(text, cell)))
    low, high = 0, len(cell)
    while low < high and not _ALPHANUMERIC.search(text, *cell[low]):
        low += 1
    while low < high and not _ALPHANUMERIC.search(text, *cell[high - 1]):
        high -= 1
    return cell[low:high]


def _beside(text: str, units: Sequence[Span], last: Span | None) -> list[Span]:
    """The nearest units on one side, up to a mark of a list or table, which the page does not have as text, and up to
    the end of the paragraph; without ``last``, the unit they follow, of the next paragraph if there are none."""
    near: list[Span] = []
    for unit in units:
        beginning, end = sorted([*(last or unit), *unit])[1:3]
        if len(near) == CONTEXT or _cut(text, [unit]) in {WALL, "-"} or PARAGRAPH_BREAK in text[beginning:end]:
            break
        near.append(unit)
        last = unit
    return near


def _named_by_ends(text: str, units: Sequence[Span]) -> Directive:
    """By the first and last words, of which there are more where fewer would be found too early; the whole if short."""
    size = _weight(text, units)
    for words in range(ENDS, min(size, _MOST)):
        start, end = _first(text, units, words), _last(text, units, words)
        if len(start) + len(end) >= units[-1][1] - units[0][0]:
            break
        rest = text[units[0][0] + len(start) : units[-1][1]]
        if _places(rest, end) == 1:
            return Directive(start, end)
    return Directive(_cut(text, units))


def _first(text: str, units: Sequence[Span], words: int) -> str:
    """The first units that together count as so many words; all, if they are fewer."""
    return _cut(text, units[: _enough(text, units, words)])


def _last(text: str, units: Sequence[Span], words: int) -> str:
    return _cut(text, units[-_enough(text, units[::-1], words) :])


def _enough(text: str, units: Sequence[Span], words: int) -> int:
    """How many units count as so many words."""
    if _is_plain(text, units):
        return min(words, len(units))
    weights = accumulate(_counts_as(text[low:high]) for low, high in units)
    return next((count for count, weight in enumerate(weights, 1) if weight >= words), len(units))


def _cut(text: str, units: Sequence[Span]) -> str:
    return text[units[0][0] : units[-1][1]] if units else ""


def _weight(text: str, units: Sequence[Span]) -> int:
    """How many words units count as."""
    if _is_plain(text, units):
        return len(units)
    return sum(_counts_as(text[low:high]) for low, high in units)


def _is_plain(text: str, units: Sequence[Span]) -> bool:
    """Whether every unit counts as one word, seen at once; the units may be in either order."""
    return not units or text[min(units[0][0], units[-1][0]) : max(units[0][1], units[-1][1])].isascii()


@lru_cache(maxsize=2**14)
def _counts_as(unit: str) -> int:
    """How many words a unit counts as: one, but more in writing without spaces."""
    return 1 if unit.isascii() else max(1, len(_LETTERS.findall(unit)) // _PER_WORD)


def _places(text: str, words: str) -> int:
    """How often words stand in a text, without regard to case, as a browser looks for them."""
    return text.casefold().count(words.casefold())


def _encoded(text: str) -> str:
    """Percent-encoded whatever is neither letter nor digit, the dash too: in a text fragment it is syntax."""
    return text.translate(_PERCENT)


class _Percent(dict[int, str]):
    """What stands in an address for each character."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = sign.isascii() and sign.isalnum()
        self[code] = sign if plain else "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "replace"))
        return self[code]


_PERCENT = _Percent()
