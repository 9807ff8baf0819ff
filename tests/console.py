"""What tests of commands need beside the console (tests/console_fixtures.py): news, and models without weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from api.answerable import SIGNS, Answerable
from indexer.encode import Encoder
from indexer.errors import EncoderError
from tests.fakes import FakeEncoder

NEWS = [
    {
        "id": "vienna",
        "title": "Ministers meet in Vienna",
        "text": "Ministers of both states met in Vienna on Monday.\nThey agreed to reopen the border at Kelmen in May.",
        "publisher": "Morning Post",
        "published": "2012-05-21",
        "url": "https://example.org/vienna",
    },
    {"id": "grain", "title": "Grain", "text": "The port of Dravia stopped all exports of grain after the storm."},
]


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


def load_fake(model: str | None, cache: Path, backend: str = "auto", threads: int | None = None) -> Encoder:
    match model:
        case None | "fake":
            return WideEncoder()
        case "other":
            return WideEncoder(weights="other-weights")
    raise EncoderError(f"model {model!r} is neither a folder nor a model that could be fetched")


class KeenReader:
    """A reranker to which the text with the most question marks is the most relevant."""

    def __init__(self, name: str) -> None:
        self.name = name

    def relevance(self, question: str, texts: Sequence[str]) -> np.ndarray:
        return np.array([min(1.0, text.count("?") / 3) for text in texts])


def certain(threshold: float) -> Callable[[], Answerable]:
    """Gives every question an even chance of being answered, and this threshold."""
    return lambda: Answerable(np.zeros(len(SIGNS)), 0.0, threshold)


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Dragoman = Callable[..., Ran]
