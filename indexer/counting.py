"""Word pieces counted without the model: by its tokenizer alone, which can be sent to other processes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from tokenizers import Tokenizer


class PieceCounter:
    """Counts word pieces as ``Encoder.count_tokens`` does. ``tokenizer`` is the JSON of the tokenizers library.

    Pickled as that JSON; the tokenizer itself is made where it is first used.
    """

    def __init__(self, tokenizer: str) -> None:
        self._json = tokenizer

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """The word pieces of each text, without special ones and without cutting."""
        return [len(encoding.ids) for encoding in self._made.encode_batch(list(texts), add_special_tokens=False)]

    def __getstate__(self) -> dict[str, str]:
        return {"_json": self._json}

    @cached_property
    def _made(self) -> Tokenizer:
        made = Tokenizer.from_str(self._json)
        made.no_truncation()
        made.no_padding()
        return made
