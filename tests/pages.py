"""Made-up news pages for the tests of extraction."""

from __future__ import annotations

import json

SENTENCE = "The ministers of the two countries met on Monday and spoke about the border, the tolls and the engineers. "
ADDRESS = "https://herald.example.org/world/talks-at-vell"


def prose(count: int, words: str = SENTENCE) -> str:
    """Paragraphs that differ."""
    return "".join(f"<p>{words * 2}This was point {number} of the day.</p>" for number in range(count))


def linked(**fields: object) -> str:
    """A block of JSON-LD."""
    return f'<script type="application/ld+json">{json.dumps(fields)}</script>'


def page(body: str, title: str = "Talks at Vell", head: str = "") -> str:
    """A page with the usual furniture around a body."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>{head}</head><body>'
        '<header><nav><a href="/">Home</a> <a href="/world">World</a></nav></header>'
        f"<main><article><h1>{title}</h1>{body}</article></main><footer>About us</footer></body></html>"
    )


def cards(count: int) -> str:
    """Teasers of other articles, as on a section's front."""
    return "".join(
        f'<article><h3><a href="/world/{n}">Ministers agree on point {n} of the border</a></h3>'
        f"<p>They met in Vell on day {n} and spoke about the tolls.</p></article>"
        for n in range(count)
    )
