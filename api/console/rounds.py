"""Rounds of visits to all sources of a settings file: one, or one after the other until somebody ends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import typer

from api.console import reports
from api.console.stopping import Stop
from api.console.taking import INTERRUPTED, fetching, take
from indexer.build import writing
from indexer.errors import DragomanError, SettingError
from indexer.items import Failure, Item
from indexer.settings import Settings
from indexer.sources import Sources, load_sources
from indexer.visits.visiting import visit

_STOPPED = "run the same command again and it goes on"


def once(settings: Settings, path: Path) -> None:
    """One round. Raises typer.Exit where it was interrupted or nothing answered, and whatever else goes wrong."""
    sources = load(path)
    with Stop() as stop:
        answered = _round(settings, sources, stop)
        if stop.heard:
            reports.say(f"interrupted; what was taken can be found, {_STOPPED}")
            raise typer.Exit(INTERRUPTED)
    if not answered:
        raise typer.Exit(1)


def go_on(settings: Settings, path: Path, pause: float) -> None:
    """Round after round, with pauses of so many seconds, until a signal is heard.

    The settings file is read for each anew. Raises SettingError if it cannot be used from the beginning.
    """
    load(path)
    with Stop() as stop:
        while not stop.heard:
            try:
                _round(settings, load(path), stop)
            except (DragomanError, OSError) as error:
                reports.complain(str(error))
            if stop.heard or stop.wait(pause):
                break
    reports.say("ended; everything that was taken can be found")


def load(path: Path) -> Sources:
    """The sources of a settings file. Raises SettingError; where there is no file, it says how to make one."""
    if not path.exists():
        raise SettingError(
            f"there is no settings file {path}: write one, name another with --sources, or begin with the feeds that"
            f" come with Dragoman: cp {files('seeds') / 'sources.toml'} {path}"
        )
    return load_sources(path)


def _round(settings: Settings, sources: Sources, stop: Stop) -> bool:
    """Visit all sources; says whether any of them had an answer."""
    with writing(settings) as (engine, encoder), fetching(settings, sources.contact, stop.sleep) as fetcher:
        answers = _Answers(stop.until(visit(sources.sources, fetcher, engine)))
        report = take(answers, engine, encoder, _STOPPED)
    return answers.any or not report.failed


@dataclass(slots=True)
class _Answers:
    """Items on their way, and whether one of them is no failure: an answer, if only that nothing is new."""

    items: Iterable[Item]
    any: bool = False

    def __iter__(self) -> Iterator[Item]:
        for item in self.items:
            self.any = self.any or not isinstance(item, Failure)
            yield item
