"""What the command line says of its work, on standard error, and what it prints of an index."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from indexer.items import Failure
from indexer.types import Change, IndexInfo

if TYPE_CHECKING:
    from indexer.build import Report  # loads what reads articles, which only one command does

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)

_CHANGES: tuple[Change, ...] = ("substance", "title", "details")
_SHOWN = 10
"""Failures and reasons that a report lists; all of them are kept in the library."""


def say(message: str) -> None:
    """One line for the person at the terminal."""
    err.print(Text(message), soft_wrap=True)


def step(name: str) -> None:
    """A step of a longer work that is done."""
    err.print(Text(f"  {name}", style="dim"), soft_wrap=True)


def complain(message: str) -> None:
    """An error, in one sentence."""
    err.print(Text.assemble(("dragoman:", "red"), f" {message}"), soft_wrap=True)


def emit(text: str) -> None:
    """Data for standard output, as it is; its last line is ended where it is not."""
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")


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
    """What became of the documents of a run. What changed in its look only counts as unchanged."""
    where = "its address" if report.vanished == 1 else "their addresses"
    vanished = f"{counted(report.vanished, 'article')} no longer at {where}; " if report.vanished else ""
    say(
        f"{counted(report.added, 'article')} added, {report.changed:,} changed{_kinds(report.changes)},"
        f" {report.unchanged + report.cosmetic:,} unchanged; {vanished}"
        f"{counted(report.passages, 'new passage')}; {counted(report.failed, 'document')} not taken"
    )
    for failure in report.failures[:_SHOWN]:
        say(f"  {failure.source}: {failure.reason}")
    if report.failed > _SHOWN:
        reasons = report.reasons.most_common(_SHOWN)
        say(f"  ... by reason: {', '.join(f'{reason} ({count:,})' for reason, count in reasons)}")
        say("  dragoman stats --failures lists them all, dragoman retry reads them again")


def _kinds(changes: Mapping[Change, int]) -> str:
    """In what articles changed, the gravest first: " (3 in substance, 1 in title)"."""
    parts = [f"{changes[kind]:,} in {kind}" for kind in _CHANGES if changes.get(kind)]
    return f" ({', '.join(parts)})" if parts else ""


def counted(count: int, noun: str) -> str:
    """A count with its noun: 1 passage, 1,234 passages."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def show_stats(info: IndexInfo, counts: dict[str, int], failures: list[Failure]) -> None:
    """What an index holds, a line each, and what was not taken."""
    rows = {
        "articles": f"{info.articles:,}",
        "passages": f"{info.passages:,}",
        "generation": str(info.generation),
        "older versions kept": f"{counts['superseded']:,}",
        "removed articles": f"{counts['removed']:,}",
        "corrected articles": f"{counts['corrected']:,}",
        "vanished articles": f"{counts['vanished']:,}",
        "documents not taken": f"{counts['failures']:,}",
        "model": f"{info.model} ({info.dimension} dimensions)",
        "splitting": info.splitting,
    }
    for name, value in rows.items():
        emit(f"{name:<22}{value}")
    for failure in failures:
        emit(f"{failure.source}\t{failure.reason}")
