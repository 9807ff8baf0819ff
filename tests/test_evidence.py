"""Evidence from the parts of a generation: rows made by hand, whose cosines can be read off.

That it is right for any news is in ``test_engine_answers``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded import forward
from indexer.embedded.columns import Columns
from indexer.embedded.dense import Dense
from indexer.embedded.evidence import Collector
from indexer.embedded.forward import Analysed, Forward
from indexer.engine import FEEDBACK, Evidence, Forms
from indexer.types import Article, Passage, StoredArticle
from tests.fakes import article

WIDE = 4
QUESTION = np.array([1, 0, 0, 0], dtype=np.float32)
"""The cosine of this question and a vector is the vector's first number."""

Cosine = float
Row = tuple[str, Cosine, Sequence[Cosine]]
"""The text of a passage, its cosine, and those of its sentences."""


def unit(cosine: Cosine, along: int = 1) -> np.ndarray:
    """A vector of length 1 with this cosine to the question; ``along`` is where else it points."""
    vector = np.zeros(WIDE)
    vector[0], vector[along] = cosine, np.sqrt(1 - cosine**2)
    return vector.astype(np.float16)


def collector(folder: Path, news: Sequence[tuple[Article, Sequence[Row]]], directions: int = 1) -> Collector:
    """Everything about some articles, in the order of their ids; version numbers fall, so as not to be places."""
    versions = [100 - place for place in range(len(news))]
    starts = np.cumsum([0, *(len(rows) for _, rows in news)]).tolist()
    numbers = [list(range(start, start + len(rows))) for start, (_, rows) in zip(starts, news, strict=False)]
    metas = [item.meta for item, _ in news]
    vectors = [np.array([unit(row[1], 1 + place % directions) for place, row in enumerate(rows)]) for _, rows in news]
    sentences = [np.array([unit(own) for row in rows for own in row[2]]).reshape(-1, WIDE) for _, rows in news]
    counts = [[len(row[2]) for row in rows] for _, rows in news]
    stored = [StoredArticle(item, 1, tuple(_passages(item, rows))) for item, rows in news]
    total = sum(map(len, sentences))
    forward.build(folder / "forward", map(Analysed.of, stored), zip(counts, sentences, strict=True), total, WIDE)
    return Collector(
        Columns.build(zip(versions, numbers, metas, strict=True)),
        Dense.build(WIDE, vectors),
        Forward(folder / "forward"),
    )


def _passages(item: Article, rows: Sequence[Row]) -> list[Passage]:
    return [Passage(item.id, ordinal, 0, len(text), text) for ordinal, (text, _, _) in enumerate(rows)]


def made(*rows: Row, **known: str) -> tuple[Article, Sequence[Row]]:
    """An article of these passages; ``known`` has its ``name``, else "a"."""
    return article(known.pop("name", "a"), [text for text, _, _ in rows], **known), rows


NEWS = [
    made(
        ("Envoys met at the canal.", 0.5, [0.25, 0.75]),
        ("Bakers fear for the harvest.", 0.0, [0.5]),
        ("A table of wheat prices", 0.25, []),
        title="Wheat and canals",
        published="2012-05",
    ),
    made(("The canal and the harbour.", 0.75, [0.5, 0.75, 0.75]), name="b", title="Harbour"),
]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Collector:
    return collector(tmp_path_factory.mktemp("parts"), NEWS)


def collect(parts: Collector, rows: Sequence[int] = (0, 1, 2, 3), words: Sequence[Forms] = ()) -> Evidence:
    return parts.collect(QUESTION, words, np.array(rows, dtype=np.int64))


def near(values: Sequence[float]) -> object:
    return pytest.approx(values, abs=1e-3, nan_ok=True)


NONE = float("nan")


def test_passages_come_with_their_cosines_and_vectors_in_the_order_asked_for(parts: Collector) -> None:
    found = collect(parts, [3, 0, 3])
    assert found.dense.tolist() == near([0.75, 0.5, 0.75])
    assert np.array_equal(found.vectors, np.array([unit(0.75), unit(0.5), unit(0.75)], dtype=np.float32))


def test_the_nearest_sentence_is_said_with_its_place_and_the_second_with_its_cosine(parts: Collector) -> None:
    found = collect(parts, [0, 1, 3])
    assert found.sentence.tolist() == near([0.75, 0.5, 0.75])
    assert found.second.tolist() == near([0.25, NONE, 0.75])
    assert found.answering.tolist() == [1, 0, 1]  # of equal ones the first


def test_a_passage_without_sentences_has_its_own_cosine_and_no_answering_sentence(parts: Collector) -> None:
    found = collect(parts, [2])
    assert (found.sentence.tolist(), found.answering.tolist()) == (near([0.25]), [-1])
    assert np.isnan(found.second).all()


def test_sentences_with_negative_cosines_are_nearest_and_second_as_well(tmp_path: Path) -> None:
    found = collect(collector(tmp_path, [made(("All far.", -0.9, [-0.5, -0.25, -0.75]))]), [0])
    assert (found.sentence.tolist(), found.second.tolist()) == (near([-0.25]), near([-0.5]))
    assert found.answering.tolist() == [1]


def test_an_article_is_told_by_its_place(parts: Collector) -> None:
    found = collect(parts, [3, 1])
    assert found.articles.tolist() == [1, 0]


def test_the_days_of_publication_are_ordinals_and_zero_where_unknown(parts: Collector) -> None:
    month = NEWS[0][0].meta.published
    assert month is not None
    span = [month.first_day.toordinal(), month.last_day.toordinal()]
    assert collect(parts, [0, 3]).days.tolist() == [span, [0, 0]]


def test_words_are_looked_for_in_passage_and_title_in_any_form(parts: Collector) -> None:
    found = collect(parts, [3, 0, 2], [("canal",), ("rye", "wheat"), ("zeppelin",)])
    assert found.in_passage.tolist() == [[True, False, False], [True, False, False], [False, True, False]]
    assert found.in_title.tolist() == [[False, False, False], [True, True, False], [True, True, False]]


def test_frequencies_count_passages_of_the_whole_index_and_every_form(parts: Collector) -> None:
    found = collect(parts, [1], [("canal",), ("canal", "harvest"), ("canal", "envoy"), ("zeppelin",)])
    assert found.frequencies.tolist() == [2, 3, 3, 0]  # the first passage has both canal and envoy
    assert found.total == 4


def test_without_words_there_are_no_columns_for_them(parts: Collector) -> None:
    found = collect(parts)
    assert found.in_passage.shape == found.in_title.shape == (4, 0)
    assert (found.frequencies.shape, found.frequencies.dtype) == ((0,), np.int64)


def test_feedback_is_the_cosine_to_the_mean_of_the_nearest(tmp_path: Path) -> None:
    cosines = [0.9, 0.8, 0.7, 0.1]
    found = collect(collector(tmp_path, [made(*(("A text.", cosine, [0.5]) for cosine in cosines))]))
    vectors = np.array([unit(cosine) for cosine in cosines], dtype=np.float64)
    mean = vectors[:FEEDBACK].mean(axis=0)
    assert found.feedback.tolist() == near((vectors @ mean / np.linalg.norm(mean)).tolist())


def test_of_equally_near_passages_the_first_of_the_index_make_the_mean(tmp_path: Path) -> None:
    parts = collector(tmp_path, [made(*[("A text.", 0.5, [0.5])] * (FEEDBACK + 1))], directions=2)
    first, second, *_ = collect(parts).feedback.tolist()
    assert first > second  # two of three point where the first does
    assert collect(parts, [3, 2, 1, 0]).feedback.tolist() == collect(parts).feedback[::-1].tolist()


def test_one_passage_alone_is_wholly_like_itself(parts: Collector) -> None:
    assert collect(parts, [1]).feedback.tolist() == near([1])


def test_about_nothing_there_is_nothing_to_say(parts: Collector) -> None:
    found = collect(parts, [], [("canal",)])
    assert [len(column) for name, column in found._asdict().items() if name not in ("total", "frequencies")] == [0] * 11
    assert found.frequencies.tolist() == [2]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.data())
def test_the_order_asked_for_changes_no_bit_of_what_is_said(
    parts: Collector, rows: list[int], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(range(len(rows))))
    words = [("canal",), ("wheat", "harbour")]
    one, other = collect(parts, rows, words), collect(parts, [rows[place] for place in shuffled], words)
    for name, column in one._asdict().items():
        same = column if name in ("total", "frequencies") else column[shuffled]
        assert np.array_equal(same, getattr(other, name), equal_nan=name == "second"), name


@pytest.mark.parametrize("copies", [1, 2, 3, 5, 7, 8, 9, 31, 403])
def test_copies_of_one_text_have_the_same_cosines_to_the_last_bit(tmp_path: Path, copies: int) -> None:
    wide = 384  # BLAS adds up the last rows of so wide a table in another order than the first
    random = np.random.default_rng(1)
    text, question = (vector / np.linalg.norm(vector) for vector in random.standard_normal((2, wide)))
    halves = np.tile(text.astype(np.float16), (copies, 1))
    items = [article(f"a{place:03}") for place in range(copies)]
    stored = [StoredArticle(item, 1, (Passage(item.id, 0, 0, 3, "One"),)) for item in items]
    forward.build(tmp_path / "forward", map(Analysed.of, stored), [([1] * copies, halves)], copies, wide)
    parts = Collector(
        Columns.build((place, [place], item.meta) for place, item in enumerate(items)),
        Dense.build(wide, [halves]),
        Forward(tmp_path / "forward"),
    )
    found = parts.collect(question.astype(np.float32), [], np.arange(copies))
    for column in (found.dense, found.sentence, found.feedback):
        assert len(set(column.tolist())) == 1
