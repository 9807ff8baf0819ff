"""What readers do with the search page, in a real browser, with and without scripts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from api.app import create_app
from api.search import Searcher
from indexer.engine import Engine
from indexer.types import Notice, PartialDate
from tests.fakes import FakeEncoder, article, put
from tests.page_checks import LIGHTEST, flaws, layout_shift, sticking_out, violations, weight
from tests.visits import LOOKS, Look, Trickling, Visitor, serving

NARROW_AND_DARK = Look(script=False, scheme="dark", width=360)
"""Without scripts, this and the plain look do for the others: no script touches colours or widths."""

pytest_plugins = ["tests.browser"]

in_every_look = pytest.mark.parametrize(
    "look", [look for look in LOOKS if look.script or look in (Look(script=False), NARROW_AND_DARK)], ids=str
)
with_and_without = pytest.mark.parametrize("look", [Look(), Look(script=False)], ids=str)

QUESTION = "Who fired missiles in January 2022?"
SEARCH = "/?q=Who+fired+missiles+in+January+2022%3F"
PASSAGE = "2022-01-30-north-korea-hwasong-12-launch"
LOOKED_AT = {
    "front": ("/", 200),
    "results": (SEARCH, 200),
    "filtered": (f"{SEARCH}&after=2022&before=2023&country=KP&sort=date", 200),
    "nothing answers": ("/?q=best+recipe+for+apple+pie+with+cinnamon", 200),
    "no result": (f"{SEARCH}&publisher=Nobody&after=1999", 200),
    "wrong date": (f"{SEARCH}&after=never", 422),
    "article": (f"/article/{PASSAGE}?mark=1", 200),
    "cite": (f"/cite/{PASSAGE}:1", 200),
    "similar": (f"/similar/{PASSAGE}:1", 200),
    "not found": ("/article/nothing", 404),
    "problem": ("/problems/busy", 200),
}


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@in_every_look
@pytest.mark.parametrize("state", LOOKED_AT)
def test_every_state_is_accessible_steady_and_as_wide_as_the_window(visit: Visitor, look: Look, state: str) -> None:
    path, status = LOOKED_AT[state]
    page = visit.open(path, look, status)
    assert layout_shift(page) == 0
    assert weight(page) < LIGHTEST
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert sticking_out(page) + violations(page) == []


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("state", ["results", "filtered"])
def test_nothing_jumps_while_a_page_comes_in_parts(visit: Visitor, briefs: Searcher, state: str, width: int) -> None:
    path, status = LOOKED_AT[state]
    with serving(Trickling(create_app(briefs))) as address:
        page = visit.open(path, Look(width=width), status, address)
        assert layout_shift(page) == 0
        page.context.close()  # before the server that its connections lead to


@with_and_without
def test_a_reader_asks_narrows_and_takes_the_filters_off_again(visit: Visitor, look: Look) -> None:
    page = visit.open("/", look)
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    assert query(page) == {"q": [QUESTION]}  # no empty parameters
    page.get_by_role("link", name="Only then").click()
    expect(page.get_by_role("link", name="Remove filter: published January 2022")).to_be_visible()
    assert query(page) == {"q": [QUESTION], "after": ["2022-01"], "before": ["2022-02"]}
    for shown in page.locator(".hits .byline time").all():
        assert (shown.get_attribute("datetime") or "").startswith("2022-01")
    page.locator(".facet", has_text="Country").get_by_role("link", name="North Korea").click()
    assert query(page)["country"] == ["KP"]
    page.get_by_role("link", name="Remove all filters").click()
    assert query(page) == {"q": [QUESTION]}


@with_and_without
def test_a_bar_of_the_timeline_narrows_the_dates(visit: Visitor, look: Look) -> None:
    page = visit.open(SEARCH, look)
    bar = page.locator(".timeline svg a").nth(2)
    year = (bar.get_attribute("aria-label") or "").partition(":")[0]
    bar.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**after=*")
    assert query(page)["after"] == [year]
    expect(page.get_by_role("link", name=f"Remove filter: published {year}")).to_be_visible()


@with_and_without
def test_dates_are_typed_and_a_wrong_one_can_be_mended(visit: Visitor, look: Look) -> None:
    page = visit.open(f"{SEARCH}&after=yesterday&country=KP", look, 422)
    field = page.get_by_label("Published from")
    expect(field).to_have_accessible_description(
        "A year, a month or a day: 2012, 2012-05 or 2012-05-23. "
        "'yesterday' is not a date: write a year, a month or a day, such as 2012, 2012-05 or 2012-05-23."
    )
    field.fill("2022")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**after=2022*")
    assert query(page) == {"q": [QUESTION], "after": ["2022"], "country": ["KP"]}


@with_and_without
def test_pages_follow_each_other_without_repeating(visit: Visitor, look: Look) -> None:
    page = visit.open(SEARCH, look)
    seen = page.locator(".hits h2 a").evaluate_all("all => all.map(one => one.href)")
    page.get_by_role("link", name="Next results").click()
    expect(page.locator(".count")).to_contain_text("Results 11–20 of")
    following = page.locator(".hits h2 a").evaluate_all("all => all.map(one => one.href)")
    assert not set(seen) & set(following)
    page.get_by_role("link", name="Back to the first page").click()
    expect(page.locator(".count")).to_contain_text("Results 1–10 of")
    assert page.locator(".hits h2 a").evaluate_all("all => all.map(one => one.href)") == seen


@with_and_without
def test_a_hit_leads_to_its_passage_in_its_article_to_what_is_like_it_and_says_why(visit: Visitor, look: Look) -> None:
    page = visit.open(SEARCH, look)
    first = page.locator(".hits > li").first
    quoted = first.locator("blockquote").inner_text()
    first.get_by_text("Why this result").click()
    expect(first.locator(".why dl")).to_be_visible()
    first.get_by_role("link", name="In its article").click()
    expect(page.locator(":target")).to_have_text(quoted)
    page.go_back()
    page.locator(".hits > li").first.get_by_role("link", name="More like this").click()
    expect(page.locator(".like blockquote")).to_have_text(quoted)
    assert page.locator(".hits > li").count() == 10


def test_without_scripts_cite_is_a_page_of_its_own(visit: Visitor) -> None:
    page = visit.open(SEARCH, Look(script=False))
    page.locator(".hits a.cite").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cite this passage")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download BibTeX").click()
    assert download.value.suggested_filename == "citation.bib"
    assert download.value.path().read_text(encoding="utf-8").startswith("@")


def test_with_scripts_cite_opens_in_place_and_copies_in_one_click(visit: Visitor) -> None:
    page = visit.open(SEARCH)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cite = page.locator(".hits > li").first.get_by_role("button", name="Cite")
    cite.click()
    panel = page.get_by_role("region", name="Citations")
    expect(panel).to_be_visible()
    expect(cite).to_have_attribute("aria-expanded", "true")
    panel.get_by_role("button", name="Copy APA").click()
    expect(panel.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    reference = panel.locator(".copied").first.inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == reference
    assert sticking_out(page) + violations(page) == []
    cite.press(" ")
    expect(panel).to_be_hidden()


def test_a_slash_goes_to_the_box_but_not_from_another_field(visit: Visitor) -> None:
    page = visit.open(SEARCH)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    assert page.locator("#q").input_value() == QUESTION
    page.locator("#after").focus()
    page.keyboard.press("/")
    expect(page.locator("#after")).to_have_value("/")


def test_suggestions_are_a_combobox_that_the_keyboard_works(visit: Visitor) -> None:
    page = visit.open("/")
    box = page.get_by_role("combobox", name="Ask in plain words")
    box.press_sequentially("north kor")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.input_value() == options.first.inner_text()
    assert flaws(page) == []
    box.press("Escape")
    expect(options.first).to_be_hidden()
    assert box.input_value() == "north kor"
    box.press_sequentially("ea")
    expect(options.first).to_be_visible()
    chosen = options.first.inner_text()
    options.first.click()
    page.wait_for_url("**/?q=*")
    assert query(page) == {"q": [chosen]}


def test_the_skip_link_is_first_and_leads_to_the_results(visit: Visitor) -> None:
    page = visit.open(SEARCH)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the results")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Best first")).to_be_focused()


def test_on_a_phone_filters_open_by_a_tap_and_on_a_wide_screen_they_stand_beside(visit: Visitor) -> None:
    narrow = visit.open(SEARCH, Look(width=360))
    expect(narrow.locator("#after")).to_be_hidden()
    narrow.get_by_text("Filter the results").click()
    expect(narrow.locator("#after")).to_be_visible()
    wide = visit.open(SEARCH)
    expect(wide.locator("#after")).to_be_visible()


def test_on_paper_there_are_sources_and_no_controls(visit: Visitor) -> None:
    page = visit.open(SEARCH)
    page.emulate_media(media="print")
    expect(page.locator(".printed").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for control in ("#ask", ".actions", ".side", ".timeline", ".pages"):
        expect(page.locator(control).first).to_be_hidden()


HOSTILE = "<img src=x onerror=alert(1)> \u202eredro " + "Donaudampfschifffahrt" * 8


@pytest.mark.parametrize("look", [Look(), Look(width=360)], ids=str)
def test_hostile_and_foreign_texts_stay_in_their_place(
    visit: Visitor, look: Look, engine: Engine, encoder: FakeEncoder
) -> None:
    news = [
        article("evil", f"{HOSTILE} tariffs", HOSTILE, publisher=HOSTILE, authors=[HOSTILE], published="2012"),
        article("ar", "اجتمع الوزراء في فيينا tariffs", "وزراء", publisher="صحيفة", language="ar", published="2013"),
        article("ja", "外相会談で核実験の停止を求めた。" * 9 + " tariffs", "外相会談", language="ja"),
    ]
    put(engine, encoder, news)
    with serving(create_app(Searcher(engine, encoder))) as address:
        for path in ("/?q=tariffs", "/article/evil", "/article/ar", "/article/ja", "/cite/evil:0"):
            assert flaws(visit.open(path, look, address=address)) == []
        page = visit.open("/article/ar", look, address=address)
        assert page.locator("#p0").evaluate("one => getComputedStyle(one).direction") == "rtl"


STORY = (
    "The envoys of Dravia and Kelmen spoke on Monday about the accord on grain, steel and timber, which both capitals"
    " want to sign before the winter, an official of the foreign office in Dravia said after the talks."
)


@in_every_look
def test_editions_and_notices_have_no_flaw(visit: Visitor, look: Look, engine: Engine, encoder: FakeEncoder) -> None:
    names = [HOSTILE, *(f"Paper {number}" for number in range(24))]
    news = [article(f"e{number}", STORY, "Envoys talk", publisher=name) for number, name in enumerate(names)]
    meta = replace(news[0].meta, notice=Notice("retraction", HOSTILE * 3), published=PartialDate("2012"))
    news[0] = replace(news[0], meta=replace(meta, published_from="text"))
    put(engine, encoder, news)
    engine.mark_vanished(["e0"], datetime(2026, 5, 3, tzinfo=UTC))
    with serving(create_app(Searcher(engine, encoder))) as address:
        for path in ("/?q=envoys", "/article/e0", "/similar/e3:0", "/cite/e0:0"):
            page = visit.open(path, look, address=address)
            assert flaws(page) == []
        page = visit.open("/article/e3", look, address=address)
        page.locator("details.copies summary").click()
        expect(page.locator("details.copies a").last).to_be_visible()


def test_an_empty_index_says_how_to_fill_it(visit: Visitor, engine: Engine, encoder: FakeEncoder) -> None:
    engine.publish()
    with serving(create_app(Searcher(engine, encoder))) as address:
        for path in ("/", "/?q=anything"):
            page = visit.open(path, address=address)
            expect(page.get_by_text("dragoman add PATH")).to_be_visible()
            assert flaws(page) == []
