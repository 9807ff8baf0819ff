"""Which address is an article's own: what pages state is believed only where it can be true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.extraction.canonical import canonical_url, page_address

TITLE = "Ministers reopen the border at Vell"
FETCHED = "https://www.herald.example/2024/05/ministers-reopen-border-vell.html"


@pytest.mark.parametrize(
    ("fetched", "stated", "expected"),
    [
        # forms of one page
        (FETCHED + "?utm_source=feed", [FETCHED], FETCHED),
        (
            "https://m.herald.co.uk/world/ministers-reopen-border",
            ["https://www.herald.co.uk/world/ministers-reopen-border"],
            1,
        ),
        (
            "https://www.herald.co.uk/world/story-about-border/amp",
            ["https://www.herald.co.uk/world/story-about-border"],
            1,
        ),
        (
            "https://www.herald.co.uk/amp/world/story-about-border",
            ["https://www.herald.co.uk/world/story-about-border"],
            1,
        ),
        ("https://herald.co.uk/story-about-border.amp.html", ["https://herald.co.uk/story-about-border.html"], 1),
        ("https://herald.co.uk/news/uk-12345678", ["https://herald.co.uk/news/world-europe-12345678"], 1),
        ("https://herald.co.uk/?p=12345", ["https://herald.co.uk/world/ministers-reopen-border-vell"], 1),
        (
            "https://herald.co.uk/n/1234",
            ["/world/ministers-reopen-border-vell"],
            "https://herald.co.uk/world/ministers-reopen-border-vell",
        ),
        (
            "https://www-herald-co-uk.cdn.ampproject.org/c/s/www.herald.co.uk/x/a-b",
            ["https://www.herald.co.uk/x/a-b"],
            1,
        ),
        (None, [FETCHED], 1),
        (FETCHED, [FETCHED + "#top"], FETCHED),
        # traps
        (FETCHED, ["https://www.herald.example/"], FETCHED),
        (FETCHED, ["https://www.herald.example/en/"], FETCHED),
        (FETCHED, ["https://www.herald.example/2024/05"], FETCHED),
        ("https://a.example/border-talks-vell/border-talks-vell-live", ["https://a.example/border-talks-vell"], 0),
        (FETCHED, ["https://www.herald.example/2024/05/storm-hits-southern-coast.html"], FETCHED),
        (FETCHED, ["https://wire.example/2024/05/ministers-reopen-border-vell.html"], FETCHED),
        (FETCHED, ["https://herald.example.evil.example/2024/05/ministers-reopen-border-vell.html"], FETCHED),
        (
            FETCHED,
            ["javascript:alert(1)", "http://", "//", "http://[", "https://u:p@www.herald.example/x-y-z"],
            FETCHED,
        ),
        (FETCHED, ["https://www.herald.example/" + "a" * 3000], FETCHED),
        ("https://herald.co.uk/view?id=17", ["https://herald.co.uk/view"], "https://herald.co.uk/view?id=17"),
        ("https://herald.co.uk/view?id=17", ["https://herald.co.uk/view?id=18"], "https://herald.co.uk/view?id=17"),
        (None, ["https://www.herald.example/"], None),
        # the next statement serves where the first cannot be true
        (FETCHED + "?x=1", ["https://www.herald.example/", FETCHED], FETCHED),
    ],
)
def test_a_stated_address_is_believed_where_it_can_be_the_same_article(
    fetched: str | None, stated: list[str], expected: object
) -> None:
    assert page_address(fetched, stated, TITLE) == {1: stated[0], 0: fetched}.get(expected, expected)


def test_a_query_that_tells_articles_apart_is_not_lost() -> None:
    fetched = "https://herald.co.uk/view.php?article=17"
    assert page_address(fetched, ["https://herald.co.uk/view.php"], TITLE) == fetched


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_whatever_a_page_states_the_address_is_one_of_the_two(fetched: str, stated: list[str]) -> None:
    found = page_address("https://herald.example/a-b-c", stated, fetched)
    assert found is not None
    assert found.startswith(("http://", "https://"))


def test_trackers_do_not_make_another_article() -> None:
    assert canonical_url("https://a.example/x?utm_medium=1&fbclid=2#y") == canonical_url("https://A.example:443/x")


@pytest.mark.parametrize("second", ["?page=2", "?paged=2", "/page/2", "/p/2/"])
def test_the_second_page_of_an_article_is_not_taken_for_the_first(second: str) -> None:
    first = "https://post.test/world/ministers-sign-river-treaty"
    assert page_address(f"{first}{second}", [first], "Ministers sign river treaty") == f"{first}{second}"
    assert page_address(f"{first}?page=1", [first], "Ministers sign river treaty") == first


def test_a_saved_copy_that_names_the_original_has_its_own_address() -> None:
    named = ["https://wire.test/ministers-sign-river-treaty", "https://post.test/news/ministers-sign-river-treaty"]
    assert page_address(None, named, "Ministers sign river treaty") == named[1]
    assert page_address(None, [named[0], f"{named[0]}?a=b"], "Ministers sign river treaty") == named[0]
