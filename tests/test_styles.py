"""References in three styles, as the guides' published rules have them.

APA: https://apastyle.apa.org/style-grammar-guidelines/references/elements-list-entry and .../missing-information;
Chicago: https://www.chicagomanualofstyle.org/tools_citationguide/citation-guide-2.html (author-date);
MLA: https://style.mla.org/works-cited/works-cited-a-quick-guide/.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.citing import styles
from api.citing.styles import STYLES, render, render_html
from indexer.errors import QueryError
from indexer.types import Metadata, PartialDate, Reference

URL = "https://example.org/news/1"


def article(title: str = "Ministers meet in Vienna", **known: object) -> Metadata:
    """An article of a newspaper in English; ``published`` is ISO 8601."""
    published = known.pop("published", "2012-05-23")
    plain: dict[str, object] = {"url": URL, "publisher": "Morning Post", "authors": ("Jane Doe",), "language": "en"}
    day = PartialDate.parse(str(published)) if published else None
    return Metadata("a", title, published=day, **{**plain, **known})  # type: ignore[arg-type]


EXPECTED = {
    "everything known": (
        article(),
        "Doe, J. (2012, May 23). Ministers meet in Vienna. Morning Post. https://example.org/news/1",
        "Doe, Jane. 2012. “Ministers Meet in Vienna.” Morning Post, May 23. https://example.org/news/1.",
        "Doe, Jane. “Ministers Meet in Vienna.” Morning Post, 23 May 2012, https://example.org/news/1.",
    ),
    "no author": (
        article(authors=()),
        "Ministers meet in Vienna. (2012, May 23). Morning Post. https://example.org/news/1",
        "Morning Post. 2012. “Ministers Meet in Vienna.” May 23. https://example.org/news/1.",
        "“Ministers Meet in Vienna.” Morning Post, 23 May 2012, https://example.org/news/1.",
    ),
    "no date": (
        article(published=None),
        "Doe, J. (n.d.). Ministers meet in Vienna. Morning Post. https://example.org/news/1",
        "Doe, Jane. n.d. “Ministers Meet in Vienna.” Morning Post. https://example.org/news/1.",
        "Doe, Jane. “Ministers Meet in Vienna.” Morning Post, https://example.org/news/1.",
    ),
    "neither author nor date": (
        article(authors=(), published=None),
        "Ministers meet in Vienna. (n.d.). Morning Post. https://example.org/news/1",
        "Morning Post. n.d. “Ministers Meet in Vienna.” https://example.org/news/1.",
        "“Ministers Meet in Vienna.” Morning Post, https://example.org/news/1.",
    ),
    "no address": (
        article(url=None),
        "Doe, J. (2012, May 23). Ministers meet in Vienna. Morning Post.",
        "Doe, Jane. 2012. “Ministers Meet in Vienna.” Morning Post, May 23.",
        "Doe, Jane. “Ministers Meet in Vienna.” Morning Post, 23 May 2012.",
    ),
    "only the title": (
        article(url=None, publisher=None, authors=(), published=None),
        "Ministers meet in Vienna. (n.d.).",
        "Ministers Meet in Vienna. n.d.",
        "Ministers Meet in Vienna.",
    ),
    "only the month": (
        article(published="2012-05"),
        "Doe, J. (2012, May). Ministers meet in Vienna. Morning Post. https://example.org/news/1",
        "Doe, Jane. 2012. “Ministers Meet in Vienna.” Morning Post, May. https://example.org/news/1.",
        "Doe, Jane. “Ministers Meet in Vienna.” Morning Post, May 2012, https://example.org/news/1.",
    ),
    "only the year": (
        article(published="2012"),
        "Doe, J. (2012). Ministers meet in Vienna. Morning Post. https://example.org/news/1",
        "Doe, Jane. 2012. “Ministers Meet in Vienna.” Morning Post. https://example.org/news/1.",
        "Doe, Jane. “Ministers Meet in Vienna.” Morning Post, 2012, https://example.org/news/1.",
    ),
    "two authors": (
        article(authors=("Jane M. Doe", "Charles de Poe"), url=None),
        "Doe, J. M., & de Poe, C. (2012, May 23). Ministers meet in Vienna. Morning Post.",
        "Doe, Jane M., and Charles de Poe. 2012. “Ministers Meet in Vienna.” Morning Post, May 23.",
        "Doe, Jane M., and Charles de Poe. “Ministers Meet in Vienna.” Morning Post, 23 May 2012.",
    ),
    "three authors, one of them an agency": (
        article(authors=("Jane Doe", "John Roe", "Reuters Staff"), url=None),
        "Doe, J., Roe, J., & Reuters Staff. (2012, May 23). Ministers meet in Vienna. Morning Post.",
        "Doe, Jane, John Roe, and Reuters Staff. 2012. “Ministers Meet in Vienna.” Morning Post, May 23.",
        "Doe, Jane, et al. “Ministers Meet in Vienna.” Morning Post, 23 May 2012.",
    ),
    "a name whose order is not certain": (
        article(authors=("Kim Jong Un",), url=None),
        "Kim Jong Un. (2012, May 23). Ministers meet in Vienna. Morning Post.",
        "Kim Jong Un. 2012. “Ministers Meet in Vienna.” Morning Post, May 23.",
        "Kim Jong Un. “Ministers Meet in Vienna.” Morning Post, 23 May 2012.",
    ),
    "a question": (
        article("Will ministers meet?", url=None),
        "Doe, J. (2012, May 23). Will ministers meet? Morning Post.",
        "Doe, Jane. 2012. “Will Ministers Meet?” Morning Post, May 23.",
        "Doe, Jane. “Will Ministers Meet?” Morning Post, 23 May 2012.",
    ),
    "a title that ends with a stop": (
        article("Talks in the U.S.", url=None),
        "Doe, J. (2012, May 23). Talks in the U.S. Morning Post.",
        "Doe, Jane. 2012. “Talks in the U.S.” Morning Post, May 23.",
        "Doe, Jane. “Talks in the U.S.” Morning Post, 23 May 2012.",
    ),
    "quotation marks in the title": (
        article('The "obsolete" alliance: a pact that ‘works’ and “lasts”', url=None),
        'Doe, J. (2012, May 23). The "obsolete" alliance: a pact that ‘works’ and “lasts.” Morning Post.',
        "Doe, Jane. 2012. “The ‘Obsolete’ Alliance: A Pact That ‘Works’ and ‘Lasts.’” Morning Post, May 23.",
        "Doe, Jane. “The ‘Obsolete’ Alliance: A Pact That ‘Works’ and ‘Lasts.’” Morning Post, 23 May 2012.",
    ),
    "signs that are markup elsewhere": (
        article("R&D at 5 < 6 in <b>bold</b> and <i>more</i>", publisher="AT&T", url=None),
        "Doe, J. (2012, May 23). R&D at 5 < 6 in <b>bold</b> and <i>more</i>. AT&T.",
        "Doe, Jane. 2012. “R&D at 5 < 6 in <b>bold</b> and <i>more</i>.” AT&T, May 23.",
        "Doe, Jane. “R&D at 5 < 6 in <b>bold</b> and <i>more</i>.” AT&T, 23 May 2012.",
    ),
    "a language that has no title case": (
        article("Das kalte jahr der diplomatie", publisher="Die Zeitung", language="de", url=None),
        "Doe, J. (2012, May 23). Das kalte jahr der diplomatie. Die Zeitung.",
        "Doe, Jane. 2012. “Das kalte jahr der diplomatie.” Die Zeitung, May 23.",
        "Doe, Jane. “Das kalte jahr der diplomatie.” Die Zeitung, 23 May 2012.",
    ),
    "a language that is not known": (
        article("Ministers meet in Vienna", language=None, url=None),
        "Doe, J. (2012, May 23). Ministers meet in Vienna. Morning Post.",
        "Doe, Jane. 2012. “Ministers meet in Vienna.” Morning Post, May 23.",
        "Doe, Jane. “Ministers meet in Vienna.” Morning Post, 23 May 2012.",
    ),
    "other writings": (
        article("核協議 в Вене", publisher="朝日新聞", authors=("سفير علي",), language="ja", url=None),
        "سفير علي. (2012, May 23). 核協議 в Вене. 朝日新聞.",
        "سفير علي. 2012. “核協議 в Вене.” 朝日新聞, May 23.",
        "سفير علي. “核協議 в Вене.” 朝日新聞, 23 May 2012.",
    ),
}

CASES = [
    pytest.param(style, case[0], case[1 + place], id=f"{style}, {name}")
    for place, style in enumerate(("apa", "chicago", "mla"))
    for name, case in EXPECTED.items()
]


@pytest.mark.parametrize(("style", "known", "expected"), CASES)
def test_a_reference_is_as_the_style_guide_has_it(style: str, known: Metadata, expected: str) -> None:
    assert render(style, known) == expected


@pytest.mark.parametrize(("style", "known", "expected"), CASES)
def test_html_says_the_same_with_italics(style: str, known: Metadata, expected: str) -> None:
    found = render_html(style, known)
    assert unescape(re.sub(r"</?i>", "", found)) == expected
    assert found.count("<") == 2 * found.count("<i>") == 2 * found.count("</i>")


@pytest.mark.parametrize("style", STYLES)
def test_the_newspaper_is_in_italics(style: str) -> None:
    assert "<i>Morning Post</i>" in render_html(style, article())


@pytest.mark.parametrize("style", STYLES)
def test_an_article_that_rests_on_others_says_so_behind_the_reference(style: str) -> None:
    brief = article(references=(Reference("Evening Herald & Co"),))
    assert render(style, brief) == f"{render(style, article())} Rests on: Evening Herald & Co."
    assert render_html(style, brief).endswith(" Rests on: Evening Herald &amp; Co.")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "url", ["https://example.org/?q=why?.&a=”.", "https://example.org/a_b*c`?x=1&y=2..", f"{URL}?"]
)
def test_an_address_is_printed_to_the_letter(style: str, url: str) -> None:
    assert render(style, article(url=url)).endswith((url, f"{url}."))


def test_tags_that_citeproc_reads_are_printed_like_any_others() -> None:
    title = "Why <span class='nocase'>tags</span> stay"
    assert title in render("apa", article(title))


@pytest.mark.parametrize("style", STYLES)
def test_a_very_long_title_is_printed_whole(style: str) -> None:
    title = " ".join(["NATO"] * 5_000)
    assert title in render(style, article(title))


@pytest.mark.parametrize("style", STYLES)
def test_what_was_rendered_before_changes_nothing(style: str) -> None:
    cases = [case[0] for case in EXPECTED.values()]
    forwards = [styles._rendered.__wrapped__(style, known) for known in cases]
    backwards = [styles._rendered.__wrapped__(style, known) for known in reversed(cases)]
    assert forwards == backwards[::-1]


def test_several_threads_get_what_one_gets() -> None:
    wanted = list(CASES) * 2
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda case: _fresh(case.values[0], case.values[1]), wanted))
    assert found == [case.values[2] for case in wanted]


def _fresh(style: object, known: object) -> str:
    """A reference that is not kept from before."""
    styles._rendered.cache_clear()
    assert isinstance(style, str)
    assert isinstance(known, Metadata)
    return render(style, known)


def test_another_style_is_refused_with_those_there_are() -> None:
    with pytest.raises(QueryError, match="'harvard' is not one of apa, chicago, mla") as caught:
        render("harvard", article())
    assert caught.value.parameter == "style"


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(str.strip)


@settings(deadline=None, max_examples=60)
@given(WORDS, WORDS, st.lists(WORDS, max_size=3), st.sampled_from(sorted(STYLES)))
def test_any_title_publisher_and_authors_can_be_rendered(
    title: str, publisher: str, authors: list[str], style: str
) -> None:
    known = article(" ".join(title.split()), publisher=publisher, authors=tuple(authors))
    found = render_html(style, known)
    assert not set(found) & {"\ufdd0", "\ufdd1"}
    assert re.sub(r"</?i>", "", found).count("<") == 0
    assert unescape(re.sub(r"</?i>", "", found)) == render(style, known)
