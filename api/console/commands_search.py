"""The commands that find passages and show them: search, similar, show."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer

from api.console import reports
from api.console.options import (
    AfterOption,
    BeforeOption,
    CountOption,
    CountryOption,
    ExplainOption,
    Form,
    FormOption,
    IndexOption,
    JsonLinesOption,
    JsonOption,
    LanguageOption,
    ModelOption,
    PerArticleOption,
    PublisherOption,
    RerankOption,
    ServerOption,
    only_one,
)
from api.console.source import articles, searching
from indexer.types import PER_ARTICLE, Sort

if TYPE_CHECKING:
    from api.answer import Answer


def register(app: typer.Typer) -> None:
    """Make these the application's commands."""
    for command in (search, similar, show):
        app.command()(command)


def search(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    k: CountOption = 10,
    after: AfterOption = None,
    before: BeforeOption = None,
    publisher: PublisherOption = None,
    country: CountryOption = None,
    language: LanguageOption = None,
    per_article: PerArticleOption = PER_ARTICLE,
    asked_on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help='Day from which "last year" in the question counts, such as 2012-05-23; today.'
        ),
    ] = None,
    sort: Annotated[Sort, typer.Option(help="The best first, or the newest of the best 50.")] = "relevance",
    cursor: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The next page: what --json printed with the one before.")
    ] = None,
    explain: ExplainOption = False,
    facets: Annotated[
        bool, typer.Option("--facets", help="Count publishers, countries, languages and dates over all pages.")
    ] = False,
    as_json: JsonOption = False,
    as_lines: JsonLinesOption = False,
    form: FormOption = None,
    to_open: Annotated[
        bool, typer.Option("--open", help="Open the first hit in the browser, at its sentence.")
    ] = False,
    server: ServerOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    rerank: RerankOption = None,
) -> None:
    """Print the passages that answer a question, best first.

    \b
    Example: dragoman search "Who visited Pyongyang while Kishida was in Washington?" -k 3
             dragoman search "nuclear talks" --after 2015 --country Iran --sort date --facets
             dragoman search "nuclear talks" -k 50 --format bibtex > talks.bib
             dragoman search "nuclear talks" --jsonl --server http://127.0.0.1:8765
    """
    only_one([("--json", as_json), ("--jsonl", as_lines), ("--format", form)])
    only_one([("--facets", facets), ("--jsonl", as_lines), ("--format", form)])  # which have no place for them
    only_one([("--explain", explain), ("--format", form)])
    from api.queries import make_query

    names = (publisher or (), country or (), language or ())
    day = asked_on or "today"
    make_query(question, k, after, before, *names, per_article, day, sort, cursor)  # before anything is opened
    with searching(server, index, model, rerank) as searcher:
        answer = searcher.search(
            question,
            k,
            after=after,
            before=before,
            publisher=names[0],
            country=names[1],
            language=names[2],
            per_article=per_article,
            asked_on=day,
            sort=sort,
            cursor=cursor,
            explain=explain,
            facets=facets,
        )
    if as_json:
        from api.responses import SearchResponse

        reports.emit(SearchResponse.of(answer).model_dump_json(indent=2))
    else:
        _print_hits(answer, "jsonl" if as_lines else form)
    if to_open:
        open_first(answer)


def similar(
    passage: Annotated[str, typer.Argument(metavar="PASSAGE_ID", help="ARTICLE:NUMBER, as search shows it.")],
    k: CountOption = 10,
    after: AfterOption = None,
    before: BeforeOption = None,
    publisher: PublisherOption = None,
    country: CountryOption = None,
    language: LanguageOption = None,
    per_article: PerArticleOption = PER_ARTICLE,
    explain: ExplainOption = False,
    as_json: JsonOption = False,
    as_lines: JsonLinesOption = False,
    form: FormOption = None,
    server: ServerOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
) -> None:
    """Print the passages of other articles that are nearest in meaning to a passage, nearest first.

    \b
    Example: dragoman similar 2024-04-11-us-japan-alliance-upgrade:1 -k 5
             dragoman similar 2024-04-11-us-japan-alliance-upgrade:1 --before 2024 --format apa
    """
    only_one([("--json", as_json), ("--jsonl", as_lines), ("--format", form)])
    only_one([("--explain", explain), ("--format", form)])
    from api.queries import like, make_filters

    names = (publisher or (), country or (), language or ())
    like(passage, k, make_filters(after, before, *names), per_article)  # refuses before anything is opened
    with searching(server, index, model, None) as searcher:
        answer = searcher.similar(
            passage,
            k,
            after=after,
            before=before,
            publisher=names[0],
            country=names[1],
            language=names[2],
            per_article=per_article,
            explain=explain,
        )
    if as_json:
        from api.responses import SimilarResponse

        reports.emit(SimilarResponse.of(passage, answer).model_dump_json(indent=2))
    else:
        _print_hits(answer, "jsonl" if as_lines else form)


def show(
    article: Annotated[str, typer.Argument(help="An article's id, or that of a passage, which is then marked.")],
    version: Annotated[
        int | None, typer.Option(min=1, help="An older text of the article than the current one.")
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
    index: IndexOption = None,
) -> None:
    """Print the stored text of an article, each passage under its id.

    \b
    Example: dragoman show 2024-04-11-us-japan-alliance-upgrade:1
             dragoman show url-4f50e8d3fd33a828 --version 1
    """
    from api.console.article_listing import find_article, show_article

    with articles(server, index) as kept:
        found, marked = find_article(kept, article, version)
        versions, editions = kept.versions(found.article.id), kept.editions(found.article.id)
    if as_json:
        from api.schemas import ArticleText

        reports.emit(ArticleText.of_stored(found, versions, editions).model_dump_json(indent=2))
    else:
        show_article(found, versions, marked, editions)


def _print_hits(answer: Answer, form: Form | str | None) -> None:
    if form is None:
        from api.console.listing import show_answer

        show_answer(answer)
        return
    from api.export import EXPORTS

    reports.emit(EXPORTS[form].write(answer.hits).removeprefix("\ufeff"))  # programs read a pipe, not spreadsheets


def open_first(answer: Answer) -> None:
    """Open the best hit's link in the browser of the person at the terminal, if it has one that leads to the web."""
    if not answer.hits:
        return
    from api.citations import Cited

    hit = answer.hits[0]
    url = Cited.of(hit).citation.url
    if url is None or not url.lower().startswith(("http://", "https://")):
        reports.say(f"nothing to open: {hit.passage.id} has no address on the web; dragoman show {hit.passage.id}")
    elif webbrowser.open(url):
        reports.say(f"opened {hit.passage.id} in the browser")
    else:
        reports.say(f"no browser could be started; {hit.passage.id} is at {url}")
