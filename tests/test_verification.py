"""Verification: whether a citation that was kept still stands, and if not, what has become of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.citations import cite, sha256
from api.citing.verification import Status, Stored, Verdict, verify
from indexer.engine import Engine, Snapshot
from indexer.passages import Splitting, split
from indexer.records import digest
from indexer.types import Article, Change, Notice, StoredArticle, Version
from tests.fakes import FakeEncoder, article, encoded, put

FIRST = "The ministers met in Vienna on Tuesday and signed nothing at all."
SECOND = "A second round of talks will follow in Geneva before the summer."
THIRD = "Observers had expected neither of them to come to the city."


@pytest.fixture
def encoder() -> FakeEncoder:
    """One that reads enough for a paragraph to be a passage."""
    found = FakeEncoder()
    found.max_tokens = 256
    return found


@pytest.fixture
def versions(engine: Engine, encoder: FakeEncoder) -> Snapshot:
    """An article in three versions: the first paragraph moves down, then the second one is rewritten."""
    put(engine, encoder, [article("talks", [FIRST, SECOND]), article("other", [THIRD])])
    put(engine, encoder, [article("talks", [THIRD, FIRST, SECOND])])
    put(engine, encoder, [article("talks", [THIRD, FIRST, SECOND.replace("Geneva", "Oslo")])])
    return engine.snapshot()


def kept(snapshot: Snapshot, paragraph: str, version: int = 1, article_id: str = "talks") -> Stored:
    """The citation of a paragraph in a version of an article, as it was made then."""
    stored = snapshot.article(article_id, version)
    assert stored is not None
    passage = next(part for part in stored.passages if part.text == paragraph)
    return Stored.of(cite(passage, stored.article.meta, version))


def verdict(citation: Stored, snapshot: Snapshot) -> Verdict:
    (found,) = verify([citation], snapshot)
    assert found.citation == citation
    return found


def test_a_quote_of_the_current_version_stands_at_its_place(versions: Snapshot) -> None:
    citation = kept(versions, FIRST, version=3)
    found = verdict(citation, versions)
    assert (found.status, found.current, found.start, found.end) == ("stands", 3, citation.start, citation.end)


def test_a_quote_of_an_older_version_stands_where_the_current_one_has_it(versions: Snapshot) -> None:
    found = verdict(kept(versions, FIRST), versions)
    assert (found.status, found.current) == ("stands", 3)
    assert found.start == len(THIRD) + 2
    assert found.end == found.start + len(FIRST)
    assert f"now at {found.start}" in found.detail


def test_a_quote_that_is_rewritten_is_changed_and_the_nearest_passage_is_shown(versions: Snapshot) -> None:
    found = verdict(kept(versions, SECOND), versions)
    assert (found.status, found.current, found.start, found.end) == ("changed", 3, None, None)
    assert found.nearest == SECOND.replace("Geneva", "Oslo")
    assert "in version 1 of the article, which is kept, but not in version 3" in found.detail


def test_where_nothing_is_like_the_quote_nothing_is_shown(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("talks", [FIRST])])
    put(engine, encoder, [article("talks", ["Kühe grasen auf weiten Wiesen; niemand zählt sie."])])
    snapshot = engine.snapshot()
    found = verdict(kept(snapshot, FIRST), snapshot)
    assert (found.status, found.nearest) == ("changed", None)


def test_an_article_that_was_never_there_is_gone(versions: Snapshot) -> None:
    found = verdict(replace(kept(versions, FIRST), article_id="nowhere"), versions)
    assert (found.status, found.current) == ("gone", None)
    assert "no article of this id" in found.detail


def test_an_article_that_was_removed_is_gone(versions: Snapshot, engine: Engine) -> None:
    citation = kept(versions, FIRST)
    engine.delete(["talks"])
    engine.publish()
    found = verdict(citation, engine.snapshot())
    assert (found.status, found.current) == ("gone", None)
    assert "removed" in found.detail


def test_a_quote_that_was_altered_does_not_have_its_hash(versions: Snapshot) -> None:
    altered = replace(kept(versions, FIRST), quote=FIRST.replace("nothing", "everything"))
    found = verdict(altered, versions)
    assert found.status == "mismatch"
    assert "hash" in found.detail


def test_a_quote_that_was_altered_with_its_hash_does_not_stand_in_the_version_it_cites(versions: Snapshot) -> None:
    quote = FIRST.replace("nothing", "everything")
    found = verdict(replace(kept(versions, FIRST), quote=quote, sha256=sha256(quote)), versions)
    assert (found.status, found.current) == ("mismatch", 3)
    assert "0 to 65 in version 1" in found.detail


@pytest.mark.parametrize("change", [{"start": 1}, {"end": 64}, {"end": 66}, {"start": 3, "end": 68}])
def test_a_place_that_was_altered_is_noticed(versions: Snapshot, change: dict[str, Any]) -> None:
    assert verdict(replace(kept(versions, FIRST), **change), versions).status == "mismatch"


def test_a_version_that_was_altered_is_noticed(versions: Snapshot) -> None:
    assert verdict(replace(kept(versions, FIRST), version=2), versions).status == "mismatch"


def test_a_version_that_never_was_is_a_mismatch(versions: Snapshot) -> None:
    found = verdict(replace(kept(versions, FIRST), version=7), versions)
    assert (found.status, found.current) == ("mismatch", 3)
    assert "never had a version 7: the latest is 3" in found.detail


def test_a_quote_of_another_article_is_a_mismatch(versions: Snapshot) -> None:
    assert verdict(replace(kept(versions, FIRST), article_id="other"), versions).status == "mismatch"


def test_the_case_of_a_hash_does_not_matter(versions: Snapshot) -> None:
    citation = kept(versions, FIRST)
    assert verdict(replace(citation, sha256=citation.sha256.upper()), versions).status == "stands"


def test_many_are_answered_in_their_order(versions: Snapshot) -> None:
    citations = [kept(versions, SECOND), kept(versions, FIRST), kept(versions, THIRD, 1, "other")]
    found = verify(citations, versions)
    assert [one.citation for one in found] == citations
    assert [one.status for one in found] == ["changed", "stands", "stands"]


@dataclass(frozen=True)
class FakeSnapshot:
    """One article in versions, the last of which is current."""

    texts: tuple[str, ...]

    def article(self, article_id: str, version: int | None = None) -> StoredArticle | None:
        number = len(self.texts) if version is None else version
        if article_id != "a" or not 1 <= number <= len(self.texts):
            return None
        plain = article("a", "Some text.")
        text = self.texts[number - 1]
        state = "current" if number == len(self.texts) else "superseded"
        return StoredArticle(Article(plain.meta, text, plain.digest, plain.source), number, (), state)

    def versions(self, article_id: str) -> list[Version]:
        return [Version(number, "superseded", datetime(2025, 5, number, tzinfo=UTC)) for number in (2, 1)]


def test_of_several_places_the_nearest_to_the_old_one_counts() -> None:
    texts = ("x said no x", "said no, and then said no, said no")
    citation = Stored("a", 1, 2, 9, "said no", sha256("said no"))
    found = verdict(citation, cast("Snapshot", FakeSnapshot(texts)))
    assert (found.status, found.start, found.end) == ("stands", 0, 7)
    late = replace(citation, start=18, end=25)
    texts = ("-" * 18 + "said no", texts[1])
    found = verdict(late, cast("Snapshot", FakeSnapshot(texts)))
    assert (found.start, found.end) == (18, 25)


@settings(deadline=None, max_examples=200)
@given(st.text("ab ", min_size=1), st.text("ab "), st.data())
def test_what_is_said_to_stand_stands_and_what_is_said_to_be_changed_does_not(
    old: str, new: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))
    citation = Stored("a", 1, start, end, old[start:end], sha256(old[start:end]))
    found = verdict(citation, cast("Snapshot", FakeSnapshot((old, new))))
    wanted: Status = "stands" if citation.quote in new else "changed"
    assert found.status == wanted
    if found.status == "stands":
        assert new[found.start : found.end] == citation.quote


@pytest.mark.parametrize("place", [(0, -1), (2, 10**9), (10**9, 10**9)])
def test_a_place_outside_of_the_text_is_no_place(versions: Snapshot, place: tuple[int, int]) -> None:
    found = versions.article("talks")
    assert found is not None
    quote = found.article.text[place[0] : place[1]]
    assert verdict(Stored("talks", found.version, *place, quote, sha256(quote)), versions).status == "mismatch"


def test_a_verdict_says_how_the_article_changed_since(engine: Engine, encoder: FakeEncoder) -> None:
    history: list[tuple[Article, Change]] = [
        (article("talks", [FIRST]), "first"),
        (article("talks", [FIRST, SECOND]), "substance"),
        (article("talks", [FIRST, SECOND], "Talks fail"), "title"),
        (article("talks", [FIRST, SECOND], "Talks fail", publisher="Post"), "details"),
        (article("talks", [FIRST, THIRD], "Talks fail", publisher="Post"), "substance"),
    ]
    for version, change in history:
        put_as(engine, encoder, version, change)
    snapshot = engine.snapshot()
    found = verdict(kept(snapshot, FIRST), snapshot)
    assert (found.status, found.changes) == ("stands", ("substance", "title", "details", "substance"))
    assert "changed since: in substance (2 times), in its title, in what is known about it." in found.detail
    gone = verdict(kept(snapshot, SECOND, 3), snapshot)
    assert (gone.status, gone.changes) == ("changed", ("details", "substance"))
    assert gone.detail.endswith("has changed since: in substance, in what is known about it.")
    assert verdict(kept(snapshot, THIRD, 5), snapshot).changes == ()
    assert "changed since" not in verdict(kept(snapshot, THIRD, 5), snapshot).detail


@pytest.mark.parametrize(
    ("notice", "said"),
    [
        (Notice("correction", "Correction: It was Oslo."), "The publisher has since corrected it: “Correction: It was"),
        (Notice("clarification", "Clarification: Both."), "The publisher has since clarified it: “Clarification: Both"),
        (Notice("retraction", "This story is withdrawn."), "The publisher has since retracted it: “This story is with"),
    ],
)
def test_a_verdict_says_what_the_publisher_says_of_the_article_since(
    engine: Engine, encoder: FakeEncoder, notice: Notice, said: str
) -> None:
    put_as(engine, encoder, article("talks", [FIRST]), "first")
    put_as(engine, encoder, noticed(article("talks", [FIRST, notice.text]), notice), "substance")
    snapshot = engine.snapshot()
    found = verdict(kept(snapshot, FIRST), snapshot)
    assert (found.status, found.notice) == ("stands", notice)
    assert said in found.detail
    late = verdict(kept(snapshot, FIRST, 2), snapshot)
    assert (late.status, late.notice) == ("stands", notice)
    assert said.replace("since ", "") in late.detail


def test_a_verdict_says_that_an_article_is_no_longer_at_its_address(versions: Snapshot, engine: Engine) -> None:
    citation, since = kept(versions, FIRST), datetime(2025, 5, 3, 14, 30, tzinfo=UTC)
    assert verdict(citation, versions).vanished is None
    engine.mark_vanished(["talks"], since)
    engine.publish()
    found = verdict(citation, engine.snapshot())
    assert (found.status, found.vanished) == ("stands", since)
    assert found.detail.endswith("It has been gone from its address since 2025-05-03.")


def noticed(found: Article, notice: Notice) -> Article:
    meta = replace(found.meta, notice=notice)
    return replace(found, meta=meta, digest=digest(meta, found.text))


def put_as(engine: Engine, encoder: FakeEncoder, version: Article, change: Change) -> None:
    """Store a version as one that changes this of the one before it."""
    parts = split(version, Splitting.for_model(encoder.count_tokens, encoder.max_tokens))
    engine.put([version], [parts], encoded(encoder, [(version, parts)]), changes=[change])
    engine.publish()
