"""What an article is labelled with: its publisher, its countries, its language. How labels are compared and counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from indexer.clean import normalise
from indexer.types import Filters, Metadata

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Keys = tuple[str, ...]


_REMEMBERED = 4096
"""Values whose folded forms are kept: the same few come with every article."""


class Field(NamedTuple):
    """A kind of label: where it stands in an article's metadata and in filters, and what lets a value in."""

    name: str
    of: Callable[[Metadata], tuple[str | None, ...]]
    asked: Callable[[Filters], tuple[str, ...]]
    keys: Callable[[str], Keys]
    """Every folded form under which a value is let in, its own last; none for a value that says nothing."""

    def wanted(self, filters: Filters) -> Keys:
        """The folded forms that filters ask for; a filter that says nothing lets nothing in."""
        return tuple(key for value in self.asked(filters) for key in self.keys(value)[-1:])

    def values(self, meta: Metadata) -> tuple[str, ...]:
        """The values of an article that say something."""
        return tuple(value for value in self.of(meta) if value is not None and self.keys(value))

    def lets_in(self, meta: Metadata) -> Keys:
        """Every folded form by which an article is let in, each once."""
        return tuple(dict.fromkeys(key for value in self.values(meta) for key in self.keys(value)))


def fold(name: str) -> str:
    """A name for comparison: case, runs of white space and how accents are encoded do not count."""
    return normalize("NFC", " ".join(normalise(normalize("NFC", name)).split()).casefold())


@lru_cache(_REMEMBERED)
def whole(name: str) -> Keys:
    """A name is let in by itself alone."""
    return (folded,) if (folded := fold(name)) else ()


@lru_cache(_REMEMBERED)
def ranges(tag: str) -> Keys:
    """A language is let in by its tag and by each beginning of it: "en-GB" by "en", too (RFC 4647, section 3.3.1).

    "en_GB", as programs write it, is the same tag.
    """
    parts = fold(tag).replace("_", "-").split("-")
    return tuple("-".join(parts[: end + 1]) for end in range(len(parts))) if parts[0] else ()


PUBLISHER = Field("publisher", lambda meta: (meta.publisher,), lambda filters: filters.publishers, whole)
COUNTRY = Field("country", lambda meta: meta.countries, lambda filters: filters.countries, whole)
LANGUAGE = Field("language", lambda meta: (meta.language,), lambda filters: filters.languages, ranges)

FIELDS = (PUBLISHER, COUNTRY, LANGUAGE)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one kind of n rows, as pairs in the order of rows: row ``rows[i]`` is let in by ``keys[codes[i]]``.

    ``names`` are the values as they are shown, those of the first codes; the codes behind them are forms that no
    article has whole ("en", where all are "en-GB").
    """

    rows: Ints
    codes: Ints
    keys: Keys
    names: tuple[str, ...]

    @classmethod
    def build(cls, field: Field, articles: Sequence[tuple[int, Metadata]]) -> Labels:
        """From how many rows each article has, and its metadata. Codes do not depend on the order of the articles."""
        spelled = _spelled(field, (meta for _, meta in articles))
        shown = sorted(spelled)
        keys = [field.lets_in(meta) for _, meta in articles]
        every = (*shown, *sorted({key for some in keys for key in some} - set(shown)))
        code = {key: number for number, key in enumerate(every)}
        rows, codes = _pairs([size for size, _ in articles], [[code[key] for key in some] for some in keys])
        return cls(rows, codes, every, tuple(_most_frequent(spelled[key]) for key in shown))

    def let_in(self, wanted: Iterable[str], total: int) -> Mask:
        """(total,) which rows have one of the wanted forms."""
        asked = set(wanted)
        has = np.array([key in asked for key in self.keys], dtype=np.bool_)
        mask = np.zeros(total, dtype=np.bool_)
        if has.any():
            mask[np.compress(has[self.codes], self.rows)] = True
        return mask

    def counts(self, mask: Mask) -> Ints:
        """How many of the rows in a mask each of the names would let in."""
        codes = self.codes if mask.all() else np.compress(mask[self.rows], self.codes)
        return np.bincount(codes, minlength=len(self.keys))[: len(self.names)]

    def counts_of(self, rows: Ints) -> Ints:
        """The same for a few different rows, without a look at the others."""
        starts, ends = (np.searchsorted(self.rows, rows, side=side) for side in ("left", "right"))
        places = _stretches(starts, ends - starts)
        return np.bincount(self.codes[places], minlength=len(self.keys))[: len(self.names)]

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[np.generic]]:
        """What is written to disk, by name."""
        named = {"rows": self.rows, "codes": self.codes, "keys": _strings(self.keys), "names": _strings(self.names)}
        return {f"{prefix}_{name}": array for name, array in named.items()}

    @classmethod
    def of_arrays(cls, prefix: str, stored: Mapping[str, npt.NDArray[np.generic]]) -> Labels:
        """The inverse of ``arrays``."""
        rows, codes = (np.asarray(stored[f"{prefix}_{name}"], dtype=np.int64) for name in ("rows", "codes"))
        keys, names = (tuple(map(str, stored[f"{prefix}_{name}"].tolist())) for name in ("keys", "names"))
        return cls(rows, codes, keys, names)


def _spelled(field: Field, articles: Iterable[Metadata]) -> dict[str, Counter[str]]:
    """In how many articles each spelling of each folded value stands."""
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for meta in articles:
        for value in set(field.values(meta)):
            spelled[field.keys(value)[-1]][value] += 1
    return spelled


def _most_frequent(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _pairs(sizes: Sequence[int], codes: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Each row of each article with each code of the article."""
    starts = np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))])
    article = np.repeat(np.arange(len(sizes)), [len(own) for own in codes])
    lengths = np.asarray(sizes, dtype=np.int64)[article]
    rows = _stretches(starts[article], lengths)
    flat = np.repeat(np.array([code for own in codes for code in own], dtype=np.int64), lengths)
    order = np.argsort(rows, kind="stable")
    return rows[order], flat[order]


def _stretches(starts: Ints, lengths: Ints) -> Ints:
    """The numbers from each start on, as many as it is long, one stretch behind the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    stretches: Ints = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return stretches


def _strings(values: Sequence[str]) -> npt.NDArray[np.str_]:
    return np.array(values, dtype=np.str_)
