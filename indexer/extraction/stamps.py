"""Stamps of pages: lines that say when an article was posted or updated, and nothing else."""

from __future__ import annotations

import re

from indexer.types import PartialDate

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{_MONTH},?\s+{_DAY},?\s+{_YEAR}",
        rf"\b{_DAY}\s+{_MONTH},?\s+{_YEAR}",
        rf"\b{_YEAR}(?P<mark>[-./])\s?(?P<month>\d\d?)(?P=mark)\s?{_DAY}(?!\d)\.?",
        rf"\b{_YEAR}년\s?(?P<month>\d\d?)월\s?{_DAY}일",
        rf"\b{_MONTH},?\s+{_YEAR}",
    )
)
_TIME = (
    r"(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d)(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"(?:\s?(?P<zone>(?:GMT|UTC|Z)(?:[+-]\d{1,2})?)(?-i:(?![a-z])))?"
)
_TIME_AFTER = re.compile(rf"[\s,T|·–-]*(?:at\s+)?{_TIME}", re.IGNORECASE)
_TIME_BEFORE = re.compile(rf"\b{_TIME}(?:\s[A-Z]{{2,5}})?[\s,]*$", re.IGNORECASE)
_UPDATED = re.compile(r"(?:updated?|modified|revised|edited|수정)\b", re.IGNORECASE)
_PUBLISHED = re.compile(r"(?:published|posted|issued|released?|created|date|입력|등록)\b", re.IGNORECASE)
_STAMP_WORDS = re.compile(
    r"\b(?i:all news|first|last|published|posted|issued|released?|created|updated?|modified|revised|edited|date"
    r"|입력|등록|수정|on|at"
    r"|time|local|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun|\w{3,6}day|\d+[- ]min(?:ute)?s?|read|ago"
    r"|(?:\d+|an?) (?:minutes?|hours?|days?|weeks?|months?))\b|\b[A-Z]{2,5}\b|\([A-Z][\w ]{2,20}\)"
)
_LABELLED = re.compile(
    r"(?:(?:first|last)\s)?(?:published|posted|issued|released?|created|updated?|modified|revised|edited"
    r"|date|입력|등록|수정)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    rf"(?:{_LABELLED.pattern}(?: on| at)?:?\s*)?"
    r"(?:\d+|an?) ?(?:m|h|d|min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?) ago"
    rf"|{_LABELLED.pattern}(?: on| at)?:?\s*(?:[A-Z][a-z]{{2,8}}\.? \d\d?|\d\d? [A-Z][a-z]{{2,8}})",
    re.IGNORECASE,
)


def is_labelled(line: str) -> bool:
    """Whether a line begins with a word such as "Posted" or "Updated"."""
    return _LABELLED.match(line) is not None


def read_stamp(line: str) -> list[tuple[bool, PartialDate]] | None:
    """The dates of a line that holds nothing else; none if it holds only "2 hours ago"; None for any other line."""
    dates: list[tuple[bool, PartialDate]] = []
    rest, place, updated = "", 0, False
    while match := min(
        filter(None, (form.search(line, place) for form in _DATES)), key=lambda m: (m.start(), -m.end()), default=None
    ):
        time = _TIME_BEFORE.search(line[place : match.start()])
        before = line[place : match.start()][: time.start() if time else None]
        place = match.end()
        if after := _TIME_AFTER.match(line, place):
            time, place = after, after.end()
        rest += f"{before} "
        updated = bool(_UPDATED.search(before)) or (updated and not _PUBLISHED.search(before))
        if date := _date(match, time):
            dates.append((updated, date))
    rest += line[place:]
    if dates:
        return None if re.search(r"\w", _STAMP_WORDS.sub("", rest)) else dates
    return [] if _VAGUE.fullmatch(line) else None


def _date(day: re.Match[str], time: re.Match[str] | None) -> PartialDate | None:
    """At the precision that stands there; a time without a numeric zone keeps none."""
    month = day["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    iso = f"{day['year']}-{number:02d}" + (f"-{int(day['day']):02d}" if "day" in day.groupdict() else "")
    for text in (iso + _clock(time) if time and len(iso) == len("2012-05-23") else iso, iso):
        try:
            return PartialDate.parse(text)
        except ValueError:
            continue
    return None


def _clock(time: re.Match[str]) -> str:
    hour = int(time["hour"])
    if time["half"]:
        hour = hour % 12 + (12 if time["half"].lower() == "p" else 0)
    zone = re.fullmatch(r"(?:GMT|UTC|Z)([+-]\d{1,2})?", time["zone"] or "", re.IGNORECASE)
    offset = f"{zone[1][0]}{int(zone[1][1:]):02d}:00" if zone and zone[1] else "Z" if zone else ""
    return f"T{hour:02d}:{time['minute']}{offset}"
