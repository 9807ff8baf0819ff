"""Writes generations: the whole of one from the library, or what changed since the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import NamedTuple

from indexer.embedded import coarse, forward, lexical, suggest
from indexer.embedded.coarse import Coarse
from indexer.embedded.columns import Columns
from indexer.embedded.dense import KIND, Dense, Halves
from indexer.embedded.earlier import Earlier
from indexer.embedded.forward import Analysed
from indexer.embedded.generation import COARSE, FORMAT, MANIFEST, Manifest
from indexer.embedded.layout import Layout, sync, write_durably
from indexer.embedded.library import Library
from indexer.embedded.links import origins
from indexer.embedded.rows import Vectors
from indexer.engine import Binding, Observer
from indexer.models import file_sha256
from indexer.types import Metadata

KEPT = 2
"""Generations that stay after a publication: the new one, and the one that readers may still be opening."""

STEPS = ("begun", "columns", "dense", "forward", "words", "suggestions", "synced", "manifest", "current", "pruned")
"""The named steps of publishing, each reported when it is done; a crash after any of them loses nothing."""


def publish(layout: Layout, library: Library, binding: Binding, observe: Observer, *, anew: bool = False) -> None:
    """Write a new generation from the library and make it the current one. The caller holds the writer's lock.

    The order is the safety: every file, then the manifest, then CURRENT in one step, then old ones away. What did not
    change is taken from the generation before, unless it is to be made ``anew``.
    """
    earlier = None if anew else Earlier.find(layout, library)
    _clear_unfinished(layout)
    number = layout.next_number()
    folder = layout.generation(number)
    folder.mkdir(parents=True)
    observe("begun")
    with library.unchanging():
        revision, last_version = library.revision, library.last_version()
        written = _Parts.of(library, binding, earlier).write(folder, observe)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    folders = [*(path for path in folder.rglob("*") if path.is_dir()), folder, layout.generations, layout.root]
    for path in [*files, *folders]:
        sync(path)
    observe("synced")
    manifest = Manifest(
        format=FORMAT,
        generation=number,
        revision=revision,
        last_version=last_version,
        **asdict(binding),
        **written._asdict(),
        files={path.relative_to(folder).as_posix(): (path.stat().st_size, file_sha256(path)) for path in files},
    )
    manifest.write(folder)
    observe("manifest")
    write_durably(layout.current, f"{folder.name}\n")
    observe("current")
    for old in layout.numbers()[:-KEPT]:
        layout.remove(old)
    observe("pruned")


class _Written(NamedTuple):
    """What a manifest says of the files."""

    articles: int
    passages: int
    dense: str
    drift: int


class _Parts(NamedTuple):
    """What goes into a generation: its articles by version, in the order of their ids, and where they come from."""

    library: Library
    binding: Binding
    articles: dict[int, Metadata]
    earlier: Earlier | None
    changes: int

    @classmethod
    def of(cls, library: Library, binding: Binding, earlier: Earlier | None) -> _Parts:
        articles = dict(library.current_metadata())
        if earlier is None:
            return cls(library, binding, articles, None, 0)
        changes = len(earlier.gone(articles)) + sum(len(library.numbers(one)) for one in articles if one not in earlier)
        if earlier.is_too_far(changes):
            return cls(library, binding, articles, None, 0)
        return cls(library, binding, articles, earlier, changes)

    def write(self, folder: Path, observe: Observer) -> _Written:
        """Write every file but the manifest."""
        columns = Columns.build(
            ((version, self._numbers(version), meta) for version, meta in self.articles.items()),
            partial(origins, self.library),
        )
        columns.save(folder / "columns.npz")
        observe("columns")
        kind = self._write_vectors(folder)
        observe("dense")
        sentences = ((some.counts, some.sentences) for some in map(self._vectors, self.articles))
        total = self.library.sentence_count()
        forward.build(folder / "forward", self._words(), sentences, total, self.binding.dimension)
        observe("forward")
        self._write_lexical(folder / "lexical")
        observe("words")
        names = self.earlier.names if self.earlier else suggest.names(stored for _, stored in self.library.current())
        suggest.collect(columns, self.articles.values(), names).save(folder / "suggestions.npz")
        observe("suggestions")
        drift = self.earlier.drift + self.changes if self.earlier else 0
        return _Written(len(set(columns.versions.tolist())), len(columns.numbers), kind, drift)

    def _numbers(self, version: int) -> list[int]:
        if self.earlier and version in self.earlier:
            return self.earlier.numbers(version)
        return self.library.numbers(version)

    def _vectors(self, version: int) -> Vectors:
        if self.earlier and version in self.earlier:
            return self.earlier.vectors(version)
        return self.library.vectors(version)

    def _words(self) -> Iterator[Analysed]:
        for version in self.articles:
            if self.earlier and version in self.earlier:
                yield self.earlier.words(version)
            else:
                yield Analysed.of(self.library.article(version))

    def _write_vectors(self, folder: Path) -> str:
        """Write the vectors, and lists over very many of them; says how they are searched."""
        parts: Iterable[Halves] = (self._vectors(version).passages for version in self.articles)
        dense = Dense.build(self.binding.dimension, parts)
        dense.save(folder / "dense.faiss")
        if len(dense.halves) < coarse.FROM:
            return KIND
        if self.earlier and self.earlier.lists:
            Coarse.filled(self.earlier.lists, dense).save(folder / COARSE)
            return self.earlier.kind
        lists = Coarse.build(dense)
        lists.save(folder / COARSE)
        return lists.kind

    def _write_lexical(self, folder: Path) -> None:
        if self.earlier is None:
            lexical.build(folder, self._documents(self.articles))
            return
        new = [version for version in self.articles if version not in self.earlier]
        lexical.extend(folder, self.earlier.lexical, self.earlier.gone(self.articles), self._documents(new))

    def _documents(self, versions: Iterable[int]) -> Iterator[lexical.Document]:
        for version in versions:
            passages = self.library.article(version).passages
            for number, passage in zip(self.library.numbers(version), passages, strict=True):
                yield number, self.articles[version], passage.text


def _clear_unfinished(layout: Layout) -> None:
    """Take away what a killed writer left: folders that never got a manifest were never a generation."""
    for number in layout.numbers():
        if number != layout.published() and not (layout.generation(number) / MANIFEST).exists():
            layout.remove(number)
