"""How well articles are taken out of web pages: Dragoman beside trafilatura, newspaper4k and readability-lxml.

The measure of the body is that of the article extraction benchmark by Zyte (formerly Scrapinghub), its
``evaluate.py``: a text's tokens are the matches of ``\\w+``, case kept; its shingles are all runs of four tokens, a
multiset (a shorter text has one shingle of all its tokens). For each page, with ``common`` the multiset intersection of
the shingles found and the true ones, precision = common / found and recall = common / true. Precision is averaged over
the pages where anything was found, recall over those with a true text, and F1 = 2 P R / (P + R) of these averages. A
page that is refused counts as an empty text. https://github.com/scrapinghub/article-extraction-benchmark

Titles, dates and publishers have no gold: counted is on how many pages there is one, and on how many of those whose
JSON-LD or Open Graph states one it is the same ("agree"). The agreement is with what is stated, right or wrong.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import trafilatura
from machine import describe

from indexer.clean import one_line
from indexer.errors import DocumentError
from indexer.extract import extract
from indexer.extraction.linked_data import names_in, read_linked_data
from indexer.extraction.page_dates import read_date
from indexer.items import RawDocument

PAGES = Path(__file__).resolve().parents[2] / "shared" / "web"
PACKAGES = ("trafilatura", "htmldate", "courlan", "lxml", "newspaper4k", "readability-lxml")
_TOKEN = re.compile(r"\w+")
_SHINGLE = 4


class Page(NamedTuple):
    """A page of the benchmark: its bytes, where it was fetched, and the true text of its article."""

    id: str
    html: bytes
    url: str
    body: str


class Found(NamedTuple):
    """What an extractor made of a page."""

    body: str
    title: str | None = None
    date: str | None = None
    publisher: str | None = None


class Measured(NamedTuple):
    """A page's precision and recall; None where nothing was found, or there is nothing to be found."""

    precision: float | None
    recall: float | None

    @property
    def f1(self) -> float:
        both = (self.precision or 0) + (self.recall or 0)
        return 2 * (self.precision or 0) * (self.recall or 0) / both if both else 0.0


class Run(NamedTuple):
    """An extractor's results over all pages, with the mean time a page in milliseconds."""

    name: str
    found: list[Found]
    measured: list[Measured]
    milliseconds: float


Extractor = Callable[[Page], Found]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The runs of four tokens of a text; of a shorter one all its tokens; none of an empty one."""
    tokens = _TOKEN.findall(text)
    runs = (tuple(tokens[start : start + _SHINGLE]) for start in range(max(1, len(tokens) - _SHINGLE + 1)))
    return Counter(run for run in runs if run)


def measure(true: str, found: str) -> Measured:
    """Precision and recall of one page's shingles."""
    wanted, got = shingles(true), shingles(found)
    common = (wanted & got).total()
    return Measured(common / got.total() if got else None, common / wanted.total() if wanted else None)


def overall(measured: Iterable[Measured]) -> tuple[float, float, float]:
    """Mean precision, mean recall, and the F1 of the two."""
    pages = list(measured)
    precision = statistics.mean([page.precision for page in pages if page.precision is not None] or [0.0])
    recall = statistics.mean([page.recall for page in pages if page.recall is not None] or [0.0])
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def read_pages(folder: Path) -> list[Page]:
    """The pages that ``pages.jsonl`` lists."""
    lines = (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [
        Page(entry["id"], gzip.decompress((folder / entry["html"]).read_bytes()), entry["url"], entry["body"])
        for entry in entries
    ]


def by_dragoman(page: Page) -> Found:
    """Our own way from bytes to an article."""
    try:
        article = extract(RawDocument(page.id, "text/html", page.html, page.url))
    except DocumentError as error:
        print(f"refused: {page.url}: {error}", file=sys.stderr)
        return Found("")
    meta = article.meta
    return Found(article.text, meta.title, str(meta.published) if meta.published else None, meta.publisher)


def by_trafilatura(page: Page) -> Found:
    """Plain trafilatura with its default settings, comments among them."""
    found = trafilatura.bare_extraction(page.html, url=page.url, with_metadata=True)
    if found is None or isinstance(found, dict):
        return Found("")
    return Found("\n".join(filter(None, [found.text, found.comments])), found.title, found.date, found.sitename)


def newspaper4k() -> Extractor:
    """newspaper4k on the page as it lies here: nothing is fetched."""
    import newspaper  # noqa: PLC0415 - no dependency of ours

    def parsed(page: Page, **options: str) -> newspaper.Article:
        article = newspaper.Article(page.url, fetch_images=False, **options)
        article.download(input_html=page.html.decode("utf-8", "replace"))
        article.parse()
        return article

    def take(page: Page) -> Found:
        try:
            article = parsed(page)
        except (ImportError, LookupError):  # a language whose tokenizer is not installed
            article = parsed(page, language="en")
        date = article.publish_date
        site = article.meta_site_name
        return Found(article.text, article.title or None, str(date)[:10] if date else None, site or None)

    return take


def readability() -> Extractor:
    """readability-lxml, which gives a title and the HTML of the body."""
    import lxml.html  # noqa: PLC0415
    from readability import Document  # noqa: PLC0415

    def take(page: Page) -> Found:
        document = Document(page.html.decode("utf-8", "replace"))
        body = lxml.html.fromstring(document.summary())
        return Found("\n".join(text.strip() for text in body.itertext() if text.strip()), document.title() or None)

    return take


def extractors() -> dict[str, Extractor]:
    """The extractors by name; those that are not installed are left out, and named."""
    found: dict[str, Extractor] = {"dragoman": by_dragoman, "trafilatura": by_trafilatura}
    for name, make in (("newspaper4k", newspaper4k), ("readability-lxml", readability)):
        try:
            found[name] = make()
        except ImportError:
            print(f"{name} is not installed and left out: pip install -c constraints.txt {name}")
    return found


def run(name: str, take: Extractor, pages: list[Page]) -> Run:
    """Extract every page. One is extracted before the clock starts: some load what they need on first use."""
    _taken(take, pages[0])
    started = time.perf_counter()
    found = [_taken(take, page) for page in pages]
    taken = (time.perf_counter() - started) / len(pages) * 1000
    return Run(name, found, [measure(page.body, got.body) for page, got in zip(pages, found, strict=True)], taken)


def _taken(take: Extractor, page: Page) -> Found:
    try:
        return take(page)
    except Exception as error:  # noqa: BLE001 - one library's failure on a page is its result
        print(f"failed: {page.url}: {type(error).__name__}: {one_line(str(error))[:200]}", file=sys.stderr)
        return Found("")


def stated(page: Page) -> Found:
    """What a page's JSON-LD, else its Open Graph metadata, states."""
    tree = trafilatura.load_html(page.html)
    if tree is None:
        return Found("")

    def meta(name: str) -> str | None:
        return next((one_line(str(value)) for value in tree.xpath(f'//meta[@property="{name}"]/@content')), None)

    linked = read_linked_data(tree, page.url, meta("og:title"))
    names = names_in(linked.article.get("publisher"))
    return Found(
        "",
        linked.text("headline") or meta("og:title"),
        linked.text("datePublished") or meta("article:published_time"),
        meta("og:site_name") or (names[0] if names else None),
    )


def coverage(found: list[Found], said: list[Found], field: str) -> str:
    """On how many pages a field was found, and how often it is what the page states, where it states it."""
    values = [(getattr(got, field), getattr(page, field)) for got, page in zip(found, said, strict=True)]
    both = [(got, page) for got, page in values if got and page]
    agree = sum(_same(got, page, field) for got, page in both)
    return f"{sum(bool(got) for got, _ in values):4d} {agree:4d}/{len(both):<4d}"


def _same(got: str, page: str, field: str) -> bool:
    if field == "date":
        when = read_date(page)
        return when is not None and got[:10] == when.iso[:10]
    one, other = (re.sub(r"\W", "", text).casefold() for text in (got, page))
    return one in other or other in one


def report(runs: list[Run], pages: list[Page]) -> None:
    """Print the table."""
    said = [stated(page) for page in pages]
    fields = ("title", "date", "publisher")
    print(f"{len(pages)} pages; title, date, publisher: pages that have one; of those that state one, how many agree")
    print(f"{'':17} {'precision':>9} {'recall':>7} {'F1':>7} {'ms/page':>8}  ", *(f"{field:>14}" for field in fields))
    for one in runs:
        precision, recall, f1 = overall(one.measured)
        covered = (f"{coverage(one.found, said, field):>14}" for field in fields)
        print(f"{one.name:17} {precision:9.4f} {recall:7.4f} {f1:7.4f} {one.milliseconds:8.1f}  ", *covered)


def versions() -> str:
    """The versions of the libraries that are compared."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return "extractors: " + ", ".join(found)


def main() -> None:
    """Measure all extractors that are installed, side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=PAGES, help="a folder with pages.jsonl (default: %(default)s)")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list our N worst pages")
    options = parser.parse_args()
    if not (options.pages / "pages.jsonl").exists():
        parser.error(f"there is no pages.jsonl in {options.pages}: name the folder of the pages with --pages")
    pages = read_pages(options.pages)
    print(describe())
    print(versions())
    runs = [run(name, take, pages) for name, take in extractors().items()]
    report(runs, pages)
    ours = sorted(zip(runs[0].measured, pages, strict=True), key=lambda pair: pair[0].f1)
    for measured, page in ours[: options.worst]:
        both = f"precision {measured.precision or 0:.3f}  recall {measured.recall or 0:.3f}"
        print(f"{measured.f1:.3f}  {both}  {page.url}")


if __name__ == "__main__":
    main()
