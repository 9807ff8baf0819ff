"""What pages load: named by its content, and light. How a browser learns of this search."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from api.web.assets import FILES, asset, asset_at
from api.web.opensearch import description

OPENSEARCH = {"o": "http://a9.com/-/spec/opensearch/1.1/"}


@pytest.mark.parametrize("name", FILES)
def test_a_file_stands_at_an_address_with_the_hash_of_its_content(name: str) -> None:
    found = asset(name)
    stem, _, suffix = name.rpartition(".")
    assert re.fullmatch(rf"/static/{stem}\.[0-9a-f]{{12}}\.{suffix}", found.address)
    assert asset_at(found.address) == (found, True)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_also_at_its_plain_address_which_may_change(name: str) -> None:
    assert asset_at(f"/static/{name}") == (asset(name), False)


@pytest.mark.parametrize("path", ["/static/style.000000000000.css", "/static/../pages.py", "/static/", ""])
def test_nothing_else_is_served(path: str) -> None:
    assert asset_at(path) is None


def test_the_script_is_small() -> None:
    assert len(asset("page.js").content) <= 6.5 * 1024


def test_neither_style_nor_script_loads_anything_from_elsewhere() -> None:
    for name in FILES:
        content = asset(name).content.replace(b"http://www.w3.org/2000/svg", b"")
        assert not re.search(rb"https?:|//[a-z]+\.|@import|url\(|eval\(|innerHTML", content)


def test_the_description_names_pages_and_suggestions_by_absolute_addresses() -> None:
    root = etree.fromstring(description("http://news.example:8765", "/static/icon.1.svg").encode())
    assert len(root.findtext("o:ShortName", namespaces=OPENSEARCH)) <= 16
    urls = {url.get("type"): url.get("template") for url in root.findall("o:Url", OPENSEARCH)}
    assert urls["text/html"] == "http://news.example:8765/?q={searchTerms}"
    assert urls["application/x-suggestions+json"] == "http://news.example:8765/v1/suggest?q={searchTerms}"
    assert root.findtext("o:Image", namespaces=OPENSEARCH) == "http://news.example:8765/static/icon.1.svg"


def test_a_hostile_host_stays_text_in_the_description() -> None:
    root = etree.fromstring(description('http://a"><b x="&amp;', "/i").encode())
    assert root.xpath("//b") == []
