"""Builds cross-encoders of a few kilobytes; one learns for a moment to prefer texts that share the question's words."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast
from transformers.utils import logging as transformers_logging

MAX_TOKENS = 48
WORDS = ("envoy", "talks", "harbour", "treaty", "border", "sanctions", "embassy", "summit", "ceasefire", "tariffs")
"""All that it reads; every other word is unknown to it."""

_VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *WORDS)
_WIDTH = 32
_STEPS, _BATCH, _RATE = 120, 64, 2e-3  # about a second; seeds 7 to 9 all end at a squared error below 0.02


class _Pair(NamedTuple):
    """A question, a text, and which share of the question's words the text holds."""

    question: str
    text: str
    shared: float


def build_cross_encoder(folder: Path, labels: int = 1, *, trained: bool = False) -> Path:
    """A BERT of two layers that reads pairs, with as many labels as asked for; says where it is.

    With ``trained`` its one label tells how many of the question's two words stand in a text of three.
    """
    transformers_logging.disable_progress_bar()
    torch.manual_seed(7)
    model = BertForSequenceClassification(_config(labels))
    tokenizer = BertTokenizerFast(vocab={token: number for number, token in enumerate(_VOCABULARY)})
    if trained:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # matrices this small are not worth a second one, which would mostly wait
        with torch.enable_grad():  # whoever loaded an encoder before turned gradients off
            _train(model, tokenizer)
        torch.set_num_threads(threads)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _config(labels: int) -> BertConfig:
    return BertConfig(
        vocab_size=len(_VOCABULARY),
        hidden_size=_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=MAX_TOKENS,
        initializer_range=0.2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        num_labels=labels,
        # as many published rerankers have it: what they give by themselves is any number, not one of 0..1
        sentence_transformers={"activation_fn": "torch.nn.modules.linear.Identity"},
    )


def _train(model: BertForSequenceClassification, tokenizer: BertTokenizerFast) -> None:
    _look_for_the_same_word(model)
    chance = random.Random(7)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE)
    for _ in range(_STEPS):
        pairs = [_pair(chance) for _ in range(_BATCH)]
        read = tokenizer([p.question for p in pairs], [p.text for p in pairs], padding=True, return_tensors="pt")
        wanted = torch.tensor([pair.shared for pair in pairs])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(**read).logits[:, 0], wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _look_for_the_same_word(model: BertForSequenceClassification) -> None:
    """Let each word attend to its own kind from the start; to find that out takes much longer than a moment."""
    attention = model.bert.encoder.layer[0].attention.self
    with torch.no_grad():
        model.bert.embeddings.position_embeddings.weight.zero_()
        attention.query.weight.copy_(torch.eye(_WIDTH))
        attention.key.weight.copy_(torch.eye(_WIDTH))


def _pair(chance: random.Random) -> _Pair:
    """Two words asked for and three read; half of the texts hold one or both of those asked for."""
    asked = chance.sample(WORDS, 2)
    found = chance.sample(asked, chance.choice((0, 0, 1, 2)))
    text = [*found, *chance.sample([word for word in WORDS if word not in asked], 3 - len(found))]
    return _Pair(" ".join(asked), " ".join(chance.sample(text, 3)), len(found) / 2)
