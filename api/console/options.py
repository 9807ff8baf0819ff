"""Options that several commands have in common, so that each means the same everywhere, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from indexer.settings import Settings

Style = Literal["apa", "chicago", "mla", "bibtex", "ris", "csl"]
"""The names in ``api.citing.formats.FORMATS``, which is not loaded only to print a help text."""

Form = Literal["csv", "apa", "chicago", "mla", "bibtex", "ris", "csl"]
"""The names in ``api.export.EXPORTS``, but for that of JSON lines, which are an option of their own."""

IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index; DRAGOMAN_INDEX, else .dragoman/index.")
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="A sentence-transformers name or folder; the index's own, else all-MiniLM-L6-v2."),
]
RerankOption = Annotated[
    str | None,
    typer.Option(
        "--rerank",
        help="A sentence-transformers CrossEncoder, name or folder, that reads the best passages again; "
        "DRAGOMAN_RERANKER, else none.",
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="Ask this running server instead of opening an index, with the key in DRAGOMAN_KEY if there is one.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what the REST interface answers.")]
JsonLinesOption = Annotated[bool, typer.Option("--jsonl", help="Print each hit as a line of JSON.")]
FormOption = Annotated[
    Form | None, typer.Option("--format", help="Print the hits as a table, or as a list of references.")
]
CountOption = Annotated[int, typer.Option("-k", help="How many passages.")]
AfterOption = Annotated[
    str | None,
    typer.Option("--after", metavar="DATE", help="First day of publication let in, such as 2012 or 2012-05-23."),
]
BeforeOption = Annotated[
    str | None, typer.Option("--before", metavar="DATE", help="First day of publication kept out.")
]
PublisherOption = Annotated[
    list[str] | None, typer.Option("--publisher", metavar="NAME", help="Only this publisher; may be given again.")
]
CountryOption = Annotated[
    list[str] | None,
    typer.Option("--country", metavar="CODE", help="Only on this country, such as JP or Japan; may be given again."),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option("--language", metavar="TAG", help="Only in this language, such as en; may be given again."),
]
PerArticleOption = Annotated[
    int, typer.Option("--per-article", help="Passages of one article, in all its editions, at most; 0 is any number.")
]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Say what the score of each hit is made of.")]


def settings_for(index: Path | None, model: str | None = None, rerank: str | None = None) -> Settings:
    """The settings of the environment, less what was given as options."""
    found = Settings.from_environment()
    return replace(found, index=index or found.index, model=model or found.model, reranker=rerank or found.reranker)


def only_one(given: Sequence[tuple[str, object]]) -> None:
    """Of options that exclude each other, each with its value, at most one may be set. Raises typer.BadParameter."""
    named = [name for name, value in given if value not in (None, False)]
    if len(named) > 1:
        raise typer.BadParameter(f"{' and '.join(named)} exclude each other: choose one", param_hint=named[-1])
