"""Sentence vectors from a passage's own pass through the model, which costs almost nothing more.

Where a model's vector is the mean of its token outputs, the mean over the tokens of one sentence is a vector of the
same kind, which has seen the rest of the passage, its title and its date.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Span = tuple[int, int]
"""A (start, end) of a text, in code points."""


class Encoded(NamedTuple):
    """Unit vectors of passages (n, dimension), and of their sentences (m, dimension), those of the first one first."""

    passages: npt.NDArray[np.float32]
    sentences: npt.NDArray[np.float32]


def sentence_means(
    tokens: npt.NDArray[np.float32], offsets: Sequence[Span], sentences: Sequence[Span]
) -> npt.NDArray[np.float32]:
    """The mean of the token outputs (t, dimension) of each sentence, (k, dimension).

    ``offsets`` says where each token stands in the text; special tokens have empty ones and count for nothing. A
    sentence reaches to the next one, and a token is of the sentence in which it ends: many tokenizers count the space
    before a word to it. A sentence that has no token, because the text was cut before it, gets the mean of all.
    """
    places = np.array(offsets, dtype=np.int64).reshape(-1, 2)
    real = places[:, 1] > places[:, 0]
    rows, ends = tokens[: len(places)][real], places[real, 1]
    whole = tokens[: len(places)].mean(axis=0)
    means = np.tile(whole, (len(sentences), 1))
    edges = [*np.searchsorted(ends, [start for start, _ in sentences], side="right").tolist(), len(ends)]
    for place, (first, last) in enumerate(pairwise(edges)):
        if first < last:
            means[place] = rows[first:last].mean(axis=0)
    return means
