"""Markdown and HTML become plain paragraphs, and pages are asked for no more than they say."""

from __future__ import annotations

import gzip

import pytest

from indexer.errors import DocumentError
from indexer.markup import read_html
from indexer.types import PartialDate, Reference
from tests.test_extract import ENGLISH, SHARED, article, from_markdown, refusal

# Markdown

BRIEF = """---
id: 0012
title: Talks at Vell
date: 2024-04
countries: [NO, SE]
sources:
  - publisher: Agency
    date: 2024-04-12
  - publisher: Herald
---
# A heading

They **met** at [Vell](https://example.org/vell "the place"), as ![a picture](x.png) shows,
and *talked*.

- One `item`
- Another
  line

1945. That was the year.

Prose with a rule below.
---
> Quoted <b>words</b>.<br>More of them.

| Country | Votes |
|---------|-------|
| Norway  | 3     |
"""


ALIASES = "---\na0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 20}]\n" for n in range(1, 20))
ALIASES += "authors: [*a19]\n---\nThey met."


def test_front_matter_keeps_its_values_as_written() -> None:
    meta = from_markdown(BRIEF).meta
    assert (meta.id, meta.title, meta.published) == ("0012", "Talks at Vell", PartialDate("2024-04"))
    assert meta.countries == ("NO", "SE")
    assert meta.references == (Reference("Agency", PartialDate("2024-04-12")), Reference("Herald"))


def test_markdown_becomes_plain_paragraphs_without_headings() -> None:
    assert from_markdown(BRIEF).text.split("\n\n") == [
        "They met at Vell, as a picture shows, and talked.",
        "One item",
        "Another line",
        "1945. That was the year.",
        "Prose with a rule below.",
        "Quoted words. More of them.",
        "Country | Votes",
        "Norway | 3",
    ]


def test_a_leading_heading_is_the_title_if_the_front_matter_has_none() -> None:
    result = from_markdown("---\npublisher: Herald\n---\n# Talks *at* Vell\n\nThey met.\n\n# Later\n\nThey left.")
    assert (result.meta.title, result.meta.publisher) == ("Talks at Vell", "Herald")
    assert result.text == "They met.\n\nThey left."


def test_the_name_of_the_file_is_the_title_of_last_resort() -> None:
    assert from_markdown("They met.").meta.title == "talks"


@pytest.mark.parametrize("value", ["2012", "2012-05", "2012-05-23", "2012-05-23T19:43", "2012-05-23 19:43:00"])
def test_a_date_in_front_matter_keeps_its_precision(value: str) -> None:
    result = from_markdown(f"---\ntitle: Talks\ndate: {value}\n---\nThey met.")
    assert result.meta.published == PartialDate.parse(value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("---\ntitle: [\n---\nThey met.", "not YAML"),
        ("---\ntitle: Talks\n\nThey met.", "no closing line"),
        ("---\ntitle: Talks\ndate: soon\n---\nThey met.", "'soon'"),
        ("---\ntitle: Talks\n---\n# Only\n\n## Headings", "no text left"),
        ("---\na: &a [*a]\n---\nThey met.", "not YAML"),
        (ALIASES, "authors holds a list"),
        ("---\na: " + "[" * 5000 + "\n---\nThey met.", "not YAML"),
    ],
)
def test_markdown_that_cannot_be_taken_says_why(content: str, says: str) -> None:
    assert says in refusal(content, "text/markdown")


def test_front_matter_builds_no_objects() -> None:
    assert "title is a list" in refusal(
        "---\ntitle: !!python/object/apply:os.getcwd []\n---\nThey met.", "text/markdown"
    )


def test_a_rule_in_the_text_is_no_front_matter() -> None:
    assert from_markdown("They met.\n\n---\n\nThen: they left.\n\n---\n\nEnd.").text.count("\n\n") == 2


# HTML

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
        read_html(PAGE)


def test_the_real_pages_give_their_articles() -> None:
    folder = SHARED / "web" / "html"
    if not folder.exists():
        pytest.skip(f"the shared material is not here: {folder}")
    for path in sorted(folder.iterdir())[:8]:
        assert len(article(gzip.decompress(path.read_bytes()), "text/html").text) > 200
