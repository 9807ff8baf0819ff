"""A passage with as much of its article around it as a budget of tokens allows, cut at the ends of paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.types import PARAGRAPH_BREAK

Span = tuple[int, int]

BUDGET = 3000
"""Tokens of an excerpt at most, unless the passage alone has more: about 2,000 words of English, a long news report."""

_BYTES_PER_TOKEN = 4
"""What a token of today's language models comes to, in UTF-8: four letters of English, rather more than one of Chinese.

A rule of thumb, for the budget is one, too: their tokenizers differ more from each other than from it.
"""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of an article's text, ``text[start:end]``.

    ``before`` and ``after`` are how many whole paragraphs of the article are left out on each side; ``cut`` is whether
    parts of its own paragraph are left out as well, which then is longer than the budget.
    """

    start: int
    end: int
    before: int
    after: int
    cut: bool = False

    @property
    def is_whole(self) -> bool:
        return not (self.before or self.after or self.cut)


def around(text: str, kept: Span, budget: int = BUDGET) -> Excerpt:
    """What is shown of a text: ``kept`` whole in any case, then its paragraph, then paragraphs after and before it.

    The sides take turns until the next paragraph of neither fits.
    """
    paragraphs = list(_paragraphs(text))
    low = next(place for place, (_, end) in enumerate(paragraphs) if kept[0] < end)
    high = next(place for place, (_, end) in enumerate(paragraphs) if kept[1] <= end) + 1
    costs = [tokens(text[start:end]) for start, end in paragraphs]
    room = budget - sum(costs[low:high])
    if room < 0:
        start, end = paragraphs[low][0], paragraphs[high - 1][1]
        return Excerpt(*kept, low, len(paragraphs) - high, kept != (start, end))
    low, high = _grown(costs, low, high, room)
    return Excerpt(paragraphs[low][0], paragraphs[high - 1][1], low, len(paragraphs) - high)


def tokens(text: str) -> int:
    """About how many tokens a language model makes of a text."""
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


def _grown(costs: Sequence[int], low: int, high: int, room: int) -> Span:
    """The run of paragraphs from ``low`` up to ``high``, grown on both sides as long as there is room."""
    before = -1
    while before != high - low:
        before = high - low
        if high < len(costs) and costs[high] <= room:
            room -= costs[high]
            high += 1
        if low > 0 and costs[low - 1] <= room:
            low -= 1
            room -= costs[low]
    return low, high


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for paragraph in text.split(PARAGRAPH_BREAK):
        yield start, start + len(paragraph)
        start += len(paragraph) + len(PARAGRAPH_BREAK)
