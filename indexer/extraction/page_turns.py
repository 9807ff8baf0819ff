"""Transcripts: the speaker's name, where a page sets it apart from what is said, goes before the words, as "Name: "."""

from __future__ import annotations

import re
from collections import Counter

from indexer.clean import ends_sentence

_MAX_NAME = 60
_MAX_WORDS = 7
_SPEAKERS = 2
_TURNS = 4
"""So many turns of two speakers who speak again make a transcript."""
_CLOCK = re.compile(r"\s*[(\[]?\b\d{1,2}:\d\d(?::\d\d)?\b[)\]]?\s*")


def join_turns(lines: list[str]) -> list[str]:
    """The lines with each speaker's name joined to the line after it; unchanged if they are no transcript.

    Names are short lines that come again and again, perhaps with a time of the recording, each before a line of speech.
    """
    names = [_name(line) for line in lines]
    spoken = Counter(
        name for place, name in enumerate(names) if name and place + 1 < len(lines) and not names[place + 1]
    )
    speakers = {name for name, count in spoken.items() if count > 1}
    if len(speakers) < _SPEAKERS or sum(spoken[name] for name in speakers) < _TURNS:
        return lines
    joined: list[str] = []
    named = None
    for line, name in zip(lines, names, strict=True):
        if named is not None:
            joined.append(f"{named.rstrip(':')}: {line}")
            named = None
        elif name and spoken[name]:
            named = line
        else:
            joined.append(line)
    return [*joined, named] if named is not None else joined


def _name(line: str) -> str:
    """A line that can be a speaker's name, without the time in it; else an empty string."""
    name = _CLOCK.sub(" ", line).strip().rstrip(":")
    fits = len(name) <= _MAX_NAME and len(name.split()) <= _MAX_WORDS and name[:1].isupper()
    return name if fits and not ends_sentence(name) and ":" not in name and "|" not in name else ""
