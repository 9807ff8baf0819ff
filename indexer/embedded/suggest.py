"""Completes what is being typed: titles, publishers and names in which words begin as the typed ones do.

Every place where a word begins is sorted by what follows there, as in a suffix array (Manber and Myers 1993), so the
places that go on like the typed text are one range, found by two binary searches.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import tantivy

from indexer.clean import normalise
from indexer.embedded.columns import Columns, days
from indexer.embedded.names import Names
from indexer.types import Metadata, StoredArticle

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_CLOSED_UP = re.compile(r"['’ʼ`]|(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)")
"""What stands within one word: an apostrophe, and the full stops of an acronym, finished (U.S.) or not (U.S)."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """n texts in the order of preference, in groups; the words of all of them begin at m places.

    ``shown`` are the texts and ``folded`` their words, UTF-8, one text a line; text i begins at ``shown_at[i]`` and
    ``folded_at[i]``. ``places`` are where words begin in ``folded``, sorted by what follows, and ``texts`` the texts
    they are of. ``groups`` holds the number of texts up to each group's end.
    """

    shown: Bytes
    shown_at: Ints
    folded: Bytes
    folded_at: Ints
    places: Ints
    texts: Ints
    groups: Ints

    @classmethod
    def build(cls, groups: Iterable[Iterable[str]]) -> Suggestions:
        """From groups of texts, the preferred group and in it the preferred text first; of equal ones the first."""
        texts: dict[str, str] = {}
        ends: list[int] = []
        for group in groups:
            for text in group:
                if (words := folded(text)) not in texts and words:
                    texts[words] = " ".join(text.split())
            ends.append(len(texts))
        lines, keys = (_lines(some) for some in (texts.values(), texts))
        begins = [
            (line[place:], text, place)
            for text, line in enumerate(words.encode() + b"\n" for words in texts)
            for place in range(len(line) - 1)
            if place == 0 or line[place - 1] == ord(" ")
        ]
        begins.sort()
        of = np.array([text for _, text, _ in begins], dtype=np.int64)
        places = keys[1][of] + np.array([place for _, _, place in begins], dtype=np.int64)
        return cls(*lines, *keys, places, of, np.array(ends, dtype=np.int64))

    def find(self, text: str, k: int) -> list[str]:
        """Up to k texts with the words of a text one after the other, of which the last may be unfinished.

        By group; in a group those that begin so first, then in the order of preference.
        """
        typed = folded(normalise(text)).encode()
        if not typed or not len(self.places):
            return []
        which = self._range(typed)
        texts = self.texts[which]
        inside = self.places[which] != self.folded_at[texts]
        total = len(self.shown_at) - 1
        order = np.sort((np.searchsorted(self.groups, texts, side="right") * 2 + inside) * total + texts)
        best: dict[int, None] = {}
        for place in order:
            if len(best) >= k:
                break
            best[int(place) % total] = None
        return [self._shown(number) for number in best]

    def _range(self, typed: bytes) -> slice:
        """Where among the places the words go on as typed."""

        def follows(place: np.int64) -> bytes:
            return self.folded[place : place + len(typed)].tobytes()

        return slice(bisect_left(self.places, typed, key=follows), bisect_right(self.places, typed, key=follows))

    def _shown(self, number: int) -> str:
        start, end = self.shown_at[number : number + 2].tolist()
        return self.shown[start : end - 1].tobytes().decode()

    def group(self, number: int) -> list[str]:
        """The texts of a group, in their order."""
        first, last = np.concatenate([[0], self.groups])[number : number + 2].tolist()
        return [self._shown(text) for text in range(first, last)]

    def save(self, path: Path) -> None:
        """Write one ``.npz`` file without pickles."""
        np.savez(path, allow_pickle=False, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Suggestions:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})


def names(articles: Iterable[StoredArticle]) -> list[str]:
    """The names that are in the texts of articles, those in most passages first."""
    found = Names()
    for stored in articles:
        found.add(stored)
    return found.frequent()


def collect(columns: Columns, articles: Iterable[Metadata], named: Iterable[str]) -> Suggestions:
    """From what a generation holds: names first, then publishers by number of passages, then titles, newest first."""
    titles = [(-days(meta)[0], meta.title) for meta in articles]
    sizes = columns.publishers.counts(np.ones(len(columns.numbers), dtype=np.bool_)).tolist()
    publishers = sorted(zip(sizes, columns.publishers.names, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return Suggestions.build([named, [name for _, name in publishers], [title for _, title in sorted(titles)]])


def folded(text: str) -> str:
    """The words of a text, a space between them: lower case, accents folded, apostrophes and acronyms closed up."""
    return " ".join(_analyzer().analyze(_CLOSED_UP.sub("", normalize("NFC", text))))


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.ascii_fold()).filter(tantivy.Filter.lowercase()).build()


def _lines(texts: Iterable[str]) -> tuple[Bytes, Ints]:
    """Texts as bytes, one a line, and where each begins; the last is where they end."""
    lines = [text.encode() + b"\n" for text in texts]
    starts = np.cumsum([0, *map(len, lines)])
    return np.frombuffer(b"".join(lines), dtype=np.uint8), starts.astype(np.int64)
