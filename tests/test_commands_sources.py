"""Keeping an index up to date, and trying again what could not be taken, as the console does it."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from api.console.again import Quarantined, grouped
from api.console.stopping import Stop
from indexer.engine import Engine, open_engine
from indexer.items import Failure
from indexer.readers.polite import Manners
from tests.console import NEWS, Dragoman
from tests.webserver import Reply, Request, WebServer, page, serving

pytest_plugins = ["tests.console_fixtures"]

BODY = (
    "The ministers of both states met in Vienna on Tuesday for the first time since the war.",
    "They agreed to reopen the border at Kelmen in May, their spokesmen said after a long night of talks.",
    "A second round will follow in Geneva before the summer, when the course of the river is to be settled.",
    "Observers had expected neither of the delegations to come to the city at all.",
    "The mayors of eleven villages wrote to both governments in March and asked for an answer within the year.",
)


def story(*paragraphs: str, title: str = "Ministers meet in Vienna") -> Reply:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or BODY)
    head = f"<head><title>{title}</title><meta property='og:type' content='article'></head>"
    return page(f"<!doctype html><html lang=en>{head}<body><article><h1>{title}</h1>{body}</article></body></html>")


def feed(server: WebServer, *paths: str) -> Reply:
    items = "".join(f"<item><title>Item</title><link>{server.url(path)}</link></item>" for path in paths)
    channel = f"<channel><title>Example Post</title>{items}</channel>"
    return page(f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>', "application/rss+xml")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A web site that may be reached, with a feed of one story, and no pauses between requests."""
    monkeypatch.setenv("DRAGOMAN_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setattr("api.console.taking.MANNERS", Manners(delay=0))
    with serving({"/vienna": story()}) as running:
        running.routes["/feed"] = feed(running, "/vienna")
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: WebServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file that names the feed and a folder, set in the environment."""
    file = tmp_path / "desk.toml"
    folder = '[[source]]\nname = "Desk"\npath = "notes"\n'
    file.write_text(f'[[source]]\nname = "Example Post"\nurl = "{server.url("/feed")}"\n{folder}', "utf-8")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "grain.txt").write_text(f"Grain\n\n{NEWS[1]['text']}\n", "utf-8")
    monkeypatch.setenv("DRAGOMAN_SOURCES", str(file))
    return file


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_a_feed_on_the_web_is_added_with_its_pages(dragoman: Dragoman, server: WebServer) -> None:
    ran = dragoman("add", server.url("/feed"))
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert "1 article added, 0 changed, 0 unchanged;" in ran.err
    assert server.paths == ["/robots.txt", "/feed", "/vienna"]
    assert "Ministers meet in Vienna" in dragoman("search", "border at Kelmen").out


def test_a_page_and_a_folder_are_added_together(dragoman: Dragoman, server: WebServer, settings: Path) -> None:
    ran = dragoman("add", server.url("/vienna"), settings.parent / "notes")
    assert "2 articles added" in ran.err


def test_an_address_of_this_machine_is_refused_unless_it_is_allowed(
    dragoman: Dragoman, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_ALLOW_NETWORKS", "")
    ran = dragoman("add", server.url("/feed"))
    assert (ran.code, ran.out) == (1, "")
    assert "1 document not taken" in ran.err
    assert ran.err.count(server.url("/feed")) == 1
    assert "DRAGOMAN_ALLOW_NETWORKS" in ran.err
    assert "robots.txt" not in ran.err
    assert server.connections == 0


def test_an_update_takes_what_all_sources_have(dragoman: Dragoman, settings: Path) -> None:
    ran = dragoman("update")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert "2 articles added, 0 changed, 0 unchanged;" in ran.err
    for arguments in ([], ["--sources", settings]):
        ran = dragoman("update", *arguments)
        assert ran.code == 0
        assert "0 articles added, 0 changed, 1 unchanged;" in ran.err  # a page that is new is not due again yet


def test_an_update_in_which_nobody_answers_fails(dragoman: Dragoman, server: WebServer, tmp_path: Path) -> None:
    file = tmp_path / "alone.toml"
    file.write_text(f'[[source]]\nname = "Alone"\nurl = "{server.url("/nothing")}"\n', "utf-8")
    ran = dragoman("update", "--sources", file)
    assert (ran.code, ran.out) == (1, "")
    assert "/nothing: the server answers 404" in ran.err


def test_a_missing_settings_file_is_said_with_how_to_make_one(dragoman: Dragoman, tmp_path: Path) -> None:
    ran = dragoman("update", "--sources", tmp_path / "none.toml")
    assert (ran.code, ran.out) == (2, "")
    copied = re.search(r"cp (\S+sources\.toml) (\S+)$", ran.err.strip())
    assert copied
    assert Path(copied[1]).is_file()
    assert copied[2] == str(tmp_path / "none.toml")


def test_updates_go_on_until_a_signal_is_heard_and_let_others_write_in_between(
    dragoman: Dragoman, server: WebServer, settings: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def wait(stop: object, seconds: float) -> bool:
        waits.append(seconds)
        open_engine(index, write=True).close()
        if len(waits) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return False

    monkeypatch.setattr("api.console.stopping.Stop.wait", wait)
    ran = dragoman("update", "--every", "30")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert waits == [1800, 1800]
    assert ran.err.count("not taken") == 2
    assert "ended" in ran.err.splitlines()[-1]


def test_what_goes_wrong_in_one_round_is_said_and_the_next_round_comes(
    dragoman: Dragoman, settings: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dragoman("update").code == 0
    writers: list[Engine] = [open_engine(index, write=True)]
    rounds = 0

    def wait(stop: object, seconds: float) -> bool:
        nonlocal rounds
        rounds += 1
        if writers:
            writers.pop().close()
        elif rounds == 2:
            settings.write_text("[[source]]\n", "utf-8")
        return rounds == 3

    monkeypatch.setattr("api.console.stopping.Stop.wait", wait)
    ran = dragoman("update", "--every", "1")
    assert (ran.code, ran.out) == (0, "")
    lines = [line for line in ran.err.splitlines() if "dragoman:" in line or "not taken" in line]
    assert "another process is writing to it" in lines[0]
    assert "0 documents not taken" in lines[1]
    assert "source 1: it has no name" in lines[2]
    assert rounds == 3


def test_an_interrupted_update_keeps_what_it_has_and_says_so(
    dragoman: Dragoman, server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear, heard = Stop._hear, threading.Event()
    monkeypatch.setattr(Stop, "_hear", lambda stop, *_: (hear(stop), heard.set()))

    def interrupt(request: Request) -> Reply:
        os.kill(os.getpid(), signal.SIGINT)
        assert heard.wait(60)
        return story(title="The second story")

    server.routes["/second"] = interrupt
    server.routes["/feed"] = feed(server, "/vienna", "/second", "/third")
    file = tmp_path / "one.toml"
    file.write_text(f'[[source]]\nname = "Example Post"\nurl = "{server.url("/feed")}"\n', "utf-8")
    ran = dragoman("update", "--sources", file)
    assert (ran.code, ran.out) == (130, "")
    assert "interrupted" in ran.err
    assert "1 article added" in ran.err
    assert "/third" not in server.paths
    assert "Ministers meet in Vienna" in dragoman("search", "border at Kelmen").out


def test_what_was_not_taken_is_listed_once_for_each_input(dragoman: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "wrong.jsonl").write_text('{"title": ""}\n' * 3, "utf-8")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    dragoman("add", tmp_path / "wrong.jsonl", tmp_path / "scan.pdf")
    ran = dragoman("retry", "--list")
    assert (ran.code, ran.err) == (0, "")
    counts = {line.split("\t")[1]: line.split("\t")[0] for line in ran.out.splitlines()}
    assert counts == {str(tmp_path / "wrong.jsonl"): "3", str(tmp_path / "scan.pdf"): "1"}


def test_what_can_be_taken_now_is_taken_and_listed_no_more(dragoman: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text('{"title": ""}\n{"title": "x"}\n', "utf-8")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    dragoman("add", tmp_path / "news.jsonl", tmp_path / "scan.pdf")
    (tmp_path / "news.jsonl").write_text(f'{{"title": "Grain", "text": "{NEWS[1]["text"]}"}}\n', "utf-8")
    ran = dragoman("retry")
    assert (ran.code, ran.out) == (0, "")
    assert "1 article added" in ran.err
    assert "1 document still not taken" in ran.err
    listed = dragoman("retry", "--list").out.splitlines()
    assert [Path(line.split("\t")[1]).name for line in listed] == ["scan.pdf"]
    assert [line.split("\t")[0] for line in dragoman("stats", "--failures").out.splitlines()[-1:]] == [
        str(tmp_path / "scan.pdf")
    ]


def test_a_page_that_answers_now_is_taken_for_its_source(
    dragoman: Dragoman, server: WebServer, settings: Path, index: Path
) -> None:
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("[[source]]\nname", '[[source]]\ncountry = "AT"\nname', 1), "utf-8")
    server.routes["/vienna"] = page("<p>Nothing</p>")
    assert "1 document not taken" in dragoman("update").err
    server.routes["/vienna"] = story()
    ran = dragoman("retry")
    assert "1 article added" in ran.err
    assert "0 documents still not taken" in ran.err
    engine = open_engine(index)
    visit = engine.visit(server.url("/vienna"))
    assert visit is not None
    assert (visit.source, visit.article_id is None) == ("Example Post", False)
    assert engine.current([visit.article_id or ""])[visit.article_id or ""].meta.publisher_country == "AT"
    engine.close()


def test_a_retry_asks_without_conditions_and_for_nothing_else_that_is_due(
    dragoman: Dragoman, server: WebServer, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conditions: list[str | None] = []

    def third(request: Request) -> Reply:
        conditions.append(request.headers.get("if-none-match"))
        return Reply(304) if conditions[-1] == '"t"' else wrong if len(conditions) == 1 else story(title="The third")

    wrong = page("<p>Nothing</p>", etag='"t"')
    server.routes |= {"/third": third, "/feed": feed(server, "/vienna", "/third")}
    assert "1 document not taken" in dragoman("update").err
    server.requests.clear()
    monkeypatch.setattr("indexer.visits.schedule.SOONEST", timedelta())
    ran = dragoman("retry")
    assert "0 documents still not taken" in ran.err
    assert conditions == [None, None]
    assert server.paths == ["/robots.txt", "/third"]


def test_an_article_that_a_person_removed_does_not_come_back_with_an_update(
    dragoman: Dragoman, server: WebServer, settings: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragoman("update")
    with closing(open_engine(index)) as engine:
        visit = engine.visit(server.url("/vienna"))
    assert visit is not None
    assert visit.article_id is not None
    assert dragoman("remove", visit.article_id).code == 0
    monkeypatch.setattr("indexer.visits.schedule.SOONEST", timedelta())
    assert "0 articles added" in dragoman("update").err
    assert server.paths.count("/vienna") == 1
    assert "1 article added" in dragoman("add", server.url("/vienna")).err


def test_a_file_of_a_source_is_read_again_as_its_source_says(
    dragoman: Dragoman, settings: Path, tmp_path: Path, index: Path
) -> None:
    folder = '[[source]]\nname = "Desk"\npath = "notes"\npublisher = "The Desk"\ncolumns = { title = "headline" }\n'
    settings.write_text(folder, "utf-8")
    table = tmp_path / "notes" / "news.csv"
    table.write_text("headline\nRice\n", "utf-8")
    assert "1 document not taken" in dragoman("update").err
    table.write_text("headline,text\nRice,The port of Dravia stopped all exports of rice.\n", "utf-8")
    ran = dragoman("retry")
    assert "1 article added" in ran.err
    assert "0 documents still not taken" in ran.err
    engine = open_engine(index)
    [hit] = engine.snapshot().lexical("rice", 1)
    [found] = engine.snapshot().get([hit.number])
    assert (found.article.title, found.article.publisher) == ("Rice", "The Desk")
    engine.close()


def test_failures_of_an_older_index_are_listed_by_their_sources() -> None:
    failures = [Failure("a.jsonl:1", "no title", "a.jsonl"), Failure("a.jsonl:2", "no text", "a.jsonl")]
    assert grouped([*failures, Failure("b.txt", "an empty file")]) == [
        Quarantined("a.jsonl", 2, "no title"),
        Quarantined("b.txt", 1, "an empty file"),
    ]


def test_a_retry_of_which_nothing_can_be_taken_fails_and_keeps_the_list(dragoman: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    dragoman("add", tmp_path / "scan.pdf")
    before = dragoman("retry", "--list").out
    assert dragoman("retry").code == 1
    assert dragoman("retry", "--list").out == before


def test_with_nothing_to_try_again_a_retry_says_so(filled: Dragoman) -> None:
    ran = filled("retry")
    assert (ran.code, ran.out) == (0, "")
    assert "nothing to try again" in ran.err
    assert filled("retry", "--list")[:2] == (0, "")
