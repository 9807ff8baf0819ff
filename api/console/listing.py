"""What the command line shows of an answer: a list of hits, each with its source, and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from api.answer import Answer
from api.citations import Cited, in_words, rests_on
from api.console.reports import counted, err, out, say
from api.elsewhere import Elsewhere, also_in, published_by, source
from api.explain import MEANS, strongest_first
from api.facets import Facets
from api.standing import cautions
from api.when import in_words as period_in_words
from indexer.types import Count, Hit, Metadata, Part

_SHOWN = 10
"""Passages, copies and values of a facet that are named; with --json there are all of them."""

_INDENT = "    "

_WIDTH = max(map(len, MEANS))
"""Characters of the longest name of a part."""

_LEAST = 0.01
"""Share of all that speaks for or against a passage from which a part of it is shown."""


def show_answer(answer: Answer) -> None:
    """A readable list of hits, and their facets; what is to be said of them as a whole goes to standard error."""
    if answer.periods:
        say(f"understood: {'; '.join(map(period_in_words, answer.periods))}")
    if answer.reading:
        reading = answer.reading
        say(f"{reading.model} read {counted(reading.passages, 'passage')} again in {reading.took_ms:,.0f} ms")
    if not answer.hits:
        say(_why_nothing(answer))
    elif not answer.is_answered:
        say("Nothing here seems to answer this; the nearest passages are:")
    for hit in answer.hits:
        _show_hit(hit)
    if answer.facets:
        _show_facets(answer.facets)
    if err.is_terminal and len(answer.hits) > 1:
        say(_origins(answer))
    if answer.cursor and err.is_terminal:
        say(f"for the next page: --cursor {answer.cursor}")


def _origins(answer: Answer) -> str:
    """How many of the passages can confirm each other; where one was given, how many origins it has beside its own."""
    if answer.answerable is None:
        return f"from {counted(answer.origins, 'independent origin')} beside the passage's own"
    return f"{counted(answer.found, 'passage')} found, from {counted(answer.origins, 'independent origin')}"


def _why_nothing(answer: Answer) -> str:
    if not answer.index.passages:
        return "the index is empty: dragoman add PATH"
    if answer.query.filters:
        return "no passage passes these filters"
    return "there is no passage in any other article"


def _show_hit(hit: Hit) -> None:
    article = hit.article
    out.print(Text.assemble((f"{hit.rank:2}. ", "bold"), (article.title, "bold")), soft_wrap=not out.is_terminal)
    below(byline(article))
    for line in cautions(article, hit.vanished):
        below(line)
    text = Text(hit.passage.text)
    for start, end in hit.highlights:
        text.stylize("underline", start - hit.passage.start, end - hit.passage.start)
    indented(text)
    if article.references:
        below(rests_on(article))
    for line in filter(None, (Cited.of(hit).citation.url, hit.passage.id)):
        out.print(Text(f"    {line}", style="cyan"), soft_wrap=True)
    _show_held_back(hit)
    _show_parts(hit.parts)
    out.print()


def _show_held_back(hit: Hit) -> None:
    """What stands for nothing of its own: other editions, copies in other articles, and more of the same story."""
    show_elsewhere("also published by", published_by(hit))
    show_elsewhere("also in", also_in(hit))
    if hit.more:
        story = "article" if all(passage.article_id == hit.article.id for passage in hit.more) else "story"
        ids = ", ".join(passage.id for passage in hit.more[:_SHOWN])
        below(f"{counted(len(hit.more), 'more passage')} of this {story}: {ids}{_others(len(hit.more))}")


def show_elsewhere(how: str, found: Elsewhere) -> None:
    """A line of where else it was published, each with its date; nothing where there is nothing."""
    if found.appearances:
        below(f"{how} {found.named(lambda article: _dated(article, source(article)), '; ', _SHOWN)}")


def _others(count: int) -> str:
    return f" and {count - _SHOWN:,} others" if count > _SHOWN else ""


def _show_parts(parts: Sequence[Part]) -> None:
    """The parts of a score that matter, strongest first."""
    whole = sum(abs(part.score) for part in parts)
    for part in strongest_first(parts):
        if part.score and abs(part.score) >= _LEAST * whole:
            product = f"{part.value:.2f} x {part.weight:.2f}"
            below(f"{part.score:+7.3f}  {part.name:<{_WIDTH}}{product:>13}  {MEANS[part.name]}")


def _show_facets(facets: Facets) -> None:
    """How often each value occurs that could be a filter, headed by the name of that filter."""
    out.print(Text(f"{facets.found:,} found in {counted(facets.searched, 'passage')} searched"), soft_wrap=True)
    _show_counts("publisher", facets.publishers)
    _show_counts("country", facets.countries)
    _show_counts("language", facets.languages)
    timeline = facets.timeline
    bars = [(bar.label, bar.found) for bar in timeline.bars if bar.found]
    if bars:
        out.print(Text(f"published, by {timeline.unit}", style="bold"), soft_wrap=True)
    for label, found in bars:
        _show_count(label, found)
    if bars and timeline.unplaced:
        _show_count(f"without a date, or with none as precise as a {timeline.unit}", timeline.unplaced)


def _show_counts(name: str, counts: Sequence[Count]) -> None:
    if counts:
        out.print(Text(name, style="bold"), soft_wrap=True)
    for count in counts[:_SHOWN]:
        _show_count(count.value, count.found)
    if len(counts) > _SHOWN:
        below(f"{_others(len(counts)).removeprefix(' ')}")


def _show_count(label: str, found: int) -> None:
    out.print(Text(f"{found:6,}  {label}"), soft_wrap=True)


def byline(article: Metadata) -> str:
    """Publisher and date, or that they are not known."""
    return _dated(article, article.publisher or "publisher not known")


def _dated(article: Metadata, source: str) -> str:
    return f"{source}, {in_words(article.published) if article.published else 'date not known'}"


def below(line: str) -> None:
    """A quiet line below a title."""
    indented(Text(line, style="dim"))


def indented(text: Text) -> None:
    """A text four columns in: on a terminal all its lines, elsewhere one line, to be searched in."""
    lines = text.wrap(out, max(1, out.width - len(_INDENT))) if out.is_terminal else [text]
    for line in lines:
        out.print(Text(_INDENT) + line, soft_wrap=True)
