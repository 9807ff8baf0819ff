"""Making an index, looking after it, and measuring what it finds, as the console does it."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.console.commands_index import Kind
from api.search import Searcher
from indexer.engine import open_engine
from indexer.readers.files import FORMATS
from tests.console import NEWS, Dragoman, WideEncoder

pytest_plugins = ["tests.console_fixtures"]


def test_adding_reports_on_standard_error_and_prints_nothing(dragoman: Dragoman, news: Path) -> None:
    ran = dragoman("add", news)
    assert (ran.code, ran.out) == (0, "")
    assert "2 articles added, 0 changed, 0 unchanged; 3 new passages; 0 documents not taken" in ran.err


def test_adding_again_is_free_and_a_changed_article_is_a_new_version(filled: Dragoman, news: Path) -> None:
    assert "0 articles added, 0 changed, 2 unchanged; 0 new passages" in filled("add", news).err
    news.write_text(json.dumps({**NEWS[1], "text": "Exports of grain from Dravia began again in spring."}), "utf-8")
    assert "0 articles added, 1 changed (1 in substance), 0 unchanged; 1 new passage;" in filled("add", news).err


def test_a_report_says_in_what_articles_changed_and_of_looks_nothing(filled: Dragoman, news: Path) -> None:
    grain = NEWS[1]
    looks = {**grain, "text": f"Updated 3 May 2025\n{grain['text'].replace(' ', '  ')}\nAdvertisement"}
    for changed, said in (
        (looks, "0 changed, 1 unchanged"),
        ({**grain, "title": "No grain"}, "1 changed (1 in title), 0 unchanged"),
        ({**grain, "title": "No grain", "publisher": "Post"}, "1 changed (1 in details), 0 unchanged"),
        ({**grain, "text": f"{grain['text']}\nCorrection: It was rice."}, "1 changed (1 in substance), 0 unchanged"),
    ):
        news.write_text(json.dumps(changed), "utf-8")
        assert said in filled("add", news).err
    assert re.search(r"^corrected articles +1$", filled("stats").out, re.MULTILINE)


def test_one_broken_file_in_a_folder_is_reported_and_the_others_are_taken(
    dragoman: Dragoman, news: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    news.rename(tmp_path / "folder" / "news.jsonl")
    (tmp_path / "folder" / "broken.gz").write_bytes(gzip.compress(b"They met.")[:12])
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


def test_columns_of_other_names_can_be_said(dragoman: Dragoman, tmp_path: Path) -> None:
    text = NEWS[1]["text"]
    (tmp_path / "news.csv").write_text(f"headline,body\nGrain,{text}\n", "utf-8")
    (tmp_path / "news.jsonl").write_text(json.dumps({"headline": "Grain", "body": f"{text} Twice."}), "utf-8")
    assert dragoman("add", tmp_path / "news.csv").code == 1
    ran = dragoman(
        "add", tmp_path / "news.csv", tmp_path / "news.jsonl", "--column", "title=headline", "--column", "text=body"
    )
    assert ran.code == 0
    assert "2 articles added" in ran.err
    assert "Grain" in dragoman("search", "grain").out


def test_a_table_that_does_not_look_like_one_is_read_where_that_is_said(dragoman: Dragoman, tmp_path: Path) -> None:
    (tmp_path / "news.dat").write_text(f"title,text\nGrain,{NEWS[1]['text']}\n", "utf-8")
    assert "1 article added" in dragoman("add", tmp_path / "news.dat", "--format", "csv").err


def test_the_starter_corpus_can_be_added(dragoman: Dragoman) -> None:
    ran = dragoman("add", "--starter")
    assert ran.code == 0
    assert int(re.findall(r"(\d+) articles added", ran.err)[0]) >= 100
    assert "0 documents not taken" in ran.err


def test_an_unknown_model_ends_with_4(dragoman: Dragoman, news: Path) -> None:
    ran = dragoman("add", news, "--model", "nonsense")
    assert (ran.code, ran.out) == (4, "")
    assert "'nonsense'" in ran.err


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


def test_statistics_as_json_are_what_rest_answers(filled: Dragoman, tmp_path: Path) -> None:
    with Searcher(open_engine(tmp_path / "index"), WideEncoder()) as searcher:
        answered = TestClient(create_app(searcher)).get("/v1/stats").json()
    assert json.loads(filled("stats", "--json").out) == answered
    assert answered["articles"] == 2


def test_failures_are_listed_for_people_only(filled: Dragoman) -> None:
    ran = filled("stats", "--json", "--failures")
    assert (ran.code, ran.out) == (2, "")
    assert "--failures and --json exclude each other" in ran.err


def test_the_formats_that_can_be_named_are_those_that_are_read() -> None:
    assert get_args(Kind) == tuple(FORMATS)
