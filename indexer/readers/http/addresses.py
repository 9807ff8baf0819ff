"""Which addresses on the network are never reached: whatever is not a public host, in any of its spellings.

A feed or a page that someone else wrote decides which addresses are asked for, so it could name the router, the
metadata service of a cloud or another program on this machine (server-side request forgery). The networks are those of
IANA's IPv4 and IPv6 Special-Purpose Address Registries, with what later RFCs and practice add. ``is_global`` of the
standard library is asked last and not alone: it lets through IPv6 forms of private IPv4 addresses, such as
64:ff9b::7f00:1.

https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from indexer.errors import SettingError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORBIDDEN: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), why)
    for network, why in (
        ("0.0.0.0/8", 'of "this network" and the unspecified address (RFC 791)'),
        ("10.0.0.0/8", "private (RFC 1918)"),
        ("100.64.0.0/10", "shared by a carrier's customers (RFC 6598)"),
        ("127.0.0.0/8", "loopback: this very machine"),
        ("168.63.129.16/32", "a cloud's service for its own machines"),
        ("169.254.0.0/16", "link-local, where clouds keep their metadata (RFC 3927)"),
        ("172.16.0.0/12", "private (RFC 1918)"),
        ("192.0.0.0/24", "reserved for protocols (RFC 6890)"),
        ("192.0.2.0/24", "for documentation only (RFC 5737)"),
        ("192.31.196.0/24", "a sink for stray name queries (AS112, RFC 7535)"),
        ("192.52.193.0/24", "a relay of multicast (AMT, RFC 7450)"),
        ("192.88.99.0/24", "a relay of 6to4 (RFC 7526)"),
        ("192.168.0.0/16", "private (RFC 1918)"),
        ("192.175.48.0/24", "a sink for stray name queries (AS112, RFC 7534)"),
        ("198.18.0.0/15", "for benchmarks of networks (RFC 2544)"),
        ("198.51.100.0/24", "for documentation only (RFC 5737)"),
        ("203.0.113.0/24", "for documentation only (RFC 5737)"),
        ("224.0.0.0/4", "multicast (RFC 5771)"),
        ("255.255.255.255/32", "broadcast (RFC 8190)"),
        ("240.0.0.0/4", "reserved (RFC 1112)"),
        ("::/128", "the unspecified address"),
        ("::1/128", "loopback: this very machine"),
        ("::ffff:0:0/96", "an IPv4 address in another form (IPv4-mapped, RFC 4291)"),
        ("::ffff:0:0:0/96", "an IPv4 address in another form (IPv4-translated, RFC 2765)"),
        ("::/96", "an IPv4 address in another form (IPv4-compatible, RFC 4291)"),
        ("64:ff9b::/96", "an IPv4 address in another form (NAT64, RFC 6052)"),
        ("64:ff9b:1::/48", "an IPv4 address in another form (local NAT64, RFC 8215)"),
        ("100::/64", "where everything is discarded (RFC 6666)"),
        ("100:0:0:1::/64", "a dummy prefix (RFC 9780)"),
        ("2001::/32", "a tunnel to an IPv4 address (Teredo, RFC 4380)"),
        ("2001:2::/48", "for benchmarks of networks (RFC 5180)"),
        ("2001::/23", "reserved for protocols (RFC 2928)"),
        ("2001:db8::/32", "for documentation only (RFC 3849)"),
        ("2002::/16", "a tunnel to an IPv4 address (6to4, RFC 3056)"),
        ("2620:4f:8000::/48", "a sink for stray name queries (AS112, RFC 7534)"),
        ("3ffe::/16", "of a test network that was given back (RFC 5156)"),
        ("3fff::/20", "for documentation only (RFC 9637)"),
        ("5f00::/16", "for routing inside a network (RFC 9602)"),
        ("fc00::/7", "unique local, which is private (RFC 4193)"),
        ("fe80::/10", "link-local (RFC 4291)"),
        ("fec0::/10", "site-local, which is private (RFC 3879)"),
        ("ff00::/8", "multicast (RFC 4291)"),
    )
)
"""The networks and what each one is; the first that holds an address says why it is refused."""

_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that has been given out to public hosts (RFC 4291, 2.4; IANA)."""

_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_LOW_IPV4 = (*(IPv6Network(text) for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96")), _NAT64, _LOCAL_NAT64)
_ISATAP = (0x00005EFE, 0x02005EFE)
_LOW = 2**32 - 1


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks such as "127.0.0.0/8" or "fd00::/8"; a single address is a network of its own.

    Raises SettingError for anything else, and for a network whose host bits are set.
    """
    return tuple(_network(text) for text in texts)


def _network(text: str) -> Network:
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise SettingError(
            f"{text!r} is not a network that may be reached ({error}): write it as 10.1.0.0/16, fd00::/8 or 127.0.0.1"
        ) from None


def refusal(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why an address must not be reached, as a sentence without its full stop; None if it may be.

    ``allowed`` are networks that may be reached all the same. An IPv4 address inside an IPv6 one is judged as well, so
    that allowing 64:ff9b::/96 does not open 64:ff9b::127.0.0.1.
    """
    why = None if _within(address, allowed) else _why(address)
    if why is not None:
        inside = "".join(f", here {_named(each)}" for each in embedded(address))
        return f"{address} is {why}{inside}"
    for each in embedded(address):
        if within := refusal(each, allowed):
            return f"{address} leads to an IPv4 address: {within}"
    return None


def _within(address: Address, allowed: Sequence[Network]) -> bool:
    """Of an address with a zone nothing is allowed: which host it means depends on the machine."""
    return not _has_zone(address) and any(address in network for network in allowed)


def _has_zone(address: Address) -> bool:
    return isinstance(address, IPv6Address) and address.scope_id is not None


def _why(address: Address) -> str | None:
    for network, why in FORBIDDEN:
        if address in network:
            return why
    if _has_zone(address):
        return "bound to one network interface (a zone)"
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return "outside of what public hosts have (2000::/3)"
    if isinstance(address, IPv6Address) and _is_isatap(address):
        return "a tunnel to an IPv4 address (ISATAP, RFC 5214)"
    return None if address.is_global else "reserved"


def _named(address: IPv4Address) -> str:
    why = _why(address)
    return f"{address}, {why}" if why else str(address)


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & _LOW in _ISATAP


def embedded(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address is a form of, or a tunnel to, each once."""
    if isinstance(address, IPv6Address):
        yield from dict.fromkeys(_embedded(address))


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    number = int(address)
    if number > 1 and (any(address in network for network in _LOW_IPV4) or _is_isatap(address)):
        yield IPv4Address(number & _LOW)
    if address in _LOCAL_NAT64:  # RFC 6052, 2.2: a prefix of 48 bits, then 16 of IPv4, eight of nothing, and the rest
        yield IPv4Address((number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo


def parse(text: str) -> Address | None:
    """An address in its usual form, None for any other text: no octal, hexadecimal or shortened forms of IPv4."""
    try:
        return ip_address(text)
    except (AddressValueError, ValueError):
        return None
