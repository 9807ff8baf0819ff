"""Plain sentence-transformers on torch: works for every model, and is what the fast path is checked against."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from indexer.counting import PieceCounter
from indexer.encode import Vectors, encode_spans, unit_rows
from indexer.errors import EncoderError
from indexer.models import ModelFiles
from indexer.pooling import Encoded, Span, sentence_means

UNLIMITED = 1_000_000
"""Stands for "no limit" where a model states none or infinity (static embeddings)."""

AT_ONCE = 256
"""Texts whose token outputs are held together: 100 MB for 256 tokens of 384 dimensions."""


class TorchEncoder:
    """One sentence-transformers model; calls are serialised, since torch uses all cores for one of them."""

    def __init__(self, files: ModelFiles, transformer: SentenceTransformer) -> None:
        self.model, self.weights = files.name, files.weights
        self._transformer = transformer
        self._lock = threading.Lock()
        self.dimension = int(transformer.get_embedding_dimension() or 0)
        self.max_tokens = int(min(transformer.max_seq_length or UNLIMITED, UNLIMITED))
        self.counter = _counter(transformer.tokenizer)

    @classmethod
    def load(cls, files: ModelFiles, threads: int | None = None) -> TorchEncoder:
        """Load onto the processor, never running code that comes with the weights. Raises EncoderError.

        ``threads`` holds for all that torch computes in this process.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        return cls(files, load_transformer(files))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self._transformer.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self._transformer.encode_document, texts)

    def encode_with_sentences(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> Encoded:
        if not texts or not pools_means(self._transformer):
            return encode_spans(self, texts, sentences)
        slices = [slice(start, start + AT_ONCE) for start in range(0, len(texts), AT_ONCE)]
        parts = [self._pooled(texts[some], sentences[some]) for some in slices]
        return Encoded(*map(np.concatenate, zip(*parts, strict=True)))

    def _pooled(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> Encoded:
        prompt = passage_prompt(self._transformer)
        with self._lock:
            outputs = self._transformer.encode(list(texts), prompt=prompt, output_value=None, show_progress_bar=False)
            encoded = self._transformer.tokenizer(
                [prompt + text for text in texts],
                truncation=True,
                max_length=self.max_tokens,
                return_offsets_mapping=True,
            )
        moved = [[(len(prompt) + start, len(prompt) + end) for start, end in spans] for spans in sentences]
        means = [
            sentence_means(output["token_embeddings"].float().numpy(), offsets, spans)
            for output, offsets, spans in zip(outputs, encoded["offset_mapping"], moved, strict=True)
        ]
        passages = np.stack([output["sentence_embedding"].float().numpy() for output in outputs])
        return Encoded(unit_rows(passages), unit_rows(np.concatenate(means)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if self.counter is not None:
            return self.counter(texts)
        encoded = self._transformer.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
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


def _counter(tokenizer: Any) -> PieceCounter | None:
    """The counter of a tokenizer that the tokenizers library made, as all fast ones and static embeddings' are."""
    made = tokenizer if isinstance(tokenizer, Tokenizer) else getattr(tokenizer, "backend_tokenizer", None)
    return PieceCounter(made.to_str()) if isinstance(made, Tokenizer) else None


def pools_means(transformer: SentenceTransformer) -> bool:
    """Whether the model's vector is the mean of its token outputs, and its tokenizer says where tokens stand.

    Outputs are counted from the first token: a tokenizer that pads on the left would put others there.
    """
    first, *rest = transformer
    is_mean = bool(rest) and isinstance(rest[0], Pooling) and tuple(_listed(rest[0].pooling_mode)) == ("mean",)
    is_last = all(isinstance(module, Normalize) for module in rest[1:])
    tokenizer = transformer.tokenizer
    has_places = getattr(tokenizer, "is_fast", False) and getattr(tokenizer, "padding_side", "right") == "right"
    return isinstance(first, Transformer) and is_mean and is_last and bool(has_places)


def _listed(mode: str | Sequence[str]) -> Sequence[str]:
    return [mode] if isinstance(mode, str) else mode


def passage_prompt(transformer: SentenceTransformer) -> str:
    """What the model wants before a passage; nothing for most."""
    prompts = {name: text or "" for name, text in transformer.prompts.items()}
    return prompts.get("document") or prompts.get("passage") or prompts.get("corpus") or ""
