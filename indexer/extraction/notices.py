"""What a publisher says in an article of that same article: that it was corrected, is clarified, or is taken back.

Wires set it in brackets ("(Corrects name in third paragraph)") or before the title ("CORRECTED-"), newspapers in a line
of its own ("Correction: ...", "This article was amended on 3 May 2024 to ..."). News is full of corrections that are
none of these: of markets, of other papers, by ministers. So a word is never enough: it has to stand where such notices
stand, and to speak of the article itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.types import PARAGRAPH_BREAK, Notice, NoticeKind

LONGEST = 600
"""Characters of a notice's text; the longest notice in a hundred thousand wire articles has about 300."""

_GRAVITY: tuple[NoticeKind, ...] = ("clarification", "correction", "retraction")

_WORK = r"(?:story|article|item|dispatch|post|piece|column|factbox|blog|headline|page)"
_NAMED = rf"(?:[\w.'’-]+ ){{0,3}}?(?:{_WORK}|report|version(?: of (?:this|the) (?:{_WORK}|report))?)\b"
_THIS = rf"(?:This|The following) {_NAMED}"
_HAS = r"(?:has been|has now been|is being|is hereby|was|is|were)(?: \w+)?"
_EARLIER = (
    r"(?:An|The|In an?|In the|(?:Due to|Because of) an? [\w -]{1,40},? an) (?:earlier|previous|original|initial|prior)"
    rf" versions? of this (?:[\w-]+ )?(?:{_WORK}|report)\b"
    r"(?!,? (?:(?:was|were|has been|is|had been) )?(?:first |originally |previously |also )?"
    r"(?:appeared|published|posted|ran|printed|written|delivered|presented|available)\b)"
)
_MENDED = r"\b(?:correct(?:s|ed|ing|ions?)?|re-?fil(?:es|ed|ing)|clarif\w+|fix(?:es|ed)|amend(?:s|ed)|make clear)\b"
_TAKEN = r"(?:retracted|withdrawn|taken down|taken back|removed from (?:this|our|the) (?:web)?site)\b"

_BRACKET = re.compile(r"[(\[] ?(?=\w)")
_IN_BRACKETS = re.compile(
    rf"(?:(?:[Tt]his|The(?: following)?) {_NAMED}|Story|Paragraphs? [\w, -]{{1,20}} of this {_WORK}"
    rf"|(?:Corrected|Clarified|Refiled) \w+ \d+ story)[^()]{{0,120}}?(?:{_MENDED}|\b{_TAKEN})"
    rf"|[Ii]n [^(),]{{1,40}},? corrects\b|This (?:has been|is an?) correct(?:ed|ion)\b"
    rf"|(?:This|The) story removed\b|{_EARLIER}"
    r"|(?:Corrects|Corrected(?! for\b)|Correcting|Clarifies|Clarified|Clarifying|Re-?fil(?:es|ed|ing)|Fixes) \S+ \S"
    r"|(?i:correction|clarification|retraction): \S"
)
"""How a notice in brackets begins."""

_MARK = r"(?:[*•†‡–—-]+ ?)?"
_DAY = r"(?:\d{1,2} [A-Z]\w+|[A-Z]\w+\.? \d{1,2},?) \d{4}\b"
_DATE = (
    r"(?:,| on| added| appended| made)? [(\[]?(?:\d{1,2} |\w+day,? )?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|\d{1,4}[./-]\d)[\w.,: /-]{0,30}?[)\]]?"
)
_LABEL = (
    r"(?:(?:Update and )?(?:Corrections?|Clarifications?|Retraction|Errat(?:um|a)"
    r"|CORRECTIONS?|CLARIFICATIONS?|RETRACTION"
    r"|Korrektur|Berichtigung|Richtigstellung|Klarstellung|Rectificatif|Corrección|Fe de err(?:atas|ores)|Aclaración"
    r"|Errata corrige|Rettifica|Correção|Correctie|Rättelse|Rettelse|Поправка|Уточнение)"
    rf"(?: (?:note|notice|appended|(?:and|&) (?i:clarifications?|amplifications?)|to this {_WORK}))?)"
)
_WRONG = r"(?:earlier|previous|original|error|errors|incorrect\w*|wrong\w*|mis(?!sil|sion|sing)\w+)"
_LINE = re.compile(
    rf"{_MARK}(?:{_LABEL}(?:{_DATE})?(?: ?:|{_DATE} ?[–—-])(?=\s|$)|{_EARLIER}|(?:Please )?[Dd]isregard this {_WORK}\b"
    rf"|{_THIS}(?: [^.\s]+){{0,8}}? {_HAS} (?:{_TAKEN}"
    rf"|(?:amended|changed|edited|modified|revised|updated|corrected|altered|refiled|clarified)"
    rf" (?:on (?:\w+day,? )?{_DAY}(?! by\b)|(?:[^.\s]+ ){{0,12}}?(?:to (?:correct|clarify|fix|make clear)"
    rf"|(?:because|after|following|due to) (?:[^.\s]+ ){{0,6}}?{_WRONG})\b)"
    r"|(?:edited|modified|updated|refiled) (?:[^.\s]+ ){0,12}?to (?:remove|delete)\b)"
    r"|(?:The [A-Z][\w ]{2,40}|We|[A-Z]\w+) (?:has|have|is|are)(?: \w+)? (?:retract(?:ed|ing)|withdr(?:awn|awing))"
    rf" this {_WORK}\b)"
)
"""How a paragraph begins that is a notice. Articles of a constitution are amended, too, so that a date or a purpose has
to follow."""

_EDITORS_NOTE = re.compile(
    rf"{_MARK}(?:Editor(?:[’']?s[’']?|ial)? [Nn]ote|EDITOR[’']?S[’']? NOTE)\b[^.]{{0,40}}?[:–—-] ?"
)
_OF_ITSELF = re.compile(
    rf"\b(?:earlier|previous|original) version|\b(?:this|the) {_WORK} {_HAS}(?: \w+)? (?:corrected|clarified|{_TAKEN})"
    r"|\b(?:updated|amended|edited|modified|changed|refiled)\b[^.]{0,60}?\bto (?:correct|clarify|remove|fix)\b"
    r"|\bmisstated\b",
    re.IGNORECASE,
)
"""What a note of the editor says where it is one of these: most say something else."""

_LEAD = re.compile(
    r"(?:Corrects|Refiles|Clarifies) \S+ \S"
    r"|Correcting (?:\S+ ){0,8}?(?:headline|spelling|name|number|figure|paragraphs?|date)\b"
)
"""How the first paragraph of a wire's article begins where the brackets were lost."""

_SENTENCE = re.compile(
    rf"(?:^|(?<=[.!?)] )|(?<=[.!?][\"”’] ))(?:{_EARLIER}|This {_WORK} (?:has been|was|is) (?:corrected|retracted)\b)"
)
"""How a notice within a paragraph begins."""

_PREFIX = r"(?:[A-Z][A-Z ]+(?: \d+)? ?[-:–—] ?){0,3}"
_OFFICIAL = r"(?: ?-?\([A-Z][\w ]{2,20}\))?"
_TITLE = re.compile(
    rf"{_PREFIX}(?:(?:RETRACTED(?: ARTICLE)?|RETRACTION|CORRECTED|CORRECTION|REFILED?|CLARIFICATION|CLARIFIED)"
    rf"{_OFFICIAL} ?[-:–—] ?\S|(?:Retract(?:ed|ion)|Correct(?:ed|ion)|Refiled?|Clarif(?:ied|ication)){_OFFICIAL} ?: ?\S"
    r"|(?:Corrected|Clarified|Refiled?) ?[-–—] ?\S)"
    r"|.*[(\[](?i:retracted|withdrawn|corrected|correction|clarified|clarification)[)\]]$"
)
_TITLE_TAKEN = re.compile(
    r".*\bstory (?:is |has been )?(?:withdrawn|retracted)$"
    r"|(?:ADVISORY|Advisory|WITHDRAWAL)\b.*\b[Ss]tory\b.*\bwithdrawn$"
    r"|WITHDRAWN ?[-:–—] ?[A-Z][a-z]|.*[(\[](?i:retracted|withdrawn)[)\]]$"
)

_RETRACTS = re.compile(
    rf"\A{_MARK}{_PREFIX}(?i:retract(?:ion|ed)\b)|\b(?:This|The following|this) {_NAMED} {_HAS} {_TAKEN}"
    rf"|\b(?:[Rr]etract|[Ww]ithdr|[Dd]isregard)\w* this {_WORK}\b"
)
_CORRECTS = re.compile(
    r"\b(?:corre(?!spond)|fix|re-?fil|err(?:or|at)|mis(?!sion|sile|sing)|wrong|in(?:correct|accura))", re.IGNORECASE
)
_CLARIFIES = re.compile(r"\b(?:clarif|klarstellung|aclaración|уточнение|make clear)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?][\"”’)]?(?= )")


def find_notice(title: str, text: str) -> Notice | None:
    """The gravest notice of a clean article; None where its publisher says nothing of the kind.

    A retraction is graver than a correction, and that than a clarification. Of several as grave the first of the text
    counts, the title only where the text has none: the text says what was wrong. The notice's text stands in the text
    or in the title to the letter, ``LONGEST`` characters at most. Linear in the length of the text.
    """
    found = [*_in_text(text), *_in_title(title)]
    return max(found, key=lambda notice: _GRAVITY.index(notice.kind), default=None)


def _in_title(title: str) -> Iterator[Notice]:
    title = title.strip()
    if _TITLE_TAKEN.match(title[:LONGEST]):
        yield Notice("retraction", title[:LONGEST])
    elif _TITLE.match(title[:LONGEST]):
        yield _notice(title[:LONGEST])


def _in_text(text: str) -> Iterator[Notice]:
    start = 0
    for number, paragraph in enumerate(text.split(PARAGRAPH_BREAK)):
        if number == 0 and _LEAD.match(paragraph):
            yield _notice(_bounded(paragraph))
        elif line := _own_line(paragraph):
            alone = line.end() == len(paragraph) and paragraph.endswith((":", "–", "—"))
            yield _notice(_bounded(text[start : start + 2 * LONGEST] if alone else paragraph))
        else:
            yield from _within(paragraph)
        start += len(paragraph) + len(PARAGRAPH_BREAK)


def _own_line(paragraph: str) -> re.Match[str] | None:
    """The beginning of a paragraph that is a notice as a whole."""
    return _editors_note(paragraph, 0) or _LINE.match(paragraph)


def _editors_note(paragraph: str, start: int) -> re.Match[str] | None:
    """How a note of the editor begins that speaks of a correction."""
    note = _EDITORS_NOTE.match(paragraph, start)
    return note if note and _OF_ITSELF.search(paragraph, note.end(), note.end() + LONGEST) else None


def _within(paragraph: str) -> Iterator[Notice]:
    place = 0
    while bracket := _BRACKET.search(paragraph, place):
        place = bracket.end()
        if _IN_BRACKETS.match(paragraph, place) or _editors_note(paragraph, place):
            start, place = place, _closing(paragraph, place)
            yield _notice(_bounded(paragraph[start:place]))
    for sentence in _SENTENCE.finditer(paragraph):
        end = _SENTENCE_END.search(paragraph, sentence.end())
        yield _notice(_bounded(paragraph[sentence.start() : end.end() if end else len(paragraph)]))


def _closing(paragraph: str, start: int) -> int:
    """Where the bracket ends within which ``start`` is; where it is never closed, the limit."""
    depth = 1
    for place in range(start, min(len(paragraph), start + LONGEST)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(paragraph[place], 0)
        if depth == 0:
            return place
    return start + LONGEST


def _bounded(text: str) -> str:
    """The text, or as many of its first sentences, else words, as ``LONGEST`` takes."""
    if len(text) <= LONGEST:
        return text.strip()
    ends = [end.end() for end in _SENTENCE_END.finditer(text, 0, LONGEST)]
    return text[: ends[-1] if ends else max(text.rfind(" ", 0, LONGEST), 0) or LONGEST].strip()


def _notice(text: str) -> Notice:
    if _RETRACTS.search(text):
        return Notice("retraction", text)
    return Notice("clarification" if _CLARIFIES.search(text) and not _CORRECTS.search(text) else "correction", text)
