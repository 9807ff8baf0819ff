"""The command line: data on standard output, everything else on standard error.

Exit codes: 0 done; 1 nothing could be taken, or an unexpected end; 2 wrong use or a question that makes no sense;
3 no such article; 4 the model cannot be loaded; 5 the index is missing, damaged, locked or another model's; 130
interrupted.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from api import reports
from indexer.errors import DragomanError
from indexer.settings import Settings
from indexer.types import PER_ARTICLE

app = typer.Typer(
    help="Semantic search over foreign-policy news: ranked paragraphs, each with the article it stands in.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index; DRAGOMAN_INDEX, else .dragoman/index.")
]
ModelOption = Annotated[
    str | None, typer.Option(help="A sentence-transformers name or folder; the index's own, else all-MiniLM-L6-v2.")
]
RerankOption = Annotated[
    str | None,
    typer.Option(
        "--rerank",
        help="A sentence-transformers CrossEncoder, name or folder, that reads the best passages again; "
        "DRAGOMAN_RERANKER, else none.",
    ),
]


def main() -> None:
    """The console command. Turns every error of ours into one sentence and an exit code."""
    logging.basicConfig(level=logging.ERROR, format="dragoman: %(message)s")
    for ours in ("api", "indexer"):
        logging.getLogger(ours).setLevel(logging.INFO)
    try:
        app(prog_name="dragoman")
    except DragomanError as error:
        reports.complain(str(error))
        sys.exit(error.exit_code)


def _settings(index: Path | None, model: str | None = None, rerank: str | None = None) -> Settings:
    found = Settings.from_environment()
    return replace(found, index=index or found.index, model=model or found.model, reranker=rerank or found.reranker)


@app.command()
def add(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders: text, Markdown, HTML, JSON lines.")
    ] = None,
    starter: Annotated[
        bool, typer.Option("--starter", help="Add the starter corpus that comes with Dragoman.")
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(help="text, markdown, html or jsonl, for all files; by default each tells by its content."),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
) -> None:
    """Add articles, or newer versions of them. What is there already, unchanged, costs nothing.

    Example: dragoman add articles/ more.jsonl.xz
    """
    from indexer.build import add as build
    from indexer.build import writing
    from indexer.readers.files import FORMATS, read_files

    if format is not None and format not in FORMATS:
        raise typer.BadParameter(f"{format!r}: choose one of {', '.join(FORMATS)}", param_hint="--format")
    if not paths and not starter:
        raise typer.BadParameter("name files or folders to add, or --starter", param_hint="PATHS")
    with as_file(files("seeds") / "briefs") as briefs, writing(_settings(index, model)) as (engine, encoder):
        sources = [*(paths or []), *([briefs] if starter else [])]
        progress = reports.Indexing()
        try:
            with progress:
                report = build(read_files(sources, FORMATS[format] if format else None), engine, encoder, progress.show)
        except KeyboardInterrupt:
            reports.say(f"interrupted with {progress.kept:,} articles kept; run the same command again and it goes on")
            raise typer.Exit(130) from None
    reports.show_report(report)
    if report.failures and not report.added + report.changed + report.unchanged:
        raise typer.Exit(1)


@app.command()
def remove(
    articles: Annotated[list[str], typer.Argument(help="Article ids: what search shows, less its :NUMBER.")],
    index: IndexOption = None,
) -> None:
    """Take articles out of the index; their texts stay in the library, out of reach of every search."""
    from indexer.engine import open_engine

    engine = open_engine(_settings(index).index, write=True)
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


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    k: Annotated[int, typer.Option("-k", help="How many passages.")] = 10,
    after: Annotated[
        str | None, typer.Option(help="First day of publication let in, such as 2012 or 2012-05-23.")
    ] = None,
    before: Annotated[str | None, typer.Option(help="First day of publication kept out.")] = None,
    publisher: Annotated[list[str] | None, typer.Option(help="Only this publisher; may be given again.")] = None,
    per_article: Annotated[int, typer.Option(help="Passages of one article at most; 0 is any number.")] = PER_ARTICLE,
    asked_on: Annotated[
        str | None, typer.Option(help='Day from which "last year" in the question counts, such as 2012-05-23; today.')
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say what the score of each hit is made of.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what GET /v1/search answers.")] = False,
    index: IndexOption = None,
    model: ModelOption = None,
    rerank: RerankOption = None,
) -> None:
    """Print the passages that answer a question, best first.

    Example: dragoman search "Who visited Pyongyang while Kishida was in Washington?" -k 3
    """
    from api.search import make_query, open_index

    query = make_query(question, k, after, before, publisher or (), per_article, asked_on or "today")
    with open_index(settings=_settings(index, model, rerank)) as searcher:
        answer = searcher.answer(query)
    if as_json:
        from api.schemas import SearchResponse

        print(SearchResponse.of(answer, explain=explain).model_dump_json(indent=2))
    else:
        reports.show_answer(answer, explain=explain)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8765,
    index: IndexOption = None,
    model: ModelOption = None,
    rerank: RerankOption = None,
) -> None:
    """Serve the search page and the REST interface."""
    from api.server import serve as run

    run(_settings(index, model, rerank), host, port)


@app.command("eval")
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

    Example: dragoman eval seeds --run before.jsonl; later: dragoman eval seeds --against before.jsonl
    """
    from api.evaluation_run import measure, measure_against

    settings = _settings(index, model, rerank)
    if against is None:
        reports.show_scores(measure(folder, settings, index, run), as_json=as_json)
    else:
        compared = measure_against(folder, settings, against, index, run)
        reports.show_comparison(compared.comparison, compared.questions, as_json=as_json)


@app.command()
def stats(
    index: IndexOption = None, failures: Annotated[bool, typer.Option(help="List what was not taken.")] = False
) -> None:
    """Say what the index holds."""
    from indexer.engine import open_engine

    engine = open_engine(_settings(index).index)
    try:
        reports.show_stats(engine.snapshot().info, engine.counts(), engine.failures() if failures else [])
    finally:
        engine.close()


@app.command()
def verify(index: IndexOption = None) -> None:
    """Check every hash, count and citation offset of the index, and say what is wrong."""
    from indexer.engine import open_engine

    engine = open_engine(_settings(index).index)
    try:
        findings = engine.verify(reports.step)
    finally:
        engine.close()
    _print_findings(findings)
    reports.say("sound")


def _print_findings(findings: list[str]) -> None:
    for finding in findings:
        print(finding)
    if findings:
        raise typer.Exit(5)


@app.command()
def rebuild(index: IndexOption = None) -> None:
    """Make the searchable part of the index anew from its library."""
    from indexer.engine import open_engine

    engine = open_engine(_settings(index).index, write=True)
    try:
        engine.publish(reports.step, force=True)
        findings = engine.verify()
    finally:
        engine.close()
    _print_findings(findings)
    reports.say("rebuilt")
