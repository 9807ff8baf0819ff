"""Citing a passage, and what becomes of citations that were kept, as the console has it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.citations import Cited
from api.citing.formats import FORMATS, written
from api.console.commands_cite import FALLEN
from api.console.options import Style
from api.search import Searcher, find_passage
from indexer.engine import open_engine
from tests.console import NEWS, Dragoman, WideEncoder

pytest_plugins = ["tests.console_fixtures"]


def test_a_passage_is_cited_by_quote_reference_and_link(filled: Dragoman) -> None:
    ran = filled("cite", "show", "vienna:1")
    assert (ran.code, ran.err) == (0, "")
    quote, reference, link = ran.out.splitlines()
    assert quote == "“They agreed to reopen the border at Kelmen in May.”"
    assert reference == "“Ministers meet in Vienna”, Morning Post, 21 May 2012, https://example.org/vienna."
    assert link.startswith("https://example.org/vienna#:~:text=They%20agreed")


def test_without_an_address_there_is_no_link(filled: Dragoman) -> None:
    assert len(filled("cite", "show", "grain:0").out.splitlines()) == 2


@pytest.mark.parametrize("style", get_args(Style))
def test_a_passage_is_cited_in_every_style(filled: Dragoman, tmp_path: Path, style: str) -> None:
    engine = open_engine(tmp_path / "index")
    expected = written(style, [Cited.of(find_passage(engine.snapshot(), "vienna:1"))])
    engine.close()
    ran = filled("cite", "show", "vienna:1", "--style", style)
    assert (ran.code, ran.err, ran.out.rstrip("\n")) == (0, "", expected.rstrip("\n"))


def test_a_style_and_json_exclude_each_other(filled: Dragoman) -> None:
    ran = filled("cite", "show", "vienna:1", "--style", "apa", "--json")
    assert (ran.code, ran.out) == (2, "")


def test_an_unknown_style_is_refused_with_those_there_are(filled: Dragoman) -> None:
    ran = filled("cite", "show", "vienna:1", "--style", "harvard")
    assert (ran.code, ran.out) == (2, "")
    assert all(style in ran.err for style in FORMATS)


@pytest.fixture
def kept(filled: Dragoman, tmp_path: Path) -> Path:
    """A file with the citations of all hits of a search."""
    path = tmp_path / "kept.jsonl"
    path.write_text(filled("search", "border", "--jsonl").out, "utf-8")
    return path


def changed(news: Path) -> None:
    """The second paragraph of the first article is another now."""
    text = "Ministers of both states met in Vienna on Monday.\nThey agreed to reopen the border at Kelmen in June."
    news.write_text(json.dumps({**NEWS[0], "text": text}), "utf-8")


def test_while_nothing_changes_all_citations_stand(filled: Dragoman, kept: Path) -> None:
    ran = filled("cite", "verify", kept)
    assert (ran.code, ran.err) == (0, "3 of 3 citations stand\n")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["stands"] * 3


def test_what_changed_or_is_gone_is_told_by_the_line_and_the_exit_code(
    filled: Dragoman, kept: Path, news: Path
) -> None:
    changed(news)
    assert filled("add", news).code == 0
    assert filled("remove", "grain").code == 0
    ran = filled("cite", "verify", kept)
    assert ran.code == FALLEN
    lines = sorted(ran.out.splitlines())
    assert lines[0] == "    now: They agreed to reopen the border at Kelmen in June."
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "changed   vienna version 1",
        "gone      grain version 1",
        "stands    vienna version 1",
    ]
    assert ran.err == "1 of 3 citations stands, 1 changed, 1 gone\n"


@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_citations_are_read_from_standard_input(filled: Dragoman, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    answer = filled("search", "border", form).out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(answer.encode())))
    assert filled("cite", "verify", "-").err == "3 of 3 citations stand\n"


def test_one_that_was_kept_alone_is_read_too_and_an_altered_one_is_seen(filled: Dragoman, tmp_path: Path) -> None:
    citation = json.loads(filled("cite", "show", "vienna:1", "--json").out)
    (tmp_path / "one.json").write_text(json.dumps(citation), "utf-8")
    assert filled("cite", "verify", tmp_path / "one.json").err == "1 of 1 citation stands\n"
    (tmp_path / "one.json").write_text(json.dumps({**citation, "quote": "They agreed on nothing."}), "utf-8")
    ran = filled("cite", "verify", tmp_path / "one.json")
    assert ran.code == FALLEN
    assert ran.out.startswith("mismatch  vienna version 1: ")
    assert ran.err == "0 of 1 citation stand, 1 mismatch\n"


def test_the_verdicts_as_json_are_what_rest_answers(filled: Dragoman, kept: Path, news: Path, tmp_path: Path) -> None:
    changed(news)
    assert filled("add", news).code == 0
    citations = [json.loads(line)["citation"] for line in kept.read_text("utf-8").splitlines()]
    with Searcher(open_engine(tmp_path / "index"), WideEncoder()) as searcher:
        client = TestClient(create_app(searcher))
        answer = client.post("/v1/citations/verify", json={"citations": citations}).json()
    ran = filled("cite", "verify", kept, "--json")
    assert ran.code == FALLEN
    assert json.loads(ran.out) == answer


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no json", "is not JSON"),
        (b'{"quote": "x"}', "missing"),
        (b"\xff\xfe", "kept.jsonl cannot be read: it is not UTF-8"),
    ],
)
def test_what_is_no_list_of_citations_ends_with_2(filled: Dragoman, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "kept.jsonl").write_bytes(content)
    ran = filled("cite", "verify", tmp_path / "kept.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_file_that_is_not_there_ends_with_2(filled: Dragoman, tmp_path: Path) -> None:
    ran = filled("cite", "verify", tmp_path / "nowhere.json")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere.json cannot be read: No such file" in ran.err
