"""The forward index: by passage, the vectors of its sentences and its words in order. Memory-mapped, read by row.

An inverted index finds passages for a word; this one says, for passages found already, which of the question's words
they have and where, and which of their sentences is nearest. A word is the CRC-32 of its analysed form: a collision
within one question would take two words for one, at odds of one in four billion for each pair.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.engine import Words
from indexer.types import StoredArticle
from indexer.words import words

Ints = npt.NDArray[np.int64]
Halves = npt.NDArray[np.float16]


class Ragged(NamedTuple):
    """Rows of different lengths, one behind the other: row i is ``flat[ends[i]:ends[i + 1]]``."""

    flat: npt.NDArray[np.generic]
    ends: Ints

    def take(self, rows: Ints) -> Ragged:
        """Some of the rows, in the order asked for."""
        starts = self.ends[rows]
        ends = _ends(self.ends[rows + 1] - starts)
        places = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], np.diff(ends))
        return Ragged(np.asarray(self.flat[places]), ends)


class Forward:
    """Sentence vectors, words of passages and of titles, and in how many passages each word stands."""

    def __init__(self, folder: Path) -> None:
        def read(name: str) -> npt.NDArray[np.generic]:
            mapped = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            return np.asarray(mapped)  # numpy's class for mapped files does everything twice, in Python

        self.sentences = Ragged(read("sentences"), np.asarray(read("sentence_ends"), dtype=np.int64))
        self.words = Ragged(read("words"), np.asarray(read("word_ends"), dtype=np.int64))
        self.titles = Ragged(read("title_words"), np.asarray(read("title_ends"), dtype=np.int64))
        self._vocabulary = read("vocabulary")
        self._frequencies = read("frequencies")

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return len(self.words.ends) - 1

    def of_article(self, place: int, rows: slice) -> Analysed:
        """The words of an article, by its place among all and the rows of its passages."""
        ends, titles = self.words.ends[rows.start : rows.stop + 1], self.titles.ends[place : place + 2]
        title, passages = self.titles.flat[titles[0] : titles[1]], self.words.flat[ends[0] : ends[-1]]
        return Analysed(np.asarray(title, dtype=np.uint32), np.asarray(passages, dtype=np.uint32), np.diff(ends))

    def frequencies(self, asked: Words) -> Ints:
        """In how many passages each of these words stands; the title does not count."""
        if not len(self._vocabulary):
            return np.zeros(len(asked), dtype=np.int64)
        places = np.minimum(np.searchsorted(self._vocabulary, asked), len(self._vocabulary) - 1)
        return np.where(self._vocabulary[places] == asked, self._frequencies[places], 0)


def hashed(analysed: Sequence[str]) -> Words:
    """The numbers that stand for words."""
    return np.array([zlib.crc32(word.encode()) for word in analysed], dtype=np.uint32)


class Analysed(NamedTuple):
    """The words of an article: of its title, and of its passages, one behind the other, each so long."""

    title: Words
    passages: Words
    lengths: Ints

    @classmethod
    def of(cls, stored: StoredArticle) -> Analysed:
        """Analyse an article."""
        rows = [hashed(words(passage.text)) for passage in stored.passages]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        return cls(hashed(words(stored.article.meta.title)), _joined(rows), lengths)


def build(
    folder: Path,
    articles: Iterable[Analysed],
    sentences: Iterable[tuple[Sequence[int], Halves]],
    total: int,
    wide: int,
) -> None:
    """Write the files into an empty folder.

    ``sentences`` gives, for each article, how many sentences each passage has and their vectors; ``total`` is how
    many there are in all, of dimension ``wide``, so that they can be written as they come.
    """
    folder.mkdir(parents=True)
    _write_words(folder, [some for some in articles if len(some.lengths)])  # only a damaged library has others
    flat = np.lib.format.open_memmap(folder / "sentences.npy", "w+", dtype=np.float16, shape=(total, wide))
    counts: list[int] = []
    done = 0
    for some, vectors in sentences:
        flat[done : done + len(vectors)] = vectors
        done += len(vectors)
        counts += some
    flat.flush()
    np.save(folder / "sentence_ends.npy", _ends(counts))


def _write_words(folder: Path, articles: Sequence[Analysed]) -> None:
    flat = _joined([some.passages for some in articles])
    lengths = np.concatenate([np.empty(0, dtype=np.int64), *(some.lengths for some in articles)])
    titles = [some.title for some in articles]
    np.save(folder / "words.npy", flat)
    np.save(folder / "word_ends.npy", _ends(lengths))
    np.save(folder / "title_words.npy", _joined(titles))
    np.save(folder / "title_ends.npy", _ends([len(title) for title in titles]))
    vocabulary, frequencies = _counted(flat, lengths)
    np.save(folder / "vocabulary.npy", vocabulary)
    np.save(folder / "frequencies.npy", frequencies)


_AT_ONCE = 10_000
"""Passages whose words are counted together."""


def _counted(flat: Words, lengths: Ints) -> tuple[Words, Ints]:
    """Every word, ascending, and in how many of the rows, which are so long, it stands."""
    ends = _ends(lengths)
    found = [np.empty(0, dtype=np.uint32)]
    for start in range(0, len(lengths), _AT_ONCE):
        some = lengths[start : start + _AT_ONCE]
        rows = np.repeat(np.arange(len(some), dtype=np.uint64), some)
        own = flat[ends[start] : ends[min(start + _AT_ONCE, len(lengths))]].astype(np.uint64)
        keys = np.sort(rows << np.uint64(32) | own)  # faster than np.unique, which hashes
        found.append(keys[np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]].astype(np.uint32))
    return np.unique(np.concatenate(found), return_counts=True)


def _joined(rows: Sequence[Words]) -> Words:
    return np.concatenate([np.empty(0, dtype=np.uint32), *rows])


def _ends(lengths: Sequence[int] | Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64))]).astype(np.int64)
