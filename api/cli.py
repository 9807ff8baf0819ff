"""The command line: data on standard output, everything else on standard error.

Exit codes: 0 done; 1 nothing could be taken, or an unexpected end; 2 wrong use or a question that makes no sense;
3 no such article or passage; 4 the model cannot be loaded; 5 the index is missing, damaged, locked or another model's;
6 the server is busy; 7 a citation does not stand any more; 130 interrupted; 141 nobody read the output to its end.
"""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from api.console import commands_cite, commands_index, commands_search, commands_serve, commands_sources, reports
from indexer.errors import DragomanError

UNREAD = 141
"""128 and the number of SIGPIPE: how a shell sees a program that wrote to a pipe which nobody read any more."""

EXIT_CODES = """\b
Exit codes:
  0    done
  1    nothing could be taken, or an unexpected end
  2    wrong use, or a question that makes no sense
  3    no such article or passage
  4    the model cannot be loaded
  5    the index is missing, damaged, locked or another model's
  6    the server is busy: try again later
  7    a citation does not stand any more (cite verify)
  130  interrupted
  141  nobody read the output to its end
"""

app = typer.Typer(
    help="""Semantic search over foreign-policy news: ranked paragraphs, each with the article it stands in.

    \b
    Example: dragoman add --starter
             dragoman search "Who went to Pyongyang?" -k 3
             dragoman serve
    """,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (commands_search, commands_cite, commands_index, commands_sources, commands_serve):
    commands.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        reports.emit(f"dragoman {version('dragoman')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """What stands before a command; its help is the application's own."""


def main() -> None:
    """The console command. Turns every error of ours into one sentence and an exit code."""
    logging.basicConfig(level=logging.ERROR, format="dragoman: %(message)s")
    for ours in ("api", "indexer"):
        logging.getLogger(ours).setLevel(logging.INFO)
    _speak_utf8()
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:  # somebody has seen enough (head, less): what is still to be written goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = UNREAD
    sys.exit(code)


def _speak_utf8() -> None:
    """Data are UTF-8 whatever the locale; on a terminal that cannot show a character it is shown as its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _run() -> int:
    """The exit code. Raises BrokenPipeError."""
    try:
        app(prog_name="dragoman")
    except DragomanError as error:
        reports.complain(str(error))
        return error.exit_code
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # typer and rich make a failure of it
            raise ended.__context__ from None
        return int(ended.code or 0)
    return 0
