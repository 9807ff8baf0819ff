"""Passages like a given one: of other articles, the nearest first, under the same filters and rules as a search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from api.explain import MEANS
from api.search import Searcher
from api.similar import LIKENESS, Neighbours
from indexer.engine import Engine
from indexer.errors import NotFound, QueryError
from indexer.types import Filters
from tests.archive import LONG, NEWS, WideEncoder, ids, searching, stored
from tests.engines import Oracle, lets_in
from tests.fakes import FakeEncoder, article, put

PASSAGES = ["wire-0:0", "wire-1:1", "long:7", "report-05:0", "report-20:2"]
every_passage = pytest.mark.parametrize("passage_id", PASSAGES)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with stored(tmp_path_factory.mktemp("similar"), NEWS) as engine:
        yield searching(engine)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(WideEncoder(), NEWS)


def cosines(oracle: Oracle, passage_id: str) -> dict[str, float]:
    place = [part.id for _, part in oracle.rows].index(passage_id)
    return oracle.cosines(oracle.vectors[place])


@every_passage
def test_they_are_of_other_articles_and_ordered_by_the_nearness_of_their_vectors(
    archive: Searcher, oracle: Oracle, passage_id: str
) -> None:
    near, own = cosines(oracle, passage_id), passage_id.partition(":")[0]
    hits = archive.similar(passage_id, 200, per_article=0).hits
    found = [(hit.passage.id, hit.score) for hit in hits]
    assert all(hit.article.id != own for hit in hits)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert all(score == pytest.approx(near[name], abs=2e-3) for name, score in found)  # vectors are stored in half
    folded = {copy.passage.id for hit in hits for copy in hit.copies}
    assert {name for name, _ in found} | folded == {name for name in near if not name.startswith(f"{own}:")}


@every_passage
@pytest.mark.parametrize("k", [1, 5, 40])
def test_k_cuts_the_same_order_shorter(archive: Searcher, passage_id: str, k: int) -> None:
    assert archive.similar(passage_id, k).hits == archive.similar(passage_id, 200).hits[:k]


FILTERS: list[tuple[dict[str, Any], Filters]] = [
    ({"publisher": "the courier"}, Filters(publishers=("The Courier",))),
    ({"country": "Japan"}, Filters(countries=("JP",))),
    ({"language": ["en", "fr"]}, Filters(languages=("en", "fr"))),
]


@every_passage
@pytest.mark.parametrize(("given", "filters"), FILTERS, ids=str)
def test_filters_let_in_what_they_would_in_a_search(
    archive: Searcher, passage_id: str, given: dict[str, Any], filters: Filters
) -> None:
    answer = archive.similar(passage_id, 200, per_article=0, **given)
    found = {hit.article.id for hit in answer.hits} | {copy.article.id for hit in answer.hits for copy in hit.copies}
    assert found == {item.id for item in NEWS if lets_in(filters, item.meta)} - {passage_id.partition(":")[0]}
    assert answer.query.filters == filters or given == {"publisher": "the courier"}


def test_dates_filter_as_well(archive: Searcher) -> None:
    hits = archive.similar("wire-0:0", 200, after="2014-03", before="2014-03-31").hits
    assert {hit.article.published.iso for hit in hits if hit.article.published} == {"2014-03-30"}
    assert all(hit.article.published for hit in hits)


def test_copies_of_each_other_are_folded_under_the_first(archive: Searcher) -> None:
    first = archive.similar("wire-2:0").hits[0]
    assert (first.article.id, [copy.article.id for copy in first.copies]) == ("wire-0", ["wire-1"])
    assert first.score == pytest.approx(1, abs=0.1)


def test_one_article_does_not_fill_the_page(archive: Searcher) -> None:
    hits = archive.similar("report-02:0", 200, per_article=2).hits
    shown = [hit for hit in hits if hit.article.id == "long"]
    assert len(shown) == 2
    assert len(shown[1].more) == 20 < LONG - 2


def test_the_score_is_one_part_and_it_comes_only_where_it_is_asked_for(archive: Searcher) -> None:
    plain, explained = (archive.similar("long:3", explain=explain).hits for explain in (False, True))
    assert tuple(replace(hit, parts=()) for hit in explained) == plain
    assert {hit.parts for hit in plain} == {()}
    for hit in explained:
        [part] = hit.parts
        assert (part.name, part.weight) == (LIKENESS, 1.0)
        assert part.score == pytest.approx(hit.score, abs=1e-6)
    assert LIKENESS in MEANS


def test_nothing_is_said_of_an_answer_since_nothing_was_asked(archive: Searcher) -> None:
    answer = archive.similar("wire-0:0", 3, per_article=2)
    assert (answer.answerable, answer.is_answered, answer.periods) == (None, True, ())
    assert (answer.cursor, answer.facets, answer.reading) == (None, None, None)
    assert answer.query.text == NEWS[40].text.partition("\n\n")[0]
    assert (answer.query.k, answer.query.per_article, answer.query.asked_on) == (3, 2, None)
    assert {hit.highlights for hit in answer.hits} <= {span for hit in answer.hits for span in spans(hit.passage)}


def spans(passage: Any) -> list[tuple[tuple[int, int], ...]]:
    return [(), *((sentence,) for sentence in passage.sentences)]


@every_passage
def test_two_runs_give_equal_answers(archive: Searcher, passage_id: str) -> None:
    one, other = (archive.similar(passage_id, explain=True) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("unknown", ["", "nobody:0", "wire-0:2", "wire-0", "wire-0:x", ":0"])
def test_an_unknown_passage_is_not_found(archive: Searcher, unknown: str) -> None:
    with pytest.raises(NotFound, match="ARTICLE:ORDINAL"):
        archive.similar(unknown)


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"k": 0}, "k"),
        ({"k": 1001}, "k"),
        ({"per_article": -1}, "per_article"),
        ({"after": "yesterday"}, "after"),
        ({"after": "2013", "before": "2012"}, "after"),
        ({"country": "Xanthippe"}, "country"),
        ({"language": "e"}, "language"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_by_name(archive: Searcher, wrong: dict[str, Any], parameter: str) -> None:
    with pytest.raises(QueryError) as caught:
        archive.similar("wire-0:0", **wrong)
    assert caught.value.parameter == parameter


def test_where_nothing_of_other_articles_is_let_in_there_are_no_hits(archive: Searcher) -> None:
    assert archive.similar("wire-0:0", publisher="Nobody").hits == ()


def test_an_article_alone_has_none_like_it(engine: Engine) -> None:
    put(engine, WideEncoder(), [article("alone", ["Ministers met in Vienna.", "Ministers met in Oslo."])])
    answer = searching(engine).similar("alone:0")
    assert (answer.hits, answer.cursor) == ((), None)


def test_the_other_passages_of_a_longish_article_do_not_crowd_out_the_rest(engine: Engine) -> None:
    long = article("long", [f"Ministers met in Vienna on day {n}." for n in range(150)])
    put(engine, WideEncoder(), [long, *(article(f"a{n:02}", f"Grain of kind {n * n}.") for n in range(12))])
    hits = searching(engine).similar("long:0", 10).hits
    assert len(hits) == 10
    assert all(hit.article.id != "long" for hit in hits)


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


def test_ties_are_in_the_order_of_articles_whatever_the_history(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article(name, f"{name} alone.", "Same title") for name in ("d", "b")])
    put(engine, encoder, [article(name, "Ministers met.", f"Same {name in 'cz'}") for name in "ecaz"])
    snapshot = engine.snapshot()
    [found] = [row for row in snapshot.get(range(99)) if row.article.id == "z"]
    neighbours = Neighbours.of(snapshot, found, Filters(), 10)
    assert neighbours is not None
    assert np.all(np.diff(neighbours.scores[list(neighbours.order)]) <= 0)
    names = [row.article.id for row in snapshot.get([neighbours.numbers[place] for place in neighbours.order])]
    assert names[:1] == ["c"]
    assert names.index("a") < names.index("e")
    assert sorted(names) == ["a", "b", "c", "d", "e"]


def test_a_passage_of_the_current_version_is_meant(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("a", "Ministers met in Vienna."), article("b", "Grain is cheap.")])
    put(engine, encoder, [article("a", "Grain is dear.")])
    searcher = searching(engine)
    assert searcher.similar("a:0").query.text == "Grain is dear."
    assert ids(searcher.similar("b:0")) == ["a:0"]


def test_an_article_of_any_length_leaves_room_for_the_others(engine: Engine) -> None:
    encoder = WideEncoder()
    long = article("long", [f"Chapter on the canal talks, item {n}." for n in range(260)], "Canal talks")
    put(engine, encoder, [long, article("other", "Nobody spoke of the weather.")])
    with Searcher(engine, encoder) as searcher:
        assert [hit.article.id for hit in searcher.similar("long:0").hits] == ["other"]


def test_who_else_says_it_are_other_origins_and_not_other_editions(engine: Engine, encoder: FakeEncoder) -> None:
    story = [
        f"The envoys of Dravia and Kelmen spoke on Monday about point {n} of the accord on grain, steel and timber"
        f" that both capitals want to sign before winter, said office {n}."
        for n in range(3)
    ]
    news = [
        article("a", story),
        article("b", story, "Copied"),
        article("c", "Envoys spoke about an accord on fishing."),
    ]
    put(engine, encoder, news)
    searcher = searching(engine)
    answer = searcher.similar("a:0")
    assert {hit.origin for hit in answer.hits} == {"a", "c"}
    assert (answer.found, answer.origins) == (len(answer.hits), 1)
    assert searcher.similar("c:0").origins == 1
