"""Processes that prepare documents: each one that hangs, dies or swells costs the one document that did it."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.errors import DragomanError
from indexer.items import Failure, RawDocument
from indexer.passages import Splitting
from indexer.pipeline.prepare import Prepared, prepare
from indexer.pipeline.worker import SLACK, seconds_for
from indexer.pipeline.workers import Ended, Limits, Worker
from tests.hostile import count

ROOT = Path(__file__).resolve().parents[1]
RULE = Splitting.for_model(count, 64)
LIMITS = Limits(seconds=1.5, memory=2**26)


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A process for a test that ends it."""
    started = Worker(RULE, LIMITS)
    yield started
    started.close()


@pytest.fixture(scope="module")
def steady() -> Iterator[Worker]:
    """A process for all tests that leave it as it is."""
    started = Worker(RULE, LIMITS)
    yield started
    started.close()


def document(name: str, text: str) -> RawDocument:
    content = json.dumps({"id": name, "title": f"Title of {name}", "text": text, "language": "en"})
    return RawDocument(f"news.jsonl:{name}", "application/json", content.encode())


def paragraphs(name: str, word: str = "") -> RawDocument:
    return document(name, f"Envoys {word} met in the old harbour.\nThey agreed on nothing after two days.")


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_document_is_prepared_as_it_would_be_here(steady: Worker) -> None:
    raws = [paragraphs("a"), paragraphs("b")]
    assert list(steady.prepare(raws)) == [prepare(raw, RULE) for raw in raws]


def test_what_is_no_article_is_a_failure_and_the_process_goes_on(steady: Worker) -> None:
    bad = RawDocument("news.jsonl:3", "application/json", b'{"title": "No text"}', input="news.jsonl")
    first, second = steady.prepare([bad, paragraphs("b")])
    assert first == Failure("news.jsonl:3", 'text is missing: add a "text" field', "news.jsonl")
    assert isinstance(second, Prepared)


def test_a_fault_of_the_program_itself_is_a_failure_that_says_so(steady: Worker) -> None:
    failed, taken = steady.prepare([paragraphs("a", "FAILS"), paragraphs("b")])
    assert isinstance(failed, Failure)
    assert failed.reason == "cannot be read, by a fault of Dragoman (KeyError: 'what nobody thought of')"
    assert isinstance(taken, Prepared)


def test_what_a_library_prints_is_neither_an_answer_nor_seen(capfd: pytest.CaptureFixture[str]) -> None:
    worker = Worker(RULE, LIMITS)
    assert isinstance(next(iter(worker.prepare([paragraphs("a", "PRINTS")]))), Prepared)
    worker.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("LOOPS", "took longer than 1.5 s"),
        ("EATS", "needed more than 0.0625 GiB of memory"),
        ("DIES", "ended the process that read it (by SIGKILL)"),
        ("LEAVES", "ended the process that read it (with exit code 3)"),
    ],
)
def test_a_document_that_ends_the_process_is_named_with_the_reason(worker: Worker, word: str, reason: str) -> None:
    raw = paragraphs("bad", word)
    with pytest.raises(Ended) as ended:
        list(worker.prepare([raw, paragraphs("good")]))
    assert ended.value.failure == Failure(raw.source, reason, raw.input)
    assert ended.value.certain


def test_a_document_that_sleeps_is_ended_by_real_time() -> None:
    worker = Worker(RULE, Limits(seconds=1 / SLACK))
    with pytest.raises(Ended, match=r"took longer than 0\.1 s"):
        list(worker.prepare([paragraphs("bad", "SLEEPS")]))
    worker.close()


@pytest.mark.parametrize(("word", "certain"), [("LOOPS", True), ("EATS", False), ("DIES", False)])
def test_what_a_process_had_before_may_be_to_blame_for_its_end_but_not_for_time_taken(
    worker: Worker, word: str, certain: bool
) -> None:
    outcomes = []
    with pytest.raises(Ended) as ended:
        outcomes.extend(worker.prepare([paragraphs("good"), paragraphs("bad", word)]))
    assert ended.value.failure.source == "news.jsonl:bad"
    assert ended.value.certain == certain


@pytest.mark.parametrize(
    ("media_type", "size", "allowed"),
    [
        ("application/json", 1000, 20),
        ("application/json", 2**20, 40),
        ("text/plain", 5 * 2**19, 60),
        ("text/html", 5 * 2**19, 20),
        ("text/markdown", 5 * 2**19, 20),
    ],
)
def test_large_plain_documents_have_more_time(media_type: str, size: int, allowed: float) -> None:
    assert seconds_for(RawDocument("a", media_type, b"x" * size), 20) == allowed


def test_a_process_that_does_not_start_is_an_error_and_what_it_says_is_seen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("indexer.pipeline.workers._CHILD", "import sys; print('why', file=sys.stderr); sys.exit(5)")
    with pytest.raises(DragomanError, match=r"does not start \(it ended with exit code 5\)"):
        Worker(RULE, LIMITS)
    assert capfd.readouterr().err == "why\n"


def test_a_closed_process_is_gone(worker: Worker) -> None:
    assert is_there(worker.pid)
    worker.close()
    assert not is_there(worker.pid)


def test_a_process_loads_no_model_and_no_index() -> None:
    code = "import sys, indexer.pipeline.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"torch", "faiss", "openvino", "transformers", "sqlite3"} & set(done.stdout.split()) == set()


def test_the_folder_that_one_works_in_is_not_searched_for_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lxml.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    worker = Worker(RULE, LIMITS)
    assert isinstance(next(iter(worker.prepare([paragraphs("a")]))), Prepared)
    worker.close()


ORPHANED = """
import sys, time
from indexer.pipeline.workers import Limits, Worker
from tests.test_workers import RULE, paragraphs
worker = Worker(RULE, Limits(seconds=100))
print(worker.pid, flush=True)
if sys.argv[1]:
    list(worker.prepare([paragraphs("bad", sys.argv[1])]))
time.sleep(1000)
"""


@pytest.mark.parametrize("word", ["", "LOOPS", "SLEEPS"], ids=["idle", "busy", "asleep"])
def test_a_process_dies_with_a_parent_that_is_killed(word: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-", word], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin
        assert parent.stdout
        parent.stdin.write(ORPHANED)
        parent.stdin.close()
        pid = int(parent.stdout.readline())
        assert is_there(pid)
        parent.kill()
    for _ in range(200):
        if not is_there(pid):
            break
        time.sleep(0.05)
    assert not is_there(pid)


def test_a_prepared_document_survives_pickling() -> None:
    prepared = prepare(paragraphs("a"), RULE)
    assert pickle.loads(pickle.dumps(prepared)) == prepared


def test_interrupts_from_the_keyboard_are_left_to_the_parent(steady: Worker) -> None:
    os.kill(steady.pid, signal.SIGINT)
    assert isinstance(next(iter(steady.prepare([paragraphs("a")]))), Prepared)
