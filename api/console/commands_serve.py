"""The commands that let others search: serve for people and programs, mcp for assistants, key for whom it lets in."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from api.console import reports
from api.console.options import IndexOption, ModelOption, RerankOption, settings_for


def register(app: typer.Typer) -> None:
    """Make these the application's commands."""
    for command in (serve, mcp, key):
        app.command()(command)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8765,
    index: IndexOption = None,
    model: ModelOption = None,
    rerank: RerankOption = None,
    processes: Annotated[
        int | None,
        typer.Option(help="Processes that search, each with a model of its own: about one for two cores.", min=1),
    ] = None,
) -> None:
    """Serve the search page and the REST interface.

    Example: dragoman serve --port 8080
    """
    from api.server import serve as run

    settings = settings_for(index, model, rerank)
    run(settings if processes is None else replace(settings, processes=processes), host, port)


def mcp(index: IndexOption = None, model: ModelOption = None, rerank: RerankOption = None) -> None:
    """Serve an assistant over standard input and output (Model Context Protocol), which starts this itself.

    Example: dragoman mcp --index archive
    """
    from api.assistants.mcp_server import run_stdio
    from api.search import open_index

    with open_index(settings=settings_for(index, model, rerank)) as searcher:
        run_stdio(searcher)


def key(
    name: Annotated[str, typer.Argument(help="Who gets the key: letters, digits, spaces and any of . _ @ -")],
    rate: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="How often it may be used, such as 60/minute; else as the file says."),
    ] = None,
) -> None:
    """Make a key for the REST interface. Prints the lines for the file that DRAGOMAN_KEYS names.

    The key itself is shown once, on standard error, and kept nowhere: give it to the one who will use it.

    \b
    Example: dragoman key "reporting desk" --rate 60/minute >> keys.toml
    """
    from api.serving.keys import new_key

    made = new_key(name, rate)
    reports.emit(made.lines)
    reports.say(f"the key of {name}, which is shown this once: {made.key}")
