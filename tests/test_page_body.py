"""The body of a page keeps every sentence of the article and loses what stands around it."""

from __future__ import annotations

import pytest
import trafilatura

from indexer.extraction.page_body import read_body
from tests.pages import ADDRESS, SENTENCE, page, prose


def body(html: str, stated: str | None = None) -> list[str]:
    tree = trafilatura.load_html(page(html))
    assert tree is not None
    return read_body(tree, ADDRESS, ["Talks at Vell"], stated)


LAST = "This was point 3 of the day."


@pytest.mark.parametrize(
    "furniture",
    [
        "<p>Talks at Vell</p>",
        "<p><strong>Read more: <a href='/x'>Storm hits the southern coast</a></strong></p>",
        "<p>RELATED: What the two countries want from each other</p>",
        "<p>Also on herald.example: How the border was closed</p>",
        "<p>Follow us on Twitter and Facebook.</p>",
        "<p>Follow Jo Doe on Twitter @jodoe</p>",
        "<p>Sign up for our weekly newsletter here</p>",
        "<p>Filed under: Vell | Border</p>",
        "<p>© 2024 The Herald. All rights reserved.</p>",
        "<div class='newsletter-box'><p>All the news of the day, each morning at seven.</p></div>",
        "<div class='related-stories'><p>What the two countries want from each other this year</p></div>",
        "<ul><li><a href='/a'>Storm hits the southern coast</a></li><li><a href='/b'>Vote in the north</a></li></ul>",
    ],
)
def test_furniture_goes(furniture: str) -> None:
    assert body(furniture + prose(4)) == body(prose(4))


def test_headings_of_other_stories_end_the_article() -> None:
    found = body(prose(4) + "<h3>You may also like</h3><p>A storm has hit the southern coast.</p>")
    assert found[-1].endswith(LAST)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>The border opens in May.</li></ul>", "The border opens in May."),
        ("<blockquote><p>We are content with it.</p></blockquote>", "We are content with it."),
        ('<blockquote class="twitter-tweet"><p>We are content with it.</p></blockquote>', "We are content with it."),
        ("<h2>What comes next</h2>" + prose(1), "What comes next"),
        ('<div class="article-subheadline">What comes next</div>' + prose(1), "What comes next"),
        (
            '<p>They will <span class="link"><a href="/x">meet in May</a></span> again.</p>',
            "They will meet in May again.",
        ),
        (
            "<table><tr><th>Country</th><th>Votes</th></tr><tr><td>Norway</td><td>3</td></tr></table>",
            "Norway | 3",
        ),
        (
            '<p>Gov. Jo Doe<span class="tooltip-block">Jo Doe governs the whole province since 2019</span> came.</p>',
            "Gov. Jo Doe came.",
        ),
        ('<p>The <span class="tooltip">tolls</span> stay as they are.</p>', "The tolls stay as they are."),
        (
            "<p>Picture: a city without power, the mayor said, is one that nobody forgets in a hurry.</p>",
            "Picture: a city",
        ),
        ("<p>Read more books, the minister told the pupils of the school at Vell.</p>", "Read more books"),
    ],
)
def test_what_belongs_to_the_article_stays(html: str, expected: str) -> None:
    found = body(prose(4) + html + prose(1, "They went on to the harbour and looked at the new cranes there. "))
    assert any(line.startswith(expected) for line in found), found


def test_a_text_in_several_containers_is_one() -> None:
    chunks = "".join(
        f'<div class="article__body">{prose(2, SENTENCE + name)}</div><div class="ad">Ad</div>' for name in "ABC"
    )
    found = body(chunks)
    assert len(found) == 6
    assert [line[len(SENTENCE)] for line in found[::2]] == list("ABC")


def test_several_articles_on_one_page_are_not_made_one() -> None:
    html = "".join(
        f'<article><h1>{n}</h1><div class="entry-content">{prose(3, SENTENCE + n)}</div></article>' for n in "AB"
    )
    assert not any(line.startswith(SENTENCE + "B") for line in body(html))


def test_the_text_for_programs_serves_where_the_page_shows_much_less() -> None:
    stated = "\n\n".join(SENTENCE * 2 for _ in range(4))
    assert body("<p>They met.</p>", stated) == [SENTENCE.strip() + " " + SENTENCE.strip()] * 4
    assert body(prose(4), stated) == body(prose(4))


def test_speakers_go_before_their_words() -> None:
    turns = [("MS. DOE", "We spoke about it."), ("Q", "When will it open?")] * 3
    html = "".join(
        f'<div class="turn"><div class="turn__speaker">{name}</div><p>{words} {SENTENCE}</p></div>'
        for name, words in turns
    )
    assert body(html) == [f"{name}: {words} {SENTENCE.strip()}" for name, words in turns]


@pytest.mark.parametrize("apart", ["<br><br>", "<br>"])
def test_turns_that_only_line_breaks_part_are_paragraphs(apart: str) -> None:
    turns = [f"<b>{name}:</b> {SENTENCE.strip()}" for name in ("MS. DOE", "Q") * 3]
    assert body(f"<p>{apart.join(turns)}</p>") == [f"{name}: {SENTENCE.strip()}" for name in ("MS. DOE", "Q") * 3]
