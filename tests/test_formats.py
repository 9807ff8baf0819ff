"""The table of forms: every name that a surface takes, with its media type and what writes it."""

from __future__ import annotations

import pytest

from api.citations import Cited
from api.citing.bibliography import bibtex, ris
from api.citing.csl import csl_json
from api.citing.formats import FORMATS, written
from api.citing.styles import render
from indexer.errors import QueryError
from indexer.types import Metadata, Passage

ONE = Cited(Passage("a", 0, 0, 4, "Text"), Metadata("a", "One title"), 1)
AGAIN = Cited(Passage("a", 1, 6, 10, "More"), Metadata("a", "One title"), 1)
OTHER = Cited(Passage("b", 0, 0, 4, "Text"), Metadata("b", "Another title"), 1)


def test_the_forms_are_three_styles_and_three_files() -> None:
    assert {name: (form.media_type.partition(";")[0], form.extension) for name, form in FORMATS.items()} == {
        "apa": ("text/plain", "txt"),
        "chicago": ("text/plain", "txt"),
        "mla": ("text/plain", "txt"),
        "bibtex": ("application/x-bibtex", "bib"),
        "ris": ("application/x-research-info-systems", "ris"),
        "csl": ("application/vnd.citationstyles.csl+json", "json"),
    }


@pytest.mark.parametrize("style", ["apa", "chicago", "mla"])
def test_a_reference_list_has_each_article_once_in_the_order_given(style: str) -> None:
    assert written(style, [ONE, OTHER, AGAIN]) == f"{render(style, ONE.article)}\n\n{render(style, OTHER.article)}\n"


@pytest.mark.parametrize("name", FORMATS)
def test_each_form_writes_one_citation_and_many_and_none(name: str) -> None:
    for cited in ([], [ONE], [ONE, OTHER]):
        text = written(name, cited)
        assert [one.article.title in text for one in (ONE, OTHER)] == [one in cited for one in (ONE, OTHER)]


def test_files_are_written_by_their_own_functions() -> None:
    cited = [ONE, OTHER, AGAIN]
    assert [written(name, cited) for name in ("bibtex", "ris", "csl")] == [bibtex(cited), ris(cited), csl_json(cited)]


def test_another_form_is_refused_with_those_there_are() -> None:
    with pytest.raises(QueryError, match="'word' is not one of apa, chicago, mla, bibtex, ris, csl") as caught:
        written("word", [ONE])
    assert caught.value.parameter == "format"
