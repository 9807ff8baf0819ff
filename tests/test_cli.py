"""The command line: what goes to which stream, what each exit code means, and messages that help."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.answerable import SIGNS, Answerable
from api.app import create_app
from api.cli import app, main
from api.features import FEATURES
from api.search import Searcher
from indexer.encode import Encoder
from indexer.engine import Binding, open_engine
from indexer.errors import EncoderError
from indexer.settings import Settings
from tests.fakes import FakeEncoder

NEWS = [
    {
        "id": "vienna",
        "title": "Ministers meet in Vienna",
        "text": "Ministers of both states met in Vienna on Monday.\nThey agreed to reopen the border at Kelmen in May.",
        "publisher": "Morning Post",
        "published": "2012-05-21",
        "url": "https://example.org/vienna",
    },
    {"id": "grain", "title": "Grain", "text": "The port of Dravia stopped all exports of grain after the storm."},
]
COMMANDS = ["add", "eval", "rebuild", "remove", "search", "serve", "stats", "verify"]


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


def load_fake(model: str | None, cache: Path, backend: str = "auto") -> Encoder:
    match model:
        case None | "fake":
            return WideEncoder()
        case "other":
            return WideEncoder(weights="other-weights")
    raise EncoderError(f"model {model!r} is neither a folder nor a model that could be fetched")


class KeenReader:
    """A reranker to which the text with the most question marks is the most relevant."""

    def __init__(self, name: str) -> None:
        self.name = name

    def relevance(self, question: str, texts: Sequence[str]) -> np.ndarray:
        return np.array([min(1.0, text.count("?") / 3) for text in texts])


def certain(threshold: float) -> Callable[[], Answerable]:
    """Gives every question an even chance of being answered, and this threshold."""
    return lambda: Answerable(np.zeros(len(SIGNS)), 0.0, threshold)


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Dragoman = Callable[..., Ran]


@pytest.fixture
def dragoman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Dragoman:
    """Runs a command as the console would, on an index of its own and with the fake encoder."""
    for name, value in {"INDEX": tmp_path / "index", "CACHE": tmp_path / "cache"}.items():
        monkeypatch.setenv(f"DRAGOMAN_{name}", str(value))
    for name in ("MODEL", "BACKEND", "RERANKER"):
        monkeypatch.setenv(f"DRAGOMAN_{name}", "")
    for module in ("indexer.build", "api.search"):
        monkeypatch.setattr(f"{module}.load_encoder", load_fake)
    monkeypatch.setattr("api.search.CrossEncoderReranker.load", KeenReader)
    monkeypatch.setattr("api.search.default_answerable", certain(0.5))

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["dragoman", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def news(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in NEWS), "utf-8")
    return path


@pytest.fixture
def filled(dragoman: Dragoman, news: Path) -> Dragoman:
    """The same over an index that holds the news above."""
    assert dragoman("add", news).code == 0
    return dragoman


def test_adding_reports_on_standard_error_and_prints_nothing(dragoman: Dragoman, news: Path) -> None:
    ran = dragoman("add", news)
    assert (ran.code, ran.out) == (0, "")
    assert "2 articles added, 0 changed, 0 unchanged; 3 new passages; 0 documents not taken" in ran.err


def test_adding_again_is_free_and_a_changed_article_is_a_new_version(filled: Dragoman, news: Path) -> None:
    assert "0 articles added, 0 changed, 2 unchanged; 0 new passages" in filled("add", news).err
    news.write_text(json.dumps({**NEWS[1], "text": "Exports of grain from Dravia began again in spring."}), "utf-8")
    assert "0 articles added, 1 changed, 0 unchanged; 1 new passage;" in filled("add", news).err


def test_one_broken_file_in_a_folder_is_reported_and_the_others_are_taken(
    dragoman: Dragoman, news: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    news.rename(tmp_path / "folder" / "news.jsonl")
    (tmp_path / "folder" / "broken.gz").write_bytes(b"\x1f\x8b broken")
    (tmp_path / "folder" / "scan.pdf").write_bytes(b"%PDF-1.7")
    ran = dragoman("add", tmp_path / "folder")
    assert ran.code == 0
    assert "2 articles added" in ran.err
    assert "2 documents not taken" in ran.err
    assert re.search(r"broken\.gz: cannot be read", ran.err)
    assert re.search(r"scan\.pdf: a PDF, not an article", ran.err)
    listed = dragoman("stats", "--failures").out.splitlines()[-2:]
    assert [re.sub(r"^.*/", "", line).split("\t")[0] for line in listed] == ["broken.gz", "scan.pdf"]


def test_a_run_that_could_take_nothing_fails(dragoman: Dragoman, tmp_path: Path) -> None:
    ran = dragoman("add", tmp_path / "nowhere.jsonl")
    assert (ran.code, ran.out) == (1, "")
    assert "nowhere.jsonl" in ran.err


def test_a_line_that_is_no_article_is_named_by_its_number(dragoman: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text("".join(f"{json.dumps(NEWS[1])}\n" for _ in range(99)) + "{}\n", "utf-8")
    assert "news.jsonl:100: title is missing" in dragoman("add", tmp_path / "news.jsonl").err


def test_the_format_can_be_said(dragoman: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text("# Ministers meet\n\nThey agreed to reopen the border at Kelmen.\n", "utf-8")
    assert dragoman("add", tmp_path / "notes.py").code == 1
    assert dragoman("add", tmp_path / "notes.py", "--format", "markdown").code == 0
    assert "Ministers meet" in dragoman("search", "border").out


def test_the_starter_corpus_can_be_added(dragoman: Dragoman) -> None:
    ran = dragoman("add", "--starter")
    assert ran.code == 0
    assert int(re.findall(r"(\d+) articles added", ran.err)[0]) >= 100
    assert "0 documents not taken" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add"], "--starter"),
        (["add", "x", "--format", "docx"], "text, markdown, html, jsonl"),
        (["search"], "Missing argument 'question'"),
        (["search", " "], "the question is empty"),
        (["search", "x", "-k", "0"], "k is 0"),
        (["search", "x", "-k", "ten"], "'-k'"),
        (["search", "x", "--per-article", "-1"], "per_article is -1"),
        (["search", "x", "--asked-on", "2012"], "asked_on is 2012"),
        (["search", "x", "--asked-on", "yesterday"], "asked_on: 'yesterday'"),
        (["search", "x", "--after", "2012-02-30"], "2012-02-30"),
        (["search", "x", "--after", "2013", "--before", "2012"], "not earlier"),
        (["search", "x", "--colour", "red"], "--colour"),
        (["serve", "--port", "70000"], "65535"),
        (["remove"], "Missing argument 'articles'"),
        (["fetch"], "fetch"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_is_wrong(dragoman: Dragoman, arguments: list[str], said: str) -> None:
    ran = dragoman(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    "arguments", [["search", "x"], ["stats"], ["verify"], ["rebuild"], ["remove", "x"], ["serve", "--port", "0"]]
)
def test_a_missing_index_ends_with_5_and_says_how_to_make_one(dragoman: Dragoman, arguments: list[str]) -> None:
    ran = dragoman(*arguments)
    assert (ran.code, ran.out) == (5, "")
    assert "no index at" in ran.err
    assert "dragoman add PATH" in ran.err


def test_an_unknown_model_ends_with_4(dragoman: Dragoman, news: Path) -> None:
    ran = dragoman("add", news, "--model", "nonsense")
    assert (ran.code, ran.out) == (4, "")
    assert "'nonsense'" in ran.err


def test_another_model_than_the_indexs_ends_with_5(filled: Dragoman, news: Path) -> None:
    for arguments in (["search", "border"], ["add", news]):
        ran = filled(*arguments, "--model", "other")
        assert ran.code == 5
        assert "other-weights" in ran.err
        assert "--model fake" in ran.err


@pytest.mark.parametrize("command", [["add", "{news}"], ["remove", "grain"], ["rebuild"]])
def test_an_index_that_another_process_writes_to_ends_with_5(
    filled: Dragoman, news: Path, tmp_path: Path, command: list[str]
) -> None:
    writer = open_engine(tmp_path / "index", write=True)
    try:
        ran = filled(*(part.format(news=news) for part in command))
    finally:
        writer.close()
    assert (ran.code, ran.out) == (5, "")
    assert "another process is writing to it" in ran.err


def test_a_library_that_is_no_database_ends_with_5(filled: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "index" / "library.sqlite").write_bytes(b"no database" * 1000)
    for command in (["search", "x"], ["stats"], ["verify"], ["rebuild"]):
        ran = filled(*command)
        assert (ran.code, ran.out) == (5, "")
        assert "library.sqlite" in ran.err


def test_hits_are_printed_and_nothing_else(filled: Dragoman) -> None:
    ran = filled("search", "Did the ministers agree to reopen the border?", "-k", 1)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        " 1. Ministers meet in Vienna\n"
        "    Morning Post, 21 May 2012\n"
        "    They agreed to reopen the border at Kelmen in May.\n"
        "    https://example.org/vienna"
        "#:~:text=They%20agreed%20to%20reopen%20the%20border%20at%20Kelmen%20in%20May.\n"
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


def test_the_server_is_started_with_what_the_options_name(
    filled: Dragoman, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[tuple[Settings, str, int]] = []
    monkeypatch.setattr("api.server.serve", lambda *given: started.append(given))
    assert filled("serve", "--port", 8911, "--rerank", "keen/reader", "--model", "fake").code == 0
    settings = Settings(tmp_path / "index", "fake", "auto", tmp_path / "cache", "keen/reader")
    assert started == [(settings, "127.0.0.1", 8911)]


def test_an_answer_without_hits_is_no_error(filled: Dragoman) -> None:
    ran = filled("search", "border", "--publisher", "Nobody's Gazette")
    assert (ran.code, ran.out) == (0, "")
    assert "no passage passes these filters" in ran.err
    assert json.loads(filled("search", "border", "--publisher", "Nobody's Gazette", "--json").out)["hits"] == []


def test_bytes_that_are_no_text_in_a_question_do_no_harm(filled: Dragoman) -> None:
    assert json.loads(filled("search", "border\udcff", "--json").out)["query"]["text"] == "border\ufffd"


def test_removed_articles_are_found_no_more(filled: Dragoman) -> None:
    ran = filled("remove", "grain")
    assert (ran.code, ran.out) == (0, "")
    assert "removed 1 of 1" in ran.err
    assert "Grain" not in filled("search", "grain").out


def test_removing_what_is_not_there_ends_with_3(filled: Dragoman) -> None:
    ran = filled("remove", "grain", "nothing")
    assert (ran.code, ran.out) == (3, "")
    assert "removed 1 of 2" in ran.err


def test_statistics_are_printed(filled: Dragoman) -> None:
    ran = filled("stats")
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"^articles +2$", ran.out, re.MULTILINE)
    assert re.search(r"^passages +3$", ran.out, re.MULTILINE)


def test_a_sound_index_is_said_to_be_sound(filled: Dragoman) -> None:
    ran = filled("verify")
    assert (ran.code, ran.out) == (0, "")
    assert "sound" in ran.err


def test_damage_is_printed_ends_with_5_and_is_mended_by_rebuilding(filled: Dragoman, tmp_path: Path) -> None:
    [vectors] = (tmp_path / "index" / "generations").glob("*/dense.faiss")
    vectors.write_bytes(vectors.read_bytes()[:-1])
    ran = filled("verify")
    assert ran.code == 5
    assert "dense.faiss" in ran.out
    assert "dragoman rebuild" in ran.out
    assert "sound" not in ran.err
    assert filled("rebuild")[:2] == (0, "")
    assert filled("verify").code == 0
    assert "Vienna" in filled("search", "border").out


@pytest.fixture
def judged(tmp_path: Path, news: Path) -> Path:
    """A judged set of one question."""
    folder = tmp_path / "judged"
    folder.mkdir()
    news.rename(folder / "corpus.jsonl")
    (folder / "questions.jsonl").write_text('{"qid": "q1", "question": "Why did grain exports stop?"}\n', "utf-8")
    judgment = {"qid": "q1", "doc_id": "grain", "start": 0, "end": 30, "grade": 3}
    (folder / "qrels.jsonl").write_text(json.dumps(judgment), "utf-8")
    return folder


def test_a_judged_set_is_measured(dragoman: Dragoman, tmp_path: Path, judged: Path) -> None:
    ran = dragoman("eval", judged)
    assert ran.code == 0
    assert re.search(r"^questions +1$", ran.out, re.MULTILINE)
    assert re.search(r"^nDCG@10 +1\.0000$", ran.out, re.MULTILINE)
    measured = json.loads(dragoman("eval", judged, "--json", "--run", tmp_path / "run.jsonl").out)
    assert (measured["questions"], measured["hit@1"]) == (1, 1)
    run = json.loads((tmp_path / "run.jsonl").read_text("utf-8"))
    assert (run["qid"], run["hits"][0]["doc_id"]) == ("q1", "grain")


def test_a_judged_set_is_measured_with_a_reranker(dragoman: Dragoman, tmp_path: Path, judged: Path) -> None:
    corpus = judged / "corpus.jsonl"
    corpus.write_text(corpus.read_text("utf-8").replace("in May.", "in May???"), "utf-8")
    assert json.loads(dragoman("eval", judged, "--json").out)["hit@1"] == 1
    assert json.loads(dragoman("eval", judged, "--json", "--rerank", "keen/reader").out)["hit@1"] == 0


def test_a_judged_set_is_compared_with_an_earlier_run(dragoman: Dragoman, tmp_path: Path, judged: Path) -> None:
    run = tmp_path / "run.jsonl"
    assert dragoman("eval", judged, "--run", run).code == 0
    hits = json.loads(run.read_text("utf-8"))["hits"]
    run.write_text(json.dumps({"qid": "q1", "hits": hits[::-1]}), "utf-8")
    ran = dragoman("eval", judged, "--against", run)
    assert ran.code == 0
    assert re.search(r"^MRR@10 +0\.3333 +1\.0000 +\+0\.6667$", ran.out, re.MULTILINE)
    assert re.search(r"^nDCG@10 \+0\.5000, .* p = 1\.0000 .*; 1 won, 0 lost, 0 tied$", ran.out, re.MULTILINE)
    assert re.search(r"^q1 +0\.5000 +1\.0000 +Why did grain exports stop\?$", ran.out, re.MULTILINE)
    measured = json.loads(dragoman("eval", judged, "--json", "--against", run).out)
    assert (measured["hit@1"], measured["against"]["measures"]["hit@1"]) == (1, 0)


def test_what_is_no_run_to_compare_with_ends_with_1(dragoman: Dragoman, tmp_path: Path, judged: Path) -> None:
    ran = dragoman("eval", judged, "--against", tmp_path / "nothing.jsonl")
    assert (ran.code, ran.out) == (1, "")
    assert "nothing.jsonl is not a run" in ran.err
    assert "--run" in ran.err


def test_what_is_no_judged_set_ends_with_1(dragoman: Dragoman, tmp_path: Path) -> None:
    ran = dragoman("eval", tmp_path / "nothing")
    assert (ran.code, ran.out) == (1, "")
    assert "is not a judged set" in ran.err
    assert "questions.jsonl" in ran.err


def test_help_names_every_command(dragoman: Dragoman) -> None:
    ran = dragoman("--help")
    assert ran.code == 0
    assert (
        sorted(command.name or command.callback.__name__ for command in app.registered_commands if command.callback)
        == COMMANDS
    )
    assert all(re.search(rf"\b{command}\b", ran.out) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_explains_itself(dragoman: Dragoman, command: str) -> None:
    ran = dragoman(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "Usage: dragoman" in ran.out
    assert "--index" in ran.out


def test_the_index_option_wins_over_the_environment(filled: Dragoman, tmp_path: Path) -> None:
    assert filled("stats", "--index", tmp_path / "elsewhere").code == 5
    open_engine(tmp_path / "elsewhere", create=Binding.of(WideEncoder())).close()
    assert re.search(r"^articles +0$", filled("stats", "--index", tmp_path / "elsewhere").out, re.MULTILINE)
