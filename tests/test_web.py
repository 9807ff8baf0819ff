"""What an address answers comes back as it was meant, with what is needed to ask again."""

from __future__ import annotations

import datetime as dt
import gzip
import ssl
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from indexer.errors import FetchError, Refused, SettingError
from indexer.readers.web import Fetcher, Limits, looked_up, user_agent
from tests.webserver import LOOPBACK, Names, Reply, Request, WebServer, page, redirect, serving

TEXT = b"<p>The ministers met on Tuesday.</p>"
_QUICK = Limits(total_seconds=20, connect_seconds=10)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving({"/": page(TEXT)}) as running:
        yield running


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(_QUICK, LOOPBACK)


def test_a_page_comes_back_with_all_that_its_server_says(server: WebServer, fetcher: Fetcher) -> None:
    modified = "Tue, 03 Nov 2026 10:00:00 GMT"
    server.routes["/a"] = page(TEXT, "Text/HTML; charset=Windows-1251", etag='W/"a"', last_modified=modified)
    before = dt.datetime.now(dt.UTC)
    found = fetcher.fetch(server.url("/a"))
    assert before <= found.fetched_at <= dt.datetime.now(dt.UTC)
    assert (found.url, found.final_url) == (server.url("/a"), server.url("/a"))
    assert (found.status, found.content) == (200, TEXT)
    assert (found.media_type, found.charset) == ("text/html", "windows-1251")
    assert (found.etag, found.last_modified, found.retry_after) == ('W/"a"', modified, None)


def test_a_request_says_who_asks_and_for_what_and_carries_nothing_else(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login someone password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    Fetcher(_QUICK, LOOPBACK, contact="desk@example.org").fetch(server.url("/?q=a b#c"))
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/?q=a%20b")
    assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert request.headers["user-agent"].startswith("Dragoman/")
    assert request.headers["user-agent"].endswith(" (+desk@example.org)")
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert "text/html" in request.headers["accept"]


def test_cookies_are_not_kept(server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = page(TEXT, set_cookie="a=b; Path=/")
    fetcher.fetch(server.url())
    fetcher.fetch(server.url())
    assert [request.headers.get("cookie") for request in server.requests] == [None, None]


@pytest.mark.parametrize("contact", ["", "a b", "a\r\nHost: b", "é@example.org", "(a)", "a" * 201, "a\\b"])
def test_a_contact_that_cannot_go_into_a_header_is_refused(contact: str) -> None:
    with pytest.raises(SettingError, match="the contact is"):
        Fetcher(contact=contact)


def test_without_a_contact_the_user_agent_is_the_name_alone() -> None:
    assert user_agent(None).startswith("Dragoman/")
    assert "(" not in user_agent(None)


def test_a_malformed_network_is_refused_at_once() -> None:
    with pytest.raises(SettingError, match=r"10\.0\.0\.0/99"):
        Fetcher(allowed=["10.0.0.0/99"])


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 401, 403, 404, 410, 418, 451, 500, 502, 503, 599])
def test_every_other_status_is_an_answer_without_content(status: int, server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = Reply(status, {"Content-Type": "text/html"}, b"" if status in {204, 304} else b"<p>No.</p>")
    found = fetcher.fetch(server.url())
    assert (found.status, found.content) == (status, b"")


def test_a_conditional_request_sends_what_is_known_and_keeps_it_when_nothing_changed(
    server: WebServer, fetcher: Fetcher
) -> None:
    modified = "Tue, 03 Nov 2026 10:00:00 GMT"

    def conditional(request: Request) -> Reply:
        same = request.headers.get("if-none-match") == '"a"' and request.headers.get("if-modified-since") == modified
        return Reply(304) if same else page(TEXT)

    server.routes["/"] = conditional
    assert fetcher.fetch(server.url()).status == 200
    found = fetcher.fetch(server.url(), etag='"a"', last_modified=modified)
    assert (found.status, found.content, found.etag, found.last_modified) == (304, b"", '"a"', modified)


def test_what_a_server_says_anew_with_a_304_wins(server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = Reply(304, {"ETag": '"b"'})
    assert fetcher.fetch(server.url(), etag='"a"').etag == '"b"'


@pytest.mark.parametrize("etag", ['"a"\r\nX-Evil: 1', '"é"', "", "a" * 600])
def test_a_validator_that_cannot_be_sent_is_left_out(etag: str, server: WebServer, fetcher: Fetcher) -> None:
    assert fetcher.fetch(server.url(), etag=etag, last_modified=etag).status == 200
    assert not {"if-none-match", "if-modified-since", "x-evil"} & set(server.requests[0].headers)


@pytest.mark.parametrize(("given", "seconds"), [("120", 120.0), ("soon", None), ("99999999", 30 * 86400.0)])
def test_how_long_to_wait_is_read(given: str, seconds: float | None, server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = Reply(503, {"Retry-After": given})
    assert fetcher.fetch(server.url()).retry_after == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int, server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/old"] = redirect("new#part", status)
    server.routes["/new"] = redirect(server.url("/"), status)
    found = fetcher.fetch(server.url("/old"))
    assert (found.url, found.final_url, found.content) == (server.url("/old"), server.url("/"), TEXT)
    assert server.paths == ["/old", "/new", "/"]


def test_as_many_redirects_as_the_limit_are_followed_and_one_more_is_not(server: WebServer) -> None:
    server.routes |= {f"/{place}": redirect(f"/{place - 1}") for place in range(1, 5)}
    server.routes["/0"] = page(TEXT)
    fetcher = Fetcher(Limits(redirects=3), LOOPBACK)
    assert fetcher.fetch(server.url("/3")).content == TEXT
    with pytest.raises(Refused, match="more than 3 redirects"):
        fetcher.fetch(server.url("/4"))


@pytest.mark.parametrize("circle", [["/a"], ["/a", "/b"], ["/a", "/b", "/c"]])
def test_redirects_in_a_circle_are_noticed_at_once(circle: list[str], server: WebServer, fetcher: Fetcher) -> None:
    server.routes |= {path: redirect(to) for path, to in zip(circle, [*circle[1:], "/a#again"], strict=True)}
    with pytest.raises(Refused, match="in a circle"):
        fetcher.fetch(server.url("/a"))
    assert server.paths == circle


@pytest.mark.parametrize("raw", [b"", b"Location:\r\n", b"Location: /a\r\nLocation: /b\r\n"])
def test_a_redirect_to_nowhere_or_to_two_places_is_refused(raw: bytes, server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = lambda _: b"HTTP/1.1 302 Found\r\n" + raw + b"Content-Length: 0\r\n\r\n"
    with pytest.raises(FetchError, match="the server redirects"):
        fetcher.fetch(server.url())


def test_every_request_of_an_exchange_is_announced_and_may_be_stopped(server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/old"] = redirect("/")
    seen: list[str] = []
    fetcher.fetch(server.url("/old"), before=seen.append)
    assert seen == [server.url("/old"), server.url("/")]

    def stop(url: str) -> None:
        if url == server.url("/"):
            raise FetchError("not this one")

    with pytest.raises(FetchError, match="not this one") as caught:
        fetcher.fetch(server.url("/old"), before=stop)
    assert str(caught.value).startswith(f"{server.url('/old')} (redirected to {server.url('/')}): ")
    assert caught.value.reason == f"not this one (redirected to {server.url('/')})"
    assert server.paths == ["/old", "/", "/old"]


def test_time_that_is_spent_waiting_for_permission_does_not_count(server: WebServer) -> None:
    fetcher = Fetcher(Limits(total_seconds=5), LOOPBACK)
    fetcher.fetch(server.url())  # whatever is loaded late is loaded now
    patient = Fetcher(Limits(total_seconds=2), LOOPBACK)
    assert patient.fetch(server.url(), before=lambda _: threading.Event().wait(2.1) and None).status == 200


@pytest.mark.parametrize(
    ("packing", "packed"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("identity", TEXT),
    ],
)
def test_packed_pages_are_unpacked(packing: str, packed: bytes, server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = page(packed, content_encoding=packing)
    assert fetcher.fetch(server.url()).content == TEXT


@pytest.mark.parametrize(
    "media_type", ["application/gzip", "application/x-gzip", "application/octet-stream", "text/xml"]
)
def test_a_gzip_file_is_unpacked_and_its_own_type_is_unknown(
    media_type: str, server: WebServer, fetcher: Fetcher
) -> None:
    server.routes["/sitemap.xml.gz"] = page(gzip.compress(b"<urlset/>"), media_type)
    found = fetcher.fetch(server.url("/sitemap.xml.gz"))
    assert (found.media_type, found.content) == (None, b"<urlset/>")


def test_an_answer_without_a_media_type_is_taken(server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = Reply(200, {}, TEXT)
    found = fetcher.fetch(server.url())
    assert (found.media_type, found.content) == (None, TEXT)


def test_any_type_is_taken_where_that_is_asked_for(server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/robots.txt"] = page(b"User-agent: *", "application/octet-stream")
    assert fetcher.fetch(server.url("/robots.txt"), any_type=True).content == b"User-agent: *"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>Ye\r\n6\r\ns.</p>\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Yes.</p>",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<p>Yes.</p>",
        b"HTTP/1.1 200 OK\nContent-Length: 11\n\n<p>Yes.</p>and more",
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<p>Yes.</p>HTTP/1.1 200 OK\r\n\r\nsmuggled",
    ],
)
def test_every_way_of_saying_where_a_body_ends_is_understood(raw: bytes, server: WebServer, fetcher: Fetcher) -> None:
    server.routes["/"] = lambda _: raw
    assert fetcher.fetch(server.url()).content == b"<p>Yes.</p>"


def test_one_that_is_closed_or_used_by_several_threads_works_all_the_same(server: WebServer) -> None:
    statuses: list[int] = []
    with Fetcher(_QUICK, LOOPBACK) as fetcher:
        threads = [threading.Thread(target=lambda: statuses.append(fetcher.fetch(server.url()).status)) for _ in "1234"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 4


def test_an_address_that_does_not_answer_is_passed_over_for_the_next(server: WebServer) -> None:
    names = Names({"news.example": [["127.0.0.9", "127.0.0.1"]]})
    assert Fetcher(_QUICK, LOOPBACK, names).fetch(server.url(host="news.example")).content == TEXT
    assert server.requests[0].headers["host"] == f"news.example:{server.port}"


def test_names_are_looked_up_by_the_machine_unless_told_otherwise() -> None:
    assert set(looked_up("localhost", 80)) <= {"127.0.0.1", "::1"}


class Certified:
    """A server's certificate for one name, and a client that trusts it."""

    def __init__(self, name: str, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        day = dt.timedelta(days=1)
        now = dt.datetime.now(dt.UTC)
        certificate = (
            builder.not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "server.pem").write_bytes(certificate + private)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(folder / "server.pem")
        self.client = ssl.create_default_context(cadata=certificate.decode())


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    return Certified("news.example", tmp_path)


NAMES = {name: [["127.0.0.1"]] for name in ("news.example", "other.example")}


def test_a_secure_connection_is_made_for_the_name_though_it_goes_to_the_judged_address(certified: Certified) -> None:
    with serving({"/": page(TEXT)}, certified.server) as server:
        fetcher = Fetcher(_QUICK, LOOPBACK, Names(NAMES), tls=certified.client)
        assert fetcher.fetch(server.url(host="news.example")).content == TEXT


def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(certified: Certified) -> None:
    with serving({"/": page(TEXT)}, certified.server) as server:
        with pytest.raises(FetchError, match=r"certificate of other\.example cannot be trusted"):
            Fetcher(_QUICK, LOOPBACK, Names(NAMES), tls=certified.client).fetch(server.url(host="other.example"))
        with pytest.raises(FetchError, match=r"certificate of news\.example cannot be trusted"):
            Fetcher(_QUICK, LOOPBACK, Names(NAMES)).fetch(server.url(host="news.example"))
        assert server.requests == []


def test_a_redirect_from_https_to_http_is_not_followed(certified: Certified, server: WebServer) -> None:
    with serving({"/": redirect(server.url())}, certified.server) as secure:
        fetcher = Fetcher(_QUICK, LOOPBACK, Names(NAMES), tls=certified.client)
        with pytest.raises(Refused, match="from https to http"):
            fetcher.fetch(secure.url(host="news.example"))
    assert server.requests == []


def test_a_redirect_from_http_to_https_is_followed(certified: Certified, server: WebServer) -> None:
    with serving({"/": page(TEXT)}, certified.server) as secure:
        server.routes["/"] = redirect(secure.url(host="news.example"))
        fetcher = Fetcher(_QUICK, LOOPBACK, Names(NAMES), tls=certified.client)
        assert fetcher.fetch(server.url()).final_url == secure.url(host="news.example")
