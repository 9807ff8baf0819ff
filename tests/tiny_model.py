"""Builds sentence-transformers models of a few kilobytes: random weights, but real files, prompts and pooling."""

from __future__ import annotations

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, BertTokenizerFast

DIMENSION = 32
MAX_TOKENS = 64
PROMPTS = {"query": "query: ", "document": "passage: "}

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *_LETTERS,
    *(f"##{letter}" for letter in _LETTERS),
    ":",
    ".",
]


def build_transformer(folder: Path, pooling: str = "cls") -> Path:
    """A BERT of two layers that reads single letters, with prompts and one kind of pooling; says where it is."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(_VOCABULARY),
        hidden_size=DIMENSION,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=MAX_TOKENS,
        initializer_range=0.5,  # so that different texts are far apart
    )
    BertModel(config).save_pretrained(folder / "bert")
    tokens = {token: number for number, token in enumerate(_VOCABULARY)}
    BertTokenizerFast(vocab=tokens, do_lower_case=True).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=MAX_TOKENS)
    modules = [transformer, Pooling(DIMENSION, pooling_mode=pooling)]
    SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu").save(str(folder / "model"))
    return folder / "model"


def build_mean_transformer(folder: Path) -> Path:
    """The same with mean pooling, whose token outputs give vectors of sentences; says where it is."""
    return build_transformer(folder, "mean")


def build_static(folder: Path) -> Path:
    """Static embeddings of a few words, a model that states no limit; says where it is."""
    torch.manual_seed(7)
    words = ["[UNK]", "the", "envoy", "met", "left", "harbour", "talks"]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    embedding = StaticEmbedding(tokenizer, embedding_dim=DIMENSION)
    SentenceTransformer(modules=[embedding], device="cpu").save(str(folder / "static"))
    return folder / "static"
