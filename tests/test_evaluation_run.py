"""Running a judged set: its corpus is indexed once, and what is measured is what a search would show."""

from __future__ import annotations

import json
import lzma
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.evaluate import Scores
from api.evaluation_run import measure, measure_against, open_judged
from indexer.encode import Encoder
from indexer.engine import Binding, open_engine
from indexer.errors import DragomanError, IndexMissing
from indexer.settings import Settings
from tests.fakes import FakeEncoder, article, put

BRIEFS = {
    "vienna": "The ministers of both states met in Vienna.\n\nThey agreed to reopen the border at Kelmen.",
    "grain": "The port of Dravia stopped all exports of grain after the storm.",
}
QUESTIONS = [
    {"qid": "q1", "question": "Did they agree to reopen the border at Kelmen?"},
    {"qid": "q2", "question": "Why did exports of grain stop?"},
    {"qid": "q3", "question": "Who landed on the moon?"},
]


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """The one encoder that every index of a test gets; it remembers what it was given."""
    fake = WideEncoder()

    def load(model: str | None, cache: Path, backend: str, threads: int | None = None) -> Encoder:
        return fake

    monkeypatch.setattr("indexer.build.load_encoder", load)
    monkeypatch.setattr("api.search.load_encoder", load)
    return fake


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "not-touched", cache=tmp_path / "cache")


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture
def passages(tmp_path: Path) -> Path:
    """A judged set of passages over briefs."""
    folder = tmp_path / "seeds"
    (folder / "briefs").mkdir(parents=True)
    for name, text in BRIEFS.items():
        (folder / "briefs" / f"{name}.md").write_text(f"---\nid: {name}\ntitle: On {name}\n---\n\n{text}\n", "utf-8")
    write(folder / "questions.jsonl", [dict(row) for row in QUESTIONS])
    (folder / "qrels.tsv").write_text("q1\t0\tvienna:1\t3\nq2\t0\tgrain:0\t3\n", "utf-8")
    return folder


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    """The same as a judged set of spans."""
    folder = tmp_path / "spans"
    folder.mkdir()
    write(folder / "corpus.jsonl", [{"id": name, "title": f"On {name}", "text": text} for name, text in BRIEFS.items()])
    write(folder / "questions.jsonl", [dict(row) for row in QUESTIONS])
    start = BRIEFS["vienna"].index("They")
    judged = [("q1", "vienna", start, len(BRIEFS["vienna"])), ("q2", "grain", 0, len(BRIEFS["grain"]))]
    rows = [{"qid": qid, "doc_id": name, "start": low, "end": high, "grade": 3} for qid, name, low, high in judged]
    write(folder / "qrels.jsonl", rows)
    return folder


def gains(scores: Scores) -> dict[str, float]:
    """nDCG@10 of each question."""
    return {qid: row["nDCG@10"] for qid, row in scores.per_question.items()}


@pytest.fixture(params=["passages", "spans"])
def folder(request: pytest.FixtureRequest) -> Path:
    """A judged set in each of the two forms."""
    found: Path = request.getfixturevalue(request.param)
    return found


def test_both_forms_of_a_judged_set_are_measured_alike(encoder: FakeEncoder, settings: Settings, folder: Path) -> None:
    scores = measure(folder, settings)
    assert scores.questions == 2
    assert gains(scores) == {"q1": 1, "q2": 1}
    assert scores.measures["recall@100"] == 1


def test_the_corpus_is_indexed_once_and_kept_in_the_cache(
    encoder: FakeEncoder, settings: Settings, folder: Path
) -> None:
    first = measure(folder, settings)
    encoder.seen.clear()
    assert measure(folder, settings) == first
    assert sorted(set(encoder.seen)) == sorted(row["question"] for row in QUESTIONS[:2])
    assert len(list((settings.cache / "evaluations").iterdir())) == 1
    assert not settings.index.exists()


def test_a_corpus_that_changed_is_indexed_anew_without_what_is_gone(
    encoder: FakeEncoder, settings: Settings, passages: Path
) -> None:
    measure(passages, settings)
    (passages / "briefs" / "grain.md").unlink()
    (passages / "briefs" / "vienna.md").write_text("---\nid: vienna\ntitle: New\n---\n\nNothing was agreed.\n", "utf-8")
    _, searcher = open_judged(passages, settings)
    with searcher:
        hits = searcher.search("exports of grain at the border").hits
    assert [(hit.article.id, hit.passage.text) for hit in hits] == [("vienna", "Nothing was agreed.")]


def test_a_line_taken_out_of_a_corpus_is_not_found_any_more(
    encoder: FakeEncoder, settings: Settings, spans: Path
) -> None:
    corpus = (spans / "corpus.jsonl").read_text("utf-8")
    (spans / "corpus.jsonl").write_text(
        f'{corpus}{{"id": "moon", "title": "Moon", "text": "A moon landing."}}\n', "utf-8"
    )
    found = []
    for _ in range(2):
        with open_judged(spans, settings)[1] as searcher:
            found.append("moon" in [hit.article.id for hit in searcher.search("Who landed on the moon?").hits])
        (spans / "corpus.jsonl").write_text(corpus, "utf-8")
    assert found == [True, False]


def test_two_sets_of_the_same_name_do_not_share_an_index(
    encoder: FakeEncoder, settings: Settings, passages: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "seeds"
    other.parent.mkdir()
    measure(passages, settings)
    passages.rename(other)
    (other / "briefs" / "grain.md").unlink()
    assert gains(measure(other, settings)) == {"q1": 1, "q2": 0}


def test_an_index_can_be_named_and_is_not_written_to(
    encoder: FakeEncoder, settings: Settings, passages: Path, tmp_path: Path
) -> None:
    named = tmp_path / "mine"
    engine = open_engine(named, create=Binding.of(encoder))
    put(engine, encoder, [article("grain", BRIEFS["grain"])])
    engine.close()
    assert gains(measure(passages, settings, named)) == {"q1": 0, "q2": 1}
    assert not (settings.cache / "evaluations").exists()


def test_an_index_that_is_named_and_missing_is_an_error(
    encoder: FakeEncoder, settings: Settings, passages: Path, tmp_path: Path
) -> None:
    with pytest.raises(IndexMissing):
        measure(passages, settings, tmp_path / "mine")


def test_the_rankings_are_written_so_that_others_can_score_them(
    encoder: FakeEncoder, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    measure(folder, settings, run=tmp_path / "run.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text("utf-8").splitlines()]
    assert [row["qid"] for row in rows] == ["q1", "q2", "q3"]
    assert [set(hit) for row in rows for hit in row["hits"]] == [{"doc_id", "passage_id", "text"}] * 9
    assert rows[0]["hits"][0] == {
        "doc_id": "vienna",
        "passage_id": "vienna:1",
        "text": "They agreed to reopen the border at Kelmen.",
    }


def test_articles_of_the_corpus_that_are_not_taken_are_reported(
    encoder: FakeEncoder, settings: Settings, spans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (spans / "corpus.jsonl").open("a", encoding="utf-8") as corpus:
        corpus.write('{"id": "empty", "title": "On nothing", "text": " "}\n')
    measure(spans, settings)
    assert "corpus.jsonl:3: no text left" in capsys.readouterr().err


def test_what_is_no_judged_set_is_refused_before_anything_is_indexed(
    encoder: FakeEncoder, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(DragomanError, match="is not a judged set"):
        measure(tmp_path, settings)
    assert not settings.cache.exists()


def test_an_index_in_the_cache_that_another_version_made_is_made_anew(
    encoder: FakeEncoder, settings: Settings, passages: Path
) -> None:
    before = measure(passages, settings)
    [library] = settings.cache.rglob("library.sqlite")
    with closing(sqlite3.connect(library)) as connection, connection:
        connection.execute("UPDATE facts SET value = '0' WHERE name = 'format'")
    assert measure(passages, settings) == before


KELMEN = {"doc_id": "vienna", "passage_id": "vienna:1", "text": "They agreed to reopen the border at Kelmen."}
GRAIN = {"doc_id": "grain", "passage_id": "grain:0", "text": BRIEFS["grain"]}
OTHER = {"doc_id": "vienna", "passage_id": "vienna:0", "text": "The ministers of both states met in Vienna."}


def saved(path: Path, **hits: list[dict[str, str]]) -> Path:
    """A run as an earlier evaluation left it: hits by question id."""
    write(path, [{"qid": qid, "hits": found} for qid, found in hits.items()])
    return path


def test_a_run_scores_as_the_ranking_that_it_was_written_from(
    encoder: FakeEncoder, settings: Settings, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = measure(folder, settings, run=tmp_path / "run.jsonl")
    found = measure_against(folder, settings, tmp_path / "run.jsonl")
    assert found.comparison.before == found.comparison.after == scores
    assert [question.qid for question in found.questions] == ["q1", "q2", "q3"]
    assert "missing" not in capsys.readouterr().err


def test_a_worse_run_is_before_and_the_present_ranking_after(
    encoder: FakeEncoder, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    worse = saved(tmp_path / "run.jsonl", q1=[OTHER, OTHER, KELMEN], q2=[GRAIN], q3=[])
    comparison = measure_against(folder, settings, worse).comparison
    assert gains(comparison.before) == {"q1": 0.5, "q2": 1}
    assert gains(comparison.after) == {"q1": 1, "q2": 1}
    assert comparison.before.per_question["q1"]["MRR@10"] == pytest.approx(1 / 3)


def test_a_run_can_be_compared_with_and_replaced_at_once(
    encoder: FakeEncoder, settings: Settings, passages: Path, tmp_path: Path
) -> None:
    run = saved(tmp_path / "run.jsonl", q1=[], q2=[GRAIN])
    assert gains(measure_against(passages, settings, run, run=run).comparison.before) == {"q1": 0, "q2": 1}
    assert gains(measure_against(passages, settings, run).comparison.before) == {"q1": 1, "q2": 1}


def test_a_question_that_a_run_lacks_counts_as_one_without_results_and_is_counted(
    encoder: FakeEncoder, settings: Settings, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = saved(tmp_path / "run.jsonl", q1=[KELMEN])  # q3 is not missed: nothing answers it
    assert gains(measure_against(folder, settings, lacking).comparison.before) == {"q1": 1, "q2": 0}
    assert f"1 of 2 questions are missing in {lacking}" in capsys.readouterr().err


def test_a_run_without_passage_ids_can_be_compared_on_a_set_of_spans_alone(
    encoder: FakeEncoder, settings: Settings, spans: Path, passages: Path, tmp_path: Path
) -> None:
    plain = {name: KELMEN[name] for name in ("doc_id", "text")}
    run = saved(tmp_path / "run.jsonl", q1=[plain], q2=[GRAIN])
    assert gains(measure_against(spans, settings, run).comparison.before) == {"q1": 1, "q2": 1}
    with pytest.raises(DragomanError, match=r"without a passage_id.*write it again with dragoman eval"):
        measure_against(passages, settings, run)


def test_a_run_of_another_set_is_refused_before_anything_is_indexed(
    encoder: FakeEncoder, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    run = saved(tmp_path / "run.jsonl", other1=[KELMEN], other2=[])
    with pytest.raises(DragomanError, match=r"none of the 3 questions .*it has 2 others.*name the set"):
        measure_against(folder, settings, run)
    assert not settings.cache.exists()


HITLESS = '{"qid": "q1", "hits": '


@pytest.mark.parametrize(
    "content",
    [
        None,
        "{",
        "[]",
        '{"qid": "q1"}',
        '{"hits": []}',
        '{"qid": ["q1"], "hits": []}',
        HITLESS + "null}",
        HITLESS + "[3]}",
        HITLESS + '["text"]}',
        HITLESS + '[{"doc_id": "vienna"}]}',
        HITLESS + '[{"doc_id": "vienna", "text": 3}]}',
        HITLESS + '[{"doc_id": "vienna", "text": "x", "passage_id": null}]}',
        HITLESS + "[]}\n" + HITLESS + "[]}",
    ],
)
def test_what_is_no_run_is_refused_with_a_way_to_write_one(
    encoder: FakeEncoder, settings: Settings, passages: Path, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "run.jsonl").write_text(content, "utf-8")
    with pytest.raises(DragomanError, match=r"run\.jsonl is not a run \(.*dragoman eval SET --run FILE"):
        measure_against(passages, settings, tmp_path / "run.jsonl")
    assert not settings.cache.exists()


def test_a_run_may_be_compressed(encoder: FakeEncoder, settings: Settings, passages: Path, tmp_path: Path) -> None:
    plain = saved(tmp_path / "run.jsonl", q1=[KELMEN], q2=[])
    (tmp_path / "run.jsonl.xz").write_bytes(lzma.compress(plain.read_bytes()))
    plain.unlink()
    assert gains(measure_against(passages, settings, tmp_path / "run.jsonl.xz").comparison.before) == {"q1": 1, "q2": 0}
