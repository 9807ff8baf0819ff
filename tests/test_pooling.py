"""Sentence vectors are plain means over the tokens of each sentence, and over nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.pooling import Span, sentence_means

SPECIAL = (0, 0)


def outputs(*values: float) -> np.ndarray:
    """Token outputs of two dimensions that tell tokens apart."""
    return np.array([[value, -value] for value in values], dtype=np.float32)


def first(means: np.ndarray) -> list[float]:
    return means[:, 0].tolist()


def oracle(tokens: np.ndarray, offsets: Sequence[Span], sentences: Sequence[Span]) -> list[list[float]]:
    """The same, one token at a time: a token is of the last sentence that begins before it ends."""
    kept: list[list[np.ndarray]] = [[] for _ in sentences]
    for row, (start, end) in zip(tokens, offsets, strict=False):
        begun = [place for place, (begin, _) in enumerate(sentences) if begin < end]
        if start < end and begun:
            kept[begun[-1]].append(row.astype(np.float64))
    whole = [row.astype(np.float64) for row, _ in zip(tokens, offsets, strict=False)]
    return [(sum(rows or whole) / len(rows or whole)).tolist() for rows in kept]


@st.composite
def tokenised(draw: st.DrawFn) -> tuple[np.ndarray, list[Span], list[Span]]:
    """Tokens in order, with and without gaps, special ones around them and padding behind, and sentences in order."""
    lengths = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), max_size=20))
    offsets, end = [SPECIAL], 0
    for gap, length in lengths:
        offsets.append((end + gap, end + gap + length))
        end += gap + length
    offsets.append(SPECIAL)
    edges = sorted(draw(st.sets(st.integers(0, end + 5), max_size=8)))
    sentences = list(zip(edges[::2], edges[1::2], strict=False))
    seed, padding = draw(st.integers(0, 2**32 - 1)), draw(st.integers(0, 3))
    tokens = np.random.default_rng(seed).standard_normal((len(offsets) + padding, 3)).astype(np.float32)
    return tokens, offsets, sentences


@given(tokenised())
@hypothesis_settings(deadline=None, max_examples=300)
def test_each_sentence_has_the_mean_of_its_tokens(case: tuple[np.ndarray, list[Span], list[Span]]) -> None:
    tokens, offsets, sentences = case
    means = sentence_means(tokens, offsets, sentences)
    assert (means.shape, means.dtype) == ((len(sentences), 3), np.float32)
    assert np.allclose(means, np.reshape(oracle(tokens, offsets, sentences), (-1, 3)), atol=1e-5)


def test_special_tokens_count_for_nothing() -> None:
    means = sentence_means(outputs(900, 1, 3, 5, 900), [SPECIAL, (0, 3), (4, 7), (8, 9), SPECIAL], [(0, 7), (8, 9)])
    assert first(means) == [2, 5]


def test_tokens_before_the_first_sentence_count_for_nothing() -> None:
    offsets = [SPECIAL, (0, 5), (5, 6), (7, 9), (10, 12), SPECIAL]  # "Title. We met"
    assert first(sentence_means(outputs(900, 500, 500, 2, 4, 900), offsets, [(7, 12)])) == [3]


def test_padding_behind_the_tokens_counts_for_nothing() -> None:
    means = sentence_means(outputs(2, 4, 900, 900), [(0, 1), (1, 2)], [(0, 2), (7, 9)])
    assert first(means) == [3, 3]


def test_what_stands_between_two_sentences_is_of_the_one_before() -> None:
    assert first(sentence_means(outputs(1, 3, 10), [(0, 2), (3, 4), (5, 7)], [(0, 2), (5, 7)])) == [2, 10]


def test_a_token_that_takes_in_the_space_before_it_is_of_the_sentence_in_which_it_ends() -> None:
    offsets = [(0, 3), (3, 7), (7, 10), (10, 14)]  # "They| met| We| left"
    assert first(sentence_means(outputs(1, 2, 30, 40), offsets, [(0, 7), (8, 14)])) == [1.5, 35]


def test_sentences_without_a_space_between_them_keep_their_own_tokens() -> None:
    assert first(sentence_means(outputs(1, 3, 10, 20), [(0, 1), (1, 2), (2, 3), (3, 4)], [(0, 2), (2, 4)])) == [2, 15]


def test_a_token_over_two_sentences_is_of_the_second_alone_and_the_first_gets_the_mean_of_all() -> None:
    assert first(sentence_means(outputs(5, 1, 3), [SPECIAL, (0, 4), (4, 6)], [(0, 2), (2, 6)])) == [3, 2]


def test_a_sentence_that_the_model_did_not_read_gets_the_mean_of_all_tokens_special_ones_too() -> None:
    means = sentence_means(outputs(6, 1, 3, 10), [SPECIAL, (0, 2), (3, 5), SPECIAL], [(0, 5), (6, 9), (10, 12)])
    assert first(means) == [2, 5, 5]


def test_where_there_are_only_special_tokens_every_sentence_gets_their_mean() -> None:
    assert first(sentence_means(outputs(1, 3), [SPECIAL, SPECIAL], [(0, 4), (5, 9)])) == [2, 2]


def test_no_sentences_have_no_means() -> None:
    assert sentence_means(outputs(1, 2), [SPECIAL, (0, 2)], []).shape == (0, 2)


@pytest.mark.parametrize("sentences", [[(0, 4)], [(0, 4), (5, 9)]])
def test_the_outputs_that_were_given_stay_as_they_are(sentences: list[Span]) -> None:
    given_tokens = outputs(1, 2, 3)
    means = sentence_means(given_tokens, [(0, 2), (2, 4), (5, 9)], sentences)
    means[:] = 0
    assert np.array_equal(given_tokens, outputs(1, 2, 3))
