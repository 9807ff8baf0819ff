"""What the commands that take articles in have in common: files and the web as one stream, and a run over it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import typer

from api.console import reports
from indexer.build import Report, add, writing
from indexer.encode import Encoder
from indexer.engine import Engine
from indexer.items import Item
from indexer.readers.files import FORMATS, read_files
from indexer.readers.polite import Manners, PoliteFetcher
from indexer.readers.web import Fetcher
from indexer.settings import Settings
from indexer.sources import source_of
from indexer.visits.visiting import visit

MANNERS = Manners()
"""How long hosts are left alone between two requests."""

INTERRUPTED = 130


@contextmanager
def fetching(
    settings: Settings, contact: str | None = None, sleep: Callable[[float], None] = time.sleep
) -> Iterator[PoliteFetcher]:
    """What fetches politely; ``sleep`` waits between requests."""
    with Fetcher(allowed=settings.allow_networks, contact=contact) as fetcher:
        yield PoliteFetcher(fetcher, MANNERS, sleep=sleep)


def take(items: Iterable[Item], engine: Engine, encoder: Encoder, again: str) -> Report:
    """Take items in, with progress shown and a report of what became of them.

    Interrupted, it says what is kept, and ``again``, which is how to go on; then raises typer.Exit.
    """
    progress = reports.Indexing()
    try:
        with progress:
            report = add(items, engine, encoder, progress.show)
    except KeyboardInterrupt:
        reports.say(f"interrupted with {progress.kept:,} articles kept; {again}")
        raise typer.Exit(INTERRUPTED) from None
    reports.show_report(report)
    return report


def added(given: Sequence[str], format: str | None, columns: Mapping[str, str], settings: Settings) -> None:
    """Take in files and folders, then what stands at web addresses.

    ``format`` is one of FORMATS, of all files; ``columns`` are as for ``read_files``. Raises SettingError for columns
    or addresses that make no sense, typer.Exit where nothing could be taken, and what opening an index raises.
    """
    sources = [source_of(name) for name in given if is_address(name)]
    paths = [Path(name) for name in given if not is_address(name)]
    documents = read_files(paths, FORMATS[format] if format else None, columns)
    with writing(settings) as (engine, encoder), fetching(settings) as fetcher:
        items = chain(documents, visit(sources, fetcher, engine))
        report = take(items, engine, encoder, "run the same command again and it goes on")
    if took_nothing(report):
        raise typer.Exit(1)


def is_address(name: str) -> bool:
    """Whether what was given is an address of the web and no path."""
    return name.lower().startswith(("http://", "https://"))


def took_nothing(report: Report) -> bool:
    """Whether there were documents and none of them could be taken."""
    return report.documents == report.failed > 0
