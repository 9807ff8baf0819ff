"""The thread that stores: in order, all of a batch behind what it rests on, and nothing behind an error."""

from __future__ import annotations

import collections
from contextlib import closing
from datetime import UTC, datetime

import pytest

from indexer.engine import Engine
from indexer.errors import IndexProblem
from indexer.items import Failure, Vanished, Visit
from indexer.pipeline.storing import Batch, Writer

AT = datetime(2012, 5, 23, tzinfo=UTC)
URL = "https://example.org/a"


def failed(name: str) -> Batch:
    return Batch(failures={name: Failure(name, "bad")})


def seen(status: int = 200, article_id: str | None = None, kind: str = "page") -> Visit:
    return Visit(URL, "s", kind, AT, AT, status, article_id=article_id)  # type: ignore[arg-type]


def test_batches_are_stored_in_order_and_told(engine: Engine) -> None:
    batches = [failed(str(number)) for number in range(20)]
    writer = Writer(engine)
    for batch in batches:
        writer.give(batch)
    writer.finish()
    assert [written.batch for written in writer.written()] == batches
    assert writer.written() == []
    assert [failure.source for failure in engine.failures()] == [str(number) for number in range(20)]


def test_behind_an_error_nothing_is_stored_and_whoever_gives_more_is_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = engine.log_failures

    def refuse(failures: list[Failure]) -> None:
        if failures[0].source == "1":
            raise IndexProblem("the disk is full")
        log(failures)

    monkeypatch.setattr(engine, "log_failures", refuse)
    writer = Writer(engine)
    with pytest.raises(IndexProblem, match="the disk is full"):
        collections.deque(map(writer.give, (failed(str(number)) for number in range(100))), maxlen=0)
    with pytest.raises(IndexProblem, match="the disk is full"):
        writer.finish()
    assert [failure.source for failure in engine.failures()] == ["0"]
    assert len(writer.written()) == 1


def test_closing_waits_for_what_was_given_and_can_be_done_again(engine: Engine) -> None:
    writer = Writer(engine)
    with closing(writer):
        writer.give(failed("a"))
    assert len(engine.failures()) == 1
    writer.close()


@pytest.mark.parametrize("kind", ["page", "feed"])
def test_a_page_is_remembered_with_its_article_when_a_later_visit_finds_none(engine: Engine, kind: str) -> None:
    engine.keep_visits([seen(article_id="a")])
    with closing(Writer(engine)) as writer:
        writer.give(Batch(notes=[seen(500, kind=kind)]))
    assert engine.visit(URL) == seen(500, article_id="a" if kind == "page" else None, kind=kind)


def test_a_visit_and_the_page_gone_after_it_count_in_that_order(engine: Engine) -> None:
    writer = Writer(engine)
    writer.give(Batch(notes=[seen(article_id="a"), Vanished(URL, "404"), seen(404)]))
    writer.finish()
    assert [written.vanished for written in writer.written()] == [1]
    assert engine.visit(URL) == seen(404, article_id="a")


STORY, AMP = "https://example.org/story", "https://example.org/story/amp"


def at(url: str, status: int = 200) -> Visit:
    return Visit(url, "s", "page", AT, AT, status, article_id="a")


@pytest.mark.parametrize(
    ("elsewhere", "marked"),
    [([at(STORY)], 0), ([at(STORY, 304)], 0), ([at(STORY, 404)], 1), ([at(STORY, 500)], 1), ([], 1)],
)
def test_an_article_that_is_at_another_address_still_has_not_vanished(
    engine: Engine, elsewhere: list[Visit], marked: int
) -> None:
    engine.keep_visits([*elsewhere, at(AMP)])
    writer = Writer(engine)
    writer.give(Batch(notes=[Vanished(AMP, "410"), at(AMP, 410)]))
    writer.finish()
    assert [written.vanished for written in writer.written()] == [marked]


@pytest.mark.parametrize("between", [[at(AMP, 410)], []], ids=["one after the other", "at once"])
def test_an_article_that_is_gone_from_all_its_addresses_has_vanished(engine: Engine, between: list[Visit]) -> None:
    engine.keep_visits([at(STORY), at(AMP)])
    writer = Writer(engine)
    writer.give(Batch(notes=[Vanished(AMP, "410"), *between, Vanished(STORY, "410")]))
    writer.finish()
    assert [written.vanished for written in writer.written()] == [1]


def test_the_time_of_a_mark_is_in_seconds_as_all_times_of_the_index_are(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    since: list[datetime] = []
    monkeypatch.setattr(engine, "mark_vanished", lambda _, moment: since.append(moment) or 1)
    engine.keep_visits([at(AMP)])
    for _ in range(3):  # by chance one moment may have no fraction
        with closing(Writer(engine)) as writer:
            writer.give(Batch(notes=[Vanished(AMP, "410")]))
    assert [moment.microsecond for moment in since] == [0, 0, 0]


def test_what_is_well_is_forgotten_before_the_failures_of_its_batch_are_kept(engine: Engine) -> None:
    engine.log_failures([Failure("a", "old"), Failure("b", "old")])
    with closing(Writer(engine)) as writer:
        writer.give(Batch(recovered=["a", "b"], failures={"a": Failure("a", "new")}))
    assert engine.failures() == [Failure("a", "new")]
