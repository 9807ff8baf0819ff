"""What the command line shows a person: answers on standard output, progress and reports on standard error."""

from __future__ import annotations

import json
import sys
from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from api.citations import cite, in_words, rests_on
from api.evaluate import Scores
from api.search import Answer
from indexer.build import Report
from indexer.types import Failure, Hit, IndexInfo

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)

_SHOWN = 10
"""Reasons that a report lists; all of them are kept in the library."""


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


def show_answer(answer: Answer) -> None:
    """A readable list of hits."""
    for hit in answer.hits:
        _show_hit(hit)
    if not answer.hits:
        say("no passage passes these filters" if answer.query.filters else "the index is empty: dragoman add PATH")


def _show_hit(hit: Hit) -> None:
    article = hit.article
    date = in_words(article.published) if article.published else "date not known"
    out.print(Text.assemble((f"{hit.rank:2}. ", "bold"), (article.title, "bold")), soft_wrap=not out.is_terminal)
    out.print(
        Text(f"    {article.publisher or 'publisher not known'}, {date}", style="dim"), soft_wrap=not out.is_terminal
    )
    text = Text(hit.passage.text)
    for start, end in hit.highlights:
        text.stylize("underline", start - hit.passage.start, end - hit.passage.start)
    text = Text("    ") + text
    out.print(text, soft_wrap=not out.is_terminal)
    if article.references:
        out.print(Text(f"    {rests_on(article)}", style="dim"), soft_wrap=not out.is_terminal)
    for line in filter(None, (cite(hit.passage, article).url, hit.passage.id)):
        out.print(Text(f"    {line}", style="cyan"), soft_wrap=True)
    out.print()


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
    rounded = {name: round(value, 4) for name, value in scores.measures.items()}
    if as_json:
        json.dump({"questions": scores.questions, **rounded}, sys.stdout)
        print()
        return
    print(f"{'questions':<14}{scores.questions}")
    for name, value in rounded.items():
        print(f"{name:<14}{value:.4f}")
