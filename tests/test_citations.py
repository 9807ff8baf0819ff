"""Citations: the quote to the letter with its place and hash, the reference in words, a link to the sentence."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.citations import Cited, cite, in_words, reference, sha256
from api.citing.fragments import link
from indexer.types import Copy, Hit, Metadata, PartialDate, Passage, Reference, StoredPassage

URL = "https://example.org/news/1"
TEXT = "Ministers met in Vienna on Tuesday. They signed nothing at all before the night was over, she said."
SENTENCES = ((100, 135), (136, 199))


def date(iso: str) -> PartialDate:
    return PartialDate.parse(iso)


def passage(text: str = TEXT, start: int = 100) -> Passage:
    return Passage("a", 2, start, start + len(text), text, SENTENCES)


def test_the_quote_is_the_passage_to_the_letter_and_the_place_says_where_it_stands() -> None:
    text = "“We will not – for now – sign,” she said;  \u202b(سفير)\u202c 50 % of it’s done…"
    found = cite(passage(text, 7), Metadata("a", "A title"), 3)
    assert (found.quote, found.start, found.end) == (text, 7, 7 + len(text))
    assert (found.article_id, found.version) == ("a", 3)


def test_the_hash_is_that_of_the_quote_in_utf_8() -> None:
    found = cite(passage("naïve 核"), Metadata("a", "A title"), 1)
    assert found.sha256 == hashlib.sha256(b"na\xc3\xafve \xe6\xa0\xb8").hexdigest()


def test_the_hash_of_abc_is_the_published_one() -> None:  # FIPS 180-4, appendix B.1 of its first editions
    assert sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_link_opens_at_the_answering_sentence(sentence: tuple[int, int]) -> None:
    found = cite(passage(), Metadata("a", "A title", URL), 1, [sentence])
    assert found.url == link(URL, TEXT, (sentence[0] - 100, sentence[1] - 100))
    assert quote(TEXT[sentence[0] - 100 : sentence[0] - 90]) in str(found.url)


def test_of_several_highlights_the_link_opens_at_the_first() -> None:
    found = cite(passage(), Metadata("a", "A title", URL), 1, SENTENCES)
    assert found.url == cite(passage(), Metadata("a", "A title", URL), 1, SENTENCES[:1]).url


def test_without_a_highlight_the_link_opens_at_the_passage() -> None:
    assert cite(passage(), Metadata("a", "A title", URL), 1).url == link(URL, TEXT)


@pytest.mark.parametrize("highlights", [SENTENCES[:1], ()])
def test_with_the_articles_text_the_link_is_made_from_the_whole(highlights: tuple[tuple[int, int], ...]) -> None:
    whole = f"{'Before it all. ' * 7}".ljust(98)[:98] + f"\n\n{TEXT}\n\nAfter it all."
    assert whole[100 : 100 + len(TEXT)] == TEXT
    place = highlights[0] if highlights else (100, 100 + len(TEXT))
    found = Cited(passage(), Metadata("a", "A title", URL), 1, highlights, whole).citation
    assert found.url == link(URL, whole, place)
    assert found.quote == TEXT


def test_an_article_without_an_address_has_no_link() -> None:
    assert cite(passage(), Metadata("a", "A title"), 1, SENTENCES).url is None


@pytest.mark.parametrize(
    "found",
    [
        Hit(1, 0.5, passage(), Metadata("a", "A title", URL), 2, SENTENCES[1:]),
        StoredPassage(17, passage(), Metadata("a", "A title", URL), 2),
        Copy(passage(), Metadata("a", "A title", URL), 2),
    ],
    ids=["hit", "stored passage", "copy"],
)
def test_a_hit_a_stored_passage_and_a_copy_can_be_cited(found: Hit | StoredPassage | Copy) -> None:
    highlights = SENTENCES[1:] if isinstance(found, Hit) else ()
    assert Cited.of(found).citation == cite(passage(), Metadata("a", "A title", URL), 2, highlights)


def test_a_reference_names_authors_title_publisher_date_and_address() -> None:
    article = Metadata("a", "Ministers meet", URL, "Morning Post", ("Jane Doe",), date("2012-05-23"))
    assert reference(article) == f"Jane Doe, “Ministers meet”, Morning Post, 23 May 2012, {URL}."
    assert cite(passage(), article, 1).text == reference(article)


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


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 50), st.data())
def test_a_quote_is_never_changed_whatever_is_highlighted(text: str, start: int, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))
    highlights = ((start + low, start + high),)
    found = cite(passage(text, start), Metadata("a", "A title", URL), 1, highlights)
    assert found.quote == text
    assert found.sha256 == hashlib.sha256(text.encode()).hexdigest()
