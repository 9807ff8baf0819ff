"""The time and the bytes that one exchange over the web has left, however slowly it drips."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from indexer.errors import FetchError, Refused
from indexer.readers.http.fetching import Limits


class Exchange:
    """Counts from the moment it is made. What goes over the limit of time raises FetchError, of bytes Refused."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._until = time.monotonic() + limits.total_seconds
        self._received = 0
        self._head_until: int | None = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time that passes in here is not counted."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._until += time.monotonic() - began

    def seconds(self) -> float:
        """The seconds that are left, more than none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise self.late()
        return left

    def check(self) -> None:
        """Raises FetchError when the time is up."""
        self.seconds()

    def late(self) -> FetchError:
        return FetchError(f"no complete answer within {self.limits.total_seconds:g} seconds: try again later")

    def expect_head(self) -> None:
        """From here on bytes are those of a header, until ``expect_body``."""
        self._head_until = self._received + self.limits.header_bytes

    def expect_body(self) -> None:
        self._head_until = None

    def room(self) -> int:
        """How many bytes to read at most next.

        Of a body it is one more than may come, which tells what is too long from what just fits; of a header it is not,
        since what is read with its end is the beginning of the body.
        """
        if self._head_until is None:
            return self.limits.wire_bytes - self._received + 1
        if self._received >= self._head_until:
            raise Refused(f"the answer's header is longer than {self.limits.header_bytes:,} bytes, the limit")
        return self._head_until - self._received

    def count(self, received: int) -> None:
        """So many bytes have come."""
        self._received += received
        if self._received > self.limits.wire_bytes:
            raise Refused(f"the answer is longer than {self.limits.wire_bytes:,} bytes, the limit")
