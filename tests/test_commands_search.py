"""Searching, passages like one, and articles, as the console shows them: the same as on every other surface."""

from __future__ import annotations

import json
import re
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.citing.fragments import link
from api.console.commands_search import open_first
from api.console.options import Form
from api.features import FEATURES
from api.search import Searcher
from indexer.engine import open_engine
from indexer.errors import NotFound
from tests.answers import answered, hit
from tests.console import NEWS, Dragoman, WideEncoder, certain
from tests.visits import serving

pytest_plugins = ["tests.console_fixtures"]


def test_hits_are_printed_and_nothing_else(filled: Dragoman) -> None:
    ran = filled("search", "Did the ministers agree to reopen the border?", "-k", 1)
    assert (ran.code, ran.err) == (0, "")
    sentence = "They agreed to reopen the border at Kelmen in May."
    assert ran.out == (
        " 1. Ministers meet in Vienna\n"
        "    Morning Post, 21 May 2012\n"
        f"    {sentence}\n"
        f"    {link('https://example.org/vienna', sentence)}\n"
        "    vienna:1\n\n"
    )


def test_json_is_the_object_that_rest_answers(filled: Dragoman, tmp_path: Path) -> None:
    filters = ["--after", "2012", "--before", "2013", "--publisher", "Morning Post", "--publisher", "X"]
    ranked = ["--per-article", 0, "--asked-on", "2013-01-05", "--explain"]
    ran = filled("search", "border last May", "-k", 2, *filters, *ranked, "--json")
    given = {"q": "border last May", "k": "2", "after": "2012", "before": "2013", "publisher": ["Morning Post", "X"]}
    given |= {"per_article": "0", "asked_on": "2013-01-05", "explain": "true"}
    with Searcher(open_engine(tmp_path / "index"), WideEncoder()) as searcher:
        answer = TestClient(create_app(searcher)).get("/v1/search", params=given).json()
    printed = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert len(printed["hits"]) == 2
    assert printed["query"]["understood"][0]["text"] == "May 2012"
    assert printed["hits"][0]["explain"][0]["name"] == "sentence"
    assert printed | {"took_ms": 0} == answer | {"took_ms": 0}


def test_without_explain_json_has_no_parts(filled: Dragoman) -> None:
    assert json.loads(filled("search", "border", "-k", 1, "--json").out)["hits"][0]["explain"] is None


def test_hits_of_one_article_can_be_limited(filled: Dragoman) -> None:
    ran = filled("search", "Did the ministers agree to reopen the border?", "--per-article", 1)
    assert ran.out.count("Ministers meet in Vienna\n") == 1
    assert "    1 more passage of this article: vienna:0\n" in ran.out
    assert filled("search", "ministers border", "--per-article", 0).out.count("Ministers meet in Vienna\n") == 2


def test_last_year_counts_from_the_day_that_is_given(filled: Dragoman) -> None:
    ran = filled("search", "Who met last year?", "-k", 1, "--asked-on", "2013-01-05")
    assert ran.err == "understood: 2012\n"
    assert "understood" not in ran.out


def test_last_year_counts_from_today_by_itself(filled: Dragoman) -> None:
    said = filled("search", "Who met last year?", "-k", 1).err
    assert re.fullmatch(r"understood: \d{4}\n", said)


def test_explained_hits_come_with_their_parts(filled: Dragoman) -> None:
    question = "Did the ministers agree to reopen the border?"
    explained, plain = filled("search", question, "-k", 1, "--explain"), filled("search", question, "-k", 1)
    parts = explained.out.removeprefix(plain.out.removesuffix("\n")).splitlines()[:-1]
    shape = re.compile(r"     (?P<adds>[+-]\d+\.\d{3})  (?P<name>\w+) +-?\d+\.\d\d x \d\.\d\d  (?P<means>.*)")
    rows = [found for found in map(shape.fullmatch, parts) if found]
    assert len(rows) == len(parts) > 2
    assert {row["means"] for row in rows} == {FEATURES[row["name"]] for row in rows}
    assert len({row.start("means") for row in rows}) == 1
    adds = [float(row["adds"]) for row in rows]
    assert adds == sorted(adds, reverse=True)
    assert 0 not in adds


def test_a_question_that_nothing_answers_is_told_so_and_still_gets_hits(
    filled: Dragoman, monkeypatch: pytest.MonkeyPatch
) -> None:
    likely = filled("search", "border")
    monkeypatch.setattr("api.search.default_answerable", certain(0.51))
    unlikely = filled("search", "border")
    assert (unlikely.code, unlikely.out) == (0, likely.out)
    assert unlikely.err == "Nothing here seems to answer this; the nearest passages are:\n"
    assert json.loads(filled("search", "border", "--json").out)["answered"] is False


def test_a_reranker_reads_the_passages_again_and_its_cost_is_said(filled: Dragoman) -> None:
    ran = filled("search", "border", "-k", 1, "--rerank", "keen/reader")
    assert re.fullmatch(r"keen/reader read 3 passages again in \d+ ms\n", ran.err)
    answer = json.loads(filled("search", "border", "-k", 1, "--rerank", "keen/reader", "--json", "--explain").out)
    assert (answer["reranker"]["model"], answer["reranker"]["passages"]) == ("keen/reader", 3)
    assert answer["hits"][0]["explain"][-1]["name"] == "reranker"


def test_a_reranker_of_the_environment_is_used_unless_another_is_named(
    filled: Dragoman, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_RERANKER", "from/environment")
    assert filled("search", "border").err.startswith("from/environment read 3")
    assert filled("search", "border", "--rerank", "from/option").err.startswith("from/option read 3")


def test_an_answer_without_hits_is_no_error(filled: Dragoman) -> None:
    ran = filled("search", "border", "--publisher", "Nobody's Gazette")
    assert (ran.code, ran.out) == (0, "")
    assert "no passage passes these filters" in ran.err
    assert json.loads(filled("search", "border", "--publisher", "Nobody's Gazette", "--json").out)["hits"] == []


def test_bytes_that_are_no_text_in_a_question_do_no_harm(filled: Dragoman) -> None:
    assert json.loads(filled("search", "border\udcff", "--json").out)["query"]["text"] == "border\ufffd"


def test_the_countries_and_languages_are_filters_too(filled: Dragoman) -> None:
    for option, value in (("--country", "Japan"), ("--language", "fr")):
        ran = filled("search", "border", option, value)
        assert (ran.code, ran.out) == (0, "")
        assert "no passage passes these filters" in ran.err
    assert json.loads(filled("search", "border", "--country", "japan", "--json").out)["query"]["filters"][
        "country"
    ] == ["JP"]


def test_the_newest_come_first_where_that_is_asked_for(filled: Dragoman, tmp_path: Path) -> None:
    newer = {"id": "newer", "title": "Elsewhere", "text": "A border was closed.", "published": "2020"}
    (tmp_path / "newer.jsonl").write_text(json.dumps(newer), "utf-8")
    assert filled("add", tmp_path / "newer.jsonl").code == 0
    question = "Did the ministers agree to reopen the border at Kelmen in May?"
    assert filled("search", question).out.startswith(" 1. Ministers meet")
    assert filled("search", question, "--sort", "date").out.startswith(" 1. Elsewhere")


def test_the_next_page_is_had_by_the_cursor_of_the_one_before(filled: Dragoman) -> None:
    whole = json.loads(filled("search", "border", "--json").out)
    first = json.loads(filled("search", "border", "-k", 1, "--json").out)
    second = json.loads(filled("search", "border", "-k", 1, "--cursor", first["cursor"], "--json").out)
    assert [hit["passage"]["id"] for hit in first["hits"] + second["hits"]] == [
        hit["passage"]["id"] for hit in whole["hits"][:2]
    ]
    assert second["hits"][0]["rank"] == 2


def test_a_cursor_of_another_index_is_refused(filled: Dragoman) -> None:
    first = json.loads(filled("search", "border", "-k", 1, "--json").out)
    assert filled("remove", "grain").code == 0
    ran = filled("search", "border", "-k", 1, "--cursor", first["cursor"])
    assert (ran.code, ran.out) == (2, "")


def test_each_line_of_json_lines_is_a_hit_of_json(filled: Dragoman) -> None:
    lines = [json.loads(line) for line in filled("search", "border", "--jsonl").out.splitlines()]
    assert lines == json.loads(filled("search", "border", "--json").out)["hits"]
    assert len(lines) == 3


@pytest.mark.parametrize("form", get_args(Form))
def test_hits_can_be_had_in_every_format_of_the_other_surfaces(filled: Dragoman, tmp_path: Path, form: str) -> None:
    with Searcher(open_engine(tmp_path / "index"), WideEncoder()) as searcher:
        given = {"q": "border", "format": form}
        answer = TestClient(create_app(searcher)).get("/v1/export", params=given).content.decode()
    ran = filled("search", "border", "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.rstrip("\n") == answer.removeprefix("\ufeff").rstrip("\n")
    assert ran.out.endswith("\n")
    assert "Vienna" in ran.out


@pytest.mark.parametrize("command", [["search", "border"], ["similar", "grain:0"]])
@pytest.mark.parametrize(
    "options",
    [["--json", "--jsonl"], ["--json", "--format", "ris"], ["--jsonl", "--format", "csv"]],
)
def test_one_form_of_output_excludes_the_others(filled: Dragoman, command: list[str], options: list[str]) -> None:
    ran = filled(*command, *options)
    assert (ran.code, ran.out) == (2, "")
    assert " exclude each other: choose one" in ran.err
    assert all(option in ran.err for option in options if option.startswith("--"))


@pytest.mark.parametrize("form", [["--jsonl"], ["--format", "csv"]])
@pytest.mark.parametrize("asked", [["--facets"], ["--explain"]])
def test_what_a_form_cannot_hold_is_refused_with_it(filled: Dragoman, form: list[str], asked: list[str]) -> None:
    ran = filled("search", "border", *form, *asked)
    held = form == ["--jsonl"] and asked == ["--explain"]
    assert ran.code == (0 if held else 2)


def test_what_the_hits_have_in_common_is_printed_behind_them(filled: Dragoman) -> None:
    plain, ran = filled("search", "border"), filled("search", "border", "--facets")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.removeprefix(plain.out).splitlines() == [
        "3 found in 3 passages searched",
        "publisher",
        "     2  Morning Post",
        "published, by day",
        "     2  2012-05-21",
        "     1  without a date, or with none as precise as a day",
    ]
    assert json.loads(filled("search", "border", "--facets", "--json").out)["facets"]["found"] == 3


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the browser was asked to open."""
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: addresses.append(url) is None)
    return addresses


def test_the_first_hit_is_opened_at_its_sentence(filled: Dragoman, opened: list[str]) -> None:
    plain = filled("search", "Did the ministers agree to reopen the border?")
    assert opened == []
    ran = filled("search", "Did the ministers agree to reopen the border?", "--open")
    assert (ran.code, ran.out, ran.err) == (0, plain.out, "opened vienna:1 in the browser\n")
    assert [address.split(":~:text=")[0] for address in opened] == ["https://example.org/vienna#"]
    assert opened[0] in ran.out


def test_a_hit_without_an_address_is_not_opened(filled: Dragoman, opened: list[str]) -> None:
    ran = filled("search", "grain exports", "-k", 1, "--open")
    assert (ran.code, opened) == (0, [])
    assert ran.err == "nothing to open: grain:0 has no address on the web; dragoman show grain:0\n"


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:alert(1)", "HTTPX://example.org/"])
def test_nothing_but_the_web_is_opened(opened: list[str], address: str) -> None:
    open_first(answered(hit(url=address)))
    open_first(answered(hit(url="HTTPS://example.org/a")))
    assert [found.partition("#")[0] for found in opened] == ["HTTPS://example.org/a"]


def test_where_no_browser_can_be_started_the_address_is_said(filled: Dragoman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    said = filled("search", "border Kelmen", "-k", 1, "--open").err
    assert said.startswith("no browser could be started; vienna:1 is at https://example.org/vienna#:~:text=")


def test_nothing_is_opened_where_nothing_is_found(filled: Dragoman, opened: list[str]) -> None:
    assert filled("search", "border", "--publisher", "nobody", "--open").code == 0
    assert opened == []


def test_passages_like_one_are_those_of_rest(filled: Dragoman, tmp_path: Path) -> None:
    with Searcher(open_engine(tmp_path / "index"), WideEncoder()) as searcher:
        answer = TestClient(create_app(searcher)).get("/v1/similar/grain:0", params={"k": 1, "explain": True}).json()
    printed = json.loads(filled("similar", "grain:0", "-k", 1, "--explain", "--json").out)
    assert printed | {"took_ms": 0} == answer | {"took_ms": 0}
    listed = filled("similar", "grain:0")
    assert (listed.code, listed.err) == (0, "")
    assert listed.out.count("Ministers meet in Vienna\n") == 2
    assert "Grain\n" not in listed.out
    assert len(filled("similar", "grain:0", "--jsonl").out.splitlines()) == 2


def test_an_article_that_is_alone_has_no_passages_like_it(filled: Dragoman) -> None:
    assert filled("remove", "vienna").code == 0
    ran = filled("similar", "grain:0")
    assert (ran.code, ran.out, ran.err) == (0, "", "there is no passage in any other article\n")


@pytest.mark.parametrize("command", [["similar", "grain:7"], ["show", "nowhere"], ["cite", "show", "grain:7"]])
def test_what_is_not_there_ends_with_3(filled: Dragoman, command: list[str]) -> None:
    ran = filled(*command)
    assert (ran.code, ran.out) == (3, "")
    assert command[-1] in ran.err


def test_an_article_is_shown_with_the_ids_of_its_passages(filled: Dragoman) -> None:
    ran = filled("show", "vienna")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "Ministers meet in Vienna\n"
        "Morning Post, 21 May 2012\n"
        "https://example.org/vienna\n"
        "vienna, version 1\n\n"
        "vienna:0\n"
        "    Ministers of both states met in Vienna on Monday.\n\n"
        "vienna:1\n"
        "    They agreed to reopen the border at Kelmen in May.\n"
    )
    assert filled("show", "vienna:1").out == ran.out.replace("vienna:1", "> vienna:1")


def test_older_versions_are_said_of_and_can_be_shown(filled: Dragoman, news: Path) -> None:
    news.write_text(json.dumps({**NEWS[1], "text": "Exports of grain from Dravia began again in spring."}), "utf-8")
    assert filled("add", news).code == 0
    now, before = filled("show", "grain"), filled("show", "grain", "--version", 1)
    assert "began again" in now.out
    assert re.fullmatch(
        r"version 1, superseded, came in on \d{4}-\d\d-\d\d: dragoman show grain --version 1\n", now.err
    )
    assert "grain, version 1, superseded\n" in before.out
    assert "stopped all exports" in before.out
    assert before.err.startswith("version 2, current, ")
    assert filled("show", "grain", "--version", 3).err == "dragoman: no version 3 of 'grain', it has 1, 2\n"


def test_an_article_that_was_taken_out_is_not_shown(filled: Dragoman) -> None:
    assert filled("remove", "grain").code == 0
    for arguments in (["grain"], ["grain:0"], ["grain", "--version", 1]):
        assert filled("show", *arguments).code == 3


def test_an_article_as_json_is_what_rest_answers(filled: Dragoman, tmp_path: Path) -> None:
    with Searcher(open_engine(tmp_path / "index"), WideEncoder()) as searcher:
        answer = TestClient(create_app(searcher)).get("/v1/articles/vienna").json()
    assert json.loads(filled("show", "vienna", "--json").out) == answer


@pytest.fixture
def server(filled: Dragoman, tmp_path: Path) -> Iterator[str]:
    """The address of a server that has the index of the console open."""
    with Searcher(open_engine(tmp_path / "index"), WideEncoder()) as searcher, serving(create_app(searcher)) as address:
        yield address


@pytest.mark.parametrize(
    "command",
    [
        ["search", "Who met last year?", "--asked-on", "2013-05-01", "--explain", "--facets", "-k", "2"],
        ["search", "border", "--jsonl", "--publisher", "morning post"],
        ["search", "border", "--format", "bibtex"],
        ["similar", "grain:0", "--explain"],
        ["show", "vienna:1"],
        ["cite", "show", "vienna:1", "--json"],
    ],
)
def test_a_server_gives_the_same_output_as_its_index(
    filled: Dragoman, server: str, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    here = filled(*command)
    monkeypatch.setenv("DRAGOMAN_INDEX", "/nowhere")
    assert here.code == 0
    assert filled(*command, "--server", server) == here


@pytest.mark.parametrize("option", [["--index", "x"], ["--model", "fake"], ["--rerank", "x"]])
def test_a_server_has_an_index_and_models_of_its_own(dragoman: Dragoman, option: list[str]) -> None:
    ran = dragoman("search", "border", "--server", "http://127.0.0.1:9", *option)
    assert (ran.code, ran.out) == (2, "")
    assert f"{option[0]} and --server exclude each other" in ran.err


def test_the_key_of_the_environment_goes_to_the_server(dragoman: Dragoman, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str | None] = []

    class Listening:
        def __init__(self, url: str, *, key: str | None) -> None:
            given.extend((url, key))
            raise NotFound("enough")

    monkeypatch.setattr("api.client.Client", Listening)
    monkeypatch.setenv("DRAGOMAN_KEY", "secret")
    assert dragoman("search", "border", "--server", "http://127.0.0.1:9").code == 3
    assert given == ["http://127.0.0.1:9", "secret"]
