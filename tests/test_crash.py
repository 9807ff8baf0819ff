"""An index survives the death of its writer at any moment: it opens, answers, and the run can be repeated."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.embedded.layout import Layout
from indexer.embedded.publishing import STEPS
from indexer.engine import Engine, open_engine
from indexer.errors import IndexLocked, IndexMissing
from tests.crashing_writer import write
from tests.fakes import FakeEncoder

ROOT = Path(__file__).resolve().parents[1]
FILES, ARTICLES = 2, 30
RANDOM_KILLS = 42
MENDING_KILLS = 6
QUESTIONS = ("Who seized the ferry?", "wheat harvest in Zarnovia")


class Writers:
    """Processes that write as they are ordered to, and die of it (see crashing_writer)."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.crashing_writer"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, index: Path, **order: object) -> None:
        self._say(json.dumps({"index": str(index), **order}))

    def waits(self) -> bool:
        return self._hear() == "waiting"

    def kill(self) -> bool:
        """Kill the process that waits; says whether it was there to be killed."""
        self._say("kill")
        return self._was_killed()

    def run(self, index: Path, **order: object) -> bool:
        """Carry out an order to its end; says whether that was a violent one."""
        self.begin(index, **order)
        return self._was_killed()

    def close(self) -> None:
        self._process.communicate("")

    def _was_killed(self) -> bool:
        code = int(self._hear())
        assert code in (0, -signal.SIGKILL)
        return code != 0

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    opened = Writers()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Sixty invented articles of one to three paragraphs, in two files."""
    chance, folder = random.Random(7), tmp_path_factory.mktemp("news")
    subjects = ("The ferry", "An envoy of Zarnovia", "The wheat harvest", "A canal near Port Melis", "The Courier")
    events = ("was seized", "was delayed again", "divided the two governments", "is feared lost", "came as a surprise")
    paths = [folder / f"{number}.jsonl" for number in range(FILES)]
    for number, path in enumerate(paths):
        articles = [
            {
                "id": f"article-{number}-{item}",
                "title": f"{chance.choice(subjects)} {chance.choice(events)}",
                "text": "\n".join(
                    f"{chance.choice(subjects)} {chance.choice(events)} in week {chance.randrange(52)}."
                    for _ in range(chance.randrange(1, 4))
                ),
                "language": "en",  # known, so that none has to be guessed
                "publisher": chance.choice(["Courier", None]),
                "published": chance.choice(["2012", "2012-05-23", None]),
            }
            for item in range(ARTICLES)
        ]
        path.write_text("\n".join(map(json.dumps, articles)))
    return paths


def names(files: list[Path]) -> list[str]:
    return list(map(str, files))


@dataclass(frozen=True)
class State:
    """What an index answers and holds."""

    answers: list[tuple[str, float]]
    texts: dict[str, str]
    articles: int
    library: dict[str, int]

    @classmethod
    def of(cls, engine: Engine) -> State:
        encoder, snapshot = FakeEncoder(), engine.snapshot()
        answers, texts = [], {}
        for question in QUESTIONS:
            vector = encoder.encode_queries([question])[0]
            for hits in (snapshot.dense(vector, 10_000), snapshot.lexical(question, 10_000)):
                rows = snapshot.get([hit.number for hit in hits])
                assert len({row.passage.id for row in rows}) == len(rows) == len(hits), "doubled or missing"
                answers += [(row.passage.id, hit.score) for row, hit in zip(rows, hits, strict=True)]
                texts.update((row.passage.id, row.passage.text) for row in rows)
        assert len(texts) == snapshot.info.passages
        return cls(answers, texts, snapshot.info.articles, engine.counts())


@pytest.fixture(scope="module")
def undisturbed(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> State:
    index = tmp_path_factory.mktemp("undisturbed")
    write(index, files)
    engine = open_engine(index)
    assert engine.verify() == []
    state = State.of(engine)
    engine.close()
    assert state.articles == FILES * ARTICLES == state.library["articles"]
    assert state.library["superseded"] == 0
    return state


def check(index: Path, undisturbed: State) -> State | None:
    """That an index opens, answers and is sound, but for what is not published; None where none was made yet."""
    try:
        engine = open_engine(index)
    except IndexMissing:
        return None
    try:
        state, findings = State.of(engine), engine.verify()
    finally:
        engine.close()
    assert all("shows revision" in finding for finding in findings)
    assert state.texts.items() <= undisturbed.texts.items()
    assert state.articles <= state.library["articles"] <= FILES * ARTICLES
    assert state.library["superseded"] == state.library["removed"] == 0
    return state


def finish(index: Path, files: list[Path], undisturbed: State) -> None:
    """Run the writer again to its end: nothing is lost, nothing is doubled."""
    write(index, files)
    engine = open_engine(index)
    assert engine.verify() == []
    assert State.of(engine) == undisturbed
    engine.close()
    assert list(Layout(index).generations.glob("*.damaged")) == []


@pytest.mark.parametrize("publication", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_a_writer_killed_at_a_step_of_publishing_loses_nothing(
    step: str, publication: int, writers: Writers, files: list[Path], undisturbed: State, tmp_path: Path
) -> None:
    assert writers.run(tmp_path, files=names(files), die=step, publication=publication), "was not killed"
    published = publication if step in ("current", "pruned") else publication - 1
    assert Layout(tmp_path).published() == (published or None)
    state = check(tmp_path, undisturbed)
    assert state is not None
    assert state.library["articles"] == publication * ARTICLES, "what was committed is there"
    assert state.articles == max(published, 1) * ARTICLES, "the old state or the new"
    finish(tmp_path, files, undisturbed)


def test_a_writer_killed_at_any_moment_loses_nothing(
    writers: Writers, files: list[Path], undisturbed: State, tmp_path: Path
) -> None:
    began = time.monotonic()
    assert not writers.run(tmp_path / "measured", files=names(files))
    duration = time.monotonic() - began
    chance, kills, seen = random.Random(2026), 0, set()
    for attempt in range(3 * RANDOM_KILLS):
        index = tmp_path / f"{attempt}"
        longest = duration if attempt % 8 else duration / 30  # now and then while the index is being made
        for _ in range(2):  # once, and once more while it goes on where it was killed
            moment = chance.random() * longest
            if kills == RANDOM_KILLS or not writers.run(index, files=names(files), after=moment):
                break
            kills += 1
            state = check(index, undisturbed)
            seen.add(state and (state.articles, state.library["articles"]))
        finish(index, files, undisturbed)
        if kills == RANDOM_KILLS:
            break
    assert kills == RANDOM_KILLS
    assert len(seen) >= 6, f"{kills} kills met only the states {seen}"


def test_a_reader_killed_while_it_mends_loses_nothing(
    writers: Writers, files: list[Path], undisturbed: State, tmp_path: Path
) -> None:
    write(tmp_path, files)
    layout, chance, durations = Layout(tmp_path), random.Random(3), []
    kills = 0
    for _ in range(5 * MENDING_KILLS):
        published = layout.published()
        assert published is not None
        (layout.generation(published) / "dense.faiss").write_bytes(b"damaged")
        began = time.monotonic()
        kills += writers.run(tmp_path, mend=True, after=chance.random() * min(durations, default=9e9))
        durations.append(time.monotonic() - began)
        engine = open_engine(tmp_path)
        assert State.of(engine) == undisturbed
        assert engine.verify() == []
        engine.close()
        if kills == MENDING_KILLS:
            break
    assert kills == MENDING_KILLS


def test_the_kills_are_many() -> None:
    assert 2 * len(STEPS) + RANDOM_KILLS + MENDING_KILLS >= 60


def test_another_process_that_writes_keeps_writers_out_and_lets_readers_in_until_it_dies(
    writers: Writers, files: list[Path], tmp_path: Path
) -> None:
    writers.begin(tmp_path, files=names(files), wait="dense", publication=2)
    assert writers.waits()
    with pytest.raises(IndexLocked, match="another process is writing to it; try again when it is done"):
        open_engine(tmp_path, write=True)
    reader = open_engine(tmp_path)
    assert reader.snapshot().info.articles == ARTICLES
    assert reader.counts()["articles"] == 2 * ARTICLES
    Layout(tmp_path).current.unlink()
    with pytest.raises(IndexLocked, match="nothing has been published yet, another process"):
        open_engine(tmp_path).snapshot()
    assert writers.kill()
    assert reader.snapshot().info.articles == 2 * ARTICLES
    reader.close()
    open_engine(tmp_path, write=True).close()
