"""Citations: the quote to the letter, the reference in words, and a link that opens at the quote."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.citations import cite, in_words, link, reference
from indexer.types import Metadata, PartialDate, Passage, Reference

URL = "https://example.org/news/1"

SENTENCES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=40)


def date(iso: str) -> PartialDate:
    return PartialDate.parse(iso)


def directive(text: str, url: str = URL) -> str:
    """What stands after ``:~:text=`` in the link to a text."""
    address, mark, found = str(link(url, text)).partition(":~:text=")
    assert mark
    assert address == (url if "#" in url else f"{url}#")
    return found


def test_the_quote_is_the_passage_to_the_letter() -> None:
    text = "“We will not – for now – sign,” she said;  \u202b(سفير)\u202c 50 % of it’s done…"
    assert cite(Passage("a", 0, 0, len(text), text), Metadata("a", "A title")).quote == text


def test_a_reference_names_authors_title_publisher_date_and_address() -> None:
    article = Metadata("a", "Ministers meet", URL, "Morning Post", ("Jane Doe",), date("2012-05-23"))
    assert reference(article) == f"Jane Doe, “Ministers meet”, Morning Post, 23 May 2012, {URL}."


def test_several_authors_are_all_named() -> None:
    article = Metadata("a", "Ministers meet", authors=("Jane Doe", "Li Wei"), published=date("2012"))
    assert reference(article) == "Jane Doe and Li Wei, “Ministers meet”, 2012."


def test_an_article_of_which_only_the_title_is_known_has_no_date() -> None:
    assert reference(Metadata("a", "Ministers meet")) == "“Ministers meet”, n.d."


def test_an_article_that_rests_on_others_is_cited_with_them() -> None:
    sources = (
        Reference("Morning Post", date("2012-05"), "Talks open", "https://example.org/2"),
        Reference("Evening Herald"),
    )
    article = Metadata("a", "A brief", published=date("2012-05-23"), references=sources)
    assert reference(article) == (
        "“A brief”, 23 May 2012. Rests on: Morning Post, “Talks open”, May 2012, https://example.org/2; Evening Herald."
    )


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2012", "2012"),
        ("2012-05", "May 2012"),
        ("2012-05-03", "3 May 2012"),
        ("2012-12-31T23:59:59+09:00", "31 December 2012"),
        ("0987-01-01", "1 January 0987"),
    ],
)
def test_a_date_is_said_as_precisely_as_it_is_known(iso: str, words: str) -> None:
    assert in_words(date(iso)) == words


def test_an_article_without_an_address_has_no_link() -> None:
    assert link(None, "Ministers met.") is None
    assert cite(Passage("a", 0, 0, 4, "Text"), Metadata("a", "A title")).url is None


def test_a_short_quote_stands_in_the_link_whole() -> None:
    assert link(URL, "Ministers met in Vienna.") == f"{URL}#:~:text=Ministers%20met%20in%20Vienna."


def test_a_long_quote_is_named_by_its_first_and_last_words() -> None:
    text = "One two three four five six seven eight nine ten eleven twelve thirteen."
    assert directive(text) == "One%20two%20three%20four%20five%20six,eight%20nine%20ten%20eleven%20twelve%20thirteen."


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("-", "%2D"),
        (",", "%2C"),
        ("&", "%26"),
        (" a b", "%20a%20b"),
        ("#?/%", "%23%3F%2F%25"),
        ("é", "%C3%A9"),
        ("核", "%E6%A0%B8"),
        ("\u202e", "%E2%80%AE"),
        (":~:text=", "%3A~%3Atext%3D"),
        ("“US–China”", "%E2%80%9CUS%E2%80%93China%E2%80%9D"),
    ],
)
def test_whatever_is_syntax_or_not_ascii_is_percent_encoded(text: str, encoded: str) -> None:
    assert directive(text) == encoded


def test_a_fragment_that_the_address_has_already_is_kept() -> None:
    assert link(f"{URL}#section-2", "Met.") == f"{URL}#section-2:~:text=Met."


def test_an_address_copied_with_a_text_fragment_gets_the_quotes_own() -> None:
    assert link(f"{URL}#:~:text=Other%20words", "Met.") == f"{URL}#:~:text=Met."
    assert link(f"{URL}#part:~:text=Other%20words", "Met.") == f"{URL}#part:~:text=Met."


@settings(deadline=None, max_examples=200)
@given(SENTENCES)
def test_the_words_in_a_link_stand_in_the_text_at_its_ends(words: list[str]) -> None:
    text = " ".join(" ".join(words).split())
    first, _, last = directive(text).partition(",")
    assert text.startswith(unquote(first))
    assert text.endswith(unquote(last))
    assert last != "" or unquote(first) == text


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_a_link_is_an_address_in_ascii_whatever_the_text(text: str) -> None:
    found = str(link(URL, text))
    assert found.isascii()
    assert not set(found) & set(" \n\"'<>`{}|\\^[]")
    assert urlsplit(found)._replace(fragment="").geturl() == URL
    assert found.count(":~:") == 1
    pieces = found.partition(":~:text=")[2].split(",")
    assert len(pieces) <= 2
    assert not any(set(piece) & set("-&") for piece in pieces)


@settings(deadline=None, max_examples=100)
@given(st.text(), st.integers(0, 50))
def test_a_quote_is_never_changed(text: str, start: int) -> None:
    found = cite(Passage("a", 0, start, start + len(text), text), Metadata("a", "A title", URL))
    assert found.quote == text
