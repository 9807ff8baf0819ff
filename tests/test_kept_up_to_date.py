"""The whole way from a settings file to citations that last: feeds, sitemaps and pages of a server with all faults.

Two days pass between two rounds. What is new then is taken, what changed is a new version, what is gone is marked, and
what was wrong with the rest of the server has cost nobody anything.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from api.citations import cite
from api.citing.verification import Stored, verify
from indexer.build import Report, add
from indexer.engine import Binding, Engine, Snapshot, open_engine
from indexer.readers.polite import Manners, PoliteFetcher
from indexer.readers.web import Fetcher, Limits
from indexer.sources import load_sources
from indexer.types import StoredArticle
from indexer.visits.visiting import visit
from tests.fakes import FakeEncoder
from tests.webserver import LOOPBACK, Reply, Request, Route, WebServer, page, redirect, serving

TODAY = datetime.now(UTC)
PUBLISHED = TODAY - timedelta(days=1)

SETTINGS = """
contact = "desk@example.org"

[[source]]
name = "Feed of the Post"
url = "{0}/feed.xml"
publisher = "The Example Post"
country = "NO"
kind = "newspaper"

[[source]]
name = "Archive"
url = "{0}/sitemap.xml"

[[source]]
name = "Ministry"
url = "{0}/statement"
publisher = "Ministry of the River"
kind = "ministry"

[[source]]
name = "Folder"
path = "saved"

[[source]]
name = "Inside"
url = "http://169.254.169.254/latest/"

[[source]]
name = "Bombs"
url = "{0}/bomb.xml"
"""

ROBOTS = "User-agent: *\nDisallow: /private/\n"


def _paragraphs(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


STORY = _paragraphs("""
The river commission of Zarnovia and Ostreland met on {day} in Port Melis and agreed on how the water of the Mirna
is to be shared in dry summers, which the two governments had quarrelled about since the flood of 1997.

Under the agreement each side may take forty cubic metres a second between June and September, and a gauge below the
old bridge, read by engineers of both countries, decides when the limit is lowered to thirty.

Farmers on the eastern shore called the figure too low and said they would ask the parliament in Ostreland not to
ratify it; the mill owners of Zarnovia, who use the water at night, welcomed the deal without reserve.

The commission will meet again in the autumn, when a report about the dams upstream is due. Until then its two
chairmen are to settle disputes by telephone, as they did when the ferry ran aground last year.
""")
STATEMENT = _paragraphs("""
The minister has taken note of the talks in Port Melis and thanks both delegations for their patience over nine
rounds of negotiation. The government will lay the text before the assembly within the month.

Nothing in the agreement changes the border, which remains where the treaty of 1921 drew it. The ministry asks the
press to refrain from printing maps that suggest something else.

Questions about the gauge below the old bridge are answered by the office of hydrology, which has hired three
engineers for this purpose and publishes its readings every morning at eight.
""")
HARBOUR = _paragraphs("""
The harbour of Port Melis will be closed to tankers from the first of the month because its breakwater, damaged in
the storms of January, is no longer safe, the harbour master said in a letter to shipping companies.

Coal ships may enter by day if a tug goes with them. Insurers in the capital said that they would raise premiums for
the whole coast, not just for the one harbour, until divers have looked at the foundations.

Repairs are expected to take until the winter and to cost more than the town takes in over ten years. The government
has promised half of the money, and the union of dock workers wants to know who pays the rest.
""")


def html(title: str, paragraphs: Iterable[str], more: str = "", day: datetime = PUBLISHED) -> Reply:
    """A page of a newspaper that says when it was published."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return page(
        f'<html><head><title>{title}</title><meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="{day.isoformat()}"></head>'
        f"<body><nav><a href='/'>Home</a></nav>"
        f"<main><article><h1>{title}</h1>{body}{more}</article></main></body></html>"
    )


def rss(*items: tuple[str, str]) -> str:
    listed = "".join(
        f"<item><title>{path}</title><link>{path}</link><pubDate>{day}</pubDate></item>" for path, day in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title>{listed}</channel></rss>'


def feed(etag: str, *paths: str) -> Route:
    """A feed that answers 304 to who has it."""
    content = rss(*((path, format_datetime(PUBLISHED)) for path in paths))

    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == etag:
            return Reply(304, {"ETag": etag})
        return page(content, "application/rss+xml", etag=etag)

    return answer


def sitemap(*paths: str, lists: Iterable[str] = ()) -> Reply:
    entries = "".join(f"<url><loc>{path}</loc></url>" for path in paths)
    if lists := list(lists):
        entries = "".join(f"<sitemap><loc>{path}</loc></sitemap>" for path in lists)
    name = "sitemapindex" if lists else "urlset"
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return page(f'<?xml version="1.0"?><{name} xmlns="{space}">{entries}</{name}>', "application/xml")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<rss><channel><title>&b;</title></channel></rss>"
)

FAULTS: dict[str, Route] = {
    "/gone": Reply(404, {"Content-Type": "text/html"}, b"<p>No such page.</p>"),
    "/broken": Reply(500, {"Content-Type": "text/html"}, b"<p>Sorry.</p>"),
    "/to-inside": redirect("http://127.1.1.1.example.invalid/"),
    "/to-metadata": redirect("http://169.254.169.254/latest/meta-data/"),
    "/circle": redirect("/circle"),
    "/gzip-bomb": Reply(
        200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzip.compress(b"<p>" + bytes(64 * 2**20))
    ),
    "/nested": page("<div>" * 100_000 + "Deep." + "</div>" * 100_000),
    "/pdf": page(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n" * 20),
    "/film": page(b"\x00\x00\x00\x18ftypmp42" + bytes(5000), "video/mp4"),
    "/empty": page(""),
    "/private/draft": html("A draft", STORY),
}


def first_day(origin: str) -> dict[str, Route]:
    dated = [text.format(day="Friday") for text in STORY]
    return {
        "/robots.txt": page(ROBOTS, "text/plain"),
        "/feed.xml": feed('"1"', *(f"{origin}{path}" for path in ("/river", "/harbour", *FAULTS))),
        "/sitemap.xml": sitemap(lists=[f"{origin}/sitemap.xml", f"{origin}/pages.xml"]),
        "/pages.xml": sitemap(f"{origin}/copy", f"{origin}/river"),
        "/river": html("Zarnovia and Ostreland share the Mirna", dated),
        "/harbour": html("Port Melis closes to tankers", HARBOUR),
        "/copy": html("Water deal on the Mirna", ["PORT MELIS (ZNA) - " + dated[0], *dated[1:]], day=TODAY),
        "/statement": html("Statement on the Mirna", STATEMENT),
        "/bomb.xml": page(BOMB, "application/rss+xml"),
        **FAULTS,
    }


def second_day(origin: str) -> dict[str, Route]:
    changed = [text.format(day="Saturday") for text in STORY]
    notice = "<p>Correction: An earlier version of this article misstated the day of the meeting.</p>"
    return {
        **first_day(origin),
        "/river": html("Zarnovia and Ostreland share the Mirna", changed, notice),
        "/harbour": html("Port Melis closes to tankers", [text.replace("  ", " ") for text in HARBOUR], "<p> </p>"),
        "/copy": Reply(410, {"Content-Type": "text/html"}, b"<p>Gone.</p>"),
        "/feed.xml": feed('"2"', f"{origin}/river", f"{origin}/new", f"{origin}/harbour"),
        "/new": html("Assembly ratifies the water deal", STATEMENT[::-1][:1] + HARBOUR[::-1], day=TODAY),
    }


class Desk:
    """A settings file, its server and an index."""

    def __init__(self, server: WebServer, engine: Engine, settings: Path) -> None:
        self.server, self.engine, self.settings = server, engine, settings
        self.encoder = FakeEncoder()

    def update(self, later: timedelta = timedelta()) -> Report:
        """One round, so much later than it is: what was fetched bears the time of the machine's own clock."""
        limits = Limits(content_bytes=8 * 2**20)
        fetcher = PoliteFetcher(Fetcher(limits, allowed=LOOPBACK), Manners(delay=0), sleep=lambda _: None)
        self.server.requests.clear()
        items = visit(load_sources(self.settings).sources, fetcher, self.engine, now=lambda: datetime.now(UTC) + later)
        return add(items, self.engine, self.encoder)

    @property
    def snapshot(self) -> Snapshot:
        return self.engine.snapshot()

    def article(self, path: str, version: int | None = None) -> StoredArticle:
        remembered = self.engine.visit(self.server.url(path))
        assert remembered is not None
        assert remembered.article_id is not None
        found = self.snapshot.article(remembered.article_id, version)
        assert found is not None
        return found


@contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    with serving({}) as server:
        saved = folder / "saved"
        saved.mkdir()
        (saved / "note.md").write_text("# A note on the Mirna\n\nThe gauge is read at eight by two engineers.\n")
        (saved / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        settings = folder / "dragoman.toml"
        settings.write_text(SETTINGS.format(server.origin))
        with closing(open_engine(folder / "index", create=Binding.of(FakeEncoder()))) as engine:
            yield Desk(server, engine, settings)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Report, Report, list[str]]]:
    """After two rounds, with their reports and the paths that the second one asked for."""
    with desk_in(tmp_path_factory.mktemp("desk")) as made:
        made.server.routes = first_day(made.server.origin)
        first = made.update()
        made.server.routes = second_day(made.server.origin)
        second = made.update(timedelta(days=2))
        yield made, first, second, made.server.paths


Rounds = tuple[Desk, Report, Report, list[str]]


def test_every_article_of_the_first_day_is_taken_and_every_fault_is_one_line(desk: Rounds) -> None:
    made, first, _, _ = desk
    assert first.added == 5
    reasons = {failure.source.removeprefix(made.server.origin): failure.reason for failure in first.failures}
    assert {path for path in FAULTS if not any(source.startswith(path) for source in reasons)} == set()
    assert any("169.254.169.254" in source for source in reasons), "the address inside is refused"
    assert any("picture.png" in source for source in reasons)
    assert any(source.startswith("/bomb.xml") for source in reasons)
    assert "robots.txt" in next(reason for source, reason in reasons.items() if source.startswith("/private"))
    assert "named again" in reasons["/sitemap.xml"]
    assert len(first.failures) == len(FAULTS) + 4


def test_nothing_that_robots_txt_forbids_is_asked_for(desk: Rounds) -> None:
    made, _, _, paths = desk
    assert "/private/draft" not in paths
    assert all("Dragoman/" in request.headers["user-agent"] for request in made.server.requests)


def test_what_a_source_says_of_its_publisher_is_known_of_its_articles(desk: Rounds) -> None:
    meta = desk[0].article("/river").article.meta
    assert (meta.publisher, meta.publisher_country, meta.publisher_kind) == ("The Example Post", "NO", "newspaper")
    assert meta.published is not None
    assert meta.published.first_day == PUBLISHED.date()
    assert desk[0].article("/statement").article.meta.publisher == "Ministry of the River"


def test_the_second_day_takes_what_is_new_and_what_changed_and_nothing_twice(desk: Rounds) -> None:
    _, _, second, paths = desk
    assert (second.added, second.changed, second.vanished) == (1, 1, 1)
    assert second.changes == {"substance": 1}
    assert paths.count("/new") == 1
    assert len(paths) == len(set(paths)), "no address is asked for twice in a round"


def test_a_changed_article_is_a_new_version_and_an_old_citation_of_it_still_resolves(desk: Rounds) -> None:
    made = desk[0]
    old, new = made.article("/river", version=1), made.article("/river")
    assert (old.state, new.version) == ("superseded", 2)
    assert "on Friday in" in old.article.text
    assert "on Saturday in" in new.article.text
    quote = next(passage for passage in old.passages if "Friday" in passage.text)
    citation = cite(quote, old.article.meta, 1)
    (verdict,) = verify([Stored.of(citation)], made.snapshot)
    assert (verdict.status, verdict.current, verdict.changes) == ("changed", 2, ("substance",))
    assert verdict.notice is not None
    assert "misstated the day" in verdict.detail


def test_a_correction_is_noticed_in_the_words_of_the_article(desk: Rounds) -> None:
    stored = desk[0].article("/river").article
    assert stored.meta.notice is not None
    assert stored.meta.notice.kind == "correction"
    assert stored.meta.notice.text in stored.text


def test_a_vanished_article_is_marked_and_can_still_be_found(desk: Rounds) -> None:
    made = desk[0]
    gone = made.article("/copy")
    assert gone.vanished is not None
    assert gone.state == "current"
    numbers = [scored.number for scored in made.snapshot.lexical("PORT MELIS river commission", 20)]
    assert gone.article.id in {found.article.id for found in made.snapshot.get(numbers)}
    assert made.engine.counts()["vanished"] == 1


def test_the_copy_and_its_original_are_of_one_origin_until_one_changes(desk: Rounds) -> None:
    made = desk[0]
    first, copy = made.article("/river").article.id, made.article("/copy").article.id
    assert {edition.article.id for edition in made.snapshot.editions(copy)} == {first}
    assert made.snapshot.origin(copy) == first


def test_a_third_round_soon_after_asks_for_the_lists_alone(tmp_path: Path) -> None:
    with desk_in(tmp_path) as made:
        made.server.routes = first_day(made.server.origin)
        made.update()
        again = made.update(timedelta(minutes=5))
    assert (again.added, again.changed) == (0, 0)
    assert {"/river", "/harbour", "/copy"}.isdisjoint(made.server.paths)
    assert "/feed.xml" in made.server.paths


def test_the_index_is_sound_after_both_rounds(desk: Rounds) -> None:
    assert desk[0].engine.verify() == []
