"""No address of a private or special network is let through, in any form, and public ones are."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import SettingError
from indexer.readers.http.addresses import FORBIDDEN, Address, embedded, networks, parse, refusal

PUBLIC = [
    *("8.8.8.8", "93.184.215.14", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1"),
    *("192.0.1.1", "192.167.255.255", "198.17.255.255", "198.20.0.1", "223.255.255.255", "11.0.0.1", "128.0.0.1"),
    *("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001:80b::200e", "2001:200::1", "2400:cb00::1"),
]


def judged(text: str, *allowed: str) -> str | None:
    address = parse(text)
    assert address is not None
    return refusal(address, networks(allowed))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_let_through(text: str) -> None:
    assert judged(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("127.0.0.1", "127.0.0.1 is loopback: this very machine"),
        ("127.255.255.254", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "this network"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "shared by a carrier"),
        ("100.100.100.200", "shared by a carrier"),
        ("169.254.169.254", "link-local"),
        ("168.63.129.16", "a cloud's service"),
        ("192.0.0.192", "reserved for protocols"),
        ("192.0.2.1", "documentation"),
        ("198.51.100.7", "documentation"),
        ("203.0.113.9", "documentation"),
        ("192.88.99.1", "6to4"),
        ("198.18.0.1", "benchmarks"),
        ("198.19.255.255", "benchmarks"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::2", "IPv4-compatible"),
        ("::127.0.0.1", "here 127.0.0.1, loopback"),
        ("::ffff:127.0.0.1", "here 127.0.0.1, loopback"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("::ffff:0:10.0.0.1", "here 10.0.0.1, private"),
        ("64:ff9b::7f00:1", "here 127.0.0.1, loopback"),
        ("64:ff9b::8.8.8.8", "NAT64"),
        ("64:ff9b:1::10.0.0.1", "here 10.0.0.1, private"),
        ("64:ff9b:1:7f00:0:100::", "here 127.0.0.1, loopback"),
        ("2002:7f00:1::", "here 127.0.0.1, loopback"),
        ("2002:808:808::1", "6to4"),
        ("2001:0:a00:1::", "here 10.0.0.1, private"),
        ("2001:0:808:808::80ff:fffe", "here 127.0.0.1, loopback"),
        ("2001:2::1", "benchmarks"),
        ("2001:10::1", "reserved for protocols"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("3ffe::1", "given back"),
        ("5f00::1", "routing inside"),
        ("100::1", "discarded"),
        ("fc00::1", "unique local"),
        ("fd00:ec2::254", "unique local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("4000::1", "outside of what public hosts have"),
        ("200::1", "outside of what public hosts have"),
        ("2606:4700::5efe:7f00:1", "here 127.0.0.1, loopback"),
        ("2606:4700::200:5efe:808:808", "ISATAP"),
        ("2606:4700::1%eth0", "zone"),
    ],
)
def test_every_special_address_is_refused_with_the_reason(text: str, words: str) -> None:
    why = judged(text)
    assert why is not None
    assert why.startswith(f"{parse(text)} is ")
    assert words in why


PLACES = st.integers(0, 2**128 - 1)


def within(place: int, number: int) -> Address:
    """An address of one of the forbidden networks: ``place`` chooses which, ``number`` where in it."""
    network = FORBIDDEN[place % len(FORBIDDEN)][0]
    return network[number % network.num_addresses]


def wrapped(inner: IPv4Address) -> list[IPv6Address]:
    """Every form in which an IPv6 address can stand for an IPv4 address."""
    number = int(inner)
    high, low = number >> 16, number & 0xFFFF
    numbers = [
        *(int(IPv6Address(prefix)) | number for prefix in ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::")),
        int(IPv6Address("64:ff9b:1::")) | number,
        int(IPv6Address("64:ff9b:1::")) | high << 64 | low << 40,
        int(IPv6Address("2002::")) | number << 80 | 1,
        int(IPv6Address("2001::")) | number << 64,
        int(IPv6Address("2001::")) | int(IPv4Address("8.8.8.8")) << 64 | number ^ 0xFFFFFFFF,
        int(IPv6Address("2606:4700::5efe:0:0")) | number,
        int(IPv6Address("2606:4700::200:5efe:0:0")) | number,
    ]
    return [IPv6Address(each) for each in numbers if each > 1]


@given(PLACES, PLACES)
def test_every_address_inside_a_forbidden_network_is_refused(place: int, number: int) -> None:
    assert refusal(within(place, number))


@given(st.integers(0, 2**32 - 1))
def test_every_wrapping_of_an_ipv4_address_is_seen_through_and_refused(number: int) -> None:
    inner = IPv4Address(number)
    for address in wrapped(inner):
        assert inner in list(embedded(address)), address
        assert refusal(address), address


@given(PLACES, PLACES)
def test_allowing_the_wrappings_does_not_allow_what_they_wrap(place: int, number: int) -> None:
    inner = within(place, number)
    if isinstance(inner, IPv4Address):
        for address in wrapped(inner):
            assert refusal(address, networks(["::/0"])), address


@given(PLACES)
def test_nothing_outside_of_the_public_part_of_ipv6_is_let_through(number: int) -> None:
    address = IPv6Address(number)
    assert address in ip_network("2000::/3") or refusal(address)


@given(PLACES)
def test_whatever_is_let_through_is_global_for_the_standard_library_too(number: int) -> None:
    for address in (IPv6Address(number), IPv4Address(number % 2**32)):
        assert refusal(address) or address.is_global


@pytest.mark.parametrize(
    ("text", "allowed", "let_through"),
    [
        ("127.0.0.1", "127.0.0.0/8", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.2", "127.0.0.1", False),
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("fd00::1", "fd00::/8", True),
        ("::1", "127.0.0.0/8", False),
        ("::ffff:127.0.0.1", "127.0.0.0/8", False),
        ("64:ff9b::8.8.8.8", "64:ff9b::/96", True),
        ("64:ff9b::127.0.0.1", "64:ff9b::/96", False),
        ("fe80::1%eth0", "fe80::/10", False),
    ],
)
def test_a_setting_allows_its_networks_and_nothing_that_they_wrap(text: str, allowed: str, let_through: bool) -> None:
    assert (judged(text, allowed) is None) == let_through


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1/8", "localhost", "10.0.0.0/33", "10/8", "fe80::/129", "*", "10.0.0.0/-1"]
)
def test_a_malformed_network_in_the_setting_is_named(text: str) -> None:
    with pytest.raises(SettingError, match="is not a network that may be reached") as caught:
        networks(["10.0.0.0/8", text])
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text", ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.01", "１２７.0.0.1", "localhost", "", "[::1]"]
)
def test_only_the_usual_form_of_an_address_is_one(text: str) -> None:
    assert parse(text) is None
