"""The forms in which citations leave Dragoman: reference lists of three styles, BibTeX, RIS and CSL-JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from api.citations import Cited
from api.citing.bibliography import bibtex, ris
from api.citing.csl import csl_json
from api.citing.styles import STYLES, render
from indexer.errors import QueryError


class Format(NamedTuple):
    """A form of citations: its name for people, its media type, the extension of a file, and what writes it."""

    name: str
    media_type: str
    extension: str
    write: Callable[[Sequence[Cited]], str]


def references(style: str, cited: Sequence[Cited]) -> str:
    """A reference list in a style: each article once, in the order given, a blank line between two."""
    rendered = dict.fromkeys(render(style, one.article) for one in cited)
    return "\n".join(f"{reference}\n" for reference in rendered)


_TEXT = "text/plain; charset=utf-8"

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        **{style: Format(name, _TEXT, "txt", partial(references, style)) for style, name in STYLES.items()},
        "bibtex": Format("BibTeX", "application/x-bibtex; charset=utf-8", "bib", bibtex),
        "ris": Format("RIS", "application/x-research-info-systems; charset=utf-8", "ris", ris),
        "csl": Format("CSL-JSON", "application/vnd.citationstyles.csl+json", "json", csl_json),
    }
)
"""The forms by the names that ``--format``, ``?format=`` and ``?style=`` take."""


def written(format: str, cited: Sequence[Cited]) -> str:  # noqa: A002 - the name that callers know it by
    """Citations in one of ``FORMATS``. Raises QueryError for another."""
    if format not in FORMATS:
        raise QueryError(f"format {format!r} is not one of {', '.join(FORMATS)}", "format")
    return FORMATS[format].write(cited)
