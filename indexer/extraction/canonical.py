"""The address of an article: one spelling for all the ways to write it, and whether a page's own word for it is true.

Pages name their canonical address in ``<link rel="canonical">`` and ``og:url``, so that the AMP, mobile and tracked
forms of one article are known as one. Templates get it wrong in known ways (the home page or a section for every
article, the newest article for all), and copies of a wire's or a partner's article name the original elsewhere. So it
is believed only on the publisher's own site and only where it can be the same article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from courlan import extract_domain, normalize_url

# Exact names and unmistakable prefixes only: courlan's own list also drops "uid", "cid" and "source", by which
# some publishers tell their articles apart, and would make one article of a whole site.
_TRACKER = re.compile(
    r"(?:utm|mtm|itm|pk|at|hsa|vero|oly|ns|mc)_.+|[a-z]{1,5}clid|gbraid|wbraid|msclkid|igshid|_ga|_gl"
    r"|ref_src|ref_url|cmpid|cmp|ocid|ncid|smid|smtyp|xtor|__twitter_impression",
    re.IGNORECASE,
)
_MAX_ADDRESS = 2000
"""Longer addresses are not believed to be canonical: no publisher's are, and servers refuse them."""
_AMP_CACHE = re.compile(r"(?:^|\.)(?:ampproject\.(?:org|net)|bing-amp\.com)$", re.IGNORECASE)
_AMP_VIEWER = re.compile(r"^www\.google(?:\.[a-z]{2,3}){1,2}/amp/", re.IGNORECASE)
_FORM = {"amp", "amphtml", "m", "mobile", "print", "printable", "all", "full", "share", "index", "default"}
"""Segments of a path that name a form of a page, not another page."""
_EXTENSION = re.compile(r"(?:\.amp)?\.(?:s?html?|php|aspx?|jsp|cms|amp|ece)$|\.amp$", re.IGNORECASE)
_PAGE_IN_PATH = re.compile(r"/p(?:age)?/(\d{1,3})/?$", re.IGNORECASE)
_PAGE_IN_QUERY = re.compile(r"(?:^|&)(?:page|paged|pg|pagina|pagenum|seite)=(\d{1,3})(?:&|$)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{4,}")
_YEAR_OR_DAY = re.compile(r"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?)?")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)
_SHARED = 0.5
"""So much of the words of two slugs in common makes them two spellings of one headline."""


def canonical_url(url: str) -> str:
    """One spelling for the addresses of one page: no fragment, no tracking parameters, host in lower case."""
    parts = urlsplit(url)
    address = normalize_url(parts._replace(path=parts.path or "/", query="", fragment=""))
    return "?".join(filter(None, [address, "&".join(_kept(parts.query))]))


def page_address(fetched: str | None, stated: Iterable[str], title: str) -> str | None:
    """The address of a page's article: the first of the ``stated`` ones that can be believed, else the fetched one.

    ``stated`` are what the page says (canonical link, ``og:url``), the more reliable first. An address on another site
    is believed only where the page was fetched from a cache of AMP pages: a syndicated copy names the original, but is
    this publisher's article all the same. Of a page that came from nowhere known, and that names two sites, the last
    is believed, which is its own name for itself (``og:url``).
    """
    given = _split(fetched) if fetched else None
    found = [_split(address.strip(), fetched) for address in stated]
    candidates = [candidate for candidate in found if candidate and not _is_front(candidate)]
    if given is None:
        one_site = all(_same_site(candidates[0], other) for other in candidates[1:])
        return (candidates[0] if one_site else candidates[-1]).geturl() if candidates else fetched
    for candidate in candidates:
        if _same_site(given, candidate) and _same_article(given, candidate, title):
            return candidate.geturl()
    return fetched


def _split(address: str, base: str | None = None) -> SplitResult | None:
    """The parts of an http or https address without its fragment; None for anything else."""
    try:
        address = urljoin(base, address) if base else address
        parts = urlsplit(address)
        valid = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and parts.port != 0
    except ValueError:
        return None
    fit = valid and len(address) <= _MAX_ADDRESS and not re.search(r"\s|[<>\"{}]", address)
    return parts._replace(fragment="") if fit and not parts.username else None


def _segments(parts: SplitResult) -> list[str]:
    """What names the article in a path: without its form (AMP, mobile, print), extensions and page numbers."""
    names = [_EXTENSION.sub("", unquote(name)).casefold() for name in parts.path.split("/")]
    names = [name for name in names if name and name not in _FORM]
    if len(names) > 1 and names[-2] in {"page", "p"} and names[-1].isdigit():
        names = names[:-2]
    return names


def _is_front(parts: SplitResult) -> bool:
    """A home page, perhaps of one language. Articles told apart by a query alone (``/?p=123``) are none."""
    names = _segments(parts)
    return not parts.query and (not names or (len(names) == 1 and bool(_LANGUAGE.fullmatch(names[0]))))


def _same_site(given: SplitResult, candidate: SplitResult) -> bool:
    if _AMP_CACHE.search(given.hostname or "") or _AMP_VIEWER.match(f"{given.hostname}{given.path}"):
        return True
    site = extract_domain(given.geturl())
    return given.hostname == candidate.hostname or (site is not None and site == extract_domain(candidate.geturl()))


def _same_article(given: SplitResult, candidate: SplitResult, title: str) -> bool:
    """Whether two addresses of one site can be of one article: their last names, numbers or words agree.

    An address that holds only a number or a code is held against the page's title.
    """
    here, there = _segments(given), _segments(candidate)
    if _page_number(given) != _page_number(candidate):
        return False  # a template that names the first page for all: taken for one, each would replace the other
    if here == there:
        same = _kept(given.query) == _kept(candidate.query)
        return same or not _tells(given.query) or (not candidate.query and _is_named(here))
    if not there or here[: len(there)] == there:
        return False  # a section above the article, or the home page
    if here and here[-1] == there[-1] and not _tells(candidate.query):
        return True
    if _numbers(here, given.query) & _numbers(there, candidate.query):
        return True
    words = _words(here[-1:])
    return _alike(_words(there[-1:]), words if len(words) > 2 else set(_WORDS.findall(title.casefold())))


def _page_number(parts: SplitResult) -> int:
    """Which page of an article an address names, 1 where it names none."""
    found = _PAGE_IN_PATH.search(parts.path) or _PAGE_IN_QUERY.search(parts.query)
    return max(1, int(found[1])) if found else 1


def _kept(query: str) -> list[str]:
    return sorted(part for part in query.split("&") if part and not _TRACKER.fullmatch(part.partition("=")[0]))


def _tells(query: str) -> bool:
    """Whether a query may tell articles apart."""
    return any(re.search(r"\d", part) for part in _kept(query))


def _is_named(names: list[str]) -> bool:
    """Whether a path names an article by itself: by a headline or a number."""
    return bool(names) and (len(_words(names[-1:])) > 2 or bool(_numbers(names, "")))


def _numbers(names: list[str], query: str) -> set[str]:
    """The numbers of a path's last two names and of its query that are no dates: of articles, most likely."""
    found = _NUMBER.findall(" ".join([*names[-2:], *_kept(query)]))
    return {number for number in found if not _YEAR_OR_DAY.fullmatch(number)}


def _words(names: list[str]) -> set[str]:
    return {word for name in names for word in _WORDS.findall(name)}


def _alike(one: set[str], other: set[str]) -> bool:
    common = len(one & other)
    return common >= 2 and common >= _SHARED * min(len(one), len(other))
