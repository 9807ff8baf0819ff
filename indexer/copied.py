from __future__ import annotations
from dataclasses import dataclass
from indexer.types import PartialDate


@dataclass(frozen=True, slots=True)
class CopiedPage:
    title: str | None
    authors: tuple[str, ...]
    publisher: str | None
    published: PartialDate | None
    updated: PartialDate | None
    paragraphs: tuple[str, ...]


def read_copied(text: str) -> CopiedPage:
    from indexer.clean import split_paragraphs

    p = split_paragraphs(text)
    return CopiedPage(p[0] if p else None, (), None, None, None, tuple(p[1:]))
