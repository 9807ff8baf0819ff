"""A second reading of the best candidates by a cross-encoder, which sees question and passage together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from indexer.errors import EncoderError
from indexer.models import ModelFiles, find_model

DEPTH = 50
"""Candidates that are read again; a cross-encoder reads each pair anew, so the time grows with them."""

WEIGHT = 0.7
"""How much the reranker counts beside the fused score: more than half, since it reads question and passage together.

No judged set chose it.
"""

BATCH = 32
"""Pairs read in one go."""

_DECIMALS = 6
_ADVICE = (
    "name a sentence-transformers CrossEncoder with one label, such as cross-encoder/ms-marco-MiniLM-L6-v2, "
    "or the folder of one, or search without a reranker"
)

Floats = npt.NDArray[np.float64]


class Reranker(Protocol):
    """A question and texts in, one relevance each out. Deterministic, and safe to call from several threads."""

    @property
    def name(self) -> str:
        """The name under which the model was asked for."""

    def relevance(self, question: str, texts: Sequence[str]) -> Floats:
        """How well each text answers the question, (n,), 0 to 1, higher is better, in the order of the texts."""


class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder with one label; calls are serialised, since torch uses all cores for one."""

    def __init__(self, name: str, predict: Callable[[list[tuple[str, str]]], npt.NDArray[Any]]) -> None:
        """``predict`` takes n pairs of question and text and gives (n,) numbers from 0 to 1."""
        self.name = name
        self._predict = predict
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name_or_folder: str, threads: int | None = None) -> CrossEncoderReranker:
        """Load onto the processor, running no code and reading no pickle that comes with the weights.

        A name without an owner is one of ``cross-encoder/``, as in sentence-transformers. Raises EncoderError where
        the model is not to be had, has no safetensors weights, or is not one that gives a pair one number. ``threads``
        holds for all that torch computes in this process.
        """
        try:
            files = find_model(_full_name(name_or_folder))
        except EncoderError as error:
            raise EncoderError(f"no reranker: {error}; {_ADVICE}") from error
        _refuse_pickles(files)
        model = _load_model(files)
        _refuse_other_models(files.name, model)
        import torch  # noqa: PLC0415 - it takes seconds, and most searches do without
        from torch.nn import Sigmoid  # noqa: PLC0415

        if threads is not None:
            torch.set_num_threads(threads)

        # By themselves some models give a sigmoid and others bare logits, as their configuration says. What is passed
        # here replaces the model's own, so that all give 0..1 and none goes through a sigmoid twice.
        options = {"activation_fn": Sigmoid(), "batch_size": BATCH, "show_progress_bar": False}
        return cls(files.name, partial(model.predict, **options))

    def relevance(self, question: str, texts: Sequence[str]) -> Floats:
        """As the protocol says. Raises EncoderError where the model gives what is no number."""
        if not texts:
            return np.empty(0, dtype=np.float64)
        # One order for the same texts, however they come, makes the same batches of them, and so the same numbers.
        ordered = sorted(set(texts))
        with self._lock:
            found = np.asarray(self._predict([(question, text) for text in ordered]), dtype=np.float64)
        if not np.isfinite(found).all():
            raise EncoderError(f"{self.name} gave a relevance that is not finite: {_ADVICE}")
        # Beside other texts a text is padded to another length, which moves the last bits of a float32 (about 1e-7).
        # Rounded, texts that are equal to the model tie, and the caller's rule breaks the tie in place of that noise;
        # only what lies at the edge of a step can still move, by one step.
        numbers = dict(zip(ordered, np.round(found, _DECIMALS), strict=True))
        return np.array([numbers[text] for text in texts], dtype=np.float64)


class Reranked(NamedTuple):
    """Scores (n,) of all candidates, and the two parts (n,) each that sum to them."""

    scores: Floats
    fused: Floats
    reranker: Floats


def rerank(ranked: Sequence[float] | Floats, relevance: Floats, weight: float = WEIGHT) -> Reranked:
    """Weigh the fused scores of n candidates, best first, with the relevance of the first m of them.

    The score is (1 - weight) * fused + weight * relevance. A candidate that was not read again has no second part
    and keeps (1 - weight) * fused: so none can pass one that was, and the parts of the fusion, multiplied by
    (1 - weight), still sum to the score. The caller brings both to one scale first (``pool.read_again``). Raises
    ValueError where there is more relevance than candidates.
    """
    fused = (1 - weight) * np.asarray(ranked, dtype=np.float64)
    if len(relevance) > len(fused):
        raise ValueError(f"{len(relevance)} relevances for {len(fused)} candidates: at most one each")
    part = np.zeros_like(fused)
    part[: len(relevance)] = weight * relevance
    return Reranked(fused + part, fused, part)


def _full_name(name: str) -> str:
    return name if "/" in name or Path(name).is_dir() else f"cross-encoder/{name}"


def _refuse_pickles(files: ModelFiles) -> None:
    """Raise EncoderError for pickled weights without safe ones beside them, which the library would fall back on."""
    for path in sorted(files.folder.rglob("pytorch_model*.bin")):
        if not any(path.parent.glob("model*.safetensors")):
            raise EncoderError(f"{files.name}: {path} is pickled, and such weights are never loaded; {_ADVICE}")


def _load_model(files: ModelFiles) -> Any:
    import torch  # noqa: PLC0415 - takes seconds to import
    from sentence_transformers import CrossEncoder  # noqa: PLC0415 - the same
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415 - the same

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    # Half precision holds two or three digits, so that a text's neighbours in a batch would change its relevance.
    options = {"use_safetensors": True, "dtype": torch.float32}
    try:
        return CrossEncoder(
            str(files.folder), device="cpu", trust_remote_code=False, local_files_only=True, model_kwargs=options
        )
    except Exception as error:
        raise EncoderError(
            f"{files.name} does not load as a sentence-transformers CrossEncoder: {error}; {_ADVICE}"
        ) from error


def _refuse_other_models(name: str, model: Any) -> None:
    """Raise EncoderError for a classifier of several labels, and for a model that was saved without a head.

    An encoder of single texts loads as well, with a head of random numbers; then the class that the library made is
    not the one that the configuration names.
    """
    if model.num_labels != 1:
        raise EncoderError(f"{name} gives {model.num_labels} numbers for a pair, a reranker gives one: {_ADVICE}")
    saved = getattr(model.config, "architectures", None) or []
    made = type(model.transformers_model).__name__
    if made not in saved:
        raise EncoderError(
            f"{name} was saved as {', '.join(saved) or 'nothing known'}, not as {made}, so it has not learned to score "
            f"pairs: {_ADVICE}"
        )
