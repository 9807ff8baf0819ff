"""Pages that are no articles, told in words: missing ones, walls of all kinds, film, sound, pictures, lists of links.

Servers answer with status 200 for all of them. A page with the text of an article is one, whatever else stands on it (a
player, a form to subscribe): the signs count only where there is next to no text, or nothing but headlines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from indexer.errors import DocumentError, NoLongerThere
from indexer.extraction.furniture import CJK
from indexer.extraction.linked_data import LinkedData
from indexer.extraction.page_tidy import text_of

_SHORT = 150
"""Words: a body with as many is an article even below a wall or a player."""
_STUB = 60
"""Words: a closed page with fewer shows the beginning of its article and no more."""
_FEW = 4
"""Sentences: a closed page that asks for a subscription and shows no more of them shows a beginning, too."""
_CAPTION = 60
"""Words: with fewer a film, a recording or a series of pictures has a caption, not a text."""
_SHOWN = 20_000
_HEADLINE_WORDS = 4
_LISTED = 5
_MANY_LISTED = 10
_MOSTLY = 0.5
_PARAGRAPH = 60
_TEASER = 30
_PARAGRAPHS = 3
"""A teaser in a list of articles has fewer words than the first, and hardly more than the second; so few have more."""

_MISSING = re.compile(
    r"(?:(?:error|http|fehler|erreur)?\s*:?\s*404\b(?!\s+\w+ \w+ \w+).{0,60}"
    r"|.{0,30}\bpage (?:was |is |could |can)?\s?(?:not|n['’]t)(?: be)? (?:found|exist|available)\b.{0,40}|not found"
    r"|.{0,20}(?:page|article|story|content)\b.{0,30}\b(?:no longer (?:available|exists)|does(?: not|n['’]t) exist"
    r"|(?:can(?:not|['’]t| not)|could ?n[o'’]t) be found)\b.{0,40}"
    r"|(?:oops|sorry|uh-?oh)\b.{0,40}\b(?:not|n['’]t|cannot)\b.{0,20}\b(?:find|found|exist)\b.{0,40}"
    r"|.{0,30}\b(?:can(?:no|['’])t|could ?n[o'’]t) find\b.{0,40}\bpage\b.{0,20}"
    r"|page introuvable.{0,30}|seite nicht gefunden.{0,30}|p[áa]gina no encontrada.{0,30}|pagina non trovata.{0,30}"
    r"|p[áa]gina n[ãa]o encontrada.{0,30}|страница не найдена.{0,30}|الصفحة غير موجودة.{0,30})",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"just a moment\b|attention required|are you (?:a )?(?:robot|human)|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|pardon our interruption|checking your browser"
    r"|(?:please )?(?:enable|turn on|activate) (?:javascript|js and cookies)"
    r"|javascript (?:is (?:disabled|required)|(?:must|has to) be enabled)|unusual (?:traffic|activity) from your"
    r"|access (?:to this page has been )?denied|complete the (?:captcha|security check)"
    r"|you have been blocked|ddos protection",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue to|we (?:value|care about|respect) your privacy|(?:manage|your) (?:cookie|privacy|consent) "
    r"(?:preferences|settings|choices)|(?:we|our partners|and our partners) (?:use|store)\b.{0,60}\bcookies"
    r"|accept (?:all )?cookies|consent to (?:the use of )?cookies|datenschutzeinstellungen"
    r"|wir (?:verwenden|nutzen) cookies"
    r"|nous utilisons des cookies|utilizamos cookies|utilizziamo i cookie",
    re.IGNORECASE,
)
_BARRIER = re.compile(
    r"(?:subscribe|sign (?:in|up)|log ?in|register|create (?:a free|an) account|become a (?:member|subscriber)|join)\b"
    r".{0,40}\bto (?:continue|keep|finish) reading"
    r"|to (?:continue|keep) reading(?: this)?,? (?:please |subscribe|log|sign)"
    r"|to read the (?:full|whole|rest of (?:the|this)) (?:article|story)|continue reading (?:your|this) article with"
    r"|this (?:article|story|content|page) is (?:only )?(?:for|available to|exclusive to|exclusively for|reserved for)"
    r" (?:our )?(?:paying |registered |premium )?(?:subscribers|members|users)"
    r"|(?:subscriber|member)s?[- ]only (?:article|story|content)"
    r"|you(?:['’]ve| have) (?:reached|read|used)\b.{0,30}\b(?:limit|free (?:articles?|stories))"
    r"|(?:already|not yet|not) a (?:subscriber|member)\?|unlock (?:this|the full) (?:article|story)"
    r"|r[ée]serv[ée] (?:aux|à nos) abonn[ée]s|abonnez-vous pour|weiterlesen mit|jetzt weiterlesen"
    r"|mit .{1,20} weiterlesen"
    r"|suscr[íi]bete para (?:seguir|continuar)|contenido exclusivo para suscriptores"
    r"|conte[úu]do exclusivo para assinantes"
    r"|per continuare a leggere|abbonati per|чтобы продолжить чтение",
    re.IGNORECASE,
)
_LISTING_TYPES = {"CollectionPage", "SearchResultsPage", "ItemList"}
_VIDEO_TYPES = {"VideoObject", "VideoGallery", "Clip", "Movie", "TVEpisode"}
_AUDIO_TYPES = {"AudioObject", "PodcastEpisode", "RadioEpisode", "PodcastSeries", "MusicRecording"}
_GALLERY_TYPES = {"ImageGallery", "MediaGallery"}
_VIDEO_PATH = re.compile(r"/(?:videos?|watch)(?:/|$)", re.IGNORECASE)
_AUDIO_PATH = re.compile(r"/(?:podcasts?|audio|listen|sounds)(?:/|$)", re.IGNORECASE)
_GALLERY_PATH = re.compile(
    r"/(?:galler(?:y|ies)|photos?|pictures|in-pictures|slideshows?|picture-gallery)(?:/|$)", re.IGNORECASE
)
_LISTING_PATH = re.compile(
    r"^/?$|^/[a-z]{2}(?:-[a-z]{2})?/?$|^/(?:[\w-]+/){0,2}(?:tags?|topics?|categor(?:y|ies)|authors?|search|archives?"
    r"|sections?|keywords?|themen|rubrik|tema|thema|sujet)(?:/[^/]+)?/?$|/page/\d+/?$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？](?=[\"'”’)]*(?:\s|$))")
_CLOSED = re.compile(r"\"isAccessibleForFree\"\s*:\s*(?:\"\s*)?false", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a page shows of its kind, read before anything is taken out of its tree."""

    names: tuple[str, ...]
    types: frozenset[str]
    og_type: str
    address: str
    shown: str
    closed: bool
    article: bool
    headlines: frozenset[str]


def read_signs(tree: HtmlElement, linked: LinkedData, url: str | None) -> Signs:
    """Read a page's signs. ``shown`` is the beginning of its visible text, ``headlines`` are its longer links."""
    og_type = next((str(value).strip().lower() for value in tree.xpath('//meta[@property="og:type"]/@content')), "")
    dated = tree.xpath('//meta[@property="article:published_time"] | //*[@itemprop="articleBody"]')
    links = (text_of(link) for link in tree.iter("a"))
    return Signs(
        names=tuple(filter(None, (text_of(element) for element in tree.xpath("//title | //h1")[:4]))),
        types=linked.types,
        og_type=og_type,
        address=urlsplit(url).path if url else "",
        shown=_shown(tree),
        closed=any(_CLOSED.search(script.text or "") for script in tree.iter("script")),
        article=bool(linked.article) or og_type == "article" or bool(dated),
        headlines=frozenset(link for link in links if len(link.split()) >= _HEADLINE_WORDS),
    )


def refuse_no_article(signs: Signs, paragraphs: list[str]) -> None:
    """Raises DocumentError, in words for a person, if a page whose text is ``paragraphs`` is no article.

    That is NoLongerThere where there was an article if the address ever gave one: behind a wall it still is.
    """
    count = sum(map(size, paragraphs))
    if count < _SHORT:
        if reason := _missing(signs):
            raise NoLongerThere(reason)
        if reason := _wall(signs, paragraphs, count) or _media(signs, count):
            raise DocumentError(reason)
    if reason := _listing(signs, paragraphs):
        raise NoLongerThere(reason)


def size(text: str) -> int:
    """The words of a text, two characters counting as one in scripts that write no spaces."""
    return len(text.split()) + len(CJK.findall(text)) // 2


def _shown(tree: HtmlElement) -> str:
    parts: list[str] = []
    length = 0
    for text in tree.xpath("//body//text()[not(parent::script or parent::style or parent::template)]"):
        if stripped := str(text).strip():
            parts.append(stripped)
            length += len(stripped)
        if length > _SHOWN:
            break
    return " ".join(" ".join(parts).split())


def _missing(signs: Signs) -> str | None:
    name = next((name for name in signs.names if _MISSING.fullmatch(name.partition(" | ")[0].strip())), None)
    return f"a page that says it is not there ({name[:80]!r}), though served as found" if name else None


def _wall(signs: Signs, paragraphs: list[str], count: int) -> str | None:
    """A check for robots, a question for consent, or the beginning of an article that is not free."""
    little = size(signs.shown) < _SHORT
    named = " ".join(signs.names)
    if _ROBOT.search(named) or (little and _ROBOT.search(signs.shown)):
        return "a check for robots stands before the page: it cannot be read by a program"
    if _CONSENT.search(named) or (count < _STUB and little and _CONSENT.search(signs.shown)):
        return "a question for consent stands before the page: it cannot be read without an answer"
    barrier = _BARRIER.search(signs.shown)
    few = sum(len(_SENTENCE_END.findall(paragraph)) for paragraph in paragraphs) <= _FEW
    if ((signs.closed or barrier) and count < _STUB) or (signs.closed and barrier and few):
        return f"a paywall: the page shows {count} words of its article" + (
            f" ({barrier[0][:80]!r})" if barrier else ""
        )
    return None


def _media(signs: Signs, count: int) -> str | None:
    """A film, a recording or a series of pictures with a caption for a text."""
    if count >= _CAPTION:
        return None
    kinds = (
        ("a video page", _VIDEO_TYPES, "video", _VIDEO_PATH),
        ("an audio page", _AUDIO_TYPES, "music", _AUDIO_PATH),
        ("a gallery of pictures", _GALLERY_TYPES, "gallery", _GALLERY_PATH),
    )
    for name, types, og_type, path in kinds:
        if (
            (signs.types & types and not signs.article)
            or signs.og_type.startswith(og_type)
            or path.search(signs.address)
        ):
            return f"{name}, not an article: it has {count} words of text"
    return None


def _listing(signs: Signs, paragraphs: list[str]) -> str | None:
    """A list of links: a front, a section, a tag, an author, the results of a search."""
    listed = len(signs.headlines)
    linked = sum(paragraph in signs.headlines for paragraph in paragraphs)
    lengths = [size(paragraph) for paragraph in paragraphs]
    longest = max(lengths, default=0)
    teasers = longest < _PARAGRAPH and sum(length >= _TEASER for length in lengths) < _PARAGRAPHS
    named = bool(signs.types & _LISTING_TYPES or _LISTING_PATH.search(signs.address))
    own = signs.article and not (signs.types & _LISTING_TYPES)
    if (
        (named and not own and listed >= _LISTED and teasers)
        or (not own and linked >= _LISTED and linked >= _MOSTLY * len(paragraphs))
        or (not signs.article and listed >= _MANY_LISTED and longest < _HEADLINE_WORDS * 5)
    ):
        return f"a list of links to articles ({listed} of them), not an article"
    return None
