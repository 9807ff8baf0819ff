"""Lines of page furniture: buttons, notices, captions, credits, copyright lines and headings of other stories.

A line counts as furniture only by its whole form, since losing a sentence is worse than keeping a caption.
"""

from __future__ import annotations

import re

MAX_LINE = 160
"""Furniture lines are shorter; captions and notices, which have stronger signs, may be up to `_MAX_NOTICE`."""
_MAX_NOTICE = 500

_SHORTEST_PROSE = 60
_CJK_PROSE = 25

_CLOSERS = "\"'”’»)]"
_STATEMENT_ENDS = (".", "。", "।", "۔")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

# Whole lines, without regard to case.
_LABEL = re.compile(
    r"(?:top(?: ?go to contents?)?|back to top|close|bar_progress|text size|font size|home|menu|search|share|save|print"
    r"|e-?mail|comments?|log ?in|sign in|register|subscribe(?: now)?|listen(?: to this (?:article|story|page))?|watch"
    r"|live|play(?: video)?|advertisement|ad|sponsored|show more|more|breaking(?: news)?|next|previous|bookmark|a[+-]"
    r"|read more(?:: .{2,150}(?<![.!]))?"
    r"|copy (?:link|url)|link copied|image|video|getty images|afp|ap|epa|reuters|yonhap|xinhua|enlarge(?: this image)?"
    r"|toggle caption|view gallery|gift (?:this )?article|\(ATTN: .{2,80}\)|\(end\)"
    r"|add (?:us )?as preferred (?:source )?on google"
    r"|(?:\d+|view|show|no|leave a|add a|post a) comments?(?: \(\d+\))?|comments? \(?\d+\)?|[\d,]+ (?:shares?|views?)"
    r"|\d+[- ]min(?:ute)?s?(?: read)?|end of list|list of \d+ items?|(?:article|story) continues (?:below|after).*"
    r"|(?:join|follow|find|like) us on .{1,40}"
    r"|share this (?:article|story|page|post).{0,20}|share (?:on|via|to) .{1,30})"
    r":?",
    re.IGNORECASE,
)
_BUTTONS = re.compile(
    r"(?:(?:share|save|print|e-?mail|facebook|twitter|x|whatsapp|linkedin|reddit|telegram|pinterest|messenger|bluesky"
    r"|threads|line|kakao ?talk|weibo|wechat|copy|link|url|font|text|size|a|on|via|comments?|bookmark|listen|[-+|·•/,])"
    r"(?:\s+|$))+",
    re.IGNORECASE,
)
_BAR = re.compile(r"[^|]{1,30}(?:\s?\|\s?[^|.]{1,30}){2,}")
"""A bar of links: Home | World | Politics."""

_SKIP = re.compile(
    r".{0,20}바로 ?가기|(?:top ?)?(?:skip|go|jump|move) to .{2,40}(?<![.!?])|skip navigation.{0,20}"
    r"|accessibility (?:links|help)"
    r"|aller au (?:contenu|menu).{0,20}|zum (?:haupt)?inhalt.{0,20}|(?:ir|saltar|pasar) al? contenido.{0,20}"
    r"|(?:pular|ir) para o? ?conte.do.{0,20}|vai al contenuto.{0,20}|перейти к .{2,30}|本文へ.{0,12}|跳.{1,10}内容"
    r"|(?:تخطي?|انتقل) .{2,30}(?<![.!?])",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"(?:(?:(?:sign up|subscribe|register) (?:for|to|now|here|today)|get (?:our|the|your|more)|get .{0,20}['’]"
    r"|join (?:our|us))\b"
    r"(?:[\w '’:-]{0,60}\bnewsletters?\b|.*\b(?:your inbox|(?:our|free)\b[\w '’-]{0,40}\bnewsletters?)\b)"
    r"|(?:sign up (?:for|to)|get|join|follow|subscribe to) our (?:[\w-]+ ){0,3}(?:alerts?|briefing|channel)\b[^,]*$"
    r"|(?:we|this (?:web)?site|our partners) uses? cookies|accept (?:all )?cookies"
    r"|by continuing (?:to (?:use|browse|visit)|your)\b.*\b(?:cookies|you (?:agree|accept|consent))\b"
    r"|by continuing to (?:use|browse|visit) (?:this|our|the) web ?site\b"
    r"|(?:download|get) (?:the|our) .{0,30}\bapp\b|click here to )",
    re.IGNORECASE,
)
_CREDIT_FIRST = re.compile(
    r"(?:photo|photograph|image|picture|video|credit|file photo|foto|사진)\s?(?:[:=]|(?-i:by [A-Z])).*",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"(?:image source|(?:image|media) caption|(?:image|photo) credit)\s?[:,=].*", re.IGNORECASE)
"""A label of two words is nothing but a caption's, even with a comma behind it."""
_AGENCY = r"(?:AP|AFP|EPA|REUTERS|Reuters|Xinhua|Yonhap(?: News)?|Getty Images|Getty)"
_CREDIT_LAST = re.compile(
    r".*(?:\[(?:[Ii]mage|[Pp]hoto|사진)[^\]]{0,80}\]"
    r"|\((?:[A-Z][\w ]{1,40} )?(?:[Pp]hoto|[Ff]ile|[Ii]mage)\b[^()]{0,60}\)"
    rf"|\({_AGENCY}/[^()]{{2,60}}\)|\([A-Z][\w .&]{{1,40}}/[A-Z][\w'’-]+(?: [A-Z][\w'’.-]*){{1,3}}\)"
    rf"|\b{_AGENCY}/[A-Z][\w'’-]*(?: [A-Z][\w'’.-]*){{0,3}}(?:/[\w ]{{2,20}})?"
    rf"|[/©] ?Courtesy of [^.]{{2,60}}|[/©] ?{_AGENCY}|\b[Ff]ile photo"
    r"|Photograph: [^.]{2,80})"
    rf"|This (?:[\w-]+ ){{0,2}}(?:photo|image|picture|graphic)\b.*\({_AGENCY}\)"
)
COPYRIGHT = re.compile(r"(?:copyright\s*(?:©|\(c\)|ⓒ|(?=\d{4}))|[©ⓒ]|\(c\)\s*(?=\d{4}))\s*", re.IGNORECASE)
RESERVED = re.compile(r"(?:.{0,120}[.,;|)\d©])?\s*A(?:ll [Rr]ights [Rr]eserved|LL RIGHTS RESERVED)\b.{0,200}")
END = re.compile(
    r"(?:special coverage|join us on social!?|\(end\)|related (?:articles?|stories|news|topics|content|links)"
    r"|(?:most|more) (?:read|popular|viewed|stories|news)|more (?:on this story|from .{2,40}|about .{2,40})|read next"
    r"|recommended(?: stories| for you)?|trending(?: now)?|top stories|latest (?:news|stories)|editors?['’]s? picks?"
    r"|you (?:may|might) also like|explore more|promoted(?: content)?|around the bbc"
    r"|sponsored content"
    r"|our standards: .{5,80})[:!.]?",
    re.IGNORECASE,
)
LAST_LABEL = re.compile(r"(?:related|popular|topics|tags|keywords?):?", re.IGNORECASE)
"""These head sections of articles as well: they end one only where no prose follows at all."""


def states(line: str) -> bool:
    """Whether a line ends as a statement does; a headline may end with a question."""
    return line.rstrip(_CLOSERS).endswith(_STATEMENT_ENDS)


def states_at_length(line: str) -> bool:
    """Whether a line ends as a statement and is too long for a button or a headline."""
    return states(line) and len(line) >= (_CJK_PROSE if CJK.search(line) else _SHORTEST_PROSE)


def is_furniture(line: str) -> bool:
    """Whether a whole line is a button, a notice, a caption with its source, or a copyright line."""
    if len(line) <= MAX_LINE and any(form.fullmatch(line) for form in (_LABEL, _BUTTONS, _BAR, _SKIP)):
        return True
    if len(line) > _MAX_NOTICE:
        return False
    return is_notice(line) or bool(_CREDIT_FIRST.fullmatch(line)) or is_sure_furniture(line)


def is_notice(line: str) -> bool:
    """Whether a line asks for a subscription or for consent to cookies, or offers an app."""
    return len(line) <= _MAX_NOTICE and bool(_NOTICE.match(line))


def is_sure_furniture(line: str) -> bool:
    """Whether a line is a caption by its form as a whole, or a copyright line: even among prose it is no prose."""
    return is_copyright(line) or (
        len(line) <= _MAX_NOTICE and bool(_CAPTION.fullmatch(line) or _CREDIT_LAST.fullmatch(line))
    )


def is_copyright(line: str) -> bool:
    """Whether a line claims a copyright and says no more."""
    return len(line) <= _MAX_NOTICE and bool(COPYRIGHT.match(line) or RESERVED.fullmatch(line))
