"""From a ranking to pages: the same hits whatever the pages, copies folded once, the newest first where asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.citing.fragments import link
from api.cursor import Cursor
from api.grouping import grouped
from api.results import BY_DATE, MOST_HELD_BACK, Page, page
from api.search import Searcher
from indexer.engine import Evidence, Story, Words
from indexer.types import (
    Edition,
    Hit,
    IndexInfo,
    Metadata,
    Part,
    PartialDate,
    Passage,
    Query,
    Sort,
    StoredPassage,
)
from tests.archive import LONG, NEWS, QUESTIONS, ids, searching, stored
from tests.fakes import article, evidence

GONE = datetime(2026, 5, 3, tzinfo=UTC)
INFO = IndexInfo(7, 2, 3, "a-model", "weights", 384, "rule")

# Pages of a real search


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """Fewer passages than are looked at."""
    with stored(tmp_path_factory.mktemp("results"), NEWS) as engine:
        yield searching(engine)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """More passages than are looked at for a question."""
    news = [article(f"c{n:03}", f"Clerk {n * 31} spoke of item {n * n}. Talks {n % 7}.") for n in range(420)]
    with stored(tmp_path_factory.mktemp("crowd"), news) as engine:
        yield searching(engine)


def paged(searcher: Searcher, question: str, k: int, **given: Any) -> tuple[Hit, ...]:
    return tuple(hit for answer in searcher.pages(question, k, **given) for hit in answer.hits)


@settings(deadline=None, max_examples=12)
@given(st.sampled_from(QUESTIONS), st.integers(9, 200), st.sampled_from([0, 1, 2, 7]))
def test_all_pages_are_one_search_cut_into_pieces(archive: Searcher, question: str, k: int, per_article: int) -> None:
    whole = archive.search(question, 200, per_article=per_article)
    assert whole.cursor is None
    assert paged(archive, question, k, per_article=per_article) == whole.hits
    assert [hit.rank for hit in whole.hits] == list(range(1, len(whole.hits) + 1))
    assert len(set(ids(whole))) == len(whole.hits)


def test_hits_one_by_one_are_the_hits_at_once(archive: Searcher) -> None:
    given_filters: dict[str, Any] = {"country": "KR", "per_article": 1}
    whole = archive.search("talks on the canal", 200, **given_filters).hits
    assert len(whole) > 5
    assert paged(archive, "talks on the canal", 1, **given_filters) == whole


@settings(deadline=None, max_examples=6)
@given(st.sampled_from(["talks of clerks", "item 961"]), st.integers(20, 199))
def test_pages_end_where_the_candidates_do(crowd: Searcher, question: str, k: int) -> None:
    hits = paged(crowd, question, k)
    facets = crowd.search(question, k, facets=True).facets
    assert facets is not None
    assert len(hits) == facets.found >= 200
    assert crowd.search(question, 200).hits == hits[:200]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.passage.id for hit in hits}) == len(hits)


@settings(deadline=None, max_examples=8)
@given(st.sampled_from(QUESTIONS), st.integers(7, 120), st.sampled_from([0, 1, 7]))
def test_by_date_come_the_same_hits_as_the_best_by_relevance(
    archive: Searcher, question: str, k: int, per_article: int
) -> None:
    best = archive.search(question, max(BY_DATE, k), per_article=per_article, explain=True).hits
    by_date = paged(archive, question, k, per_article=per_article, sort="date", explain=True)
    assert [replace(hit, rank=0) for hit in by_date] == [replace(hit, rank=0) for hit in sorted(best, key=newest)]
    assert [hit.rank for hit in by_date] == list(range(1, len(best) + 1))


def newest(hit: Hit) -> tuple[int, int]:
    """The last, then the first day that the date can mean; nothing before what has no date. Sorting is stable."""
    published = hit.article.published
    return (-published.last_day.toordinal(), -published.first_day.toordinal()) if published else (0, 0)


@pytest.mark.parametrize("filters", [{}, {"publisher": "the courier"}, {"after": "2013"}], ids=str)
def test_what_has_no_date_comes_last_by_date(archive: Searcher, filters: dict[str, Any]) -> None:
    hits = archive.search(QUESTIONS[0], 200, sort="date", **filters).hits
    dated = [hit.article.published is not None for hit in hits]
    assert dated == sorted(dated, reverse=True)
    assert any(dated)


def test_every_passage_is_a_hit_or_held_back_exactly_once(archive: Searcher) -> None:
    total = archive.engine.snapshot().info.passages
    for per_article in (0, 2):
        hits = archive.search(QUESTIONS[0], 200, per_article=per_article).hits
        placed = [hit.passage.id for hit in hits]
        placed += [passage.id for hit in hits for passage in hit.more]
        placed += [copy.passage.id for hit in hits for copy in hit.copies]
        assert len(placed) == len(set(placed))
        unnamed = 0 if per_article == 0 else LONG - per_article - MOST_HELD_BACK
        assert len(placed) == total - unnamed


def test_of_a_long_article_the_best_twenty_are_named_under_its_last_hit(archive: Searcher) -> None:
    anywhere = [name for name in ids(archive.search(QUESTIONS[0], 200, per_article=0)) if name.startswith("long:")]
    assert len(anywhere) == LONG
    hits = [hit for hit in archive.search(QUESTIONS[0], 200, per_article=3).hits if hit.article.id == "long"]
    assert [hit.passage.id for hit in hits] == anywhere[:3]
    assert [passage.id for passage in hits[2].more] == anywhere[3 : 3 + MOST_HELD_BACK]
    assert not hits[0].more
    assert not hits[1].more
    assert MOST_HELD_BACK == 20


def test_all_copies_of_a_text_are_under_its_first_on_the_first_page(archive: Searcher) -> None:
    [hit] = archive.search("Which governments lifted tariffs on steel and timber?", 1).hits
    assert hit.article.id.startswith("wire-")
    together = {hit.article.id, *(copy.article.id for copy in hit.copies)}
    assert together == {"wire-0", "wire-1", "wire-2"}
    assert {copy.passage.text for copy in hit.copies} == {hit.passage.text}
    assert {copy.version for copy in hit.copies} == {1}


def test_behind_the_last_page_there_is_nothing(archive: Searcher) -> None:
    query = replace(archive.search(QUESTIONS[0], 10).query, start=10**30)
    answer = archive.answer(query)
    assert (answer.hits, answer.cursor) == ((), None)


# Pages of a made ranking


class Made:
    """A ranking of passages of which each is alone in its article, in the order of their numbers."""

    def __init__(self, size: int, **known: Any) -> None:
        self.numbers = [100 + place for place in range(size)]
        self.evidence: Evidence = evidence(size, **{"answering": np.full(size, -1), **known})
        self.scores = np.array([1 / 3 - place for place in range(size)])
        self.order: Sequence[int] = range(size)

    def parts(self, place: int) -> tuple[Part, ...]:
        return (Part("sentence", 1 / 3, 1.0), Part("words", -float(place), 1.0), Part("names", -1e-12, -0.0))


class Shelf:
    """As much of a snapshot as a page needs; remembers which passages were fetched."""

    info = INFO

    def stories(self, numbers: Sequence[int]) -> list[Story]:
        return [
            Story(f"first of a{number}", (Edition(Metadata(f"a{number}-other", "Ministers meet"), 3),))
            for number in numbers
        ]

    def __init__(self) -> None:
        self.fetched: list[int] = []

    def get(self, numbers: Sequence[int]) -> list[StoredPassage]:
        self.fetched += numbers
        texts = {number: f"Met {number}." for number in numbers}
        day = PartialDate("2012")
        return [
            StoredPassage(
                number,
                Passage(f"a{number}", 0, 0, len(text), text, ((0, len(text)),)),
                Metadata(f"a{number}", "Ministers meet", f"https://example.org/{number}", published=day),
                2,
                vanished=None if number % 2 else GONE,
            )
            for number, text in texts.items()
        ]

    def words(self, numbers: Sequence[int]) -> list[Words]:
        return [np.array([7, number], dtype=np.uint32) for number in numbers]

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Each text has its passage a second time, behind itself."""
        return [f"{row.passage.text}\n\n{row.passage.text}" for row in self.get(numbers)]


def made(size: int, *, explain: bool = False, query: Query = Query("Who met?", 3), **known: Any) -> Page:
    return page(Shelf(), Made(size, **known), query, explain=explain)  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "shown", "more"), [(0, 0, False), (3, 3, False), (4, 3, True)])
@pytest.mark.parametrize("before", [0, 3])
def test_a_cursor_comes_if_and_only_if_there_is_more(size: int, shown: int, more: bool, before: int) -> None:
    query = Query("Who met?", 3, start=before)
    found = made(size + before, query=query)
    assert [hit.rank for hit in found.hits] == list(range(before + 1, before + shown + 1))
    assert (found.cursor is not None) == more
    if found.cursor:
        assert Cursor.read(found.cursor) == Cursor.after(query, before + 3, INFO)


def test_only_what_is_shown_is_fetched() -> None:
    shelf = Shelf()
    page(shelf, Made(50), Query("Who met?", 3, start=6), explain=False)  # type: ignore[arg-type]
    assert {*shelf.fetched} == {106, 107, 108}


def test_scores_have_six_digits_and_their_parts_nine_and_none_is_minus_zero() -> None:
    first, second, _ = made(3, explain=True).hits
    assert (first.score, second.score) == (0.333333, -0.666667)
    assert [part.value for part in second.parts] == [0.333333333, -1.0, 0.0]
    assert "-0.0" not in str([(part.value, part.weight) for part in (*first.parts, *second.parts)])
    [zero] = made(1, explain=False, query=Query("Who met?", 1)).hits
    assert zero.parts == ()


def test_a_score_that_rounds_to_nothing_is_zero() -> None:
    ranked = Made(1)
    ranked.scores = np.array([-1e-9])
    [hit] = page(Shelf(), ranked, Query("Who met?"), explain=False).hits  # type: ignore[arg-type]
    assert str(hit.score) == "0.0"


def test_the_sentence_that_answers_is_marked() -> None:
    first, second = made(2, answering=[0, -1]).hits
    assert (first.highlights, second.highlights) == (((0, 8),), ())


def test_a_hit_has_a_link_that_opens_its_sentence_or_else_its_passage_in_the_whole_text() -> None:
    first, second = made(2, answering=[0, -1]).hits
    assert first.link == link("https://example.org/100", "Met 100.\n\nMet 100.", (0, 8))
    assert second.link == link("https://example.org/101", "Met 101.\n\nMet 101.", (0, 8))


def test_a_hit_keeps_the_version_it_stands_in() -> None:
    assert {hit.version for hit in made(3).hits} == {2}


def test_a_hit_names_its_origin_and_so_many_of_its_editions() -> None:
    hits = made(2).hits
    assert [hit.origin for hit in hits] == ["first of a100", "first of a101"]
    assert [edition.article.id for edition in hits[1].editions] == ["a101-other"]


def test_a_hit_says_since_when_its_article_is_gone() -> None:
    assert [hit.vanished for hit in made(3).hits] == [GONE, None, GONE]


def test_near_vectors_with_other_words_are_not_folded() -> None:
    alike = made(2, vectors=np.ones((2, 1)))
    assert [hit.copies for hit in alike.hits] == [(), ()]


DAYS = [(5, 5), (0, 0), (1, 9), (9, 9), (5, 5), (9, 12)]


def test_by_date_ties_stay_as_they_were_and_a_longer_time_comes_behind_its_last_day() -> None:
    found = made(6, query=Query("Who met?", 6, sort="date"), days=DAYS)
    assert [hit.passage.article_id for hit in found.hits] == ["a105", "a103", "a102", "a100", "a104", "a101"]


@pytest.mark.parametrize(("k", "found"), [(3, BY_DATE), (BY_DATE, BY_DATE), (BY_DATE + 7, BY_DATE + 7), (900, 80)])
def test_by_date_comes_no_more_than_the_best(k: int, found: int) -> None:
    pages = made(80, query=Query("Who met?", k, sort="date"))
    assert sorted(group.lead for group in pages.groups) == list(range(found))
    assert BY_DATE == 50


# Copies and editions are folded the same on every page


class Printed(Shelf):
    """Passages of which some have the same words, those of a word of this number."""

    def __init__(self, texts: Sequence[int]) -> None:
        super().__init__()
        self.printed = texts

    def words(self, numbers: Sequence[int]) -> list[Words]:
        return [np.full(5, self.printed[number - 100], dtype=np.uint32) for number in numbers]


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[int], list[int], list[int]]:
    """An order of places, with the article and the text of each."""
    size = draw(st.integers(0, 24))
    articles = draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    texts = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    return list(draw(st.permutations(range(size)))), articles, texts


@settings(deadline=None, max_examples=200)
@given(rankings(), st.integers(1, 6), st.integers(0, 6), st.sampled_from(["relevance", "date"]))
def test_a_page_holds_what_all_pages_at_once_would_have_there(
    given_ranking: tuple[list[int], list[int], list[int]], k: int, start: int, sort: Sort
) -> None:
    order, articles, texts = given_ranking
    ranked = Made(len(order), articles=articles, vectors=np.eye(7)[texts])
    ranked.order = order
    query = Query("Who met?", k, per_article=0, sort=sort, start=start)
    found = page(Printed(texts), ranked, query, explain=False)  # type: ignore[arg-type]
    text, article = np.array(texts, dtype=np.int64), np.array(articles, dtype=np.int64)
    same = (text[:, None] == text) & (article[:, None] != article)
    expected = grouped(order, article, 0, same)
    leads = [f"a{100 + group.lead}" for group in expected]
    assert [hit.passage.article_id for hit in found.hits] == leads[start : start + k]
    assert [[copy.passage.article_id for copy in hit.copies] for hit in found.hits] == [
        [f"a{100 + place}" for place in group.copies] for group in expected[start : start + k]
    ]
    assert (found.cursor is not None) == (start < len(expected) and start + k < len(expected))
    assert len(found.groups) == len(expected)
    assert found.origins == len({articles[group.lead] for group in expected})


def test_many_copies_of_the_first_do_not_hide_those_of_the_second() -> None:
    texts = [0] * 9 + [1, 1]
    ranked = Made(len(texts), vectors=np.eye(7)[texts])
    query = Query("Who met?", 1, start=1)
    [hit] = page(Printed(texts), ranked, query, explain=False).hits  # type: ignore[arg-type]
    assert (hit.rank, hit.passage.article_id) == (2, "a109")
    assert [copy.passage.article_id for copy in hit.copies] == ["a110"]


def test_copies_are_found_among_what_is_held_back_for_its_article_too(tmp_path: Path) -> None:
    paragraphs = ["The ministers agreed on grain.", "The envoys left at noon.", "The canal stays closed until May."]
    with stored(tmp_path, [article(name, paragraphs, "Talks") for name in ("a", "x", "y")]) as engine:
        searcher = searching(engine)
        for counted in (False, True):
            hits = searcher.search(
                "When did ministers and envoys agree on the canal?", per_article=1, facets=counted
            ).hits
            texts = [hit.passage.text for hit in hits]
            assert len(set(texts)) == len(texts)


# Stories in several editions


def told(n: int, paragraphs: int = 3, cut: int | None = None) -> list[str]:
    """A story's paragraphs, without the last words of each."""
    parts = [
        f"The envoys of Dravia and Kelmen spoke for {n + at} hours on Monday about point {at} of accord number {n * 7},"
        f" which both capitals want to sign before the winter, their offices of state said in note {n * at + 5}."
        for at in range(paragraphs)
    ]
    return [" ".join(part.split()[:cut]) for part in parts]


@pytest.fixture
def stories(tmp_path: Path) -> Iterator[Searcher]:
    """One story in four editions by others, which a reader must not take for five, and two more of one each."""
    news = [
        article("a", told(1), "Envoys talk", publisher="Morning Post", published="2012-05-02"),
        article("b", told(1), "Envoys talk on accord", publisher="The Courier", published="2012-05-01"),
        article("c", told(1, cut=20), "Accord in sight", publisher="Evening Herald", published="2012-05-03"),
        article("d", told(1), "Talks", published="2012-05-04"),
        article("x", told(40, 1), "Envoys talk again", publisher="Morning Post"),
        article("y", told(80, 1), "Envoys are silent", publisher="The Courier"),
    ]
    with stored(tmp_path, news) as engine:
        yield searching(engine)


def one_origin(searcher: Searcher) -> bool:
    return {searcher.engine.snapshot().origin(name) for name in "abcd"} == {"b"}


def test_a_story_counts_once_whoever_published_it(stories: Searcher) -> None:
    assert one_origin(stories)
    answer = stories.search("What did the envoys of Dravia speak about?", 50)
    assert {hit.origin for hit in answer.hits} == {"b", "x", "y"}
    assert (answer.found, answer.origins) == (len(answer.hits), 3)
    for hit in answer.hits:
        others = {"b": "bacd", "x": "x", "y": "y"}[hit.origin].replace(hit.article.id, "")
        assert [edition.article.id for edition in hit.editions] == list(others)


@pytest.mark.parametrize("per_article", [1, 2])
def test_a_story_gets_as_many_hits_as_one_article_would(stories: Searcher, per_article: int) -> None:
    hits = stories.search("What did the envoys of Dravia speak about?", 50, per_article=per_article).hits
    assert sum(hit.origin == "b" for hit in hits) == per_article
    assert sum(hit.origin != "b" for hit in hits) == 2


def test_a_shortened_passage_of_the_same_story_is_folded(stories: Searcher) -> None:
    hits = [hit for hit in stories.search("Which point of the accord?", 50, per_article=0).hits if hit.origin == "b"]
    assert len(hits) == 3  # as many as the story has paragraphs
    assert {frozenset(copy.article.id for copy in hit.copies) | {hit.article.id} for hit in hits} == {frozenset("abcd")}


@pytest.mark.parametrize("given_options", [{}, {"per_article": 1}, {"sort": "date"}, {"k": 2}], ids=str)
def test_what_is_held_back_does_not_depend_on_whether_facets_are_counted(
    stories: Searcher, archive: Searcher, given_options: dict[str, Any]
) -> None:
    for searcher in (stories, archive):
        for question in ("What did the envoys speak about?", *QUESTIONS):
            plain = searcher.search(question, **given_options)
            counted = searcher.search(question, facets=True, **given_options)
            assert replace(counted, facets=None) == plain
            assert counted.facets is not None
            assert counted.facets.found == plain.found


def test_pages_say_alike_how_many_origins_all_of_them_have(stories: Searcher) -> None:
    pages = list(stories.pages("What did the envoys of Dravia speak about?", 2))
    assert len(pages) > 1
    assert {(answer.found, answer.origins) for answer in pages} == {(sum(len(one.hits) for one in pages), 3)}
