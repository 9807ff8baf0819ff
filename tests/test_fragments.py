"""Text fragments: what a browser is told to look for, so that it finds a sentence, and only there.

https://wicg.github.io/scroll-to-text-fragment/. Whether it does on real pages is measured by scripts/fragments.py.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.citing.fragments import LONGEST, Directive, directives_for, link

URL = "https://example.org/news/1"
LONG = " ".join(f"word{number}" for number in range(200)) + "."

SENTENCES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=40)


def named(text: str, sentence: str) -> tuple[Directive, ...]:
    """What names a sentence that stands in a text once."""
    assert text.count(sentence) == 1
    start = text.index(sentence)
    return directives_for(text, (start, start + len(sentence)))


def directives(text: str, url: str = URL) -> list[str]:
    """What the link to a text tells a browser to look for, encoded."""
    address, mark, found = str(link(url, text)).partition(":~:")
    assert mark
    assert address == (url if "#" in url else f"{url}#")
    return [directive.removeprefix("text=") for directive in found.split("&")]


def test_a_sentence_is_looked_for_whole_and_if_that_fails_without_a_large_initial() -> None:
    assert directives_for("Ministers met in Vienna on Tuesday.") == (
        Directive("Ministers met in Vienna on Tuesday."),
        Directive("met in Vienna on Tuesday."),
    )


def test_what_is_too_long_for_an_address_is_named_by_its_first_and_last_words() -> None:
    exact, rest = directives_for(LONG)
    assert exact == Directive(
        "word0 word1 word2 word3 word4 word5 word6 word7",
        "word192 word193 word194 word195 word196 word197 word198 word199.",
    )
    assert rest == exact._replace(start="word1 word2 word3 word4 word5 word6 word7 word8")


def test_the_last_words_are_more_where_fewer_would_be_found_too_early() -> None:
    ending = "all of the way from there to the end."
    text = f"{LONG[:-1]} {ending} {LONG[:-1]} onwards {ending}"
    assert directives_for(text)[0].end == f"onwards {ending}"


def test_the_words_before_a_sentence_in_its_paragraph_go_along() -> None:
    text = "It rained. Ministers met in Vienna on Tuesday. They signed nothing."
    assert named(text, "Ministers met in Vienna on Tuesday.")[0] == Directive(
        "Ministers met in Vienna on Tuesday.", prefix="It rained."
    )


def test_the_first_sentence_of_a_paragraph_has_those_behind_it() -> None:
    text = "Before.\n\nMinisters met in Vienna on Tuesday. They signed nothing at all."
    assert named(text, "Ministers met in Vienna on Tuesday.")[0].suffix == "They signed nothing"


def test_a_short_sentence_has_those_on_both_sides() -> None:
    text = "Will they sign it now? They will not. Nobody had expected it."
    assert named(text, "They will not.") == (
        Directive("They will not.", prefix="sign it now?", suffix="Nobody had expected"),
        Directive("They will not."),
    )


def test_a_sentence_that_stands_in_the_text_again_has_those_on_both_sides() -> None:
    sentence = "Ministers met in Vienna on Tuesday."
    text = f"One began. {sentence} Two followed then. {sentence} Three."
    first, second = text.index(sentence), text.rindex(sentence)
    assert directives_for(text, (first, first + len(sentence)))[0] == Directive(
        sentence, prefix="One began.", suffix="Two followed then."
    )
    assert directives_for(text, (second, second + len(sentence)))[0] == Directive(
        sentence, prefix="Two followed then.", suffix="Three."
    )


def test_a_short_paragraph_has_the_next_ones_first_words_but_is_looked_for_without_them_too() -> None:
    text = "Before it.\n\nMinisters met in Vienna.\n\nThey signed nothing at all."
    assert named(text, "Ministers met in Vienna.") == (
        Directive("Ministers met in Vienna.", suffix="They signed nothing"),
        Directive("met in Vienna."),
    )


def test_a_long_paragraph_of_one_sentence_needs_no_other() -> None:
    text = f"{' '.join(LONG.split()[:20])}\n\nThey signed nothing at all."
    assert named(text, text.partition("\n\n")[0])[0].suffix == ""


def test_words_are_whole_where_a_sentence_begins_or_ends_inside_one() -> None:
    text = "He held the election.Then the ministers met in Vienna.They left."
    found = named(text, "Then the ministers met in Vienna.")[0]
    assert found == Directive("election.Then the ministers met in Vienna.They", prefix="He held the")


@pytest.mark.parametrize("mark", ["-", "•", "—", "*", "1)"])
def test_the_marks_of_a_list_are_not_looked_for(mark: str) -> None:
    found = directives_for(f"{mark} Ministers met in Vienna")[0].start
    assert found == ("1) " if mark == "1)" else "") + "Ministers met in Vienna"


def test_of_a_row_of_a_table_the_cell_that_says_most_is_looked_for() -> None:
    assert directives_for("| 14 | The Ministers of Vienna | 22 |")[0] == Directive("The Ministers of Vienna")


def test_words_beyond_the_mark_of_a_list_or_a_cell_do_not_go_along() -> None:
    assert named("First of all | They met. | Last of all", "They met.")[0] == Directive("They met.")
    assert named("First of all - They met. - Last of all", "They met.")[0] == Directive("They met.")


def test_writing_without_spaces_is_cut_at_its_stops() -> None:
    clauses = [f"第{number}回の会議で外務省はこの問題について協議した" for number in range(10)]
    text = "、".join(clauses) + "。"
    exact = directives_for(text)[0]
    assert exact.start == f"{clauses[0]}、"
    assert exact.end == f"{clauses[-1]}。"


def test_a_clause_that_ends_where_the_sentence_begins_is_not_a_part_of_it() -> None:
    text = "外務省はこの問題について協議した。次の会議は来月に開かれる。"
    assert named(text, "次の会議は来月に開かれる。")[0].start == "次の会議は来月に開かれる。"


@pytest.mark.parametrize("text", ["", " ", "|", "…", "“ — ”"])
def test_for_what_has_no_letter_the_link_opens_the_page(text: str) -> None:
    assert directives_for(text) == ()
    assert link(URL, text) == URL
    assert link(f"{URL}#part", text) == f"{URL}#part"


def test_for_words_without_end_the_link_opens_the_page() -> None:
    assert link(URL, "x" * LONGEST) == URL


def test_an_article_without_an_address_has_no_link() -> None:
    assert link(None, "Ministers met.") is None


def test_a_link_has_a_directive_for_each_try() -> None:
    assert link(URL, "Ministers met in Vienna") == (
        f"{URL}#:~:text=Ministers%20met%20in%20Vienna&text=met%20in%20Vienna"
    )


def test_prefix_and_suffix_are_set_off_by_dashes() -> None:
    directive = Directive("a-b", "c,d", "e&f", "g")
    assert str(directive) == "e%26f-,a%2Db,c%2Cd,-g"


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("a-", "a%2D"),
        ("a,", "a%2C"),
        ("a&", "a%26"),
        ("a b", "a%20b"),
        ("a#?/%", "a%23%3F%2F%25"),
        ("a._~", "a%2E%5F%7E"),
        ("é", "%C3%A9"),
        ("核", "%E6%A0%B8"),
        ("a\u202e", "a%E2%80%AE"),
        ("a:~:text=", "a%3A%7E%3Atext%3D"),
        ("“US–China”", "%E2%80%9CUS%E2%80%93China%E2%80%9D"),
    ],
)
def test_whatever_is_neither_letter_nor_digit_is_percent_encoded(text: str, encoded: str) -> None:
    assert str(Directive(text)) == encoded


def test_a_fragment_that_the_address_has_already_is_kept() -> None:
    assert str(link(f"{URL}#section-2", "Met.")).startswith(f"{URL}#section-2:~:text=Met")


def test_an_address_copied_with_a_text_fragment_gets_the_sentences_own() -> None:
    for part in ("", "part"):
        assert link(f"{URL}#{part}:~:text=Other%20words", "Met.") == f"{URL}#{part}:~:text=Met%2E"


@settings(deadline=None, max_examples=200)
@given(SENTENCES, st.data())
def test_what_is_looked_for_stands_in_the_text_in_that_order_and_in_whole_words(
    words: list[str], data: st.DataObject
) -> None:
    text = " ".join(" ".join(words).split())
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))
    for found in directives_for(text, (low, high)):
        pieces = [part for part in (found.prefix, found.start, found.end, found.suffix) if part]
        gaps = [r"\s*", r".*" if found.end else r"\s*", r"\s*"]
        gaps = gaps[not found.prefix :]
        pattern = re.escape(pieces[0]) + "".join(
            gap + re.escape(piece) for gap, piece in zip(gaps, pieces[1:], strict=False)
        )
        assert re.search(pattern, text, re.DOTALL)


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_a_link_is_an_address_in_ascii_whatever_the_text(text: str) -> None:
    found = str(link(URL, text))
    assert found.isascii()
    assert not set(found) & set(" \n\"'<>`{}|\\^[]")
    assert urlsplit(found)._replace(fragment="").geturl() == URL
    assert found.count(":~:") <= 1
    assert len(found) <= len(URL) + len("#:~:") + LONGEST
    for directive in directives(text) if ":~:" in found else []:
        pieces = directive.split(",")
        inner = [piece for piece in pieces if not piece.startswith("-") and not piece.endswith("-")]
        assert 1 <= len(inner) <= 2
        assert all(re.fullmatch(r"(?:[A-Za-z0-9]|%[0-9A-F]{2})+", piece) for piece in inner)


def test_a_link_reads_back_as_the_sentence() -> None:
    text = "“We won’t – for now – sign,” she said; 50 % of it’s done."
    assert unquote(directives(text)[0]) == text
