"""A page's own article is told from the related stories, the author and the site in its JSON-LD."""

from __future__ import annotations

import lxml.html
import pytest

from indexer.extraction.linked_data import LinkedData, names_in, read_linked_data
from tests.pages import ADDRESS, linked, page

OWN = {"@type": "NewsArticle", "headline": "Talks at Vell", "datePublished": "2024-05-03"}
OTHER = {"@type": "NewsArticle", "headline": "Storm in the south", "datePublished": "2020-01-02"}


def read(*blocks: str, title: str | None = "Talks at Vell", url: str | None = ADDRESS) -> LinkedData:
    return read_linked_data(lxml.html.fromstring(page("<p>They met.</p>", head="".join(blocks))), url, title)


@pytest.mark.parametrize(
    "blocks",
    [
        [linked(**OWN)],
        [linked(**OTHER), linked(**OWN)],
        [linked(**{"@graph": [{"@type": "WebSite"}, OTHER, OWN]})],
        [linked(**OWN).replace("{", "[{", 1).replace("}</", "}]</")],
        [linked(**{"@type": "WebPage", "mainEntity": OWN})],
        [linked(**{**OWN, "@type": ["Article", "NewsArticle"]})],
        [linked(**{**OWN, "@type": "http://schema.org/NewsArticle"})],
        [linked(**{**OWN, "headline": "Another wording", "mainEntityOfPage": ADDRESS}), linked(**OTHER)],
        [linked(**{**OWN, "headline": "Another wording", "mainEntityOfPage": {"@id": ADDRESS}}), linked(**OTHER)],
        [linked(**OWN).replace("ld+json", "ld+json; charset=utf-8")],
        [linked(**OWN).replace("Talks at", "Talks at").replace(">{", ">\n<!--\n{").replace("}</", "}\n-->\n</")],
        ["<script type='application/ld+json'>{oops</script>", linked(**OWN)],
    ],
)
def test_the_page_s_own_article_is_found(blocks: list[str]) -> None:
    assert read(*blocks).article["datePublished"] == "2024-05-03"


@pytest.mark.parametrize(
    "blocks",
    [
        [linked(**{"@type": "ItemList", "itemListElement": [OTHER]})],
        [linked(**{"@type": "WebPage", "relatedLink": OTHER, "citation": OTHER})],
        [linked(**OTHER), linked(**{**OTHER, "headline": "Vote in the north"})],
        ["<script type='application/ld+json'>" + "[" * 20_000 + "</script>"],
        [linked(**OTHER, url="https://herald.example.org/storm")],
        [linked(**{"@type": "Person", "name": "Jo Doe"})],
    ],
)
def test_other_articles_are_not_taken_for_it(blocks: list[str]) -> None:
    assert read(*blocks).article == {}


def test_names_are_found_however_they_are_given() -> None:
    assert names_in([{"name": "Jo  Doe"}, "Ana Ruiz", {"name": ["Li Wei"]}, 5, None]) == [
        "Jo Doe",
        "Ana Ruiz",
        "Li Wei",
    ]
    assert names_in(None) == []
