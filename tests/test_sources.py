"""What a settings file of sources may hold, and what is said of the mistakes in one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from indexer.codes import COUNTRIES, LANGUAGES, is_language
from indexer.errors import SettingError
from indexer.items import Known
from indexer.sources import Source, load_sources, source_of

SEEDS = Path(__file__).resolve().parents[1] / "seeds" / "sources.toml"
URL = 'url = "https://example.org/feed"'


def written(folder: Path, text: str) -> Path:
    path = folder / "dragoman.toml"
    path.write_text(text, encoding="utf-8")
    return path


def source(*lines: str) -> str:
    return "\n".join(["[[source]]", *lines]) + "\n"


def test_everything_that_a_source_may_say_is_read(tmp_path: Path) -> None:
    text = 'contact = "desk@example.org"\n' + source(
        'name = "Example Post"',
        URL,
        'publisher = "The Example Post"',
        'country = "gb"',
        'language = "en_GB"',
        'kind = "newspaper"',
        "pages = false",
    )
    read = load_sources(written(tmp_path, text))
    assert read.contact == "desk@example.org"
    assert list(read) == [
        Source(
            name="Example Post",
            url="https://example.org/feed",
            publisher="The Example Post",
            country="GB",
            language="en-GB",
            kind="newspaper",
            pages=False,
        )
    ]
    assert read.sources[0].known == Known("The Example Post", "Example Post", "GB", "newspaper", "en-GB")


def test_a_path_starts_at_the_folder_of_the_file(tmp_path: Path) -> None:
    text = source('name = "A"', 'path = "crawl/x.csv"', 'columns = { title = "headline", text = "body" }')
    text += source('name = "B"', 'path = "/data/news"')
    first, second = load_sources(written(tmp_path, text))
    assert first.path == tmp_path / "crawl" / "x.csv"
    assert first.columns == (("title", "headline"), ("text", "body"))
    assert second.path == Path("/data/news")


def test_the_feeds_to_start_from_are_such_a_file() -> None:
    read = load_sources(SEEDS)
    assert len(read) >= 40
    assert {one.language for one in read} >= {"en", "fr"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no source in it: write [[source]]"),
        ("x = [", "not TOML"),
        ("x = " + "[" * 5000, "not TOML"),
        ('contcat = "a@example.org"', "'contcat' is no key that is known here: did you mean \"contact\"?"),
        ('[source]\nname = "A"', "write [[source]], in double brackets"),
        ('source = ["https://example.org"]', "write [[source]], in double brackets"),
        ('contact = "my desk"\n' + source('name = "A"', URL), "contact is 'my desk': write an address of mail"),
        ('contact = "a@b.org)\\r\\nX: y"\n' + source('name = "A"', URL), "printable"),
        ("contact = 3\n" + source('name = "A"', URL), "contact is 3: write a text in quotation marks"),
        (source(URL), "source 1: it has no name: write name ="),
        (source('name = "A"'), "source 1 ('A'): it has neither url nor path"),
        (source('name = "A"', URL, 'path = "x"'), "source 1 ('A'): it has both url and path"),
        (source('name = " "', URL), "name is ' ': write something"),
        (source('name = "A\\nB"', URL), "write one line"),
        (source(f'name = "{"A" * 300}"', URL), "at most 200"),
        (source('name = "A"', 'url = "ftp://example.org"'), "url is 'ftp://example.org': only http and https"),
        (source('name = "A"', 'url = "example.org/feed"'), "such as https://example.org/feed"),
        (source('name = "A"', 'url = "https://me:secret@example.org"'), "user name"),
        (source('name = "A"', URL, 'country = "UK"'), "country is 'UK': write \"GB\""),
        (source('name = "A"', URL, 'country = "Germany"'), "two letters of ISO 3166-1"),
        (source('name = "A"', URL, 'country = "XX"'), "two letters of ISO 3166-1"),
        (source('name = "A"', URL, 'language = "english"'), "language is 'english': write \"en\""),
        (source('name = "A"', URL, 'language = "jp"'), 'write "ja"'),
        (source('name = "A"', URL, 'language = "xq"'), "two letters of ISO 639-1"),
        (source('name = "A"', URL, 'pages = "no"'), "pages is 'no': write true or false, without quotation marks"),
        (source('name = "A"', URL, 'languge = "en"'), 'did you mean "language"?'),
        (source('name = "A"', URL, 'zzz = "en"'), "known are name, url, path"),
        (source('name = "A"', 'path = "x"', "pages = true"), "leave it out: it is for sources with a url"),
        (source('name = "A"', URL, 'columns = { title = "t" }'), "leave it out: it is for sources with a path"),
        (source('name = "A"', 'path = "x"', 'columns = "title"'), "columns is 'title': write it such as {"),
        (source('name = "A"', 'path = "x"', 'columns = { titel = "t" }'), 'did you mean "title"?'),
        (source('name = "A"', 'path = "x"', "columns = { title = 3 }"), "columns is {'title': 3}"),
        (
            source('name = "A"', 'path = "x"') + source('name = "A"', 'path = "y"'),
            "source 1 and source 2 have the same name",
        ),
        (source('name = "A"', URL) + source('name = "B"', URL), "source 1 and source 2 have the same url"),
        (source('name = "A"', URL) + source('name = "B"', URL, 'country = "UK"'), "source 2 ('B'): country"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_write_instead(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingError, match=re.escape(says)) as raised:
        load_sources(path)
    assert str(raised.value).startswith(str(path))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no such file"):
        load_sources(tmp_path / "none.toml")
    with pytest.raises(SettingError, match="cannot be read"):
        load_sources(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes('contact = "é"'.encode("latin-1"))
    with pytest.raises(SettingError, match="not UTF-8"):
        load_sources(latin)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "dragoman.toml"
    path.write_bytes(b"\xef\xbb\xbf" + source('name = "A"', URL).encode())
    assert len(load_sources(path)) == 1


def test_an_address_by_itself_is_a_source_without_the_name_of_a_publisher() -> None:
    given = source_of("HTTPS://Example.org/a#top")
    assert given == Source(name="https://example.org/a", url="https://example.org/a")
    assert given.known == Known()
    with pytest.raises(SettingError, match="no web address"):
        source_of("file:///etc/passwd")


def test_the_codes_are_those_of_the_standards() -> None:
    assert len(COUNTRIES - {"XK"}) == 249
    assert {"GB", "SS", "TW", "PS"} <= COUNTRIES
    assert not {"UK", "EU", "XX"} & COUNTRIES
    assert len(LANGUAGES) == 183
    assert all(is_language(tag) for tag in ("en", "en-GB", "zh-Hant-TW", "fil", "pt_BR"))
    assert not any(is_language(tag) for tag in ("", "e", "english", "xq", "en GB"))
