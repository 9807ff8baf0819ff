"""Many sources taken in turns, so that the pause that one host is owed is used for asking another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Turn(NamedTuple):
    """Says that a host is asked next ("" is none of them); a source that gives it is interrupted there."""

    host: str


@dataclass(slots=True)
class _Waiting:
    host: str | None
    steps: Iterator[object]


def interleaved(sources: Iterable[Iterator[T | Turn]]) -> Iterator[T]:
    """Everything that the sources give but their turns; what one gives stays in its order.

    At each turn that source goes on whose host was asked longest ago, or never; of several the one that waits longest.
    """
    waiting = [_Waiting(None, source) for source in sources]
    asked: dict[str | None, int] = {}
    turn = 0
    while waiting:
        turn += 1
        place = min(range(len(waiting)), key=lambda index: asked.get(waiting[index].host, 0))
        chosen = waiting.pop(place)
        if chosen.host is not None:  # else it has only begun
            asked[chosen.host] = turn
        for step in chosen.steps:
            if isinstance(step, Turn):
                chosen.host = step.host
                waiting.append(chosen)
                break
            yield step  # type: ignore[misc]
