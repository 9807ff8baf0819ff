"""Pages that are no articles are refused in words; an article is taken whatever else stands on its page."""

from __future__ import annotations

import pytest

from indexer.errors import DocumentError
from tests.pages import ADDRESS, SENTENCE, cards, linked, page, prose
from tests.test_extract import article

CLOSED = linked(**{"@type": "NewsArticle", "headline": "Talks at Vell", "isAccessibleForFree": False})
BARRIER = '<div class="wall">Subscribe to continue reading</div>'


def said(html: str, url: str = ADDRESS) -> str | None:
    """Why a page is refused, or None if it is taken."""
    try:
        article(html, "text/html", url=url)
    except DocumentError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "html",
    [
        page(
            "<p>Sorry, what you were looking for does not exist any more. Try the search instead.</p>", "Page not found"
        ),
        page("<p>We could not find it. Go to our home page.</p>", "404 - The Herald"),
        page("<p>It may have been moved. Please use the search.</p>", "Sorry, we can’t find that page | The Herald"),
        page("<p>The article was removed.</p>", "This article is no longer available"),
        page("<p>Vielleicht hilft die Suche.</p>", "Seite nicht gefunden"),
    ],
)
def test_a_missing_page_that_is_served_as_found(html: str) -> None:
    assert "a page that says it is not there" in (said(html) or "")


@pytest.mark.parametrize(
    "html",
    [
        page(f"<p>{SENTENCE * 2}</p><p>On Friday {SENTENCE * 2}</p>" + BARRIER, head=CLOSED),
        page("<p>The ministers met on Monday.</p>" + BARRIER),
        page("<p>The ministers met on Monday.</p>", head=CLOSED),
        page("<p>The ministers met on Monday.</p><p>Already a subscriber? Log in.</p>"),
        page("<p>Die Minister trafen sich am Montag.</p><p>Jetzt weiterlesen mit Herald Plus</p>"),
    ],
)
def test_the_beginning_of_an_article_that_is_not_free(html: str) -> None:
    assert "a paywall: the page shows" in (said(html) or "")


@pytest.mark.parametrize(
    ("title", "text", "says"),
    [
        ("Just a moment...", "Enable JavaScript and cookies to continue", "check for robots"),
        ("The Herald", "Please verify you are human by completing the action below.", "check for robots"),
        ("The Herald", "You need to enable JavaScript to run this app.", "check for robots"),
        ("Access denied", "You have no permission to access this page on this server.", "check for robots"),
        (
            "Before you continue to The Herald",
            "We use cookies to measure how you use this site.",
            "question for consent",
        ),
        (
            "The Herald",
            "We value your privacy. We and our partners store cookies on your device.",
            "question for consent",
        ),
    ],
)
def test_a_wall_before_the_page(title: str, text: str, says: str) -> None:
    assert says in (
        said(f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>") or ""
    )


@pytest.mark.parametrize(
    ("head", "url", "says"),
    [
        ('<meta property="og:type" content="video.other">', ADDRESS, "a video page"),
        (linked(**{"@type": "VideoObject", "name": "Talks"}), ADDRESS, "a video page"),
        ("", "https://herald.example.org/video/talks-at-vell", "a video page"),
        (linked(**{"@type": "PodcastEpisode", "name": "Talks"}), ADDRESS, "an audio page"),
        (linked(**{"@type": "ImageGallery", "name": "Talks"}), ADDRESS, "a gallery"),
        ("", "https://herald.example.org/in-pictures/talks", "a gallery"),
    ],
)
def test_a_caption_is_no_article(head: str, url: str, says: str) -> None:
    assert says in (said(page("<p>The ministers met in Vell on Monday for the first time.</p>", head=head), url) or "")


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (cards(15), "https://herald.example.org/"),
        (cards(15), "https://herald.example.org/tag/border"),
        (cards(15), "https://herald.example.org/world/"),
        (cards(15), "https://herald.example.org/search?q=border"),
        ("".join(f'<p><a href="/{n}">Ministers agree on point {n} of the border</a></p>' for n in range(12)), ADDRESS),
    ],
)
def test_a_list_of_links_is_no_article(body: str, url: str) -> None:
    html = page(body, "Border").replace("<article><h1>", "<div><h1>").replace("</article></main>", "</div></main>")
    assert "a list of links to articles" in (said(html, url) or "")


@pytest.mark.parametrize(
    ("html", "url"),
    [
        (page(prose(8), "Plane with 404 passengers not found after a week"), ADDRESS),
        (page(prose(12) + BARRIER, head=CLOSED), ADDRESS),
        (page(prose(8), "Page not found"), ADDRESS),
        (page(prose(4) + "<p>We use cookies. Accept all cookies.</p>", "Ministers on privacy settings"), ADDRESS),
        (
            page(prose(4), head='<meta property="og:type" content="video.other">'),
            "https://herald.example.org/video/talks",
        ),
        (page(prose(5) + f"<section>{cards(15)}</section>"), "https://herald.example.org/tag/border/talks-at-vell"),
        (page("<p>The ministers of the two countries have met in Vell, state television said on Monday.</p>"), ADDRESS),
        (
            page(
                f"<p>{SENTENCE * 2}</p>",
                head=linked(**{"@type": "NewsArticle", "headline": "Talks at Vell", "video": {"@type": "VideoObject"}}),
            ),
            ADDRESS,
        ),
    ],
)
def test_an_article_is_taken_whatever_else_stands_on_its_page(html: str, url: str) -> None:
    assert said(html, url) is None
