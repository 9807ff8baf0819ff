"""The commands that make an index, look after it, and measure what it finds."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.console import reports
from api.console.options import IndexOption, ModelOption, RerankOption, settings_for

Kind = Literal["text", "markdown", "html", "jsonl", "csv", "parquet", "warc"]
"""What files can be read as: the names of ``indexer.readers.files.FORMATS``."""


def register(app: typer.Typer) -> None:
    """Make these the application's commands."""
    for command in (add, remove, stats, verify, rebuild):
        app.command()(command)
    app.command("eval")(evaluate)


def add(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS|URLS]...",
            help="Files and folders: text, Markdown, HTML, JSON lines, CSV, Parquet, WARC;"
            " or web addresses of feeds, sitemaps and pages.",
        ),
    ] = None,
    starter: Annotated[
        bool, typer.Option("--starter", help="Add the starter corpus that comes with Dragoman.")
    ] = False,
    format: Annotated[Kind | None, typer.Option(help="Of all files; by default each tells by its content.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=NAME",
            help="What files call a field of an article, such as title=headline; may be given again.",
        ),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
) -> None:
    """Add articles, or newer versions of them. What is there already, unchanged, costs nothing.

    \b
    Example: dragoman add articles/ more.jsonl.xz
             dragoman add news.parquet --column title=headline --column text=body
             dragoman add https://example.org/feed
             dragoman add --starter
    """
    if not paths and not starter:
        raise typer.BadParameter("name files, folders or web addresses to add, or --starter", param_hint="PATHS")
    columns = _columns(column or [])
    from api.console.taking import added

    with as_file(files("seeds") / "briefs") as briefs:
        added([*(paths or []), *([str(briefs)] if starter else [])], format, columns, settings_for(index, model))


def _columns(given: list[str]) -> dict[str, str]:
    """Names of columns by our names of fields. Raises typer.BadParameter."""
    columns: dict[str, str] = {}
    for pair in given:
        field, equals, name = pair.partition("=")
        if not (field and equals and name):
            raise typer.BadParameter(f"{pair!r} is not such as title=headline", param_hint="--column")
        if columns.setdefault(field, name) != name:
            raise typer.BadParameter(
                f"{field} is given twice, as {columns[field]!r} and {name!r}", param_hint="--column"
            )
    return columns


def remove(
    articles: Annotated[list[str], typer.Argument(help="Article ids: what search shows, less its :NUMBER.")],
    index: IndexOption = None,
) -> None:
    """Take articles out of the index; their texts stay in the library, out of reach of every search.

    Example: dragoman remove url-4f50e8d3fd33a828
    """
    from indexer.engine import open_engine

    engine = open_engine(settings_for(index).index, write=True)
    try:
        known = engine.digests(articles)
        removed = engine.delete(articles)
        engine.publish()
    finally:
        engine.close()
    reports.say(f"removed {removed} of {len(articles)} articles")
    for article in articles:
        if article not in known:
            reports.say(
                f"  there is no article {article!r}; in search, an article's id is what stands before the last colon"
            )
    if removed < len(articles):
        raise typer.Exit(3)


def stats(
    failures: Annotated[bool, typer.Option("--failures", help="List what was not taken.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what GET /v1/stats answers.")] = False,
    index: IndexOption = None,
) -> None:
    """Say what the index holds.

    Example: dragoman stats --failures
    """
    from indexer.engine import open_engine

    engine = open_engine(settings_for(index).index)
    try:
        info, counts, failed = engine.snapshot().info, engine.counts(), engine.failures() if failures else []
    finally:
        engine.close()
    if not as_json:
        reports.show_stats(info, counts, failed)
        return
    if failures:
        raise typer.BadParameter("--failures and --json exclude each other: choose one", param_hint="--json")
    from api.responses import Stats

    reports.emit(Stats.of(info, counts).model_dump_json(indent=2))


def verify(index: IndexOption = None) -> None:
    """Check every hash, count and citation offset of the index, and say what is wrong.

    Example: dragoman verify --index archive
    """
    from indexer.engine import open_engine

    engine = open_engine(settings_for(index).index)
    try:
        findings = engine.verify(reports.step)
    finally:
        engine.close()
    _print_findings(findings)
    reports.say("sound")


def _print_findings(findings: list[str]) -> None:
    for finding in findings:
        reports.emit(finding)
    if findings:
        raise typer.Exit(5)


def rebuild(index: IndexOption = None) -> None:
    """Make the searchable part of the index anew from its library.

    Example: dragoman rebuild
    """
    from indexer.engine import open_engine

    engine = open_engine(settings_for(index).index, write=True)
    try:
        engine.publish(reports.step, force=True)
        findings = engine.verify()
    finally:
        engine.close()
    _print_findings(findings)
    reports.say("rebuilt")


def evaluate(
    folder: Annotated[Path, typer.Argument(help="A judged set: questions, judgments and their corpus.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as JSON.")] = False,
    run: Annotated[Path | None, typer.Option(help="Also write the rankings here, as JSON lines.")] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Compare with the rankings that --run wrote here before, and test the difference."),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
    rerank: RerankOption = None,
) -> None:
    """Measure the ranking on a judged set; its corpus is indexed on first use and kept in the cache.

    unjudged@10 is the share of the first ten passages that nobody judged; they count as no answers.

    \b
    Example: dragoman eval seeds --run before.jsonl
             dragoman eval seeds --against before.jsonl
    """
    from api.console.measure_listing import show_comparison, show_scores
    from api.evaluation_run import measure, measure_against

    settings = settings_for(index, model, rerank)
    if against is None:
        show_scores(measure(folder, settings, index, run), as_json=as_json)
    else:
        compared = measure_against(folder, settings, against, index, run)
        show_comparison(compared.comparison, compared.questions, as_json=as_json)
