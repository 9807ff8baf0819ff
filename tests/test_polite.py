"""A polite guest asks first, waits between two requests, and stays away when told to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from indexer.errors import FetchError, Forbidden, Refused
from indexer.readers.http.fetching import Fetched
from indexer.readers.polite import Manners, PoliteFetcher
from indexer.readers.web import Fetcher, Limits
from tests.webserver import LOOPBACK, Names, Reply, page, redirect, serving

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEWS = "http://news.example"


class Clock:
    """A time that goes on only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


class Web:
    """A web of addresses and their answers: a status, the text of a robots.txt, or where it redirects to."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.answers: dict[str, int | str | FetchError] = {}
        self.retry_after: float | None = None
        self.asked: list[tuple[float, str]] = []
        self.takes = 0.0

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        before: Callable[[str], None] | None = None,
        any_type: bool = False,
    ) -> Fetched:
        assert before is not None
        assert any_type == url.endswith("/robots.txt")
        hop = url
        while True:
            before(hop)
            self.asked.append((self.clock.now, hop))
            self.clock.now += self.takes
            answer = self.answers.get(hop, 404 if hop.endswith("/robots.txt") else 200)
            if isinstance(answer, FetchError):
                raise answer
            if isinstance(answer, str) and answer.startswith("http"):
                hop = answer
                continue
            status, text = (answer, "") if isinstance(answer, int) else (200, answer)
            retry = self.retry_after if status in {429, 503} else None
            return Fetched(url, hop, status, None, None, text.encode(), etag, last_modified, NOW, retry)

    @property
    def urls(self) -> list[str]:
        return [url for _, url in self.asked]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web(clock: Clock) -> Web:
    return Web(clock)


@pytest.fixture
def polite(web: Web, clock: Clock) -> PoliteFetcher:
    return PoliteFetcher(web, Manners(delay=1.0, longest_delay=60.0, rest=3600.0), clock=clock, sleep=clock.sleep)


def test_robots_txt_is_asked_for_once_and_before_anything_else(polite: PoliteFetcher, web: Web) -> None:
    for path in ("/a", "/b"):
        assert polite.fetch(NEWS + path).status == 200
    assert web.urls == [f"{NEWS}/robots.txt", f"{NEWS}/a", f"{NEWS}/b"]


def test_each_scheme_and_port_has_a_robots_txt_of_its_own(polite: PoliteFetcher, web: Web) -> None:
    for origin in (NEWS, "https://news.example", f"{NEWS}:8080"):
        polite.fetch(f"{origin}/a")
        assert f"{origin}/robots.txt" in web.urls


def test_robots_txt_is_asked_for_again_after_a_day(polite: PoliteFetcher, web: Web, clock: Clock) -> None:
    polite.fetch(f"{NEWS}/a")
    clock.now += 24 * 3600
    polite.fetch(f"{NEWS}/a")
    assert web.urls.count(f"{NEWS}/robots.txt") == 2


def test_what_robots_txt_asks_not_to_fetch_is_not_fetched(polite: PoliteFetcher, web: Web) -> None:
    web.answers[f"{NEWS}/robots.txt"] = "User-agent: *\nDisallow: /private"
    with pytest.raises(FetchError, match=r"robots\.txt asks not to fetch"):
        polite.fetch(f"{NEWS}/private/a")
    assert web.urls == [f"{NEWS}/robots.txt"]
    assert polite.fetch(f"{NEWS}/a").status == 200


def test_a_redirect_into_what_robots_txt_forbids_is_not_followed(polite: PoliteFetcher, web: Web) -> None:
    web.answers |= {
        f"{NEWS}/a": "http://other.example/private",
        "http://other.example/robots.txt": "User-agent: Dragoman\nDisallow: /private",
    }
    with pytest.raises(FetchError, match=r"robots\.txt asks not to fetch"):
        polite.fetch(f"{NEWS}/a")
    assert web.urls == [f"{NEWS}/robots.txt", f"{NEWS}/a", "http://other.example/robots.txt"]


@pytest.mark.parametrize("trouble", [500, 502, FetchError("no connection")])
def test_nothing_is_fetched_while_robots_txt_cannot_be_read(
    trouble: int | FetchError, polite: PoliteFetcher, web: Web, clock: Clock
) -> None:
    web.answers[f"{NEWS}/robots.txt"] = trouble
    for _ in range(2):
        with pytest.raises(FetchError, match=r"robots\.txt cannot be read"):
            polite.fetch(f"{NEWS}/a")
    assert web.urls == [f"{NEWS}/robots.txt"]
    clock.now += 3600
    web.answers[f"{NEWS}/robots.txt"] = 404
    assert polite.fetch(f"{NEWS}/a").status == 200


def test_what_is_refused_for_good_is_told_from_what_is_in_trouble(polite: PoliteFetcher, web: Web) -> None:
    web.answers |= {
        f"{NEWS}/robots.txt": "User-agent: *\nDisallow: /private",
        "http://long.example/robots.txt": Refused("the answer is too long"),
        "http://down.example/robots.txt": FetchError("no connection"),
        "http://sick.example/robots.txt": 500,
    }
    kinds = {}
    for url in (f"{NEWS}/private", "http://long.example/", "http://down.example/", "http://sick.example/"):
        with pytest.raises(FetchError) as caught:
            polite.fetch(url)
        kinds[url.split("/")[2].partition(".")[0]] = caught.type
    assert kinds == {"news": Refused, "long": Refused, "down": FetchError, "sick": FetchError}


def test_a_forbidden_host_is_reported_as_itself(clock: Clock) -> None:
    polite = PoliteFetcher(Fetcher(resolve=Names({})), clock=clock, sleep=clock.sleep)
    for _ in range(2):
        with pytest.raises(Forbidden) as caught:
            polite.fetch("http://127.0.0.1/feed")
        assert str(caught.value) == f"http://127.0.0.1/feed: {caught.value.reason}"
        assert caught.value.reason.startswith("127.0.0.1 is loopback")
        assert "robots" not in str(caught.value)


def test_a_robots_txt_that_leads_to_a_forbidden_host_is_what_is_reported(clock: Clock) -> None:
    with serving({"/robots.txt": redirect("http://169.254.169.254/robots.txt")}) as server:
        polite = PoliteFetcher(Fetcher(Limits(), LOOPBACK), clock=clock, sleep=clock.sleep)
        for _ in range(2):
            with pytest.raises(Refused, match=r"robots\.txt cannot be read \(169\.254\.169\.254 is link-local"):
                polite.fetch(server.url("/a"))
        assert server.paths == ["/robots.txt"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_everything_is_fetched_where_there_is_no_robots_txt(status: int, polite: PoliteFetcher, web: Web) -> None:
    web.answers[f"{NEWS}/robots.txt"] = status
    assert polite.fetch(f"{NEWS}/a").status == 200


def test_a_pause_lies_between_the_end_of_a_request_and_the_next(polite: PoliteFetcher, web: Web, clock: Clock) -> None:
    web.takes = 0.5
    for path in ("/a", "/b"):
        polite.fetch(NEWS + path)
    assert [when for when, _ in web.asked] == [100.0, 101.5, 103.0]
    clock.now += 10
    polite.fetch(f"{NEWS}/c")
    assert clock.slept == [1.0, 1.0]


def test_hosts_do_not_wait_for_each_other_but_the_ports_of_one_do(
    polite: PoliteFetcher, web: Web, clock: Clock
) -> None:
    polite.fetch(f"{NEWS}/a")
    polite.fetch("http://other.example/a")
    assert [when for when, _ in web.asked] == [100.0, 101.0, 101.0, 102.0]
    polite.fetch(f"{NEWS}:8080/a")
    assert [when for when, _ in web.asked[4:]] == [102.0, 103.0]
    polite.fetch("http://other.example/b")
    assert web.asked[-1] == (103.0, "http://other.example/b")


def test_redirects_at_one_host_keep_the_pause_too(polite: PoliteFetcher, web: Web) -> None:
    web.answers[f"{NEWS}/a"] = f"{NEWS}/b"
    polite.fetch(f"{NEWS}/a")
    assert [when for when, _ in web.asked] == [100.0, 101.0, 102.0]


def test_a_robots_txt_that_redirects_takes_its_turn_at_the_other_host(polite: PoliteFetcher, web: Web) -> None:
    web.answers |= {
        f"{NEWS}/robots.txt": "https://www.news.example/robots.txt",
        "https://www.news.example/robots.txt": "User-agent: *\nDisallow: /private",
    }
    with pytest.raises(FetchError, match="asks not to fetch"):
        polite.fetch(f"{NEWS}/private")
    polite.fetch("https://www.news.example/a")
    assert [when for when, _ in web.asked] == [100.0, 100.0, 101.0, 102.0]


def test_after_a_robots_txt_elsewhere_it_is_the_host_itself_that_is_asked_and_rests(
    polite: PoliteFetcher, web: Web
) -> None:
    web.answers |= {f"{NEWS}/robots.txt": "https://www.news.example/robots.txt", f"{NEWS}/a": 429}
    with pytest.raises(FetchError, match=r" news\.example answers 429"):
        polite.fetch(f"{NEWS}/a")
    assert polite.fetch("https://www.news.example/a").status == 200
    with pytest.raises(FetchError, match="left alone"):
        polite.fetch(f"{NEWS}/b")


@pytest.mark.parametrize(
    ("robots", "pause"),
    [("Crawl-delay: 5", 5.0), ("Crawl-delay: 0.1", 1.0), ("Crawl-delay: 9999999", 60.0), ("Request-rate: 1/7", 7.0)],
)
def test_the_pause_is_what_robots_txt_asks_for_within_bounds(
    robots: str, pause: float, polite: PoliteFetcher, web: Web, clock: Clock
) -> None:
    web.answers[f"{NEWS}/robots.txt"] = f"User-agent: *\n{robots}"
    for path in ("/a", "/b"):
        polite.fetch(NEWS + path)
    assert clock.slept == [pause, pause]


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_wants_to_be_left_alone_is_and_it_is_said_until_when(
    status: int, polite: PoliteFetcher, web: Web, clock: Clock
) -> None:
    polite.fetch(f"{NEWS}/a")
    web.answers[f"{NEWS}/b"] = status
    web.retry_after = 600.0
    with pytest.raises(FetchError, match=rf"answers {status} and wants .* until 2026-11-22 12:10:00 UTC"):
        polite.fetch(f"{NEWS}/b")
    asked = len(web.asked)
    with pytest.raises(FetchError, match=r"news\.example wants to be left alone until 2026-11-22 12:10:00 UTC"):
        polite.fetch(f"{NEWS}/c")
    with pytest.raises(FetchError, match="wants to be left alone"):
        polite.fetch("https://news.example/c")
    assert len(web.asked) == asked
    assert polite.fetch("http://other.example/a").status == 200
    clock.now += 600
    assert polite.fetch(f"{NEWS}/c").status == 200


def test_a_host_that_does_not_say_how_long_is_left_alone_for_an_hour(
    polite: PoliteFetcher, web: Web, clock: Clock
) -> None:
    web.answers[f"{NEWS}/b"] = 429
    with pytest.raises(FetchError, match="until 2026-11-22 13:00:00 UTC"):
        polite.fetch(f"{NEWS}/b")
    clock.now += 3500
    with pytest.raises(FetchError, match="left alone"):
        polite.fetch(f"{NEWS}/c")
    clock.now += 100
    assert polite.fetch(f"{NEWS}/c").status == 200


def test_a_short_rest_is_waited_for(polite: PoliteFetcher, web: Web, clock: Clock) -> None:
    web.answers[f"{NEWS}/b"] = 503
    web.retry_after = 30.0
    with pytest.raises(FetchError, match="answers 503") as caught:
        polite.fetch(f"{NEWS}/b")
    assert str(caught.value) == f"{NEWS}/b: {caught.value.reason}"
    assert polite.fetch(f"{NEWS}/c").status == 200
    assert clock.slept[-1] == 30.0


@pytest.mark.parametrize("status", [429, 503])
def test_a_robots_txt_that_asks_for_rest_is_heeded_and_asked_for_again_later(
    status: int, polite: PoliteFetcher, web: Web, clock: Clock
) -> None:
    web.answers[f"{NEWS}/robots.txt"] = status
    web.retry_after = 600.0
    for words in ("asked for its robots.txt, news.example answers", "wants to be left alone"):
        with pytest.raises(FetchError, match=words.replace(".", r"\.")):
            polite.fetch(f"{NEWS}/a")
    assert web.urls == [f"{NEWS}/robots.txt"]
    clock.now += 600
    web.answers[f"{NEWS}/robots.txt"] = 404
    assert polite.fetch(f"{NEWS}/a").status == 200


def test_a_redirect_to_a_host_at_rest_is_not_followed(polite: PoliteFetcher, web: Web) -> None:
    web.answers |= {f"{NEWS}/b": 429, "http://other.example/a": f"{NEWS}/c"}
    with pytest.raises(FetchError, match="answers 429"):
        polite.fetch(f"{NEWS}/b")
    with pytest.raises(FetchError, match="left alone"):
        polite.fetch("http://other.example/a")
    assert f"{NEWS}/c" not in web.urls


def test_a_conditional_request_stays_one(polite: PoliteFetcher) -> None:
    found = polite.fetch(f"{NEWS}/a", etag='"a"', last_modified="Tue")
    assert (found.etag, found.last_modified) == ('"a"', "Tue")


def test_a_request_that_fails_gives_up_its_turn_and_keeps_the_pause(
    polite: PoliteFetcher, web: Web, clock: Clock
) -> None:
    web.answers[f"{NEWS}/a"] = FetchError("broken")
    with pytest.raises(FetchError, match="broken"):
        polite.fetch(f"{NEWS}/a")
    assert polite.fetch(f"{NEWS}/b").status == 200
    assert clock.slept == [1.0, 1.0]


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://127.1/", "http://user:secret@a.example/"])
def test_what_is_no_address_is_refused_as_the_web_refuses_it(url: str) -> None:
    polite = PoliteFetcher(Fetcher(resolve=Names({})))
    with pytest.raises(FetchError) as caught:
        polite.fetch(url)
    assert "secret" not in str(caught.value)


def test_one_request_at_a_time_goes_to_a_host_however_many_threads_ask() -> None:
    lock = threading.Lock()
    at_once: list[int] = []
    inside = [0]

    def counted(_: object) -> Reply:
        with lock:
            inside[0] += 1
            at_once.append(inside[0])
        threading.Event().wait(0.02)
        with lock:
            inside[0] -= 1
        return page("<p>Yes.</p>")

    with serving({f"/{number}": counted for number in range(6)} | {"/r": redirect("/0")}) as server:
        polite = PoliteFetcher(Fetcher(Limits(), LOOPBACK), Manners(delay=0.0))
        paths = [f"/{number}" for number in range(6)] + ["/r"]
        threads = [threading.Thread(target=polite.fetch, args=(server.url(path),)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(server.paths) == sorted(["/robots.txt", *paths, "/0"])
    assert set(at_once) == {1}


def test_two_that_redirect_to_each_others_hosts_do_not_wait_for_ever() -> None:
    names = Names({"a.example": [["127.0.0.1"]], "b.example": [["127.0.0.1"]]})
    with serving({"/end": page("<p>Yes.</p>")}) as server:
        server.routes |= {
            "/a": redirect(server.url("/end", "b.example")),
            "/b": redirect(server.url("/end", "a.example")),
        }
        polite = PoliteFetcher(Fetcher(Limits(), LOOPBACK, names), Manners(delay=0.01))
        statuses: list[int] = []
        starts = [server.url("/a", "a.example"), server.url("/b", "b.example")] * 3
        threads = [threading.Thread(target=lambda url=url: statuses.append(polite.fetch(url).status)) for url in starts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert statuses == [200] * 6


def test_with_the_true_web_rules_redirects_and_rest_work_together(clock: Clock) -> None:
    with serving({"/robots.txt": page("User-agent: *\nDisallow: /private", "application/octet-stream")}) as server:
        server.routes |= {"/a": redirect("/b"), "/b": page("<p>Yes.</p>"), "/c": redirect("/private")}
        server.routes["/d"] = Reply(429, {"Retry-After": "7200"})
        polite = PoliteFetcher(Fetcher(Limits(), LOOPBACK), clock=clock, sleep=clock.sleep)
        assert polite.fetch(server.url("/a")).content == b"<p>Yes.</p>"
        with pytest.raises(FetchError, match=r"/c \(redirected to .*/private\): the host's robots\.txt asks not"):
            polite.fetch(server.url("/c"))
        for path in ("/d", "/b"):
            with pytest.raises(FetchError, match="left alone until"):
                polite.fetch(server.url(path))
        assert server.paths == ["/robots.txt", "/a", "/b", "/c", "/d"]
    assert clock.slept == [1.0] * 4
