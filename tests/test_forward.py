"""The forward index: the words and sentence vectors of each passage, by row, without reading the rest."""

from __future__ import annotations

import zlib
from collections import Counter
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.embedded import forward
from indexer.embedded.forward import Analysed, Forward, Ragged, hashed
from indexer.types import Passage, StoredArticle
from indexer.words import words
from tests.fakes import article

WIDE = 3
WORDS = ["ferry", "envoy", "wheat", "canal", "treaty", "harbour", "strait"]
LISTS = st.lists(st.lists(st.integers(0, 99), max_size=5), max_size=8)


def ragged(rows: list[list[int]]) -> Ragged:
    flat = np.array([value for row in rows for value in row], dtype=np.uint32)
    return Ragged(flat, np.array([0, *accumulate(map(len, rows))], dtype=np.int64))


def lists(some: Ragged) -> list[list[int]]:
    return [some.flat[some.ends[row] : some.ends[row + 1]].tolist() for row in range(len(some.ends) - 1)]


def stored(name: str, *paragraphs: str, title: str = "Title") -> StoredArticle:
    item = article(name, list(paragraphs), title)
    starts = accumulate([0, *(len(text) + 2 for text in paragraphs)])
    parts = [
        Passage(name, ordinal, start, start + len(text), text)
        for ordinal, (start, text) in enumerate(zip(starts, paragraphs, strict=False))
    ]
    return StoredArticle(item, 1, tuple(parts))


def halves(rows: int) -> np.ndarray:
    return np.random.default_rng(rows).standard_normal((rows, WIDE)).astype(np.float16)


def built(folder: Path, articles: list[StoredArticle], counts: list[list[int]]) -> tuple[Forward, np.ndarray]:
    """The forward index of articles whose passages have so many sentences each, and the vectors of all of these."""
    total = sum(map(sum, counts))
    vectors, ends = halves(total), [0, *accumulate(map(sum, counts))]
    parts = [(some, vectors[ends[place] : ends[place + 1]]) for place, some in enumerate(counts)]
    forward.build(folder / "forward", map(Analysed.of, articles), parts, total, WIDE)
    return Forward(folder / "forward"), vectors


NEWS = [
    stored("canal", "A tanker blocks the canal.", "The canal opens again, the pilots say.", title="Canal blocked"),
    stored("ferry", "The ferry sails.", title="İzmir's ferry: U.S. envoy aboard"),
    stored("wheat", "Wheat.", "—", "Wheat, wheat and more wheat.", title="!"),
]
COUNTS = [[1, 2], [1], [0, 0, 3]]


@pytest.fixture
def opened(tmp_path: Path) -> Forward:
    return built(tmp_path, NEWS, COUNTS)[0]


# Rows of different lengths


@st.composite
def rows_and_places(draw: st.DrawFn) -> tuple[list[list[int]], list[int]]:
    rows = draw(LISTS)
    return rows, draw(st.lists(st.integers(0, len(rows) - 1), max_size=10)) if rows else []


@given(rows_and_places())
@hypothesis_settings(deadline=None, max_examples=200)
def test_the_rows_asked_for_are_taken_in_the_order_asked_for(case: tuple[list[list[int]], list[int]]) -> None:
    rows, places = case
    taken = ragged(rows).take(np.array(places, dtype=np.int64))
    assert lists(taken) == [rows[place] for place in places]
    assert len(taken.flat) == sum(len(rows[place]) for place in places)
    assert taken.flat.dtype == np.uint32


def test_vectors_are_rows_like_words() -> None:
    vectors = halves(5)
    taken = Ragged(vectors, np.array([0, 2, 2, 5])).take(np.array([2, 1, 0]))
    assert np.array_equal(taken.flat, vectors[[2, 3, 4, 0, 1]])
    assert taken.ends.tolist() == [0, 3, 3, 5]


def test_a_row_that_is_not_there_is_refused() -> None:
    with pytest.raises(IndexError):
        ragged([[1], [2]]).take(np.array([2]))


# What is written


def test_each_passage_has_its_words_in_order_and_no_others(opened: Forward) -> None:
    texts = [part.text for item in NEWS for part in item.passages]
    assert opened.passages == len(texts) == 6
    assert lists(opened.words) == [hashed(words(text)).tolist() for text in texts]
    assert lists(opened.words)[4] == [], "a dash is no word"


def test_each_article_has_the_words_of_its_title(opened: Forward) -> None:
    assert lists(opened.titles) == [hashed(words(item.article.meta.title)).tolist() for item in NEWS]
    assert hashed(words("US Izmir")).tolist() == [lists(opened.titles)[1][place] for place in (3, 0)]


def test_each_passage_has_the_vectors_of_its_sentences(tmp_path: Path) -> None:
    opened, vectors = built(tmp_path, NEWS, COUNTS)
    assert opened.sentences.ends.tolist() == [0, 1, 3, 4, 4, 4, 7]
    assert opened.sentences.flat.dtype == np.float16
    assert np.array_equal(opened.sentences.flat, vectors)
    assert np.array_equal(opened.sentences.take(np.array([5, 1])).flat, vectors[[4, 5, 6, 1, 2]])


def test_a_word_is_the_crc_32_of_its_analysed_form() -> None:
    assert hashed(["123456789", ""]).tolist() == [0xCBF43926, 0]  # the check value of CRC-32 in its catalogues
    assert hashed(["été"]).tolist() == [zlib.crc32(b"\xc3\xa9t\xc3\xa9")]
    assert (hashed([]).shape, hashed([]).dtype) == ((0,), np.uint32)


def test_a_folder_that_is_there_already_is_not_written_over(tmp_path: Path) -> None:
    built(tmp_path, NEWS, COUNTS)
    with pytest.raises(FileExistsError):
        built(tmp_path, NEWS[:1], COUNTS[:1])


# Frequencies


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forward")


@given(
    st.lists(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=3), max_size=4),
    st.lists(st.sampled_from([*WORDS, "zebra", "aardvark"]), max_size=6),
)
@hypothesis_settings(deadline=None, max_examples=50)
def test_a_word_is_as_frequent_as_there_are_passages_with_it_in_their_text(
    folders: Path, texts: list[list[list[str]]], asked: list[str]
) -> None:
    folder = folders / str(len(list(folders.iterdir())))
    articles = [
        stored(f"a{number}", *(" ".join(text) for text in parts), title="ferry") for number, parts in enumerate(texts)
    ]
    opened, _ = built(folder, articles, [[0] * len(parts) for parts in texts])
    counted = Counter(word for parts in texts for text in parts for word in {words(one)[0] for one in text})
    found = opened.frequencies(hashed([words(word)[0] for word in asked]))
    assert found.tolist() == [counted[words(word)[0]] for word in asked]


def test_words_before_the_first_and_behind_the_last_of_the_vocabulary_have_no_frequency(opened: Forward) -> None:
    assert opened.frequencies(np.array([0, 2**32 - 1], dtype=np.uint32)).tolist() == [0, 0]
    assert opened.frequencies(hashed(["canal", "wheat"])).tolist() == [2, 2]


# Opening


def is_mapped(array: np.ndarray) -> bool:
    """Whether an array is in a file, or a plain view of one that is."""
    return isinstance(array, np.memmap) or isinstance(array.base, np.memmap)


def test_what_is_large_stays_in_its_file_until_it_is_asked_for(opened: Forward) -> None:
    for some in (opened.sentences, opened.words, opened.titles):
        assert is_mapped(some.flat)
        assert is_mapped(some.ends)
        assert not is_mapped(some.take(np.array([0])).flat), "what was taken outlives the files"
    assert is_mapped(opened._vocabulary)
    assert is_mapped(opened._frequencies)


def test_what_is_open_cannot_be_changed(opened: Forward) -> None:
    with pytest.raises(ValueError, match="read-only"):
        opened.sentences.flat[0] = 0  # type: ignore[call-overload]


def test_arrays_that_could_run_code_are_not_loaded(tmp_path: Path) -> None:
    built(tmp_path, NEWS, COUNTS)
    np.save(tmp_path / "forward" / "words.npy", np.array([object()]))
    with pytest.raises(ValueError, match="object"):
        Forward(tmp_path / "forward")


def test_an_empty_index_has_an_empty_forward_index(tmp_path: Path) -> None:
    opened, _ = built(tmp_path, [], [])
    assert opened.passages == 0
    assert (opened.sentences.flat.shape, opened.sentences.flat.dtype) == ((0, WIDE), np.float16)
    nothing = np.empty(0, dtype=np.int64)
    for some in (opened.sentences, opened.words, opened.titles):
        assert some.ends.tolist() == some.take(nothing).ends.tolist() == [0]
    assert opened.frequencies(hashed(["ferry"])).tolist() == [0]
    assert opened.frequencies(hashed([])).tolist() == []


def test_passages_without_sentences_and_words_have_empty_rows(tmp_path: Path) -> None:
    opened, _ = built(tmp_path, [stored("a", "—", "…", title="!")], [[0, 0]])
    assert opened.passages == 2
    assert lists(opened.sentences) == lists(opened.words) == [[], []]
    assert lists(opened.titles) == [[]]
