"""The pages in a real browser: with and without scripts, in both colour schemes, in a wide and a narrow window."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.page_checks import LIGHTEST, flaws, weight, weights
from tests.visits import LOOKS, Look, Visitor

pytest_plugins = ["tests.browser"]

QUESTION = "Who went to Pyongyang while Kishida was in Washington?"

in_every_look = pytest.mark.parametrize("look", LOOKS, ids=str)
with_and_without_scripts = pytest.mark.parametrize(
    "look", [Look(script=True), Look(script=False)], ids=["script", "no script"]
)


@in_every_look
def test_the_front_page_has_no_flaw_and_is_light(visit: Visitor, look: Look) -> None:
    page = visit.open("/", look)
    assert flaws(page) == []
    assert weight(page) < LIGHTEST, weights(page)


@in_every_look
def test_the_results_of_a_search_have_no_flaw(visit: Visitor, look: Look) -> None:
    page = visit.open(f"/?q={quote(QUESTION)}", look)
    expect(page.locator(".hits > li").first).to_be_visible()
    assert flaws(page) == []
    assert weight(page) < LIGHTEST, weights(page)


@with_and_without_scripts
def test_a_question_is_typed_at_once_and_enter_asks_it(visit: Visitor, look: Look) -> None:
    page = visit.open("/", look)
    expect(page.locator("[name=q]")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    assert "Zhao Leji" in page.locator(".hits > li").first.inner_text()
    expect(page.locator("[name=q]")).to_have_value(QUESTION)
