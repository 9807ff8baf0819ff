"""The command line as a whole: what goes to which stream, what each exit code means, and messages that help."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from api.cli import EXIT_CODES, UNREAD
from api.console.options import Form
from indexer import errors
from indexer.engine import Binding, open_engine
from tests.console import Dragoman, WideEncoder

pytest_plugins = ["tests.console_fixtures"]


ROOT = Path(__file__).resolve().parents[1]
COMMANDS = [
    *("add", "cite show", "cite verify", "eval", "key", "mcp", "rebuild", "remove", "retry", "search", "serve"),
    *("show", "similar", "stats", "update", "verify"),
]
WITHOUT_INDEX = {"key"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add"], "--starter"),
        (["add", "x", "--format", "docx"], "'text', 'markdown', 'html', 'jsonl'"),
        (["add", "x", "--column", "headline"], "'headline' is not such as title=headline"),
        (["add", "x", "--column", "title=a", "--column", "title=b"], "given twice"),
        (["add", "x", "--column", "titel=a"], "titel"),
        (["add", "http://127.0.0.1:99999/"], "99999"),
        (["update"], "sources.toml dragoman.toml"),
        (["update", "--sources", "none.toml"], "there is no settings file none.toml"),
        (["update", "--every", "0"], "--every"),
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
    "arguments",
    [["search", "x"], ["stats"], ["verify"], ["rebuild"], ["remove", "x"], ["retry"], ["serve", "--port", "0"]],
)
def test_a_missing_index_ends_with_5_and_says_how_to_make_one(dragoman: Dragoman, arguments: list[str]) -> None:
    ran = dragoman(*arguments)
    assert (ran.code, ran.out) == (5, "")
    assert "no index at" in ran.err
    assert "dragoman add PATH" in ran.err


def test_another_model_than_the_indexs_ends_with_5(filled: Dragoman, news: Path) -> None:
    for arguments in (["search", "border"], ["add", news]):
        ran = filled(*arguments, "--model", "other")
        assert ran.code == 5
        assert "other-weights" in ran.err
        assert "--model fake" in ran.err


def test_a_library_that_is_no_database_ends_with_5(filled: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "index" / "library.sqlite").write_bytes(b"no database" * 1000)
    for command in (["search", "x"], ["stats"], ["verify"], ["rebuild"]):
        ran = filled(*command)
        assert (ran.code, ran.out) == (5, "")
        assert "library.sqlite" in ran.err


def test_the_index_option_wins_over_the_environment(filled: Dragoman, tmp_path: Path) -> None:
    assert filled("stats", "--index", tmp_path / "elsewhere").code == 5
    open_engine(tmp_path / "elsewhere", create=Binding.of(WideEncoder())).close()
    assert re.search(r"^articles +0$", filled("stats", "--index", tmp_path / "elsewhere").out, re.MULTILINE)


def test_help_names_every_command_and_every_exit_code(dragoman: Dragoman) -> None:
    ran = dragoman("--help")
    assert (ran.code, ran.err) == (0, "")
    named = re.findall(r"^  (\w+)  +\S", ran.out.partition("Commands:")[2].partition("Exit codes")[0], re.MULTILINE)
    assert sorted(named) == sorted({command.split()[0] for command in COMMANDS})
    codes = {int(code) for code in re.findall(r"^ +(\d+) +\S", ran.out.partition("Exit codes:")[2], re.MULTILINE)}
    assert codes == {*range(8), 130, UNREAD}


def test_every_error_has_an_exit_code_that_is_explained() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.DragomanError)}
    assert codes <= {int(code) for code in re.findall(r"^  (\d+) ", EXIT_CODES, re.MULTILINE)}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_by_example(dragoman: Dragoman, command: str) -> None:
    ran = dragoman(*command.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: dragoman {command} " in ran.out
    assert re.search(rf"^  Example: (.* \| )?dragoman {command}\b", ran.out, re.MULTILINE)
    assert ("--index" in ran.out) == (command not in WITHOUT_INDEX)


@pytest.mark.parametrize(("command", "examples"), [("search", 2), ("cite verify", 2), ("show", 2)])
def test_some_commands_take_more_than_one_example(dragoman: Dragoman, command: str, examples: int) -> None:
    shown = dragoman(*command.split(), "--help").out
    assert len(re.findall(rf"\bdragoman {command}\b", shown)) - 1 >= examples


def test_the_version_is_printed(dragoman: Dragoman) -> None:
    ran = dragoman("--version")
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"dragoman \d+\.\d+\.\d+\n", ran.out)


def console(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """The command in a process of its own, both streams open to be read."""
    command = [sys.executable, "-c", "import api.cli; api.cli.main()", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def many_failures(dragoman: Dragoman, tmp_path: Path) -> Path:
    """An index that has more to print than a pipe holds."""
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"title": ""}\n' * 4000, "utf-8")
    dragoman("add", wrong)
    return tmp_path / "index"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_whoever_stops_reading_ends_a_command_quietly(many_failures: Path, unbuffered: str) -> None:
    arguments = ["stats", "--failures", "--index", str(many_failures)]
    with console(*arguments, PYTHONUNBUFFERED=unbuffered) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline().startswith(b"articles")
        running.stdout.close()
        assert (running.wait(60), running.stderr.read()) == (UNREAD, b"")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["stats"], ["show", "vienna"], ["cite", "show", "vienna:0", "--json"]]
)
def test_output_that_nobody_reads_at_all_ends_a_command_quietly(
    filled: Dragoman, tmp_path: Path, arguments: list[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "import api.cli; api.cli.main()", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "DRAGOMAN_INDEX": str(tmp_path / "index")}
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(command, cwd=ROOT, env=environ, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (UNREAD, b"")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dragoman s", {"search", "similar", "show", "stats", "serve"}),
        ("dragoman cite ", {"show", "verify"}),
        ("dragoman search x --format ", set(get_args(Form))),
        ("dragoman search x --sort ", {"relevance", "date"}),
        ("dragoman cite show x --style c", {"chicago", "csl"}),
        ("dragoman search x --per", {"--per-article"}),
    ],
)
def test_the_shell_completes_commands_options_and_their_values(line: str, offered: set[str]) -> None:
    words = line.split()
    place = len(words) if line.endswith(" ") else len(words) - 1
    asked = {"_DRAGOMAN_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(place)}
    with console(**asked) as running:
        out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, b"")
    assert set(out.decode().split()) == offered


HEAVY = {
    *(
        "torch",
        "transformers",
        "sentence_transformers",
        "openvino",
        "faiss",
        "mcp",
        "fastapi",
        "uvicorn",
        "trafilatura",
    ),
    *("citeproc", "pybtex", "rispy", "httpx2", "limits", "numpy", "jinja2", "babel"),
}
"""What takes long to load. Pydantic is not among it: typer itself uses it to read what a command is given."""


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--help"], set()),
        (["search", "--help"], set()),
        (["cite", "verify", "--help"], set()),
        (["key", "desk"], {"limits"}),
        (["stats"], {"numpy", "faiss"}),
        (["show", "vienna:0"], {"numpy", "faiss"}),
        (["cite", "show", "vienna:0"], {"numpy", "faiss"}),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(
    filled: Dragoman, tmp_path: Path, arguments: list[str], needed: set[str]
) -> None:
    code = "import sys, atexit, api.cli; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); api.cli.main()"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "DRAGOMAN_INDEX": str(tmp_path / "index")}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stderr.splitlines()[-1].split()) == needed


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "朝鲜"), ("ascii", "朝鲜")])
def test_what_is_piped_is_utf_8_whatever_the_terminal(
    dragoman: Dragoman, tmp_path: Path, encoding: str, shown: str
) -> None:
    (tmp_path / "news.jsonl").write_text('{"id": "a", "title": "朝鲜", "text": "朝鲜发射一颗卫星。"}\n', "utf-8")
    assert dragoman("add", tmp_path / "news.jsonl").code == 0
    with console("show", "a", PYTHONIOENCODING=encoding, DRAGOMAN_INDEX=str(tmp_path / "index")) as running:
        out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, b"")
    assert out.decode().startswith(shown)
