"""From a ranking to what is shown: copies folded, stories kept from filling the page, ordered, cut to a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from api.alike import alike
from api.citing.fragments import link
from api.cursor import Cursor
from api.facets import Facets
from api.grouping import Group, grouped
from indexer.engine import Evidence, Snapshot, Story, Words
from indexer.types import Copy, Hit, Part, Query, StoredPassage

BY_DATE = 50
"""The best passages that are put in order of date; deeper ones are near the question in nothing but a word."""

MOST_HELD_BACK = 20
"""Passages that are named under the last hit of their story."""

_DIGITS = 6
"""Of a score, wherever it is shown; its parts have three more, since they sum to it."""


class Ranked(Protocol):
    """Candidates in their order: passage numbers, evidence and scores by place, ``order`` from the best to the last."""

    @property
    def numbers(self) -> Sequence[int]: ...

    @property
    def evidence(self) -> Evidence: ...

    @property
    def scores(self) -> npt.NDArray[np.float64]: ...

    @property
    def order(self) -> Sequence[int]: ...

    def parts(self, place: int) -> tuple[Part, ...]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """The hits that a query asked for, of all that can be paged through, and where the next page begins.

    ``origins`` is how many independent origins all of them have.
    """

    hits: tuple[Hit, ...]
    groups: tuple[Group, ...]
    origins: int
    cursor: str | None


def page(snapshot: Snapshot, ranked: Ranked, query: Query, *, explain: bool) -> Page:
    """What of a ranking a query asked for."""
    groups = _in_groups(snapshot, ranked, query)
    shown = groups[query.start : query.start + query.k]
    end = query.start + len(shown)
    cursor = Cursor.after(query, end, snapshot.info).written() if end < len(groups) and shown else None
    origins = len(np.unique(ranked.evidence.origins[[group.lead for group in groups]]))
    return Page(_hits(snapshot, ranked, shown, query.start, explain=explain), tuple(groups), origins, cursor)


def in_common(snapshot: Snapshot, ranked: Ranked, found: Page, query: Query) -> Facets:
    """What all the hits of all pages have in common."""
    leads = [group.lead for group in found.groups]
    tally = snapshot.tally([ranked.numbers[place] for place in leads], query.filters)
    days = [(int(first), int(last)) for first, last in ranked.evidence.days[leads]]
    return Facets.of(tally, days)


def _in_groups(snapshot: Snapshot, ranked: Ranked, query: Query) -> list[Group]:
    """The groups of a whole ranking in the query's order: what is held back for a hit does not depend on its page."""
    known = ranked.evidence
    copies = alike(known.articles, known.origins, known.vectors, lambda places: _words(snapshot, ranked, places))
    stories = known.origins  # known.articles would give each edition of a story its own share of the page
    groups = grouped(ranked.order, stories, query.per_article, copies)
    return groups if query.sort == "relevance" else _newest_first(groups[: max(BY_DATE, query.k)], known.days)


def _newest_first(groups: Sequence[Group], days: npt.NDArray[np.int32]) -> list[Group]:
    """By the last and then the first day of publication; what has no date comes last, the rest as it was."""
    return sorted(groups, key=lambda group: (-int(days[group.lead, 1]), -int(days[group.lead, 0])))


def _words(snapshot: Snapshot, ranked: Ranked, places: Sequence[int]) -> list[Words]:
    return snapshot.words([ranked.numbers[place] for place in places])


def _hits(snapshot: Snapshot, ranked: Ranked, groups: Sequence[Group], start: int, *, explain: bool) -> tuple[Hit, ...]:
    places = [place for group in groups for place in (group.lead, *group.more[:MOST_HELD_BACK], *group.copies)]
    found = {passage.number: passage for passage in snapshot.get([ranked.numbers[place] for place in places])}
    stored = {place: found[ranked.numbers[place]] for place in places}
    texts = snapshot.texts([ranked.numbers[group.lead] for group in groups])
    stories = snapshot.stories([ranked.numbers[group.lead] for group in groups])
    return tuple(
        _hit(rank, ranked, group, stored, text, story, explain=explain)
        for rank, (group, text, story) in enumerate(zip(groups, texts, stories, strict=True), start + 1)
    )


def _hit(
    rank: int,
    ranked: Ranked,
    group: Group,
    stored: Mapping[int, StoredPassage],
    text: str,
    story: Story,
    *,
    explain: bool,
) -> Hit:
    found = stored[group.lead]
    answering = int(ranked.evidence.answering[group.lead])
    place = found.passage.sentences[answering] if answering >= 0 else (found.passage.start, found.passage.end)
    return Hit(
        rank=rank,
        score=round(float(ranked.scores[group.lead]), _DIGITS) + 0.0,
        passage=found.passage,
        article=found.article,
        version=found.version,
        highlights=(place,) if answering >= 0 else (),
        parts=tuple(map(_rounded, ranked.parts(group.lead))) if explain else (),
        more=tuple(stored[place].passage for place in group.more[:MOST_HELD_BACK]),
        copies=tuple(_copy(stored[place]) for place in group.copies),
        added=found.added,
        link=link(found.article.url, text, place),
        origin=story.origin,
        editions=story.editions,
        vanished=found.vanished,
    )


def _rounded(part: Part) -> Part:
    return Part(part.name, round(part.value, _DIGITS + 3) + 0.0, round(part.weight, _DIGITS + 3) + 0.0)


def _copy(found: StoredPassage) -> Copy:
    return Copy(found.passage, found.article, found.version)
