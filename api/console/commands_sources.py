"""The commands that keep an index up to date: update visits its sources, retry tries again what could not be taken."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import reports
from api.console.options import IndexOption, ModelOption, settings_for


def register(app: typer.Typer) -> None:
    """Make these the application's commands."""
    for command in (update, retry):
        app.command()(command)


def update(
    sources: Annotated[
        Path | None,
        typer.Option("--sources", metavar="FILE", help="The settings file; DRAGOMAN_SOURCES, else dragoman.toml."),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="MINUTES", help="Go on, with so long a pause after each round.", min=0.01),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
) -> None:
    """Visit all sources of a settings file, and take what is new, changed or gone.

    Feeds and pages that have not changed are not sent again by their servers. Hosts are asked one request at a time,
    with pauses, and as their robots.txt allows. With --every it goes on until it is interrupted; whatever goes wrong in
    a round is reported, and the next one comes. Between two rounds others may write to the index.

    \b
    Example: dragoman update
             dragoman update --sources desk.toml --every 30
    """
    from api.console.rounds import go_on, once

    settings = settings_for(index, model)
    if every is None:
        once(settings, sources or settings.sources)
    else:
        go_on(settings, sources or settings.sources, every * 60)


def retry(
    only_list: Annotated[
        bool, typer.Option("--list", help="Only print what would be tried: how many documents, which input, and why.")
    ] = False,
    sources: Annotated[
        Path | None,
        typer.Option("--sources", metavar="FILE", help="The settings file that the inputs may be of, as for update."),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
) -> None:
    """Read again every file and address of which something could not be taken.

    What is taken now is no longer among the failures. A file that needs --format or --column is better added again.

    \b
    Example: dragoman retry --list
             dragoman retry
    """
    from api.console.again import listed, tried_again

    settings = settings_for(index, model)
    if only_list:
        for quarantined in listed(settings):
            reports.emit(f"{quarantined.count}\t{quarantined.shown}\t{quarantined.reason}")
    else:
        tried_again(settings, sources or settings.sources)
