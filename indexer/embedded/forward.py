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
        ends = _ends((self.ends[rows + 1] - starts).tolist())
        places = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], np.diff(ends))
        return Ragged(np.asarray(self.flat[places]), ends)


class Forward:
    """Sentence vectors, words of passages and of titles, and in how many passages each word stands."""

    def __init__(self, folder: Path) -> None:
        def read(name: str) -> npt.NDArray[np.generic]:
            mapped: npt.NDArray[np.generic] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            return mapped

        self.sentences = Ragged(read("sentences"), np.asarray(read("sentence_ends"), dtype=np.int64))
        self.words = Ragged(read("words"), np.asarray(read("word_ends"), dtype=np.int64))
        self.titles = Ragged(read("title_words"), np.asarray(read("title_ends"), dtype=np.int64))
        self._vocabulary = read("vocabulary")
        self._frequencies = read("frequencies")

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return len(self.words.ends) - 1

    def frequencies(self, asked: Words) -> Ints:
        """In how many passages each of these words stands; the title does not count."""
        if not len(self._vocabulary):
            return np.zeros(len(asked), dtype=np.int64)
        places = np.minimum(np.searchsorted(self._vocabulary, asked), len(self._vocabulary) - 1)
        return np.where(self._vocabulary[places] == asked, self._frequencies[places], 0)


def hashed(analysed: Sequence[str]) -> Words:
    """The numbers that stand for words."""
    return np.array([zlib.crc32(word.encode()) for word in analysed], dtype=np.uint32)


def build(
    folder: Path,
    articles: Iterable[StoredArticle],
    sentences: Iterable[tuple[list[int], Halves]],
    total: int,
    wide: int,
) -> None:
    """Write the files into an empty folder.

    ``sentences`` gives, for each article, how many sentences each passage has and their vectors; ``total`` is how
    many there are in all, of dimension ``wide``, so that they can be written as they come.
    """
    folder.mkdir(parents=True)
    _write_words(folder, articles)
    flat = np.lib.format.open_memmap(folder / "sentences.npy", "w+", dtype=np.float16, shape=(total, wide))
    counts: list[int] = []
    done = 0
    for some, vectors in sentences:
        flat[done : done + len(vectors)] = vectors
        done += len(vectors)
        counts += some
    flat.flush()
    np.save(folder / "sentence_ends.npy", _ends(counts))


def _write_words(folder: Path, articles: Iterable[StoredArticle]) -> None:
    titles: list[Words] = []
    passages: list[Words] = []
    for stored in (stored for stored in articles if stored.passages):  # only a damaged library has others
        titles.append(hashed(words(stored.article.meta.title)))
        passages += [hashed(words(passage.text)) for passage in stored.passages]
    for name, end, rows in (("words", "word_ends", passages), ("title_words", "title_ends", titles)):
        np.save(folder / f"{name}.npy", _joined(rows))
        np.save(folder / f"{end}.npy", _ends([len(row) for row in rows]))
    vocabulary, frequencies = np.unique(_joined([np.unique(row) for row in passages]), return_counts=True)
    np.save(folder / "vocabulary.npy", vocabulary)
    np.save(folder / "frequencies.npy", frequencies)


def _joined(rows: Sequence[Words]) -> Words:
    return np.concatenate([np.empty(0, dtype=np.uint32), *rows])


def _ends(lengths: Sequence[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64))]).astype(np.int64)
