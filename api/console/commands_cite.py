"""The commands about citations: how to cite a passage, and whether what was cited still stands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.console import reports
from api.console.options import IndexOption, JsonOption, ServerOption, Style, only_one
from api.console.source import articles
from indexer.errors import QueryError

FALLEN = 7
"""The exit code where a citation does not stand."""


def register(app: typer.Typer) -> None:
    """Make these commands of one group of the application."""
    group = typer.Typer(
        help="Cite a passage, or check what was cited before.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command()(show)
    group.command()(verify)
    app.add_typer(group, name="cite")


def show(
    passage: Annotated[str, typer.Argument(metavar="PASSAGE_ID", help="ARTICLE:NUMBER, as search shows it.")],
    style: Annotated[
        Style | None, typer.Option(help="A style or a format; by default the quote, a reference and a link.")
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
    index: IndexOption = None,
) -> None:
    """Print how to cite a passage.

    What --json prints can be kept, and checked later with cite verify.

    \b
    Example: dragoman cite show 2024-04-11-us-japan-alliance-upgrade:1 --style chicago
             dragoman cite show 2024-04-11-us-japan-alliance-upgrade:1 --json >> kept.jsonl
    """
    only_one([("--style", style), ("--json", as_json)])
    with articles(server, index) as kept:
        cited = kept.cited(passage)
    if as_json:
        from api.schemas import CitationOut

        reports.emit(CitationOut.of(cited.citation).model_dump_json())
    elif style is not None:
        from api.citing.formats import written

        reports.emit(written(style, [cited]))
    else:
        from api.console.citation_listing import show_citation

        show_citation(cited.citation)


def verify(
    file: Annotated[
        Path, typer.Argument(help="Citations as JSON, or as lines of JSON, such as search --json prints; - reads them.")
    ],
    as_json: JsonOption = False,
    server: ServerOption = None,
    index: IndexOption = None,
) -> None:
    """Say of each citation whether its quote still stands in the article, to the letter.

    \b
    stands    the article that is searched now has the quote
    changed   the article has a newer text, without the quote
    gone      there is no such article any more
    mismatch  the citation itself was altered, or is of another index

    Ends with 0 where all stand, with 7 where one does not.

    \b
    Example: dragoman cite verify footnotes.jsonl
             dragoman search "river treaty" --jsonl | dragoman cite verify -
    """
    from api.citing.stored_citations import read_citations

    citations = read_citations(_read(file))
    with articles(server, index) as kept:
        verdicts = kept.verify(citations)
    if as_json:
        from api.responses import Verdicts

        reports.emit(Verdicts.of(verdicts).model_dump_json(indent=2))
    else:
        from api.console.citation_listing import show_verdicts

        show_verdicts(verdicts)
    if any(verdict.status != "stands" for verdict in verdicts):
        raise typer.Exit(FALLEN)


def _read(file: Path) -> str:
    """A file, or standard input for a dash. Raises QueryError."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise QueryError(f"{file} cannot be read: {reason}", "citations") from error
