"""The pages as a browser gets them, read with lxml: no JavaScript, nothing unescaped, every passage to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from api.answerable import SIGNS, Answerable
from api.app import create_app
from api.citations import cite
from api.features import FEATURES
from api.search import Searcher
from api.web.pages import EXAMPLES, opening, segments
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import DocumentError
from indexer.types import PER_ARTICLE, Article, PartialDate, Passage, Reference
from tests.fakes import FakeEncoder, article, put

EVIL = "<script>alert('1')</script> \"quoted\" &amp; <img src=x onerror=alert(2)>"
JAPANESE = "外相会談で両国は核実験の停止を求めた。首脳は来週ウィーンを訪問する。" * 10
NEWS = [
    article(
        "vienna",
        [
            "Ministers met in Vienna. They reopen the border.",
            "(ok)",
            "A second round of talks will take place in Oslo.",
        ],
        "Ministers meet in Vienna",
        publisher="Morning Post",
        published="2012-05-21",
        updated="2012-05-22",
        url="https://example.org/vienna?a=1&b=2",
        authors=["Jane Doe", "Li Wei"],
        language="en",
        references=[
            Reference("Evening Herald", PartialDate("2012-05"), "Talks open", "https://example.org/2"),
            Reference("Radio Dravia"),
        ],
    ),
    article("evil/<b>?#%", f"{EVIL} is a sentence about tariffs.", EVIL, publisher=EVIL, authors=[EVIL]),
    article("long", ["An opening paragraph.", JAPANESE, "A" * 900, "Words upon words. " * 120], "A long read"),
]


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    engine = open_engine(tmp_path_factory.mktemp("pages") / "index", create=Binding.of(FakeEncoder()))
    put(engine, FakeEncoder(), NEWS)
    yield TestClient(create_app(Searcher(engine, FakeEncoder())))
    engine.close()


def page(client: TestClient, path: str, status: int = 200, **given: str) -> html.HtmlElement:
    response = client.get(path, params=given or None)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    root = html.document_fromstring(response.content)
    assert root.xpath("//script | //@onclick | //@onerror | //@style") == []
    assert len(root.xpath("//title")) == 1
    return root


def said(root: html.HtmlElement, path: str) -> str:
    """The text of the one element at a path, white space folded."""
    [element] = root.xpath(path)
    return " ".join(element.text_content().split())


@pytest.fixture(autouse=True)
def _answered_from_an_even_chance_on(monkeypatch: pytest.MonkeyPatch) -> None:
    answered_from(monkeypatch, 0.5)


def answered_from(monkeypatch: pytest.MonkeyPatch, threshold: float) -> None:
    """Give every question an even chance of being answered, and this threshold."""
    monkeypatch.setattr("api.search.default_answerable", lambda: Answerable(np.zeros(len(SIGNS)), 0.0, threshold))


def hits(root: html.HtmlElement) -> list[html.HtmlElement]:
    return list(root.xpath("//ol[@class='hits']/li"))


def shown_text(root: html.HtmlElement) -> str:
    """An article's text as its page shows it."""
    paragraphs = root.xpath("//article/p[@id or @class='crumb' or span[starts-with(@id, 'p')]]")
    return "\n\n".join(paragraph.text_content() for paragraph in paragraphs)


def test_the_front_page_asks_and_gives_examples(client: TestClient) -> None:
    root = page(client, "/")
    [form] = root.xpath("//form[@method='get' and @action='/']")
    assert form.xpath(".//input/@name") == ["q", "after", "before", "publisher"]
    links = root.xpath("//section[@class='examples']//a/@href")
    assert [parse_qs(urlsplit(link).query)["q"] for link in links] == [[example] for example in EXAMPLES]
    assert hits(root) == []


def test_a_hit_shows_title_publisher_dates_authors_paragraph_and_links(client: TestClient) -> None:
    hit = hits(page(client, "/", q="Did ministers agree to reopen the border?"))[0]
    assert said(hit, ".//h2") == "Ministers meet in Vienna"
    assert said(hit, ".//*[@class='publisher']") == "Morning Post"
    assert hit.xpath(".//time/@datetime") == ["2012-05-21", "2012-05-22"]
    assert said(hit, ".//*[@class='byline']") == ("Morning Post 21 May 2012 updated 22 May 2012 Jane Doe, Li Wei")
    [quoted] = hit.xpath(".//blockquote")
    assert quoted.text_content() == "Ministers met in Vienna. They reopen the border."
    assert said(hit, ".//mark") == "They reopen the border."
    assert hit.xpath(".//h2/a/@href") == ["/article/vienna#p0"]
    citation = cite(Passage("vienna", 0, 0, len(quoted.text_content()), quoted.text_content()), NEWS[0].meta)
    assert hit.xpath(".//p[@class='links']/a/@href") == [citation.url, "/article/vienna#p0"]
    assert quoted.get("cite") == citation.url
    assert said(hit, ".//details[@class='cite']/p") == citation.text


def test_a_hit_names_what_its_article_rests_on(client: TestClient) -> None:
    hit = hits(page(client, "/", q="Did ministers agree to reopen the border?"))[0]
    assert said(hit, ".//*[@class='references']") == ("Rests on: Evening Herald, “Talks open”, May 2012; Radio Dravia.")
    assert hit.xpath(".//*[@class='references']/a/@href") == ["https://example.org/2"]


def test_a_hit_of_which_nothing_is_known_says_so(client: TestClient) -> None:
    hit = next(hit for hit in hits(page(client, "/", q="opening paragraph")) if "A long read" in hit.text_content())
    assert said(hit, ".//*[@class='byline']") == "Publisher not known date not known"
    assert [said(link, ".") for link in hit.xpath(".//p[@class='links']/a")] == ["In its article"]


def test_the_form_keeps_what_was_asked(client: TestClient) -> None:
    given = {"q": f"who {EVIL}?", "after": "2012", "before": "2013-01", "publisher": "Morning Post"}
    root = page(client, "/", **given)
    assert {field.get("name"): field.get("value") for field in root.xpath("//form//input")} == given
    assert root.xpath("//form/details/@open") != []
    assert given["q"] in root.xpath("//title")[0].text


def test_the_page_gives_the_hits_that_rest_gives(client: TestClient) -> None:
    question = "talks in Oslo and Vienna"
    found = client.get("/v1/search", params={"q": question}).json()["hits"]
    shown = hits(page(client, "/", q=question))
    assert [hit.xpath(".//blockquote")[0].text_content() for hit in shown] == [hit["passage"]["text"] for hit in found]


def test_hits_that_do_not_seem_to_answer_are_shown_under_a_sentence_that_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = "//p[@class='notice' and @role='status']"
    likely = page(client, "/", q="talks in Oslo")
    answered_from(monkeypatch, 0.51)
    unlikely = page(client, "/", q="talks in Oslo")
    assert likely.xpath(notice) == []
    assert said(unlikely, notice) == "Nothing here seems to answer this; the nearest passages are below."
    assert len(unlikely.xpath(f"{notice}/following-sibling::ol/li")) == len(hits(likely)) > 0


def test_where_no_passage_is_found_none_is_said_to_be_near(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answered_from(monkeypatch, 0.51)
    root = page(client, "/", q="tariffs", publisher="Nobody's Gazette")
    assert "below" not in said(root, "//*[@class='notice']")


def test_the_times_that_were_understood_are_shown(client: TestClient) -> None:
    root = page(client, "/", q="Who met in March 2012 or since 2019?")
    assert said(root, "//p[@class='understood']") == "Understood as about: March 2012 since 1 January 2019"
    assert root.xpath("//p[@class='understood']/span/text()") == ["March 2012", "since 1 January 2019"]
    assert page(client, "/", q="Who met?").xpath("//p[@class='understood']") == []


def test_last_year_is_understood_from_today(client: TestClient) -> None:
    years = {datetime.now(UTC).year - 1}
    shown = said(page(client, "/", q="Who met last year?"), "//p[@class='understood']/span")
    years.add(datetime.now(UTC).year - 1)  # the year may have ended
    assert int(shown) in years


def test_why_a_hit_is_there_is_said_in_words_strongest_first(client: TestClient) -> None:
    hit = hits(page(client, "/", q="Did ministers agree to reopen the border?"))[0]
    [why] = hit.xpath(".//details[@class='why' and not(@open)]")
    assert said(why, "./summary") == "Why this result"
    strengths, meanings = zip(*(said(item, ".").split(": ", 1) for item in why.xpath(".//li")), strict=True)
    order = ["strongly", "somewhat", "a little"]
    assert [order.index(strength) for strength in strengths] == sorted(map(order.index, strengths))
    assert strengths[0] == "strongly"
    assert FEATURES["sentence"] in meanings
    assert set(meanings) <= set(FEATURES.values())
    assert not re.search(r"\d\.\d|\d %", why.text_content())


def test_a_hit_for_which_nothing_speaks_says_that(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("grain", "The port stopped exports.")])
    [hit] = hits(page(TestClient(create_app(Searcher(engine, encoder))), "/", q="ministers"))
    assert hit.xpath(".//details[@class='why']//li") == []
    assert said(hit, ".//details[@class='why']/p").startswith("Nothing speaks for it by itself")


def test_more_passages_of_an_article_are_links_that_begin_with_their_first_words(client: TestClient) -> None:
    root = page(client, "/", q="A long read: an opening paragraph, words upon words")
    [more] = root.xpath("//details[@class='more' and not(@open)]")
    links = more.xpath(".//li/a")
    passages = client.get("/v1/articles/long").json()["passages"]
    assert said(more, "./summary") == f"{len(passages) - PER_ARTICLE} more passages of this article"
    assert len(links) == len(passages) - PER_ARTICLE > 1
    for link in links:
        address, _, anchor = link.get("href").partition("#")
        [target] = page(client, address).xpath(f"//*[@id='{anchor}']")
        assert link.text == opening(target.text_content())


SUBJECTS = ["grain", "steel", "fish", "visas", "coal", "ferries", "bridges", "taxes", "schools", "dams"]


def test_one_more_passage_is_not_called_passages(engine: Engine, encoder: FakeEncoder) -> None:
    paragraphs = [f"Ministers spoke of {what} for the whole of a day." for what in SUBJECTS[: PER_ARTICLE + 1]]
    put(engine, encoder, [article("talks", paragraphs)])
    root = page(TestClient(create_app(Searcher(engine, encoder))), "/", q="What did ministers speak of?")
    assert said(root, "//details[@class='more']/summary") == "1 more passage of this article"


def test_copies_of_a_passage_are_links_into_their_articles(engine: Engine, encoder: FakeEncoder) -> None:
    text = "Both governments lifted their tariffs on steel after a week of talks."
    put(
        engine,
        encoder,
        [
            article("a", text, "Tariffs lifted"),
            article("b?<i>", ["A paragraph about something else.", text], "Tariffs lifted", publisher=EVIL),
            article("c", text, "Tariffs lifted", published="2012-05"),
        ],
    )
    hit = hits(page(TestClient(create_app(Searcher(engine, encoder))), "/", q="Who lifted tariffs on steel?"))[0]
    links = {link.text_content(): link.get("href") for link in hit.xpath(".//p[@class='copies']/a")}
    places = {EVIL: f"/article/{quote('b?<i>')}#p1", "Tariffs lifted": "/article/c#p0"}
    assert hit.xpath(".//h2/a/@href") == ["/article/a#p0"]
    assert links == places
    shown = said(hit, ".//p[@class='copies']")
    assert shown.startswith("Also in ")
    assert "Tariffs lifted (May 2012)" in shown
    assert f"{EVIL} (date not known)" in shown
    assert hit.xpath(".//p[@class='copies']//time/@datetime") == ["2012-05"]


def test_a_hit_without_copies_and_without_more_passages_says_nothing_of_them(client: TestClient) -> None:
    hit = hits(page(client, "/", q="sentence about tariffs"))[0]
    assert hit.xpath(".//*[@class='copies' or @class='more']") == []


def test_filters_of_the_form_hold(client: TestClient) -> None:
    root = page(client, "/", q="tariffs", publisher="morning post", after="2012-05-21", before="2012-05-22")
    assert {said(hit, ".//h2") for hit in hits(root)} == {"Ministers meet in Vienna"}


def test_filters_that_nothing_passes_offer_a_search_without_them(client: TestClient) -> None:
    root = page(client, "/", q="100 % tariffs & more", publisher="Nobody's Gazette")
    assert "No passage passes" in said(root, "//*[@class='notice']")
    [link] = root.xpath("//*[@class='notice']//a/@href")
    assert parse_qs(urlsplit(link).query) == {"q": ["100 % tariffs & more"]}


@pytest.mark.parametrize(
    ("given", "said_of"),
    [
        ({"after": "2012-02-30"}, "2012-02-30"),
        ({"after": "2013", "before": "2012"}, "not earlier"),
        ({"q": "x" * 4001}, "4001"),
    ],
)
def test_what_makes_no_sense_is_said_on_the_page(client: TestClient, given: dict[str, str], said_of: str) -> None:
    root = page(client, "/", 422, **{"q": "Who met?", **given})
    assert said_of in said(root, "//*[@role='alert']")
    assert hits(root) == []
    assert root.xpath("//input[@name='q']/@value") == [given.get("q", "Who met?")]


def test_an_empty_index_says_how_to_fill_it(engine: Engine, encoder: FakeEncoder) -> None:
    engine.publish()
    client = TestClient(create_app(Searcher(engine, encoder)))
    for asked in ({}, {"q": "Who met?"}):
        assert "dragoman add PATH" in said(page(client, "/", **asked), "//*[@class='notice']")


@pytest.mark.parametrize("found", NEWS, ids=lambda item: item.id)
def test_an_article_is_shown_to_the_letter_with_an_anchor_for_each_passage(client: TestClient, found: Article) -> None:
    root = page(client, f"/article/{quote(found.id, safe='')}")
    passages = client.get(f"/v1/articles/{quote(found.id, safe='')}").json()["passages"]
    anchors = {element.get("id"): element.text_content() for element in root.xpath("//article//*[@id]")}
    assert anchors == {f"p{passage['ordinal']}": passage["text"] for passage in passages}
    assert shown_text(root) == found.text


def test_a_paragraph_that_is_no_passage_is_shown_without_an_anchor(client: TestClient) -> None:
    assert page(client, "/article/vienna").xpath("//article/p[@class='crumb' and not(@id)]/text()") == ["(ok)"]


def test_every_link_of_a_hit_into_its_article_leads_to_the_passage(client: TestClient) -> None:
    for hit in hits(page(client, "/", q="tariffs words border")):
        address, _, anchor = hit.xpath(".//h2/a/@href")[0].partition("#")
        [target] = page(client, address).xpath(f"//*[@id='{anchor}']")
        assert target.text_content() == hit.xpath(".//blockquote")[0].text_content()


def test_an_article_that_is_not_there_is_not_found(client: TestClient) -> None:
    root = page(client, f"/article/{quote(EVIL, safe='')}", 404)
    assert "Not found" in said(root, "//h1")
    assert root.xpath("//main//a/@href") == ["/"]


def test_markup_in_news_is_shown_as_text(client: TestClient) -> None:
    root = page(client, f"/article/{quote('evil/<b>?#%', safe='')}")
    assert root.xpath("//h1")[0].text_content() == EVIL
    assert said(root, "//*[@class='publisher']") == EVIL
    assert root.xpath("//article//img | //article//b") == []
    hit = hits(page(client, "/", q="sentence about tariffs"))[0]
    assert hit.xpath(".//h2")[0].text_content() == EVIL
    address, _, anchor = hit.xpath(".//h2/a/@href")[0].partition("#")
    assert address == f"/article/{quote('evil/<b>?#%')}"
    assert page(client, address).xpath(f"//*[@id='{anchor}']")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "JaVaScRiPt:alert(1)//"])
def test_an_address_that_runs_code_never_gets_into_an_index(address: str) -> None:
    with pytest.raises(DocumentError, match="http"):
        article("evil", url=address)


def test_a_new_version_is_marked_as_one(engine: Engine, encoder: FakeEncoder) -> None:
    for text in ("Ministers met in Vienna.", "Ministers met in Vienna on Monday."):
        put(engine, encoder, [article("vienna", text)])
    root = page(TestClient(create_app(Searcher(engine, encoder))), "/article/vienna")
    assert "version 2" in said(root, "//footer")
    assert shown_text(root) == "Ministers met in Vienna on Monday."


@pytest.mark.parametrize(
    "path", ["/", "/?q=border", "/?q=border+in+May+2012", "/?q=x&after=never", "/article/vienna", "/article/nothing"]
)
def test_every_page_forbids_scripts_and_frames_and_sends_no_referrer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "script-src" not in policy
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_stylesheet_is_served(client: TestClient) -> None:
    [sheet] = page(client, "/").xpath("//link[@rel='stylesheet']/@href")
    response = client.get(sheet)
    assert response.headers["content-type"].startswith("text/css")
    assert len(response.content) > 100


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=40), st.integers(0, 100), st.data())
def test_segments_join_to_the_text_and_mark_just_the_spans(text: str, start: int, data: st.DataObject) -> None:
    edges = sorted(data.draw(st.lists(st.integers(start, start + len(text)), max_size=6, unique=True)))
    spans = tuple(zip(edges[::2], edges[1::2], strict=False))
    pieces = list(segments(text, spans, start))
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, marked in pieces if marked] == [text[low - start : high - start] for low, high in spans]


@given(st.text(max_size=300))
def test_an_opening_is_the_beginning_of_a_text_and_short(text: str) -> None:
    shown = opening(text)
    assert text.startswith(shown.removesuffix(" …"))
    assert len(shown) <= 92
    assert (shown == text) == (len(text) <= 90)


@pytest.mark.parametrize(("text", "shown"), [("word " * 40, f"{'word ' * 17}word …"), ("核" * 200, f"{'核' * 90} …")])
def test_an_opening_ends_with_a_whole_word_where_there_are_words(text: str, shown: str) -> None:
    assert opening(text) == shown
