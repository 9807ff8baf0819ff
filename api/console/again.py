"""What could not be taken, tried again: each file and address once, whatever of it failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import typer

from api.console import reports
from api.console.taking import fetching, is_address, take, took_nothing
from indexer.build import Report, writing
from indexer.engine import Engine, open_engine
from indexer.errors import SettingError
from indexer.items import Failure, Item
from indexer.readers.files import printable, read_files
from indexer.readers.polite import PoliteFetcher
from indexer.settings import Settings
from indexer.sources import Source, Sources, load_sources, source_of
from indexer.visits.visiting import visit


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file or address of which ``count`` documents were not taken, the first of them for this ``reason``."""

    input: str
    count: int
    reason: str

    @property
    def shown(self) -> str:
        """The input in printable characters."""
        return printable(self.input)


def listed(settings: Settings) -> list[Quarantined]:
    """What would be tried again, in the order in which it first failed. Raises IndexMissing."""
    engine = open_engine(settings.index)
    try:
        return grouped(engine.failures())
    finally:
        engine.close()


def grouped(failures: Sequence[Failure]) -> list[Quarantined]:
    """Failures by their inputs; those of an index that did not note them yet by their sources."""
    found: dict[str, Quarantined] = {}
    for failure in failures:
        name = failure.input or failure.source
        known = found.get(name)
        found[name] = replace(known, count=known.count + 1) if known else Quarantined(name, 1, failure.reason)
    return list(found.values())


def tried_again(settings: Settings, sources: Path) -> None:
    """Read the inputs again, take what can be taken now, and forget what has not failed again.

    Raises IndexMissing, and typer.Exit where nothing could be taken.
    """
    if not listed(settings):
        reports.say("there is nothing to try again")
        return
    known = load_sources(sources) if sources.exists() else Sources(())
    with writing(settings) as (engine, encoder), fetching(settings, known.contact) as fetcher:
        before = engine.failures()
        items = _items([quarantined.input for quarantined in grouped(before)], known, fetcher, engine)
        report = take(items, engine, encoder, "run the same command again: what was not reached is still listed")
        _forget(before, report, engine)
        reports.say(f"{reports.counted(len(engine.failures()), 'document')} still not taken")
    if took_nothing(report):
        raise typer.Exit(1)


def _items(inputs: Sequence[str], known: Sources, fetcher: PoliteFetcher, engine: Engine) -> Iterator[Item]:
    """All inputs once more: what the settings have a source for as that says, everything else by itself."""
    sources: list[Source] = []
    alone: list[Path] = []
    for given in inputs:
        source = _page(given, known, engine) if is_address(given) else _file(given, known)
        if source:
            sources.append(source)
        elif not is_address(given):
            alone.append(Path(given))
    return chain(read_files(alone), visit(sources, fetcher, engine, fresh=True))


def _page(url: str, known: Sources, engine: Engine) -> Source | None:
    """An address as a source; None for what was no address from the beginning, which stays listed."""
    try:
        alone = source_of(url)
    except SettingError:
        return None
    before = engine.visit(url)
    name = before.source if before else None
    of = next((source for source in known.sources if source.url == url or (source.url and source.name == name)), None)
    return replace(of, url=alone.url) if of else alone


def _file(path: str, known: Sources) -> Source | None:
    """A file as a source; None for one that none of the settings' sources has."""
    place = Path(path).absolute()
    for source in known.sources:
        if source.path and (place == source.path.absolute() or source.path.absolute() in place.parents):
            return replace(source, path=Path(path))
    return None


def _forget(before: Sequence[Failure], report: Report, engine: Engine) -> None:
    """Drop what has not failed again: its document is taken, or is no longer there.

    A report names only so many failures; where it does not name all, nothing is dropped but what was taken, which the
    engine does itself.
    """
    if report.failed > len(report.failures):
        return
    again = {failure.source for failure in report.failures}
    engine.forget_failures([failure.source for failure in before if failure.source not in again])
    engine.log_failures(report.failures)  # those whose input is the source of one that was dropped
