"""Authors as they are printed, taken apart into family and given names where that is certain, and only there.

Styles turn names round ("Doe, Jane") and shorten them ("Doe, J."). What is not certainly a person's name in the order
given, family (an agency, a desk, one word, a name in another writing, one that may be Chinese or Korean and so begin
with the family's) is left as it stands: unturned it is still right, turned it would be wrong.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_INSTITUTIONAL = """
affairs agence agencies agency analysis analysts army associated association authority bank board broadcasting
bulletin bureau by cabinet center centre chronicle club commission committee company contributor contributors
corp corporation correspondent correspondents council daily department desk dispatch division editor editorial
editors embassy federation for forces foundation fund gazette general global government group guardian herald
house institute international journal journalists limited ltd magazine media ministry mirror mission monitor
nation nations network networks news newspaper newspapers newsroom observer office online organisation
organization paper parliament party post press project publishing radio record reporter reporters research
reuters review secretariat section service services society sources staff star state states sun syndicate team
telegraph television the think times today tribune union university watch weekly wire wires with world writer
writers
"""
_INSTITUTIONS = frozenset(_INSTITUTIONAL.split())
"""Words that no person is called, or hardly any without an organisation of the name: one of them, and it is literal."""

_SURNAMES = """
bae bui cai cao chen cheng choe choi chung dang deng do dong duong fan feng gao guo han he ho hoang hu huang
huynh hwang jang jeon jiang jin jung kang kim kwon le lee li liang liao lim lin liu lu luo ly ma mao ngo nguyen
park peng pham phan qian qin seo shen shi shin son song sun tan tang tran vo vu wang wei wen wu xi xie xu yan
yang ye yi yin yoo yoon yu yuan zeng zhang zhao zheng zhong zhou zhu zhuang
"""
_FAMILY_FIRST = frozenset(_SURNAMES.split())
"""Family names of which many stand first, as in Kim Jong Un or Xi Jinping, by which the order is not certain."""

_SMALL = "af al ap av bin da dal de dei del della den der des di dos du el ibn la le ten ter van vom von zu"
_PARTICLES = frozenset(_SMALL.split())
_INITIALS = re.compile(r"(?:[A-ZÀ-ÖØ-Þ]\.?-?){1,3}")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|II|III|IV")
_NAME = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ÖØ-öø-ÿĀ-ſȘ-ț'’.-]*")
"""A word of a name: Latin letters, the first of them a capital."""

_MOST_WORDS = 5


class Name(NamedTuple):
    """An author: either ``literal``, as printed, or taken apart. What is not there is empty."""

    family: str = ""
    given: str = ""
    suffix: str = ""
    literal: str = ""

    def fields(self) -> dict[str, str]:
        """What is there, by the names that CSL-JSON has for it."""
        return {name: value for name, value in self._asdict().items() if value}


def name_of(author: str) -> Name:
    """An author's name taken apart: Jane M. Doe, Charles de Gaulle, John Roe Jr.; or left as it is.

    Particles go with the family name, as in "de Gaulle, Charles".
    """
    words = author.replace(", Jr", " Jr").replace(", Sr", " Sr").split()
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    if not _is_person(words):
        return Name(literal=author)
    first = len(words) - 1
    while first > 1 and words[first - 1] in _PARTICLES:
        first -= 1
    return Name(" ".join(words[first:]), " ".join(words[:first]), suffix)


def _is_person(words: list[str]) -> bool:
    if not 2 <= len(words) <= _MOST_WORDS or words[0].casefold() in _FAMILY_FIRST:
        return False
    if not all(word in _PARTICLES or _INITIALS.fullmatch(word) for word in words[1:-1]):
        return False  # Mario Vargas Llosa has two family names, Martin Luther King two given ones
    ends = (words[0], words[-1])
    return all(_NAME.fullmatch(word) and not _is_acronym(word) for word in ends) and not any(
        word.casefold().strip(".") in _INSTITUTIONS for word in words
    )


def _is_acronym(word: str) -> bool:
    """AFP, BBC; not J. and not J.R.R."""
    return len(word) > 1 and word.isupper() and "." not in word
