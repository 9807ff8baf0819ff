"""Templates to responses: what every page can call, and the headers that keep it to itself."""

from __future__ import annotations

from datetime import datetime

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.citations import Cited, in_words
from api.elsewhere import also_in, published_by, source
from api.explain import reasons
from api.results import MOST_HELD_BACK
from api.standing import CHANGED, NOTICES, dated, publisher_facts
from api.web.assets import asset
from api.web.labels import counted, country_name, language_name, number
from api.web.text import opening, segments
from indexer.types import Citation, Hit, PartialDate


def _day(moment: datetime) -> str:
    return in_words(PartialDate(moment.date().isoformat()))


def _cite(hit: Hit) -> Citation:
    return Cited.of(hit).citation


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}"


PAGES = Environment(
    loader=PackageLoader("api.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
PAGES.filters.update(
    in_words=in_words,
    day=_day,
    capital=_capital,
    number=number,
    opening=opening,
    source=source,
    dated=dated,
    publisher_facts=publisher_facts,
    country_name=country_name,
    language_name=language_name,
)
PAGES.globals.update(
    most_held_back=MOST_HELD_BACK,
    also_in=also_in,
    changed=CHANGED,
    cite=_cite,
    counted=counted,
    notices=NOTICES,
    published_by=published_by,
    reasons=reasons,
    segments=segments,
    source=source,
    asset=lambda name: asset(name).address,
)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
"""No code, style or picture from elsewhere or within the page; no address of a search is told to a publisher."""


def page(template: str, code: int = 200, /, **shown: object) -> HTMLResponse:
    """A page from its template."""
    return HTMLResponse(PAGES.get_template(template).render(**shown), code, headers=HEADERS)
