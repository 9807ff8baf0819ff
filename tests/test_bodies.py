"""Packed bodies come out whole or not at all, and never longer than the limit."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import FetchError
from indexer.readers.http.bodies import Body, coding, is_gzip, unpacked

MOST = 10_000


def bare_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


PACK = {
    None: lambda content: content,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}


def taken(packing: str | None, packed: bytes, *cuts: int, most: int = MOST) -> bytes:
    body = Body(packing, most)
    places = [0, *sorted(cut % (len(packed) + 1) for cut in cuts), len(packed)]
    for start, end in pairwise(places):
        body.add(packed[start:end])
    return body.whole()


@given(st.binary(max_size=500), st.sampled_from([None, "gzip", "deflate"]), st.lists(st.integers(0, 600), max_size=5))
def test_a_body_comes_out_as_it_was_wherever_it_is_cut(content: bytes, packing: str | None, cuts: list[int]) -> None:
    assert taken(packing, PACK[packing](content), *cuts) == content


@given(st.binary(max_size=500), st.lists(st.integers(0, 600), max_size=5))
def test_bare_deflate_is_understood_too(content: bytes, cuts: list[int]) -> None:
    assert taken("deflate", bare_deflate(content), *cuts) == content


@given(st.binary(min_size=1, max_size=100), st.sampled_from(["gzip", "deflate"]), st.integers(1, 50))
def test_a_packed_body_that_ends_early_is_refused(content: bytes, packing: str, missing: int) -> None:
    packed = PACK[packing](content)
    with pytest.raises(FetchError, match="before it is complete"):
        taken(packing, packed[: max(1, len(packed) - missing)])


@pytest.mark.parametrize("packing", [None, "gzip", "deflate"])
def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not(packing: str | None) -> None:
    assert len(taken(packing, PACK[packing](bytes(MOST)))) == MOST
    with pytest.raises(FetchError, match="10,000 bytes when unpacked"):
        taken(packing, PACK[packing](bytes(MOST + 1)))


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_a_bomb_is_refused_before_it_is_unpacked(packing: str) -> None:
    body = Body(packing, MOST)
    with pytest.raises(FetchError, match="when unpacked"):
        body.add(PACK[packing](bytes(50 * 2**20)))
    assert len(body._content) == MOST + 1


def test_several_gzip_members_are_one_body_and_stuffing_behind_them_is_passed_over() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    for stuffing in (b"", b"\x00\x00\x00", b"garbage"):
        assert taken("gzip", packed + stuffing) == b"one two"
        assert taken("gzip", packed + stuffing, 5, len(packed) - 1) == b"one two"


def test_a_thousand_gzip_members_are_not_unpacked() -> None:
    with pytest.raises(FetchError, match="more than 100 parts"):
        taken("gzip", gzip.compress(b"") * 1000)


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_a_damaged_body_is_refused(packing: str) -> None:
    packed = bytearray(PACK[packing](b"The ministers met on Tuesday." * 10))
    packed[-3] ^= 0xFF
    with pytest.raises(FetchError, match="damaged"):
        taken(packing, bytes(packed))
    with pytest.raises(FetchError, match="damaged"):
        taken(packing, b"<html>plain</html>")


def test_an_empty_packed_body_is_empty() -> None:
    assert taken("gzip", b"") == b""


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_time_is_looked_at_while_unpacking(packing: str) -> None:
    def late() -> None:
        raise FetchError("too late")

    body = Body(packing, MOST, late)
    with pytest.raises(FetchError, match="too late"):
        body.add(PACK[packing](b"The ministers met."))


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], None),
        ([""], None),
        (["identity"], None),
        (["gzip"], "gzip"),
        (["X-GZIP "], "gzip"),
        (["deflate, identity"], "deflate"),
    ],
)
def test_the_packing_is_read_from_the_field(values: list[str], found: str | None) -> None:
    assert coding(values) == found


@pytest.mark.parametrize("values", [["br"], ["zstd"], ["gzip, gzip"], ["gzip", "deflate"], ["x"], ["compress"]])
def test_any_other_packing_is_refused(values: list[str]) -> None:
    with pytest.raises(FetchError, match="only gzip or deflate"):
        coding(values)


def test_a_gzip_file_is_unpacked_but_not_one_inside_of_another() -> None:
    assert is_gzip(gzip.compress(b""))
    assert not is_gzip(b"<urlset/>")
    assert unpacked(gzip.compress(b"<urlset/>"), MOST) == b"<urlset/>"
    with pytest.raises(FetchError, match="inside another"):
        unpacked(gzip.compress(gzip.compress(b"<urlset/>")), MOST)
    with pytest.raises(FetchError, match="when unpacked"):
        unpacked(gzip.compress(bytes(MOST + 1)), MOST)
