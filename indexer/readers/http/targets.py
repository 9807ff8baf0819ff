"""From the text of an address to what is asked for: scheme, host, port and path, or why it is none that is fetched.

There is one reading of every address, and it is strict: what two programs could read differently (a user name before
the host, backslashes, control characters, 127.1 or 0x7f000001 for 127.0.0.1) is refused or brought into the usual form
here, and the form that comes out is what is judged, looked up, connected to and sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

import idna

from indexer.errors import Refused
from indexer.readers.http.addresses import Address, parse

MAX_URL = 8000
"""Code points of an address; what RFC 9110, 4.1, asks every server to take, in octets."""

_PORTS = {"http": 80, "https": 443}
_FORM = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?P<slashes>/*)(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{0,5}))?")
_SPACE = " \t\r\n\f"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_NAME = 253
_KEPT = "/?:@!$&'()*+,;=~-._%[]|"
"""What of a path and a query is sent as it stands; everything else goes as percent-encoded UTF-8."""


@dataclass(frozen=True, slots=True)
class Target:
    """What to ask for: ``host`` is an ASCII name or ``address`` in its usual form, ``path`` goes with its query."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None = None

    @property
    def netloc(self) -> str:
        """The host, and the port if it is not the scheme's own, as the Host field of a request has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        return self.origin + self.path


def target(url: str) -> Target:
    """Read an address. Raises Refused, with a sentence that does not repeat the address, for what is not fetched."""
    text = url.strip(_SPACE)
    if len(text) > MAX_URL:
        raise Refused(f"the address has {len(text):,} characters: {MAX_URL:,} are the most")
    _refuse_unprintable(text)
    match = _FORM.fullmatch(text)
    scheme = match["scheme"].lower() if match else ""
    if match is None or scheme not in _PORTS:
        raise Refused(f"only http and https addresses are fetched, and it begins with {text[:20]!r}")
    if match["slashes"] != "//":
        raise Refused(f"an address names its host after two slashes, and it begins with {text[:20]!r}")
    host, port = _split(match["authority"])
    name = _host(host)
    path = quote(match["rest"].partition("#")[0], safe=_KEPT)
    return Target(scheme, name, port or _PORTS[scheme], path if path.startswith("/") else f"/{path}", parse(name))


def redirected(base: Target, location: str) -> Target:
    """The address that a redirect from ``base`` leads to. Raises Refused as ``target`` does."""
    text = location.strip(_SPACE)
    _refuse_unprintable(text)  # urljoin would drop some of them
    try:
        return target(urljoin(base.url, text))
    except ValueError as error:
        raise Refused(f"the redirect goes to {location[:200]!r}, which is no address ({error})") from None


def _refuse_unprintable(text: str) -> None:
    if odd := _UNPRINTABLE.search(text):
        raise Refused(f"the address holds the character U+{ord(odd[0]):04X}, which no address can: correct it")


def _split(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise Refused("the address holds a user name or password: nothing is fetched with one, take it out")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise Refused(f"{authority[:200]!r} is not a host with or without a port")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 2**16:
        raise Refused(f"there is no port {port}: ports go from 1 to 65535")
    return match["host"], port


def _host(given: str) -> str:
    """An address of the internet or a name in its usual form. Raises Refused for what is neither."""
    if given.startswith("["):
        return _literal(given)
    name = _ascii(given).removesuffix(".")
    if not name:
        raise Refused("the address names no host")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        if parse(name) is None:
            raise Refused(f"{given[:200]!r} is an odd spelling of an IPv4 address: write it as four decimal numbers")
    elif len(name) > _MAX_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused(f"{given[:200]!r} is not the name of a host")
    return name


def _literal(given: str) -> str:
    address = parse(given[1:-1])
    if address is None or address.version == 4:
        raise Refused(f"{given[:200]!r} is not an IPv6 address")
    if "%" in given:
        raise Refused(f"{given[:200]!r} is bound to one network interface (a zone): such addresses are not fetched")
    return str(address)


def _ascii(given: str) -> str:
    """A name in lower case and ASCII; full-width digits and dots become the usual ones (UTS 46)."""
    if given.isascii():
        return given.lower()
    try:
        return idna.encode(given, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise Refused(f"{given[:200]!r} is not the name of a host ({error})") from None
