"""An address has one reading, and what two programs could read differently has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import FetchError
from indexer.readers.http.targets import MAX_URL, redirected, target


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("http://news.example", "http://news.example/"),
        ("HTTPS://News.Example:443/A?b=C#d", "https://news.example/A?b=C"),
        ("http://news.example:80", "http://news.example/"),
        ("http://news.example:443/", "http://news.example:443/"),
        ("http://news.example:/", "http://news.example/"),
        ("http://news.example./", "http://news.example/"),
        ("http://news.example?q=1", "http://news.example/?q=1"),
        ("  http://news.example/a \n", "http://news.example/a"),
        ("http://news.example#@127.0.0.1:80/", "http://news.example/"),
        ("http://news.example/@127.0.0.1", "http://news.example/@127.0.0.1"),
        ("http://news.example/a b/ü?q=ü&r=%20", "http://news.example/a%20b/%C3%BC?q=%C3%BC&r=%20"),
        ("http://news.example/a\\b", "http://news.example/a%5Cb"),
        ("http://news_desk.example/", "http://news_desk.example/"),
        ("http://новости.example/", "http://xn--b1amnebsh.example/"),
        ("http://ＮＥＷＳ.example/", "http://news.example/"),
        ("http://news。example/", "http://news.example/"),
        ("http://１２７.０.０.１/", "http://127.0.0.1/"),
        ("http://127.0.0.1./", "http://127.0.0.1/"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_an_address_comes_out_in_its_usual_form(url: str, meant: str) -> None:
    assert target(url).url == meant
    assert target(meant).url == meant


def test_an_address_of_the_internet_is_known_as_one() -> None:
    assert str(target("http://[::1]/").address) == "::1"
    assert target("http://[::1]/").netloc == "[::1]"
    assert str(target("http://１２７.０.０.１:81/").address) == "127.0.0.1"
    assert target("http://news.example/").address is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "only http and https"),
        ("news.example/", "only http and https"),
        ("//news.example/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("ftp://news.example/", "only http and https"),
        ("gopher://news.example/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("http:news.example", "two slashes"),
        ("http:/news.example/", "two slashes"),
        ("http:///news.example/", "two slashes"),
        ("http://", "names no host"),
        ("http:///", "two slashes"),
        ("http://:80/", "names no host"),
        ("http://./", "names no host"),
        ("http://user@news.example/", "user name or password"),
        ("http://user:secret@news.example/", "user name or password"),
        ("http://news.example\\@127.0.0.1/", "user name or password"),
        ("http://127.1/", "odd spelling"),
        ("http://127.0.1/", "odd spelling"),
        ("http://2130706433/", "odd spelling"),
        ("http://0x7f000001/", "odd spelling"),
        ("http://0X7F.1/", "odd spelling"),
        ("http://0x7f.0x0.0x0.0x1/", "odd spelling"),
        ("http://0177.0.0.1/", "odd spelling"),
        ("http://127.0.0.1.1/", "odd spelling"),
        ("http://news.example.0x/", "odd spelling"),
        ("http://256.0.0.1/", "odd spelling"),
        ("http://１２７.１/", "odd spelling"),
        ("http://127.0.0.1../", "not the name of a host"),
        ("http://a..example/", "not the name of a host"),
        ("http://.example/", "not the name of a host"),
        ("http://-a.example/", "not the name of a host"),
        ("http://127%2e0.0.1/", "odd spelling"),
        ("http://%31%32%37.0.0.1/", "odd spelling"),
        ("http://news%2eexample/", "not the name of a host"),
        ("http://local host/", "not the name of a host"),
        ("http://a.example\\b.example/", "not the name of a host"),
        ("http://a'b.example/", "not the name of a host"),
        (f"http://{'a' * 64}.example/", "not the name of a host"),
        (f"http://{'a.' * 127}example/", "not the name of a host"),
        ("http://\u2488example/", "not the name of a host"),
        ("http://[::1/", "not a host"),
        ("http://::1/", "not a host"),
        ("http://[127.0.0.1]/", "not an IPv6 address"),
        ("http://[v1.a]/", "not an IPv6 address"),
        ("http://[]/", "not an IPv6 address"),
        ("http://[fe80::1%eth0]/", "zone"),
        ("http://[fe80::1%25eth0]/", "zone"),
        ("http://[::1]x/", "not a host"),
        ("http://news.example:0/", "no port 0"),
        ("http://news.example:65536/", "no port 65536"),
        ("http://news.example:8o/", "not a host"),
        ("http://news.example:-1/", "not a host"),
        ("http://news.example:８０/", "not a host"),
        ("http://news.example:80:80/", "not a host"),
        ("http://news.example/\r\nHost: 127.0.0.1", "U\\+000D"),
        ("http://news\texample/", "U\\+0009"),
        ("http://news.example/\x00", "U\\+0000"),
        ("http://news.example/\ud800", "U\\+D800"),
        ("http://news.example/" + "a" * MAX_URL, "characters"),
    ],
)
def test_what_is_no_clear_address_is_refused_with_the_reason(url: str, words: str) -> None:
    with pytest.raises(FetchError, match=words):
        target(url)


def test_a_password_is_not_repeated_in_the_message() -> None:
    with pytest.raises(FetchError) as caught:
        target("http://user:secret@news.example/")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "meant"),
    [
        ("/b", "https://news.example/b"),
        ("c?d", "https://news.example/a/c?d"),
        ("//other.example/b", "https://other.example/b"),
        ("HTTP://127.0.0.1", "http://127.0.0.1/"),
        (" /b#c ", "https://news.example/b"),
        ("/ü", "https://news.example/%C3%BC"),
        ("", "https://news.example/a/b"),
    ],
)
def test_a_redirect_is_read_from_where_it_stands(location: str, meant: str) -> None:
    assert redirected(target("https://news.example/a/b"), location).url == meant


@pytest.mark.parametrize(
    "location",
    [
        "http://[::1",
        "http://2130706433/",
        "file:///etc/passwd",
        "//a@127.0.0.1/",
        "http://a\uff0fb/",
        "\x01",
        "/a\tb",
        "/\r\nx",
    ],
)
def test_a_redirect_to_no_clear_address_is_refused(location: str) -> None:
    with pytest.raises(FetchError):
        redirected(target("https://news.example/a/b"), location)


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://a.example", "http://[", "http://127.", "//"]))
def test_any_text_is_either_an_address_that_reads_the_same_again_or_refused(text: str, before: str) -> None:
    try:
        found = target(before + text)
    except FetchError:
        return
    assert found.url.isascii()
    assert found.url.isprintable()
    assert " " not in found.url
    assert target(found.url) == found
    assert 0 < found.port < 2**16
