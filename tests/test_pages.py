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
from api.results import MOST_HELD_BACK
from api.search import Searcher
from api.web.pages import EXAMPLES
from api.web.text import opening, segments
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
    response = client.get(path, params=given or None, headers={"accept": "text/html"})
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    root = html.document_fromstring(response.content)
    assert root.xpath("//script[not(@src)] | //@onclick | //@onerror | //@style | //style") == []
    assert all(source.startswith("/static/") for source in root.xpath("//script/@src | //img/@src"))
    assert len(root.xpath("//h1")) == 1
    assert len(root.xpath("//head/title")) == 1
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
    paragraphs = root.xpath("//div[@id='text']/p")
    return "\n\n".join(paragraph.text_content() for paragraph in paragraphs)


def fields(root: html.HtmlElement) -> dict[str, str]:
    """What the form would send: its own fields, and those elsewhere that belong to it."""
    found = root.xpath("//form[@id='ask']//input | //input[@form='ask']")
    return {field.get("name"): field.get("value", "") for field in found}


def test_the_front_page_asks_and_gives_examples(client: TestClient) -> None:
    root = page(client, "/")
    [form] = root.xpath("//form[@method='get' and @action='/']")
    assert fields(root) == {"q": "", "after": "", "before": "", "publisher": ""}
    assert form.xpath(".//input[@name='q']/@autofocus") != []
    links = root.xpath("//section[@class='examples']//a/@href")
    assert [parse_qs(urlsplit(link).query)["q"] for link in links] == [[example] for example in EXAMPLES]
    assert said(root, "//p[@class='holds']") == f"3 articles, {client.get('/v1/stats').json()['passages']} passages."
    assert hits(root) == []


def test_what_a_form_left_empty_is_taken_out_of_the_address(client: TestClient) -> None:
    given = {"q": " Who met? ", "after": "", "before": "2013", "publisher": "", "utm_source": "mail"}
    response = client.get("/", params=given, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == "/?q=Who+met%3F&before=2013"
    assert client.get(response.headers["location"], follow_redirects=False).status_code == 200


def test_an_address_in_another_order_or_encoding_is_answered_as_it_is(client: TestClient) -> None:
    for path in ("/?before=2013&q=Who%20met%3F", "/?q=Who+met%3F&publisher=B&publisher=A"):
        assert client.get(path, follow_redirects=False).status_code == 200


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
    passage = Passage("vienna", 0, 0, len(quoted.text_content()), quoted.text_content())
    citation = cite(passage, NEWS[0].meta, 1, [(25, 48)])
    assert hit.xpath(".//div[@class='actions']/a/@href") == [
        citation.url,
        "/article/vienna#p0",
        "/cite/vienna%3A0",
        "/similar/vienna%3A0",
    ]
    assert quoted.get("cite") == citation.url
    assert said(hit, ".//p[@class='printed']") == citation.text


def test_a_hit_names_what_its_article_rests_on(client: TestClient) -> None:
    hit = hits(page(client, "/", q="Did ministers agree to reopen the border?"))[0]
    assert said(hit, ".//*[@class='references']") == ("Rests on: Evening Herald, “Talks open”, May 2012; Radio Dravia.")
    assert hit.xpath(".//*[@class='references']/a/@href") == ["https://example.org/2"]


def test_a_hit_of_which_nothing_is_known_says_so(client: TestClient) -> None:
    hit = next(hit for hit in hits(page(client, "/", q="opening paragraph")) if "A long read" in hit.text_content())
    assert said(hit, ".//*[@class='byline']") == "Publisher not known date not known"
    assert [said(link, ".") for link in hit.xpath(".//div[@class='actions']/a")] == [
        "In its article",
        "Cite",
        "More like this",
    ]


def test_the_form_keeps_what_was_asked(client: TestClient) -> None:
    given = {"q": f"who {EVIL}?", "after": "2012", "before": "2013-01", "country": "AT", "sort": "date"}
    root = page(client, "/", **given)
    assert fields(root) == {**given, "publisher": ""}
    assert given["q"] in root.xpath("//head/title")[0].text


def test_the_page_gives_the_hits_that_rest_gives(client: TestClient) -> None:
    question = "talks in Oslo and Vienna"
    found = client.get("/v1/search", params={"q": question}).json()["hits"]
    shown = hits(page(client, "/", q=question))
    assert [hit.xpath(".//blockquote")[0].text_content() for hit in shown] == [hit["passage"]["text"] for hit in found]


def test_hits_that_do_not_seem_to_answer_are_shown_under_a_sentence_that_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = "//section[@id='results']/p[@class='notice' and @role='status']"
    likely = page(client, "/", q="talks in Oslo")
    answered_from(monkeypatch, 0.51)
    unlikely = page(client, "/", q="talks in Oslo")
    assert likely.xpath(notice) == []
    assert said(unlikely, notice) == ("Nothing here seems to answer this question. The nearest passages are below.")
    assert len(unlikely.xpath(f"{notice}/following-sibling::ol/li")) == len(hits(likely)) > 0


def test_where_no_passage_is_found_none_is_said_to_be_near(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answered_from(monkeypatch, 0.51)
    root = page(client, "/", q="tariffs", publisher="Nobody's Gazette")
    assert "below" not in said(root, "//*[@class='notice']")


def test_the_times_that_were_understood_are_shown(client: TestClient) -> None:
    root = page(client, "/", q="Who met in March 2012 or since 2019?")
    chips = [said(chip, ".") for chip in root.xpath("//li[@class='understood']/span[@class='chip']")]
    assert chips == ["Understood: March 2012", "Understood: since 1 January 2019"]
    strictly = root.xpath("//li[@class='understood']//a/@href")
    assert [parse_qs(urlsplit(link).query) for link in strictly] == [
        {"q": ["Who met in March 2012 or since 2019?"], "after": ["2012-03"], "before": ["2012-04"]},
        {"q": ["Who met in March 2012 or since 2019?"], "after": ["2019"]},
    ]
    assert page(client, "/", q="Who met?").xpath("//li[@class='understood']") == []


def test_last_year_is_understood_from_today(client: TestClient) -> None:
    years = {datetime.now(UTC).year - 1}
    shown = said(page(client, "/", q="Who met last year?"), "//li[@class='understood']/span[@class='chip']")
    years.add(datetime.now(UTC).year - 1)  # the year may have ended
    assert int(shown.removeprefix("Understood: ")) in years


def test_why_a_hit_is_there_is_said_in_words_strongest_first(client: TestClient) -> None:
    hit = hits(page(client, "/", q="Did ministers agree to reopen the border?"))[0]
    [why] = hit.xpath(".//details[@class='why' and not(@open)]")
    assert said(why, "./summary") == "Why this result"
    strengths = [said(item, ".") for item in why.xpath(".//dt")]
    meanings = [said(item, ".") for item in why.xpath(".//dd")]
    order = ["strongly", "somewhat", "a little"]
    assert strengths == [strength for strength in order if strength in strengths]
    assert strengths[0] == "strongly"
    assert FEATURES["sentence"] in meanings
    assert set(meanings) <= set(FEATURES.values())
    assert not re.search(r"\d\.\d|\d %", why.text_content())


def test_a_hit_for_which_nothing_speaks_says_that(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("grain", "The port stopped exports.")])
    [hit] = hits(page(TestClient(create_app(Searcher(engine, encoder))), "/", q="ministers"))
    assert hit.xpath(".//details[@class='why']//dd") == []
    assert said(hit, ".//details[@class='why']/p").startswith("Nothing speaks for it by itself")


def test_more_passages_of_an_article_are_links_that_begin_with_their_first_words(client: TestClient) -> None:
    root = page(client, "/", q="A long read: an opening paragraph, words upon words")
    [more] = root.xpath("//details[@class='more' and not(@open)]")
    links = more.xpath(".//li/a")
    passages = client.get("/v1/articles/long").json()["passages"]
    assert len(passages) - PER_ARTICLE > MOST_HELD_BACK == len(links)
    assert said(more, "./summary") == "More passages of this article"
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
    places = {EVIL: f"/article/{quote('b?<i>')}#p1", "“Tariffs lifted”": "/article/c#p0"}
    assert hit.xpath(".//h2/a/@href") == ["/article/a#p0"]
    assert links == places
    shown = said(hit, ".//p[@class='copies']")
    assert shown.startswith("Also in ")
    assert "“Tariffs lifted” (May 2012)" in shown
    assert f"{EVIL} (date not known)" in shown
    assert hit.xpath(".//p[@class='copies']//time/@datetime") == ["2012-05"]


def test_a_hit_without_copies_and_without_more_passages_says_nothing_of_them(client: TestClient) -> None:
    hit = hits(page(client, "/", q="sentence about tariffs"))[0]
    assert hit.xpath(".//*[@class='copies' or @class='more']") == []


def test_filters_of_the_form_hold(client: TestClient) -> None:
    root = page(client, "/", q="tariffs", publisher="morning post", after="2012-05-21", before="2012-05-22")
    assert {said(hit, ".//h2") for hit in hits(root)} == {"Ministers meet in Vienna"}


def test_filters_that_nothing_passes_can_each_be_taken_off(client: TestClient) -> None:
    root = page(client, "/", q="100 % tariffs & more", publisher="Nobody's Gazette", after="2012")
    assert said(root, "//*[@class='notice']/h2") == "No passage found"
    ways = {
        said(link, "."): parse_qs(urlsplit(link.get("href")).query) for link in root.xpath("//ul[@class='ways']//a")
    }
    question = {"q": ["100 % tariffs & more"]}
    assert ways == {
        "Search without “Published since 2012”": {**question, "publisher": ["Nobody's Gazette"]},
        "Search without “Publisher Nobody's Gazette”": {**question, "after": ["2012"]},
        "Search without any filter": question,
    }


def test_active_filters_are_chips_that_say_what_removing_them_does(client: TestClient) -> None:
    root = page(client, "/", q="tariffs", publisher="Morning Post", after="2012-05", before="2012-06")
    chips = {chip.get("aria-label"): chip.get("href") for chip in root.xpath("//a[@class='chip']")}
    assert chips == {
        "Remove filter: published May 2012": "/?q=tariffs&publisher=Morning+Post",
        "Remove filter: publisher Morning Post": "/?q=tariffs&after=2012-05&before=2012-06",
    }
    assert root.xpath("//section[@class='facet'][contains(h3, 'Publisher')]//li") == []


def test_a_facet_counts_are_those_of_the_passages_found(client: TestClient) -> None:
    counted = client.get("/v1/search", params={"q": "tariffs", "facets": "true"}).json()["facets"]
    root = page(client, "/", q="tariffs")
    links = root.xpath("//section[@class='facet'][h3='Publisher']//a")
    shown = {link.xpath("./bdi")[0].text_content(): link.xpath("./*[@class='n']")[0].text for link in links}
    assert shown == {count["value"]: str(count["found"]) for count in counted["publishers"]}
    assert f"among the {counted['found']} nearest passages" in said(root, "//details[@class='narrow']/p[@class='help']")
    for link in links:
        assert link.xpath("./bdi")[0].text_content() in parse_qs(urlsplit(link.get("href")).query)["publisher"]


def test_paging_shows_every_passage_once_and_leads_back(client: TestClient) -> None:
    address, shown = "/?q=words&per_article=0", []
    while True:
        root = page(client, address)
        shown += [hit.xpath(".//h2/a/@href")[0] for hit in hits(root)]
        following = root.xpath("//nav[@class='pages']/a[@rel='next']/@href")
        if not following:
            break
        [address] = following
    assert len(shown) == len(set(shown)) == client.get("/v1/stats").json()["passages"]
    last = len(shown)
    assert said(root, "//p[@class='count']") == (
        f"Results {last - len(hits(root)) + 1}–{last} of {last} from {len(NEWS)} independent origins"
    )
    assert root.xpath("//nav[@class='pages']/a[1]/@href") == ["/?q=words&per_article=0"]
    assert root.xpath("//ol[@class='hits']/@start") == [str(last - len(hits(root)) + 1)]


def test_after_the_index_has_changed_the_first_page_is_shown_again(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article(str(number), f"Ministers spoke of {what}.") for number, what in enumerate(SUBJECTS)])
    put(engine, encoder, [article("more", "Ministers spoke of wool.")])
    client = TestClient(create_app(Searcher(engine, encoder)))
    [following] = page(client, "/", q="ministers").xpath("//a[@rel='next']/@href")
    put(engine, encoder, [article("newer", "Ministers spoke of rice.")])
    root = page(client, following)
    assert "index has changed" in said(root, "//p[@role='alert']")
    assert said(root, "//p[@class='count']") == "Results 1–10 of 12 from 12 independent origins"


@pytest.mark.parametrize("cursor", ["nonsense", "WzEwLG51bGwsImEiLCJiIl0"])
def test_a_cursor_that_makes_no_sense_gives_the_first_page(client: TestClient, cursor: str) -> None:
    root = page(client, "/", q="tariffs", cursor=cursor)
    assert "does not have" in said(root, "//p[@role='alert']")
    assert len(hits(root)) > 0


def test_the_order_is_a_choice_of_two(client: TestClient) -> None:
    links = "//nav[@aria-label='Order']/a"
    root = page(client, "/", q="tariffs", sort="date", after="2012")
    assert root.xpath(f"{links}/@href") == ["/?q=tariffs&after=2012", "/?q=tariffs&after=2012&sort=date"]
    assert said(root, f"{links}[@aria-current='true']") == "Newest first"
    assert said(page(client, "/", q="tariffs"), f"{links}[@aria-current='true']") == "Best first"


def test_the_timeline_leads_to_the_days_of_each_bar_and_is_a_table_too(engine: Engine, encoder: FakeEncoder) -> None:
    days = ["2012-05-21", "2012-05-22", "2014-01-01", None]
    put(engine, encoder, [article(f"a{at}", "Tariffs on grain.", published=day) for at, day in enumerate(days)])
    root = page(TestClient(create_app(Searcher(engine, encoder))), "/", q="tariffs", per_article="0")
    bars = {link.get("aria-label"): link.get("href") for link in root.xpath("//section[@class='timeline']//svg/a")}
    assert next(iter(bars)) in {"May 2012: 1 passage", "May 2012: 2 passages"}
    assert next(iter(bars.values())) == "/?q=tariffs&after=2012-05&before=2012-06&per_article=0"
    rows = root.xpath("//section[@class='timeline']//tbody/tr")
    assert [f"{said(row, './th')}: {said(row, './td')}" for row in rows] == [name.split(" passage")[0] for name in bars]


def test_a_wrong_date_is_said_next_to_its_field_and_the_rest_is_kept(client: TestClient) -> None:
    root = page(client, "/", 422, q="Who met?", after="2012", before="yesterday", publisher="A")
    [field] = root.xpath("//input[@aria-invalid='true']")
    assert (field.get("name"), field.get("value")) == ("before", "yesterday")
    described = field.get("aria-describedby").split()
    messages = [said(root, f"//*[@id='{name}']") for name in described]
    assert messages[-1] == (
        "'yesterday' is not a date: write a year, a month or a day, such as 2012, 2012-05 or 2012-05-23."
    )
    assert fields(root)["after"] == "2012"
    assert root.xpath("//input[@type='hidden' and @name='publisher']/@value") == ["A"]
    assert root.xpath("//head/title")[0].text.startswith("Error: ")


def test_feeds_of_the_search_and_the_description_for_browsers_are_linked(client: TestClient) -> None:
    root = page(client, "/", q="tariffs", after="2012", sort="date")
    feeds = root.xpath("//link[@rel='alternate']/@href")
    assert feeds == ["/v1/feed.atom?q=tariffs&after=2012", "/v1/feed.json?q=tariffs&after=2012"]
    for feed in feeds:
        assert client.get(feed).status_code == 200
    [link] = root.xpath("//link[@rel='search']")
    response = client.get(link.get("href"))
    assert response.headers["content-type"].startswith(link.get("type"))
    assert "http://testserver/?q={searchTerms}" in response.text


def test_results_are_kept_out_of_search_engines_and_the_front_page_is_not(client: TestClient) -> None:
    assert page(client, "/", q="tariffs").xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page(client, "/").xpath("//meta[@name='robots']") == []


@pytest.mark.parametrize(
    ("given", "said_of"),
    [
        ({"after": "2012-02-30"}, "2012-02-30"),
        ({"after": "2013", "before": "2012"}, "The first date (2013) is not earlier than the second (2012)"),
        ({"q": "x" * 4001}, "4001"),
        ({"per_article": "many"}, "whole number"),
        ({"per_article": "9" * 20}, "whole number"),
        ({"sort": "price"}, "price"),
        ({"country": "Atlantis"}, "Atlantis"),
        ({"language": "?"}, "language tag"),
        ({"asked_on": "2012"}, "2012"),
        ({"q": "???"}, "no word"),
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
    anchors = {element.get("id"): element.text_content() for element in root.xpath("//div[@id='text']//*[@id]")}
    assert anchors == {f"p{passage['ordinal']}": passage["text"] for passage in passages}
    assert shown_text(root) == found.text


def test_a_paragraph_that_is_no_passage_is_shown_without_an_anchor(client: TestClient) -> None:
    assert page(client, "/article/vienna").xpath("//div[@id='text']/p[@class='crumb' and not(@id)]/text()") == ["(ok)"]


def test_every_link_of_a_hit_into_its_article_leads_to_the_passage(client: TestClient) -> None:
    for hit in hits(page(client, "/", q="tariffs words border")):
        address, _, anchor = hit.xpath(".//h2/a/@href")[0].partition("#")
        [target] = page(client, address).xpath(f"//*[@id='{anchor}']")
        assert target.text_content() == hit.xpath(".//blockquote")[0].text_content()


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


@pytest.mark.parametrize(
    "path", ["/", "/?q=border", "/?q=border+in+May+2012", "/?q=x&after=never", "/article/vienna", "/article/nothing"]
)
def test_every_page_forbids_what_is_not_its_own_and_sends_no_referrer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    for kind in ("script-src", "style-src", "img-src", "connect-src", "form-action"):
        assert policy[kind] == "'self'"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_what_a_page_loads_may_be_kept_for_good(client: TestClient) -> None:
    loaded = page(client, "/").xpath("//link[@rel='stylesheet' or @rel='icon']/@href | //script/@src")
    assert len(loaded) == 3
    for address in loaded:
        response = client.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    assert client.get("/static/style.css").headers["cache-control"] == "public, max-age=3600"
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


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
