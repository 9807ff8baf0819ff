"""The same story at several publishers: articles whose texts come from one another, found by the words they share.

A text is cut into overlapping runs of five words. Of every eight of these runs in a row the one with the smallest hash
is kept (winnowing; Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD
2003): two texts with twelve words in a row in common share a fingerprint for certain, and all fingerprints of a text
that was cut short are among those of the whole. Articles with many fingerprints in common are candidates, which an
exact check of the texts themselves confirms or refuses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexer.wire import without_marks
from indexer.words import close_acronyms

SKETCH_VERSION = 1
"""To be raised with every change of what a fingerprint is: sketches of other versions are ignored, and made anew."""

SHINGLE = 5
"""Words. Shorter runs are common to all that is written of one event, longer ones break with every small edit."""
WINDOW = 8
MIN_WORDS = 30
"""A shorter text is never called a copy: two reports of one line each may well agree by chance."""
MAX_CHARACTERS = 120_000
"""Some 20,000 words, 18 KB of sketch; of a longer text only the beginning is compared."""

NEIGHBOURS = 16
"""With so many of the articles before it that have a fingerprint too is an article compared because of it. So a
paragraph under thousands of articles makes no more pairs than one under sixteen, and copies by the hundred still hang
together, each with those before it."""
COMMON = 64
"""A fingerprint that more articles have counts for less in proportion: it is rather boilerplate than a story."""
CANDIDATE_SHARE = 0.2
"""Of the fingerprints of the article that has fewer, by weight. Light edits cost about twice as many fingerprints as
words, so this is less than half of ``CONTAINED``."""
CANDIDATE_SHARED = 2

CONTAINED = 0.5
"""The share of the shorter text's words that stand in runs of ``SHINGLE`` words which the longer one has too, from
which two articles of one day are of one origin. Quotations from one speech and recycled background stay below it."""
CONTAINED_FEW = 0.6
FEW_WORDS = 100
"""Where fewer words than these are shared the share must be higher: of a short report the background is soon half."""
CONTAINED_NEXT_DAYS = 0.65
NEXT_DAYS = 2
"""The least share up to so many days apart, or where the days are not known: the day after, half a report is often the
background of the first one."""
CONTAINED_LATER = 0.85
"""And for what is further apart: by then more than half of the words may be a pattern or a chronology."""
SAME_NUMBERS = 0.7
"""Of the numbers whose surroundings agree: in a text written anew each day on one pattern they are what differs."""

ALIKE = 0.8
"""Three articles of which only two pairs are linked are still one group (0.82), since most often they are one story as
it grew; a round-up of three stories (0.71), or of two that have copies, makes no group of them."""

_AT_ONCE = 500_000
"""Entries; each makes up to ``NEIGHBOURS`` pairs of 32 bytes in passing."""

_MARKS = r"\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u0900-\u0963\u0970-\u0dff\u200c\u200d"
"""Signs that stand on letters and are no letters themselves: without them words of many scripts would fall apart."""
_SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts that set no spaces: Thai, Lao, Burmese, Khmer, kana, Chinese characters."""
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_BEYOND_LETTERS = re.compile(f"[{_SPACELESS}{_MARKS}]")
_WORD_OR_CHARACTERS = re.compile(
    rf"(?=([{_SPACELESS}]{{1,4}}))[{_SPACELESS}]|(\d+(?:[.,]\d+)*|(?:(?![{_SPACELESS}])[^\W\d_]|[{_MARKS}])+)"
)
"""Gives at each character of a spaceless script the four that begin there, else the same as ``_WORD``."""
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64
)
"""Any different odd numbers do: they make the order of the words count."""


class Overlap(NamedTuple):
    """What two texts have in common, looked at from the one with fewer words.

    ``words`` is how many it has, ``contained`` the share of them (0 to 1) in runs of words that the other has too.
    ``numbers`` is how many numbers stand in a run that the other has too if numbers are left open, ``agreeing`` for how
    many of these the other has the same number.
    """

    words: int
    contained: float
    numbers: int
    agreeing: int

    def one_origin(self, days: int | None = None) -> bool:
        """Whether that makes one text a copy of the other, or both of a third; ``days`` as in ``same_origin``."""
        if self.words < MIN_WORDS or self.agreeing < SAME_NUMBERS * self.numbers:
            return False
        if days == 0:
            return self.contained >= (CONTAINED if self.contained * self.words >= FEW_WORDS else CONTAINED_FEW)
        return self.contained >= (CONTAINED_NEXT_DAYS if days is None or abs(days) <= NEXT_DAYS else CONTAINED_LATER)


def comparable_words(text: str) -> list[str]:
    """The words of a text in order, as they are compared: without an agency's marks, case, and commas in numbers.

    Where a script sets no spaces each character stands for itself and the three after it, so that ``SHINGLE`` of them
    are eight characters.
    """
    text = close_acronyms(without_marks(text[:MAX_CHARACTERS])).casefold()
    if _BEYOND_LETTERS.search(text):
        words = [characters or word for characters, word in _WORD_OR_CHARACTERS.findall(text)]
    else:
        words = _WORD.findall(text)
    return [word.replace(",", "") if word[0].isdecimal() else word for word in words]


def sketch(text: str) -> bytes:
    """What an article is found by among others, about one byte a word; empty for a text of too few words to tell.

    A version byte, then the fingerprints (unsigned, 32 bits, little-endian), ascending and different.
    """
    words = comparable_words(text)
    if len(words) < MIN_WORDS:
        return b""
    hashes = np.array([crc32(word.encode()) for word in words], np.uint64)
    runs = _mixed(np.lib.stride_tricks.sliding_window_view(hashes, SHINGLE) @ _ODD)
    smallest = np.lib.stride_tricks.sliding_window_view(runs, WINDOW).min(axis=1)
    return bytes([SKETCH_VERSION]) + np.unique(smallest).astype("<u4").tobytes()


def sketch_is_current(made: bytes) -> bool:
    """Whether a sketch can be compared with those made now; one that is empty can."""
    return not made or (made[0] == SKETCH_VERSION and len(made) % 4 == 1)


def candidate_pairs(sketches: Sequence[bytes], first_new: int = 0) -> list[tuple[int, int]]:
    """Places (i, j), i < j and j >= ``first_new``, of articles that may be of one origin, ascending.

    What is not a current sketch is of no pair. Takes some 30 bytes of memory a fingerprint.
    """
    current = [made[1:] if sketch_is_current(made) else b"" for made in sketches]
    sizes = np.array([len(made) // 4 for made in current], np.int64)
    prints, owners = _shared_prints(current, sizes)
    weights = _weights(prints)
    mass = sizes + np.bincount(owners, weights - 1, len(sizes))
    pairs: list[tuple[int, int]] = []
    for first, last in _portions(owners, first_new, len(sizes)):
        one, other, weight, count = _met(prints, owners, weights, first, last)
        enough = (count >= CANDIDATE_SHARED) & (weight >= CANDIDATE_SHARE * np.minimum(mass[one], mass[other]))
        pairs += zip(one[enough].tolist(), other[enough].tolist(), strict=True)
    return sorted(pairs)


def same_origin(one: str, other: str, days: int | None = None) -> bool:
    """Whether one text is a copy of the other: whole, cut short, under other marks, inside a longer one, or led anew.

    ``days`` lie between their publications, None where that is not known: the more of them, the more the texts must
    have in common, since follow-ups repeat the background, and reports that come out every month a pattern.
    """
    return overlap(one, other).one_origin(days)


def overlap(one: str, other: str) -> Overlap:
    """The exact check behind ``same_origin``."""
    short, long = sorted((comparable_words(one), comparable_words(other)), key=len)
    covered = _covered(short, long)
    places = [place for place, word in enumerate(short) if word[0].isdecimal()]
    near = _covered(_open(short), _open(long)) if places else covered
    numbers = [place for place in places if near[place]]
    return Overlap(len(short), sum(covered) / max(1, len(short)), len(numbers), sum(covered[n] for n in numbers))


def group(count: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """The groups that linked articles make: for each of ``count`` places the first place of its group, (count,).

    Not all that hangs together over links is one origin: a round-up is linked with every story in it, a chronology with
    those of the weeks before. So a link joins two groups only where its ends are linked with the same other articles
    (``ALIKE``). An article left alone by that joins the one that it is most alike, if that one has not been left alone
    or is as much alone with it. The order of the pairs does not matter.
    """
    near: dict[int, set[int]] = {}
    for one, other in pairs:
        near.setdefault(one, {one}).add(other)
        near.setdefault(other, {other}).add(one)
    joined = {place: {other for other in near[place] if _alike(near, place, other) >= ALIKE} for place in near}
    alone = [place for place in near if len(joined[place]) == 1]
    best = {
        place: max(near[place] - {place}, key=lambda other: (_alike(near, place, other), -other)) for place in alone
    }
    for place, other in best.items():
        if best.get(other, place) == place:
            joined[place].add(other)
            joined[other].add(place)
    first = np.arange(count, dtype=np.int64)
    for members in _connected(joined):
        first[members] = min(members)
    return first


def _alike(near: dict[int, set[int]], one: int, other: int) -> float:
    """What share of their links two linked articles have in common: 0 to 1, their structural similarity.

    Xu, Yuruk, Feng and Schweiger, "SCAN: A Structural Clustering Algorithm for Networks", KDD 2007, equation 2.
    """
    return len(near[one] & near[other]) / math.sqrt(len(near[one]) * len(near[other]))


def _connected(near: dict[int, set[int]]) -> list[list[int]]:
    """The places that hang together over links, whatever their order."""
    left, found = set(near), []
    while left:
        members, waiting = [], [left.pop()]
        while waiting:
            members.append(waiting.pop())
            new = near[members[-1]] & left
            left -= new
            waiting += new
        found.append(members)
    return found


def _covered(short: list[str], long: list[str]) -> bytearray:
    """A 1 at each word of ``short`` that stands in a run which is in ``long`` too."""
    runs = set(_runs(long))
    covered = bytearray(len(short))
    for place, run in enumerate(_runs(short)):
        if run in runs:
            covered[place : place + SHINGLE] = b"\1" * SHINGLE
    return covered


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[place:] for place in range(SHINGLE)), strict=False)


def _open(words: list[str]) -> list[str]:
    return ["0" if word[0].isdecimal() else word for word in words]


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Hashes of 32 bits (the finaliser of SplitMix64: Steele, Lea and Flood, OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((values ^ (values >> np.uint64(31))) >> np.uint64(32)).astype(np.uint32)


def _shared_prints(current: list[bytes], sizes: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Fingerprints that more than one article has, ascending, and with each the place of an article, ascending too."""
    entries = np.frombuffer(b"".join(current), "<u4").astype(np.uint64) << np.uint64(32)
    entries |= np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    entries.sort()
    prints = (entries >> np.uint64(32)).astype(np.uint32)
    several = np.zeros(len(prints), bool)
    several[1:] = prints[1:] == prints[:-1]
    several[:-1] |= several[1:].copy()
    return prints[several], (entries[several] & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _weights(prints: NDArray[np.uint32]) -> NDArray[np.float64]:
    """What each entry counts for, by how many articles have its fingerprint."""
    if not len(prints):
        return np.zeros(0)
    first = np.flatnonzero(np.concatenate(([True], prints[1:] != prints[:-1])))
    holders = np.diff(first, append=len(prints))
    return np.repeat(np.minimum(1.0, COMMON / holders), holders)


def _portions(owners: NDArray[np.int64], first_new: int, count: int) -> Iterator[tuple[int, int]]:
    """Stretches of places, each with so few entries that what is made of them at once stays small."""
    entries = np.cumsum(np.bincount(owners, minlength=count))
    first = first_new
    while first < count:
        before = entries[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(entries, before + _AT_ONCE, "right")))
        yield first, last
        first = last


def _met(
    prints: NDArray[np.uint32], owners: NDArray[np.int64], weights: NDArray[np.float64], first: int, last: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Pairs whose later article is one of ``first`` to ``last``, with the weight and number of common fingerprints."""
    entries = np.flatnonzero((owners >= first) & (owners < last))
    codes, shares = [], []
    for back in range(1, NEIGHBOURS + 1):
        entries = entries[entries >= back]
        entries = entries[prints[entries] == prints[entries - back]]
        codes.append((owners[entries - back] << 32) | owners[entries])
        shares.append(weights[entries])
    code, share = np.concatenate(codes), np.concatenate(shares)
    order = np.argsort(code)
    code, share = code[order], share[order]
    starts = np.flatnonzero(np.concatenate(([True], code[1:] != code[:-1]))[: len(code)])
    pairs = code[starts]
    weight = np.add.reduceat(share, starts) if len(starts) else np.zeros(0)
    return pairs >> 32, pairs & 0xFFFFFFFF, weight, np.diff(starts, append=len(code))
