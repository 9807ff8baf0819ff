"""Marks of news agencies in a text: datelines, credit lines, copyright lines.

They are what publishers change first when they copy a story: so texts are compared without them.
"""

from __future__ import annotations

import re

_AGENCIES = (
    r"(?:Thomson )?Reuters?(?: [A-Z][\w! ]{1,20}|/[A-Z]{2,5})?|REUTERS|Рейтер",
    r"AP|(?:The )?Associated Press|ASSOCIATED PRESS",
    r"AFP|Agence France[- ]Presse",
    r"Xinhua(?: News Agency)?|XINHUA|新华社|新華社",
    r"Kyodo(?: News)?|KYODO|共同(?:通信)?",
    r"Jiji(?: Press)?|時事(?:通信)?",
    r"Yonhap(?: News(?: Agency)?)?|YONHAP|연합뉴스",
    r"UPI|United Press International",
    r"Bloomberg(?: News)?",
    r"Dow Jones(?: Newswires)?",
    r"(?:Itar-|ITAR-)?T[Aa][Ss][Ss]|(?:ИТАР-)?ТАСС",
    r"Interfax|INTERFAX|Интерфакс|ИНТЕРФАКС",
    r"RIA Novosti|RIAN|РИА Новости",
    r"Sputnik",
    r"dpa|DPA",
    r"EFE",
    r"ANSA",
    r"PA|PA Media|Press Association",
    r"CP|(?:The )?Canadian Press",
    r"AAP",
    r"PTI|Press Trust of India",
    r"IANS",
    r"ANI",
    r"AA|Anadolu(?: Agency)?",
    r"IRNA",
    r"FNA|Fars(?: News Agency)?",
    r"SPA|Saudi Press Agency",
    r"WAM",
    r"MENA",
    r"SANA",
    r"KCNA",
    r"CNA",
    r"Bernama|BERNAMA",
    r"Antara|ANTARA",
    r"Ukrinform",
    r"Lusa|LUSA",
    r"Belga|BELGA",
    r"PAP",
)
"""How agencies are written in datelines and credit lines, as regular expressions."""
_ANY = "|".join(_AGENCIES)

_CAPITAL = r"(?:[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.'’-]*|\d{1,4})"
_PLACE = rf"{_CAPITAL}(?:[ ,/]{{1,3}}(?:[a-zà-ÿ]{{1,9}} )?{_CAPITAL}){{0,9}}(?: [a-zà-ÿа-яё]{{3,9}}\.?)?"
"""The place and perhaps the day before the agency's name: ANCHORAGE, Alaska, Oct 3."""
_SOURCE = rf"[(（/\[] ?(?:{_ANY}) ?[)）/\]]\.?"
_DASH = r"\s*(?:[-–—−―]{1,3}|:)\s*"
_DATELINE = re.compile(
    rf"^[ \t]*(?:(?:{_PLACE}[ ,]{{1,3}})?{_SOURCE}{_DASH}"
    rf"|[A-ZÀ-ÖØ-ÞА-Я][A-ZÀ-ÖØ-ÞА-Я .'’/-]{{2,40}}(?:,[^()\n:;]{{1,50}}?)?"
    rf" {_SOURCE}(?=\s|$)\s*"
    rf"|[(（][^()\n=]{{1,12}}=(?:연합뉴스|뉴시스|뉴스1)[)）][^\n=]{{0,30}}=?\s*"
    r"|(?:新华社|新華社|中新社|中新网)[^\n，。]{1,24}?\d{1,2}日电\s*(?:[(（][^()（）\n]{1,30}[)）])?\s*"
    r"|【[^】\n]{1,10}?(?:共同|時事)】\s*"
    r"|[А-ЯЁ][А-ЯЁа-яё. -]{1,30}, \d{1,2} [а-яё]{3,8}[.,]? ?[-–—] ?"
    r"(?:РИА Новости|ТАСС|Интерфакс)[.,]?\s*)",
    re.MULTILINE,
)
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
_TICKER = re.compile(r"\(\s?[A-Z0-9]{1,8}\.[A-Z]{1,3}(?:\s?:[^()\n]{0,60})?\s?\)|<[A-Z0-9]{1,8}\.[A-Z]{1,3}>")
"""The code of a share, which an agency sets behind a company's name and most of its clients take out."""

_LONGEST_CREDIT = 300
"""Characters; a longer sentence is one of the story's own."""


def without_marks(text: str) -> str:
    """A text as it is to be compared: without datelines, credits, copyright lines and codes of shares."""
    for form in (_DATELINE, _CREDITS, _NOTICES, _FORBIDDEN, _TICKER):
        text = form.sub(" ", text)
    for phrase in (_CONTRIBUTED, _RESERVED):
        for start, end in reversed(_sentences(text, phrase)):
            text = f"{text[:start]} {text[end:]}"
    return text


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
