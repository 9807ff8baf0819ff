#!/usr/bin/env python3
"""How often a browser finds the sentence that a citation's link names, exactly once, on real news pages.

Usage: fragments.py FOLDER [--chromium PATH] [--pages N] [--failures]

FOLDER holds pages.jsonl, whose lines have "id", "html" (a file beside it) and "url". Each page is read, extracted and
split as Dragoman does it; five links are made for it, served from this machine without scripts or anything remote,
and opened in Chromium. A link counts where its words stand in the visible text once, at the sentence, and the browser
has scrolled there (pages are made tall so that it must).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any

from machine import describe

from api.citing import fragments
from indexer.encode import load_encoder
from indexer.errors import DocumentError
from indexer.extract import extract
from indexer.items import RawDocument
from indexer.passages import Span, Splitting, split
from indexer.readers.files import read_files
from indexer.settings import Settings
from indexer.types import Passage

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CALM = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""What a page may load: nothing."""

TALL = b"""<style>
html, body { overflow: visible !important; height: auto !important; scroll-behavior: auto !important; }
html body { position: static !important; margin: 4000px 0 !important; }
</style>"""

PATIENCE = 1_500
"""Milliseconds that a browser has to scroll: it goes on looking for half a second after a page has loaded."""

GLANCE = 50
"""Milliseconds between two looks at it."""

FINDER = Path(__file__).with_name("fragments.js")
KINDS = ("first", "middle", "last", "shortest", "whole passage")
FOUND = "found once"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to try: the kind of sentence, a text and the sentence's place in it."""

    kind: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is served, and its links."""

    id: str
    html: bytes
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a link, in a word or two, and the words of the page that it names."""

    link: Link
    outcome: str
    marked: str = ""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chromium", type=Path, default=CHROMIUM)
    parser.add_argument("--pages", type=int, help="the first N pages only")
    parser.add_argument("--alone", action="store_true", help="make links from the passage alone, without its article")
    parser.add_argument("--failures", action="store_true", help="list every link that fails")
    arguments = parser.parse_args()
    if not arguments.chromium.exists():
        sys.exit(
            f"there is no Chromium at {arguments.chromium}: install it (on Debian: apt-get install chromium)"
            " or name one with --chromium PATH"
        )
    print(describe())
    pages = list(read_pages(arguments.folder, arguments.pages, alone=arguments.alone))
    report(tried(pages, arguments.chromium), failures=arguments.failures)


def read_pages(folder: Path, most: int | None, *, alone: bool) -> Iterator[Page]:
    """The pages of a folder that Dragoman takes; the others are said."""
    encoder = load_encoder(None, Settings.from_environment().cache)
    rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
    rows = [json.loads(line) for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows[:most]:
        (raw,) = read_files([folder / row["html"]])
        try:
            if not isinstance(raw, RawDocument):
                raise DocumentError(raw.reason)
            article = extract(replace(raw, url=row["url"]))
            passages = [part for part in split(article, rule) if part.text != article.meta.title]
            yield Page(row["id"], raw.content, tuple(links(article.text, passages, alone=alone)))
        except DocumentError as error:
            print(f"not taken: {row['id']}: {error}")


def links(text: str, passages: Sequence[Passage], *, alone: bool) -> Iterator[Link]:
    """Five links of a page, always the same: sentences of its first, middle and last passage, the shortest one of all
    and the middle passage as a whole. Passages that are the title once more are left out, and so is what has no letter.
    """
    sentences = [(part, found) for part in passages if (found := spans(text, part))]
    middle, inside = sentences[len(sentences) // 2]
    every = [(part, span) for part, found in sentences for span in found]
    chosen = {
        "first": every[0],
        "middle": (middle, inside[len(inside) // 2]),
        "last": every[-1],
        "shortest": min(every, key=lambda found: found[1][1] - found[1][0]),
        "whole passage": (middle, (inside[0][0], inside[-1][1])),
    }
    for kind, (part, (start, end)) in chosen.items():
        yield Link(kind, part.text, (start - part.start, end - part.start)) if alone else Link(kind, text, (start, end))


def spans(text: str, passage: Passage) -> list[Span]:
    """The sentences of a passage that say something, by their places in the article."""
    return [span for span in passage.sentences if re.search(r"[^\W\d_]", text[slice(*span)])]


def whole_words(text: str, span: Span) -> str:
    """A sentence, with the whole of a word that it shares with its neighbour, as in "end.Next"."""
    first, last = span
    while first and not text[first - 1].isspace():
        first -= 1
    while last < len(text) and not text[last - 1].isspace() and not text[last].isspace():
        last += 1
    return text[first:last]


def tried(pages: Sequence[Page], chromium: Path) -> dict[str, list[Outcome]]:
    """What became of the links of each page."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the help works without it

    with served(pages) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        print(f"browser: Chromium {browser.version}, playwright {version('playwright')}")
        tab = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        tab.route("**/*", lambda route: route.continue_() if on(port, route.request.url) else route.abort())
        found = {page.id: [opened(tab, port, page, link) for link in page.links] for page in pages}
        browser.close()
    return found


def on(port: int, url: str) -> bool:
    """Whether an address is one of ours: nothing else is asked for."""
    return url.startswith(f"http://127.0.0.1:{port}/")


def opened(tab: Any, port: int, page: Page, link: Link) -> Outcome:
    """Open a page at a link and look where the browser is."""
    tab.goto("about:blank")
    tab.goto(fragments.link(f"http://127.0.0.1:{port}/{page.id}", link.text, link.span), wait_until="load")
    finder = FINDER.read_text(encoding="utf-8")
    for directive in fragments.directives_for(link.text, link.span):
        found = tab.evaluate(finder, {**directive._asdict(), "sentence": whole_words(link.text, link.span)})
        if found["count"]:
            break
    if found["count"] != 1:
        return Outcome(link, "several times" if found["count"] else "not in the visible text")
    if not found["same"]:
        return Outcome(link, "marks other words", found["marked"])
    for _ in range(PATIENCE // GLANCE):
        scrolled, top, height = tab.evaluate("() => [scrollY, window.sought.getBoundingClientRect().top, innerHeight]")
        if scrolled:
            return Outcome(link, FOUND if 0 <= top < height else "browser is elsewhere", found["marked"])
        tab.wait_for_timeout(GLANCE)
    return Outcome(link, "not found by the browser", found["marked"])


@contextmanager
def served(pages: Sequence[Page]) -> Iterator[int]:
    """A server of the pages on this machine alone; gives its port."""
    by_path = {f"/{page.id}": page.html for page in pages}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html = by_path.get(self.path)
            self.send_response(404 if html is None else 200)
            self.send_header("Content-Type", content_type(html or b""))
            self.send_header("Content-Security-Policy", CALM)
            self.end_headers()
            self.wfile.write((html or b"") + TALL)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def content_type(html: bytes) -> str:
    """UTF-8 where it is; else the browser finds out from the page."""
    try:
        html.decode()
    except UnicodeDecodeError:
        return "text/html"
    return "text/html; charset=utf-8"


def report(outcomes: dict[str, list[Outcome]], *, failures: bool) -> None:
    """Print how many links and how many pages are right, and what is wrong with the others."""
    flat = [one for found in outcomes.values() for one in found]
    print(f"\n| {len(outcomes)} pages, {len(flat)} links | links | {FOUND} |\n|---|---|---|")
    for kind in KINDS:
        of_kind = [one.outcome for one in flat if one.link.kind == kind]
        print(f"| {kind} | {len(of_kind)} | {of_kind.count(FOUND) / len(of_kind):.1%} |")
    right = [[one.outcome == FOUND for one in found] for found in outcomes.values()]
    print(f"| all links | {len(flat)} | {sum(map(sum, right)) / len(flat):.1%} |")
    print(f"| pages with every link right | {len(right)} | {sum(map(all, right)) / len(right):.1%} |")
    for outcome, count in Counter(one.outcome for one in flat).most_common():
        print(f"{outcome}: {count}")
    for page, found in outcomes.items() if failures else ():
        for one in found:
            if one.outcome != FOUND:
                named = [tuple(part) for part in fragments.directives_for(one.link.text, one.link.span)]
                print(f"{page}\t{one.link.kind}\t{one.outcome}\t{named}\t{one.marked!r}")


if __name__ == "__main__":
    main()
