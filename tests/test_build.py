"""Documents into an index: what becomes of each, what is encoded, and what an interruption costs."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.build import BATCH, Report, add, in_text, writing
from indexer.embedded.library import Library
from indexer.encode import Vectors
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import EncoderError, IndexLocked, IndexMismatch, IndexMissing
from indexer.passages import Splitting, embedded_texts, split
from indexer.settings import Settings
from indexer.types import Failure, RawDocument
from tests.fakes import FakeEncoder, article
from tests.tiny_model import build_static, build_transformer

TALKS = "Envoys of both islands met in the old harbour."


def document(name: str, text: str = TALKS, **fields: object) -> RawDocument:
    content = json.dumps({"id": name, "title": f"Title of {name}", "text": text, "language": "en", **fields})
    return RawDocument(f"news.jsonl:{name}", "application/json", content.encode())


def long_document(name: str, paragraphs: int) -> RawDocument:
    return document(name, "\n".join(f"Round {number}: island {name} got nothing." for number in range(paragraphs)))


BROKEN = RawDocument("news.jsonl:3", "application/json", b'{"title": "No text"}')
UNREADABLE = Failure("photo.png", "a PNG image, not an article")


def test_new_articles_are_counted_with_their_passages(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([document("a"), document("b", f"{TALKS}\nNothing was agreed after two days.")], engine, encoder)
    assert report == Report(added=2, passages=3, published=True)


def test_every_document_is_counted_once_in_one_column(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("same"), document("new text")], engine, encoder)
    run = [document("same"), document("new text", "They met again."), document("fresh"), BROKEN, UNREADABLE]
    report = add(run, engine, encoder)
    assert (report.added, report.changed, report.unchanged, len(report.failures)) == (1, 1, 1, 2)
    assert report.documents == len(run)


def test_a_bad_document_among_good_ones_is_reported_and_the_run_goes_on(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([document("a"), BROKEN, UNREADABLE, document("b")], engine, encoder)
    assert report.added == 2
    assert report.failures == [Failure(BROKEN.source, 'text is missing: add a "text" field'), UNREADABLE]


def test_failures_are_kept_in_the_index(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([BROKEN, UNREADABLE], engine, encoder)
    assert engine.failures() == report.failures


def test_articles_can_be_found_after_the_run(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", TALKS), document("b", "Grey ships lie at anchor.")], engine, encoder)
    (best,) = engine.snapshot().get([engine.snapshot().lexical("envoys", 1)[0].number])
    assert best.passage.id == "a:0"


def test_what_is_encoded_is_date_title_and_paragraph(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", f"{TALKS}\nBy Jane Doe", published="2012-05", title="Talks begin")], engine, encoder)
    assert encoder.seen == [f"2012-05. Talks begin. {TALKS}"]


def test_the_sentences_of_each_paragraph_are_encoded_and_neither_date_nor_title(
    engine: Engine, encoder: FakeEncoder
) -> None:
    fields = {"published": "2012-05", "title": "Talks begin. Envoys met."}
    add(
        [document("a", f"{TALKS} They left.\nNothing was agreed after two days.", **fields), document("b")],
        engine,
        encoder,
    )
    assert encoder.sentences == [TALKS, "They left.", "Nothing was agreed after two days.", TALKS]


def test_each_sentence_is_stored_with_its_own_vector(engine: Engine, encoder: FakeEncoder, tmp_path: Path) -> None:
    add([document("a", f"{TALKS} They left.\nNothing was agreed after two days."), document("b")], engine, encoder)
    with closing(Library(tmp_path / "index" / "library.sqlite")) as library:
        for version, stored in library.current():
            text = stored.article.text
            sentences = [text[start:end] for part in stored.passages for start, end in part.sentences]
            assert np.allclose(library.vectors(version).sentences, encoder.encode_passages(sentences), atol=1e-3)
    assert engine.verify() == []


@given(
    st.lists(st.text("aB.é漢🕊 ", min_size=1, max_size=40), min_size=1, max_size=4),
    st.text("aB.é漢 ", max_size=300),
    st.sampled_from([None, "2012", "2012-05-23"]),
)
@hypothesis_settings(deadline=None, max_examples=100)
def test_sentences_are_the_same_in_what_is_encoded_as_in_the_article(
    paragraphs: list[str], title: str, published: str | None
) -> None:
    item = article("a", [f"Envoys {paragraph}met." for paragraph in paragraphs], f"T{title}", published=published)
    rule = Splitting.for_model(FakeEncoder().count_tokens, 64)
    parts = split(item, rule)
    for part, text in zip(parts, embedded_texts(item.meta, [part.text for part in parts], rule), strict=True):
        expected = [item.text[start:end] for start, end in part.sentences]
        assert [text[start:end] for start, end in in_text(part, text)] == expected != []


def test_adding_again_encodes_and_publishes_nothing(engine: Engine, encoder: FakeEncoder) -> None:
    run = [document("a"), document("b", "Grey ships lie at anchor.")]
    add(run, engine, encoder)
    encoder.seen.clear()
    encoder.sentences.clear()
    assert add(run, engine, encoder) == Report(unchanged=2)
    assert encoder.seen == encoder.sentences == []


def test_only_what_changed_is_encoded_again(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a"), document("b")], engine, encoder)
    encoder.seen.clear()
    report = add([document("a"), document("b", "They met again.")], engine, encoder)
    assert report == Report(changed=1, unchanged=1, passages=1, published=True)
    assert encoder.seen == ["Title of b. They met again."]


def test_a_changed_article_is_version_2_and_the_old_one_is_superseded(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", TALKS)], engine, encoder)
    old = engine.snapshot()
    add([document("a", "They met again in the capital.")], engine, encoder)
    stored = engine.snapshot().article("a")
    assert stored is not None
    assert (stored.version, stored.article.text) == (2, "They met again in the capital.")
    assert engine.counts()["superseded"] == 1
    assert engine.snapshot().lexical("harbour", 10) == []
    (number,) = [hit.number for hit in old.lexical("harbour", 10)]
    assert old.get([number])[0].passage.text == TALKS


def test_a_change_of_the_date_alone_is_a_change(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a", published="2012")], engine, encoder)
    assert add([document("a", published="2012-05")], engine, encoder).changed == 1


def test_another_source_of_the_same_article_is_no_change(engine: Engine, encoder: FakeEncoder) -> None:
    add([document("a")], engine, encoder)
    assert add([replace(document("a"), source="copy.jsonl:9")], engine, encoder).unchanged == 1


def test_the_same_id_twice_in_one_run_is_two_versions_in_order(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([document("a", "They met."), document("b"), document("a", "They met again.")], engine, encoder)
    assert (report.added, report.changed) == (2, 1)
    stored = engine.snapshot().article("a")
    assert stored is not None
    assert (stored.version, stored.article.text) == (2, "They met again.")


def test_the_same_document_twice_in_one_run_is_one_article(engine: Engine, encoder: FakeEncoder) -> None:
    assert add([document("a"), document("a")], engine, encoder) == Report(1, 0, 1, 1, published=True)
    assert len(encoder.seen) == 1


def test_the_order_of_documents_makes_no_difference(tmp_path: Path) -> None:
    run = [document("a"), document("b", "Grey ships lie at anchor."), document("c", f"{TALKS}\nNothing was agreed.")]
    answers = set()
    for order in itertools.permutations(run):
        encoder = FakeEncoder()
        engine = open_engine(tmp_path / "-".join(item.source[-1] for item in order), create=Binding.of(encoder))
        add(order, engine, encoder)
        snapshot = engine.snapshot()
        hits = snapshot.dense(encoder.encode_queries(["envoys in the harbour"])[0], 10)
        found = snapshot.get([hit.number for hit in hits])
        scores = [round(hit.score, 4) for hit in hits]
        answers.add(tuple(zip([item.passage.id for item in found], scores, strict=True)))
        engine.close()
    assert len(answers) == 1


def test_nothing_to_add_is_no_error(engine: Engine, encoder: FakeEncoder) -> None:
    report = add([], engine, encoder)
    assert report.documents == report.passages == 0
    assert engine.snapshot().info.articles == 0


def test_documents_are_read_as_they_are_needed(engine: Engine, encoder: FakeEncoder) -> None:
    stored_when_read = []

    def documents() -> Iterator[RawDocument]:
        for number in range(4):
            stored_when_read.append(engine.counts()["articles"])
            yield long_document(f"a{number}", BATCH)

    add(documents(), engine, encoder)
    assert stored_when_read == [0, 0, 1, 2]


def test_progress_is_shown_after_each_batch_and_each_failure(engine: Engine, encoder: FakeEncoder) -> None:
    shown: list[tuple[int, int]] = []
    run = [long_document("a", BATCH), BROKEN, document("b"), UNREADABLE]
    add(run, engine, encoder, lambda report: shown.append((report.added, len(report.failures))))
    assert shown == [(0, 1), (1, 1), (1, 2), (2, 2)]


def stop_after_the_first_batch(report: Report) -> None:
    if report.added:
        raise KeyboardInterrupt


@pytest.mark.parametrize("reopened", [False, True])
def test_an_interrupted_run_is_resumed_by_running_it_again(
    tmp_path: Path, encoder: FakeEncoder, *, reopened: bool
) -> None:
    run = [long_document("a", BATCH), long_document("b", BATCH), long_document("c", 3)]
    engine = open_engine(tmp_path / "index", create=Binding.of(encoder))
    with pytest.raises(KeyboardInterrupt):
        add(run, engine, encoder, stop_after_the_first_batch)
    assert len(encoder.seen) == BATCH
    if reopened:
        engine.close()
        engine = open_engine(tmp_path / "index", write=True)
    encoder.seen.clear()
    assert add(run, engine, encoder) == Report(added=2, unchanged=1, passages=BATCH + 3, published=True)
    assert len(encoder.seen) == BATCH + 3
    assert not any("island a got" in text for text in encoder.seen)
    assert engine.snapshot().info.passages == 2 * BATCH + 3
    assert engine.verify() == []
    engine.close()


class BrokenEncoder(FakeEncoder):
    """Fails as a model without memory does."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        raise EncoderError("no memory left")


def test_a_batch_that_cannot_be_encoded_leaves_nothing_behind(engine: Engine, encoder: FakeEncoder) -> None:
    with pytest.raises(EncoderError, match="no memory left"):
        add([document("a")], engine, BrokenEncoder())
    assert engine.counts()["articles"] == 0
    assert add([document("a")], engine, encoder).added == 1


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_transformer(tmp_path_factory.mktemp("transformer")))


@pytest.fixture
def settings(tmp_path: Path, model: str) -> Settings:
    """Where a new index is to be made with a small model."""
    return Settings(index=tmp_path / "index", model=model, backend="torch", cache=tmp_path / "cache")


def test_writing_makes_an_index_bound_to_the_model(settings: Settings) -> None:
    with writing(settings) as (engine, encoder):
        assert engine.binding == Binding.of(encoder)
        assert add([document("a")], engine, encoder).added == 1
    assert open_engine(settings.index).binding.model == settings.model


def test_without_a_model_an_index_is_written_with_the_one_it_is_bound_to(settings: Settings) -> None:
    with writing(settings):
        pass
    with writing(replace(settings, model=None)) as (_, encoder):
        assert encoder.model == settings.model


def test_another_model_is_refused_with_both_names_and_what_to_do(settings: Settings, tmp_path: Path) -> None:
    with writing(settings):
        pass
    other = str(build_static(tmp_path))
    with pytest.raises(IndexMismatch) as caught, writing(replace(settings, model=other)):
        pass
    message = str(caught.value)
    assert f"{settings.index} was made with weights" in message
    assert f"(model {settings.model})" in message
    assert f"(model {other})" in message
    assert message.endswith(f"use --model {settings.model}, or add the articles to a new index with --index")


def test_the_same_weights_under_another_name_are_the_same_model(settings: Settings, model: str, tmp_path: Path) -> None:
    with writing(settings):
        pass
    copy = shutil.copytree(model, tmp_path / "copy")
    with writing(replace(settings, model=str(copy))) as (engine, _):
        assert engine.binding.model == model


def test_while_one_writes_another_cannot(settings: Settings) -> None:
    with writing(settings), pytest.raises(IndexLocked, match="another process is writing to it"), writing(settings):
        pass


def test_an_error_while_writing_releases_the_index(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), writing(settings) as (abandoned, _):
        raise ZeroDivisionError
    assert abandoned.binding.model == settings.model  # still there, so that nothing but the end of writing frees it
    with writing(settings) as (engine, encoder):
        assert add([document("a")], engine, encoder).added == 1


def test_a_refused_model_releases_the_index(settings: Settings, tmp_path: Path) -> None:
    with writing(settings):
        pass
    with pytest.raises(IndexMismatch), writing(replace(settings, model=str(build_static(tmp_path)))):
        pass
    with writing(settings) as (engine, _):
        assert engine.counts()["articles"] == 0


def test_a_model_that_is_not_there_leaves_no_index_behind(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError), writing(replace(settings, model=str(tmp_path / "empty"))):
        pass
    with pytest.raises(IndexMissing):
        open_engine(settings.index)
