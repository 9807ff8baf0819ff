"""What the command line shows a person: answers on standard output, progress and reports on standard error."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from api.citations import cite, in_words, rests_on
from api.compare import Change, Comparison, PairedTest
from api.evaluate import Question, Scores
from api.explain import MEANS, strongest_first
from api.search import Answer
from api.when import in_words as period_in_words
from indexer.build import Report
from indexer.types import Failure, Hit, IndexInfo, Metadata, Part

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)

_SHOWN = 10
"""Reasons that a report lists, and passages that are named under a hit; all of them are kept in the library."""

_WIDTH = max(map(len, MEANS))
"""Characters of the longest name of a part."""

_LEAST = 0.0005
"""What a part must add to a score, or take from it, not to be shown as 0.000."""


def say(message: str) -> None:
    """One line for the person at the terminal."""
    err.print(Text(message), soft_wrap=True)


def step(name: str) -> None:
    """A step of a longer work that is done."""
    err.print(Text(f"  {name}", style="dim"), soft_wrap=True)


def complain(message: str) -> None:
    """An error, in one sentence."""
    err.print(Text.assemble(("dragoman:", "red"), f" {message}"), soft_wrap=True)


class Indexing:
    """A line that shows how far a run has come, while it runs."""

    def __init__(self) -> None:
        text = TextColumn("{task.description}")
        self._progress = Progress(
            SpinnerColumn(), text, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal
        )
        self._task = self._progress.add_task("reading")
        self.kept = 0
        """Articles that are safely in the library."""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, report: Report) -> None:
        """Show a report as it grows."""
        self.kept = report.added + report.changed
        speed = report.passages / max(0.001, self._progress.tasks[0].elapsed or 0)
        self._progress.update(
            self._task,
            description=f"{report.documents:,} documents, {report.passages:,} new passages, {speed:,.0f} a second",
        )


def show_report(report: Report) -> None:
    """What became of the documents of a run."""
    say(
        f"{_counted(report.added, 'article')} added, {report.changed:,} changed, {report.unchanged:,} unchanged; "
        f"{_counted(report.passages, 'new passage')}; {_counted(len(report.failures), 'document')} not taken"
    )
    for failure in report.failures[:_SHOWN]:
        say(f"  {failure.source}: {failure.reason}")
    if len(report.failures) > _SHOWN:
        reasons = Counter(failure.reason.split(":")[0] for failure in report.failures)
        say(f"  ... by reason: {', '.join(f'{reason} ({count:,})' for reason, count in reasons.most_common(_SHOWN))}")
        say("  dragoman stats --failures lists them all")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def show_answer(answer: Answer, *, explain: bool = False) -> None:
    """A readable list of hits; what is to be said of them as a whole goes to standard error."""
    if answer.periods:
        say(f"understood: {'; '.join(map(period_in_words, answer.periods))}")
    if answer.reading:
        reading = answer.reading
        say(f"{reading.model} read {_counted(reading.passages, 'passage')} again in {reading.took_ms:,.0f} ms")
    if not answer.hits:
        say("no passage passes these filters" if answer.query.filters else "the index is empty: dragoman add PATH")
    elif not answer.is_answered:
        say("Nothing here seems to answer this; the nearest passages are:")
    for hit in answer.hits:
        _show_hit(hit, explain=explain)


def _show_hit(hit: Hit, *, explain: bool) -> None:
    article = hit.article
    out.print(Text.assemble((f"{hit.rank:2}. ", "bold"), (article.title, "bold")), soft_wrap=not out.is_terminal)
    _under(_named(article, article.publisher or "publisher not known"))
    text = Text(hit.passage.text)
    for start, end in hit.highlights:
        text.stylize("underline", start - hit.passage.start, end - hit.passage.start)
    out.print(Text("    ") + text, soft_wrap=not out.is_terminal)
    if article.references:
        _under(rests_on(article))
    for line in filter(None, (cite(hit.passage, article).url, hit.passage.id)):
        out.print(Text(f"    {line}", style="cyan"), soft_wrap=True)
    _show_held_back(hit)
    if explain:
        _show_parts(hit.parts)
    out.print()


def _show_held_back(hit: Hit) -> None:
    """The passages that stand for nothing of their own: copies in other articles, and more of the same one."""
    articles = [copy.article for copy in hit.copies]
    if articles:
        named = [_named(article, article.publisher or f"“{article.title}”") for article in articles[:_SHOWN]]
        _under(f"also in {'; '.join(named)}{_others(len(articles))}")
    if hit.more:
        named = [found.passage.id for found in hit.more[:_SHOWN]]
        _under(f"{_counted(len(hit.more), 'more passage')} of this article: {', '.join(named)}{_others(len(hit.more))}")


def _others(count: int) -> str:
    return f" and {count - _SHOWN:,} others" if count > _SHOWN else ""


def _show_parts(parts: Sequence[Part]) -> None:
    for part in strongest_first(parts):
        if abs(part.score) >= _LEAST:
            product = f"{part.value:.2f} x {part.weight:.2f}"
            _under(f"{part.score:+7.3f}  {part.name:<{_WIDTH}}{product:>13}  {MEANS[part.name]}")


def _named(article: Metadata, source: str) -> str:
    return f"{source}, {in_words(article.published) if article.published else 'date not known'}"


def _under(line: str) -> None:
    """A quiet line below the title of a hit."""
    out.print(Text(f"    {line}", style="dim"), soft_wrap=not out.is_terminal)


def show_stats(info: IndexInfo, counts: dict[str, int], failures: list[Failure]) -> None:
    """What an index holds, a line each, and what was not taken."""
    rows = {
        "articles": f"{info.articles:,}",
        "passages": f"{info.passages:,}",
        "generation": str(info.generation),
        "older versions kept": f"{counts['superseded']:,}",
        "removed articles": f"{counts['removed']:,}",
        "documents not taken": f"{counts['failures']:,}",
        "model": f"{info.model} ({info.dimension} dimensions)",
        "splitting": info.splitting,
    }
    for name, value in rows.items():
        print(f"{name:<22}{value}")
    for failure in failures:
        print(f"{failure.source}\t{failure.reason}")


def show_scores(scores: Scores, *, as_json: bool) -> None:
    """The measures of an evaluation, to the fourth digit."""
    rounded = _rounded(scores.measures)
    if as_json:
        _print_json({"questions": scores.questions, **rounded})
        return
    print(f"{'questions':<14}{scores.questions}")
    for name, value in rounded.items():
        print(f"{name:<14}{value:.4f}")


def show_comparison(comparison: Comparison, questions: Sequence[Question], *, as_json: bool) -> None:
    """The measures before and after with what the tests say, and the questions that changed most with their texts."""
    before, after = comparison.before, comparison.after
    texts = {question.qid: " ".join(question.text.split()) for question in questions}
    if as_json:
        tests = [_test_fields(test) for test in comparison.tests]
        changes = [_change_fields(change, texts[change.qid]) for change in comparison.changes]
        against = {"measures": _rounded(before.measures), "tests": tests, "changes": changes}
        _print_json({"questions": after.questions, **_rounded(after.measures), "against": against})
        return
    print(f"{'questions':<14}{after.questions}\n{'':<14}{'before':<10}{'after':<10}difference")
    for name, value in after.measures.items():
        print(f"{name:<14}{before.measures[name]:<10.4f}{value:<10.4f}{value - before.measures[name]:+.4f}")
    for test in comparison.tests:
        _show_test(test)
    print("changed most in nDCG@10:" if comparison.changes else "nDCG@10 changed for no question")
    for change in comparison.changes:
        print(f"{change.qid:<13} {change.before:<10.4f}{change.after:<10.4f}{texts[change.qid]}")


def _show_test(test: PairedTest) -> None:
    low, high = test.interval
    p = f"p = {test.p_value:.4f}" if test.p_value >= 0.0001 else "p < 0.0001"
    print(
        f"{test.measure} {test.difference:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}, {p} (paired randomisation); "
        f"{test.won} won, {test.lost} lost, {test.tied} tied"
    )


def _test_fields(test: PairedTest) -> dict[str, object]:
    digits = {"difference": round(test.difference, 4), "interval": [round(end, 4) for end in test.interval]}
    return {**asdict(test), **digits, "p_value": round(test.p_value, 6)}


def _change_fields(change: Change, text: str) -> dict[str, object]:
    return {"qid": change.qid, "before": round(change.before, 4), "after": round(change.after, 4), "question": text}


def _rounded(measures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in measures.items()}


def _print_json(document: dict[str, object]) -> None:
    json.dump(document, sys.stdout)
    print()
