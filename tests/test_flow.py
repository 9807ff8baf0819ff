"""Items in, outcomes out: in order, whatever the documents do to the processes that prepare them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.errors import DragomanError
from indexer.items import Failure, Item, RawDocument, Vanished
from indexer.passages import Splitting
from indexer.pipeline import flow as flow_module
from indexer.pipeline.flow import FEW, Flow
from indexer.pipeline.prepare import Prepared, attempt
from indexer.pipeline.workers import Limits
from tests.fakes import count_pieces
from tests.test_workers import RULE, is_there, paragraphs

LIMITS = Limits(seconds=1.5, memory=2**26, processes=2)

PAGE = RawDocument(
    "talks.html",
    "text/html",
    b"<html><head><title>Envoys meet</title></head><body><article><h1>Envoys meet</h1>"
    + b"<p>Envoys of both islands met in the old harbour and agreed on nothing after two days.</p>" * 5
    + b"</article></body></html>",
    url="https://example.org/talks",
)


def outcomes(items: Iterable[Item], limits: Limits = LIMITS, rule: Splitting | None = RULE) -> list[object]:
    with Flow(items, rule, limits) as flow:
        return [taken.outcome for taken in flow]


def name_of(outcome: object) -> str:
    return outcome.article.id if isinstance(outcome, Prepared) else outcome.source  # type: ignore[attr-defined]


def children() -> set[int]:
    """The processes that this one has started."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_there(int(entry.name)):
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                found.add(int(entry.name))
    return found


def test_a_thousand_documents_with_fifty_bad_ones_are_950_articles_in_their_order() -> None:
    words = dict.fromkeys(range(1000), "")
    words |= dict.fromkeys(range(7, 1000, 20), "FAILS")
    words |= {27: "DIES", 28: "", 247: "EATS", 507: "LOOPS", 707: "LEAVES", 987: "DIES"}
    run = [paragraphs(str(number), word) for number, word in words.items()]
    found = outcomes(run)
    assert [name_of(outcome).removeprefix("news.jsonl:") for outcome in found] == [str(number) for number in words]
    failed = {name_of(outcome).removeprefix("news.jsonl:") for outcome in found if isinstance(outcome, Failure)}
    assert failed == {str(number) for number, word in words.items() if word}
    assert sum(isinstance(outcome, Prepared) for outcome in found) == 950


def test_two_in_a_row_that_end_their_process_are_two_failures_and_their_neighbours_are_taken() -> None:
    run = [paragraphs(f"first {number}") for number in range(FEW)]
    run += [paragraphs("a", "DIES"), paragraphs("b", "EATS"), paragraphs("c", "LEAVES"), paragraphs("d")]
    assert [type(outcome) for outcome in outcomes(run)[FEW:]] == [Failure, Failure, Failure, Prepared]


def test_everything_that_is_no_document_keeps_its_place() -> None:
    gone, failed = Vanished("https://example.org/a", "404"), Failure("photo.png", "a PNG image")
    found = outcomes([gone, PAGE, failed, paragraphs("a"), gone])
    assert [type(outcome) for outcome in found] == [Vanished, Prepared, Failure, Prepared, Vanished]
    assert found[0] == found[4] == gone
    assert found[2] == failed


@given(st.lists(st.sampled_from([*"abcde", PAGE, Failure("f", "bad"), Vanished("v", "404")]), max_size=30))
@hypothesis_settings(deadline=None, max_examples=5)
def test_outcomes_are_what_preparing_here_gives_whatever_comes(given_items: list[Item | str]) -> None:
    items = [paragraphs(item) if isinstance(item, str) else item for item in given_items]
    assert outcomes(items) == [attempt(item, RULE) if isinstance(item, RawDocument) else item for item in items]


def test_a_few_small_plain_documents_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_module, "Worker", None)
    run = [paragraphs(str(number)) for number in range(FEW - 1)]
    assert [name_of(outcome) for outcome in outcomes(run)] == [str(number) for number in range(FEW - 1)]


@pytest.mark.parametrize(
    "raw",
    [PAGE, replace(PAGE, media_type="text/markdown"), paragraphs("large", "x" * 2**16)],
    ids=["html", "markdown", "large"],
)
def test_what_may_be_hostile_is_never_prepared_in_this_process(
    raw: RawDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("prepared here")

    monkeypatch.setattr(flow_module, "attempt", refuse)
    assert len(outcomes([raw])) == 1


def test_without_a_rule_that_can_be_sent_articles_come_unsplit() -> None:
    (found,) = outcomes([PAGE], rule=None)
    assert isinstance(found, Prepared)
    assert found.passages == ()
    assert found.sketch == attempt(PAGE, RULE).sketch  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "limits", [replace(LIMITS, window=20), replace(LIMITS, window_bytes=20 * len(paragraphs("100").content))]
)
def test_a_source_is_read_no_further_than_the_window_lets(limits: Limits) -> None:
    read = 0
    ahead = []

    def source() -> Iterator[RawDocument]:
        nonlocal read
        for number in range(100, 300):
            read += 1
            yield paragraphs(str(number))

    with Flow(source(), RULE, limits) as flow:
        for given_back, _ in enumerate(flow, 1):
            ahead.append(read - given_back)
    assert read == 200
    assert 10 < max(ahead) <= 21  # the one that waits for room has been read, too


def test_a_document_larger_than_the_window_is_taken_alone() -> None:
    assert len(outcomes([paragraphs("a"), PAGE, paragraphs("b")], replace(LIMITS, window_bytes=10))) == 3


def test_what_a_source_raises_ends_the_line_behind_what_it_gave() -> None:
    def source() -> Iterator[Item]:
        yield from [paragraphs("a"), PAGE]
        raise OSError("the disk is gone")

    with Flow(source(), RULE, LIMITS) as flow:
        assert len(list(flow)) == 2
        assert str(flow.error) == "the disk is gone"


def test_processes_that_do_not_start_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.pipeline.workers._CHILD", "import sys; sys.exit(5)")
    with pytest.raises(DragomanError, match="does not start"):
        outcomes([PAGE])


def leave_early(flow: Flow) -> None:
    next(iter(flow))


def leave_by_interrupt(flow: Flow) -> None:
    next(iter(flow))
    raise KeyboardInterrupt


def leave_at_once(flow: Flow) -> None:
    pass


def leave_at_the_end(flow: Flow) -> None:
    list(flow)


@pytest.mark.parametrize("leave", [leave_early, leave_by_interrupt, leave_at_once, leave_at_the_end])
def test_however_it_is_left_no_process_and_no_thread_is(leave: Callable[[Flow], None]) -> None:
    before, threads = children(), threading.active_count()
    run = [PAGE, *(paragraphs(str(number)) for number in range(200))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow_module, "FEW", 0)
        try:
            with Flow(run, RULE, replace(LIMITS, window=50)) as flow:
                leave(flow)
        except KeyboardInterrupt:
            pass
    assert children() == before
    assert threading.active_count() == threads


def test_leaving_does_not_wait_for_a_document_that_takes_for_ever() -> None:
    before = children()
    with Flow([PAGE, paragraphs("bad", "SLEEPS " * 2**14)], RULE, replace(LIMITS, seconds=10**6)) as flow:
        next(iter(flow))
    assert children() == before


def test_a_process_that_starts_while_all_are_ended_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before, start = children(), flow_module.Worker
    endless = replace(PAGE, content=PAGE.content.replace(b"Envoys", b"Envoys SLEEPS"))
    with Flow([endless], RULE, replace(LIMITS, seconds=10**6)) as flow:

        def start_late(*given: object) -> object:
            with flow._turn:
                flow._turn.wait_for(lambda: flow._stopped)
            return start(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(flow_module, "Worker", start_late)
    assert children() == before


def test_a_process_is_replaced_after_its_time_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_module, "_LIFE", 70)
    started = []
    start = flow_module.Worker
    monkeypatch.setattr(flow_module, "Worker", lambda *given: started.append(1) or start(*given))
    run = [paragraphs(str(number)) for number in range(200)]
    assert [name_of(outcome) for outcome in outcomes(run, replace(LIMITS, processes=1))] == [
        str(number) for number in range(200)
    ]
    assert len(started) > 1


def test_counts_in_another_process_are_those_of_this_one() -> None:
    rule = Splitting.for_model(count_pieces, 64)
    long = paragraphs("long", "and ".join(f"envoy {number} of the islands " for number in range(300)))
    raws = [*(paragraphs(str(number)) for number in range(FEW)), long]
    assert outcomes(raws, rule=rule) == [attempt(raw, rule) for raw in raws]
