"""Whether two addresses are of one publisher's site, as far as addresses tell."""

from __future__ import annotations

from urllib.parse import urlsplit

from courlan import extract_domain


def same_site(one: str, other: str) -> bool:
    """Whether two addresses have the same host, or hosts of one registered domain ("www.post.co.uk", "m.post.co.uk").

    Domains are told by the Public Suffix List as courlan brings it along.
    """
    host, its = urlsplit(one).hostname, urlsplit(other).hostname
    if host == its:
        return host is not None
    domain = extract_domain(one)
    return domain is not None and domain == extract_domain(other)
