"""Which articles of a generation are of one origin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.embedded.columns import Columns
from indexer.embedded.editions import Editions
from indexer.types import Metadata, PartialDate


def editions(days: Sequence[str | None], origins: Sequence[int]) -> Editions:
    """Articles with versions 10, 11, ... of one or two passages each."""
    metadata = [Metadata(str(at), "Title", published=PartialDate(day) if day else None) for at, day in enumerate(days)]
    rows = [(10 + at, [2 * at, 2 * at + 1][: 1 + at % 2], meta) for at, meta in enumerate(metadata)]
    return Editions(Columns.build(rows, lambda _, __: np.array(origins, dtype=np.int64)))


def test_the_others_of_an_origin_come_from_the_earliest_to_those_without_a_date() -> None:
    found = editions([None, "2012-05", "2012-04-30", None, "2013", None], [2, 2, 2, 3, 2, 2])
    assert found.others(11) == [12, 14, 10, 15]
    assert found.others(12) == [11, 14, 10, 15]
    assert found.others(13) == []
    assert [found.first(version) for version in range(10, 16)] == [12, 12, 12, 13, 12, 12]


@given(st.lists(st.integers(0, 5), max_size=12))
def test_every_article_is_among_the_others_of_those_it_shares_its_origin_with(drawn: list[int]) -> None:
    origins = [drawn.index(label) for label in drawn]
    found = editions([None] * len(origins), origins)
    for at, origin in enumerate(origins):
        expected = {10 + other for other, label in enumerate(origins) if label == origin and other != at}
        assert set(found.others(10 + at)) == expected
