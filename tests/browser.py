"""Fixtures for tests in a real browser: Chromium, a server over the starter corpus, and visits that report trouble.

A test module asks for them with ``pytest_plugins = ["tests.browser"]``, and imports nothing from here: pytest wants to
be the first to import a plugin.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from api.search import Searcher, open_index
from indexer.build import add, writing
from indexer.readers.files import read_files
from indexer.settings import Settings
from tests.visits import LOOPBACK, Visitor, serving

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {LOOPBACK}",  # whatever a page asks for, nothing leaves
)

BRIEFS = Path(__file__).resolve().parents[1] / "seeds" / "briefs"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, started; a skip where there is none.

    For a module, not the session: while Playwright runs, its event loop counts as running in this thread, and tests
    that start one of their own would fail.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(PROGRAMS)} is installed (scripts/test installs one where it may)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def briefs(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Searcher]:
    """The starter corpus, indexed once with the default model, and open."""
    settings = Settings(index=tmp_path_factory.mktemp("browser") / "index", cache=model_cache)
    with writing(settings) as (engine, encoder):
        add(read_files([BRIEFS]), engine, encoder)
    with open_index(settings=settings) as searcher:
        yield searcher


@pytest.fixture(scope="session")
def server(briefs: Searcher) -> Iterator[str]:
    """The address of the application over the starter corpus."""
    with serving(create_app(briefs)) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visitor]:
    """Opens pages; the test fails if any of them wrote an error, broke its policy, or asked for what is not here."""
    visitor = Visitor(chromium, server)
    yield visitor
    visitor.close()
    assert visitor.trouble == []
