"""Which words name the same country: in news Tokyo, Japan and Japanese are one actor, and so are Moscow and Kremlin.

The facts are in ``countries.tsv``: for each code of ISO 3166 the names, the seats of government that stand for the
country, adjectives and people, and under ``other`` names of the government (Kremlin), combining forms (Sino) and the
word of a longer name that by itself tells the country (Lanka, Zealand). Left out are parliaments and ministries, which
are actors of their own, parts of countries (Scotland), and capitals that are disputed. Brussels stands for the
European Union, as in news, and not for Belgium. EU is a code that ISO 3166 reserves, XK one that all use for Kosovo.

Only what is one analysed word counts, so that a name such as South Sudan has none. A word that several countries share
(Korea, Congo, Guinea) stands for none of them; it is one only with the words that the same countries share (Korean).
Sudan is left to the Sudan, since its neighbour is never called so.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from indexer.words import words

_OTHERWISE = frozenset(
    (
        "dane",  # Danes; in news more often a surname
        "georgetown",  # of Guyana; the university
        "holland",  # Hollande has the same stem
        "kingston",  # of Jamaica; a surname, and towns elsewhere
        "lima",  # of Peru; more often a surname
        "male",  # Malé, of the Maldives
        "nassau",  # of the Bahamas; the county
        "pole",  # Poles; polls, flags and the Arctic have them too
        "sofia",  # of Bulgaria; more often a first name
        "solomon",  # the Solomons; a name
        "victoria",  # of the Seychelles; a first name
    )
)
"""Analysed words of the table that in news mostly mean something else."""

# Not among them, though they mean other things too: "us" (the pronoun), "polish" (the verb), "franc" (France, and
# francs), "turkey", "chad", "jordan" and "georgia". Without what it is called most, a country's class is worth little.


class Country(NamedTuple):
    """A row of the table: its code, its names, and all that is in the columns but the code, as written."""

    code: str
    names: tuple[str, ...]
    entries: tuple[str, ...]

    def single_words(self) -> tuple[str, ...]:
        """The analysed words that name it, each once, in the order of the row; not those that mean other things."""
        analysed = [words(entry) for entry in self.entries]
        single = dict.fromkeys(found[0] for found in analysed if len(found) == 1)
        return tuple(word for word in single if word not in _OTHERWISE)


def same_place(word: str) -> tuple[str, ...]:
    """All analysed words for the country that an analysed word names: the word itself, then the others in the order
    of the table. A word that names none gives itself alone.
    """
    return (word, *(other for other in _classes().get(word, ()) if other != word))


def is_place(word: str) -> bool:
    """Whether an analysed word names a country, or is shared by several."""
    return word in _classes()


def countries() -> tuple[Country, ...]:
    """The table, read anew: the members of the United Nations, Hong Kong, Kosovo, Palestine, Taiwan and the EU."""
    _, *lines = files("api").joinpath("countries.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_country(line) for line in lines)


def _country(line: str) -> Country:
    code, *columns = line.split("\t")
    names, *others = ([entry for entry in column.split(";") if entry] for column in columns)
    return Country(code, tuple(names), (*names, *(entry for entries in others for entry in entries)))


@cache
def _classes() -> dict[str, tuple[str, ...]]:
    """For each word, all the words that name the same countries: one country as a rule, several for a shared word."""
    named: defaultdict[str, list[str]] = defaultdict(list)
    for country in countries():
        for word in country.single_words():
            named[word].append(country.code)
    together: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for word, codes in named.items():
        together[tuple(codes)].append(word)
    return {word: tuple(alike) for alike in together.values() for word in alike}
