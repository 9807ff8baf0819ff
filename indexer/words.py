"""The words of a text as the lexical index knows them: lower case, accents folded, English stems."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import tantivy

_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}")

_ASKING = (
    "a about an and are as at be been but by can could did do does for from had has have how if in into is it its of"
    " on or s should than that the their then there these they this those to was were what when where which while who"
    " whom whose why will with would"
)
"""Words that ask or join and say nothing about the answer; dropped from questions, never from passages."""


def analyzer() -> tantivy.TextAnalyzer:
    """Words, lower case, accents folded (Erdoğan is Erdogan), English stems."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.ascii_fold())  # before lower case, which makes two characters of İ
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def close_acronyms(text: str) -> str:
    """The text with acronyms closed up, so that "U.S." and "US" are one word and not two letters.

    Accents that stand as characters of their own are joined to their letters first: else they would end a word.
    """
    return _ACRONYM.sub(lambda match: match.group().replace(".", ""), unicodedata.normalize("NFC", text))


def words(text: str) -> list[str]:
    """The analysed words of a text, in order."""
    return list(_analyzer().analyze(close_acronyms(text)))


def content_words(question: str) -> list[str]:
    """The different analysed words of a question, without those that only ask; all of them if none is left."""
    found = dict.fromkeys(words(question))
    return [word for word in found if word not in _asking()] or list(found)


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    return analyzer()


@cache
def _asking() -> frozenset[str]:
    return frozenset(_analyzer().analyze(_ASKING))
