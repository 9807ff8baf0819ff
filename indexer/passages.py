"""Paragraphs to passages: what is embedded, ranked and cited, each with its exact place in the article."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from indexer.sentences import sentence_spans
from indexer.types import PARAGRAPH_BREAK, Article, Metadata, Passage

CountTokens = Callable[[Sequence[str]], list[int]]
Span = tuple[int, int]

HEAD_TOKENS = 56
"""Word pieces kept free for the date and the title that stand before a passage when it is embedded."""

_HEAD_ROOM = HEAD_TOKENS - 5
"""What of it the head itself may take: two pieces are the model's own, the others the stops between the parts."""

LONGEST = 200
"""Word pieces above which a paragraph is split, however much more a model reads: a news paragraph has 40 to 130."""

PIECE = 128
"""Word pieces that the parts of a split paragraph have at most, so that a part is no longer than a paragraph."""

_DENSEST = 32
"""Code points that a word piece stands for at most: a text with more counts as longer than its tokenizer says.

Prose has 4 to 6. Tokenizers of the BERT kind make one piece of a word of any length, which would let a megabyte
without spaces pass for one word; and to count the pieces of megabytes takes gigabytes.
"""

_COUNTED = 1000
"""Texts whose word pieces are counted in one go."""

_LEAST_LETTERS = 20
"""Fewer bytes of letters and digits (UTF-8, so that CJK counts threefold) are a crumb."""

_CREDIT = re.compile(
    r"\W{0,3}(?i:additional |with )?"
    r"(?i:reporting|editing|writing|compiled|photo(?:graph)?s?|image|picture|file photo)"
    r"(?:(?i: by)(?:[\s,;.()/&-]+(?:[A-ZÀ-Þ][\w'’.-]*|and|in|for|by|additional|reporting|editing|writing))+\W*"
    r"|(?i: by)\b[^.!?]{0,100}|:.{0,120})"
)
"""A credit is all names, or short and no sentence: "Reporting by observers suggests that it did." is none."""


@dataclass(frozen=True, slots=True)
class Splitting:
    """The rule that turns articles into passages. An index is bound to it by ``name``.

    ``count`` gives the word pieces of texts; ``longest`` and ``piece`` are in word pieces.
    """

    count: CountTokens
    longest: int
    piece: int

    @classmethod
    def for_model(cls, count: CountTokens, max_tokens: int) -> Splitting:
        """The rule for a model that reads ``max_tokens``: nothing that is embedded may be cut silently."""
        longest = max(16, min(LONGEST, max_tokens - HEAD_TOKENS))
        return cls(count, longest, min(PIECE, longest))

    def weigh(self, texts: Sequence[str]) -> list[int]:
        """The word pieces of each text, and never less than one for each 32 code points."""
        weights = [-(-len(text) // _DENSEST) for text in texts]
        countable = [place for place, weight in enumerate(weights) if weight <= self.longest]
        for start in range(0, len(countable), _COUNTED):
            places = countable[start : start + _COUNTED]
            for place, count in zip(places, self.count([texts[place] for place in places]), strict=True):
                weights[place] = max(weights[place], count)
        return weights

    @property
    def name(self) -> str:
        return f"date-title-paragraph-sentences/2 longest={self.longest} piece={self.piece}"


def split(article: Article, rule: Splitting) -> list[Passage]:
    """The passages of an article, in order. An article with any text has at least one."""
    paragraphs = list(_paragraph_spans(article.text))
    kept = [span for span in paragraphs if not is_crumb(article.text[slice(*span)])] or paragraphs
    weights = rule.weigh([article.text[slice(*span)] for span in kept])
    pieces: list[Span] = []
    for span, weight in zip(kept, weights, strict=True):
        pieces += [span] if weight <= rule.longest else _pieces(article.text, span, article.meta.language, rule)
    return [_passage(article, ordinal, span) for ordinal, span in enumerate(pieces)]


def _passage(article: Article, ordinal: int, span: Span) -> Passage:
    start, end = span
    text = article.text[start:end]
    sentences = tuple((start + low, start + high) for low, high in sentence_spans(text, article.meta.language))
    return Passage(article.id, ordinal, start, end, text, sentences)


def is_crumb(paragraph: str) -> bool:
    """Whether a paragraph says too little to be an answer: a word or two, a credit, a byline."""
    letters = "".join(char for char in paragraph[:200] if char.isalnum())
    return len(letters.encode()) < _LEAST_LETTERS or _CREDIT.fullmatch(paragraph) is not None


def embedded_text(meta: Metadata, text: str) -> str:
    """What is encoded for a passage: "2012-05-23. Title. Paragraph". Only the paragraph is shown and cited."""
    day = meta.published.iso[:10] if meta.published else None
    return ". ".join(part for part in (day, meta.title.rstrip("."), text) if part)


def embedded_texts(meta: Metadata, texts: Sequence[str], rule: Splitting) -> list[str]:
    """The same for the passages of an article, its title cut between words where it would push out their ends."""
    title = meta.title
    while rule.weigh([embedded_text(replace(meta, title=title), "")])[0] > _HEAD_ROOM and len(title) > 1:
        shorter = title[: len(title) * 4 // 5]
        title = shorter.rpartition(" ")[0] or shorter
    return [embedded_text(replace(meta, title=title), text) for text in texts]


def _paragraph_spans(text: str) -> Iterator[Span]:
    start = 0
    for paragraph in text.split(PARAGRAPH_BREAK):
        if paragraph:
            yield start, start + len(paragraph)
        start += len(paragraph) + len(PARAGRAPH_BREAK)


def _pieces(text: str, span: Span, language: str | None, rule: Splitting) -> list[Span]:
    """A long paragraph as runs of whole sentences of about equal length, none over ``rule.piece``."""
    start, end = span
    sentences = [(start + low, start + high) for low, high in sentence_spans(text[start:end], language)]
    weights = rule.weigh([text[low:high] for low, high in sentences])
    units: list[tuple[Span, int]] = []
    for sentence, weight in zip(sentences, weights, strict=True):
        units += [(sentence, weight)] if weight <= rule.piece else _cut(text, sentence, rule)
    runs = _pack(units, rule.piece)
    joined = [(run[0][0], run[-1][1]) for run in runs]
    pieces: list[Span] = []
    for piece, run, weight in zip(joined, runs, rule.weigh([text[low:high] for low, high in joined]), strict=True):
        pieces += [piece] if weight <= rule.piece else run  # some tokenizers count more than the parts have
    return pieces


def _pack(units: list[tuple[Span, int]], most: int) -> list[list[Span]]:
    total = sum(weight for _, weight in units)
    even = total / max(1, -(-total // most))  # so that the last run is not a stub
    runs: list[list[Span]] = []
    used = 0
    for span, weight in units:
        if runs and used + weight <= most and used + weight / 2 <= even:
            runs[-1].append(span)
            used += weight
        else:
            runs.append([span])
            used = weight
    return runs


def _cut(text: str, span: Span, rule: Splitting) -> list[tuple[Span, int]]:
    """A sentence that is too long, halved between words (inside a word if there is no space) until it fits."""
    done: list[tuple[Span, int]] = []
    waiting = [span]
    while waiting:
        low, high = waiting.pop()
        weight = rule.weigh([text[low:high]])[0] if high - low <= 8 * rule.piece else None
        if high - low == 1 or (weight is not None and weight <= rule.piece):
            done.append(((low, high), weight or 1))
            continue
        middle = (low + high) // 2
        space = text.rfind(" ", low, middle)
        space = space if space > 0 else text.find(" ", middle, high)
        left, right = (space, space + 1) if space > 0 else (middle, middle)
        waiting += [(right, high), (low, left)]
    return done
