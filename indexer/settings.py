"""Settings from the environment; every command-line option that has the same meaning wins over them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

BACKENDS = ("auto", "openvino", "torch")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the index is and which model serves it.

    ``model`` is a sentence-transformers name or folder; None means the model the index is bound to, and for
    a new index the default one. ``backend`` is one of BACKENDS. ``cache`` holds converted weights and the
    indexes of evaluations: all of it can be deleted at any time. ``reranker`` is the name or folder of a
    sentence-transformers CrossEncoder that reads the best passages again; None is none.
    """

    index: Path = Path(".dragoman/index")
    model: str | None = None
    backend: str = "auto"
    cache: Path = Path(platformdirs.user_cache_dir("dragoman"))
    reranker: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read DRAGOMAN_INDEX, _MODEL, _BACKEND, _CACHE and _RERANKER; empty means unset."""
        default = cls()
        return cls(
            index=Path(environ.get("DRAGOMAN_INDEX") or default.index),
            model=environ.get("DRAGOMAN_MODEL") or None,
            backend=environ.get("DRAGOMAN_BACKEND") or default.backend,
            cache=Path(environ.get("DRAGOMAN_CACHE") or default.cache),
            reranker=environ.get("DRAGOMAN_RERANKER") or None,
        )
