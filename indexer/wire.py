"""Marks of news agencies in a text: datelines, credit lines, copyright lines, and prefixes of titles.

They say whom a story comes from, and they are what publishers change first when they copy one: so texts are compared
without them.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Agency(NamedTuple):
    """A news agency: its name, and how it is written in datelines and credit lines (a regular expression)."""

    name: str
    written: str


AGENCIES = (
    Agency("Reuters", r"(?:Thomson )?Reuters?(?: [A-Z][\w! ]{1,20}|/[A-Z]{2,5})?|REUTERS|Рейтер"),
    Agency("Associated Press", r"AP|(?:The )?Associated Press|ASSOCIATED PRESS"),
    Agency("Agence France-Presse", r"AFP|Agence France[- ]Presse"),
    Agency("Xinhua", r"Xinhua(?: News Agency)?|XINHUA|新华社|新華社"),
    Agency("Kyodo", r"Kyodo(?: News)?|KYODO|共同(?:通信)?"),
    Agency("Jiji Press", r"Jiji(?: Press)?|時事(?:通信)?"),
    Agency("Yonhap", r"Yonhap(?: News(?: Agency)?)?|YONHAP|연합뉴스"),
    Agency("UPI", r"UPI|United Press International"),
    Agency("Bloomberg", r"Bloomberg(?: News)?"),
    Agency("Dow Jones", r"Dow Jones(?: Newswires)?"),
    Agency("TASS", r"(?:Itar-|ITAR-)?T[Aa][Ss][Ss]|(?:ИТАР-)?ТАСС"),
    Agency("Interfax", r"Interfax|INTERFAX|Интерфакс|ИНТЕРФАКС"),
    Agency("RIA Novosti", r"RIA Novosti|RIAN|РИА Новости"),
    Agency("Sputnik", r"Sputnik"),
    Agency("dpa", r"dpa|DPA"),
    Agency("EFE", r"EFE"),
    Agency("ANSA", r"ANSA"),
    Agency("PA Media", r"PA|PA Media|Press Association"),
    Agency("Canadian Press", r"CP|(?:The )?Canadian Press"),
    Agency("Australian Associated Press", r"AAP"),
    Agency("Press Trust of India", r"PTI|Press Trust of India"),
    Agency("Indo-Asian News Service", r"IANS"),
    Agency("Asian News International", r"ANI"),
    Agency("Anadolu Agency", r"AA|Anadolu(?: Agency)?"),
    Agency("IRNA", r"IRNA"),
    Agency("Fars", r"FNA|Fars(?: News Agency)?"),
    Agency("Saudi Press Agency", r"SPA|Saudi Press Agency"),
    Agency("WAM", r"WAM"),
    Agency("MENA", r"MENA"),
    Agency("SANA", r"SANA"),
    Agency("KCNA", r"KCNA"),
    Agency("Central News Agency", r"CNA"),
    Agency("Bernama", r"Bernama|BERNAMA"),
    Agency("Antara", r"Antara|ANTARA"),
    Agency("Ukrinform", r"Ukrinform"),
    Agency("Lusa", r"Lusa|LUSA"),
    Agency("Belga", r"Belga|BELGA"),
    Agency("PAP", r"PAP"),
)
_ANY = "|".join(agency.written for agency in AGENCIES)

_CAPITAL = r"(?:[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.'’-]*|\d{1,4})"
_PLACE = rf"{_CAPITAL}(?:[ ,/]{{1,3}}(?:[a-zà-ÿ]{{1,9}} )?{_CAPITAL}){{0,9}}(?: [a-zà-ÿа-яё]{{3,9}}\.?)?"
"""The place and perhaps the day before the agency's name: ANCHORAGE, Alaska, Oct 3."""
_SOURCE = rf"[(（/\[] ?(?P<GROUP>{_ANY}) ?[)）/\]]\.?"
_DASH = r"\s*(?:[-–—−―]{1,3}|:)\s*"
_DATELINE = re.compile(
    rf"^[ \t]*(?:(?:{_PLACE}[ ,]{{1,3}})?{_SOURCE.replace('GROUP', 'dashed')}{_DASH}"
    rf"|[A-ZÀ-ÖØ-ÞА-Я][A-ZÀ-ÖØ-ÞА-Я .'’/-]{{2,40}}(?:,[^()\n:;]{{1,50}}?)?"
    rf" {_SOURCE.replace('GROUP', 'plain')}(?=\s|$)\s*"
    rf"|[(（][^()\n=]{{1,12}}=(?P<korean>연합뉴스|뉴시스|뉴스1)[)）][^\n=]{{0,30}}=?\s*"
    r"|(?P<chinese>新华社|新華社|中新社|中新网)[^\n，。]{1,24}?\d{1,2}日电\s*(?:[(（][^()（）\n]{1,30}[)）])?\s*"
    r"|【[^】\n]{1,10}?(?P<japanese>共同|時事)】\s*"
    r"|[А-ЯЁ][А-ЯЁа-яё. -]{1,30}, \d{1,2} [а-яё]{3,8}[.,]? ?[-–—] ?"
    r"(?P<russian>РИА Новости|ТАСС|Интерфакс)[.,]?\s*)",
    re.MULTILINE,
)
_ALSO = (("新华社", "Xinhua"), ("新華社", "Xinhua"), ("中新社", "China News Service"), ("中新网", "China News Service"))
_ALSO_KOREAN = (("뉴시스", "Newsis"), ("뉴스1", "News1"))

_ROLE = (
    r"(?:(?:[Aa]dditional|[Ff]urther|[Ss]upplementary) )?(?:[Rr]eporting|[Ww]riting|[Ee]diting|[Rr]eported|[Ww]ritten"
    r"|[Ee]dited|[Cc]ompiled|[Tt]ranslated|[Tt]ranslation|[Gg]raphics?|[Pp]olling) (?:[Bb]y|for Reuters by) "
)
_CREDITS = re.compile(
    rf"[(\[]\s?{_ROLE}[^()\[\]\n]{{0,600}}(?:\n[^()\[\]\n]{{1,300}}){{0,6}}[)\]]"
    rf"|^[ \t]*[-–—*]*[ \t]*{_ROLE}[^\n]{{0,400}}$"
    rf"|(?<=[.!?”\"] ){_ROLE}[^\n.;]{{3,120}}; ?[^\n]{{3,200}}$",
    re.MULTILINE,
)
_CONTRIBUTED = re.compile(r"\bcontributed (?:to (?:this|the) (?:report|story|article)|reporting)\b")
_RESERVED = re.compile(r"\bA(?:ll [Rr]ights [Rr]eserved|LL RIGHTS RESERVED)\b")
_NOTICES = re.compile(
    r"^[^\w\n]{0,4}(?:[Cc]opyright\b|COPYRIGHT\b|\([cC]\) ?\d|[©ⓒ])[^\n]{0,400}$"
    r"|^[ \t]*(?:Our [Ss]tandards: |Users may download and print extracts |This (?:story|article|report)"
    r" (?:has not been edited|was (?:first |originally )?(?:published|produced))|Click here for |\(Follow us )"
    r"[^\n]{0,300}$",
    re.MULTILINE,
)
_FORBIDDEN = re.compile(r"This material may not be published, broadcast, rewritten[^\n.]{0,60}\.?")
_OWNER = re.compile(
    rf"(?:[Cc]opyright|\([cC]\)|[©ⓒ])[^\n]{{0,40}}?\b(?P<owner>{_ANY})\b"
    r"|Our [Ss]tandards: The Thomson (?P<trust>Reuters)"
)
_CREDITED = re.compile(rf"\b(?P<credited>{_ANY})\b")
_TICKER = re.compile(r"\(\s?[A-Z0-9]{1,8}\.[A-Z]{1,3}(?:\s?:[^()\n]{0,60})?\s?\)|<[A-Z0-9]{1,8}\.[A-Z]{1,3}>")
"""The code of a share, which an agency sets behind a company's name and most of its clients take out."""

_LONGEST_CREDIT = 300
"""Characters; a longer sentence is one of the story's own."""

_PREFIX = re.compile(
    r"\s*(?:(?:UPDATE|WRAPUP|RPT|REPEAT|REFILE|CORRECTED|CORRECTION|RECASTS?|EXCLUSIVE|ADVISORY|BREAKING(?: NEWS)?"
    r"|URGENT|FLASH|LEAD|ALERT|(?:\d(?:st|nd|rd|th) )?(?:LD|Lead)|Update|Corrected|Refile|Wrapup)"
    r"(?:[ -]?\d{1,2})?\s?(?:[-:–—]+\s?|(?=[A-Z]+\s?\d{0,2}\s?[-:])))"
)


def agency(text: str) -> str | None:
    """The agency that a text names as its own: in a dateline, else in a copyright line, else as a contributor."""
    if found := _DATELINE.search(text):
        return _known(next(filter(None, found.groupdict().values())))
    if found := _OWNER.search(text):
        return _known(found["owner"] or found["trust"])
    for start, end in _sentences(text, _CONTRIBUTED):
        if found := _CREDITED.search(text, start, end):
            return _known(found["credited"])
    return None


def without_marks(text: str) -> str:
    """A text as it is to be compared: without datelines, credits, copyright lines and codes of shares."""
    for form in (_DATELINE, _CREDITS, _NOTICES, _FORBIDDEN, _TICKER):
        text = form.sub(" ", text)
    for phrase in (_CONTRIBUTED, _RESERVED):
        for start, end in reversed(_sentences(text, phrase)):
            text = f"{text[:start]} {text[end:]}"
    return text


def plain_title(title: str) -> str:
    """A title without what an agency sets before it for its clients: UPDATE 3-, CORRECTED:, WRAPUP 2-REFILE-."""
    place = 0
    while found := _PREFIX.match(title, place):
        place = found.end()
    return title[place:].strip() or title.strip()


def _known(written: str) -> str:
    for form, name in (*_ALSO, *_ALSO_KOREAN):
        if form == written:
            return name
    return next((agency.name for agency in AGENCIES if re.fullmatch(agency.written, written)), written)


def _sentences(text: str, phrase: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where the sentences stand that have a phrase, in order and apart; they never cross a line."""
    places: list[tuple[int, int]] = []
    for found in phrase.finditer(text):
        first, last = max(0, found.start() - _LONGEST_CREDIT), found.end() + _LONGEST_CREDIT
        starts = [place + 1 for mark in ("\n", ". ") if (place := text.rfind(mark, first, found.start())) >= 0]
        ends = [place for mark in (". ", "\n") if (place := text.find(mark, found.end(), last)) >= 0]
        start, end = max(starts, default=first), min(ends, default=min(last, len(text)))
        if end - start <= _LONGEST_CREDIT and (not places or start >= places[-1][1]):
            places.append((start, end))
    return places
