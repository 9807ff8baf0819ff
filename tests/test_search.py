"""The search itself: what a question may be, how hits are ranked, filtered and made, and that nothing disturbs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.fusion import Weights
from api.search import MAX_K, MAX_LENGTH, Answer, Searcher, make_query, open_index
from indexer.encode import Encoder
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import IndexMismatch, IndexMissing, QueryError
from indexer.settings import Settings
from indexer.types import Article, Hit, PartialDate
from tests.fakes import FakeEncoder, article, put

NEWS = [
    article(
        "vienna",
        [
            "The foreign ministers of both states met in Vienna on Monday. They agreed to reopen the border at Kelmen.",
            "A second round of the border talks will take place in Oslo in June, the Norwegian minister said.",
        ],
        "Ministers meet in Vienna",
        publisher="Morning Post",
        published="2012-05-21",
    ),
    article(
        "grain",
        "The port of Dravia stopped all exports of grain after the storm, and prices rose within a day.",
        "Grain exports halted",
        publisher="Evening Herald",
        published="2014-11",
    ),
    article("envoy", "An envoy of the Kelmen border commission resigned, and gave no reasons for it.", "Envoy resigns"),
]
QUESTIONS = st.text(st.characters(), max_size=80)


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the news above, which no test changes."""
    place = tmp_path_factory.mktemp("search") / "index"
    engine = open_engine(place, create=Binding.of(WideEncoder()))
    put(engine, WideEncoder(), NEWS)
    engine.close()
    return place


@pytest.fixture(scope="module")
def searcher(index: Path) -> Iterator[Searcher]:
    opened = Searcher(open_engine(index), WideEncoder())
    yield opened
    opened.close()


def filled(engine: Engine, encoder: Encoder, articles: list[Article]) -> Searcher:
    put(engine, encoder, articles)
    return Searcher(engine, encoder)


def ids(answer: Answer) -> list[str]:
    return [hit.passage.id for hit in answer.hits]


def refused(parameter: str, **given: object) -> str:
    with pytest.raises(QueryError) as caught:
        make_query(**{"q": "Who met?", **given})  # type: ignore[arg-type]
    assert caught.value.parameter == parameter
    return str(caught.value)


def test_a_question_is_put_on_one_line_and_rid_of_controls() -> None:
    assert make_query(" Who\x00 met\r\n\tin  Vienna?\u2028").text == "Who met in Vienna?"
    assert make_query("Who \ud800 met?").text == "Who \ufffd met?"


@pytest.mark.parametrize("empty", ["", "  \n\t", "\x00\x01", "\ufeff"])
def test_an_empty_question_is_refused(empty: str) -> None:
    assert "empty" in refused("q", q=empty)


def test_a_question_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(make_query("x" * MAX_LENGTH).text) == MAX_LENGTH
    message = refused("q", q="x" * (MAX_LENGTH + 1))
    assert str(MAX_LENGTH) in message
    assert str(MAX_LENGTH + 1) in message


@pytest.mark.parametrize("k", [0, -1, MAX_K + 1, 10_000])
def test_k_out_of_range_is_refused_with_both_values(k: int) -> None:
    message = refused("k", k=k)
    assert str(k) in message
    assert str(MAX_K) in message


@pytest.mark.parametrize("parameter", ["after", "before"])
@pytest.mark.parametrize(
    "text", ["2012-02-30", "2012-13", "yesterday", "23 May 2012", "12", "0000", "2012-5-1", "٢٠١٢"]
)
def test_a_date_that_is_none_is_refused_by_its_parameter(parameter: str, text: str) -> None:
    message = refused(parameter, **{parameter: text})
    assert text in message
    assert parameter in message


@pytest.mark.parametrize(("after", "before"), [("2013", "2012"), ("2012", "2012-01-01"), ("2012-05-23", "2012-05-23")])
def test_a_range_that_holds_no_day_is_refused(after: str, before: str) -> None:
    message = refused("after", after=after, before=before)
    assert after in message
    assert before in message


def test_blank_filters_are_no_filters() -> None:
    assert not make_query("Who met?", after=" ", before="", publisher=["", "  "]).filters


def test_the_passage_that_answers_comes_first(searcher: Searcher) -> None:
    assert ids(searcher.search("Where will the second round of talks take place?"))[0] == "vienna:1"
    assert ids(searcher.search("Why did grain exports stop?"))[0] == "grain:0"


def test_hits_are_ranked_by_falling_score_and_counted_from_one(searcher: Searcher) -> None:
    hits = searcher.search("border talks of the ministers").hits
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_k_cuts_the_same_ranking_shorter(searcher: Searcher, k: int) -> None:
    assert ids(searcher.search("border talks", k)) == ids(searcher.search("border talks", 4))[:k]


def test_k_beyond_the_index_gives_all_there_is(searcher: Searcher) -> None:
    assert len(searcher.search("border talks", MAX_K).hits) == 4


def test_more_hits_than_the_usual_candidates_can_be_had(engine: Engine, encoder: FakeEncoder) -> None:
    searcher = filled(engine, encoder, [article(f"a{n:03}", f"Report number {n} on the talks.") for n in range(450)])
    found = ids(searcher.search("report on the talks", 450))
    assert len(set(found)) == len(found) == 450


def test_equal_scores_are_ordered_by_article_and_ordinal(engine: Engine, encoder: FakeEncoder) -> None:
    same = ["The ministers of both states met in Vienna."] * 2
    searcher = filled(engine, encoder, [article(name, same, "Ministers meet") for name in ("c", "a", "d", "b")])
    whole = ids(searcher.search("ministers Vienna", 8))
    assert whole == ["a:0", "a:1", "b:0", "b:1", "c:0", "c:1", "d:0", "d:1"]
    assert ids(searcher.search("ministers Vienna", 3)) == whole[:3]


def test_filters_are_applied_before_the_best_are_taken(engine: Engine, encoder: FakeEncoder) -> None:
    crowd = [
        article(f"a{n:03}", f"The summit in Vienna, day {n}.", "Summit in Vienna", publisher="Crowd", published="2011")
        for n in range(300)
    ]
    right = article("right", "Harvests failed in Dravia.", "Harvests", publisher="Morning Post", published="2013-02")
    searcher = filled(engine, encoder, [*crowd, right])
    question = "summit in Vienna"
    assert "right:0" not in ids(searcher.search(question, 300))
    assert ids(searcher.search(question, publisher=["morning  POST"])) == ["right:0"]
    assert ids(searcher.search(question, after="2012")) == ["right:0"]
    assert ids(searcher.search(question, before="2014", after="2013-02", publisher=["Morning Post"])) == ["right:0"]


def test_filters_that_nothing_passes_give_an_answer_without_hits(searcher: Searcher) -> None:
    answer = searcher.search("border talks", publisher=["Nobody's Gazette"])
    assert answer.hits == ()
    assert answer.index.passages == 4


def test_an_undated_article_passes_no_date_filter(searcher: Searcher) -> None:
    assert "envoy:0" in ids(searcher.search("Who resigned?"))
    assert "envoy:0" not in ids(searcher.search("Who resigned?", after="0001"))
    assert "envoy:0" not in ids(searcher.search("Who resigned?", before="9999"))


def test_a_year_in_the_question_speaks_for_articles_of_that_year_and_hides_no_others(
    engine: Engine, encoder: FakeEncoder
) -> None:
    same = "The ministers of both states met in Vienna."
    known = {"dated": {"published": "2014-03"}, "older": {"published": "2010"}, "undated": {}}
    news = [article(name, same, "Ministers meet", **date) for name, date in known.items()]
    hits = filled(engine, encoder, news).search("Who met in Vienna in 2014?").hits
    time = {hit.article.id: dict(hit.parts)["time"] for hit in hits}
    assert hits[0].article.id == "dated"
    assert time["dated"] == pytest.approx(Weights().time)
    assert time["dated"] > time["older"] > time["undated"] == 0


def test_a_question_without_a_date_leaves_time_aside(searcher: Searcher) -> None:
    assert {dict(hit.parts)["time"] for hit in searcher.search("Who met in Vienna?").hits} == {0}


def test_an_empty_index_has_no_hits(engine: Engine, encoder: FakeEncoder) -> None:
    engine.publish()
    answer = Searcher(engine, encoder).search("Who met?")
    assert answer.hits == ()
    assert answer.index.passages == 0


def test_a_hit_says_which_parts_sum_to_its_score(searcher: Searcher) -> None:
    for hit in searcher.search("border talks of the ministers in May 2012").hits:
        assert tuple(name for name, _ in hit.parts) == Weights._fields
        assert sum(part for _, part in hit.parts) == pytest.approx(hit.score)
        assert 0 <= hit.score <= 1


def test_a_highlight_lies_inside_its_passage(searcher: Searcher) -> None:
    hit = searcher.search("Did the ministers in Vienna agree to reopen the border?").hits[0]
    [(start, end)] = hit.highlights
    assert hit.passage.start <= start < end <= hit.passage.end
    assert NEWS[0].text[start:end] == "They agreed to reopen the border at Kelmen."


@pytest.mark.parametrize(
    "question",
    [
        "AND",
        "OR NOT",
        'title:"Vienna" AND (text:border^2 OR -grain) TO [a TO b]',
        '"unbalanced',
        "((((who",
        "border*",
        "US-China",
        "O'Neill's \\ backslash",
        "+ - && 1 || ! { } ~ ? : /",
        "'; DROP TABLE versions; --",
        "%s {0} $1",
        "the of and",
        "\u202eright to left\u202c",
        "核実験",
        "😀 who",
        "x" * MAX_LENGTH,
        "border " * (MAX_LENGTH // 7),
        "2012 " * (MAX_LENGTH // 5),
        "May 2012, 30 February 2014, 99 June 9999, since 2020",
    ],
)
def test_any_question_is_plain_words(searcher: Searcher, question: str) -> None:
    assert len(searcher.search(question).hits) == 4


@settings(deadline=None, max_examples=100)
@given(QUESTIONS)
def test_every_question_is_answered_or_refused_as_empty(searcher: Searcher, question: str) -> None:
    try:
        hits = searcher.search(question).hits
    except QueryError:
        assert not any(char.isalnum() for char in question)
        return
    assert len(hits) == 4
    for hit in hits:
        assert sum(part for _, part in hit.parts) == pytest.approx(hit.score)
        assert all(hit.passage.start <= start < end <= hit.passage.end for start, end in hit.highlights)


def test_threads_get_the_answers_that_one_alone_gets(searcher: Searcher) -> None:
    questions = ["border talks", "grain exports", "Who resigned?", "second round in Oslo"] * 10
    alone = [searcher.search(question).hits for question in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: searcher.search(question).hits, questions))
    assert together == alone


def test_another_process_gives_the_same_answer(searcher: Searcher, index: Path) -> None:
    script = """
import json, sys
from api.search import Searcher
from indexer.engine import open_engine
from tests.test_search import WideEncoder
hits = Searcher(open_engine(sys.argv[1]), WideEncoder()).search("border talks in 2012").hits
print(json.dumps([[hit.passage.id, hit.score, hit.parts, hit.highlights] for hit in hits]))
"""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", script, str(index)]
    printed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=120).stdout
    here = [_as_list(hit) for hit in searcher.search("border talks in 2012").hits]
    assert json.loads(printed) == json.loads(json.dumps(here))


def _as_list(hit: Hit) -> list[object]:
    return [hit.passage.id, hit.score, hit.parts, hit.highlights]


def test_what_a_writer_publishes_is_found_from_the_next_question_on(engine: Engine, encoder: FakeEncoder) -> None:
    searcher = filled(engine, encoder, NEWS)
    before = searcher.search("tariffs on steel")
    put(engine, encoder, [article("steel", "Both governments lifted their tariffs on steel.", "Tariffs lifted")])
    after = searcher.search("tariffs on steel")
    assert "steel:0" not in ids(before)
    assert ids(after)[0] == "steel:0"
    assert after.index.generation > before.index.generation


def test_an_encoder_that_did_not_make_the_index_is_refused(engine: Engine) -> None:
    with pytest.raises(IndexMismatch, match="other-weights"):
        Searcher(engine, WideEncoder(weights="other-weights"))


def test_an_index_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"none-here.*dragoman add"):
        open_index(tmp_path / "none-here")


def test_an_index_is_opened_with_the_model_it_is_bound_to(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def load(model: str | None, cache: Path, backend: str) -> Encoder:
        asked.append(model)
        return WideEncoder()

    monkeypatch.setattr("api.search.load_encoder", load)
    opened = open_index(settings=Settings(index=index))
    assert ids(opened.search("grain"))[0] == "grain:0"
    opened.close()
    assert asked == ["fake"]


def test_one_publisher_may_be_given_as_a_string() -> None:
    assert make_query("Who met?", publisher="Morning Post") == make_query("Who met?", publisher=["Morning Post"])


@pytest.mark.parametrize("question", ["???", "((((", "😀", "…"])
def test_a_question_without_a_word_is_refused(question: str) -> None:
    with pytest.raises(QueryError, match="there is no word in the question") as refused:
        make_query(question)
    assert refused.value.parameter == "q"


@pytest.mark.parametrize("day", ["2012-05-23", date(2012, 5, 23), PartialDate("2012-05-23")])
def test_a_day_may_be_given_as_text_or_as_a_date(day: str | date | PartialDate) -> None:
    assert make_query("Who met?", after=day).filters.after == PartialDate("2012-05-23")
    assert make_query("Who met?", after=2012).filters.after == PartialDate("2012")


@pytest.mark.parametrize("k", ["3", 2.5, True, None])
def test_a_k_that_is_no_whole_number_is_refused(k: object) -> None:
    with pytest.raises(QueryError, match="whole number"):
        make_query("Who met?", k=k)  # type: ignore[arg-type]
