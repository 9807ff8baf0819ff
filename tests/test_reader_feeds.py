"""What is read of RSS, Atom and JSON feeds, well-formed and otherwise, and of the dates in them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import DocumentError
from indexer.readers.lists import feeds
from indexer.readers.lists.feeds import MAX_FEED, MAX_ITEMS, Feed, FeedItem, read_feed
from indexer.readers.lists.stated_dates import read_date

URL = "https://example.org/news/feed.xml"


def rss(*items: str, head: str = "", namespaces: str = "") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f"<?xml version='1.0'?><rss version='2.0'{namespaces}><channel>{head}{body}</channel></rss>".encode()


def atom(entry: str, head: str = "", attributes: str = "") -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{attributes}>{head}<entry>{entry}</entry></feed>'.encode()


def only(content: bytes, charset: str | None = None) -> FeedItem:
    (item,) = read_feed(content, URL, charset).items
    return item


def test_an_item_of_rss_is_read_whole() -> None:
    namespaces = " xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
    item = (
        "<title>Talks &amp;amp; votes</title><link>https://example.org/1?a=b&amp;c=d#top</link><guid>tag:n1</guid>"
        "<pubDate>Fri, 20 Jan 2017 23:30:00 -0500</pubDate><dc:creator>Jane Doe</dc:creator>"
        "<dc:creator>John Roe</dc:creator><description>A teaser.</description>"
        "<content:encoded><![CDATA[<p>They <b>met</b> & left.</p>]]></content:encoded>"
    )
    feed = read_feed(rss(item, head="<title>Post</title><language>en-gb</language>", namespaces=namespaces), URL)
    assert feed == Feed(
        title="Post",
        language="en-gb",
        items=(
            FeedItem(
                url="https://example.org/1?a=b&c=d",
                id="tag:n1",
                title="Talks & votes",
                published=read_date("2017-01-20T23:30:00-05:00"),
                authors=("Jane Doe", "John Roe"),
                content="<p>They <b>met</b> & left.</p>",
                summary="A teaser.",
            ),
        ),
    )


def test_rss_1_and_its_dublin_core_are_read() -> None:
    content = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title></channel>'
        b"<item rdf:about='https://example.org/1'><title>One</title><link>https://example.org/1</link>"
        b"<dc:date>2017-01-20T23:30:00-05:00</dc:date><dc:language>fr</dc:language></item></rdf:RDF>"
    )
    item = only(content)
    assert (item.url, item.language) == ("https://example.org/1", "fr")
    assert (str(item.published), item.updated) == ("2017-01-20T23:30:00-05:00", None)


def test_rss_091_with_its_document_type_is_read() -> None:
    kind = b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://example.org/rss-0.91.dtd">'
    content = kind + b'<rss version="0.91"><channel><item><title>One</title><link>/1</link></item></channel></rss>'
    assert only(content).url == "https://example.org/1"


def test_an_entry_of_atom_is_read_whole() -> None:
    item = only(
        atom(
            '<id>tag:1</id><title type="html">Talks &amp;lt;now&amp;gt;</title>'
            '<link rel="self" href="self.xml"/><link rel="alternate" href="1.html"/>'
            "<published>2017-01-20T23:30:00-05:00</published><updated>2017-01-21T01:30:00-05:00</updated>"
            "<author><name>A</name></author><author><name>B</name></author>"
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>They <em>met</em>.</p></div></content>',
            attributes=' xml:lang="de" xml:base="https://other.example.org/z/"',
        )
    )
    assert item.url == "https://other.example.org/z/1.html"
    assert (item.title, item.authors, item.language) == ("Talks <now>", ("A", "B"), "de")
    assert (str(item.published), str(item.updated)) == ("2017-01-20T23:30:00-05:00", "2017-01-21T01:30:00-05:00")
    assert item.content == "<p>They <em>met</em>.</p>"


def test_the_only_date_of_an_atom_entry_is_not_taken_for_that_of_publication() -> None:
    item = only(atom("<title>One</title><updated>2017-01-21T01:30:00Z</updated>"))
    assert (item.published, str(item.updated)) == (None, "2017-01-21T01:30:00Z")


def test_an_update_at_the_moment_of_publication_is_none() -> None:
    moment = "2017-01-21T01:30:00Z"
    assert only(atom(f"<published>{moment}</published><updated>{moment}</updated>")).updated is None


def test_an_item_of_json_feed_is_read_whole() -> None:
    item = {
        "id": 7,
        "url": "/1",
        "title": "Talks",
        "content_text": "They met.\n\nThey <left>.",
        "language": "en",
        "date_published": "2017-01-20T23:30:00-05:00",
        "authors": [{"name": "Jane Doe"}, {"url": "x"}, 3],
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Post", "items": [item, 5, None]}
    read = only(b"\xef\xbb\xbf" + json.dumps(feed).encode())
    assert (read.url, read.id, read.title, read.language) == ("https://example.org/1", "7", "Talks", "en")
    assert (str(read.published), read.authors) == ("2017-01-20T23:30:00-05:00", ("Jane Doe",))
    assert read.content == "<p>They met.</p>\n<p>They &lt;left&gt;.</p>\n"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "mailto:a@example.org", "file:///etc/passwd", "http://u:p@x.org/"]
)
def test_a_link_that_is_no_web_address_is_none(link: str) -> None:
    assert only(rss(f"<title>One</title><link>{link}</link>")).url is None


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("AT&T and &eacute;t&eacute;&nbsp;now", "AT&T and été now"),
        ("3 < 4 & 5 > 4", "3 < 4 & 5 > 4"),
        ("&lt;b&gt;Bold&lt;/b&gt; step", "Bold step"),
        ("<![CDATA[Talks &#8212; <i>again</i>]]>", "Talks — again"),
        ("A &unheardof; word", "A &unheardof; word"),
        ("Tab\x0bbed\x01 \x00", "Tabbed"),
        ("  over\n two   lines ", "over two lines"),
    ],
)
def test_a_title_is_what_a_reader_would_see(title: str, read: str) -> None:
    assert only(rss(f"<title>{title}</title><link>https://example.org/1</link>")).title == read


@pytest.mark.parametrize(
    ("declared", "written", "sent"),
    [
        ("utf-16", "utf-16", None),
        ("windows-1251", "cp1251", None),
        ("us-ascii", "utf-8", "iso-8859-1"),
        ("punycode", "utf-8", "zlib"),
    ],
)
def test_a_wrong_charset_does_no_harm(declared: str, written: str, sent: str | None) -> None:
    content = f"<?xml version='1.0' encoding='{declared}'?>{rss('<title>Речь</title>').decode()[21:]}"
    assert only(content.encode(written), sent).title == "Речь"


def test_broken_xml_gives_what_it_has() -> None:
    first = "<item><title>One</title><link>https://example.org/1</link><dc:creator>Jane Doe</dc:creator></item>"
    content = f"<rss version='2.0'><channel><b>{first}<item><title>Two</title></b></item>".encode()
    items = read_feed(content, URL).items
    assert [item.title for item in items] == ["One", "Two"]
    assert items[0].authors == ("Jane Doe",)


def test_what_was_cut_off_in_an_item_is_not_taken_for_the_item() -> None:
    whole = rss("<title>One</title>", "<title>Ministers to resign</title>")
    for end in range(whole.index(b"Ministers"), whole.index(b"</item></channel>")):
        assert [item.title for item in read_feed(whole[:end], URL).items] == ["One"]


def test_entities_of_its_own_make_a_feed_refused() -> None:
    levels = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    for kind in (f"<!DOCTYPE rss [<!ENTITY a0 'ha'>{levels}]>", "<!doctype x [<!-- <![CDATA[ --><!ENTITY a9 'x'>]>"):
        content = f"<?xml version='1.0'?>{kind}<rss><channel><item><title>&a9;</title></item></channel></rss>"
        with pytest.raises(DocumentError, match="entities"):
            read_feed(content.encode(), URL)


def test_a_feed_about_entities_is_read() -> None:
    assert only(rss("<title><![CDATA[What <!ENTITY means]]></title>")).title == "What <!ENTITY means"


def test_elements_a_hundred_thousand_deep_end_at_the_depth_that_is_read() -> None:
    deep = b"<rss version='2.0'><channel><item><title>One</title></item>" + b"<a>" * 100_000
    assert [item.title for item in read_feed(deep, URL).items] == ["One"]


def test_more_items_than_the_most_are_counted_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_ITEMS", 3)
    feed = read_feed(rss(*(f"<title>{n}</title>" for n in range(10))), URL)
    assert ([item.title for item in feed.items], feed.left_out) == (["0", "1", "2"], 7)
    listed = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": n} for n in range(10)]})
    feed = read_feed(listed.encode(), URL)
    assert ([item.id for item in feed.items], feed.left_out) == (["0", "1", "2"], 7)


def test_the_most_items_of_a_hundred_thousand_are_read() -> None:
    feed = read_feed(rss(*["<title>t</title>"] * 100_000), URL)
    assert (len(feed.items), feed.left_out) == (MAX_ITEMS, 100_000 - MAX_ITEMS)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no feed"),
        (b"hello", "no feed"),
        (b"<html><p>hello</p></html>", "neither RSS"),
        (b"+ADw-rss+AD4-", "no feed"),
        (b'{"a": ' + b"[" * 100_000, "JSON"),
        (b'{"a": NaN}', "no JSON Feed"),
        (b"{", "cannot be read as JSON"),
        (b'{"version": 1' + b"0" * 5000 + b"}", "JSON"),
        (b" " * (MAX_FEED + 1), "MiB"),
        (b"<rss><channel>" + b"<a/>" * 100_001 + b"</channel></rss>", "elements"),
        (b"<rss>" + b"".join(b"<a xmlns:n%d='u'/>" % n for n in range(200)) + b"</rss>", "namespaces"),
        (b"<rss>" + b"&" * 2_000_001 + b"</rss>", "ampersands"),
    ],
)
def test_what_is_no_feed_or_too_much_of_one_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        read_feed(content, URL)


def test_json_with_nonsense_in_its_fields_is_read_around_it() -> None:
    wrong = {
        "url": ["x"],
        "title": {"a": 1},
        "date_published": 5,
        "authors": "Jane",
        "content_html": 4,
        "language": "??",
    }
    feed = {"version": "https://jsonfeed.org/version/1", "items": [wrong, {"title": "Talks"}]}
    assert read_feed(json.dumps(feed).encode(), URL).items == (FeedItem(), FeedItem(title="Talks"))


PIECES = st.sampled_from(
    [
        *(b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<link>", b"</link>"),
        *(b"<entry>", b"</entry>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<content type='xhtml'>", b"<div>"),
        *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&amp;", b"&#0;", b"&x;", b"<a:b ", b" xmlns:a='u'", b"\xff", b"<"),
        *(b"<pubDate>", b"<guid>", b"<author>", b"{", b'"version":"jsonfeed.org"', b'"items":[', b"http://[", b"x=1"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=30).map(b"".join)),
    st.sampled_from([None, "utf-8", "x"]),
)
def test_no_bytes_raise_anything_but_a_document_error(content: bytes, charset: str | None) -> None:
    try:
        feed = read_feed(content, URL, charset)
    except DocumentError:
        return
    assert all(item.url is None or item.url.startswith(("http://", "https://")) for item in feed.items)


# Dates


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("Fri, 20 Jan 2017 23:30:00 -0500", "2017-01-20T23:30:00-05:00"),
        ("Fri, 20 Jan 2017 23:30:00 GMT", "2017-01-20T23:30:00Z"),
        ("Fri, 20 Jan 2017 23:30 EST", "2017-01-20T23:30-05:00"),
        ("Fri, 20 January 17 23:30:00 +0100 (CET)", "2017-01-20T23:30:00+01:00"),
        ("Fri, 20 Jan 2017 23:30:00 GMT+0200", "2017-01-20T23:30:00+02:00"),
        ("Fri, 20 Jan 2017 23:30:00 -0000", "2017-01-20T23:30:00Z"),
        ("Fri, 20 Jan 2017 23:30:00 IST", "2017-01-20T23:30:00"),
        ("20 Jan 99", "1999-01-20"),
        ("January 20, 2017 11:30 PM", "2017-01-20T23:30"),
        ("Jan 20, 2017 12:05 am", "2017-01-20T00:05"),
        ("Fri Jan 20 23:30:00 2017", "2017-01-20T23:30:00"),
        ("2017-01-20 10:00:00 UTC", "2017-01-20T10:00:00Z"),
        ("2017/1/20", "2017-01-20"),
        ("2017-01-20T23:30:00.123+05:30", "2017-01-20T23:30:00.123+05:30"),
        ("2017", "2017"),
        ("2017-01", "2017-01"),
        ("Fri, 20 Jan 2017 25:61:00 GMT", "2017-01-20"),
        ("Fri, 20 Jan 2017 13:30 pm", "2017-01-20"),
        ("Fri, 20 Jan 2017 at noon", "2017-01-20"),
    ],
)
def test_a_date_is_read_as_precisely_as_it_is_stated_and_where_it_is_stated(stated: str, read: str) -> None:
    assert str(read_date(stated)) == read


@pytest.mark.parametrize(
    "stated",
    [
        *("", "nonsense", "20/01/2017", "Mon, 30 Feb 2017 10:00:00 GMT", "1484955000", "Fri, 20 Foo 2017"),
        *("Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01", "0001-01-01T00:00:00", "9999-12-31", "x" * 1000),
        *(None, 5, ["2017"]),
    ],
)
def test_what_is_no_date_of_an_article_is_none(stated: object) -> None:
    assert read_date(stated) is None


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2190, 1, 1)),  # noqa: DTZ001 - a zone is given below
    st.integers(-14 * 60, 14 * 60),
)
def test_no_zone_moves_a_day(stated: datetime, minutes: int) -> None:
    local = stated.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    for text in (format_datetime(local), local.isoformat(), local.isoformat(" ")):
        found = read_date(text)
        assert found is not None
        assert found.first_day == date(stated.year, stated.month, stated.day)


@given(st.text(max_size=60))
def test_no_text_raises_for_a_date(text: str) -> None:
    read_date(text)


# Real feeds


def test_a_feed_of_the_bbc_is_read_whole(shared: Path) -> None:
    path = shared / "feeds" / "bbc_world_2017_rss.xml"
    if not path.is_file():
        pytest.skip(f"no real feed at {path}")
    feed = read_feed(path.read_bytes(), "http://feeds.bbci.co.uk/news/world/rss.xml")
    assert (feed.title, feed.language, len(feed.items)) == ("BBC News - World", "en-gb", 3)
    assert feed.items[2].title == "Syria: IS destroys part of Palmyra's Roman Theatre"
    assert str(feed.items[2].published) == "2017-01-20T12:42:59Z"
    assert feed.items[2].url == "http://www.bbc.co.uk/news/world-middle-east-38689131"


def test_a_feed_of_the_white_house_keeps_its_days(shared: Path) -> None:
    path = shared / "feeds" / "whitehouse_rss.xml"
    if not path.is_file():
        pytest.skip(f"no real feed at {path}")
    items = read_feed(path.read_bytes(), "https://www.whitehouse.gov/feed/").items
    assert len(items) >= 10
    assert all(item.url and item.title and item.published for item in items)
    (late,) = [item for item in items if (item.title or "").startswith("Temporary Suspension of Additional Duties")]
    assert str(late.published) == "2026-08-18T22:34:18-04:00"
