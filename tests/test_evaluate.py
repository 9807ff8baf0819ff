"""Judged sets and measures: hand-computed values, and agreement with the yardstick that others use."""

from __future__ import annotations

import gzip
import importlib.util
import json
import lzma
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.evaluate import JudgedSet, Retrieved, Scores, evaluate, evaluate_run, folded, measures, read_judged_set
from indexer.errors import DragomanError

GRADES = st.sampled_from([None, 0, 1, 2, 3])

ALPHA = "Ministers met in Vienna. They agreed “at once” to reopen the border.\n\nNo date was set for a second round."
BETA = "Grain prices rose.\n\nThe port had been shut since the storm, officials said."
CORPUS = [{"id": "alpha", "title": "A", "text": ALPHA}, {"doc_id": "beta", "title": "B", "text": BETA}]
QUESTIONS = [
    {"qid": "q1", "question": "Where did ministers meet?"},
    {"qid": "q2", "question": "Why was the port shut?"},
    {"qid": "q3", "question": "What is on the moon?"},
    {"qid": "q4", "question": "Was a date set?"},
]
QRELS = [
    {"qid": "q1", "doc_id": "alpha", "start": 0, "end": 24, "grade": 3},
    {"qid": "q1", "doc_id": "alpha", "start": 25, "end": 68, "grade": 2},
    {"qid": "q1", "doc_id": "beta", "start": 0, "end": 18, "grade": 0},
    {"qid": "q2", "doc_id": "beta", "start": 20, "end": 75, "grade": 3},
    {"qid": "q3", "doc_id": "alpha", "start": 0, "end": 24, "grade": 1},
    {"qid": "q4", "doc_id": "alpha", "start": 70, "end": len(ALPHA), "grade": 2},
]


def write_lines(path: Path, rows: Sequence[object], opener: Callable[..., object] = open) -> None:
    with opener(path, "wt", encoding="utf-8") as out:  # type: ignore[attr-defined]
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    """A judged set of spans."""
    for name, rows in {"corpus": CORPUS, "questions": QUESTIONS, "qrels": QRELS}.items():
        write_lines(tmp_path / f"{name}.jsonl", rows)
    return tmp_path


@pytest.fixture
def passages(tmp_path: Path) -> Path:
    """A judged set of passages."""
    (tmp_path / "briefs").mkdir()
    (tmp_path / "briefs" / "alpha.md").write_text("---\nid: alpha\ntitle: A\n---\n\nMinisters met.\n", "utf-8")
    write_lines(tmp_path / "questions.jsonl", QUESTIONS)
    (tmp_path / "qrels.tsv").write_text("q1\t0\talpha:0\t3\nq1\t0\talpha:1\t2\nq2\t0\tbeta:1\t1\n", "utf-8")
    return tmp_path


def found(article_id: str, text: str, ordinal: int = 0) -> Retrieved:
    return Retrieved(article_id, f"{article_id}:{ordinal}", text)


def score(folder: Path, rankings: dict[str, list[Retrieved]]) -> Scores:
    """The scores of a ranking given by question id."""
    return evaluate_run(read_judged_set(folder), rankings)


def gains(scores: Scores) -> dict[str, float]:
    """nDCG@10 of each question."""
    return {qid: row["nDCG@10"] for qid, row in scores.per_question.items()}


def grades(folder: Path, qid: str, *ranking: Retrieved) -> list[int | None]:
    return read_judged_set(folder).judgments[qid].grades(ranking)


def test_measures_agree_with_values_computed_by_hand() -> None:
    got = measures([None, 2, 0, 3, 1, None], [3, 2, 2, 1, 0])
    gained = 1 / math.log2(3) + 3 / math.log2(5)
    best = 3 + 1 / math.log2(3) + 1 / 2
    assert got["nDCG@10"] == pytest.approx(gained / best)
    assert got["MRR@10"] == 0.5
    assert [got[f"hit@{k}"] for k in (1, 3, 5, 10)] == [0, 1, 1, 1]
    assert got["recall@100"] == pytest.approx(2 / 3)
    assert got["unjudged@10"] == pytest.approx(0.2)


def test_the_ideal_ranking_earns_one_in_every_measure() -> None:
    got = measures([3, 3, 2], [3, 3, 2, 1])
    assert {name: value for name, value in got.items() if name != "unjudged@10"} == dict.fromkeys(
        ["nDCG@10", "MRR@10", "hit@1", "hit@3", "hit@5", "hit@10", "recall@100"], 1.0
    )


def test_an_answer_after_the_tenth_place_counts_only_in_recall() -> None:
    got = measures([0] * 10 + [3], [3])
    assert got.pop("recall@100") == 1
    assert set(got.values()) == {0}


def test_a_passage_on_the_topic_alone_earns_nothing() -> None:
    assert set(measures([1, 1], [3, 1]).values()) == {0}


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 3), max_size=20), st.randoms(use_true_random=False))
def test_every_measure_lies_between_zero_and_one(judged: list[int], dice: random.Random) -> None:
    ideal = sorted([*judged, 3], reverse=True)
    ranking: list[int | None] = [*ideal, None, None]
    dice.shuffle(ranking)
    assert all(0 <= value <= 1 for value in measures(ranking, ideal).values())


def test_a_question_without_results_counts_as_zero(spans: Path) -> None:
    scores = score(spans, {"q2": [found("beta", BETA.split("\n\n")[1])]})
    assert scores.questions == 3
    assert gains(scores) == {"q1": 0, "q2": 1, "q4": 0}
    assert scores.measures["hit@1"] == pytest.approx(1 / 3)


def test_every_measure_is_kept_for_every_question(spans: Path) -> None:
    scores = score(spans, {"q2": [found("alpha", "x"), found("beta", BETA.split("\n\n")[1])]})
    assert scores.per_question["q2"] == measures([None, 3], [3])
    assert scores.per_question["q1"] == measures([], [3, 2, 0])
    for name, mean in scores.measures.items():
        assert mean == pytest.approx(sum(row[name] for row in scores.per_question.values()) / 3)


def test_asking_and_reading_rankings_score_the_same(spans: Path) -> None:
    rankings = {"q1": [found("alpha", "x"), found("alpha", "Ministers met in Vienna.")]}
    by_text = {question["question"]: rankings.get(question["qid"], []) for question in QUESTIONS}
    assert evaluate(read_judged_set(spans), lambda question: by_text[question.text]) == score(spans, rankings)


def test_rankings_are_told_apart_by_question_id_where_two_questions_read_the_same(spans: Path) -> None:
    write_lines(spans / "questions.jsonl", [{"qid": qid, "question": "What now?"} for qid in ("q1", "q2")])
    assert gains(score(spans, {"q2": [found("beta", BETA.split("\n\n")[1])]})) == {"q1": 0, "q2": 1}


def test_a_question_that_nothing_answers_is_not_asked(spans: Path) -> None:
    asked: list[str] = []
    evaluate(read_judged_set(spans), lambda question: asked.append(question.text) or [])  # type: ignore[func-returns-value]
    assert asked == [question["question"] for question in QUESTIONS if question["qid"] != "q3"]


def test_a_set_without_any_answer_scores_zero() -> None:
    scores = evaluate(JudgedSet((), {}, Path()), lambda _: [])
    assert scores.questions == 0
    assert set(scores.measures.values()) == {0}


def test_no_more_than_a_hundred_passages_are_looked_at(spans: Path) -> None:
    answer = found("beta", BETA.split("\n\n")[1])
    for others, recall in ((99, 1), (100, 0)):
        scores = score(spans, {"q2": [*[found("alpha", "Ministers met")] * others, answer]})
        assert scores.measures["recall@100"] == pytest.approx(recall / 3)


def test_a_passage_earns_the_best_grade_of_the_spans_it_covers(spans: Path) -> None:
    assert grades(spans, "q1", found("alpha", ALPHA.split("\n\n", maxsplit=1)[0])) == [3]


def test_a_judged_span_is_earned_once(spans: Path) -> None:
    first, second = found("alpha", "Ministers met in Vienna."), found("alpha", "met in Vienna.")
    assert grades(spans, "q1", first, second) == [3, 0]


def test_two_spans_of_one_article_are_earned_by_two_passages(spans: Path) -> None:
    first, second = found("alpha", "Ministers met in Vienna."), found("alpha", "They agreed “at once” to reopen")
    assert grades(spans, "q1", second, first) == [2, 3]


def test_half_of_the_shorter_text_must_be_shared(spans: Path) -> None:
    assert grades(spans, "q4", found("alpha", "border. No date was set")) == [2]
    assert grades(spans, "q4", found("alpha", "They agreed “at once” to reopen the border. No date")) == [None]


def test_white_space_and_quote_marks_do_not_count(spans: Path) -> None:
    assert grades(spans, "q1", found("alpha", 'They  agreed "at once"\u00a0to\nreopen the border.')) == [2]


def test_a_long_passage_changed_further_on_is_found_by_its_beginning(spans: Path) -> None:
    begun = "They agreed “at once” to reopen the border. No date was set "
    assert grades(spans, "q1", found("alpha", begun + "[advertisement] for a second round")) == [2]
    assert grades(spans, "q1", found("alpha", begun[:44] + "[advertisement]")) == [None]


def test_a_short_passage_that_was_changed_is_not_found(spans: Path) -> None:
    begun = "They agreed “at once” to reopen the border. No date was set for a sec"
    assert grades(spans, "q1", found("alpha", begun + "x" * (80 - len(begun)))) == [None]
    assert grades(spans, "q1", found("alpha", begun + "x" * (81 - len(begun)))) == [2]


def test_passages_of_articles_that_nobody_judged_are_unjudged(spans: Path) -> None:
    assert grades(spans, "q1", found("gamma", ALPHA), found("alpha", "not in the article")) == [None, None]


def test_passages_can_be_judged_by_their_ids(passages: Path) -> None:
    ranking = [found("alpha", "x", 2), found("alpha", "x", 1), found("beta", "x", 1)]
    assert grades(passages, "q1", *ranking) == [None, 2, None]
    assert read_judged_set(passages).judgments["q1"].ideal() == [3, 2]
    assert read_judged_set(passages).corpus == passages / "briefs"


@pytest.mark.parametrize(("ending", "opener"), [("xz", lzma.open), ("gz", gzip.open)])
def test_every_file_of_a_set_of_spans_may_be_compressed(
    spans: Path, ending: str, opener: Callable[..., object]
) -> None:
    whole = score(spans, {"q1": [found("alpha", "Ministers met in Vienna.")]})
    for path in list(spans.glob("*.jsonl")):
        write_lines(
            Path(f"{path}.{ending}"), [json.loads(line) for line in path.read_text("utf-8").splitlines()], opener
        )
        path.unlink()
    assert read_judged_set(spans).corpus == spans / f"corpus.jsonl.{ending}"
    assert score(spans, {"q1": [found("alpha", "Ministers met in Vienna.")]}) == whole


@pytest.mark.parametrize(("ending", "compress"), [("xz", lzma.compress), ("gz", gzip.compress)])
def test_the_judgments_of_passages_may_be_compressed(
    passages: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    plain = passages / "qrels.tsv"
    Path(f"{plain}.{ending}").write_bytes(compress(plain.read_bytes()))
    plain.unlink()
    assert read_judged_set(passages).judgments["q1"].ideal() == [3, 2]


@pytest.mark.parametrize("name", ["questions.jsonl", "corpus.jsonl", "qrels.jsonl"])
@pytest.mark.parametrize("content", [None, "{", "[1]\n", '{"other": 1}\n', "\x00\xff"])
def test_a_set_with_a_missing_or_broken_file_says_what_it_needs(spans: Path, name: str, content: str | None) -> None:
    (spans / name).unlink()
    if content is not None:
        (spans / name).write_text(content, "latin-1")
    with pytest.raises(DragomanError, match=r"is not a judged set .*needs questions\.jsonl"):
        read_judged_set(spans)


@pytest.mark.parametrize(("ending", "compress"), [("xz", lzma.compress), ("gz", gzip.compress)])
def test_a_truncated_archive_is_a_broken_set(spans: Path, ending: str, compress: Callable[[bytes], bytes]) -> None:
    plain = spans / "qrels.jsonl"
    Path(f"{plain}.{ending}").write_bytes(compress(plain.read_bytes())[:-20])
    plain.unlink()
    with pytest.raises(DragomanError, match="is not a judged set"):
        read_judged_set(spans)


@pytest.mark.parametrize("line", ["q1 0 alpha:0 3", "q1\t0\talpha:0", "q1\t0\talpha:0\tgood", "q1\t0\talpha:0\t4"])
def test_a_judgment_that_is_none_is_refused(passages: Path, line: str) -> None:
    (passages / "qrels.tsv").write_text(f"{line}\n", "utf-8")
    with pytest.raises(DragomanError, match="is not a judged set"):
        read_judged_set(passages)


def test_a_set_of_passages_without_its_briefs_is_refused(passages: Path) -> None:
    (passages / "briefs" / "alpha.md").unlink()
    (passages / "briefs").rmdir()
    with pytest.raises(DragomanError, match="briefs"):
        read_judged_set(passages)


def yardstick(shared: Path) -> ModuleType:
    """The scorer that others use, loaded from where it lies."""
    spec = importlib.util.spec_from_file_location("score", shared / "eval" / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same_scores(shared: Path, folder: Path, rankings: dict[str, list[Retrieved]]) -> None:
    run = {qid: [(hit.article_id, hit.text) for hit in hits] for qid, hits in rankings.items()}
    module = yardstick(shared)
    theirs = module.score(module.Judgments(folder), lambda question: run.get(question["qid"], []))
    ours = score(folder, rankings)
    assert ours.questions == theirs["questions"]
    assert gains(ours) == pytest.approx(theirs["per_question"], abs=5e-5)
    names = set(ours.measures) & set(theirs)
    assert names == {"nDCG@10", "MRR@10", "hit@1", "hit@5", "hit@10", "recall@100", "unjudged@10"}
    assert {name: round(ours.measures[name], 4) for name in names} == {name: round(theirs[name], 4) for name in names}


def random_rankings(
    questions: list[str], corpus: dict[str, str], judged: dict[str, list[str]], seed: int
) -> dict[str, list[Retrieved]]:
    """Rankings of random paragraphs, of judged articles more often than others; now and then of nothing."""
    dice = random.Random(seed)
    rankings = {}
    for qid in questions:
        names = [dice.choice(judged.get(qid) or list(corpus)) for _ in range(60)] + dice.choices(list(corpus), k=60)
        hits = [found(name, dice.choice(corpus[name].split("\n"))) for name in dict.fromkeys(names) for _ in range(3)]
        dice.shuffle(hits)
        rankings[qid] = hits[: dice.choice([0, 5, 30, 200])]
    return rankings


@pytest.mark.parametrize("seed", range(20))
def test_the_yardstick_gives_the_same_on_an_invented_set(shared: Path, spans: Path, seed: int) -> None:
    corpus = {"alpha": ALPHA.replace(". ", ".\n"), "beta": BETA}
    rankings = random_rankings(["q1", "q2", "q3", "q4"], corpus, {}, seed)
    same_scores(shared, spans, rankings)


def test_the_yardstick_gives_the_same_on_real_news(shared: Path) -> None:
    folder = shared / "eval" / "reuters-fp"
    module = yardstick(shared)
    corpus = {row.get("id") or row["doc_id"]: row["text"] for row in module.lines(folder / "corpus.jsonl")}
    judged: dict[str, list[str]] = {}
    for row in module.lines(folder / "qrels.jsonl"):
        judged.setdefault(row["qid"], []).append(row["doc_id"])
    rankings = random_rankings([row["qid"] for row in module.lines(folder / "questions.jsonl")], corpus, judged, 1)
    same_scores(shared, folder, rankings)
    assert score(folder, rankings).measures["nDCG@10"] > 0


def test_folding_is_for_comparison_only() -> None:
    assert folded(" “Yes”,\u00a0it’s\r\n\x00so ") == '"Yes", it\'s so'
