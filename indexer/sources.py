"""The settings file that says where articles come from: dragoman.toml to frozen Sources.

    contact = "desk@example.org"
    [[source]]
    name = "Example Post"
    url = "https://example.org/feed"
    country = "GB"

Every mistake in it is a SettingError that names the file, the source and the key, shows what stands there, and says
what to write instead: a source that is silently left out, or read in another way than meant, would be worse.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from indexer.codes import COUNTRIES, MEANT_COUNTRY, MEANT_LANGUAGE, is_language
from indexer.errors import FetchError, SettingError
from indexer.items import Known
from indexer.readers.http.targets import target
from indexer.readers.tabular.fields import FIELDS

_TOP = ("contact", "source")
_KEYS = ("name", "url", "path", "publisher", "country", "language", "kind", "pages", "columns")
_CONTACT = re.compile(r"(?:[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+|https?://[!#-'*-;=?-~]+)", re.ASCII)
_LONGEST = 200
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Source:
    """Where articles come from: the address of a feed, a sitemap or a page (``url``), or a file or folder (``path``).

    One of the two is None. ``name`` is what the source is remembered by. ``publisher``, ``country``, ``language`` and
    ``kind`` are as in ``Known``. ``pages`` is whether the pages of a feed's items are fetched; if not, what the feed
    itself carries is taken. ``columns`` are pairs: a field of an article, and the name that it has in the files.
    """

    name: str
    url: str | None = None
    path: Path | None = None
    publisher: str | None = None
    country: str | None = None
    language: str | None = None
    kind: str | None = None
    pages: bool = True
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> Known:
        """What it says of each of its articles; an address is no name of a publisher."""
        name = None if self.name == self.url else self.name
        return Known(self.publisher, name, self.country, self.kind, self.language)


@dataclass(frozen=True, slots=True)
class Sources:
    """All sources, in the order of the file. ``contact`` is an address of mail or a page, for the User-Agent."""

    sources: tuple[Source, ...]
    contact: str | None = None

    def __iter__(self) -> Iterator[Source]:
        return iter(self.sources)

    def __len__(self) -> int:
        return len(self.sources)


def source_of(url: str) -> Source:
    """An address that was given by itself, as a source; it is remembered by the address.

    Raises SettingError for what is no address of a page.
    """
    try:
        address = target(url).url
    except FetchError as error:
        raise SettingError(f"{_shown(url)} is no web address: {error}") from None
    return Source(name=address, url=address)


def load_sources(path: Path) -> Sources:
    """Read a settings file; a ``path`` in it that is not absolute starts at the file's folder.

    Raises SettingError for a file that cannot be read and for every mistake in it.
    """
    data = _read(path)
    top = _Place(str(path))
    top.refuse_unknown(data, _TOP)
    tables = data.get("source", [])
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        top.wrong("source", tables, "write [[source]], in double brackets, above each source")
    if not tables:
        raise SettingError(f"{path}: there is no source in it: write [[source]], and below it a name and a url or path")
    sources = tuple(
        _source(table, _Place.of(path, number, table), path.parent) for number, table in enumerate(tables, start=1)
    )
    _refuse_twice(path, "name", [source.name for source in sources])
    _refuse_twice(path, "url", [source.url for source in sources])
    contact = top.text(data, "contact")
    if contact is not None and not _CONTACT.fullmatch(contact):
        top.wrong("contact", contact, "write an address of mail such as desk@example.org, or of a page about you")
    return Sources(sources, contact)


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingError(f"{path}: there is no such file: write one, or name another with --sources") from None
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: it is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    except OSError as error:
        raise SettingError(f"{path}: it cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingError(f"{path}: it is not TOML: {error}") from None


def _source(table: dict[str, object], place: _Place, folder: Path) -> Source:
    place.refuse_unknown(table, _KEYS)
    name = place.text(table, "name")
    if name is None:
        place.missing("name", 'write name = "Example Post"')
    url, path = place.text(table, "url"), place.text(table, "path")
    if (url is None) == (path is None):
        both = "both url and path" if url else "neither url nor path"
        raise SettingError(f"{place}: it has {both}: write a url for the web, or else a path for files")
    _refuse_unfitting(table, place)
    return Source(
        name=name,
        url=None if url is None else _url(url, place),
        path=None if path is None else folder / path,
        publisher=place.text(table, "publisher"),
        country=_country(place.text(table, "country"), place),
        language=_language(place.text(table, "language"), place),
        kind=place.text(table, "kind"),
        pages=_pages(table, place),
        columns=_columns(table, place),
    )


def _refuse_unfitting(table: Mapping[str, object], place: _Place) -> None:
    for key, of, other in (("pages", "url", "path"), ("columns", "path", "url")):
        if key in table and other in table:
            place.wrong(key, table[key], f"leave it out: it is for sources with a {of}, and this one has a {other}")


def _url(stated: str, place: _Place) -> str:
    try:
        return target(stated).url
    except FetchError as error:
        place.wrong("url", stated, f"{error}; write one such as https://example.org/feed")


def _country(stated: str | None, place: _Place) -> str | None:
    code = stated.upper() if stated else None
    if code is not None and code not in COUNTRIES:
        meant = MEANT_COUNTRY.get(code)
        instead = f'write "{meant}"' if meant else "write the two letters of ISO 3166-1, such as GB, or leave it out"
        place.wrong("country", stated, instead)
    return code


def _language(stated: str | None, place: _Place) -> str | None:
    if stated is not None and not is_language(stated):
        meant = MEANT_LANGUAGE.get(stated.lower())
        instead = f'write "{meant}"' if meant else "write the two letters of ISO 639-1, such as en, or en-GB"
        place.wrong("language", stated, instead)
    return stated.replace("_", "-") if stated else None


def _pages(table: Mapping[str, object], place: _Place) -> bool:
    pages = table.get("pages", True)
    if not isinstance(pages, bool):
        place.wrong("pages", pages, "write true or false, without quotation marks")
    return pages


def _columns(table: Mapping[str, object], place: _Place) -> tuple[tuple[str, str], ...]:
    columns = table.get("columns", {})
    if not (isinstance(columns, dict) and all(isinstance(name, str) and name for name in columns.values())):
        place.wrong("columns", columns, 'write it such as { title = "headline", text = "body" }')
    for field in columns:
        if field not in FIELDS:
            place.wrong("columns", field, f"name a field of an article: {_likely(field, FIELDS)}")
    return tuple(columns.items())


def _refuse_twice(path: Path, key: str, values: list[str | None]) -> None:
    first: dict[str, int] = {}
    for number, value in enumerate(values, start=1):
        if value is not None and first.setdefault(value, number) != number:
            where = f"source {first[value]} and source {number}"
            raise SettingError(f"{path}: {where} have the same {key}, {_shown(value)}: change one or take it out")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the file something stands, in words, and the sentences that are said of it."""

    words: str

    @classmethod
    def of(cls, path: Path, number: int, table: Mapping[str, object]) -> _Place:
        name = table.get("name")
        return cls(f"{path}: source {number}{f' ({_shown(name)})' if isinstance(name, str) and name else ''}")

    def __str__(self) -> str:
        return self.words

    def wrong(self, key: str, value: object, instead: str) -> NoReturn:
        raise SettingError(f"{self}: {key} is {_shown(value)}: {instead}")

    def missing(self, key: str, instead: str) -> NoReturn:
        raise SettingError(f"{self}: it has no {key}: {instead}")

    def refuse_unknown(self, table: Mapping[str, object], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                raise SettingError(f"{self}: {_shown(key)} is no key that is known here: {_likely(key, keys)}")

    def text(self, table: Mapping[str, object], key: str) -> str | None:
        """A text on one line, None where there is no such key."""
        value = table.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(key, value, "write a text in quotation marks")
        if not value.strip():
            self.wrong(key, value, "write something between the quotation marks, or leave the key out")
        if not value.isprintable() or len(value) > _LONGEST * (10 if key in ("url", "path") else 1):
            self.wrong(key, value, f"write one line of at most {_LONGEST} printable characters")
        return value.strip()


def _likely(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), known, 1)
    return f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
