"""What lies where in the folder of an index, and how files get there so that a crash never leaves a mixture.

INDEX/
  library.sqlite            the truth (library.py)
  writer.lock               held by the one process that writes
  CURRENT                   the name of the published generation
  generations/000007/       one published state, never changed: manifest.json, columns.npz, dense.faiss (and, of very
                            many passages, coarse.faiss), forward/,
                            lexical/, suggestions.npz
  generations/000006.damaged  one that was not what its manifest said; kept, not read
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import IndexProblem

_NAME = re.compile(r"\d{6,}")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of an index."""

    root: Path

    @property
    def library(self) -> Path:
        return self.root / "library.sqlite"

    @property
    def lock(self) -> Path:
        return self.root / "writer.lock"

    @property
    def current(self) -> Path:
        return self.root / "CURRENT"

    @property
    def generations(self) -> Path:
        return self.root / "generations"

    def generation(self, number: int) -> Path:
        return self.generations / f"{number:06d}"

    def numbers(self) -> list[int]:
        """The generations that lie there, whole or not, in order."""
        if not self.generations.is_dir():
            return []
        return sorted(int(path.name) for path in self.generations.iterdir() if _NAME.fullmatch(path.name))

    def next_number(self) -> int:
        """A number that no generation has or had, damaged ones included."""
        if not self.generations.is_dir():
            return 1
        taken = (_NAME.match(path.name) for path in self.generations.iterdir())
        return 1 + max((int(match.group()) for match in taken if match), default=0)

    def published(self) -> int | None:
        """The number that CURRENT names; None where it is missing or names nothing."""
        try:
            name = self.current.read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        except OSError as error:  # too many open files, no permission: nothing to mend
            raise IndexProblem(f"{self.current} cannot be read now: {error.strerror}") from error
        return int(name) if _NAME.fullmatch(name) else None

    def set_aside(self, number: int) -> None:
        """Rename a damaged generation, so that it is neither read nor counted, and nothing is lost."""
        folder = self.generation(number)
        target = folder.with_name(f"{folder.name}.damaged")
        while target.exists():
            target = target.with_name(f"{target.name}.again")
        if folder.exists():
            folder.rename(target)

    def remove(self, number: int) -> None:
        """Delete a generation that nobody will open any more."""
        shutil.rmtree(self.generation(number), ignore_errors=True)


def sync(path: Path) -> None:
    """Make a file, or a folder's list of names, survive power loss."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, text: str) -> None:
    """Replace a small file in one step: readers see the old text or the new."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)
