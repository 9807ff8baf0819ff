"""What differs between two texts of an article: its substance, its title, what is known of it, or nothing that matters.

A page changes with every visit: "Updated 5 minutes ago", an advertisement more, curly quotation marks for straight
ones. None of that makes a new version. A figure or a name does, however small, and so does a notice of a correction.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace

from indexer.extraction.notices import find_notice
from indexer.extraction.stamps import is_labelled, read_stamp
from indexer.items import Known
from indexer.records import digest
from indexer.types import PARAGRAPH_BREAK, Article, Change, Metadata, Notice

_SAME = str.maketrans(
    {
        **dict.fromkeys("“”„‟″〝〞＂", '"'),
        **dict.fromkeys("‘’‚‛′`´＇", "'"),
        **dict.fromkeys("‐‑‒−﹣－", "-"),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),  # what does not show and only says where lines may break
        "…": "...",
    }
)
_GUILLEMETS = re.compile(r"[«‹]\s*|\s*[»›]")
_TYPED_DASH = re.compile(r"(?<!\S)-{1,3}(?!\S)|--+")
_DASH = re.compile(r"\s*[—–―]\s*")
_SPACES = re.compile(r"\s+")

_LONGEST_STAMP = 120
"""Characters of a paragraph that may be a stamp or an item of the page around an article."""

_CLOCK = r"(?:\d{1,2}[:.]\d\d|\d{4}(?= ?(?:GMT|UTC)))(?: ?[ap]\.?m\.?)?(?: ?\(?(?-i:[A-Z]{2,5})\)?)?"
_UPDATED = re.compile(
    rf"(?:last )?(?:updated?|modified|revised|edited)(?: on| at)?:? {_CLOCK}"
    r"|(?:last )?(?:updated?|modified|revised|edited)\b.{0,20}\bago"
    r"|(?:zuletzt aktualisiert|aktualisiert|mis à jour|actualizado|última actualización|aggiornato|atualizado"
    r"|bijgewerkt|обновлено)(?: am| le| el| il| em| op)?:?"
    r" (?:\d{1,2}\.? (?:de )?\w{3,10}\.? (?:de )?\d{4}|\d{1,4}[./-]\d\d?[./-]\d{2,4})"
    r"(?:,? (?:um |à |a las |alle |ore |às )?\d{1,2}[:.h]\d\d(?: uhr| h)?)?",
    re.IGNORECASE,
)
_AGO = re.compile(r".*\bago", re.IGNORECASE)
_UPDATE_WORD = re.compile(r"(?:last )?(?:updated?|modified|revised|edited)\b", re.IGNORECASE)

_FURNITURE = re.compile(
    r"(?:skip )?advertisements?|sponsored(?: content)?|ad|- advertisement -|advertisement - scroll to continue"
    r"|(?:the )?(?:story|article) continues (?:below|after)(?: (?:this |the )?(?:ad|advertisement|video|image))?"
    r"|continue reading(?: below| the main story)?|scroll (?:down )?to continue(?: reading)?"
    r"|share(?: this)?(?: (?:article|story|page|post))?(?: (?:on|via|with) [\w ]{1,20})?"
    r"|click to (?:share|email|print)(?: [\w ,()]{1,60})?"
    r"|tweet(?: this)?|email(?: this)?(?: (?:article|story|link))?|print(?: this)?(?: (?:article|story|page))?"
    r"|copy link|link copied|save(?: (?:article|story|for later))?|facebook|twitter|x|whatsapp|linkedin|telegram|reddit"
    r"|(?:[\d.,]+ )?(?:comments?|shares?)|\d+[- ]min(?:ute)?s? read|listen(?: to (?:this )?(?:article|story))?"
    r"|(?:sign up|subscribe|log in|sign in)(?: now| here| today)?|(?:back|return) to top"
    r"|related (?:stories|articles|topics)",
    re.IGNORECASE,
)
"""Lines of the page around an article that an extraction may leave in it."""

_KEPT = ("publisher", "authors", "published", "publisher_country", "publisher_kind")
"""What is known of an article that a later look at its page may not find again."""

_FROM_SOURCE = "source"
"""Where a date of publication stood that only the source of a document says (``indexer.extract``)."""

_NEVER_COUNT = {"id", "title", "updated", "published_from"}


def compare(old: Article, new: Article) -> Change | None:
    """What a new text of an article changes; None if nothing but its look, so that no version is made of it.

    "substance" where the texts differ, or where one has a notice of another kind (correction, retraction); else "title"
    where the titles do; else "details" where anything else known of the article does, but for when it was updated and
    where its date was found. White space, the shape of quotation marks and dashes, stamps ("Updated 3 May 2025") and
    furniture of the page ("Advertisement") never count; letters, figures and the case of letters always do.
    """
    if _substance(old.text) != _substance(new.text) or _noticed(old) != _noticed(new):
        return "substance"
    if _folded(old.meta.title) != _folded(new.meta.title):
        return "title"
    return "details" if _details(old.meta) != _details(new.meta) else None


def completed(old: Article, new: Article, known: Known = Known()) -> Article:
    """A newer text of an article with what is known of the old one where it says nothing itself.

    For pages that are looked at again: what the feed said of one is not said twice. Its date, its authors, and what is
    known of its publisher are kept so. Two sources that name one page would take turns with what each says of it:
    what the source alone says of the new text (``known`` is all it does) never takes the place of what is known.
    """
    unsaid = {name for name in _KEPT if not getattr(new.meta, name)} | _of_source(new.meta, known)
    kept = {name: getattr(old.meta, name) for name in unsaid if getattr(old.meta, name)}
    if "published" in kept:
        kept["published_from"] = old.meta.published_from
    if old.meta.language and _is_one_language(old.meta.language, new.meta.language):
        kept["language"] = old.meta.language
    meta = replace(new.meta, **kept)
    return replace(new, meta=meta, digest=digest(meta, new.text))


def _of_source(meta: Metadata, known: Known) -> set[str]:
    """What of an article's metadata its source says, and not the document itself, as far as that can be told."""
    names = {"publisher_country", "publisher_kind"}
    if meta.published_from == _FROM_SOURCE:
        names.add("published")
    if meta.publisher in {known.publisher, known.name}:
        names.add("publisher")
    return names


def _is_one_language(old: str, new: str | None) -> bool:
    """Whether a tag says no more than another region or script; one may be of the feed, one detected in the text."""
    return new is None or old.partition("-")[0].lower() == new.partition("-")[0].lower()


def _substance(text: str) -> str:
    """The text as far as it counts, on one line: where paragraphs end is its look."""
    return _SPACES.sub(" ", " ".join(filter(None, (_counted(part) for part in text.split(PARAGRAPH_BREAK))))).strip()


def _counted(paragraph: str) -> str:
    """What counts of a paragraph; nothing of a stamp of changes, a plain form of one of publication."""
    folded = _folded(paragraph)
    if len(folded) > _LONGEST_STAMP:
        return folded
    if _FURNITURE.fullmatch(folded) or _UPDATED.fullmatch(folded):
        return ""
    dates = read_stamp(folded)
    if dates is None or not (is_labelled(folded) or _AGO.fullmatch(folded)):
        return folded
    if not dates:
        return "" if _AGO.fullmatch(folded) or _UPDATE_WORD.match(folded) else folded
    return " ".join(f"published {date}" for updated, date in dates if not updated)


def _folded(text: str) -> str:
    """The text with one form of each sign that is written in several. Numbers and letters stay what they are."""
    plain = _GUILLEMETS.sub('"', unicodedata.normalize("NFC", text)).translate(_SAME)
    return _SPACES.sub(" ", _DASH.sub("-", _TYPED_DASH.sub("–", plain))).strip()


def _noticed(article: Article) -> str | None:
    """The kind of notice. Read anew: what was stored by an older version of this program may not say."""
    notice = find_notice(article.meta.title, article.text)
    return notice.kind if notice else None


def _details(meta: Metadata) -> list[object]:
    """All that is known of an article but for what has its own rule, written in one way.

    An address does not count where the id was made of it: then both mean the same page.
    """
    without = _NEVER_COUNT | ({"url"} if meta.id.startswith("url-") else set())
    return [_plain(getattr(meta, field.name)) for field in fields(meta) if field.name not in without]


def _plain(value: object) -> object:
    match value:
        case str():
            return _folded(value)
        case Notice(kind, text):
            return kind, _folded(text)
        case tuple():
            return tuple(_plain(item) for item in value)
    return value
