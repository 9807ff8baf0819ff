"""A run that ends early or is slow: what it costs, and what is there afterwards."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer import build
from indexer.build import BATCH, Report, add
from indexer.encode import Vectors
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import EncoderError, IndexProblem
from indexer.items import Failure, Item, RawDocument
from indexer.pipeline import flow
from tests.documents import BROKEN, TALKS, document, long_document, visit
from tests.fakes import FakeEncoder


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
