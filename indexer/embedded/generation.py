"""Generations: the searchable form of a library at one moment, checked by hash when opened (written: publishing.py)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.embedded.coarse import Coarse
from indexer.embedded.columns import Columns
from indexer.embedded.dense import Dense
from indexer.embedded.editions import Editions
from indexer.embedded.evidence import Collector
from indexer.embedded.forward import Forward
from indexer.embedded.layout import write_durably
from indexer.embedded.lexical import Lexical
from indexer.embedded.library import Library
from indexer.embedded.suggest import Suggestions
from indexer.embedded.tally import tally
from indexer.encode import Vectors
from indexer.engine import Evidence, Forms, Story, Words
from indexer.errors import IndexDamaged, IndexMismatch
from indexer.models import file_sha256
from indexer.records import canonical
from indexer.types import (
    EDITIONS,
    Edition,
    Filters,
    IndexInfo,
    Scored,
    StoredArticle,
    StoredPassage,
    Tally,
    Version,
)

FORMAT = 6
"""Of a generation's files; raised with any change of them. One of an older format is made anew from the library."""

MANIFEST = "manifest.json"
COARSE = "coarse.faiss"
"""Only where there are very many passages (coarse.py)."""


class Outdated(IndexDamaged):
    """A generation that an older program wrote: nothing is wrong with it, and it is made anew like a damaged one."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds, and the size and SHA-256 of each of its files.

    ``last_version`` is the highest number that a version had in the library when the generation was made: what has a
    higher one came later. ``drift`` counts the passages that came and went since a generation was made from nothing.
    """

    format: int
    generation: int
    revision: str
    last_version: int
    articles: int
    passages: int
    model: str
    weights: str
    dimension: int
    splitting: str
    dense: str
    drift: int
    files: dict[str, tuple[int, str]]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a generation. Raises IndexDamaged, Outdated, and IndexMismatch for a newer format."""
        try:
            record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            seal = record.pop("seal", None)
            intact = seal == _seal(record) and record["generation"] == int(folder.name)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise IndexDamaged(f"{folder / MANIFEST} cannot be read: {error}") from error
        if not intact:
            raise IndexDamaged(f"{folder / MANIFEST} is not what was written for this generation")
        if record["format"] > FORMAT:
            raise IndexMismatch(
                f"{folder} has format {record['format']}, this program reads {FORMAT}: use a newer Dragoman"
            )
        if record["format"] < FORMAT:
            raise Outdated(f"{folder} has format {record['format']} of an older program, this one reads {FORMAT}")
        files = {name: (size, digest) for name, (size, digest) in record["files"].items()}
        return cls(**{**record, "files": files})

    def write(self, folder: Path) -> None:
        """Write it durably: from then on the folder is a generation."""
        write_durably(folder / MANIFEST, json.dumps({**asdict(self), "seal": _seal(asdict(self))}, indent=1))

    def check_files(self, folder: Path) -> list[str]:
        """What is wrong with the files: missing, of another size, or of another hash."""
        return [
            finding for name, (size, digest) in self.files.items() if (finding := _finding(folder / name, size, digest))
        ]


def _seal(record: dict[str, Any]) -> str:
    """The SHA-256 of a manifest itself, which is written into it, too."""
    return hashlib.sha256(canonical(record).encode()).hexdigest()


def _finding(path: Path, size: int, digest: str) -> str | None:
    try:
        found = path.stat().st_size
        if found != size:
            return f"{path} has {found} bytes, its manifest says {size}"
        return None if file_sha256(path) == digest else f"{path} is not what was written: its SHA-256 differs"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"


class Generation:
    """One published state, open for search. Immutable; safe to use from several threads."""

    def __init__(self, folder: Path, manifest: Manifest, library: Library) -> None:
        self._library = library
        self._columns = Columns.load(folder / "columns.npz")
        self._dense = Dense.load(folder / "dense.faiss", manifest.dimension)
        self._forward = Forward(folder / "forward")
        self._passages = Lexical.load(folder / "lexical")
        self._suggestions = Suggestions.load(folder / "suggestions.npz")
        if len(self._columns.numbers) != len(self._dense.halves):
            raise IndexDamaged(f"{folder}: dense.faiss does not hold as many passages as columns.npz")
        has_lists = COARSE in manifest.files
        self._nearest = Coarse.load(folder / COARSE, self._dense) if has_lists else self._dense
        self._collector = Collector(self._columns, self._dense, self._forward)
        self._editions = Editions(self._columns)
        self._versions = np.unique(self._columns.versions)
        self._by_number = np.argsort(self._columns.numbers)
        self._numbers = self._columns.numbers[self._by_number]
        self.manifest = manifest

    @classmethod
    def open(cls, folder: Path, library: Library) -> Generation:
        """Open after checking every hash. Raises IndexDamaged."""
        manifest = Manifest.read(folder)
        findings = manifest.check_files(folder)
        if findings:
            raise IndexDamaged("; ".join(findings))
        try:
            return cls(folder, manifest, library)
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{folder} does not open: {error}") from error

    @property
    def info(self) -> IndexInfo:
        it = self.manifest
        return IndexInfo(it.generation, it.articles, it.passages, it.model, it.weights, it.dimension, it.splitting)

    def dense(self, vector: Vectors, k: int, filters: Filters = Filters()) -> list[Scored]:
        mask = self._columns.allowed(filters) if filters else None
        rows, scores = self._nearest.search(vector, k, mask)
        return list(map(Scored, self._columns.numbers[rows].tolist(), scores.tolist()))

    def lexical(self, text: str, k: int, filters: Filters = Filters()) -> list[Scored]:
        return self._passages.search(text, k, filters)

    def evidence(self, vector: Vectors, words: Sequence[Forms], numbers: Sequence[int]) -> Evidence:
        return self._collector.collect(vector, words, self._rows(numbers))

    def get(self, numbers: Sequence[int]) -> list[StoredPassage]:
        known = _has(self._numbers, numbers)
        return self._library.get([number for number, here in zip(numbers, known.tolist(), strict=True) if here])

    def article(self, article_id: str, version: int | None = None) -> StoredArticle | None:
        for number, known in self._known(article_id):
            if known.version == version or (version is None and self._is_searched(number)):
                return replace(self._library.article(number), state=known.state)
        return None

    def versions(self, article_id: str) -> list[Version]:
        return [known for _, known in self._known(article_id)]

    def passage(self, article_id: str, ordinal: int) -> StoredPassage | None:
        searched = self._searched(article_id)
        return None if searched is None else self._library.passage_in(searched, ordinal)

    def _searched(self, article_id: str) -> int | None:
        """The number of the version that is searched."""
        return next((number for number, _ in self._known(article_id) if self._is_searched(number)), None)

    def _is_searched(self, version: int) -> bool:
        return bool(_has(self._versions, [version])[0])

    def _known(self, article_id: str) -> list[tuple[int, Version]]:
        """The versions that were there when this generation was made, as they were then: the library may have gone on.

        Only a version that is searched can have changed its state since: from current to another.
        """
        return [
            (number, replace(version, state="current") if self._is_searched(number) else version)
            for number, version in self._library.versions(article_id)
            if number <= self.manifest.last_version
        ]

    def texts(self, numbers: Sequence[int]) -> list[str]:
        self._rows(numbers)  # a passage that is not of this generation is not known
        return self._library.texts(numbers)

    def words(self, numbers: Sequence[int]) -> list[Words]:
        found = self._forward.words.take(self._rows(numbers))
        flat = np.asarray(found.flat, dtype=np.uint32)
        return [flat[start:end] for start, end in pairwise(found.ends.tolist())]

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        return self._dense.rows(self._rows(numbers))

    def tally(self, numbers: Sequence[int], filters: Filters = Filters()) -> Tally:
        return tally(self._columns, self._rows(numbers), filters)

    def stories(self, numbers: Sequence[int]) -> list[Story]:
        versions = self._columns.versions[self._rows(numbers)].tolist()
        others = {version: self._editions.others(version)[:EDITIONS] for version in versions}
        firsts = {version: self._editions.first(version) for version in versions}
        known = self._library.metadata(sorted({*firsts.values(), *chain.from_iterable(others.values())}))
        told = {
            version: Story(known[firsts[version]][0].id, tuple(Edition(*known[other]) for other in others[version]))
            for version in others
        }
        return [told[version] for version in versions]

    def origin(self, article_id: str) -> str:
        version = self._searched(article_id)
        if version is None:
            return article_id
        first = self._editions.first(version)
        return article_id if first == version else self._library.metadata([first])[first][0].id

    def editions(self, article_id: str) -> list[Edition]:
        version = self._searched(article_id)
        others = [] if version is None else self._editions.others(version)
        found = self._library.metadata(others)
        return [Edition(*found[other]) for other in others]

    def suggest(self, text: str, k: int) -> list[str]:
        return self._suggestions.find(text, k)

    def sentences(self, numbers: Sequence[int]) -> npt.NDArray[np.generic]:
        """The vectors of the sentences of these passages, for verification."""
        return self._forward.sentences.take(self._rows(numbers)).flat

    def _rows(self, numbers: Sequence[int]) -> npt.NDArray[np.int64]:
        """Raises KeyError for a number that is not there."""
        known = _has(self._numbers, numbers)
        if not known.all():
            raise KeyError(f"passages {np.asarray(numbers)[~known][:10].tolist()} are not in this generation")
        return self._by_number[np.searchsorted(self._numbers, numbers)]

    def origins(self) -> npt.NDArray[np.int64]:
        """For each article the place of the first of its origin, for verification."""
        return self._editions.origins

    def numbers(self) -> set[int]:
        """The numbers of its passages, for verification."""
        return set(self._columns.numbers.tolist())

    def counts(self) -> dict[str, int]:
        """How many passages each part holds, for verification."""
        return {
            "dense.faiss": len(self._dense.halves),
            "forward": self._forward.passages,
            "lexical": self._passages.count,
        }


def _has(ascending: npt.NDArray[np.int64], numbers: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Which of some numbers are among those of an array."""
    asked = np.asarray(numbers, dtype=np.int64)
    if not len(ascending):
        return np.zeros(len(asked), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ascending, asked), len(ascending) - 1)
    return np.asarray(ascending[places] == asked)
