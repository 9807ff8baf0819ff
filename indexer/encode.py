"""The Encoder protocol, and the choice between the fast CPU path and plain sentence-transformers."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from indexer.errors import EncoderError
from indexer.models import ModelFiles, find_model
from indexer.passages import CountTokens
from indexer.pooling import Encoded, Span
from indexer.settings import BACKENDS

log = logging.getLogger(__name__)

_FALLBACK = "the fast path cannot serve %s, using torch (DRAGOMAN_BACKEND=torch saves the attempt): %s"

Vectors = npt.NDArray[np.float32]
"""float32, (n, dimension), every row finite and of length 1."""


class Encoder(Protocol):
    """Texts in, unit vectors out. Safe to call from several threads."""

    @property
    def model(self) -> str:
        """The name under which the model was asked for."""

    @property
    def weights(self) -> str:
        """The hash that an index is bound to."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def max_tokens(self) -> int:
        """How many word pieces the model reads of one text, special ones included; the rest is cut."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Questions as unit vectors, (n, dimension)."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Passages as unit vectors, (n, dimension)."""

    def encode_with_sentences(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> Encoded:
        """Passages as ``encode_passages`` gives them, and a unit vector of each of these (start, end) in each text."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The word pieces of each text, without special ones and without cutting."""

    @property
    def counter(self) -> CountTokens | None:
        """What counts as ``count_tokens`` does and can be pickled without the model; None where there is no such."""


def load_encoder(model: str | None, cache: Path, backend: str = "auto", threads: int | None = None) -> Encoder:
    """Load a model by sentence-transformers name or folder (None: the default one).

    ``backend`` "auto" takes OpenVINO where it is installed and agrees with torch on this model, else torch. ``threads``
    is how many cores it uses, None for all that the process may use.
    Raises EncoderError where the model or the named backend cannot be had.
    """
    if backend not in BACKENDS:
        raise EncoderError(f"unknown backend {backend!r}: choose one of {', '.join(BACKENDS)}")
    files = find_model(model)
    if backend != "torch":
        try:
            return _openvino(files, cache, threads)
        except (ImportError, EncoderError) as error:
            if backend == "openvino":
                raise EncoderError(f"OpenVINO cannot serve {files.name}: {error}") from error
            log.warning(_FALLBACK, files.name, error)
    from indexer.torch_encoder import TorchEncoder  # noqa: PLC0415 - torch takes seconds to import

    return TorchEncoder.load(files, threads)


def _openvino(files: ModelFiles, cache: Path, threads: int | None) -> Encoder:
    from indexer.openvino_encoder import OpenVinoEncoder  # noqa: PLC0415 - the other backend may be all there is

    return OpenVinoEncoder.load(files, cache, threads)


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions grouped so that a batch, padded to its longest member, has at most ``budget`` tokens.

    Longest first: neighbours are of like length, so little is padding. One text over the budget goes alone.
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def unit_rows(vectors: npt.NDArray[np.generic]) -> Vectors:
    """The same rows as float32 of length 1. Raises EncoderError where a row is not finite or is all zero."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms == 0).any():
        raise EncoderError("the model gave a vector that is not finite or is zero: it does not work on this machine")
    return np.asarray(rows / norms, dtype=np.float32)


def encode_spans(encoder: Encoder, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> Encoded:
    """The same for models whose token outputs are no vectors: each sentence is encoded as a passage of its own."""
    alone = [text[start:end] for text, spans in zip(texts, sentences, strict=True) for start, end in spans]
    return Encoded(encoder.encode_passages(texts), encoder.encode_passages(alone))
