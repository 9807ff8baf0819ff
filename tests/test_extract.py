"""What extract makes of JSON, Markdown, HTML and plain text, and what it refuses with which words."""

import json
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.clean import split_paragraphs
from indexer.errors import DocumentError
from indexer.extract import canonical_url, detect_language, extract, make_article
from indexer.items import RawDocument
from indexer.types import Article, PartialDate, Reference

SHARED = Path(__file__).resolve().parents[2] / "shared"

ENGLISH = (
    "The ministers of the two countries met on Monday and spoke about the border, the tolls and the engineers. " * 3
)
GERMAN = "Die Minister der beiden Länder trafen sich am Montag und sprachen über die Grenze und die Zölle. " * 3
JAPANESE = "両国の外相は月曜日、二年ぶりに国境の検問所を再び開くことで合意したと発表した。"
KOREAN = "양국 외교장관은 월요일 이 년 만에 국경 검문소를 다시 열기로 합의했다고 발표했다."


def article(content: str | bytes, media_type: str, source: str = "in/talks.md", url: str | None = None) -> Article:
    return extract(RawDocument(source, media_type, content.encode() if isinstance(content, str) else content, url))


def from_json(**fields: object) -> Article:
    return article(json.dumps({"title": "Talks", "text": "They met."} | fields), "application/json")


def from_markdown(content: str) -> Article:
    return article(content, "text/markdown")


def refusal(content: str | bytes, media_type: str = "application/json") -> str:
    with pytest.raises(DocumentError) as caught:
        article(content, media_type)
    return str(caught.value)


def json_refusal(**fields: object) -> str:
    return refusal(json.dumps({"title": "Talks", "text": "They met."} | fields))


# JSON


def test_every_field_of_a_json_article_arrives() -> None:
    meta = from_json(
        id=" talks-1 ",
        url="https://example.org/talks",
        publisher="The Herald",
        published="2024-04",
        updated="2024-04-12T07:53",
        authors=["Jo  Doe", "Ana Ruiz"],
        language="en",
        countries=["no", "SE"],
        sources=[{"publisher": "Agency", "date": "2024", "title": "They met", "url": "https://example.org/a"}],
        colour="ignored",
    ).meta
    assert meta.id == "talks-1"
    assert (meta.title, meta.publisher, meta.url) == ("Talks", "The Herald", "https://example.org/talks")
    assert (meta.published, meta.updated) == (PartialDate("2024-04"), PartialDate("2024-04-12T07:53"))
    assert (meta.authors, meta.language, meta.countries) == (("Jo Doe", "Ana Ruiz"), "en", ("NO", "SE"))
    assert meta.references == (Reference("Agency", PartialDate("2024"), "They met", "https://example.org/a"),)


def test_what_is_not_said_stays_unknown() -> None:
    meta = from_json(publisher=None, published=None, authors=None, url="").meta
    assert (meta.publisher, meta.published, meta.updated, meta.url, meta.language) == (None,) * 5
    assert (meta.authors, meta.countries, meta.references) == ((), (), ())


def test_the_text_may_be_one_string_or_a_list_of_paragraphs() -> None:
    assert from_json(text="One.\nTwo.").text == from_json(text=["One.", " Two. "]).text == "One.\n\nTwo."


def test_other_names_of_fields_are_known() -> None:
    meta = from_json(doc_id=17, date=2012, author="Jo Doe").meta
    assert (meta.id, meta.published, meta.authors) == ("17", PartialDate("2012"), ("Jo Doe",))


def test_text_is_normalised_at_the_boundary() -> None:
    raw = '{"title": "Ta\\u0000lks\\ud800", "text": "They met.\\u2028They left.\\u0007"}'
    result = article(raw, "application/json")
    assert (result.meta.title, result.text) == ("Talks\ufffd", "They met.\n\nThey left.")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "line is not JSON"),
        ("[1]", "not a JSON object"),
        ('{"title": "Talks", "text": NaN}', "NaN"),
        ("[" * 100_000, "nested too deeply"),
        ('{"title": "Talks", "text": ' + "[" * 900 + "]" * 900 + "}", "not a string"),
        ('{"id": 1' + "0" * 5000 + "}", "line is not JSON"),
        (b'{"title": "Z\xfcrich"}', "not UTF-8"),
        ('{"text": "They met."}', 'title is missing: add a "title" field'),
        ('{"title": "Talks"}', 'text is missing: add a "text" field'),
        ('{"title": " ", "text": "a"}', "title is missing"),
        ('{"title": "Talks", "text": " \\n"}', "no text left after cleaning"),
        ('{"title": 5, "text": "a"}', "title is 5, not a string"),
        ('{"title": "Talks", "text": ["a", 1]}', "text holds 1"),
    ],
)
def test_a_json_line_that_cannot_be_taken_says_why(content: str | bytes, says: str) -> None:
    assert says in refusal(content)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("published", "12/04/2024", "published cannot be read: '12/04/2024'"),
        ("updated", "2024-02-30", "updated cannot be read: '2024-02-30'"),
        ("date", True, "date is true"),
        ("id", "", "id is empty"),
        ("id", "a" * 513, "at most 512"),
        ("id", "a\nb", "control character"),
        ("id", "a\u2028b", "control character"),
        ("id", "a\ud800", "control character"),
        ("id", 1.5, "id is 1.5"),
        ("url", "javascript:alert(1)", "http://"),
        ("url", "http://[", "http://"),
        ("authors", [["Jo"]], "authors holds a list"),
        ("language", "English please", "not a code"),
        ("countries", ["Norway"], "two-letter"),
        ("countries", [False], "countries holds false"),
        ("sources", ["Agency"], '"publisher"'),
        ("sources", [{"publisher": "A", "date": "soon"}], "'soon'"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(field: str, value: object, says: str) -> None:
    assert says in json_refusal(**{field: value})


# Identity


def test_the_id_of_an_address_ignores_tracking_and_fragments() -> None:
    plain = from_json(url="https://example.org/talks?page=2&id=7").meta
    other = from_json(url="https://EXAMPLE.org:443/talks?id=7&utm_source=x&fbclid=y&page=2#top").meta
    assert plain.id == other.id
    assert plain.id.startswith("url-")
    assert len(plain.id) == len("url-") + 16


@pytest.mark.parametrize("query", ["uid=1", "cid=1", "source=1", "1", "id=1", "gallery=1"])
def test_a_parameter_that_may_tell_articles_apart_stays(query: str) -> None:
    assert canonical_url(f"https://example.org/view?{query}") != canonical_url("https://example.org/view?id=2")
    assert canonical_url(f"https://example.org/view?{query}").endswith(f"?{query}")


def test_the_same_text_at_two_publishers_is_two_articles() -> None:
    herald, times = from_json(publisher="Herald").meta.id, from_json(publisher="Times").meta.id
    assert herald != times
    assert herald == from_json(publisher="Herald").meta.id
    assert herald.startswith("text-")


def test_the_digest_covers_metadata_and_text_but_not_the_source() -> None:
    def make(source: str = "a", title: str = "Talks", text: str = "They met.", publisher: str | None = None) -> str:
        return make_article(source=source, title=title, paragraphs=[text], publisher=publisher, id="1").digest

    assert make() == make(source="b")
    assert len({make(), make(title="Votes"), make(text="They left."), make(publisher="Herald")}) == 4


def test_the_address_where_it_was_fetched_serves_if_the_document_names_none() -> None:
    result = article('{"title": "Talks", "text": "They met."}', "application/json", url="https://example.org/x")
    assert result.meta.url == "https://example.org/x"


# Language


def test_the_language_of_a_long_text_is_detected() -> None:
    assert (from_json(text=ENGLISH).meta.language, from_json(text=GERMAN).meta.language) == ("en", "de")


def test_the_language_of_a_short_text_stays_unknown() -> None:
    assert detect_language(ENGLISH[:199]) is None


def test_the_language_that_is_given_counts() -> None:
    assert from_json(text=ENGLISH, language="nb").meta.language == "nb"


# Plain text


def test_plain_text_is_read_as_copied_from_a_page() -> None:
    result = article("Skip to content\nTalks at Vell\nShare\n\n" + ENGLISH + "\n\nClose\n\n" + ENGLISH, "text/plain")
    assert result.meta.title == "Talks at Vell"
    assert result.text == f"{ENGLISH.strip()}\n\n{ENGLISH.strip()}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_decoded_by_its_mark_or_the_likeliest_guess(encoding: str) -> None:
    text = article(f"Gespräche\n\n{GERMAN}".encode(encoding), "text/plain").text
    assert "Länder" in text


def test_one_broken_byte_does_not_cost_a_text_its_encoding() -> None:
    content = f"Gespräche\n\n{GERMAN}Sie".encode() + b"\xff gingen."
    assert "Länder" in article(content, "text/plain").text
    assert "\ufffd gingen" in article(content, "text/plain").text


@pytest.mark.parametrize(("encoding", "text"), [("cp1252", GERMAN), ("shift_jis", JAPANESE), ("euc_kr", KOREAN)])
@pytest.mark.parametrize("shift", range(2))
def test_a_long_text_in_another_encoding_is_guessed(encoding: str, text: str, shift: int) -> None:
    taken = article(("a" * shift + f"\n{text}" * 2000).encode(encoding), "text/plain").text
    assert set(taken.split("\n\n")) - {"a"} == {text.strip()}


def test_the_guess_is_made_where_the_text_is_not_ascii() -> None:
    content = f"{ENGLISH * 300}\n{GERMAN}".encode("cp1252")
    assert "Länder" in article(content, "text/plain").text


def test_nothing_but_furniture_is_refused() -> None:
    assert "no text left" in refusal("Home\nShare\nClose\n© 2024 Herald. All rights reserved.", "text/plain")


def test_an_unknown_media_type_is_refused() -> None:
    assert "application/pdf" in refusal("x", "application/pdf")


@settings(deadline=None, max_examples=250)
@given(
    st.binary(max_size=200)
    | st.text(st.characters(codec=None), max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text(st.sampled_from(list("-#*_[]()<>p/ \n:a|`~!1.")), max_size=120).map(str.encode)
    | st.dictionaries(
        st.sampled_from(["title", "text", "id", "url", "date", "authors", "sources", "countries", "language"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), st.lists, max_leaves=4),
    ).map(lambda fields: json.dumps(fields).encode()),
    st.sampled_from(["application/json", "text/markdown", "text/html", "text/plain"]),
)
def test_any_bytes_give_a_clean_article_or_a_document_error(content: bytes, media_type: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = extract(RawDocument("x", media_type, content))
        except DocumentError:
            return
    paragraphs = result.text.split("\n\n")
    assert paragraphs == split_paragraphs(result.text)
    assert result.meta.id
    assert result.meta.title == " ".join(result.meta.title.split())
    assert result.text.encode("utf-8")
