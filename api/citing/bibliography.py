"""BibTeX and RIS, for reference managers: one entry for each cited passage, with its quote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import rispy
from pybtex.database import BibliographyData, Entry, Person
from pybtex.database.output.bibtex import Writer

from api.citations import MONTHS, Cited, rests_on
from api.citing.authors import Name, name_of
from api.citing.csl import note, plain_address
from indexer.types import Metadata

_LATEX = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "&%$#_"},
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # BibTeX counts a brace that has a backslash before it, too
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_IN_ADDRESSES = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D"})

_KEY_WORDS = 3
"""Words of a title that go into a key."""

_NO_KEY = frozenset({"a", "an", "and", "at", "for", "in", "of", "on", "the", "to", "with"})


def bibtex(cited: Sequence[Cited]) -> str:
    """Entries for BibTeX and biblatex: ``@article`` where the newspaper is known, else ``@misc``.

    The quote is the ``annote``; what the article rests on is the ``note``, which styles print. Titles and literal
    names are in braces, so that a style changes no capital in them. Text is Unicode; what is syntax for LaTeX is
    escaped.
    """
    keys = _keys([one.article for one in cited])
    entries = {key: _entry(one) for key, one in zip(keys, cited, strict=True)}
    return str(_Escaped().to_string(BibliographyData(entries)))


def ris(cited: Sequence[Cited]) -> str:
    """Records of type NEWS: AU, TI, T2 (the newspaper), PY and DA, UR, LA, ID (the passage's id), N1 (the quote)."""
    records = [{name: value for name, value in _record(one).items() if value} for one in cited]
    return str(rispy.dumps(records, implementation=_Numberless))


class _Escaped(Writer):  # type: ignore[misc]
    """Writes values as they are: pybtex escapes an address, too, and leaves backslashes and dollars alone."""

    def _encode(self, text: str) -> str:
        return text


class _Numberless(rispy.RisWriter):  # type: ignore[misc]
    """Records without a number before each, which the format does not have."""

    def set_header(self, count: int) -> str:  # noqa: ARG002
        return ""


def _record(cited: Cited) -> dict[str, str | list[str]]:
    article = cited.article
    published = article.published.iso[:10] if article.published else ""
    return {
        "type_of_reference": "NEWS",
        "id": cited.passage.id,
        "authors": [_inverted(name_of(author)) for author in article.authors],
        "title": article.title,
        "secondary_title": article.publisher or "",
        "year": published[:4],
        "date": "/".join([*published.split("-"), "", ""][:3]) + "/" if published else "",
        "urls": [plain_address(article.url)] if article.url else [],
        "language": article.language or "",
        "notes": [" ".join(note(cited).split())],
    }


def _inverted(name: Name) -> str:
    """Doe, Jane, Jr.: family name, given names, suffix."""
    return name.literal or ", ".join(filter(None, (name.family, name.given, name.suffix)))


def _entry(cited: Cited) -> Entry:
    article = cited.article
    fields = {"title": f"{{{_latex(article.title)}}}"}
    if article.publisher:
        fields["journal"] = _latex(article.publisher)
    fields |= _date(article)
    if article.url:
        fields["url"] = _address(article.url)
    if article.language:
        fields["language"] = article.language
    if article.references:
        fields["note"] = _latex(rests_on(article))
    fields["annote"] = _latex(cited.passage.text)
    persons = [_person(name_of(author)) for author in article.authors]
    return Entry("article" if article.publisher else "misc", fields, {"author": persons} if persons else {})


def _date(article: Metadata) -> dict[str, str]:
    """``date`` is for biblatex, ``year`` and ``month`` are for BibTeX."""
    if article.published is None:
        return {}
    day = article.published.iso[:10]
    month = {"month": MONTHS[int(day[5:7]) - 1]} if len(day) > len("2012") else {}
    return {"year": day[:4], **month, "date": day}


def _person(name: Name) -> Person:
    if name.literal:
        return Person(last=f"{{{_latex(name.literal)}}}")
    return Person(first=_latex(name.given), last=_latex(name.family), lineage=name.suffix)


def _latex(text: str) -> str:
    """A text on one line with LaTeX's syntax escaped."""
    return " ".join(text.split()).translate(_LATEX)


def _address(url: str) -> str:
    """An address as it is, for LaTeX's ``url``; only braces and backslashes, which would end it, are encoded."""
    return plain_address(url).translate(_IN_ADDRESSES)


def _keys(articles: Sequence[Metadata]) -> list[str]:
    """doe2012ministersmeetvienna, and doe2012ministersmeetvienna-2 where that is taken."""
    keys: list[str] = []
    taken: set[str] = set()
    for article in articles:
        base = key = _key(article)
        count = 1
        while key in taken:
            count += 1
            key = f"{base}-{count}"
        taken.add(key)
        keys.append(key)
    return keys


def _key(article: Metadata) -> str:
    """First author's family name, else the publisher; year; the first words of the title; in ASCII."""
    author = name_of(article.authors[0]) if article.authors else Name()
    title = [word for word in _ascii(article.title) if word not in _NO_KEY][:_KEY_WORDS]
    source = _ascii(author.family or author.literal) or _ascii(article.publisher or "")
    year = article.published.iso[:4] if article.published else ""
    return "".join([*source, year, *title]) or "article"


def _ascii(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9]+", plain.casefold())
