"""Documents into an index: what becomes of each, what is encoded, and what an interruption costs."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer import build
from indexer.build import BATCH, KEPT, Report, add, in_text, writing
from indexer.embedded.library import Library
from indexer.encode import Vectors
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import EncoderError, IndexLocked, IndexMismatch, IndexMissing, IndexProblem
from indexer.items import Failure, Item, Known, RawDocument, Vanished, Visit
from indexer.passages import Splitting, embedded_texts, split
from indexer.pipeline import flow
from indexer.pipeline.workers import Limits
from indexer.settings import Settings
from indexer.types import PartialDate
from tests.fakes import FakeEncoder, article
from tests.tiny_model import build_static, build_transformer

TALKS = "Envoys of both islands met in the old harbour."


def document(name: str, text: str = TALKS, **fields: object) -> RawDocument:
    content = json.dumps({"id": name, "title": f"Title of {name}", "text": text, "language": "en", **fields})
    return RawDocument(f"news.jsonl:{name}", "application/json", content.encode())


def long_document(name: str, paragraphs: int) -> RawDocument:
    return document(name, "\n".join(f"Round {number}: island {name} got nothing." for number in range(paragraphs)))


BROKEN = RawDocument("news.jsonl:3", "application/json", b'{"title": "No text"}')
UNREADABLE = Failure("photo.png", "a PNG image, not an article")


def test_new_articles_are_counted_with_their_passages(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([document("a"), document("b", f"{TALKS}\nNothing was agreed after two days.")], engine, encoder)
    assert report == Report(added=2, passages=3, published=True)


def test_every_document_is_counted_once_in_one_column(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("same"), document("new text")], engine, encoder)
    run = [document("same"), document("new text", "They met again."), document("fresh"), BROKEN, UNREADABLE]
    report = add(run, engine, encoder)
    assert (report.added, report.changed, report.unchanged, len(report.failures)) == (1, 1, 1, 2)
    assert report.documents == len(run)


def test_a_bad_document_among_good_ones_is_reported_and_the_run_goes_on(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([document("a"), BROKEN, UNREADABLE, document("b")], engine, encoder)
    assert report.added == 2
    assert report.failures == [Failure(BROKEN.source, 'text is missing: add a "text" field'), UNREADABLE]


def test_failures_are_kept_in_the_index(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([BROKEN, UNREADABLE], engine, encoder)
    assert engine.failures() == report.failures


def test_articles_can_be_found_after_the_run(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", TALKS), document("b", "Grey ships lie at anchor.")], engine, encoder)
    (best,) = engine.snapshot().get([engine.snapshot().lexical("envoys", 1)[0].number])
    assert best.passage.id == "a:0"


def test_what_is_encoded_is_date_title_and_paragraph(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", f"{TALKS}\nBy Jane Doe", published="2012-05", title="Talks begin")], engine, encoder)
    assert encoder.seen == [f"2012-05. Talks begin. {TALKS}"]


def test_the_sentences_of_each_paragraph_are_encoded_and_neither_date_nor_title(
    engine: Engine, encoder: FakeEncoder
) -> None:
    fields = {"published": "2012-05", "title": "Talks begin. Envoys met."}
    add(
        [document("a", f"{TALKS} They left.\nNothing was agreed after two days.", **fields), document("b")],
        engine,
        encoder,
    )
    assert encoder.sentences == [TALKS, "They left.", "Nothing was agreed after two days.", TALKS]


def test_each_sentence_is_stored_with_its_own_vector(engine: Engine, encoder: FakeEncoder, tmp_path: Path) -> None:
    add([document("a", f"{TALKS} They left.\nNothing was agreed after two days."), document("b")], engine, encoder)
    with closing(Library(tmp_path / "index" / "library.sqlite")) as library:
        for version, stored in library.current():
            text = stored.article.text
            sentences = [text[start:end] for part in stored.passages for start, end in part.sentences]
            assert np.allclose(library.vectors(version).sentences, encoder.encode_passages(sentences), atol=1e-3)
    assert engine.verify() == []


@given(
    st.lists(st.text("aB.é漢🕊 ", min_size=1, max_size=40), min_size=1, max_size=4),
    st.text("aB.é漢 ", max_size=300),
    st.sampled_from([None, "2012", "2012-05-23"]),
)
@hypothesis_settings(deadline=None, max_examples=100)
def test_sentences_are_the_same_in_what_is_encoded_as_in_the_article(
    paragraphs: list[str], title: str, published: str | None
) -> None:
    item = article("a", [f"Envoys {paragraph}met." for paragraph in paragraphs], f"T{title}", published=published)
    rule = Splitting.for_model(FakeEncoder().count_tokens, 64)
    parts = split(item, rule)
    for part, text in zip(parts, embedded_texts(item.meta, [part.text for part in parts], rule), strict=True):
        expected = [item.text[start:end] for start, end in part.sentences]
        assert [text[start:end] for start, end in in_text(part, text)] == expected != []


def test_adding_again_encodes_and_publishes_nothing(engine: Engine, encoder: FakeEncoder) -> None:
    run = [document("a"), document("b", "Grey ships lie at anchor.")]
    add(run, engine, encoder)
    encoder.seen.clear()
    encoder.sentences.clear()
    assert add(run, engine, encoder) == Report(unchanged=2)
    assert encoder.seen == encoder.sentences == []


def test_what_was_taken_before_is_not_even_understood_again(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = [document(f"a{number}") for number in range(3 * flow.FEW)]
    add(run, engine, encoder)

    def never(*_: object) -> None:
        raise AssertionError("this is what was to be spared")

    monkeypatch.setattr(flow, "attempt", never)
    monkeypatch.setattr(flow, "Worker", never)
    assert add(run, engine, encoder) == Report(unchanged=len(run))
    moved = [replace(raw, source=f"elsewhere.jsonl:{raw.source}") for raw in run]
    assert add(moved, engine, encoder) == Report(unchanged=len(run))


def test_what_was_taken_before_counts_again_when_its_article_is_another_by_now(
    engine: Engine, encoder: FakeEncoder
) -> None:
    first, second = document("a"), document("a", "They met again.")
    for raw in (first, second, first):
        assert add([raw], engine, encoder).failed == 0
    assert engine.current(["a"])["a"].text == TALKS
    engine.delete(["a"])
    assert add([first], engine, encoder).added == 1
    assert add([first, second], engine, encoder).changed == 1
    assert add([second, first], engine, encoder).changed == 1, "the later one counts, though both were taken before"
    assert engine.current(["a"])["a"].text == TALKS


def test_a_document_that_failed_is_looked_at_again(engine: Engine, encoder: FakeEncoder) -> None:
    assert [add([BROKEN], engine, encoder).failed for _ in range(2)] == [1, 1]


def test_only_what_changed_is_encoded_again(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a"), document("b")], engine, encoder)
    encoder.seen.clear()
    report = add([document("a"), document("b", "They met again.")], engine, encoder)
    assert report == Report(changed=1, unchanged=1, passages=1, published=True, changes=Counter(substance=1))
    assert encoder.seen == ["Title of b. They met again."]


def test_a_changed_article_is_version_2_and_the_old_one_is_superseded(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", TALKS)], engine, encoder)
    old = engine.snapshot()
    add([document("a", "They met again in the capital.")], engine, encoder)
    stored = engine.snapshot().article("a")
    assert stored is not None
    assert (stored.version, stored.article.text) == (2, "They met again in the capital.")
    assert engine.counts()["superseded"] == 1
    assert engine.snapshot().lexical("harbour", 10) == []
    (number,) = [hit.number for hit in old.lexical("harbour", 10)]
    assert old.get([number])[0].passage.text == TALKS


def test_a_change_of_the_date_alone_is_a_change(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", published="2012")], engine, encoder)
    assert add([document("a", published="2012-05")], engine, encoder).changed == 1


def test_another_source_of_the_same_article_is_no_change(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a")], engine, encoder)
    assert add([replace(document("a"), source="copy.jsonl:9")], engine, encoder).unchanged == 1


def test_the_same_id_twice_in_one_run_is_two_versions_in_order(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([document("a", "They met."), document("b"), document("a", "They met again.")], engine, encoder)
    assert (report.added, report.changed) == (2, 1)
    stored = engine.snapshot().article("a")
    assert stored is not None
    assert (stored.version, stored.article.text) == (2, "They met again.")


def test_the_same_document_twice_in_one_run_is_one_article(engine: Engine, encoder: FakeEncoder) -> None:
    assert add([document("a"), document("a")], engine, encoder) == Report(1, 0, 1, 1, published=True)
    assert len(encoder.seen) == 1


def test_the_order_of_documents_makes_no_difference(tmp_path: Path) -> None:
    run = [document("a"), document("b", "Grey ships lie at anchor."), document("c", f"{TALKS}\nNothing was agreed.")]
    answers = set()
    for order in itertools.permutations(run):
        encoder = FakeEncoder()
        engine = open_engine(tmp_path / "-".join(item.source[-1] for item in order), create=Binding.of(encoder))
        add(order, engine, encoder)
        snapshot = engine.snapshot()
        hits = snapshot.dense(encoder.encode_queries(["envoys in the harbour"])[0], 10)
        found = snapshot.get([hit.number for hit in hits])
        scores = [round(hit.score, 4) for hit in hits]
        answers.add(tuple(zip([item.passage.id for item in found], scores, strict=True)))
        engine.close()
    assert len(answers) == 1


def test_nothing_to_add_is_no_error(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([], engine, encoder)
    assert report.documents == report.passages == 0
    assert engine.snapshot().info.articles == 0


def test_documents_are_read_as_they_are_needed(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BATCH", 1)
    stored_when_read = []

    def documents() -> Iterator[RawDocument]:
        for number in range(30):
            stored_when_read.append(engine.counts()["articles"])
            yield document(str(number))

    add(documents(), engine, encoder, limits=Limits(window=2, processes=1))
    ahead = [read - stored for read, stored in enumerate(stored_when_read)]
    # two in the line and one that waits for room, one being encoded, one that waits to be stored and one being stored
    assert max(ahead) <= 6


def test_progress_is_shown_after_each_batch_and_at_the_end(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BATCH", 1)
    shown: list[tuple[int, int]] = []
    run = [document("a"), document("b"), BROKEN, document("c"), UNREADABLE]
    add(run, engine, encoder, lambda report: shown.append((report.added, report.failed)))
    assert shown == sorted(shown)
    assert shown[-1] == (3, 2)


def test_progress_is_shown_a_few_times_a_second_at_most(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.build.time.monotonic", lambda: 7.0)
    shown: list[int] = []
    add([UNREADABLE] * 500, engine, encoder, lambda report: shown.append(report.failed))
    assert shown == [1, 500]


def test_of_many_failures_a_report_holds_the_first_and_counts_all(engine: Engine, encoder: FakeEncoder) -> None:
    run = [Failure(f"{number}.png", f"a PNG image: {number}") for number in range(KEPT + 500)]
    report = add([*run, BROKEN], engine, encoder)
    assert report.failures == run[:KEPT]
    assert report.failed == report.documents == KEPT + 501
    assert report.reasons == {"a PNG image": KEPT + 500, "text is missing": 1}
    assert len(engine.failures()) == KEPT + 501


def test_a_source_that_fails_and_is_taken_later_in_the_run_is_no_failure_in_the_index(
    engine: Engine, encoder: FakeEncoder
) -> None:
    report = add([Failure(document("a").source, "not now"), document("a")], engine, encoder)
    assert (report.failed, report.added) == (1, 1)
    assert engine.failures() == []


def test_a_change_of_nothing_that_matters_is_counted_and_not_stored(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", TALKS)], engine, encoder)
    encoder.seen.clear()
    report = add([document("a", TALKS.replace(" ", "  "), updated="2012-05-24")], engine, encoder)
    assert report == Report(cosmetic=1)
    assert report.documents == 1
    assert encoder.seen == []
    assert [version.version for version in engine.snapshot().versions("a")] == [1]


def test_what_differs_is_counted_and_kept_with_the_version(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a"), document("b"), document("c")], engine, encoder)
    run = [
        document("a", published="2012"),
        document("b", title="Talks end"),
        document("c", "Nobody came to the talks."),
    ]
    report = add(run, engine, encoder)
    assert report.changes == {"details": 1, "title": 1, "substance": 1}
    kept = [engine.snapshot().versions(name)[0].change for name in "abc"]
    assert kept == ["details", "title", "substance"]


def test_an_id_that_is_still_on_its_way_into_the_index_is_known(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BATCH", 1)
    may_store, put = threading.Event(), engine.put
    monkeypatch.setattr(engine, "put", lambda *given: may_store.wait(60) and put(*given))

    def documents() -> Iterator[RawDocument]:
        yield from [document("a", "They met."), document("a", "They met."), document("a", "They met again.")]
        yield document("a", "They  met again.")
        may_store.set()

    report = add(documents(), engine, encoder)
    assert (report.added, report.changed, report.unchanged + report.cosmetic) == (1, 1, 2)
    assert [version.version for version in engine.snapshot().versions("a")] == [2, 1]


def visit(name: str, **known: object) -> Visit:
    at = datetime(2012, 5, 23, tzinfo=UTC)
    return Visit(
        **{"url": page(name), "source": "s", "kind": "page", "checked": at, "changed": at, "status": 200} | known
    )


def page(name: str) -> str:
    return f"https://example.org/{name}"


def test_a_visit_is_kept_with_the_article_that_it_led_to(engine: Engine, encoder: FakeEncoder) -> None:
    led_to = visit("a", etag='"1"')
    for _ in range(2):  # stored, then unchanged
        add([replace(document("a"), visit=led_to)], engine, encoder)
        assert engine.visit(page("a")) == replace(led_to, article_id="a")
        engine.keep_visits([visit("a", status=500)])


def test_of_a_refused_document_the_visit_is_kept_without_conditions_for_the_next(
    engine: Engine, encoder: FakeEncoder
) -> None:
    add([replace(BROKEN, visit=visit("a", etag='"1"', last_modified="today"))], engine, encoder)
    assert engine.visit(page("a")) == visit("a")


def test_a_visit_is_kept_only_when_all_before_it_is_stored(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BATCH", 1)
    stored, keep = [], engine.keep_visits
    monkeypatch.setattr(
        engine, "keep_visits", lambda visits: stored.append(sorted(engine.digests(["a", "b", "c"]))) or keep(visits)
    )
    add([visit("0"), document("a"), visit("1"), document("b"), document("c"), visit("2")], engine, encoder)
    assert all(set("abc"[:number]) <= set(ids) for ids, number in zip(stored, (0, 1, 3), strict=False))
    assert stored[-1] == ["a", "b", "c"]


def test_a_visit_is_kept_with_its_own_text_where_a_page_comes_twice(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, keep = {}, engine.keep_visits

    def keep_visits(visits: Sequence[Visit]) -> None:
        stored.update({one.etag: engine.current(["a"])["a"].text for one in visits})
        keep(visits)

    monkeypatch.setattr(engine, "keep_visits", keep_visits)
    texts = {"1": TALKS, "2": "They met again.", "3": "They left."}
    add([replace(paged("a", text), visit=visit("a", etag=etag)) for etag, text in texts.items()], engine, encoder)
    assert stored == texts


def test_a_visit_behind_what_could_not_be_stored_is_not_kept(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(*_: object) -> None:
        raise IndexProblem("the disk is full")

    monkeypatch.setattr(engine, "put", put)
    with pytest.raises(IndexProblem, match="the disk is full"):
        add([document("a"), visit("a")], engine, encoder)
    assert engine.visits() == []


def test_an_article_whose_page_is_gone_is_marked_once_and_stays(engine: Engine, encoder: FakeEncoder) -> None:
    add([replace(document("a"), visit=visit("a"))], engine, encoder)
    gone = Vanished(page("a"), "404")
    assert add([gone, visit("a", status=404)], engine, encoder).vanished == 1
    assert add([gone, visit("a", status=404)], engine, encoder).vanished == 0
    assert engine.counts()["vanished"] == 1
    assert engine.counts()["articles"] == 1


@pytest.mark.parametrize(
    "back",
    [
        replace(document("a"), visit=visit("a")),
        replace(document("a", "They met again."), visit=visit("a")),
        visit("a", status=304, article_id="a"),
    ],
    ids=["unchanged", "changed", "not modified"],
)
def test_an_article_whose_page_is_back_is_no_longer_marked(
    engine: Engine, encoder: FakeEncoder, back: RawDocument | Visit
) -> None:
    add([replace(document("a"), visit=visit("a"))], engine, encoder)
    add([Vanished(page("a"), "404")], engine, encoder)
    assert engine.counts()["vanished"] == 1
    add([Vanished(page("a"), "404"), back], engine, encoder)
    assert engine.counts()["vanished"] == 0


def test_an_address_that_led_to_no_article_cannot_take_one_away(engine: Engine, encoder: FakeEncoder) -> None:
    assert add(
        [document("a"), visit("b"), Vanished(page("b"), "410"), Vanished(page("c"), "410")], engine, encoder
    ) == (Report(added=1, passages=1, published=True))


def failed(name: str) -> Failure:
    return Failure(page(name), "the server answers 500", page(name))


def paged(name: str, text: str = TALKS, **fields: object) -> RawDocument:
    """A document that was fetched from its page."""
    return replace(document(name, text, **fields), source=page(name), visit=visit(name))


@pytest.mark.parametrize(
    "well",
    [
        paged("a"),
        paged("a", updated="2012-05-24"),
        paged("a", "They met again."),
        replace(paged("a"), visit=None),
        visit("a", status=304, article_id="a"),
        visit("a", kind="feed"),
        visit("a", kind="sitemap", status=304),
    ],
    ids=["unchanged", "cosmetic", "changed", "no page", "not modified", "a feed that answers", "a sitemap as before"],
)
def test_what_is_well_again_is_no_failure_any_more(
    engine: Engine, encoder: FakeEncoder, well: RawDocument | Visit
) -> None:
    add([paged("a")], engine, encoder)
    add([failed("a"), failed("b")], engine, encoder)
    add([well], engine, encoder)
    assert engine.failures() == [failed("b")]


def test_what_is_well_again_in_the_run_in_which_it_failed_is_no_failure(engine: Engine, encoder: FakeEncoder) -> None:
    add([paged("a")], engine, encoder)
    add([failed("a"), paged("a")], engine, encoder)
    assert engine.failures() == []


@pytest.mark.parametrize("lines", [1, 1000], ids=["stored before the visit", "stored with the visit"])
def test_a_feed_that_answers_does_not_make_up_for_what_it_lacks(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    monkeypatch.setattr(build, "_LINES", lines)
    add([failed("feed")], engine, encoder)
    lacks = Failure(page("feed"), "2 items of the feed have no address of a page", page("feed"))
    item = Failure(f"{page('feed')}#7", "no text", page("feed"))
    add([lacks, item, visit("feed", kind="feed")], engine, encoder)
    assert engine.failures() == [lacks, item]
    add([visit("feed", kind="feed")], engine, encoder)
    assert engine.failures() == [item]


def test_what_fails_behind_what_was_well_in_a_run_is_a_failure(engine: Engine, encoder: FakeEncoder) -> None:
    add([paged("a")], engine, encoder)
    add([paged("a"), failed("a")], engine, encoder)
    assert engine.failures() == [failed("a")]


def test_a_page_that_two_sources_name_is_one_version_however_often_they_take_turns(
    engine: Engine, encoder: FakeEncoder
) -> None:
    text = "Envoys of both islands met in the old harbour, and nothing was agreed after two days of talks."
    saved = f"<html><head><title>Talks</title></head><body><article><h1>Talks</h1><p>{text}</p></article></body></html>"
    raw = RawDocument(page("a"), "text/html", saved.encode(), url=page("a"), visit=visit("a"))
    feed = Known(name="Post", country="NO", kind="newspaper", language="en-GB", published=PartialDate("2012-05-23"))
    sitemap = Known(publisher="Ministry", country="SE", kind="ministry", published=PartialDate("2012-05-24"))
    for known in (feed, sitemap, feed, sitemap, Known()):
        add([replace(raw, known=known)], engine, encoder)
    (article_id,) = {one.article_id for one in engine.visits()}
    assert article_id is not None
    assert [version.version for version in engine.snapshot().versions(article_id)] == [1]
    meta = engine.current([article_id])[article_id].meta
    assert (meta.publisher, meta.publisher_country, meta.published) == ("Post", "NO", PartialDate("2012-05-23"))


def failing(call: Callable[..., object], times: int, error: BaseException) -> Callable[..., object]:
    """The same call that raises an error when it has been called so many times."""
    calls = itertools.count()

    def called(*given: object) -> object:
        if next(calls) == times:
            raise error
        return call(*given)

    return called


def interrupted(point: str, after: int, engine: Engine, encoder: FakeEncoder, run: list[RawDocument]) -> None:
    """A run that ends early: at its source, while it encodes, while it stores or while it shows progress."""
    stop = KeyboardInterrupt() if point != "store" else IndexProblem("the disk is full")
    with pytest.MonkeyPatch.context() as patch:
        if point == "encode":
            patch.setattr(encoder, "encode_with_sentences", failing(encoder.encode_with_sentences, after, stop))
        if point == "store":
            patch.setattr(engine, "put", failing(engine.put, after, stop))
        source = map(failing(lambda item: item, after if point == "read" else -1, stop), run)
        with contextlib.suppress(KeyboardInterrupt, IndexProblem):
            add(source, engine, encoder, failing(lambda _: None, after if point == "show" else -1, stop))


def state_of(engine: Engine, names: Sequence[str]) -> list[object]:
    snapshot = engine.snapshot()
    found = [snapshot.article(name) for name in names]
    return [(item.article, item.version, item.passages) for item in found if item] + [snapshot.info.passages]


@pytest.mark.parametrize("point", ["read", "encode", "store", "show"])
@given(after=st.integers(0, 8), rounds=st.integers(1, 2))
@hypothesis_settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_a_run_ends_early_running_it_again_ends_as_one_that_was_not_disturbed(
    tmp_path_factory: pytest.TempPathFactory, point: str, after: int, rounds: int
) -> None:
    run = [long_document(name, 1 + place % 3) for place, name in enumerate("abcdefghijkl")]
    run.insert(5, BROKEN)
    states = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BATCH", 4)
        patch.setattr(flow, "FEW", 100)
        for disturbances in (0, rounds):
            encoder = FakeEncoder()
            folder = tmp_path_factory.mktemp("index")
            engine = open_engine(folder, create=Binding.of(encoder))
            for _ in range(disturbances):
                interrupted(point, after, engine, encoder, run)
            stored = set(engine.digests(list("abcdefghijkl")))
            encoder.seen.clear()
            report = add(run, engine, encoder)
            assert report.unchanged == len(stored)
            assert report.added == 12 - len(stored)
            assert not [text for text in encoder.seen if any(f"island {name} got" in text for name in stored)]
            states.append(state_of(engine, "abcdefghijkl"))
            assert engine.failures() == [Failure(BROKEN.source, 'text is missing: add a "text" field')]
            assert engine.verify() == []
            engine.close()
    assert states[0] == states[1]


def test_what_is_stored_when_a_run_is_interrupted_is_counted_to_the_last_article(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BATCH", 1)
    shown: list[int] = []

    def documents() -> Iterator[RawDocument]:
        yield from [document("a"), document("b"), document("c")]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(documents(), engine, encoder, lambda report: shown.append(report.added + report.changed))
    assert shown[-1] == engine.counts()["articles"] == 3


def test_what_a_source_raises_is_raised_when_all_before_it_is_stored(engine: Engine, encoder: FakeEncoder) -> None:
    def documents() -> Iterator[Item]:
        yield from [document("a"), BROKEN]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        add(documents(), engine, encoder)
    assert engine.counts()["articles"] == engine.counts()["failures"] == 1


def test_what_a_source_raises_is_raised_when_all_before_it_is_published(engine: Engine, encoder: FakeEncoder) -> None:
    def documents() -> Iterator[Item]:
        yield document("b", "Grey ships lie at anchor.")
        raise OSError("the disk is gone")

    add([document("a")], engine, encoder)
    with pytest.raises(OSError, match="the disk is gone"):
        add(documents(), engine, encoder)
    assert engine.snapshot().article("b") is not None


def test_what_has_come_is_stored_while_a_slow_source_is_waited_for(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "PATIENCE", 0.01)
    kept = threading.Event()
    keep = engine.keep_visits
    monkeypatch.setattr(engine, "keep_visits", lambda visits: keep(visits) or kept.set())

    def documents() -> Iterator[RawDocument]:
        yield replace(document("a"), visit=visit("a"))
        assert kept.wait(60)
        assert engine.digests(["a"]) != {}
        yield document("b")

    assert add(documents(), engine, encoder).added == 2


def test_an_article_of_any_length_is_encoded_in_parts(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_AT_ONCE", 7)
    sizes, encode = [], encoder.encode_with_sentences
    monkeypatch.setattr(
        encoder, "encode_with_sentences", lambda texts, spans: sizes.append(len(texts)) or encode(texts, spans)
    )
    add([long_document("a", 20), document("b")], engine, encoder)
    assert sizes == [7, 7, 7]
    assert engine.verify() == []
    (best,) = engine.snapshot().get([engine.snapshot().dense(encoder.encode_queries(["Round 17"])[0], 1)[0].number])
    assert best.passage.ordinal == 17


def test_the_time_that_the_encoder_works_and_waits_is_within_the_whole(engine: Engine, encoder: FakeEncoder) -> None:
    spent = add([long_document("a", BATCH), document("b")], engine, encoder).encoding
    assert 0 < spent.busy <= spent.wall
    assert 0 < spent.utilisation <= 1
    assert min(spent.waited_for_input, spent.waited_for_writer) >= 0


def test_html_and_many_documents_take_the_way_through_other_processes_to_the_same_end(
    engine: Engine, encoder: FakeEncoder
) -> None:
    run = [document(str(number), f"Envoy {number} met others in the old harbour.") for number in range(40)]
    assert add(run, engine, encoder) == Report(added=40, passages=40, published=True)
    assert engine.verify() == []


def test_where_the_counting_cannot_be_sent_articles_are_split_here(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "counter", None)
    run = [document(str(number), f"{TALKS}\nNothing was agreed after {number} days.") for number in range(40)]
    assert add(run, engine, encoder) == Report(added=40, passages=80, published=True)


class BrokenEncoder(FakeEncoder):
    """Fails as a model without memory does."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        raise EncoderError("no memory left")


def test_a_batch_that_cannot_be_encoded_leaves_nothing_behind(engine: Engine, encoder: FakeEncoder) -> None:
    with pytest.raises(EncoderError, match="no memory left"):
        add([document("a")], engine, BrokenEncoder())
    assert engine.counts()["articles"] == 0
    assert add([document("a")], engine, encoder).added == 1


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_transformer(tmp_path_factory.mktemp("transformer")))


@pytest.fixture
def settings(tmp_path: Path, model: str) -> Settings:
    """Where a new index is to be made with a small model."""
    return Settings(index=tmp_path / "index", model=model, backend="torch", cache=tmp_path / "cache")


def test_writing_makes_an_index_bound_to_the_model(settings: Settings) -> None:
    with writing(settings) as (engine, encoder):
        assert engine.binding == Binding.of(encoder)
        assert add([document("a")], engine, encoder).added == 1
    assert open_engine(settings.index).binding.model == settings.model


def test_without_a_model_an_index_is_written_with_the_one_it_is_bound_to(settings: Settings) -> None:
    with writing(settings):
        pass
    with writing(replace(settings, model=None)) as (_, encoder):
        assert encoder.model == settings.model


def test_another_model_is_refused_with_both_names_and_what_to_do(settings: Settings, tmp_path: Path) -> None:
    with writing(settings):
        pass
    other = str(build_static(tmp_path))
    with pytest.raises(IndexMismatch) as caught, writing(replace(settings, model=other)):
        pass
    message = str(caught.value)
    assert f"{settings.index} was made with weights" in message
    assert f"(model {settings.model})" in message
    assert f"(model {other})" in message
    assert message.endswith(f"use --model {settings.model}, or add the articles to a new index with --index")


def test_the_same_weights_under_another_name_are_the_same_model(settings: Settings, model: str, tmp_path: Path) -> None:
    with writing(settings):
        pass
    copy = shutil.copytree(model, tmp_path / "copy")
    with writing(replace(settings, model=str(copy))) as (engine, _):
        assert engine.binding.model == model


def test_while_one_writes_another_cannot(settings: Settings) -> None:
    with writing(settings), pytest.raises(IndexLocked, match="another process is writing to it"), writing(settings):
        pass


def test_an_error_while_writing_releases_the_index(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), writing(settings) as (abandoned, _):
        raise ZeroDivisionError
    assert abandoned.binding.model == settings.model  # still there, so that nothing but the end of writing frees it
    with writing(settings) as (engine, encoder):
        assert add([document("a")], engine, encoder).added == 1


def test_a_refused_model_releases_the_index(settings: Settings, tmp_path: Path) -> None:
    with writing(settings):
        pass
    with pytest.raises(IndexMismatch), writing(replace(settings, model=str(build_static(tmp_path)))):
        pass
    with writing(settings) as (engine, _):
        assert engine.counts()["articles"] == 0


def test_a_model_that_is_not_there_leaves_no_index_behind(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError), writing(replace(settings, model=str(tmp_path / "empty"))):
        pass
    with pytest.raises(IndexMissing):
        open_engine(settings.index)


def test_when_a_page_changed_is_remembered_and_when_it_did_not_is_left(engine: Engine, encoder: FakeEncoder) -> None:
    later = replace(visit("a"), checked=visit("a").checked + timedelta(days=1))
    add([replace(document("a"), visit=visit("a"))], engine, encoder)
    add([replace(document("a"), visit=later)], engine, encoder)
    remembered = engine.visit(page("a"))
    assert remembered is not None
    assert remembered.changed == visit("a").changed
    add([replace(document("a", "They met again."), visit=later)], engine, encoder)
    assert engine.visit(page("a")) == replace(later, article_id="a", changed=later.checked)


def test_a_page_that_is_looked_at_again_keeps_what_its_feed_said(engine: Engine, encoder: FakeEncoder) -> None:
    known = Known(published=PartialDate("2026-05-03"), authors=("Ann Lee",))
    add([replace(document("a"), visit=visit("a"), known=known)], engine, encoder)
    assert add([replace(document("a"), visit=visit("a"))], engine, encoder).unchanged == 1
    add([document("a")], engine, encoder)
    assert engine.current(["a"])["a"].meta.published is None, "a document that was given says all that is known"
