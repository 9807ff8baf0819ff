"""Collects what speaks for some passages from the parts of a generation, by their rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.embedded.columns import Columns
from indexer.embedded.dense import Dense, cosines, singles
from indexer.embedded.forward import Forward, Ints, Ragged, hashed
from indexer.encode import Vectors
from indexer.engine import FEEDBACK, Evidence, Forms, Scores, Words

Flags = npt.NDArray[np.bool_]

_BUCKETS = np.uint32(2**16)
"""Of a first look at a word's number: the table fits into the processor's nearest cache."""


class Collector:
    """The parts of one generation, and which rows belong to one article. Immutable."""

    def __init__(self, columns: Columns, dense: Dense, forward: Forward) -> None:
        self._columns, self._dense, self._forward = columns, dense, forward
        starts = np.ones(len(columns.versions), dtype=np.bool_)
        starts[1:] = columns.versions[1:] != columns.versions[:-1]
        self._article_of = np.cumsum(starts) - 1

    def collect(self, vector: Vectors, words: Sequence[Forms], rows: Ints) -> Evidence:
        """Everything about the passages in these rows; n rows, t words."""
        articles = self._article_of[rows]
        vectors = self._dense.rows(rows)
        dense = cosines(vectors, vector)
        sentence, second, answering = _best_sentences(self._forward.sentences.take(rows), vector, dense)
        in_passage, in_title, frequencies = self._words(words, rows, articles)
        return Evidence(
            dense,
            sentence,
            second,
            answering,
            _feedback(vectors, dense, rows),
            articles,
            in_passage,
            in_title,
            frequencies,
            len(self._columns.numbers),
            np.stack([self._columns.first_days[rows], self._columns.last_days[rows]], axis=1),
            vectors,
            self._columns.origins[rows],
        )

    def _words(self, words: Sequence[Forms], rows: Ints, articles: Ints) -> tuple[Flags, Flags, Ints]:
        titles, places = np.unique(articles, return_inverse=True)
        passage_words, title_words = self._forward.words.take(rows), self._forward.titles.take(titles)
        forms = hashed([form for group in words for form in group])
        word_of = np.repeat(np.arange(len(words)), [len(group) for group in words])
        in_passage, in_title = (_having(forms, word_of, len(words), found) for found in (passage_words, title_words))
        frequencies = np.zeros(len(words), dtype=np.int64)
        np.add.at(frequencies, word_of, self._forward.frequencies(forms))
        return in_passage, in_title[places], frequencies


def _having(forms: Words, word_of: Ints, count: int, rows: Ragged) -> Flags:
    """(rows, count): whether a row has each of so many words in one of its forms, of which these are all."""
    found = np.zeros((len(rows.ends) - 1, count), dtype=np.bool_)
    perhaps = np.zeros(_BUCKETS, dtype=np.bool_)
    perhaps[forms % _BUCKETS] = True
    flat = np.asarray(rows.flat, dtype=np.uint32)
    places = np.flatnonzero(perhaps[flat % _BUCKETS])  # nearly all words are out after one look
    which, at = np.nonzero(forms[:, None] == flat[places])
    found[np.searchsorted(rows.ends, places[at], side="right") - 1, word_of[which]] = True
    return found


def _best_sentences(sentences: Ragged, vector: Vectors, dense: Scores) -> tuple[Scores, Scores, Ints]:
    """The cosines of the nearest and the second nearest sentence of each row, and which the nearest is."""
    counts = np.diff(sentences.ends)
    widest = int(counts.max(initial=0))
    table = np.full((len(counts), max(2, widest)), -np.inf, dtype=np.float32)
    table[np.arange(table.shape[1]) < counts[:, None]] = cosines(
        singles(np.asarray(sentences.flat, dtype=np.float16)), vector
    )
    answering = np.where(counts > 0, table.argmax(axis=1), -1)
    second, best = np.sort(table, axis=1)[:, -2:].T
    return np.where(counts > 0, best, dense), np.where(counts > 1, second, np.float32(np.nan)), answering


def _feedback(vectors: Vectors, dense: Scores, rows: Ints) -> Scores:
    nearest = np.lexsort((rows, -dense))[:FEEDBACK]
    mean = vectors[nearest].sum(axis=0)  # not divided: the length goes in the next line
    return cosines(vectors, mean / max(float(np.linalg.norm(mean)), 1e-9))
