"""What must never be reached is refused before a socket opens: however it is spelled, and whoever leads there.

The interpreter itself is the witness: its audit events name every address that a socket is connected to.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import httpcore2
import pytest

from indexer.errors import FetchError, Forbidden, Refused
from indexer.readers import web
from indexer.readers.http.addresses import networks
from indexer.readers.http.exchange import Exchange
from indexer.readers.web import Fetched, Fetcher, Limits
from tests.webserver import Names, WebServer, name_server, page, redirect, serving

_CONNECTED: list[str] = []
_QUICK = Limits(total_seconds=20, connect_seconds=10)
HERE = "127.0.0.1/32"
"""The one address that these tests allow: that of the server; its neighbours are as forbidden as ever."""


def _witness(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _CONNECTED.append(str(arguments[1][0]))


sys.addaudithook(_witness)


@pytest.fixture
def connected() -> list[str]:
    """The addresses that sockets are connected to from here on."""
    _CONNECTED.clear()
    return _CONNECTED


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    with serving({"/": page("<p>The ministers met.</p>")}) as running:
        yield running


LITERALS = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("[::]", "[::1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::10.0.0.1]", "[2002:7f00:1::]", "[2002:a00:1::]"),
    *("[2001:0:7f00:1::]", "[2001:0:808:808::80ff:fffe]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]"),
    *("[ff02::1]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[2001:2::1]", "[5f00::1]", "[4000::1]"),
    *("[2606:4700::5efe:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]"),
]
SPELLINGS = [
    *("0x7f000001", "0X7F000001", "2130706433", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1"),
    *("127.0.0.01", "127.0.0.1.", "127.1.", "１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "127%2e0%2e0%2e1"),
    *("[::1%25lo]", "[fe80::1%25eth0]", "[::ffff:0x7f000001]", "0", "0.0.0.0.", "00", "256.256.256.256", "127.0.0.1.1"),
    *("news.example@127.0.0.1", "127.0.0.1#@news.example", "127.0.0.1?@news.example", "127.0.0.1\\@news.example"),
    *("news.example:80@127.0.0.1", "127.0.0.1:80:80", "", ".", "..", "%00", "127.0.0.1\x00.example", "a..b"),
]


def test_a_forbidden_address_is_said_with_the_setting_that_allows_it() -> None:
    with pytest.raises(Forbidden, match=r"Allow its network with DRAGOMAN_ALLOW_NETWORKS if that is meant") as caught:
        Fetcher(_QUICK, resolve=Names({})).fetch("http://10.0.0.1/a")
    assert str(caught.value) == f"http://10.0.0.1/a: {caught.value.reason}"


@pytest.mark.parametrize("host", [*LITERALS, *SPELLINGS])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_inside_is_refused_without_a_look_up_or_a_socket(
    scheme: str, host: str, connected: list[str]
) -> None:
    names = Names({})
    with pytest.raises(Refused) as caught:
        Fetcher(_QUICK, resolve=names).fetch(f"{scheme}://{host}/")
    assert connected == []
    assert names.asked == []
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:25/", "unix:/run/x.sock"]
)
def test_other_schemes_are_refused_without_a_socket(url: str, connected: list[str]) -> None:
    with pytest.raises(FetchError, match="only http and https"):
        Fetcher(_QUICK).fetch(url)
    assert connected == []


def test_a_name_that_is_this_machine_is_refused_by_the_true_resolver(connected: list[str]) -> None:
    with pytest.raises(FetchError, match=r"localhost leads to an address that must not be reached: .* loopback"):
        Fetcher(_QUICK).fetch("http://localhost:1/")
    assert connected == []


@pytest.mark.parametrize("address", [literal.strip("[]") for literal in LITERALS])
def test_a_name_that_leads_inside_is_refused_without_a_socket(address: str, connected: list[str]) -> None:
    names = Names({"inside.example": [[address]]})
    with pytest.raises(FetchError, match=r"inside\.example leads to an address that must not be reached"):
        Fetcher(_QUICK, resolve=names).fetch("http://inside.example/")
    assert connected == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1", "10.0.0.1"],
        ["10.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "::1"],
        ["127.0.0.1"] * 20 + ["169.254.169.254"],
        ["127.0.0.1", "fe80::1%lo"],
    ],
)
def test_a_name_with_one_address_inside_among_others_is_refused_whole(
    addresses: list[str], server: WebServer, connected: list[str]
) -> None:
    fetcher = Fetcher(_QUICK, [HERE], Names({"mixed.example": [addresses]}))
    with pytest.raises(FetchError, match="must not be reached"):
        fetcher.fetch(server.url(host="mixed.example"))
    assert connected == []


@pytest.mark.parametrize("answer", ["localhost", "127.1", "2130706433", "", "127.0.0.1:80", "fe80::1%"])
def test_a_resolver_that_answers_with_no_address_is_not_believed(answer: str, connected: list[str]) -> None:
    with pytest.raises(FetchError, match="which is no address"):
        Fetcher(_QUICK, resolve=Names({"odd.example": [[answer]]})).fetch("http://odd.example/")
    assert connected == []


REDIRECTS = [
    *(f"http://{host}/" for host in LITERALS if host != "127.0.0.1"),
    *("//127.0.0.2/", "http://127.1/", "http://0x7f000002/", "http://2130706434/", "http://１２７.０.０.２/"),
    *("http://inside.example/", "//mixed.example/x", "http://user:secret@127.0.0.1/", "file:///etc/passwd"),
    *("http://127.0.0.2\\@127.0.0.1/", "http://127.0.0.1\t.example/", "gopher://127.0.0.1/", "http://[::1%25lo]/"),
    *("javascript:1", "data:text/html,x", "http://"),
]


@pytest.mark.parametrize("location", REDIRECTS)
def test_a_redirect_inside_is_refused_without_another_socket(location: str, connected: list[str]) -> None:
    names = Names({"inside.example": [["10.0.0.1"]], "mixed.example": [["127.0.0.1", "127.0.0.2"]]})
    with serving({"/": redirect(location)}) as server:
        with pytest.raises(FetchError) as caught:
            Fetcher(_QUICK, [HERE], names).fetch(server.url())
        assert server.paths == ["/"]
    assert connected == ["127.0.0.1"]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("location", ["\\\\127.0.0.2\\", "///127.0.0.2/", "http:///127.0.0.2/", "http:127.0.0.2"])
def test_what_a_browser_reads_as_another_host_stays_at_the_same_one(location: str, connected: list[str]) -> None:
    with serving({"/": redirect(location)}) as server:
        assert Fetcher(_QUICK, [HERE]).fetch(server.url()).status == 404
    assert set(connected) == {"127.0.0.1"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_judged_anew(status: int, connected: list[str]) -> None:
    routes = {"/": redirect("/2"), "/2": redirect("http://169.254.169.254/latest/meta-data/", status)}
    refused = pytest.raises(FetchError, match=r"redirected to http://169.*: 169\.254\.169\.254 is link-local")
    with serving(routes) as server, refused:
        Fetcher(_QUICK, [HERE]).fetch(server.url())
    assert connected == ["127.0.0.1"] * 2


def test_a_name_is_looked_up_once_a_connection_so_that_a_second_answer_is_judged_too(connected: list[str]) -> None:
    names = Names({"rebound.example": [["127.0.0.1"], ["127.0.0.2"]]})
    with serving({"/": redirect("/2"), "/2": page("inside")}) as server:
        with pytest.raises(FetchError, match=r"rebound\.example leads to .*: 127.0.0.2 is loopback"):
            Fetcher(_QUICK, [HERE], names).fetch(server.url(host="rebound.example"))
        assert server.paths == ["/"]
    assert connected == ["127.0.0.1"]
    assert names.asked == ["rebound.example"] * 2


def test_the_connection_goes_to_the_very_address_that_was_judged(server: WebServer, connected: list[str]) -> None:
    names = Names({"rebound.example": [["127.0.0.1"], ["127.0.0.2"]]})
    assert Fetcher(_QUICK, [HERE], names).fetch(server.url(host="rebound.example")).status == 200
    assert names.asked == ["rebound.example"]
    assert connected == ["127.0.0.1"]


def test_rebinding_by_a_true_name_server_gains_nothing() -> None:
    names = Names({"rebound.example": [["127.0.0.1"], ["127.0.0.2"]], "six.example": [["::1"]]})
    with name_server(names) as resolve, serving({"/": redirect("/2"), "/2": page("inside")}) as server:
        fetcher = Fetcher(_QUICK, [HERE], resolve)
        for host, inside in (("rebound.example", "127.0.0.2"), ("six.example", "::1")):
            with pytest.raises(FetchError, match=f"{host} leads to .*: {inside} is loopback"):
                fetcher.fetch(server.url(host=host))
        assert server.paths == ["/"]


class Elsewhere(httpcore2.MockBackend):
    """A network that connects to somewhere else than it was told to."""

    def __init__(self, reached: str) -> None:
        super().__init__([])
        self._reached = reached
        self.streams: list[ElsewhereStream] = []

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        self.streams.append(ElsewhereStream(self._reached))
        return self.streams[-1]


class ElsewhereStream(httpcore2.NetworkStream):
    def __init__(self, reached: str) -> None:
        self._reached = reached
        self.closed = False

    def get_extra_info(self, info: str) -> Any:
        return (self._reached, 80) if info == "server_addr" and self._reached else None

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("reached", ["127.0.0.1", "8.8.4.4", "10.0.0.1", "", "nowhere"])
def test_a_connection_that_ends_elsewhere_is_closed_and_not_used(reached: str) -> None:
    backend = Elsewhere(reached)
    gate = web._Gate((), Names({"news.example": [["8.8.8.8"]]}), Exchange(_QUICK), backend)
    with pytest.raises(FetchError, match=r"the connection to 8\.8\.8\.8 ended at"):
        gate.connect_tcp("news.example", 80)
    assert [stream.closed for stream in backend.streams] == [True]


def test_a_connection_that_ends_where_it_should_is_used() -> None:
    gate = web._Gate((), Names({"news.example": [["8.8.8.8"]]}), Exchange(_QUICK), Elsewhere("8.8.8.8"))
    assert gate.connect_tcp("news.example", 80).get_extra_info("server_addr") == ("8.8.8.8", 80)


def test_no_other_kind_of_socket_is_opened() -> None:
    gate = web._Gate(networks(["0.0.0.0/0"]), Names({}), Exchange(_QUICK))
    with pytest.raises(FetchError):
        gate.connect_unix_socket("/run/x.sock")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_proxies_of_the_environment_are_not_used(
    name: str, server: WebServer, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.2:9/")
    assert Fetcher(_QUICK, [HERE]).fetch(server.url()).status == 200
    assert connected == ["127.0.0.1"]


def test_the_server_that_these_tests_allow_is_reached_so_that_the_refusals_mean_something(server: WebServer) -> None:
    found = Fetcher(_QUICK, [HERE]).fetch(server.url())
    assert isinstance(found, Fetched)
    assert found.content == b"<p>The ministers met.</p>"
    assert ip_address("127.0.0.1") in networks([HERE])[0]


def test_there_are_more_than_sixty_forbidden_ways() -> None:
    assert len({*LITERALS, *SPELLINGS}) > 60
    assert len(set(REDIRECTS)) > 40
