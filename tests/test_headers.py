"""What header fields say is believed as far as it makes sense."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.readers.http.headers import LONGEST_WAIT, content_type, retry_after, validator, value, values

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_value", "media_type", "charset"),
    [
        (b"text/html", "text/html", None),
        (b"Text/HTML; Charset=UTF-8", "text/html", "utf-8"),
        (b'text/html;charset="windows-1251"; x=y', "text/html", "windows-1251"),
        (b"text/html; charset='utf-8'", "text/html", "utf-8"),
        (b"application/rss+xml;", "application/rss+xml", None),
        (b"text/html, text/plain", "text/html", None),
        (b"text/html; charset=a b", "text/html", None),
        (b"text/html; charset=" + b"x" * 50, "text/html", None),
        (b"html", None, None),
        (b"", None, None),
        (b"text/", None, None),
        (b"text/\xff", None, None),
    ],
)
def test_the_media_type_and_the_charset_are_read(
    given_value: bytes, media_type: str | None, charset: str | None
) -> None:
    assert content_type([(b"Content-Type", given_value)]) == (media_type, charset)


def test_a_field_is_found_by_its_name_in_any_case_and_read_as_utf_8_where_it_is() -> None:
    fields = [(b"Location", b" /\xc3\xbc "), (b"LOCATION", b"/\xfc"), (b"Location-X", b"/no")]
    assert values(fields, "location") == ["/ü", "/ü"]
    assert value([(b"A", b""), (b"a", b"b")], "a") == "b"
    assert value([], "a") is None
    assert content_type([]) == (None, None)


@pytest.mark.parametrize(
    ("given_value", "seconds"),
    [
        (b"120", 120.0),
        (b"0", 0.0),
        (b"Sun, 22 Nov 2026 12:02:00 GMT", 120.0),
        (b"Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        (b"Sun, 22 Nov 2026 13:02:00 +0100", 120.0),
        (b"9999999999", LONGEST_WAIT.total_seconds()),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT.total_seconds()),
        (b"99999999999", None),
        (b"-1", None),
        (b"1.5", None),
        ("１２".encode(), None),
        (b"soon", None),
        (b"", None),
    ],
)
def test_the_time_to_wait_is_a_number_of_seconds_or_a_date(given_value: bytes, seconds: float | None) -> None:
    assert retry_after([(b"Retry-After", given_value)], NOW) == seconds


@given(st.binary(max_size=60))
def test_no_time_to_wait_is_negative_or_longer_than_is_believed(given_value: bytes) -> None:
    found = retry_after([(b"Retry-After", given_value)], NOW)
    assert found is None or 0 <= found <= LONGEST_WAIT.total_seconds()


@pytest.mark.parametrize("good", ['"abc"', 'W/"a b"', "abc", "Sun, 22 Nov 2026 12:02:00 GMT", "x" * 512])
def test_a_validator_that_can_be_sent_back_is_kept(good: str) -> None:
    assert validator(good) == good


@pytest.mark.parametrize("bad", [None, "", " a", "a\r\nHost: b", "a\x00", "é", "x" * 513])
def test_any_other_validator_is_none(bad: str | None) -> None:
    assert validator(bad) is None
