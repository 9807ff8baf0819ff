"""A counter of word pieces that misbehaves on certain words: what a fault of a parser does to its process."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Sequence

from tests.fakes import count_pieces


def count(texts: Sequence[str]) -> list[int]:
    """Word pieces, except of what is up to no good."""
    for text in texts:
        for word, deed in DEEDS.items():
            if word in text:
                deed()
    return count_pieces(texts)


def _loop() -> None:
    """For ever, and deaf to signals that Python handles: the interpreter never gets its turn."""
    re.match(r"(a+)+$", "a" * 64 + "b")


def _eat() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(2**24))


def _print() -> None:
    print("something that is no answer", flush=True)  # noqa: T201
    print("nor is this", file=sys.stderr, flush=True)  # noqa: T201


def _fail() -> None:
    raise KeyError("what nobody thought of")


DEEDS = {
    "LOOPS": _loop,
    "SLEEPS": lambda: time.sleep(10**6),
    "EATS": _eat,
    "DIES": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "LEAVES": lambda: os._exit(3),
    "PRINTS": _print,
    "FAILS": _fail,
}
