"""The checks of pages notice what they are there for: each is shown a page with one flaw."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tests.page_checks import flaws, layout_shift, sticking_out, violations, weight, weights
from tests.visits import LOOKS, Look, Visitor, serving

pytest_plugins = ["tests.browser"]

in_every_look = pytest.mark.parametrize("look", LOOKS, ids=str)

SOUND = "<main><h1>News</h1><p>A paragraph.</p></main>"
PAGES = {
    "sound": SOUND,
    "pale": SOUND.replace("<p>", '<p class="pale">'),
    "wide": SOUND.replace("<p>", '<p class="wide">'),
    "jumping": SOUND.replace("<h1>", '<div class="late"></div><h1>'),
    "inline script": f"{SOUND}<script>document.title = 'x'</script>",
    "inline style": SOUND.replace("<p>", '<p style="color: red">'),
    "from elsewhere": f'{SOUND}<img src="http://cdn.example/x.png" alt="">',
    "broken": f'{SOUND}<img src="/nothing.png" alt="">',
    "failing script": f'{SOUND}<script src="/failing.js"></script>',
    "heavy": f"{SOUND}<!-- {'x' * 70_000} -->",
}
STYLE = """
body { color-scheme: light dark; background: Canvas; color: CanvasText }
.pale { color: #888; background: #999 }
.wide { width: 1400px }
.late { animation: late 1ms 30ms forwards }
@keyframes late { to { height: 200px } }
"""
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' http://cdn.example"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Takes the place of the application."""
    app = FastAPI()

    @app.get("/style.css")
    def style() -> HTMLResponse:
        return HTMLResponse(STYLE, media_type="text/css")

    @app.get("/failing.js")
    def failing() -> HTMLResponse:
        return HTMLResponse("throw new Error('no luck')", media_type="text/javascript")

    @app.get("/favicon.ico")
    def icon() -> HTMLResponse:
        return HTMLResponse("", media_type="image/png")

    @app.get("/{name}")
    def page(name: str) -> HTMLResponse:
        body = PAGES.get(name)
        head = '<!doctype html><html lang="en"><title>News</title><link rel="stylesheet" href="/style.css">'
        return HTMLResponse(head + (body or SOUND), 200 if body else 404, {"Content-Security-Policy": POLICY})

    with serving(app) as address:
        yield address


@in_every_look
def test_a_sound_page_has_no_flaw(visit: Visitor, look: Look) -> None:
    page = visit.open("/sound", look)
    assert flaws(page) == []
    assert [path for path, _ in weights(page)][:2] == ["/sound", "/style.css"]  # the first page gets the icon, too
    assert 300 < weight(page) < 3000


@in_every_look
def test_text_that_is_hard_to_read_is_noticed(visit: Visitor, look: Look) -> None:
    found = violations(visit.open("/pale", look))
    assert [line.partition(":")[0] for line in found] == ["color-contrast (serious) at p"]


@pytest.mark.parametrize("script", [True, False])
def test_a_page_that_scrolls_sideways_is_noticed(visit: Visitor, script: bool) -> None:
    found = sticking_out(visit.open("/wide", Look(script=script)))
    assert found[0].startswith("p.wide ends at 1")
    assert found[-1].endswith("wide in a window of 1280")


@pytest.mark.parametrize("script", [True, False])
def test_a_layout_that_shifts_is_noticed(visit: Visitor, script: bool) -> None:
    page = visit.open("/jumping", Look(script=script))
    page.wait_for_timeout(200)
    assert layout_shift(page) > 0.01


def test_the_weight_is_what_came_through(visit: Visitor) -> None:
    assert 70_000 < weight(visit.open("/heavy")) < 72_000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("inline script", "Content Security Policy"),
        ("inline style", "Content Security Policy"),
        ("from elsewhere", "a request left this machine: http://cdn.example/x.png"),
        ("broken", "404"),
        ("failing script", "a script failed: no luck"),
    ],
)
def test_what_a_page_does_wrong_is_remembered(visit: Visitor, name: str, said: str) -> None:
    visit.open(f"/{name}").wait_for_timeout(100)
    assert any(said in line for line in visit.trouble), visit.trouble
    visit.trouble.clear()


def test_without_scripts_what_a_page_does_wrong_is_remembered_as_well(visit: Visitor) -> None:
    visit.open("/inline style", Look(script=False)).wait_for_timeout(100)
    assert any("Content Security Policy" in line for line in visit.trouble)
    visit.trouble.clear()


def test_an_error_page_that_is_expected_is_no_trouble(visit: Visitor) -> None:
    visit.open("/nothing", status=404)
    with pytest.raises(AssertionError, match="answered 404"):
        visit.open("/nothing")
    visit.trouble.clear()


def test_without_scripts_none_of_the_page_runs_even_after_measuring(visit: Visitor) -> None:
    page = visit.open("/failing script", Look(script=False))
    assert violations(page) == []
    assert visit.trouble == []
