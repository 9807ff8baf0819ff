"""What a question asks for: its words, which of them are names, the periods it is about, and whether it wants words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from api.places import is_place, same_place
from api.when import Period, periods
from indexer.clean import normalise
from indexer.engine import Forms
from indexer.words import close_acronyms, content_words, words

MOST_WORDS = 64
"""Different words of a question that are looked for; a pasted article is no question."""

_TOKEN = re.compile(r"[^\W_]+")
"""Letters and digits in a row, as the index counts words: the Qaeda in al-Qaeda has its own capital."""

_SAYING = frozenset(
    words(
        "say said says tell told describe described argue argued call called warn warned claim claimed comment"
        " commented respond responded explain explained characterise characterize react reacted"
    )
)
_SMALL = frozenset(
    words(
        "who what when where why how which did does do was were is are has have had the a an in on at after before"
        " during since under between by for from of to and or with while as if whose whom can could should would will"
        " may might"
    )
)
"""Words that stand at the beginning of a question with a capital, and are no names."""

Kind = Literal["name", "number", "plain"]

SAID: Forms = ("said", "say", "told", "tell")
"""Words of which a passage has one that tells what somebody said."""


class Word(NamedTuple):
    """A word of a question: its analysed form with those that count as the same, and what kind of word it is."""

    forms: Forms
    kind: Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the ranking understands it."""

    text: str
    words: tuple[Word, ...]
    periods: tuple[Period, ...]
    wants_words: bool
    """Whether it asks what somebody said, and how."""


def read_question(text: str, asked_on: date | None = None) -> Question:
    """Understand a question; "last year" only where it is known when it was asked."""
    names = _names(text)
    found: dict[frozenset[str], Word] = {}
    for word in content_words(normalise(text))[:MOST_WORDS]:
        forms = same_place(word)
        is_name = word in names or is_place(word)
        new = Word(forms, "number" if word.isdigit() else "name" if is_name else "plain")
        known = found.setdefault(frozenset(forms), new)
        if new.kind == "name" != known.kind:
            found[frozenset(forms)] = Word(known.forms, "name")
    return Question(text, tuple(found.values()), tuple(periods(text, asked_on)), bool(_SAYING & set(words(text))))


def _names(text: str) -> set[str]:
    """The analysed words that are written with a capital, other than those that only begin a question."""
    capital = [token for token in _TOKEN.findall(close_acronyms(text)) if token[0].isupper()]
    return {word for token in capital for word in words(token) if word not in _SMALL}
