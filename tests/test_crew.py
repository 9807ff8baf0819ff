"""Searches in several processes: the same answers as in one, also after one of them has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from api.crew import CrewSearcher
from api.search import Searcher
from indexer.errors import CursorExpired, DragomanError
from indexer.settings import Settings

pytest_plugins = ["tests.browser"]

ROOT = Path(__file__).resolve().parents[1]

QUESTIONS = [
    "Who visited Pyongyang?",
    "What did the Security Council vote on?",
    "ceasefire talks in Cairo last year",
    "zzzz qqqq",
]


@pytest.fixture(scope="module")
def settings(briefs: Searcher, model_cache: Path) -> Settings:
    return Settings(index=briefs.engine._layout.root, cache=model_cache, processes=2)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def crew(briefs: Searcher, settings: Settings) -> Iterator[CrewSearcher]:
    found = CrewSearcher(briefs, settings)
    yield found
    found._crew.close()  # the engine is that of the starter corpus, and others need it


def processes(crew: CrewSearcher) -> list[int]:
    return list(crew._crew._pool._processes)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_what_one_process_answers(crew: CrewSearcher, briefs: Searcher, question: str) -> None:
    given = {"k": 7, "explain": True, "facets": True}
    assert crew.search(question, **given) == briefs.search(question, **given)  # type: ignore[arg-type]


def test_pages_and_batches_are_too(crew: CrewSearcher, briefs: Searcher) -> None:
    first = crew.search(QUESTIONS[0], 3)
    assert crew.search(QUESTIONS[0], 3, cursor=first.cursor) == briefs.search(QUESTIONS[0], 3, cursor=first.cursor)
    queries = [briefs.search(question).query for question in QUESTIONS]
    assert crew.batch(queries) == briefs.batch(queries)


def test_searches_at_once_are_answered_each_with_its_own(crew: CrewSearcher, briefs: Searcher) -> None:
    expected = [briefs.search(question) for question in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(crew.search, QUESTIONS * 5)) == expected * 5


def test_there_are_as_many_processes_as_were_asked_for_and_none_of_them_is_this_one(crew: CrewSearcher) -> None:
    assert len(processes(crew)) == 2
    assert os.getpid() not in processes(crew)


def test_what_a_search_refuses_is_refused_in_the_same_words(crew: CrewSearcher, briefs: Searcher) -> None:
    query = replace(briefs.search("talks").query, start=3, seen="another publication")
    with pytest.raises(CursorExpired) as here:
        briefs.answer(query)
    with pytest.raises(CursorExpired) as there:
        crew.answer(query)
    assert (str(there.value), there.value.parameter) == (str(here.value), "cursor")


def test_a_process_that_ends_is_replaced_and_nobody_loses_an_answer(
    crew: CrewSearcher, briefs: Searcher, caplog: pytest.LogCaptureFixture
) -> None:
    before = processes(crew)
    os.kill(before[0], signal.SIGKILL)
    expected = [briefs.search(question) for question in QUESTIONS]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(crew.search, QUESTIONS)) == expected
    assert len(processes(crew)) == 2
    assert not set(before) & set(processes(crew))
    assert "starting 2 new ones" in caplog.text


def test_processes_that_do_not_start_are_said_at_the_beginning(
    briefs: Searcher, settings: Settings, tmp_path: Path
) -> None:
    nothing = Settings(index=tmp_path / "nothing", cache=settings.cache, processes=2)
    with pytest.raises(DragomanError, match="does not start"):
        CrewSearcher(briefs, nothing)


def test_the_processes_end_with_a_server_that_is_killed(settings: Settings) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from api.crew import CrewSearcher
from api.search import open_index
from indexer.settings import Settings
settings = Settings(index=Path(sys.argv[1]), cache=Path(sys.argv[2]), processes=2)
print(*CrewSearcher(open_index(settings=settings), settings)._crew._pool._processes, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", code, settings.index, settings.cache]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        said, _ = server.communicate(timeout=120)  # to its end, which comes when nobody holds it open any more
    assert len(said.split()) == 2
    assert server.returncode == -signal.SIGKILL
