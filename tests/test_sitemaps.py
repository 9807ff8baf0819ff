"""What is read of sitemaps, and how far a walk over those of a site goes."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.errors import DocumentError
from indexer.readers.lists import sitemaps
from indexer.readers.lists.sitemaps import MAX_ENTRIES, MAX_SITEMAP, Sitemap, SitemapEntry, read_sitemap, unpacked
from indexer.readers.lists.telling import tell
from indexer.types import PartialDate
from indexer.visits import sitemap_walk
from indexer.visits.site import same_site
from indexer.visits.sitemap_walk import MAX_DEPTH, MAX_SITEMAPS, Walk

URL = "https://example.org/sitemap.xml"
NEWS = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url><loc> https://example.org/1?a=1&b=2 </loc>
    <image:image><image:loc>https://example.org/i.jpg</image:loc><image:title>A picture</image:title></image:image>
    <n:news><n:publication><n:name>The Post</n:name><n:language>en</n:language></n:publication>
      <n:publication_date>2017-01-20T23:30:00-05:00</n:publication_date>
      <n:title>Talks &amp; votes</n:title></n:news></url>
  <url><loc>javascript:alert(1)</loc></url>
  <url><loc>/2</loc><lastmod>2020-01</lastmod></url>
</urlset>"""


def urls(sitemap: Sitemap) -> list[str]:
    return [entry.url for entry in sitemap.entries]


def urlset(*pages: str) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>{page}</loc></url>' for page in pages)}</urlset>".encode()


def test_a_news_sitemap_is_read_whole() -> None:
    assert read_sitemap(NEWS, URL) == Sitemap(
        "pages",
        (
            SitemapEntry(
                url="https://example.org/1?a=1&b=2",
                published=PartialDate("2017-01-20T23:30:00-05:00"),
                title="Talks & votes",
                publication="The Post",
                language="en",
            ),
            SitemapEntry("https://example.org/2", modified=PartialDate("2020-01")),
        ),
    )


def test_an_index_lists_sitemaps() -> None:
    content = b"<sitemapindex><sitemap><loc>/a.xml</loc><lastmod>2020-01-02</lastmod></sitemap></sitemapindex>"
    entry = SitemapEntry("https://example.org/a.xml", modified=PartialDate("2020-01-02"))
    assert read_sitemap(content, URL) == Sitemap("sitemaps", (entry,))


def test_a_plain_list_is_one_address_a_line() -> None:
    content = b"\xef\xbb\xbfhttps://example.org/1\r\n\r\nhttps://example.org/2\nnot an address\n"
    assert urls(read_sitemap(content, URL)) == ["https://example.org/1", "https://example.org/2"]


def test_a_packed_sitemap_is_unpacked() -> None:
    assert read_sitemap(gzip.compress(NEWS), URL) == read_sitemap(NEWS, URL)


def test_a_bomb_is_refused_before_it_is_unpacked_whole() -> None:
    with pytest.raises(DocumentError, match="more than 50 MiB"):
        unpacked(gzip.compress(b" " * (MAX_SITEMAP + 1)))
    with pytest.raises(DocumentError, match="cannot be unpacked"):
        unpacked(b"\x1f\x8b" + b"x" * 100)


def test_what_was_cut_off_in_an_entry_is_not_taken_for_the_entry() -> None:
    whole = urlset("https://example.org/1", "https://example.org/23")
    for end in range(whole.index(b"/23"), len(whole) - len(b"</url></urlset>")):
        assert urls(read_sitemap(whole[:end], URL)) == ["https://example.org/1"]


def test_no_more_entries_are_read_than_the_protocol_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_ENTRIES", 2)
    pages = [f"https://example.org/{number}" for number in range(5)]
    for content in (urlset(*pages), "\n".join(pages).encode()):
        read = read_sitemap(content, URL)
        assert (urls(read), read.left_out) == (pages[:2], 3)


def test_as_many_entries_are_read_as_the_protocol_allows() -> None:
    read = read_sitemap(urlset(*["https://example.org/1"] * (MAX_ENTRIES + 7)), URL)
    assert (len(read.entries), read.left_out) == (MAX_ENTRIES, 7)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no sitemap"),
        (b"hello", "no sitemap"),
        (b"<html><a href='x'>x</a></html>", "'html'"),
        (b"<rss/>", "'rss'"),
        (b"<", "no sitemap"),
        (b"<!DOCTYPE u [<!ENTITY a 'x'>]><urlset><url><loc>https://example.org/&a;</loc></url></urlset>", "entities"),
        (b"<urlset>" + b"<a/>" * 2_000_001 + b"</urlset>", "angle brackets"),
        (b"<urlset>" + b" " * MAX_SITEMAP + b"</urlset>", "MiB"),
    ],
)
def test_what_is_no_sitemap_or_too_much_of_one_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        read_sitemap(content, URL)


def test_elements_a_hundred_thousand_deep_end_at_the_depth_that_is_read() -> None:
    assert urls(read_sitemap(urlset("https://example.org/1")[:-9] + b"<url>" * 100_000, URL)) == []


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(b"<urlset>", b"</urlset>", b"<url>", b"</url>", b"<loc>", b"</loc>", b"https://example.org/1", b"<"),
                *(b"<sitemapindex>", b"<sitemap>", b"<lastmod>", b"2017", b"&", b"\x1f\x8b", b"\xff", b"]]>", b"<!--"),
            ]
        )
    ).map(b"".join)
    | st.binary(max_size=100)
)
@example(b"<https://example.org/1</urlset>")
def test_no_bytes_raise_anything_but_a_document_error(content: bytes) -> None:
    try:
        read = read_sitemap(content, URL)
    except DocumentError:
        return
    assert all(entry.url.startswith(("http://", "https://")) for entry in read.entries)


# What an address gave


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<rss version='2.0'>", "feed"),
        (b"\xef\xbb\xbf \n<?xml version='1.0'?><!-- a --><?x y?>\n<rdf:RDF xmlns:rdf='x'>", "feed"),
        (b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss>", "feed"),
        ("<?xml version='1.0' encoding='utf-16'?><feed>".encode("utf-16"), "feed"),
        (b'{"title": "A", "version": "https:\\/\\/jsonfeed.org\\/version\\/1"}', "feed"),
        (b"<s:urlset xmlns:s='x'>", "sitemap"),
        (b"<SitemapIndex>", "sitemap"),
        (b"https://example.org/1\nhttps://example.org/2", "sitemap"),
        (b"<!DOCTYPE html><html>", "page"),
        (b"<html xmlns='x'><rss>", "page"),
        (b"They met.\nhttps://example.org/1", "page"),
        (b"", "page"),
        (b"<", "page"),
        (b"<!--" * 10_000, "page"),
    ],
)
def test_feeds_sitemaps_and_pages_are_told_apart_by_their_content(content: bytes, kind: str) -> None:
    assert tell(content) == kind


def test_json_that_is_no_feed_is_refused() -> None:
    with pytest.raises(DocumentError, match="JSON"):
        tell(b'{"title": "A"}')


# The walk


def index(*names: str) -> Sitemap:
    return Sitemap("sitemaps", tuple(SitemapEntry(f"https://example.org/{name}") for name in names))


def lines(walk: Walk) -> list[str]:
    return [failure.reason for failure in walk.left_out()]


def test_the_newest_sitemap_is_read_first() -> None:
    walk = Walk(URL)
    dates = {"a": "2017", "b": None, "c": "2019-05", "d": "2019-05-02T10:00:00+02:00"}
    entries = [SitemapEntry(name, modified=PartialDate(date) if date else None) for name, date in dates.items()]
    walk.note(entries, 1)
    order = []
    while named := walk.next():
        order.append(named.entry.url)
    assert order == ["d", "c", "a", "b"]


def test_a_sitemap_that_names_itself_is_a_line() -> None:
    walk = Walk(URL)
    assert walk.take(index("sitemap.xml", "a.xml", "a.xml"), 0) == []
    assert [named.entry.url for named in walk.waiting] == ["https://example.org/a.xml"]
    (line,) = lines(walk)
    assert line.startswith("2 sitemaps are named again")


def test_sitemaps_end_at_a_depth() -> None:
    walk = Walk(URL)
    walk.take(index("a.xml"), MAX_DEPTH - 1)
    walk.take(index("b.xml"), MAX_DEPTH)
    assert [named.entry.url for named in walk.waiting] == ["https://example.org/a.xml"]
    assert "levels deep" in lines(walk)[0]


def test_of_fifty_thousand_sitemaps_the_most_are_read() -> None:
    walk = Walk(URL)
    walk.take(index(*(f"{number}.xml" for number in range(50_000))), 0)
    read = 0
    while walk.next():
        read += 1
        walk.note([SitemapEntry(f"https://example.org/more{read}.xml")], 1)
    assert read == MAX_SITEMAPS
    assert walk.is_cut
    (line,) = lines(walk)
    assert line.startswith(f"{50_000:,} entries")


def test_pages_of_other_sites_do_not_count() -> None:
    walk = Walk("https://www.post.co.uk/sitemap.xml")
    pages = ["https://m.post.co.uk/1", "https://other.co.uk/1", "http://127.0.0.1/1"]
    assert [entry.url for entry in walk.take(Sitemap("pages", tuple(map(SitemapEntry, pages))), 0)] == pages[:1]
    assert lines(walk)[0].startswith("2 addresses")


def test_all_sitemaps_together_list_so_many_pages_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap_walk, "MAX_LISTED", 3)
    walk = Walk(URL)
    sitemap = Sitemap("pages", tuple(SitemapEntry(f"https://example.org/{number}") for number in range(2)))
    assert [len(walk.take(sitemap, 0)) for _ in range(3)] == [2, 1, 0]
    assert walk.is_cut
    assert lines(walk)[0].startswith("3 entries")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.org/a", "http://example.org:8080/b", True),
        ("https://www.example.co.uk", "https://news.example.co.uk", True),
        ("https://one.co.uk", "https://two.co.uk", False),
        ("https://one.github.io", "https://two.github.io", False),
        ("http://127.0.0.1:80", "http://127.0.0.1:81", True),
        ("http://127.0.0.1", "http://127.0.0.2", False),
        ("http://a.test", "http://b.test", False),
        ("x", "y", False),
    ],
)
def test_one_site_is_one_host_or_one_registered_domain(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same
