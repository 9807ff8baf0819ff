"""Ending a long command: one signal is heeded between two documents, two break off, and waiting ends at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from api.console.stopping import Stop, StoppedError
from indexer.items import Failure

ITEMS = [Failure(name, "an empty file") for name in "abc"]
SIGNALS = [signal.SIGINT, signal.SIGTERM]


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def test_without_a_signal_all_items_come_and_waiting_ends_when_its_time_is_over() -> None:
    with Stop() as stop:
        assert list(stop.until(ITEMS)) == ITEMS
        assert stop.wait(0.001) is False
        stop.sleep(0.001)


@pytest.mark.parametrize("number", SIGNALS)
def test_after_a_signal_no_more_items_come(number: signal.Signals) -> None:
    with Stop() as stop:
        found = []
        for item in stop.until(ITEMS):
            found.append(item)
            send(number)
        assert (found, stop.heard) == (ITEMS[:1], True)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_breaks_off(number: signal.Signals) -> None:
    with Stop() as stop:
        send(number)
        assert stop.heard
        with pytest.raises(KeyboardInterrupt):
            send(number)


def test_a_signal_ends_all_waiting_in_whatever_thread() -> None:
    ended = []
    with Stop() as stop:

        def sleep() -> None:
            with pytest.raises(StoppedError):
                stop.sleep(3600)
            ended.append(True)

        threads = [threading.Thread(target=sleep) for _ in range(3)]
        for thread in threads:
            thread.start()
        sender = threading.Timer(0.05, send, [signal.SIGTERM])
        sender.start()
        assert stop.wait(3600) is True
        assert stop.wait(3600) is True
        for thread in [*threads, sender]:
            thread.join()
    assert ended == [True] * 3


def test_who_sleeps_between_two_items_ends_them() -> None:
    def sleepy(stop: Stop) -> Iterator[Failure]:
        yield ITEMS[0]
        stop.sleep(3600)
        yield ITEMS[1]

    with Stop() as stop:
        found = []
        for item in stop.until(sleepy(stop)):
            found.append(item)
            threading.Timer(0.05, send, [signal.SIGINT]).start()
        assert found == ITEMS[:1]


def test_afterwards_signals_mean_what_they_meant() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with Stop():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
