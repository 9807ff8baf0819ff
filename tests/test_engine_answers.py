"""What every engine answers: the same as brute force, for any question, any filters and any way of adding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from api.search import Searcher
from indexer.engine import Engine, Forms
from indexer.errors import DocumentError
from indexer.types import Article, Count, Filters, Metadata, PartialDate
from indexer.words import words
from tests.engines import (
    ENGINES,
    NEWS,
    Factory,
    Oracle,
    Row,
    analysed,
    articles_found,
    every_engine,
    ids,
    lets_in,
    named,
    store,
    store_rows,
    vector_of,
)
from tests.fakes import FakeEncoder, article, put


@pytest.fixture(params=ENGINES, ids=lambda make: make.__name__)
def engine(request: pytest.FixtureRequest, tmp_path: Path, encoder: FakeEncoder) -> Iterator[Engine]:
    opened = request.param(tmp_path, encoder)
    yield opened
    opened.close()


VOCABULARY = ("accord", "bishop", "canal", "dock", "envoy", "ferry", "grain", "harbour", "island", "jury", "kiln")
TEXTS = st.lists(st.sampled_from(VOCABULARY), min_size=4, max_size=9).map(" ".join)
PUBLISHERS = st.sampled_from([None, "Ostreland Post", "OSTRELAND post", "The Courier"])
COUNTRIES = st.lists(st.sampled_from(["NO", "ZM", "FJ"]), max_size=3, unique=True).map(tuple)
LANGUAGES = st.sampled_from([None, "en", "EN", "en-GB", "en-US", "pt-BR"])
DATES = st.sampled_from([None, "2011-12-31", "2012", "2012-05", "2012-05-23", "2012-05-24T07:00", "2013"])


@st.composite
def corpora(draw: st.DrawFn) -> list[Article]:
    """Some articles, now and then copies of one another but for the id."""
    copied = draw(TEXTS)
    texts = st.just(copied) | TEXTS
    return [
        article(
            f"article-{number}",
            draw(st.lists(texts, min_size=1, max_size=3)),
            title=draw(texts),
            publisher=draw(PUBLISHERS),
            published=draw(DATES),
            countries=draw(COUNTRIES),
            language=draw(LANGUAGES) or "",
        )
        for number in range(draw(st.integers(1, 6)))
    ]


def dates() -> st.SearchStrategy[PartialDate | None]:
    return DATES.map(lambda iso: iso and PartialDate.parse(iso))


def some_of(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Nothing asked for, more often than not, or some of these."""
    return st.just(()) | st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


FILTERS = st.builds(
    Filters,
    dates(),
    dates(),
    some_of("Ostreland Post", "the courier", "Nobody"),
    some_of("NO", "zm", "SE", ""),
    some_of("en", "EN-gb", "en-AU", "pt", "e"),
)


@every_engine
@given(news=corpora(), question=TEXTS, filters=FILTERS, k=st.integers(1, 25))
@settings(deadline=None, max_examples=30)
def test_an_engine_answers_as_brute_force_does(
    make: Factory,
    tmp_path_factory: pytest.TempPathFactory,
    news: list[Article],
    question: str,
    filters: Filters,
    k: int,
) -> None:
    encoder = FakeEncoder()
    oracle, vector = Oracle(encoder, news), vector_of(encoder, question)
    cosines, allowed, sharing = oracle.cosines(vector), oracle.allowed(filters), oracle.sharing(question)
    engine = make(tmp_path_factory.mktemp("index"), encoder)
    put(engine, encoder, news)
    snapshot = engine.snapshot()

    dense = named(snapshot, snapshot.dense(vector, k, filters))
    best = sorted((cosines[name] for name in allowed), reverse=True)[:k]
    assert [score for _, score in dense] == pytest.approx(best, abs=1e-3)
    assert [cosines[name] for name, _ in dense] == pytest.approx(best, abs=1e-3)
    assert len({name for name, _ in dense} & allowed) == len(dense)

    everything = named(snapshot, snapshot.lexical(question, 1000, filters))
    assert {name for name, _ in everything} == sharing & allowed
    assert len(everything) == len(sharing & allowed)
    scores = [score for _, score in everything]
    assert scores == sorted(scores, reverse=True)
    assert [score for _, score in named(snapshot, snapshot.lexical(question, k, filters))] == scores[:k]
    engine.close()


@every_engine
@given(news=corpora(), filters=FILTERS, data=st.data())
@settings(deadline=None, max_examples=30)
def test_a_tally_tells_what_would_be_searched_with_a_value_as_a_filter(
    make: Factory, tmp_path_factory: pytest.TempPathFactory, news: list[Article], filters: Filters, data: st.DataObject
) -> None:
    encoder = FakeEncoder()
    oracle = Oracle(encoder, news)
    engine = make(tmp_path_factory.mktemp("index"), encoder)
    put(engine, encoder, news)
    snapshot = engine.snapshot()
    numbers = [hit.number for hit in snapshot.dense(vector_of(encoder, "any"), 1000)]
    asked = data.draw(st.lists(st.sampled_from(numbers), unique=True), label="found")
    found = [stored.article for stored in snapshot.get(asked)]
    tally = snapshot.tally(asked, filters)
    assert tally.searched == len(oracle.allowed(filters))
    for field in ("publishers", "countries", "languages"):
        counts: tuple[Count, ...] = getattr(tally, field)
        for count in counts:
            alone = Filters(**{field: (count.value,)})
            assert count.found == sum(lets_in(alone, meta) for meta in found) > 0
            if not getattr(filters, field):
                clicked = replace(filters, **{field: (count.value,)})
                assert count.passages == len(oracle.allowed(clicked)) == snapshot.tally([], clicked).searched
        values = {value.lower() for meta in found for value in values_of(field, meta)}
        assert {count.value.lower() for count in counts} >= values
        assert len({count.value.lower() for count in counts}) == len(counts)
        assert list(counts) == sorted(counts, key=lambda count: (-count.found, -count.passages, count.value))
    engine.close()


def values_of(field: str, meta: Metadata) -> list[str]:
    """What an article's metadata hold in a field of filters."""
    return [
        *(meta.countries if field == "countries" else ()),
        *([meta.publisher] if field == "publishers" and meta.publisher else ()),
        *([meta.language] if field == "languages" and meta.language else ()),
    ]


@st.composite
def debates(draw: st.DrawFn) -> tuple[list[Article], list[Row]]:
    """Articles of several sentences a passage; some passages were not cut into sentences."""
    sentence = TEXTS.map(lambda text: f"{text.capitalize()}.")
    paragraphs = st.lists(st.lists(sentence, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=4)
    numbers = draw(st.permutations(range(draw(st.integers(1, 5)))))
    news = [article(f"article-{number}", draw(paragraphs), draw(TEXTS), published=draw(DATES)) for number in numbers]
    rows = [
        (item, part if draw(st.integers(0, 3)) else replace(part, sentences=()))
        for item, part in Oracle(FakeEncoder(), news).rows
    ]
    return news, rows


ASKED = st.lists(
    st.lists(st.sampled_from([*VOCABULARY, "zeppelin"]), min_size=1, max_size=3, unique=True).map(
        lambda forms: tuple(word for form in forms for word in words(form))
    ),
    max_size=5,
)


@every_engine
@given(debate=debates(), question=TEXTS, asked=ASKED, data=st.data())
@settings(deadline=None, max_examples=30)
def test_evidence_is_what_brute_force_finds_passage_by_passage(
    make: Factory,
    tmp_path_factory: pytest.TempPathFactory,
    debate: tuple[list[Article], list[Row]],
    question: str,
    asked: list[Forms],
    data: st.DataObject,
) -> None:
    encoder, (news, rows) = FakeEncoder(), debate
    oracle, vector = Oracle(encoder, news, rows), vector_of(encoder, question)
    engine = make(tmp_path_factory.mktemp("index"), encoder)
    store_rows(engine, encoder, news, rows)
    engine.publish()
    snapshot = engine.snapshot()
    everything = snapshot.get([hit.number for hit in snapshot.dense(vector, 1000)])
    stored = data.draw(st.lists(st.sampled_from(everything), min_size=1, max_size=8), label="asked about")
    names = [row.passage.id for row in stored]
    found = snapshot.evidence(vector, asked, [row.number for row in stored])
    expected = oracle.evidence(vector, asked, names)
    for cosine in ("dense", "sentence", "second", "feedback"):
        ours, theirs = getattr(found, cosine).tolist(), getattr(expected, cosine).tolist()
        assert ours == pytest.approx(theirs, abs=1e-3, nan_ok=True), cosine
    near = oracle.nearness(vector)
    for name, place, best in zip(names, found.answering.tolist(), found.sentence.tolist(), strict=True):
        assert (near[name][place] == pytest.approx(best, abs=1e-3)) if near[name] else place == -1
    for exact in ("articles", "frequencies", "days", "vectors"):
        assert getattr(found, exact).tolist() == getattr(expected, exact).tolist(), exact
    for flags in (found.in_passage, found.in_title):
        assert flags.shape == (len(names), len(asked))
    if asked:
        assert found.in_passage.tolist() == expected.in_passage.tolist()
        assert found.in_title.tolist() == expected.in_title.tolist()
    assert found.total == expected.total
    engine.close()


@every_engine
@given(news=corpora(), question=TEXTS, data=st.data())
@settings(deadline=None, max_examples=20)
def test_the_order_and_the_way_in_which_articles_were_added_change_no_answer(
    make: Factory, tmp_path_factory: pytest.TempPathFactory, news: list[Article], question: str, data: st.DataObject
) -> None:
    encoder = FakeEncoder()
    straight = make(tmp_path_factory.mktemp("straight"), encoder)
    put(straight, encoder, news)
    winding = make(tmp_path_factory.mktemp("winding"), encoder)
    for item in data.draw(st.permutations(news), label="order"):
        way = data.draw(st.sampled_from(["at once", "replaced", "removed and added again"]), label="way")
        if way == "replaced":
            store(winding, encoder, [article(item.id, "An older text about a harbour.", title="Draft")])
        if way == "removed and added again":
            store(winding, encoder, [item, article("mistake", "A canal that was never dug.")])
            assert winding.delete([item.id, "mistake"]) == 2
        store(winding, encoder, [item])
        if data.draw(st.booleans(), label="published"):
            winding.publish()
    winding.publish()

    def answers(engine: Engine) -> tuple[object, ...]:
        snapshot, vector = engine.snapshot(), vector_of(encoder, question)
        hits = Searcher(engine, encoder).search(question, 5).hits
        return (
            named(snapshot, snapshot.dense(vector, 3)),
            named(snapshot, snapshot.lexical(question, 3)),
            [(hit.passage, hit.article, hit.score, hit.parts, hit.highlights) for hit in hits],
        )

    assert answers(straight) == answers(winding)
    straight.close()
    winding.close()


ANY_TEXT = st.text(
    st.characters(exclude_categories=()) | st.sampled_from("a \n\x00\ud800\u202e\u200d。."), max_size=120
)


@every_engine
@given(paragraphs=st.lists(ANY_TEXT, min_size=1, max_size=4))
@settings(deadline=None, max_examples=40)
def test_a_passage_stands_in_its_article_at_its_offsets_for_any_text(
    make: Factory, tmp_path_factory: pytest.TempPathFactory, paragraphs: list[str]
) -> None:
    encoder = FakeEncoder()
    try:
        item = article("any", paragraphs)
    except DocumentError:
        assume(False)  # nothing visible is no article
    engine = make(tmp_path_factory.mktemp("index"), encoder)
    put(engine, encoder, [item])
    stored = engine.snapshot().article("any")
    assert stored is not None
    assert stored.article == item
    assert stored.passages
    snapshot = engine.snapshot()
    found = snapshot.get([hit.number for hit in snapshot.dense(vector_of(encoder, "any"), 1000)])
    assert sorted(row.passage.ordinal for row in found) == list(range(len(stored.passages)))
    for row in found:
        assert row.passage == stored.passages[row.passage.ordinal]
        assert row == engine.snapshot().passage("any", row.passage.ordinal)
        assert item.text[row.passage.start : row.passage.end] == row.passage.text != ""
    assert engine.verify() == []
    engine.close()


def test_more_is_asked_for_than_there_is(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    snapshot = engine.snapshot()
    assert len(snapshot.dense(vector_of(encoder, "canal"), 10**9)) == 6
    assert len(snapshot.lexical("canal ferry", 10**9)) == 2


def test_one_is_asked_for_and_the_best_comes(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    snapshot = engine.snapshot()
    assert ids(snapshot, snapshot.dense(vector_of(encoder, "ministers quarrel about steel tariffs"), 1)) == [
        "tariffs:0"
    ]
    assert ids(snapshot, snapshot.lexical("ministers quarrel", 1)) == ["tariffs:0"]


def test_passages_come_in_the_order_asked_for_and_unknown_numbers_are_left_out(
    engine: Engine, encoder: FakeEncoder
) -> None:
    put(engine, encoder, NEWS)
    snapshot = engine.snapshot()
    numbers = sorted(hit.number for hit in snapshot.dense(vector_of(encoder, "canal"), 10))[::-1]
    assert [row.number for row in snapshot.get([*numbers[:3], 999_999, *numbers[3:]])] == numbers


def test_evidence_for_unknown_numbers_is_refused(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    snapshot, vector = engine.snapshot(), vector_of(encoder, "canal")
    number = snapshot.dense(vector, 1)[0].number
    with pytest.raises(KeyError):
        snapshot.evidence(vector, analysed("canal"), [number, 999_999])


def test_evidence_tells_the_days_an_article_can_have_been_published_on(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    snapshot, vector = engine.snapshot(), vector_of(encoder, "canal")
    numbers = [hit.number for hit in snapshot.dense(vector, 10)]
    days = snapshot.evidence(vector, analysed("canal"), numbers).days.tolist()
    found = {row.article.id: tuple(span) for row, span in zip(snapshot.get(numbers), days, strict=True)}
    may, year = date(2012, 5, 23).toordinal(), (date(2012, 1, 1).toordinal(), date(2012, 12, 31).toordinal())
    assert (found["summit"], found["ferry"], found["wheat"]) == ((may, may), year, (0, 0))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(after=PartialDate("2012-05-23")), "summit canal tariffs"),
        (Filters(after=PartialDate("2012-05-24")), "canal tariffs"),
        (Filters(after=PartialDate("2012")), "summit canal ferry tariffs"),
        (Filters(after=PartialDate("2012-06")), "canal tariffs"),
        (Filters(before=PartialDate("2013")), "summit canal ferry"),
        (Filters(before=PartialDate("2012-12-31")), "summit canal"),
        (Filters(before=PartialDate("2012-05-23")), ""),
        (Filters(PartialDate("2012-05"), PartialDate("2012-06")), "summit"),
        (Filters(PartialDate("2012"), PartialDate("2013"), ("the courier",)), "ferry"),
        (Filters(publishers=("Ostreland  post",)), "summit canal"),
        (Filters(publishers=("ostreland post", "THE COURIER")), "summit canal wheat ferry"),
        (Filters(publishers=("Ostreland",)), ""),
        (Filters(publishers=("",)), ""),
    ],
    ids=str,
)
def test_filters_let_through_only_what_certainly_satisfies_them(
    engine: Engine, encoder: FakeEncoder, filters: Filters, expected: str
) -> None:
    put(engine, encoder, NEWS)
    snapshot = engine.snapshot()
    near = snapshot.get([hit.number for hit in snapshot.dense(vector_of(encoder, "news"), 10, filters)])
    assert {row.article.id for row in near} == set(expected.split())
    assert articles_found(engine, "Zarnovia canal tariffs ferry harvest", filters) == set(expected.split())


PLACES = (
    article("oslo", "Talks open in the capital.", countries=("NO", "ZM"), language="en-GB"),
    article("lusaka", "Talks close in the capital.", countries=("ZM",), language="en"),
    article("brasilia", "Talks go on in the capital.", language="pt-BR"),
    article("nowhere", "Talks are held in secret.", countries=("FJ",), language=""),
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(countries=("ZM",)), "oslo lusaka"),
        (Filters(countries=("no", "fj")), "oslo nowhere"),
        (Filters(countries=("N",)), ""),
        (Filters(countries=("",)), ""),
        (Filters(languages=("en",)), "oslo lusaka"),
        (Filters(languages=("EN_gb",)), "oslo"),
        (Filters(languages=("en-US",)), ""),
        (Filters(languages=("pt", "fr")), "brasilia"),
        (Filters(languages=("",)), ""),
        (Filters(countries=("ZM",), languages=("en-GB",)), "oslo"),
        (Filters(after=PartialDate("2012"), countries=("ZM",)), ""),
    ],
    ids=str,
)
def test_countries_and_languages_let_through_only_articles_that_say_so(
    engine: Engine, encoder: FakeEncoder, filters: Filters, expected: str
) -> None:
    put(engine, encoder, PLACES)
    snapshot = engine.snapshot()
    near = snapshot.get([hit.number for hit in snapshot.dense(vector_of(encoder, "talks"), 10, filters)])
    assert {row.article.id for row in near} == set(expected.split())
    assert articles_found(engine, "talks", filters) == set(expected.split())
    assert {item.id for item in PLACES if lets_in(filters, item.meta)} == set(expected.split())


def test_filters_apply_before_the_best_are_taken(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [*(article(f"near-{n}", "Steel steel steel.", publisher="Loud") for n in range(20)), NEWS[3]])
    quiet = {"publisher": "Quiet", "countries": ("FJ",), "language": "fj"}
    put(engine, encoder, [article("far", "Steel is mentioned late in a long report.", **quiet)])
    snapshot = engine.snapshot()
    assert "far:0" not in ids(snapshot, snapshot.dense(vector_of(encoder, "steel"), 20))
    assert "far:0" not in ids(snapshot, snapshot.lexical("steel", 20))
    for only in (Filters(publishers=("Quiet",)), Filters(countries=("FJ",)), Filters(languages=("fj",))):
        assert ids(snapshot, snapshot.dense(vector_of(encoder, "steel"), 1, only)) == ["far:0"]
        assert ids(snapshot, snapshot.lexical("steel", 1, only)) == ["far:0"]


JUNK = ["", " ", '"', "'", ":", "AND", "NOT OR (", "* ~ ^ \\ + - ! {} []", "text:*", "\U0001f600\U0001f1f3\U0001f1f4",
        "\ud800", "\u202e\u200d\ufeff", "\x00", "%';--", "tanker^9999999999", "x" * 100_000]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: ascii(junk)[:20])
def test_any_question_is_taken_as_plain_words(engine: Engine, encoder: FakeEncoder, junk: str) -> None:
    put(engine, encoder, NEWS)
    assert articles_found(engine, junk) <= {"canal"}
    assert articles_found(engine, f"{junk} tanker {junk}") == {"canal"}
    assert set(engine.snapshot().suggest(junk, 10)) <= {"Title of canal"}


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: ascii(junk)[:20])
def test_any_filter_is_taken_as_a_plain_name(engine: Engine, encoder: FakeEncoder, junk: str) -> None:
    put(engine, encoder, NEWS)
    for filters in (Filters(publishers=(junk,)), Filters(countries=(junk,)), Filters(languages=(junk,))):
        assert articles_found(engine, "tanker", filters) == set()
        assert engine.snapshot().dense(vector_of(encoder, "tanker"), 10, filters) == []


def test_a_question_of_five_thousand_words_is_answered(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    assert articles_found(engine, "tanker " + "pier " * 4999) == {"canal"}
    assert articles_found(engine, "tanker " + " ".join(f"pier{n}" for n in range(4999))) == {"canal"}
