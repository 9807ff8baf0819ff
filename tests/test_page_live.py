"""A live blog keeps its posts, each with its time, in the page's order."""

from __future__ import annotations

from tests.pages import SENTENCE, linked, page, prose
from tests.test_extract import article

LIVE = linked(**{"@type": "LiveBlogPosting", "headline": "Talks at Vell", "datePublished": "2024-05-03T08:00:00Z"})


def post(hour: int, heading: bool = True, shown: str = "") -> str:
    title = f"<h2>Point {hour} is agreed</h2>" if heading else ""
    return (
        f'<article class="post"><time datetime="2024-05-03T{hour}:05:00Z">{shown or f"{hour}:05 GMT"}</time>{title}'
        f"<p>The ministers agreed on point {hour} of the list that they had drawn up.</p>"
        "<blockquote><p>We are content with it.</p></blockquote></article>"
    )


def lines(html: str) -> list[str]:
    return article(html, "text/html").text.split("\n\n")


def test_each_post_begins_with_its_time_and_heading() -> None:
    lead = "<p>Ministers of the two countries meet in Vell today to speak about the border and its tolls.</p>"
    found = lines(page(f"{lead}<div>{''.join(map(post, (14, 13, 12)))}</div>", head=LIVE))
    assert found[0].startswith("Ministers of the two countries meet")
    assert found[1:4] == [
        "14:05 GMT Point 14 is agreed",
        "The ministers agreed on point 14 of the list that they had drawn up.",
        "We are content with it.",
    ]
    assert [line[:2] for line in found if "GMT" in line] == ["14", "13", "12"]


def test_a_time_within_the_heading_is_not_said_twice() -> None:
    posts = "".join(
        post(hour).replace("GMT</time><h2>", "GMT</time> ").replace("<time", "<h2><time") for hour in (14, 13, 12)
    )
    assert lines(page(f"<div>{posts}</div>", head=LIVE))[0] == "14:05 GMT Point 14 is agreed"


def test_a_post_without_a_heading_has_its_time_before_its_text() -> None:
    found = lines(page(f"<div>{''.join(post(hour, heading=False) for hour in (14, 13, 12))}</div>", head=LIVE))
    assert found[0] == "14:05 GMT The ministers agreed on point 14 of the list that they had drawn up."


def test_a_time_that_only_tells_how_long_ago_is_replaced_by_the_stated_one() -> None:
    found = lines(page(f"<div>{''.join(post(hour, shown='2 hours ago') for hour in (14, 13, 12))}</div>", head=LIVE))
    assert found[0] == "14:05 Point 14 is agreed"


def test_a_live_blog_is_known_by_its_name_as_well() -> None:
    found = lines(page(f'<div class="live-blog">{"".join(map(post, (14, 13, 12)))}</div>'))
    assert found[0] == "14:05 GMT Point 14 is agreed"


def test_posts_that_only_programs_are_given_are_read() -> None:
    updates = [
        {
            "@type": "BlogPosting",
            "headline": f"Point {n}",
            "datePublished": f"2024-05-03T1{n}:05:00Z",
            "articleBody": SENTENCE,
        }
        for n in range(3)
    ]
    head = linked(**{"@type": "LiveBlogPosting", "headline": "Talks at Vell", "liveBlogUpdate": updates})
    assert lines(page("<div id=app></div>", head=head))[:3] == ["10:05 Point 0", SENTENCE.strip(), "11:05 Point 1"]


def test_an_article_with_times_in_it_is_no_live_blog() -> None:
    other = "".join(map(post, (14, 13, 12)))
    found = lines(page(prose(5) + f'<aside class="live-blog">{other}</aside>'))
    assert len(found) == 5
