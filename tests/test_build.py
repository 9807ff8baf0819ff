"""Documents into an index: what becomes of each, and what is encoded."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from indexer import build
from indexer.build import KEPT, Report, add
from indexer.embedded.library import Library
from indexer.engine import Binding, Engine, open_engine
from indexer.items import Failure, RawDocument
from indexer.pipeline import flow
from indexer.pipeline.workers import Limits
from tests.documents import BROKEN, TALKS, UNREADABLE, document
from tests.fakes import FakeEncoder


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


def test_of_an_article_that_changed_only_the_passages_that_did_are_encoded_again(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path
) -> None:
    before = [f"{number} envoys of both islands met. They left in the morning." for number in range(3)]
    after = [before[2], "A third island came. It left in the evening.", before[0], before[0]]
    add([document("a", "\n".join(before)), document("b")], engine, encoder)
    encoder.seen.clear()
    report = add([document("a", "\n".join(after)), document("c")], engine, encoder)
    assert encoder.seen == [f"Title of a. {after[1]}", f"Title of c. {TALKS}"]
    assert (report.changed, report.added) == (1, 1)
    assert engine.verify() == []
    another = open_engine(tmp_path / "another", create=engine.binding)
    add([document("a", "\n".join(after))], another, encoder)
    assert_same_vectors(engine, another, "a")


def test_under_another_title_all_passages_are_encoded_again(engine: Engine, encoder: FakeEncoder) -> None:
    text = f"{TALKS}\nThey left the harbour before the storm came."
    add([document("a", text)], engine, encoder)
    encoder.seen.clear()
    add([document("a", text, title="Talks end")], engine, encoder)
    assert encoder.seen == [f"Talks end. {paragraph}" for paragraph in text.split("\n")]


def assert_same_vectors(one: Engine, other: Engine, article_id: str) -> None:
    (stored, mine), (_, theirs) = (engine.encoded([article_id])[article_id] for engine in (one, other))
    assert len(mine.passages) == len(stored.passages)
    for own, expected in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(own, expected)


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
    standing = SimpleNamespace(monotonic=lambda: 7.0, perf_counter=time.perf_counter)
    monkeypatch.setattr("indexer.build.time", standing)  # not time's own: servers in other threads wait by it
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
