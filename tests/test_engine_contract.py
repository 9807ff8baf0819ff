"""What every engine promises about writing, publishing and snapshots; the same suite runs for each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from indexer.engine import Binding, Engine, Snapshot
from indexer.errors import IndexMismatch
from indexer.items import Failure, Taken, Visit
from indexer.pooling import Encoded
from indexer.types import EDITIONS, Article, Filters, PartialDate, Passage, Tally
from tests.engines import ENGINES, NEWS, STORY, Oracle, analysed, articles_found, ids, store, vector_of
from tests.fakes import FakeEncoder, article, encoded, put, without_sentences


@pytest.fixture(params=ENGINES, ids=lambda make: make.__name__)
def engine(request: pytest.FixtureRequest, tmp_path: Path, encoder: FakeEncoder) -> Iterator[Engine]:
    opened = request.param(tmp_path, encoder)
    yield opened
    opened.close()


def test_an_empty_index_answers_nothing_to_everything(engine: Engine, encoder: FakeEncoder) -> None:
    snapshot = engine.snapshot()
    vector = vector_of(encoder, "summit")
    assert snapshot.dense(vector, 10) == snapshot.lexical("summit", 10) == snapshot.get([1, 2]) == []
    evidence = snapshot.evidence(vector, analysed("summit talks"), [])
    rows = evidence._asdict()
    assert (rows.pop("total"), rows.pop("frequencies").tolist()) == (0, [0, 0])
    assert {name: len(column) for name, column in rows.items()} == dict.fromkeys(rows, 0)
    assert (evidence.in_passage.shape, evidence.days.shape, evidence.vectors.shape) == ((0, 2), (0, 2), (0, 64))
    assert (snapshot.info.articles, snapshot.info.passages) == (0, 0)
    assert engine.snapshot().article("summit") is None
    assert engine.snapshot().passage("summit", 0) is None
    assert engine.snapshot().versions("summit") == engine.snapshot().suggest("summit", 10) == []
    assert engine.snapshot().tally([], Filters(countries=("NO",))) == Tally(searched=0)
    assert engine.digests(["summit"]) == engine.current(["summit"]) == {}
    assert engine.snapshot().editions("summit") == engine.visits() == []
    assert engine.snapshot().origin("summit") == "summit"
    assert engine.visit("https://example.org/") is None
    assert engine.verify() == []


def test_what_was_put_is_stored_at_once_and_searchable_from_the_next_publication(
    engine: Engine, encoder: FakeEncoder
) -> None:
    put(engine, encoder, NEWS[:1])
    before = engine.snapshot()
    store(engine, encoder, NEWS[1:2])
    assert set(engine.digests(["summit", "wheat", "unheard of"])) == {"summit", "wheat"}
    assert ids(engine.snapshot(), engine.snapshot().lexical("wheat", 10)) == []
    assert engine.publish() is True
    assert ids(engine.snapshot(), engine.snapshot().lexical("wheat", 10))[0] == "wheat:0"
    assert engine.snapshot().info.generation > before.info.generation


def test_publishing_says_whether_there_was_anything_to_publish(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    assert engine.publish() is False
    engine.delete(["unheard of"])
    store(engine, encoder, [])
    assert engine.publish() is False
    assert engine.publish(force=True) is True
    engine.delete(["summit"])
    assert engine.publish() is True


def test_the_steps_of_publishing_are_observed(engine: Engine, encoder: FakeEncoder) -> None:
    store(engine, encoder, NEWS)
    steps: list[str] = []
    engine.publish(steps.append)
    assert steps


def test_a_newer_text_takes_the_place_of_the_older(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    put(engine, encoder, [article("wheat", "Zarnovia lifts its ban on rye.")])
    assert articles_found(engine, "harvest") == set()
    assert articles_found(engine, "rye") == {"wheat"}
    stored = engine.snapshot().article("wheat")
    assert stored is not None
    assert (stored.version, len(stored.passages)) == (2, 1)
    states = {"articles": 5, "superseded": 1, "removed": 0, "corrected": 0, "vanished": 0}
    assert engine.counts() == {**states, "passages": 5, "failures": 0}


def test_a_removed_article_is_found_no_more_until_it_is_added_again(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    assert engine.delete(["canal", "ferry", "unheard of"]) == 2
    assert engine.delete(["canal"]) == 0
    engine.publish()
    assert articles_found(engine, "canal ferry steel") == {"tariffs"}
    assert engine.snapshot().article("canal") is None
    assert engine.snapshot().passage("canal", 0) is None
    assert engine.digests(["canal"]) == {}
    put(engine, encoder, NEWS[2:3])
    assert articles_found(engine, "canal") == {"canal"}
    assert engine.counts()["removed"] == 2


def test_the_same_text_under_two_ids_is_two_articles(engine: Engine, encoder: FakeEncoder) -> None:
    put(
        engine,
        encoder,
        [article("here", "A wire copy of some length."), article("there", "A wire copy of some length.")],
    )
    assert articles_found(engine, "wire") == {"here", "there"}


def refused() -> dict[str, tuple[type[Exception], Callable[[np.ndarray], np.ndarray]]]:
    return {
        "not a number": (ValueError, lambda v: v * np.float32("nan")),
        "infinite": (ValueError, lambda v: v * np.float32("inf")),
        "zero": (ValueError, lambda v: v * 0),
        "too long": (ValueError, lambda v: v * 1.1),
        "another dimension": (IndexMismatch, lambda v: v[:, :-1]),
        "one row too few": (IndexMismatch, lambda v: v[:-1]),
        "flat": (IndexMismatch, lambda v: v.ravel()),
    }


@pytest.mark.parametrize("of", Encoded._fields)
@pytest.mark.parametrize("case", refused())
def test_bad_vectors_are_refused_and_nothing_is_stored(
    engine: Engine, encoder: FakeEncoder, case: str, of: str
) -> None:
    error, spoil = refused()[case]
    parts = [part for _, part in Oracle(encoder, NEWS[1:2]).rows]
    good = encoded(encoder, [(NEWS[1], parts)])
    with pytest.raises(error):
        engine.put(NEWS[1:2], [parts], good._replace(**{of: spoil(getattr(good, of))}))
    assert engine.digests(["wheat"]) == {}
    assert engine.counts()["passages"] == 0
    engine.put(NEWS[1:2], [parts], good)
    assert engine.counts()["passages"] == 2


@pytest.mark.parametrize("sentences", [0, 1, 3])
def test_another_number_of_sentence_vectors_than_of_sentences_is_refused_with_both(
    engine: Engine, encoder: FakeEncoder, sentences: int
) -> None:
    parts = [part for _, part in Oracle(encoder, NEWS[1:2]).rows]
    vectors = encoder.encode_passages(["wheat"] * sentences)
    said = rf"2 sentences need vectors of shape \(2, 64\), these have \({sentences}, 64\)"
    with pytest.raises(IndexMismatch, match=said):
        engine.put(NEWS[1:2], [parts], encoded(encoder, [(NEWS[1], parts)])._replace(sentences=vectors))
    assert engine.digests(["wheat"]) == {}


def test_the_places_of_sentences_are_part_of_the_passages_that_come_back(engine: Engine, encoder: FakeEncoder) -> None:
    news = article("debate", ["The envoys met. They left.", "Nobody knew why they had met at all."])
    put(engine, encoder, [*NEWS, news])
    stored = engine.snapshot().article("debate")
    assert stored is not None
    places = [[news.text[start:end] for start, end in part.sentences] for part in stored.passages]
    assert places == [["The envoys met.", "They left."], ["Nobody knew why they had met at all."]]
    first = engine.snapshot().passage("debate", 0)
    assert first is not None
    assert first.passage == stored.passages[0] == engine.snapshot().get([first.number])[0].passage


def test_an_article_given_twice_in_one_call_is_refused(engine: Engine, encoder: FakeEncoder) -> None:
    with pytest.raises(ValueError, match="twice"):
        store(engine, encoder, [NEWS[0], replace(NEWS[0], source="elsewhere")])
    assert engine.digests(["summit"]) == {}


@pytest.mark.parametrize(
    "passages",
    [
        [],
        [[]],
        [[Passage("summit", 0, 0, 6, "Envoys")], []],
        [[Passage("summit", 0, 1, 7, "Envoys")]],
        [[Passage("summit", 0, -42, 6, "Envoys")]],
        [[Passage("summit", 1, 0, 6, "Envoys")]],
        [[Passage("wheat", 0, 0, 6, "Envoys")]],
        [[Passage("summit", 0, 3, 3, "")]],
    ],
    ids=["missing", "none", "too many", "elsewhere", "from the end", "misnumbered", "of another article", "empty"],
)
def test_passages_that_are_not_the_articles_are_refused(
    engine: Engine, encoder: FakeEncoder, passages: list[list[Passage]]
) -> None:
    rows = sum(map(len, passages))
    with pytest.raises(ValueError, match="passages"):
        engine.put(NEWS[:1], passages, without_sentences(encoder.encode_passages(["Envoys"] * rows)))
    assert engine.digests(["summit"]) == {}


def test_what_could_not_be_taken_is_kept_with_the_latest_reason(engine: Engine) -> None:
    engine.log_failures([Failure("a.txt", "an empty file"), Failure("b.txt", "a PDF")])
    engine.log_failures([Failure("a.txt", "no text left after cleaning")])
    assert engine.failures() == [Failure("b.txt", "a PDF"), Failure("a.txt", "no text left after cleaning")]
    assert engine.counts()["failures"] == 2
    assert engine.snapshot().info.articles == 0


# Versions


def wheat(text: str) -> Article:
    return article("wheat", f"Zarnovia {text} its ban on wheat.")


def states(snapshot: Snapshot) -> list[tuple[int, str]]:
    return [(known.version, known.state) for known in snapshot.versions("wheat")]


def text_of(snapshot: Snapshot, version: int | None = None) -> str | None:
    stored = snapshot.article("wheat", version)
    return stored and stored.article.text


def test_earlier_versions_are_listed_newest_first_and_read_with_their_state(
    engine: Engine, encoder: FakeEncoder
) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    for text in ("plans", "imposes", "lifts"):
        put(engine, encoder, [wheat(text)])
    snapshot = engine.snapshot()
    assert states(snapshot) == [(3, "current"), (2, "superseded"), (1, "superseded")]
    assert text_of(snapshot) == text_of(snapshot, 3) == "Zarnovia lifts its ban on wheat."
    assert text_of(snapshot, 1) == "Zarnovia plans its ban on wheat."
    assert [text_of(snapshot, version) for version in (0, 4, -1)] == [None] * 3
    assert snapshot.versions("unheard of") == []
    assert snapshot.article("unheard of", 1) is None
    for known in snapshot.versions("wheat"):
        stored = snapshot.article("wheat", known.version)
        assert stored is not None
        assert (stored.version, stored.state, stored.added) == (known.version, known.state, known.added)
        assert began <= known.added <= datetime.now(UTC)
        assert stored.passages[0].text == stored.article.text
        assert known.added.utcoffset() == timedelta(0)


def test_a_passage_says_when_its_version_came_in(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [wheat("plans")])
    snapshot = engine.snapshot()
    (known,), passage = snapshot.versions("wheat"), snapshot.passage("wheat", 0)
    assert passage is not None
    assert known.added == passage.added == snapshot.get([passage.number])[0].added


def test_what_is_not_published_yet_is_not_known(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [wheat("plans")])
    put(engine, encoder, [wheat("imposes")])
    store(engine, encoder, [wheat("lifts"), NEWS[0]])
    snapshot = engine.snapshot()
    assert states(snapshot) == [(2, "current"), (1, "superseded")]
    assert text_of(snapshot) == text_of(snapshot, 2) == "Zarnovia imposes its ban on wheat."
    assert text_of(snapshot, 3) is None
    assert (snapshot.versions("summit"), snapshot.article("summit", 1)) == ([], None)
    engine.publish()
    assert states(engine.snapshot()) == [(3, "current"), (2, "superseded"), (1, "superseded")]
    assert states(snapshot) == [(2, "current"), (1, "superseded")], "the older snapshot does not change"


def test_an_article_is_removed_for_its_readers_when_that_is_published(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [wheat("plans")])
    put(engine, encoder, [wheat("imposes")])
    engine.delete(["wheat"])
    before = engine.snapshot()
    stored = before.article("wheat")
    assert stored is not None
    assert stored.state == "current"
    assert states(before) == [(2, "current"), (1, "superseded")]
    engine.publish()
    after = engine.snapshot()
    assert states(after) == [(2, "removed"), (1, "superseded")]
    assert (text_of(after), text_of(after, 2)) == (None, "Zarnovia imposes its ban on wheat.")
    assert states(before) == [(2, "current"), (1, "superseded")]
    put(engine, encoder, [wheat("lifts")])
    assert states(engine.snapshot()) == [(3, "current"), (2, "removed"), (1, "superseded")]


# Reading


def test_a_snapshot_answers_as_before_whatever_is_published_later(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    old, vector = engine.snapshot(), vector_of(encoder, "tariffs")

    def answers(snapshot: Snapshot) -> tuple[object, ...]:
        hits = snapshot.lexical("tariffs harvest canal", 10)
        numbers = [hit.number for hit in hits]
        evidence = snapshot.evidence(vector, analysed("tariffs harvest"), numbers)
        return (
            hits,
            snapshot.get(numbers),
            snapshot.dense(vector, 10),
            snapshot.info,
            snapshot.tally(numbers, Filters(after=PartialDate("2012"))),
            snapshot.suggest("t", 10),
            [snapshot.versions(item.id) for item in NEWS],
            [snapshot.article(item.id) for item in NEWS],
            [repr(np.asarray(part).tolist()) for part in evidence],  # nan is not equal to nan, and its text is
        )

    before = answers(old)
    for text in ("Tariffs are forgotten.", "Tariffs are back again."):
        put(engine, encoder, [article("tariffs", text), article("canal", text)])
        engine.delete(["wheat", "summit"])
        engine.publish()
    assert answers(old) == before
    assert answers(engine.snapshot()) != before


def test_a_snapshot_does_not_know_what_was_published_later(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS[:1])
    old, vector = engine.snapshot(), vector_of(encoder, "wheat")
    put(engine, encoder, NEWS[1:2])
    (newer,) = engine.snapshot().lexical("harvest", 1)
    assert old.get([newer.number]) == []
    for reading in (
        lambda: old.evidence(vector, analysed("harvest"), [newer.number]),
        lambda: old.vectors([newer.number]),
        lambda: old.tally([newer.number]),
    ):
        with pytest.raises(KeyError):
            reading()
    assert old.suggest("title of wheat", 10) == []


def test_every_text_that_an_article_had_is_known(engine: Engine, encoder: FakeEncoder) -> None:
    first, second = article("a", "Envoys met."), article("a", "Envoys left.")
    store(engine, encoder, [first])
    store(engine, encoder, [second])
    assert [engine.had("a", one.digest) for one in (first, second)] == [True, True]
    assert not engine.had("b", first.digest)
    assert not engine.had("a", article("a", "Envoys slept.").digest)
    engine.delete(["a"])
    assert engine.had("a", first.digest)


def test_documents_that_were_dealt_with_are_remembered_and_change_nothing_that_is_searched(engine: Engine) -> None:
    engine.publish()
    engine.note_taken([Taken(b"1", "a", "digest")])
    assert engine.taken(b"1") == Taken(b"1", "a", "digest")
    assert engine.taken(b"2") is None
    assert engine.publish() is False


def test_the_words_of_passages_are_equal_where_their_stems_are(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("a", ["Envoys met the envoy.", "Meeting envoys met."]), article("b", "…")])
    snapshot = engine.snapshot()
    found = {row.passage.id: row.number for row in snapshot.get(list(range(1, 10)))}
    first, second, none = snapshot.words([found["a:0"], found["a:1"], found["b:0"]])
    assert first[0] == first[3] == second[1]
    assert first[1] == second[2] != first[2]
    assert (len(first), len(second), len(none)) == (4, 3, 0)
    assert snapshot.words([]) == []
    with pytest.raises(KeyError):
        snapshot.words([10**6])


def test_the_vectors_of_passages_are_those_that_were_put(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    oracle, snapshot = Oracle(encoder, NEWS), engine.snapshot()
    numbers = [hit.number for hit in snapshot.dense(vector_of(encoder, "canal"), 10)][::-1]
    expected = {part.id: vector for (_, part), vector in zip(oracle.rows, oracle.vectors, strict=True)}
    vectors = snapshot.vectors(numbers)
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [expected[row.passage.id].tolist() for row in snapshot.get(numbers)]
    assert snapshot.vectors([]).shape == (0, encoder.dimension)


def test_a_snapshot_outlives_its_engine(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    snapshot = engine.snapshot()
    engine.close()
    assert ids(snapshot, snapshot.lexical("steel", 1)) == ["tariffs:0"]


def test_a_snapshot_says_what_it_is(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    info, bound = engine.snapshot().info, engine.binding
    assert (info.articles, info.passages) == (5, 6)
    assert (info.model, info.weights, info.dimension, info.splitting) == (
        bound.model, bound.weights, bound.dimension, bound.splitting,
    )  # fmt: skip
    assert bound == Binding.of(encoder)


# Suggestions


def test_what_is_typed_is_completed_from_titles_names_and_publishers(engine: Engine, encoder: FakeEncoder) -> None:
    texts = [f"The envoy said that {name} had met him." for name in ["Ana Ostrova"] * 3 + ["Once Only"]]
    put(
        engine,
        encoder,
        [
            article("one", texts, title="Ostreland votes", published="2012", publisher="Ostreland Post"),
            article("two", title="A vote in Ostreland", published="2013", publisher="OSTRELAND POST"),
            article("three", title="OSTRELAND VOTES", published="2011", publisher="Ostreland Post"),
        ],
    )
    snapshot = engine.snapshot()
    found = ["Ana Ostrova", "Ostreland Post", "Ostreland votes", "A vote in Ostreland"]
    assert snapshot.suggest("OSTR", 10) == found
    assert snapshot.suggest("ostr", 2) == found[:2]
    assert snapshot.suggest("Once O", 10) == snapshot.suggest("", 10) == snapshot.suggest("ostr", 0) == []


def test_suggestions_are_of_what_is_searched_alone(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("draft", title="Ostreland to vote"), article("wrong", title="Ostreland sinks")])
    put(engine, encoder, [article("draft", title="Ostreland has voted")])
    engine.delete(["wrong"])
    engine.publish()
    store(engine, encoder, [article("soon", title="Ostreland counts")])
    assert engine.snapshot().suggest("ostreland", 10) == ["Ostreland has voted"]


# Sources, and the life of articles


NOW = datetime(2026, 5, 3, 8, 30, tzinfo=UTC)


def visit(name: str, **known: object) -> Visit:
    plain = Visit(f"https://example.org/{name}", "Example Post", "page", NOW, NOW, 200)
    return replace(plain, **known)  # type: ignore[arg-type]


def test_visits_are_remembered_and_the_last_one_of_an_address_counts(engine: Engine) -> None:
    engine.keep_visits([visit("a"), visit("b", source="Another"), visit("feed", kind="feed", etag='"1"')])
    later = visit("a", checked=NOW + timedelta(hours=1), status=404, article_id="a", last_modified="yesterday")
    engine.keep_visits([later])
    assert engine.visit("https://example.org/a") == later
    assert engine.visits("Example Post") == [visit("feed", kind="feed", etag='"1"'), later]
    assert len(engine.visits()) == 3


def test_a_vanished_article_is_marked_and_stays_searchable_until_it_is_there_again(
    engine: Engine, encoder: FakeEncoder
) -> None:
    put(engine, encoder, NEWS)
    assert engine.mark_vanished(["canal"], NOW) == 1
    assert engine.mark_vanished(["canal", "ferry"], NOW + timedelta(days=1)) == 1
    snapshot = engine.snapshot()
    (found,) = snapshot.get([snapshot.lexical("canal", 1)[0].number])
    assert found.vanished == NOW
    stored = snapshot.article("canal")
    assert stored is not None
    assert stored.vanished == NOW
    assert engine.counts()["vanished"] == 2
    assert engine.unmark_vanished(["ferry", "wheat"]) == 1
    put(engine, encoder, [article("canal", "The tanker that blocked the canal is afloat.")])
    assert engine.counts()["vanished"] == 0


def test_versions_say_what_they_changed(engine: Engine, encoder: FakeEncoder) -> None:
    for text, change in (("One text.", "substance"), ("One text.", "title"), ("Another text.", "substance")):
        store(engine, encoder, [article("a", text, title=f"On {change}")], changes=[change])
    engine.publish()
    assert [known.change for known in engine.snapshot().versions("a")] == ["substance", "title", "first"]
    assert engine.current(["a", "unheard of"]) == {"a": article("a", "Another text.", title="On substance")}


def test_vectors_can_be_had_as_they_are_kept_and_put_again(engine: Engine, encoder: FakeEncoder) -> None:
    store(engine, encoder, NEWS[:2])
    put(engine, encoder, [article("canal", "Another ship. A lock.\nIt sank.")])
    found = engine.encoded(["canal", "unheard of", "summit"])
    assert found.keys() == {"canal", "summit"}
    stored, vectors = found["canal"]
    expected = encoded(encoder, [(stored.article, stored.passages)])
    for own, computed in zip(vectors, expected, strict=True):
        np.testing.assert_allclose(own, computed, atol=1e-3)
    engine.put([replace(stored.article, digest="again")], [stored.passages], vectors)
    for own, kept in zip(engine.encoded(["canal"])["canal"][1], vectors, strict=True):
        np.testing.assert_array_equal(own, kept)
    engine.delete(["canal"])
    assert engine.encoded(["canal"]) == {}


def test_failures_keep_what_to_read_again_until_they_are_forgotten(engine: Engine) -> None:
    odd = "folder/\udcff\n.txt"
    engine.log_failures([Failure("folder/odd.txt", "a PDF", odd), Failure("b:7", "empty", "b"), Failure("c", "empty")])
    assert engine.failures()[0].input == odd
    engine.forget_failures([odd, "c"])
    assert engine.failures() == [Failure("b:7", "empty", "b")]


# The same story


WIRE = article("wire", STORY, publisher="Wire", published="2012-05-02")
COPY = article("copy", STORY, publisher="Courier", published="2012-05-03", title="River treaty signed")
SHORT = article("a-short-form", STORY[:4], publisher="Post")


def test_articles_of_one_origin_are_found_across_publications(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [COPY, *NEWS])
    assert engine.snapshot().editions("copy") == []
    put(engine, encoder, [WIRE, SHORT])
    snapshot = engine.snapshot()
    assert [edition.article.id for edition in snapshot.editions("copy")] == ["wire", "a-short-form"]
    assert {snapshot.origin(name) for name in ("wire", "copy", "a-short-form")} == {"wire"}
    assert (snapshot.origin("wheat"), snapshot.editions("wheat")) == ("wheat", [])
    numbers = [scored.number for scored in snapshot.lexical("zarnovia ostreland", 100)]
    evidence = snapshot.evidence(vector_of(encoder, "treaty"), [], numbers)
    names = [found.article.id for found in snapshot.get(numbers)]
    firsts = {name: int(evidence.articles[place]) for place, name in enumerate(names)}
    for place, name in enumerate(names):
        assert evidence.origins[place] == firsts[snapshot.origin(name)]


def test_stories_say_for_passages_what_origins_and_editions_say_for_articles(
    engine: Engine, encoder: FakeEncoder
) -> None:
    many = [article(f"courier-{n:02}", STORY, publisher="Courier") for n in range(EDITIONS + 2)]
    put(engine, encoder, [WIRE, *many, *NEWS])
    snapshot = engine.snapshot()
    numbers = [scored.number for scored in snapshot.lexical("zarnovia ostreland wheat", 1000)]
    found = snapshot.stories(numbers)
    names = [passage.article.id for passage in snapshot.get(numbers)]
    assert {"wheat", "wire", "courier-00"} <= set(names)
    assert [story.origin for story in found] == [snapshot.origin(name) for name in names]
    assert [list(story.editions) for story in found] == [snapshot.editions(name)[:EDITIONS] for name in names]
    assert max(len(story.editions) for story in found) == EDITIONS < len(snapshot.editions("wire"))
    assert snapshot.stories([]) == []
    with pytest.raises(KeyError):
        snapshot.stories([*numbers, 10**9])


def test_a_story_that_was_rewritten_is_of_the_old_origin_no_more(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [WIRE, COPY])
    put(engine, encoder, [article("copy", "The courier has withdrawn its report on the river and regrets it.")])
    assert engine.snapshot().editions("wire") == []
    assert engine.delete(["wire"]) == 1
    put(engine, encoder, [SHORT])
    assert engine.snapshot().editions("a-short-form") == []


def test_failures_of_sources_that_are_well_are_settled(engine: Engine) -> None:
    item = Failure("feed#1", "no text", "feed")
    engine.log_failures([Failure("feed", "the server answers 500", "feed"), item])
    engine.settle_failures(["feed", "unknown"])
    assert engine.failures() == [item]


def test_the_addresses_of_an_article_are_remembered(engine: Engine) -> None:
    of_a = [visit("story", article_id="a"), visit("story/amp", article_id="a", status=410)]
    engine.keep_visits([*of_a, visit("b", article_id="b"), visit("c")])
    assert engine.visits_of_article("a") == of_a
