"""What a robots.txt asks for is done, whatever else it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.readers.http.fetching import Fetched
from indexer.readers.http.robots import LIFETIME, LIFETIME_OF_TROUBLE, MOST_BYTES, Rules, RulesCache, rules, unreachable

HOST = "https://news.example"


def answered(content: bytes | str, status: int = 200) -> Fetched:
    url, now = f"{HOST}/robots.txt", datetime(2026, 11, 22, tzinfo=UTC)
    raw = content.encode() if isinstance(content, str) else content
    return Fetched(url, url, status, "text/plain", None, raw, None, None, now)


def read(content: bytes | str, status: int = 200) -> Rules:
    return rules(answered(content, status), "Dragoman")


def allows(content: bytes | str, path: str) -> bool:
    return read(content).refusal(HOST + path) is None


@pytest.mark.parametrize(
    ("content", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /private", "/public", True),
        ("User-agent: *\nDisallow: /\nAllow: /news", "/news/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", True),
        ("User-agent: Other\nDisallow: /", "/a", True),
        ("User-agent: Dragoman\nDisallow: /", "/a", False),
        ("User-agent: dragoman/1.0 (+x)\nDisallow: /", "/a", False),
        ("user-agent: Other\nuser-agent: DRAGOMAN # us\ndisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Dragoman\nDisallow: /b", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Dragoman\nDisallow: /b", "/b", False),
        ("User-agent: Dragoman\nDisallow: /b\n\nUser-agent: Dragoman\nDisallow: /c", "/b", False),
        ("User-agent: Dragomans\nDisallow: /", "/a", True),
        ("User-agent: Drago\nDisallow: /", "/a", True),
        ("User-agent: D\nDisallow: /", "/a", True),
        ("User agent Dragoman\nDisallow: /", "/a", False),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a", "/a", False),
        ("<html><body>Not found, says the page.</body></html>", "/a", True),
        (b"\xff\xfe\x00User-agent: *", "/a", True),
        (b"# \xff\nUser-agent: *\nDisallow: /\xc3\xbc", "/%C3%BC", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
    ],
)
def test_an_address_may_be_fetched_as_the_rules_say(content: bytes | str, path: str, allowed: bool) -> None:
    assert allows(content, path) == allowed


def test_a_refusal_says_who_asks_for_it() -> None:
    assert read("User-agent: *\nDisallow: /").refusal(f"{HOST}/a") == (
        "the host's robots.txt asks not to fetch this address"
    )


@pytest.mark.parametrize("status", [204, 300, 400, 401, 403, 404, 410, 451])
def test_where_there_is_no_robots_txt_for_us_everything_is_allowed(status: int) -> None:
    assert read("", status).refusal(f"{HOST}/a") is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_while_the_server_has_trouble_nothing_is_allowed(status: int) -> None:
    why = read("", status).refusal(f"{HOST}/a")
    assert why is not None
    assert f"the server answers {status}" in why


def test_while_the_robots_txt_cannot_be_reached_nothing_is_allowed() -> None:
    why = unreachable("Dragoman", "no connection").refusal(f"{HOST}/a")
    assert (
        why == "its robots.txt cannot be read (no connection), so that nothing there may be fetched for now (RFC 9309)"
    )


@pytest.mark.parametrize(
    ("content", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nRequest-rate: 1/10", 10.0),
        ("User-agent: *\nRequest-rate: 2/1m\nCrawl-delay: 5", 30.0),
        ("User-agent: Other\nCrawl-delay: 9\n\nUser-agent: *\nCrawl-delay: 3", 3.0),
        ("User-agent: *\nCrawl-delay: 3\n\nUser-agent: Dragoman\nDisallow: /x", 0.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: *\nCrawl-delay: -1", 0.0),
        ("User-agent: *\nCrawl-delay: inf", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("", 0.0),
    ],
)
def test_the_pause_that_a_host_asks_for_is_read(content: str, delay: float) -> None:
    assert read(content).delay == delay


def test_what_lies_beyond_the_limit_is_not_read_and_no_rule_is_cut_in_two() -> None:
    begin = b"User-agent: *\nDisallow: /first\n"
    padding = b"#" * (MOST_BYTES - len(begin) - 20) + b"\n"
    cut = begin + padding + b"Disallow: /second-and-longer\nDisallow: /third\n"
    assert len(begin + padding) < MOST_BYTES < len(cut)
    assert not allows(cut, "/first")
    assert allows(cut, "/second-and-longer")
    assert allows(cut, "/s")
    assert allows(cut, "/third")


@pytest.mark.parametrize(
    "line", ["User-agent: a{}\n", "Useragent a{}\n", "user   agent  a{} #\n", " User-Agent : a{}\n"]
)
def test_a_robots_txt_of_names_alone_takes_no_more_than_one_set_of_rules_for_them(line: str) -> None:
    names = "".join(line.format(number) for number in range(15_000))
    found = read(names + "Disallow: /x\n" * 10_000 + "User-agent: *\nDisallow: /y")
    assert found.parsed is not None
    assert len(found.parsed._user_agents) == 2
    assert found.refusal(f"{HOST}/x") is None
    assert found.refusal(f"{HOST}/y") is not None


@given(st.binary(max_size=300), st.sampled_from([b"", b"User-agent: *\nDisallow: ", b"User-agent: Dragoman\n"]))
def test_any_bytes_are_read_without_complaint(content: bytes, before: bytes) -> None:
    found = read(before + content)
    assert found.delay >= 0
    found.refusal(f"{HOST}/a?b=c")


def test_rules_are_kept_for_a_day_and_trouble_for_an_hour() -> None:
    now = [0.0]
    cache = RulesCache(lambda: now[0])
    good, bad = Rules("Dragoman"), unreachable("Dragoman", "x")
    cache.put("https://a.example", good)
    cache.put("https://b.example", bad)
    assert cache.get("https://a.example") is good
    assert cache.get("http://a.example") is None
    now[0] = LIFETIME_OF_TROUBLE
    assert cache.get("https://b.example") is None
    now[0] = LIFETIME - 1
    assert cache.get("https://a.example") is good
    now[0] = LIFETIME
    assert cache.get("https://a.example") is None


def test_the_rules_of_ten_thousand_hosts_are_not_all_kept() -> None:
    cache = RulesCache(lambda: 0.0)
    for number in range(10_000):
        cache.put(f"https://{number}.example", Rules("Dragoman"))
    assert cache.get("https://0.example") is None
    assert cache.get("https://9999.example") is not None
    assert len(cache._kept) < 1000
