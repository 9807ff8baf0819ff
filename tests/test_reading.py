"""The pages for one article or passage: every version of its text, its citations, and what is like it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from lxml import html

from api.app import create_app
from api.search import Searcher
from indexer.engine import Binding, Engine, open_engine
from tests.fakes import FakeEncoder, article, put

EVIL = '<script>alert(1)</script> & "quoted" {{ 7 * 7 }} \u202etxet'
FIRST = ["Ministers met in Vienna. They agreed on nothing.", "Talks go on next week in Geneva."]
SECOND = ["Ministers met in Vienna. They agreed to meet again.", "Talks go on next week in Geneva."]


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    engine = open_engine(tmp_path_factory.mktemp("reading") / "index", create=Binding.of(WideEncoder()))
    for text in (FIRST, SECOND):
        known = {"publisher": "Morning Post", "published": "2014-11-20", "url": "https://example.org/vienna"}
        put(engine, WideEncoder(), [article("vienna", text, "Ministers meet", authors=["Jane Doe"], **known)])
    put(engine, WideEncoder(), [article("oslo", "Ministers met in Oslo. They agreed on grain.", "Oslo")])
    put(engine, WideEncoder(), [article("evil/<b>?#%", f"{EVIL} in a paragraph.", EVIL, publisher=EVIL)])
    put(engine, WideEncoder(), [article("arabic", "اجتمع الوزراء في فيينا.", "وزراء", language="ar")])
    put(engine, WideEncoder(), [article("gone", "This was taken out by a person.")])
    engine.delete(["gone"])
    engine.publish()
    yield TestClient(create_app(Searcher(engine, WideEncoder())))
    engine.close()


def page(client: TestClient, path: str, status: int = 200) -> html.HtmlElement:
    response = client.get(path, headers={"accept": "text/html"})
    assert response.status_code == status
    root = html.document_fromstring(response.content)
    assert root.xpath("//script[not(@src)] | //@onerror | //@style") == []
    assert len(root.xpath("//h1")) == 1
    return root


def said(root: html.HtmlElement, path: str) -> str:
    [element] = root.xpath(path)
    return " ".join(element.text_content().split())


def text(root: html.HtmlElement) -> list[str]:
    return [paragraph.text_content() for paragraph in root.xpath("//div[@id='text']/p")]


def test_an_article_shows_its_current_text_and_lists_its_versions(client: TestClient) -> None:
    root = page(client, "/article/vienna")
    assert text(root) == SECOND
    assert said(root, "//section[@class='versions']/p").startswith("Version 2 of 2, indexed ")
    assert root.xpath("//section[@class='versions']//a/@href") == ["/article/vienna?version=1"]
    assert root.xpath("//*[@class='notice']") == []


def test_an_earlier_version_is_shown_under_a_notice_that_leads_to_the_current_one(client: TestClient) -> None:
    root = page(client, "/article/vienna?version=1")
    assert text(root) == FIRST
    assert "earlier text" in said(root, "//*[@class='notice']")
    assert root.xpath("//*[@class='notice']/a/@href") == ["/article/vienna"]
    assert root.xpath("//a[@class='cite']") == []


def test_an_article_with_one_version_lists_none(client: TestClient) -> None:
    root = page(client, "/article/oslo")
    assert said(root, "//section[@class='versions']/p").startswith("The only version, indexed ")
    assert root.xpath("//section[@class='versions']//li") == []


@pytest.mark.parametrize(("mark", "marked"), [("1", [SECOND[1]]), ("7", []), ("x", []), ("", [])])
def test_a_passage_can_be_marked_by_the_address(client: TestClient, mark: str, marked: list[str]) -> None:
    root = page(client, f"/article/vienna?mark={mark}")
    assert [element.text_content() for element in root.xpath("//*[@class='marked']")] == marked


@pytest.mark.parametrize("version", ["3", "0", "x", "-1", "9" * 30, "²"])
def test_a_version_that_is_not_there_is_not_found(client: TestClient, version: str) -> None:
    assert said(page(client, f"/article/vienna?version={version}", 404), "//h1") == "Not found"


def test_a_removed_article_is_not_shown_in_any_version(client: TestClient) -> None:
    for path in ("/article/gone", "/article/gone?version=1"):
        root = page(client, path, 404)
        assert "was taken out" in said(root, "//main")
        assert "by a person" not in root.text_content()


@pytest.mark.parametrize(
    "path",
    ["/article/nothing", "/cite/nothing:0", "/cite/vienna:9", "/cite/vienna", "/similar/vienna:x", f"/article/{EVIL}"],
)
def test_what_is_not_there_is_not_found_and_a_search_is_offered(client: TestClient, path: str) -> None:
    root = page(client, quote(path), 404)
    assert said(root, "//h1") == "Not found"
    assert root.xpath("//form[@role='search']") != []


def test_an_article_in_another_script_says_so_to_the_browser(client: TestClient) -> None:
    root = page(client, "/article/arabic")
    for path in ("//h1", "//div[@id='text']"):
        assert root.xpath(path)[0].get("lang") == "ar"
    assert root.xpath("//h1/@dir | //div[@id='text']/p/@dir") == ["auto", "auto"]


def test_a_citation_is_given_in_every_style_as_the_download_has_it(client: TestClient) -> None:
    root = page(client, "/cite/vienna%3A0")
    styles = root.xpath("//div[@id='styles']/section")
    assert len(styles) == 7
    for section in styles[:6]:
        [link] = section.xpath(".//a[@download]")
        downloaded = client.get(link.get("href"))
        assert downloaded.status_code == 200
        assert downloaded.headers["content-disposition"].startswith("attachment")
        shown = section.xpath(".//*[@data-copy]")[0].text_content()
        assert "".join(shown.split()) == "".join(downloaded.text.split())
    assert json.loads(styles[5].xpath(".//pre")[0].text_content())[0]["title"] == "Ministers meet"
    assert "#:~:text=" in styles[6].xpath(".//a/@href")[0]


def test_a_style_that_there_is_not_is_not_found(client: TestClient) -> None:
    assert "bibtex" in said(page(client, "/cite/vienna%3A0?style=napkin", 404), "//main")


def test_an_article_leads_to_the_citation_of_the_passage_asked_for(client: TestClient) -> None:
    assert page(client, "/article/vienna?mark=1").xpath("//a[@class='cite']/@href") == ["/cite/vienna%3A1"]
    assert page(client, "/article/vienna").xpath("//a[@class='cite']/@href") == ["/cite/vienna%3A0"]


def test_what_is_like_a_passage_is_shown_as_rest_gives_it(client: TestClient) -> None:
    root = page(client, "/similar/vienna%3A0")
    found = client.get("/v1/similar/vienna:0").json()["hits"]
    shown = [quoted.text_content() for quoted in root.xpath("//ol[@class='hits']//blockquote")]
    assert shown == [hit["passage"]["text"] for hit in found] != []
    assert said(root, "//div[@class='like']/blockquote") == SECOND[0]


def test_where_nothing_is_like_a_passage_that_is_said(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("alone", "The only paragraph there is.")])
    root = page(TestClient(create_app(Searcher(engine, encoder))), "/similar/alone:0")
    assert said(root, "//*[@class='notice']") == "No other article has anything like it."


@pytest.mark.parametrize("path", ["/article/{}", "/cite/{}:0", "/similar/{}:0"])
def test_hostile_news_is_text_everywhere(client: TestClient, path: str) -> None:
    root = page(client, path.format(quote("evil/<b>?#%")))
    assert root.xpath("//main//script | //b") == []
    assert EVIL in root.xpath("//main")[0].text_content()
    assert "49" not in said(root, "//h1")
