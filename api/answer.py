"""What a search answers, the same on every surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.facets import Facets
from api.when import Period
from indexer.types import Hit, IndexInfo, Query

if TYPE_CHECKING:  # pandas is not needed for anything else
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Reading:
    """A second reading by a reranker: its name, how many passages it read, and how long it took in milliseconds."""

    model: str
    passages: int
    took_ms: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lap:
    """A stage of the search and how long it took, in milliseconds."""

    stage: str
    ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for a query in their order, with what was understood of it.

    ``answerable`` is the probability, 0 to 1, that one of the best hits answers, and ``is_answered`` whether that is
    enough to present them as answers; None and True where no question was asked (passages like a given one).
    ``periods`` are what the question says of time. ``cursor`` is where the next page begins, None after the last one.
    ``found`` is how many hits all pages have, and ``origins`` from how many independent origins these are: articles of
    one origin are one story in several editions. Of passages like a given one it leaves out that one's own origin.
    ``took_ms`` and ``laps`` (parse, encode, dense, lexical, rank) are in milliseconds; two answers that differ in
    nothing else are equal.
    """

    query: Query
    hits: tuple[Hit, ...]
    periods: tuple[Period, ...]
    answerable: float | None
    is_answered: bool
    index: IndexInfo
    took_ms: float = field(compare=False)
    reading: Reading | None = None
    cursor: str | None = None
    found: int = 0
    origins: int = 0
    facets: Facets | None = None
    laps: tuple[Lap, ...] = field(default=(), compare=False)

    def to_pandas(self) -> pd.DataFrame:
        """The hits as a table with a row for each. Raises DragomanError where pandas is not installed."""
        from api.frames import frame  # noqa: PLC0415 - for the few that ask for it

        return frame(self.hits)
