"""One exchange has so much time and so many bytes, and no more."""

from __future__ import annotations

import pytest

from indexer.errors import FetchError
from indexer.readers.http.exchange import Exchange
from indexer.readers.http.fetching import Limits

LIMITS = Limits(total_seconds=60, wire_bytes=1000, header_bytes=100)


def test_a_header_is_read_up_to_its_limit_and_no_further() -> None:
    exchange = Exchange(LIMITS)
    exchange.expect_head()
    assert exchange.room() == 100
    exchange.count(100)
    with pytest.raises(FetchError, match="header is longer than 100 bytes"):
        exchange.room()


def test_a_body_is_read_up_to_one_byte_over_the_limit_which_is_refused() -> None:
    exchange = Exchange(LIMITS)
    exchange.expect_head()
    exchange.count(100)
    exchange.expect_body()
    assert exchange.room() == 901
    exchange.count(900)
    assert exchange.room() == 1
    with pytest.raises(FetchError, match="longer than 1,000 bytes"):
        exchange.count(1)


def test_every_answer_of_an_exchange_has_a_header_of_its_own_but_all_share_the_bytes() -> None:
    exchange = Exchange(LIMITS)
    for _ in range(10):
        exchange.expect_head()
        assert exchange.room() == 100
        exchange.count(100)
    with pytest.raises(FetchError, match="longer than 1,000 bytes"):
        exchange.count(1)


def test_when_the_time_is_up_nothing_goes_on() -> None:
    assert 0 < Exchange(LIMITS).seconds() <= 60
    with pytest.raises(FetchError, match="no complete answer within 0 seconds"):
        Exchange(Limits(total_seconds=0)).check()
