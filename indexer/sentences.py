"""Where sentences begin and end in a text, in time linear in its length."""

from __future__ import annotations

from collections.abc import Iterator

import sentencex

_WINDOW = 4_000
"""Code points looked at in one go: the splitter's time grows with the square of it where a text is not ASCII."""

_SENTENCE_LANGUAGE = "en"


def sentence_spans(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """The (start, end) of each sentence, white space at the ends left out, in order and not overlapping.

    ``language`` is an ISO 639-1 code; None and unknown ones are split as English. Text without a sentence end
    comes back as one span for each 4,000 code points at most.
    """
    spans = []
    for window_start, window in _windows(text):
        for boundary in sentencex.get_sentence_boundaries(language or _SENTENCE_LANGUAGE, window):
            sentence = window[boundary["start_index"] : boundary["end_index"]]
            start = window_start + boundary["start_index"] + len(sentence) - len(sentence.lstrip())
            end = start + len(sentence.strip())
            if start < end:
                spans.append((start, end))
    return spans


def _windows(text: str) -> Iterator[tuple[int, str]]:
    """The text in windows that end at a sentence end if there is one in the second half, else at a space."""
    start = 0
    while start < len(text):
        end = start + _WINDOW
        if end < len(text):
            middle = start + _WINDOW // 2
            cut = max(text.rfind(mark, middle, end) for mark in (". ", "? ", "! ", "。"))
            cut = cut if cut > 0 else text.rfind(" ", middle, end)
            end = cut + 1 if cut > 0 else end
        yield start, text[start:end]
        start = end
