"""In which order sources have their turns."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from indexer.visits.interleaving import Turn, interleaved


def test_two_sources_of_one_host_wait_for_those_of_another() -> None:
    def asking(name: str, host: str) -> Iterator[str | Turn]:
        for _ in range(2):
            yield Turn(host)
            yield name

    given = [asking("a1", "a"), asking("a2", "a"), asking("b", "b")]
    assert list(interleaved(given)) == ["a1", "b", "a2", "b", "a1", "a2"]


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=6), max_size=6))
def test_what_one_source_gives_stays_in_its_order_and_nothing_is_lost(given_: list[list[tuple[str, int]]]) -> None:
    def giving(number: int) -> Iterator[tuple[int, int] | Turn]:
        for host, value in given_[number]:
            yield Turn(host)
            yield number, value

    found = list(interleaved([giving(number) for number in range(len(given_))]))
    for number, steps in enumerate(given_):
        assert [value for of, value in found if of == number] == [value for _, value in steps]
    assert len(found) == sum(map(len, given_))
