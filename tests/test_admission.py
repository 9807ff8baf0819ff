"""So many searches run, so many wait in their order, and the rest are told at once when to come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from api.serving.admission import MOST, Admission
from indexer.errors import Busy, SettingError
from indexer.settings import Settings

LONG = 60
"""Seconds after which a test that hangs gives up; nothing waits for them."""


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Search(threading.Thread):
    """A search that runs from when it is let in to when it is told to end."""

    def __init__(self, admission: Admission, began: Callable[[], None] = lambda: None) -> None:
        super().__init__(daemon=True)
        self._admission, self._began = admission, began
        self.let_in, self.end, self.refused = threading.Event(), threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with self._admission.turn():
                self._began()
                self.let_in.set()
                self.end.wait(LONG)
        except Busy:
            self.refused.set()

    def finish(self) -> None:
        self.end.set()
        self.join(LONG)
        assert not self.is_alive()


@contextmanager
def searches(admission: Admission, running: int, waiting: int) -> Iterator[tuple[list[Search], list[Search]]]:
    """So many searches that run, and so many that wait; all are ended with the block."""
    with ExitStack() as stack:
        inside, outside = [], []
        for _ in range(running):
            inside.append(Search(admission))
            inside[-1].start()
            stack.callback(inside[-1].finish)
            assert inside[-1].let_in.wait(LONG)
        for number in range(1, waiting + 1):
            outside.append(Search(admission))
            outside[-1].start()
            until(lambda number=number: admission.waiting == number)  # type: ignore[misc]
            stack.callback(outside[-1].finish)
        stack.callback(lambda: [search.end.set() for search in (*inside, *outside)])
        yield inside, outside


def until(true: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    pause = threading.Event()
    for _ in range(LONG * 1000):
        if true():
            return
        pause.wait(0.001)
    raise AssertionError("it never became true")


def test_searches_within_the_limit_run_at_once() -> None:
    admission = Admission(3, 0)
    with searches(admission, 3, 0):
        assert (admission.running, admission.waiting) == (3, 0)
    assert (admission.running, admission.waiting) == (0, 0)


def test_one_more_than_may_wait_is_refused_at_once_and_told_when_to_come_back() -> None:
    admission = Admission(1, 24)
    with searches(admission, 1, 24) as (_, waiting):
        assert (admission.running, admission.waiting) == (1, 24)
        with pytest.raises(Busy, match="1 searches are running and 24 waiting") as caught, admission.turn():
            pass
        assert caught.value.retry_after >= 1
        assert not any(search.let_in.is_set() for search in waiting)


def test_with_no_room_to_wait_the_next_is_refused() -> None:
    admission = Admission(1, 0)
    with searches(admission, 1, 0), pytest.raises(Busy), admission.turn():
        pass
    with admission.turn():
        assert admission.running == 1


@pytest.mark.parametrize(("seconds", "room"), [(0.0, 20), (0.01, 20), (0.1, 14), (0.2, 6), (0.3, 3), (0.5, 2), (30, 2)])
def test_of_slow_searches_fewer_wait_so_that_none_waits_long_but_as_many_as_run(seconds: float, room: int) -> None:
    for waiting in (room - 1, room):
        clock = Clock()
        admission = Admission(2, 20, clock=clock)
        with admission.turn():
            clock.now += seconds
        with searches(admission, 2, waiting):
            assert (admission.refusal() is None) == (waiting < room)
            if waiting == room:
                with pytest.raises(Busy), admission.turn():
                    pass


def test_turns_are_given_in_the_order_in_which_searches_came() -> None:
    admission = Admission(1, 5)
    with searches(admission, 1, 5) as (running, waiting):
        for before, after in zip([*running, *waiting], waiting, strict=False):
            before.finish()
            assert after.let_in.wait(LONG)
            assert admission.running == 1
            assert [search.let_in.is_set() for search in waiting].count(True) == waiting.index(after) + 1


def test_who_comes_while_others_wait_does_not_pass_them() -> None:
    admission = Admission(1, 2)
    with searches(admission, 1, 1) as (running, [first]):
        late = Search(admission)
        late.start()
        until(lambda: admission.waiting == 2)
        running[0].finish()
        assert first.let_in.wait(LONG)
        assert not late.let_in.is_set()
        first.finish()
        assert late.let_in.wait(LONG)
        late.finish()


def test_never_more_run_than_may_whatever_they_do() -> None:
    admission, most, lock = Admission(2, 20), [0], threading.Lock()

    def look() -> None:
        with lock:
            most[0] = max(most[0], admission.running)

    crowd = [Search(admission, look) for _ in range(22)]
    for search in crowd:
        search.end.set()
        search.start()
    for search in crowd:
        search.join(LONG)
    assert 1 <= most[0] <= 2
    assert (admission.running, admission.waiting) == (0, 0)


def test_a_search_that_fails_gives_its_turn_back() -> None:
    admission = Admission(1, 0)
    with pytest.raises(ZeroDivisionError), admission.turn():
        1 / 0  # noqa: B018
    assert admission.running == 0


def test_whoever_waited_longer_than_the_patience_is_refused_and_leaves_the_queue() -> None:
    admission = Admission(1, 1, patience=0.001)
    with searches(admission, 1, 0):
        with pytest.raises(Busy), admission.turn():
            pass
        assert (admission.running, admission.waiting) == (1, 0)
    with admission.turn():
        assert admission.running == 1


def test_a_turn_that_comes_at_the_last_moment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    admission = Admission(1, 1)
    with searches(admission, 1, 0) as ([running], _):

        class Late(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                running.finish()  # gives the turn to this one, which has given up looking
                return False

        monkeypatch.setattr("api.serving.admission.threading.Event", Late)
        with admission.turn():
            assert (admission.running, admission.waiting) == (1, 0)
    assert admission.running == 0


def test_the_advice_grows_with_the_time_that_searches_took_and_with_those_ahead() -> None:
    clock = Clock()
    admission = Admission(2, 0, clock=clock)
    with admission.turn():
        clock.now += 9
    with searches(admission, 2, 0), pytest.raises(Busy) as caught, admission.turn():
        pass
    assert caught.value.retry_after == 9
    assert "try again in 9 seconds" in str(caught.value)


def test_the_advice_is_a_second_at_least_and_a_minute_at_most() -> None:
    clock = Clock()
    for took, advice in ((0.01, 1), (10_000, 60)):
        admission = Admission(1, 0, clock=clock)
        with admission.turn():
            clock.now += took
        with searches(admission, 1, 0), pytest.raises(Busy) as caught, admission.turn():
            pass
        assert caught.value.retry_after == advice


@pytest.mark.parametrize(("running", "waiting"), [(0, 5), (1, -1), (1, MOST), (MOST + 1, 0)])
def test_limits_that_would_take_every_thread_are_refused(running: int, waiting: int) -> None:
    with pytest.raises(SettingError, match=r"DRAGOMAN_CONCURRENCY .*and DRAGOMAN_QUEUE"):
        Admission(running, waiting)


def test_the_default_settings_are_within_the_limits() -> None:
    Admission(Settings().concurrency, Settings().queue)
    Admission(1, MOST - 1)
