"""Checks an index: every hash, count and offset, the library against itself and the generation against it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from indexer.embedded.generation import Generation, Manifest
from indexer.embedded.layout import Layout
from indexer.embedded.library import Library
from indexer.embedded.links import origins
from indexer.embedded.rows import Halves, quote_digest
from indexer.engine import Observer
from indexer.errors import IndexDamaged
from indexer.records import digest
from indexer.types import StoredArticle

_UNIT = 1e-2
"""How far the length of a vector in half precision may be from 1."""


def findings(layout: Layout, library: Library, observe: Observer) -> list[str]:
    """What is wrong, a sentence each; empty for a sound index."""
    state = library.integrity()
    if state != "ok":
        return [f"{library.path}: SQLite says: {state}; restore it from a copy"]
    observe("library file")
    found: list[str] = []
    try:
        with library.unchanging():
            numbers: set[int] = set()
            found += _articles(library, numbers)
            observe("articles and passages")
            found += _generation(layout, library, numbers)
            observe("generation")
    except IndexDamaged as error:
        found.append(str(error))
    return found


def _articles(library: Library, numbers: set[int]) -> Iterator[str]:
    """Check every current article; adds its passages' numbers to ``numbers``."""
    for version, stored in library.current():
        article = stored.article
        if digest(article.meta, article.text) != article.digest:
            yield f"article {article.id}: its stored text or metadata is not what was put in: {_anew(article.id)}"
        yield from _passages(stored, library.passage_digests(version))
        try:
            stored_vectors = library.vectors(version)
        except IndexDamaged as error:
            yield f"article {article.id}: {error}: {_anew(article.id)}"
            continue
        numbers.update(stored_vectors.numbers)
        if not (_are_units(stored_vectors.passages) and _are_units(stored_vectors.sentences)):
            yield f"article {article.id}: a vector is not of length 1: {_anew(article.id)}"


def _are_units(vectors: Halves) -> bool:
    return bool((np.abs(np.linalg.norm(vectors.astype(np.float32), axis=1) - 1) <= _UNIT).all())


def _anew(article_id: str) -> str:
    """Adding alone is not enough: an article with a known digest is taken for unchanged."""
    return f"dragoman remove {article_id}, then add it again"


def _passages(stored: StoredArticle, digests: list[str]) -> Iterator[str]:
    length, before = len(stored.article.text), 0
    if [passage.ordinal for passage in stored.passages] != list(range(len(stored.passages))):
        yield f"article {stored.article.id}: a passage is missing: {_anew(stored.article.id)}"
    for passage, expected in zip(stored.passages, digests, strict=True):
        if not before <= passage.start < passage.end <= length:
            yield (
                f"passage {passage.id}: offsets {passage.start} to {passage.end} do not fit a text of {length}: "
                f"{_anew(passage.article_id)}"
            )
        elif quote_digest(passage.text) != expected:
            yield (
                f"passage {passage.id}: the text at its offsets is not the text that was indexed: "
                f"{_anew(passage.article_id)}"
            )
        before = passage.end
    if not stored.passages:
        yield f"article {stored.article.id}: it has no passages: {_anew(stored.article.id)}"


def _generation(layout: Layout, library: Library, numbers: set[int]) -> Iterator[str]:
    published = layout.published()
    if published is None:
        yield f"{layout.current} names no generation: dragoman rebuild"
        return
    folder = layout.generation(published)
    try:
        manifest = Manifest.read(folder)
        damage = manifest.check_files(folder)
        generation = None if damage else Generation.open(folder, library)
    except IndexDamaged as error:
        yield f"{error}: dragoman rebuild"
        return
    yield from (f"{finding}: dragoman rebuild" for finding in damage)
    if manifest.revision != library.revision:
        yield (
            f"generation {published} shows revision {manifest.revision}, the library is at {library.revision}: "
            "dragoman rebuild"
        )
    elif generation is not None:
        yield from _contents(generation, manifest, library, numbers)


def _same_vectors(generation: Generation, library: Library) -> Iterator[str]:
    for version, stored in library.current():
        numbers, vectors, _, sentences = library.vectors(version)
        if not np.array_equal(generation.sentences(numbers), sentences):
            yield f"article {stored.article.id}: its sentences are not those in forward/: {_anew(stored.article.id)}"
        if not np.array_equal(generation.vectors(numbers), vectors.astype(np.float32)):
            yield f"article {stored.article.id}: its vectors are not those in dense.faiss: {_anew(stored.article.id)}"


def _contents(generation: Generation, manifest: Manifest, library: Library, numbers: set[int]) -> Iterator[str]:
    articles = library.counts()["articles"]
    if (manifest.articles, manifest.passages) != (articles, len(numbers)):
        yield (
            f"the manifest counts {manifest.articles} articles and {manifest.passages} passages, "
            f"the library {articles} and {len(numbers)}: dragoman rebuild"
        )
    for part, count in generation.counts().items():
        if count != len(numbers):
            yield f"{part} holds {count} passages, not {len(numbers)}: dragoman rebuild"
    held = generation.numbers()
    if held != numbers:
        differing = len(held ^ numbers)
        yield f"columns.npz holds {len(held)} passages, {differing} differ from the library's: dragoman rebuild"
        return
    yield from _same_vectors(generation, library)
    if not _same_origins(generation, library):
        yield "columns.npz holds other origins of articles than the library's links give: dragoman rebuild"


def _same_origins(generation: Generation, library: Library) -> bool:
    current = [(version, stored.article.meta) for version, stored in library.current()]
    expected = origins(library, [version for version, _ in current], [meta for _, meta in current])
    return np.array_equal(generation.origins(), expected)
