"""What is taken from web archives, and what becomes of records that are not what they claim to be."""

import gzip
import io
import os
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastwarc.stream_io import Lz4Writer, ZstdWriter
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.items import Failure, Known, RawDocument
from indexer.readers import packing
from indexer.readers.archives import captures, warc
from indexer.readers.files import FORMATS, read_files
from tests.peaks import read_in_another_process

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "warc"
PAGE = b"<!DOCTYPE html><title>Talks</title><p>They met.</p>"
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n"


def record(
    url: str = "http://example.org/a",
    kind: str = "response",
    block: bytes = HTTP + b"\r\n" + PAGE,
    *,
    length: object = None,
    content_type: str = "application/http; msgtype=response",
    more: str = "",
) -> bytes:
    stated = len(block) if length is None else length
    header = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2020-01-02T03:04:05Z\r\n"
        f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: {content_type}\r\n{more}Content-Length: {stated}\r\n\r\n"
    )
    return header.encode("utf-8", "surrogateescape") + block + b"\r\n\r\n"


def arc_record(url: str, block: bytes, length: object = None) -> bytes:
    stated = len(block) if length is None else length
    return f"{url} 192.0.2.1 20140216050221 text/html {stated}\n".encode() + block + b"\n"


ARC_HEAD = arc_record("filedesc://a.arc", b"1 0 Example\nURL IP-address Archive-date Content-type Archive-length\n\n")


def pages(*numbers: int) -> list[bytes]:
    return [record(f"http://example.org/{number}") for number in numbers]


def packed_with(writer: Callable[[io.BytesIO], Any]) -> Callable[[bytes], bytes]:
    def pack(content: bytes) -> bytes:
        packed = io.BytesIO()
        open_writer = writer(packed)
        open_writer.write(content)
        open_writer.flush()
        open_writer.close()
        return packed.getvalue()

    return pack


PACKS = {"plain": bytes, "gzip": gzip.compress, "zstd": packed_with(ZstdWriter), "lz4": packed_with(Lz4Writer)}


def read(folder: Path, content: bytes) -> list[RawDocument | Failure]:
    path = folder / "a.warc"
    path.write_bytes(content)
    return list(read_files([path]))


def urls(items: list[RawDocument | Failure]) -> list[str | None]:
    """The addresses of the documents, None for a failure."""
    return [item.url if isinstance(item, RawDocument) else None for item in items]


def only(items: list[RawDocument | Failure]) -> RawDocument:
    (item,) = items
    assert isinstance(item, RawDocument), item
    return item


def reason(items: list[RawDocument | Failure]) -> str:
    (item,) = items
    assert isinstance(item, Failure), item
    return item.reason


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_pages_come_with_address_date_encoding_and_number(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    parts = [record(kind="warcinfo"), record("<http://example.org/a b>"), record(kind="request"), *pages(2)]
    path = tmp_path / "news.warc.gz"
    path.write_bytes(b"".join(map(pack, parts)))
    known = Known(publisher="The Example Post")
    first, second = read_files([path], known=known)
    assert first == RawDocument(
        source=f"{path}#2 http://example.org/a%20b",
        media_type="text/html",
        content=PAGE,
        url="http://example.org/a%20b",
        fetched_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
        charset="utf-8",
        known=known,
        input=str(path),
    )
    assert second.source == f"{path}#4 http://example.org/2"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_pages_of_arc_files_come_likewise(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    page = arc_record("http://example.org/a?b=c d", HTTP + b"\r\n" + PAGE)
    image = arc_record("http://example.org/b", HTTP.replace(b"text/html", b"image/png") + b"\r\n" + PAGE)
    item = only(read(tmp_path, b"".join(map(pack, [ARC_HEAD, page, image]))))
    assert (item.url, item.content, item.charset) == ("http://example.org/a?b=c%20d", PAGE, "utf-8")
    assert item.fetched_at == datetime(2014, 2, 16, 5, 2, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "skipped",
    [
        record(kind="request"),
        record(kind="revisit"),
        record(kind="metadata"),
        record(kind="conversion"),
        record("dns:example.org", "response", b"20200101\nexample.org. A", content_type="text/dns"),
        record("metadata://example.org/log", "resource", b"a log", content_type="text/plain"),
        record(block=HTTP.replace(b"200 OK", b"404 Not Found") + b"\r\n" + PAGE),
        record(block=HTTP.replace(b"200 OK", b"302 Found") + b"Location: /b\r\n\r\n"),
        record(block=HTTP.replace(b"text/html", b"image/jpeg") + b"\r\n\xff\xd8\xff"),
        record(block=HTTP.replace(b"text/html", b"application/json") + b"\r\n{}"),
        record(block=b'HTTP/1.1 200 OK\r\n\r\n{"no": "type"}'),
        record("http://example.org/robots.txt", block=HTTP.replace(b"html", b"plain") + b"\r\nDisallow: /"),
        record(block=HTTP + b"\r\n \r\n"),
        record(block=HTTP.replace(b"text/html", b"image/jpeg") + b"\r\n", more="WARC-Truncated: length\r\n"),
    ],
)
def test_what_is_no_page_is_passed_over_in_silence(tmp_path: Path, skipped: bytes) -> None:
    assert only(read(tmp_path, skipped + pages(1)[0])).url == "http://example.org/1"
    assert reason(read(tmp_path, skipped)).startswith("no page in this archive: it holds 1 ")


@pytest.mark.parametrize(
    ("taken", "content"),
    [
        (record(kind="resource", block=PAGE, content_type="text/html"), PAGE),
        (record(block=HTTP.replace(b"\r", b"") + b"\n" + PAGE), PAGE),
        (record(block=b"HTTP/1.1 200 OK\r\n\r\n" + PAGE), PAGE),
        (record(block=b"HTTP/2 200\r\ncontent-type: Application/XHTML+XML\r\n\r\n" + PAGE), PAGE),
        (record(block=HTTP + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)), PAGE),
        (record(block=HTTP + b"Content-Encoding: x-gzip, identity\r\n\r\n" + gzip.compress(PAGE)), PAGE),
        (record(block=HTTP + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(PAGE)), PAGE),
        (record(block=HTTP + b"Content-Encoding: gzip\r\n\r\n" + PAGE), PAGE),
        (record(block=HTTP + b"Content-Encoding: br\r\n\r\n" + PAGE), PAGE),
        (record(block=HTTP + b"Transfer-Encoding: chunked\r\n\r\n33\r\n" + PAGE + b"\r\n0\r\n\r\n"), PAGE),
        (record(block=HTTP + b"Transfer-Encoding: chunked\r\n\r\n" + PAGE), PAGE),
    ],
)
def test_pages_are_taken_out_of_their_wrappings(tmp_path: Path, taken: bytes, content: bytes) -> None:
    item = only(read(tmp_path, taken))
    assert (item.content, item.media_type) == (content, "text/html")


def test_plain_text_stays_plain_text(tmp_path: Path) -> None:
    assert (
        only(read(tmp_path, record(block=HTTP.replace(b"html", b"plain") + b"\r\nThey met."))).media_type
        == "text/plain"
    )


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (record(length=10**11), "claims 100,000,000,000 bytes"),
        (record(length=10**30), "states no length but '1000000"),
        (record(length=-5), "states no length but '-5'"),
        (record(length="x\x1b"), "states no length but 'x\\x1b'"),
        (record(length=100), "its length is wrong"),
        (record(length=len(HTTP) + 2 + len(PAGE) + 40), "its length is wrong"),
        (record(more=f"X: {'a' * 100_000}\r\n"), "no record can be read here"),
        (record() + b"something else\r\n\r\n", "its length is wrong, or what follows it is no record"),
        (record(block=b"nothing of HTTP"), "no HTTP status"),
        (record(block=HTTP + b"Transfer-Encoding: chunked\r\n\r\n5\r\nThey \r\n9\r\nm"), "HTTP header cannot be read"),
        (record(block=HTTP + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08nonsense"), "cannot be unpacked"),
        (record(block=HTTP + b"Content-Encoding: shrink\r\n\r\nThey met"), "'shrink' is no known content coding"),
        (record(block=HTTP + b"\r\n%PDF-1.7"), "a PDF"),
        (record(block=HTTP + b"\r\n" + bytes(1000)), "control characters"),
        (record(more="WARC-Truncated: length\r\n"), "the crawler cut it short (length)"),
    ],
)
def test_a_damaged_record_is_a_failure_and_the_others_are_read(tmp_path: Path, damaged: bytes, says: str) -> None:
    one, two = pages(1, 2)
    for content in (one + damaged + two, b"".join(map(gzip.compress, [one, damaged, two]))):
        items = read(tmp_path, content)
        assert urls(items) == ["http://example.org/1", None, "http://example.org/2"]
        assert isinstance(items[1], Failure)
        assert items[1].reason.startswith("the record is left out: ")
        assert says in items[1].reason or content.startswith(b"\x1f")  # a part has an end of its own
        assert items[1].source.isprintable()


def test_a_record_over_the_cap_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "MAX_RECORD", 1000)
    monkeypatch.setattr(captures, "MAX_RECORD", 1000)
    large = record(block=HTTP + b"\r\n<p>" + b"a" * 5000)
    bomb = record(block=HTTP + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<p>" + b"a" * 5000))
    image = record(block=HTTP.replace(b"text/html", b"image/png") + b"\r\n" + b"a" * 5000)
    first, second, third = read(tmp_path, large + bomb + image + pages(1)[0])
    assert isinstance(first, Failure)
    assert "longer than" in first.reason
    assert isinstance(second, Failure)
    assert "holds more than" in second.reason
    assert isinstance(third, RawDocument)


@pytest.mark.parametrize("place", [12, 30, 100, -6, -2])
def test_a_broken_part_of_a_gzip_archive_costs_one_record(tmp_path: Path, place: int) -> None:
    one, two, three = map(gzip.compress, pages(1, 2, 3))
    broken = bytearray(two)
    broken[place] ^= 0xFF
    assert urls(read(tmp_path, one + bytes(broken) + three)) == ["http://example.org/1", None, "http://example.org/3"]


@pytest.mark.parametrize("name", ["zstd", "lz4"])
def test_a_broken_frame_costs_few_records(tmp_path: Path, name: str) -> None:
    parts = [
        PACKS[name](record(f"http://example.org/{n}", block=HTTP + b"\r\n<p>" + os.urandom(9000).hex().encode()))
        for n in range(9)
    ]
    broken = bytearray(parts[4])
    broken[2000:2100] = bytes(100)
    found = urls(read(tmp_path, b"".join([*parts[:4], bytes(broken), *parts[5:]])))
    assert None in found
    assert found[-4:] == [f"http://example.org/{n}" for n in range(5, 9)]
    assert found[:3] == [f"http://example.org/{n}" for n in range(3)]


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_archive_gives_what_it_held_and_a_failure(
    tmp_path: Path, pack: Callable[[bytes], bytes], kept: float
) -> None:
    content = b"".join(map(pack, pages(1, 2, 3, 4)))
    items = read(tmp_path, content[: int(len(content) * kept)])
    taken = [url for url in urls(items) if url]
    assert taken == [f"http://example.org/{n}" for n in range(1, len(taken) + 1)]
    assert len(taken) < 4
    assert isinstance(items[-1], Failure)


def test_records_in_one_gzip_part_are_read(tmp_path: Path) -> None:
    assert len(urls(read(tmp_path, gzip.compress(b"".join(pages(1, 2, 3)))))) == 3


def test_many_damaged_records_are_counted_in_one_line(tmp_path: Path) -> None:
    bad = record(more="WARC-Truncated: time\r\n")
    *named, last = read(tmp_path, bad * 1254)
    assert len(named) == warc.MAX_FAILURES
    assert isinstance(last, Failure)
    assert last.reason == "and 1,234 further records that cannot be taken"


def test_an_archive_of_beginnings_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "_READ_AGAIN", 0)
    *_, counted, last = read(tmp_path, b"WARC/1.0\nContent-Length: 99999\n\n" * 2000)
    assert isinstance(counted, Failure)
    assert "further records" in counted.reason
    assert isinstance(last, Failure)
    assert "the rest was given up" in last.reason


@pytest.mark.parametrize("pack", [gzip.compress, PACKS["zstd"]])
def test_an_archive_that_unpacks_to_too_much_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(packing, "ALWAYS", 100_000)
    items = read(tmp_path, pack(pages(1)[0] + b"\r\n" * 2_000_000) + pack(pages(1)[0]))
    assert isinstance(items[-1], Failure)
    assert "100 times its size" in items[-1].reason


def test_bad_headers_in_arc_files_cost_themselves(tmp_path: Path) -> None:
    good = HTTP + b"\r\n" + PAGE
    records = [
        arc_record("http://example.org/1", good),
        arc_record("http://example.org/2", good, -1),
        arc_record("http://example.org/3", good, "abc"),
        arc_record("http://example.org/4", good, 10**11),
        arc_record("http://example.org/5", good),
    ]
    found = urls(read(tmp_path, ARC_HEAD + b"".join(records)))
    assert found[-1] == "http://example.org/5"
    assert 3 <= found.count(None) <= 4


def test_a_bomb_in_a_page_takes_little_memory(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(300)) + packer.flush()
    (tmp_path / "a.warc").write_bytes(record(block=HTTP + b"Content-Encoding: gzip\r\n\r\n" + bomb) + pages(1)[0])
    count, peak = read_in_another_process(tmp_path / "a.warc")
    assert count == 2
    assert peak < 150


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(list(PACKS)))
def test_damage_anywhere_gives_documents_or_failures(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    content = bytearray(b"".join(map(PACKS[name], [record(kind="warcinfo"), *pages(1, 2), record(kind="request")])))
    for place in data.draw(st.lists(st.integers(6, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    path = tmp_path_factory.getbasetemp() / "any.warc"
    path.write_bytes(content[:cut])
    items = list(read_files([path]))
    assert items
    assert all(isinstance(item, RawDocument | Failure) for item in items)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=400), st.sampled_from([b"WARC/1.0\r\n", b"filedesc://a 192.0.2.1 2014 text/plain 1\n", b""]))
def test_any_bytes_said_to_be_an_archive_give_documents_or_failures(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.warc"
    path.write_bytes(start + content)
    assert all(isinstance(item, RawDocument | Failure) for item in read_files([path], FORMATS["warc"]))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample archives are not beside the repository")
def test_every_sample_ends_in_documents_or_failures() -> None:
    for path in sorted(SAMPLES.iterdir()):
        items = list(read_files([path]))
        assert items, path
        assert all(isinstance(item, RawDocument | Failure) for item in items)
        assert all(item.url and item.content for item in items if isinstance(item, RawDocument))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample archives are not beside the repository")
@pytest.mark.parametrize(
    ("name", "taken", "failed"),
    [
        ("example.warc.gz", 1, 0),
        ("example.arc.gz", 1, 0),
        ("warcfile.warc.lz4", 16, 0),
        ("clueweb-quirk.warc.gz", 29, 0),
        ("clipped.warc.gz", 0, 1),
        ("example-trunc.warc", 0, 1),
        ("example-digest.warc", 0, 1),
    ],
)
def test_the_samples_give_what_they_hold(name: str, taken: int, failed: int) -> None:
    found = urls(list(read_files([SAMPLES / name])))
    assert (len(found) - found.count(None), found.count(None)) == (taken, failed)
