"""The search itself: how hits are ranked, filtered and made, paged and batched, and that nothing disturbs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.answer import Reading
from api.answerable import SIGNS, Answerable
from api.candidates import CANDIDATES
from api.features import FEATURES
from api.fusion import Ranking
from api.queries import MAX_K, MAX_LENGTH, make_query
from api.rerank import DEPTH, WEIGHT
from api.search import Searcher, find_passage, open_index
from indexer.encode import Encoder, Vectors
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import CursorExpired, EncoderError, IndexMismatch, IndexMissing, NotFound, QueryError
from indexer.passages import Splitting, split
from indexer.settings import Settings
from indexer.types import PER_ARTICLE, Article, Hit, Part
from tests.archive import NEWS as ARCHIVE
from tests.archive import QUESTIONS as ASKED
from tests.archive import WideEncoder, ids, stored
from tests.fakes import FakeEncoder, article, put, without_sentences

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


def values(hit: Hit) -> dict[str, float]:
    return {part.name: part.value for part in hit.parts}


def test_the_passage_that_answers_comes_first(searcher: Searcher) -> None:
    assert ids(searcher.search("Where will the second round of talks take place?"))[0] == "vienna:1"
    assert ids(searcher.search("Why did grain exports stop?"))[0] == "grain:0"


def test_hits_are_ranked_by_falling_score_and_counted_from_one(searcher: Searcher) -> None:
    hits = searcher.search("border talks of the ministers").hits
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("question", ["border talks", "Who resigned in May 2012?", "of the"])
@pytest.mark.parametrize("per_article", [0, 1, 3])
def test_k_cuts_the_same_ranking_shorter(searcher: Searcher, question: str, per_article: int) -> None:
    for k in range(1, 6):
        shorter, longer = (searcher.search(question, size, per_article=per_article).hits for size in (k, k + 1))
        assert longer[:k] == shorter


def test_from_one_hit_to_as_many_as_are_looked_at_the_ranking_is_the_same(engine: Engine, encoder: FakeEncoder) -> None:
    words = ["accord", "bishop", "canal", "dock", "envoy", "ferry", "grain"]
    news = [
        article(
            f"a{n:02}",
            [f"The {words[n % 7]} and the {words[n % 5]} of {n}.", f"Nobody asked for the {words[n % 3]}, said {n}."],
            published=f"{1980 + n}",
        )
        for n in range(40)
    ]
    searcher = filled(engine, encoder, news)
    whole = searcher.search("canal dock in 2001", CANDIDATES - 1, per_article=0, explain=True).hits
    assert len(whole) > 60
    for k in (1, 2, 3, 10, 59, 60):
        assert searcher.search("canal dock in 2001", k, per_article=0, explain=True).hits == whole[:k]


def test_the_history_of_an_index_changes_no_bit_of_an_answer(tmp_path: Path, encoder: FakeEncoder) -> None:
    news = [article(f"a{n:02}", [f"Talks of {n}.", f"More on {n * n} talks."], published="2012") for n in range(30)]
    news += [article(f"c{n:02}", "The same wire report on talks about the border stands here.") for n in range(9)]

    def answered(folder: str, *batches: Sequence[Article]) -> list[object]:
        engine = open_engine(tmp_path / folder, create=Binding.of(encoder))
        for batch in batches:
            put(engine, encoder, batch)
        found = Searcher(engine, encoder, reranker=FakeReranker("o")).search(
            "talks on the border in 2012", 50, explain=True
        )
        engine.close()
        return [
            found.answerable,
            [(hit.passage, hit.article, hit.score, hit.parts, hit.highlights) for hit in found.hits],
            [[*hit.more, *(copy.passage for copy in hit.copies)] for hit in found.hits],
        ]

    straight = answered("straight", news)
    drafts = [replace(article(item.id, f"A draft of {item.id}."), source="draft") for item in news[::3]]
    shuffled = [news[n * 7 % len(news)] for n in range(len(news))]
    assert answered("winding", drafts, shuffled[:20], drafts[:2], shuffled) == straight


def test_k_beyond_the_index_gives_all_there_is(searcher: Searcher) -> None:
    assert len(searcher.search("border talks", MAX_K).hits) == 4


def test_more_hits_than_the_usual_candidates_can_be_had(engine: Engine, encoder: FakeEncoder) -> None:
    searcher = filled(engine, encoder, [article(f"a{n:03}", f"Report number {n} on the talks.") for n in range(450)])
    found = ids(searcher.search("report on the talks", 450))
    assert len(set(found)) == len(found) == 450


def nothing_counts(**but: float) -> Ranking:
    """All candidates score 0, but for these weights."""
    return Ranking.read({kind: {**dict.fromkeys(FEATURES, 0.0), **but} for kind in ("dated", "undated")})


def test_equal_scores_are_ordered_by_article_and_ordinal(engine: Engine, encoder: FakeEncoder) -> None:
    news = [
        article(name, [f"A report on {name * 4} from Vienna.", f"What else {name * 5} had to say in Oslo."])
        for name in ("c", "a", "d", "b")
    ]
    put(engine, encoder, news)
    searcher = Searcher(engine, encoder, nothing_counts())
    whole = ids(searcher.search("ministers Vienna", 8))
    assert whole == ["a:0", "a:1", "b:0", "b:1", "c:0", "c:1", "d:0", "d:1"]
    assert ids(searcher.search("ministers Vienna", 3)) == whole[:3]


def test_copies_of_one_text_tie_and_the_first_article_stands_for_all(engine: Engine, encoder: FakeEncoder) -> None:
    same = "The ministers of both states met in Vienna and spoke about the border."
    names = [f"{n:02}" for n in range(23)]
    searcher = filled(engine, encoder, [article(name, same, "Ministers meet") for name in reversed(names)])
    [hit] = searcher.search("ministers Vienna").hits
    assert hit.article.id == names[0]
    assert [copy.article.id for copy in hit.copies] == names[1:]


def test_no_article_fills_the_first_page_unless_it_may(engine: Engine, encoder: FakeEncoder) -> None:
    marks = ["accord", "bishop", "canal", "dock", "ferry", "granary", "harbour", "island", "jetty"]
    loud = article("loud", [f"Talks on the border, and a {mark} for the talks." for mark in marks], "Border talks")
    searcher = filled(engine, encoder, [loud, article("quiet", "Grain prices rose within a single day.")])
    hits = searcher.search("border talks").hits
    assert [hit.article.id for hit in hits] == ["loud"] * PER_ARTICLE + ["quiet"]
    [held] = [hit.more for hit in hits if hit.more]
    assert hits[PER_ARTICLE - 1].more == held
    assert len(held) == len(marks) - PER_ARTICLE
    assert {passage.article_id for passage in held} == {"loud"}
    one = searcher.search("border talks", per_article=1).hits
    assert [(hit.article.id, len(hit.more)) for hit in one] == [("loud", len(marks) - 1), ("quiet", 0)]
    everything = ids(searcher.search("border talks", per_article=0))
    assert len(everything) == len(marks) + 1
    assert [passage.id for passage in one[0].more] == [name for name in everything[1:] if name.startswith("loud")]


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
    known = {"dated": {"published": "2014-03"}, "older": {"published": "2010"}, "undated": {}}
    news = [
        article(name, f"The ministers met in Vienna, says the {name} {name}.", "Ministers meet", **day)
        for name, day in known.items()
    ]
    put(engine, encoder, news)
    hits = Searcher(engine, encoder, nothing_counts(years=1.0)).search("Who met in Vienna in 2014?", explain=True).hits
    assert len(hits) == 3
    near = {hit.article.id: values(hit)["years"] for hit in hits}
    within = {hit.article.id: values(hit)["within"] for hit in hits}
    assert hits[0].article.id == "dated"
    assert within == {"dated": 1, "older": 0, "undated": 0}
    assert near["dated"] == 1 > near["older"] > near["undated"] == 0


def test_a_question_without_a_date_leaves_time_aside(searcher: Searcher) -> None:
    answer = searcher.search("Who met in Vienna?", explain=True)
    assert answer.periods == ()
    assert {values(hit)[name] for hit in answer.hits for name in ("within", "days", "years")} == {0}


def test_the_periods_of_a_question_are_told_in_its_words(searcher: Searcher) -> None:
    [period] = searcher.search("Who met in Vienna in May 2012?").periods
    assert (period.first, period.last, period.phrase) == (date(2012, 5, 1), date(2012, 5, 31), "May 2012")


def test_last_year_counts_from_the_day_of_the_question(searcher: Searcher) -> None:
    def asked(day: str | date | None) -> list[date]:
        return [period.first for period in searcher.search("Who met last year?", asked_on=day).periods]

    assert asked("2013-01-05") == asked(date(2013, 1, 5)) == [date(2012, 1, 1)]
    assert asked(None) == []
    assert asked("today") == [date(datetime.now(UTC).year - 1, 1, 1)]


def test_an_empty_index_has_no_hits(engine: Engine, encoder: FakeEncoder) -> None:
    engine.publish()
    answer = Searcher(engine, encoder).search("Who met?")
    assert answer.hits == ()
    assert answer.index.passages == 0


def test_a_hit_says_which_parts_sum_to_its_score(searcher: Searcher) -> None:
    for hit in searcher.search("border talks of the ministers in May 2012", explain=True).hits:
        assert [part.name for part in hit.parts] == [*FEATURES]
        assert sum(part.score for part in hit.parts) == pytest.approx(hit.score, rel=0, abs=1e-6)


def test_a_ranking_of_ones_own_is_used(index: Path) -> None:
    with Searcher(open_engine(index), WideEncoder(), nothing_counts()) as searcher:
        assert {hit.score for hit in searcher.search("border talks").hits} == {0}


def test_a_highlight_lies_inside_its_passage(searcher: Searcher) -> None:
    hit = searcher.search("Did the ministers in Vienna agree to reopen the border?").hits[0]
    [(start, end)] = hit.highlights
    assert hit.passage.start <= start < end <= hit.passage.end
    assert NEWS[0].text[start:end] == "They agreed to reopen the border at Kelmen."
    assert (start, end) in hit.passage.sentences


QUERY = "border talks in Vienna and Oslo"


def test_a_highlight_is_the_sentence_of_the_passage_that_is_nearest_to_the_question(searcher: Searcher) -> None:
    encoder = WideEncoder()
    question = encoder.encode_queries([QUERY])[0]
    for hit in searcher.search(QUERY).hits:
        [item] = [item for item in NEWS if item.id == hit.article.id]
        sentences = [item.text[slice(*span)] for span in hit.passage.sentences]
        nearest = int((encoder.encode_passages(sentences) @ question).argmax())
        assert hit.highlights == (hit.passage.sentences[nearest],)


def test_a_passage_without_sentences_has_nothing_to_highlight(engine: Engine, encoder: FakeEncoder) -> None:
    item = NEWS[2]
    [part] = split(item, Splitting.for_model(encoder.count_tokens, encoder.max_tokens))
    whole = replace(part, sentences=())
    engine.put([item], [[whole]], without_sentences(encoder.encode_passages([whole.text])))
    engine.publish()
    assert [hit.highlights for hit in Searcher(engine, encoder).search("Who resigned?").hits] == [()]


def test_what_is_quoted_stands_in_the_stored_text_at_its_place(engine: Engine, encoder: FakeEncoder) -> None:
    copies = [article(f"copy-{n}", NEWS[2].text, f"Resignation {n}") for n in range(3)]
    searcher = filled(engine, encoder, [*NEWS, *copies])
    hits = searcher.search("Which envoy resigned?", per_article=1).hits
    assert any(hit.copies for hit in hits)
    assert any(hit.more for hit in hits)
    quoted = [(hit.article.id, hit.passage) for hit in hits]
    quoted += [(hit.article.id, passage) for hit in hits for passage in hit.more]
    quoted += [(copy.article.id, copy.passage) for hit in hits for copy in hit.copies]
    for article_id, passage in quoted:
        stored = engine.snapshot().article(article_id)
        assert stored is not None
        assert stored.article.text[passage.start : passage.end] == passage.text
        assert passage.article_id == article_id


# Whether there is an answer


def test_nothing_found_answers_nothing(searcher: Searcher, engine: Engine, encoder: FakeEncoder) -> None:
    engine.publish()
    for answer in (searcher.search(QUERY, publisher="Nobody"), Searcher(engine, encoder).search(QUERY)):
        assert (answer.hits, answer.answerable, answer.is_answered) == ((), 0.0, False)


def test_what_is_nowhere_in_the_news_is_less_likely_answered(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {**dict.fromkeys(SIGNS, 0.0), "sentence": 1.0, "unknown": -1.0, "bias": 0.0, "threshold": 0.5}
    monkeypatch.setattr("api.search.default_answerable", lambda: Answerable.read(table))
    there = searcher.search("Where will the second round of the border talks take place?")
    nowhere = searcher.search("Did zeppelins bomb the moon colony of Xanthippe?")
    assert 0 <= nowhere.answerable < there.answerable <= 1


@pytest.mark.parametrize(("threshold", "is_answered"), [(0.5, True), (0.5001, False)])
def test_an_answer_counts_as_one_from_the_threshold_on(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch, threshold: float, *, is_answered: bool
) -> None:
    even = Answerable(np.zeros(len(SIGNS)), 0.0, threshold)
    monkeypatch.setattr("api.search.default_answerable", lambda: even)
    answer = searcher.search(QUERY)
    assert (answer.answerable, answer.is_answered) == (0.5, is_answered)


# A second reading


class FakeReranker:
    """Takes the passage with the most of a letter to be the best; remembers what it read."""

    name = "fake-reranker"

    def __init__(self, letter: str = "n") -> None:
        self.letter = letter
        self.read: list[tuple[str, list[str]]] = []

    def relevance(self, question: str, texts: Sequence[str]) -> np.ndarray:
        self.read.append((question, list(texts)))
        return np.array([text.count(self.letter) / len(text) for text in texts])


def test_without_a_reranker_nothing_is_read_again(searcher: Searcher) -> None:
    assert searcher.search(QUERY).reading is None


def test_a_reranker_reads_the_question_and_each_title_and_passage_best_first(index: Path, searcher: Searcher) -> None:
    reranker = FakeReranker()
    again = Searcher(open_engine(index), WideEncoder(), reranker=reranker)
    answer = again.search(QUERY)
    again.close()
    plain = searcher.search(QUERY).hits
    assert reranker.read == [(QUERY, [f"{hit.article.title}. {hit.passage.text}" for hit in plain])]
    assert isinstance(answer.reading, Reading)
    assert (answer.reading.model, answer.reading.passages) == ("fake-reranker", 4)
    assert 0 <= answer.reading.took_ms <= answer.took_ms


def test_a_second_reading_is_a_part_of_the_score_and_the_highlight_stays(index: Path, searcher: Searcher) -> None:
    again = Searcher(open_engine(index), WideEncoder(), reranker=FakeReranker())
    hits = again.search(QUERY, explain=True).hits
    again.close()
    plain = {hit.passage.id: hit for hit in searcher.search(QUERY).hits}
    assert {hit.passage.id for hit in hits} == set(plain)
    for hit in hits:
        assert sum(part.score for part in hit.parts) == pytest.approx(hit.score, rel=0, abs=1e-6)
        text = f"{hit.article.title}. {hit.passage.text}"
        assert hit.parts[-1] == Part("reranker", pytest.approx(text.count("n") / len(text)), WEIGHT)  # type: ignore[arg-type]
        assert hit.highlights == plain[hit.passage.id].highlights
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_second_reading_changes_the_order_of_the_best_and_lets_no_other_in(
    engine: Engine, encoder: FakeEncoder
) -> None:
    many = DEPTH + 20
    news = [article(f"a{n:03}", f"Talks {'n' * (n % 7)}x{n * n:04} and no word of {n * 31}.") for n in range(many)]
    plain = ids(filled(engine, encoder, news).search("border talks", many))
    read = ids(Searcher(engine, encoder, reranker=FakeReranker()).search("border talks", many))
    assert sorted(read[:DEPTH]) == sorted(plain[:DEPTH])
    assert read[:DEPTH] != plain[:DEPTH]
    assert read[DEPTH:] == plain[DEPTH:]


def test_what_nothing_is_found_for_is_not_read(index: Path) -> None:
    reranker = FakeReranker()
    with Searcher(open_engine(index), WideEncoder(), reranker=reranker) as searcher:
        assert searcher.search(QUERY, publisher="Nobody").reading is None
    assert reranker.read == []


# Any question


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
        hits = searcher.search(question, explain=True).hits
    except QueryError:
        assert not any(char.isalnum() for char in question)
        return
    assert len(hits) == 4
    for hit in hits:
        assert sum(part.score for part in hit.parts) == pytest.approx(hit.score, rel=0, abs=1e-6)
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
from tests.archive import WideEncoder
hits = Searcher(open_engine(sys.argv[1]), WideEncoder()).search("border talks in 2012", explain=True).hits
print(json.dumps([[hit.passage.id, hit.score, [str(part) for part in hit.parts], hit.highlights] for hit in hits]))
"""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", script, str(index)]
    printed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=120).stdout
    here = [_as_list(hit) for hit in searcher.search("border talks in 2012", explain=True).hits]
    assert json.loads(printed) == json.loads(json.dumps(here))


def _as_list(hit: Hit) -> list[object]:
    return [hit.passage.id, hit.score, [str(part) for part in hit.parts], hit.highlights]


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

    def load(model: str | None, cache: Path, backend: str, threads: int | None = None) -> Encoder:
        asked.append(model)
        return WideEncoder()

    monkeypatch.setattr("api.search.load_encoder", load)
    opened = open_index(settings=Settings(index=index))
    assert ids(opened.search("grain"))[0] == "grain:0"
    opened.close()
    assert asked == ["fake"]


def test_a_query_made_before_gives_the_same_answer(searcher: Searcher) -> None:
    query = make_query("border talks", 3, per_article=1, asked_on="2012-06-01")
    one, other = searcher.answer(query), searcher.search("border talks", 3, per_article=1, asked_on="2012-06-01")
    assert (one.query, one.hits, one.answerable) == (query, other.hits, other.answerable)


def test_an_index_is_opened_with_the_reranker_that_the_settings_name(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.search.load_encoder", lambda *_: WideEncoder())
    monkeypatch.setattr("api.search.CrossEncoderReranker.load", lambda name, _: FakeReranker(name))
    with open_index(settings=Settings(index=index, reranker="x")) as opened:
        answer = opened.search("grain")
        assert isinstance(opened.reranker, FakeReranker)
        assert opened.reranker.letter == "x"
        assert answer.reading is not None


def test_a_reranker_that_does_not_load_closes_the_index(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, _: int | None) -> None:
        raise EncoderError(f"no reranker {name}")

    closed: list[bool] = []
    engine = open_engine(index)
    monkeypatch.setattr(type(engine), "close", lambda _: closed.append(True))
    monkeypatch.setattr("api.search.open_engine", lambda _: engine)
    monkeypatch.setattr("api.search.load_encoder", lambda *_: WideEncoder())
    monkeypatch.setattr("api.search.CrossEncoderReranker.load", fail)
    with pytest.raises(EncoderError, match="no reranker x"):
        open_index(settings=Settings(index=index, reranker="x"))
    assert closed == [True]
    monkeypatch.undo()
    engine.close()


# Pages, batches, stages, likeness


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """A searcher of the larger archive, which no test changes."""
    with stored(tmp_path_factory.mktemp("archive"), ARCHIVE) as engine:
        yield Searcher(engine, WideEncoder())


def test_the_parts_of_a_score_come_only_where_they_are_asked_for(searcher: Searcher) -> None:
    plain, explained = (searcher.search(QUERY, explain=explain).hits for explain in (False, True))
    assert [hit.parts for hit in plain] == [()] * len(plain)
    assert all(hit.parts for hit in explained)
    assert tuple(replace(hit, parts=()) for hit in explained) == plain


def test_facets_come_only_where_they_are_asked_for_and_change_nothing_else(searcher: Searcher) -> None:
    plain, counted = (searcher.search(QUERY, 2, facets=facets) for facets in (False, True))
    assert plain.facets is None
    assert counted.facets is not None
    assert replace(counted, facets=None) == plain


def test_all_pages_come_one_after_the_other_and_end(archive: Searcher) -> None:
    pages = list(archive.pages("talks on the canal", 9, country="JP", explain=True, facets=True))
    whole = archive.search("talks on the canal", 200, country="JP", explain=True)
    assert tuple(hit for answer in pages for hit in answer.hits) == whole.hits
    assert [len(answer.hits) for answer in pages[:-1]] == [9] * (len(pages) - 1)
    assert [answer.cursor is None for answer in pages] == [False] * (len(pages) - 1) + [True]
    assert len({answer.facets for answer in pages}) == 1
    assert [answer.query.start for answer in pages] == list(range(0, len(whole.hits), 9))


def test_there_is_one_page_even_of_nothing(archive: Searcher) -> None:
    [only] = archive.pages("talks", publisher="Nobody")
    assert (only.hits, only.cursor) == ((), None)


def test_a_cursor_is_of_no_use_after_the_next_publication(engine: Engine, encoder: FakeEncoder) -> None:
    searcher = filled(engine, encoder, NEWS)
    first = searcher.search("border talks", 1)
    assert first.cursor is not None
    assert searcher.search("border talks", 1, cursor=first.cursor).hits[0].rank == 2
    put(engine, encoder, [article("steel", "Both governments lifted their tariffs on steel.")])
    with pytest.raises(CursorExpired, match="from the first page") as caught:
        searcher.search("border talks", 1, cursor=first.cursor)
    assert caught.value.parameter == "cursor"


def test_a_page_asked_for_on_the_next_day_still_counts_from_the_day_of_the_first(
    archive: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on(day: int) -> None:
        midnight = datetime(2013, 1, day, tzinfo=UTC)
        monkeypatch.setattr("api.queries.datetime", type("Clock", (), {"now": staticmethod(lambda _: midnight)}))

    question = "Who met last month?"
    on(1)
    first = archive.search(question, 5)
    same_day = archive.search(question, 5, cursor=first.cursor)
    on(2)
    assert archive.search(question, 5).query.asked_on == date(2013, 1, 2)
    next_day = archive.search(question, 5, cursor=first.cursor)
    assert next_day == same_day
    assert next_day.query.asked_on == date(2013, 1, 1)


def test_a_batch_is_answered_as_each_question_alone(archive: Searcher) -> None:
    queries = [
        make_query(question, k, country=country, sort=sort)
        for question in ASKED
        for k, country, sort in ((3, (), "relevance"), (20, "Japan", "date"))
    ]
    assert archive.batch(queries) == [archive.answer(query) for query in queries]
    assert archive.batch([]) == []


def test_questions_of_a_batch_are_encoded_one_by_one(engine: Engine) -> None:
    sizes: list[int] = []

    class Counting(WideEncoder):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            sizes.append(len(texts))
            return super().encode_queries(texts)

    filled(engine, Counting(), NEWS).batch([make_query("Who met?"), make_query("Why did grain exports stop?")])
    assert sizes == [1, 1]


@pytest.mark.parametrize("question", ASKED)
def test_the_same_question_gets_an_equal_answer_each_time(archive: Searcher, question: str) -> None:
    one, other = (archive.search(question, explain=True, facets=True) for _ in range(2))
    assert one == other


def test_the_stages_of_a_search_are_told_with_their_times(archive: Searcher, index: Path) -> None:
    with Searcher(open_engine(index), WideEncoder(), reranker=FakeReranker()) as again:
        answers = [archive.search(QUERY, facets=True), archive.search(QUERY, publisher="Nobody"), again.search(QUERY)]
    for answer in answers:
        assert [lap.stage for lap in answer.laps] == ["parse", "encode", "dense", "lexical", "rank"]
        assert all(lap.ms >= 0 for lap in answer.laps)
        assert sum(lap.ms for lap in answer.laps) <= answer.took_ms + 1e-6


def test_passages_like_one_need_no_encoding(archive: Searcher) -> None:
    answer = archive.similar("wire-0:0")
    assert [lap.stage for lap in answer.laps] == ["parse", "dense", "rank"]
    assert sum(lap.ms for lap in answer.laps) <= answer.took_ms + 1e-6


def test_a_model_is_not_asked_about_an_empty_index(engine: Engine, encoder: FakeEncoder) -> None:
    engine.publish()
    answer = Searcher(engine, encoder).search("Who met?", facets=True)
    assert [lap.stage for lap in answer.laps] == ["parse", "rank"]
    assert encoder.seen == []
    assert answer.facets is not None
    assert (answer.facets.found, answer.facets.searched, answer.cursor) == (0, 0, None)


def test_a_hit_says_when_its_version_came_into_the_index(engine: Engine, encoder: FakeEncoder) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    hits = filled(engine, encoder, NEWS).search("border talks").hits
    assert all(hit.added is not None and before <= hit.added <= datetime.now(UTC) for hit in hits)


def test_a_country_and_a_language_let_in_what_has_them(archive: Searcher) -> None:
    for name in ("JP", "japan"):
        hits = archive.search("talks", 50, country=name).hits
        assert hits
        assert all("JP" in hit.article.countries for hit in hits)
    british, english = (archive.search("talks", 200, language=tag).hits for tag in ("en-GB", "EN"))
    assert {hit.article.language for hit in british} == {"en-GB"}
    assert {hit.article.language for hit in english} == {"en-GB", "en"}


ODD_PASSAGES = [
    *("", "vienna", "vienna:", ":0", "vienna:9", "nobody:0", "vienna: 0"),
    *("vienna:-1", "vienna:²", "vienna:٣", "vienna:00000000000"),
]


@pytest.mark.parametrize("odd", ODD_PASSAGES)
def test_a_passage_that_is_not_there_is_not_found(searcher: Searcher, odd: str) -> None:
    with pytest.raises(NotFound, match="ARTICLE:ORDINAL"):
        find_passage(searcher.engine.snapshot(), odd)


def test_a_passage_is_found_by_its_id(searcher: Searcher) -> None:
    assert find_passage(searcher.engine.snapshot(), "vienna:1").passage.id == "vienna:1"


def test_a_question_is_encoded_once_while_it_is_paged_filtered_and_ordered(index: Path) -> None:
    encoder = WideEncoder()
    with Searcher(open_engine(index), encoder) as searcher:
        first = searcher.search("grain", 1)
        searcher.search("grain", 1, cursor=first.cursor)
        searcher.search("grain", after="2012", sort="date", facets=True)
        assert encoder.seen == ["grain"]
        searcher.search("Grain")
        assert encoder.seen == ["grain", "Grain"]
        with pytest.raises(ValueError, match="read-only"):
            searcher.encode("grain")[0] = 0
