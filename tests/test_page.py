"""A web page gives its article, and is asked for no more than it says."""

from __future__ import annotations

import gzip

import pytest

from indexer.errors import DocumentError
from indexer.extraction.page import HtmlPage, read_page
from indexer.types import PartialDate
from tests.pages import ADDRESS, linked, page, prose
from tests.test_extract import ENGLISH, SHARED, article, refusal

BODY = "".join(f"<p>{sentence}</p>" for sentence in (ENGLISH, ENGLISH.replace("Monday", "Friday")))
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>Talks at Vell | The Herald</title>
<meta property="og:site_name" content="The Herald"><meta name="author" content="Jo Doe">
<link rel="canonical" href="https://herald.example/talks">
<script type="application/ld+json">{{"@graph": [{{"@type": "NewsArticle",
"datePublished": "2024-04-12T07:53:00.000Z", "dateModified": "2024-04-13T09:00:00+02:00"}}]}}</script></head>
<body><nav><a href="/">Home</a></nav><article><h1>Talks at Vell</h1>{BODY}</article>
<footer>© 2024 The Herald</footer></body></html>"""


def test_a_web_page_gives_its_article_and_what_it_says_about_it() -> None:
    meta = article(PAGE, "text/html", source="x.html").meta
    assert (meta.title, meta.publisher, meta.authors) == ("Talks at Vell", "The Herald", ("Jo Doe",))
    assert meta.url == "https://herald.example/talks"
    assert (meta.published, meta.updated) == (
        PartialDate("2024-04-12T07:53:00Z"),
        PartialDate("2024-04-13T09:00:00+02:00"),
    )


def test_a_web_page_loses_its_furniture_and_keeps_its_paragraphs() -> None:
    text = article(PAGE, "text/html").text
    assert ENGLISH.strip() in text
    assert "Home" not in text
    assert "©" not in text


def test_the_same_page_gives_the_same_article_every_time() -> None:
    assert len({article(PAGE, "text/html").digest for _ in range(4)}) == 1


def test_a_page_without_dates_has_none() -> None:
    start, end = PAGE.index("<script"), PAGE.index("</script>")
    page = (PAGE[:start] + PAGE[end:]).replace("<article>", "<article><p>On 12 April 2019 they had met before.</p>")
    meta = article(page, "text/html").meta
    assert (meta.published, meta.updated) == (None, None)


def test_a_host_name_is_no_publisher() -> None:
    page = PAGE.replace('<meta property="og:site_name" content="The Herald">', "").replace(" | The Herald", "")
    assert article(page, "text/html").meta.publisher is None


def test_a_page_is_decoded_as_it_declares() -> None:
    page = PAGE.replace("<head>", '<head><meta charset="iso-8859-2">').replace("Vell", "Łódź")
    assert article(page.replace("©", "").encode("iso-8859-2"), "text/html").meta.title == "Talks at Łódź"


@pytest.mark.parametrize("charset", ["unicode_escape", "punycode", "base64", "no-such-thing"])
def test_an_encoding_that_is_no_page_s_is_not_tried(charset: str) -> None:
    page = PAGE.replace("<head>", f'<head><meta charset="{charset}">').replace("Vell", "V\\dell")
    assert article(page, "text/html").meta.title == "Talks at V\\dell"


@pytest.mark.parametrize("content", ["", "<html></html>", "<html><body><nav>Home</nav></body></html>", "\x00" * 50])
def test_a_page_without_an_article_is_refused(content: str) -> None:
    assert refusal(content, "text/html")


def test_broken_linked_data_does_not_cost_the_page() -> None:
    broken = PAGE.replace('{"@graph"', '{"@graph" oops')
    assert article(broken, "text/html").meta.title == "Talks at Vell"


def test_a_fault_in_the_parsers_is_a_document_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("inside")

    monkeypatch.setattr("trafilatura.bare_extraction", fail)
    with pytest.raises(DocumentError, match="AttributeError: inside"):
        read_page(PAGE)


def test_the_real_pages_give_their_articles() -> None:
    folder = SHARED / "web" / "html"
    if not folder.exists():
        pytest.skip(f"the shared material is not here: {folder}")
    for path in sorted(folder.iterdir())[:8]:
        assert len(article(gzip.decompress(path.read_bytes()), "text/html").text) > 200


# What the page says of itself

STATED = linked(
    **{"@type": "NewsArticle", "headline": "Talks at Vell", "publisher": {"name": "A Wire"}},
    author=[{"name": "By Jo Doe"}, {"name": "Ana Ruiz"}, {"name": "https://herald.example/jo"}],
)


def read(head: str = "", title: str = "Talks at Vell", url: str | None = ADDRESS) -> HtmlPage:
    return read_page(page(prose(4), title, head), url)


def test_the_site_s_own_name_counts_before_the_wire_s() -> None:
    assert read(STATED).publisher == "A Wire"
    assert read(STATED + '<meta property="og:site_name" content="The Herald | News">').publisher == "The Herald"


@pytest.mark.parametrize(
    "name", ["herald.example.org", "https://herald.example.org", "Home", "News", "@herald", "Talks at Vell"]
)
def test_what_is_no_name_of_a_publisher_is_none(name: str) -> None:
    assert read(f'<meta property="og:site_name" content="{name}">').publisher is None


def test_authors_are_the_persons_that_the_article_names() -> None:
    assert read(STATED).authors == ("Jo Doe", "Ana Ruiz")


@pytest.mark.parametrize(
    "title", ["Talks at Vell | The Herald", "Talks at Vell - The Herald", "The Herald: Talks at Vell", "Talks at Vell"]
)
def test_the_site_s_name_is_no_part_of_a_title(title: str) -> None:
    assert read('<meta property="og:site_name" content="The Herald">', title).title == "Talks at Vell"


def test_a_title_that_never_ends_is_cut_at_a_word() -> None:
    title = read(title="border talks " * 200).title
    assert title is not None
    assert len(title) <= 1000
    assert title.endswith((" border…", " talks…"))


def test_the_address_is_the_page_s_own_where_that_can_be_true() -> None:
    assert read('<link rel="canonical" href="/world/talks-at-vell">', url=f"{ADDRESS}?ref=x").url == ADDRESS
    assert read('<link rel="canonical" href="https://wire.example/talks-at-vell">').url == ADDRESS
    assert read('<link rel="canonical" href="/">').url == ADDRESS


# Pages beyond all measure


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("<div>" * 100_000 + "They met.", "100000 tags: at most 15000"),
        ("<table>" + "<td>x</td>" * 10_000_000, "characters: at most 16777216"),
        ("<table>" + "<td>x</td>" * 20_000, "20001 tags: at most 15000"),
        ("<h1>Talks</h1><!-- " + prose(50), "no article text"),
    ],
)
def test_a_page_beyond_the_limits_is_refused_with_the_limit(html: str, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        read_page(html)


def test_elements_nested_beyond_reason_are_refused() -> None:
    with pytest.raises(DocumentError, match="nested more than 200 deep"):
        read_page(page("<div>" * 5000 + prose(3)))


def test_a_huge_attribute_does_not_cost_the_article() -> None:
    html = page(prose(3)).replace("<p>", f'<p class="{"a " * 500_000}">', 1)
    assert read_page(html).paragraphs == read_page(page(prose(3))).paragraphs


def test_utf_7_stays_as_it_is_written() -> None:
    html = page(prose(3) + "<p>They wrote +ADw-b+AD4- on the wall of the harbour.</p>", head='<meta charset="utf-7">')
    assert "+ADw-b+AD4-" in article(html, "text/html").text
