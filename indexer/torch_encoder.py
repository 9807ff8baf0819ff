"""Plain sentence-transformers on torch: works for every model, and is what the fast path is checked against."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from indexer.encode import Vectors, unit_rows
from indexer.errors import EncoderError
from indexer.models import ModelFiles

UNLIMITED = 1_000_000
"""Stands for "no limit" where a model states none or infinity (static embeddings)."""


class TorchEncoder:
    """One sentence-transformers model; calls are serialised, since torch uses all cores for one of them."""

    def __init__(self, files: ModelFiles, transformer: SentenceTransformer) -> None:
        self.model, self.weights = files.name, files.weights
        self._transformer = transformer
        self._lock = threading.Lock()
        self.dimension = int(transformer.get_embedding_dimension() or 0)
        self.max_tokens = int(min(transformer.max_seq_length or UNLIMITED, UNLIMITED))

    @classmethod
    def load(cls, files: ModelFiles) -> TorchEncoder:
        """Load onto the processor, never running code that comes with the weights. Raises EncoderError."""
        return cls(files, load_transformer(files))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self._transformer.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self._transformer.encode_document, texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        tokenizer = self._transformer.tokenizer
        if isinstance(tokenizer, Tokenizer):  # of static embeddings
            return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
        encoded = tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def _encode(self, encode: Callable[..., Any], texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            return unit_rows(encode(list(texts), show_progress_bar=False))


def load_transformer(files: ModelFiles) -> SentenceTransformer:
    """The sentence-transformers model in ``files.folder``, ready for inference. Raises EncoderError."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        transformer = SentenceTransformer(
            str(files.folder), device="cpu", trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
    except Exception as error:
        raise EncoderError(f"{files.name} does not load with sentence-transformers: {error}") from error
    torch.set_grad_enabled(False)
    return transformer.eval()
