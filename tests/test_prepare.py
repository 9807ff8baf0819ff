"""One document to what is stored of it: pure, and never an error for whoever prepares many."""

from __future__ import annotations

import json
import sys
from dataclasses import FrozenInstanceError, replace

import pytest

from indexer.duplicates import sketch
from indexer.errors import DocumentError
from indexer.extract import extract
from indexer.items import Failure, RawDocument
from indexer.passages import Splitting, split
from indexer.pipeline import prepare as module
from indexer.pipeline.prepare import Prepared, attempt, prepare
from tests.fakes import count_pieces

RULE = Splitting.for_model(count_pieces, 64)
TEXT = "\n".join(f"Round {number}: envoys of both islands met in the old harbour." for number in range(20))
RAW = RawDocument("news.jsonl:1", "application/json", json.dumps({"title": "Talks", "text": TEXT}).encode())


def test_it_is_extraction_splitting_and_sketching_one_after_the_other() -> None:
    article = extract(RAW)
    assert prepare(RAW, RULE) == Prepared(article, tuple(split(article, RULE)), sketch(article.text))


def test_without_a_rule_nothing_is_split() -> None:
    assert prepare(RAW, None) == replace(prepare(RAW, RULE), passages=())


def test_a_prepared_document_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        prepare(RAW, RULE).sketch = b""  # type: ignore[misc]


def test_what_is_no_article_is_refused_with_the_reason() -> None:
    bad = RawDocument("news.jsonl:3", "application/json", b"[]", input="news.jsonl")
    with pytest.raises(DocumentError) as refused:
        prepare(bad, RULE)
    assert attempt(bad, RULE) == Failure("news.jsonl:3", str(refused.value), "news.jsonl")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RecursionError("maximum recursion depth exceeded"), "is nested too deeply"),
        (ValueError("odd"), "cannot be read, by a fault of Dragoman (ValueError: odd)"),
        (AssertionError(), "cannot be read, by a fault of Dragoman (AssertionError: )"),
    ],
)
def test_an_error_that_nobody_thought_of_is_a_failure_of_one_document(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "extract", fail)
    assert attempt(RAW, RULE) == Failure(RAW.source, reason, RAW.input)


@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt()])
def test_what_concerns_the_whole_process_is_passed_on(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "extract", fail)
    with pytest.raises(type(error)):
        attempt(RAW, RULE)


def test_ten_thousand_levels_of_json_are_one_failure() -> None:
    deep = RawDocument("deep.jsonl:1", "application/json", b'{"title": "a", "text": ' + b"[" * 10**5)
    assert isinstance(attempt(deep, RULE), Failure)
    assert sys.getrecursionlimit() < 10**5
