"""Names in passages: runs of capitalised words within sentences, seen more than once."""

from __future__ import annotations

import pytest

from indexer.embedded.names import Names
from indexer.passages import Splitting, split
from indexer.types import StoredArticle
from tests.fakes import FakeEncoder, article

ENCODER = FakeEncoder()


def stored(name: str, *paragraphs: str) -> StoredArticle:
    item = article(name, paragraphs)
    passages = split(item, Splitting.for_model(lambda texts: [len(text.split()) for text in texts], 256))
    return StoredArticle(item, 1, tuple(passages))


def names(*articles: StoredArticle) -> list[str]:
    counted = Names()
    for item in articles:
        counted.add(item)
    return counted.frequent()


def names_in(sentence: str) -> list[str]:
    """Of two articles with one sentence."""
    return names(stored("a", sentence), stored("b", sentence))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("He met Ana Ostrova in Port Melis.", ["Ana Ostrova", "Port Melis"]),
        ("He met Ana, Borislav and Celia.", []),
        ("They fear the Bank of Ostreland and the Ministry of Foreign Affairs.",
         ["Bank of Ostreland", "Ministry of Foreign Affairs"]),
        ("He called Mohammed bin Rashid and Ursula von der Layen.", ["Mohammed bin Rashid", "Ursula von der Layen"]),
        ("The army of Abdel Fattah el-Sisi is near.", ["Abdel Fattah el-Sisi"]),
        ("He met George W. Bush and Kim Jong-un.", ["George W. Bush", "Kim Jong-un"]),
        ("He left the U.S. Senate early.", ["U.S. Senate"]),
        ("They praise Ostreland's Ana Ostrova today.", ["Ana Ostrova"]),
        ("They praise Ana Ostrova's courage.", ["Ana Ostrova"]),
        ("They praise Ana O’Brien’s courage.", ["Ana O’Brien"]),
        ("They met Zarnovian President Vlado Zarno.", ["Vlado Zarno"]),
        ("They met Secretary of State Ana Ostrova.", ["Ana Ostrova"]),
        ("He spoke at the General Assembly.", ["General Assembly"]),
        ("He went on Tuesday to New Zarnovia.", ["New Zarnovia"]),
        ("So on Tuesday Ana Ostrova came.", ["Ana Ostrova"]),
        ("They met Theresa May there.", ["Theresa May"]),
        ("He saw BREAKING NEWS there.", []),
        ("See Each Of Them Come And Go Here Today Again.", []),
        ("Yesterday President came.", []),
        ("He said: “Dear Friends, go home.”", []),
        ("Они встретили Анну Каренину там.", ["Анну Каренину"]),
        ("Er traf Jürgen Öztürk in Çorum.", ["Jürgen Öztürk"]),
    ],
)  # fmt: skip
def test_a_name_is_a_run_of_capitalised_words(sentence: str, expected: list[str]) -> None:
    assert sorted(names_in(sentence)) == expected


def test_a_name_does_not_go_from_one_sentence_into_the_next() -> None:
    assert names_in("He flew to Port Melis. Ostreland Post wrote so.") == ["Port Melis"]


def test_what_only_begins_sentences_is_no_name_and_what_is_one_counts_there_too() -> None:
    assert names_in("Prudent Envoys met.") == []
    once = stored("a", "Nobody likes Ana Ostrova much.")
    begins = stored("b", "Ana Ostrova is not liked.")
    other = [stored(name, "Nobody likes Port Melis at all.") for name in "cd"]
    assert names(once, begins, *other) == ["Ana Ostrova", "Port Melis"]
    assert names(begins, stored("e", "Ana Ostrova is not liked.")) == []


def test_three_passages_or_two_articles_make_a_name() -> None:
    line = "Nobody likes Ana Ostrova much, says number"
    assert names(stored("a", f"{line} one.", f"{line} two.")) == []
    assert names(stored("a", f"{line} one.", f"{line} two.", f"{line} three.")) == ["Ana Ostrova"]
    assert names(stored("a", f"{line} one."), stored("b", f"{line} one.")) == ["Ana Ostrova"]


def test_a_name_counts_once_in_a_passage() -> None:
    often = "Nobody likes Ana Ostrova, no, not Ana Ostrova, never Ana Ostrova."
    assert names(stored("a", often, often)) == []


def test_the_name_in_more_passages_comes_first() -> None:
    both, one = "They like Ana Ostrova and Port Melis a lot.", "They like Port Melis a lot, too."
    assert names(stored("a", both, one), stored("b", both)) == ["Port Melis", "Ana Ostrova"]


def test_a_name_with_a_country_behind_it_is_the_shorter_name_where_that_is_known_better() -> None:
    longer, shorter = "They have met Ana Ostrova of Zarnovia here.", "They have met Ana Ostrova here, all of them."
    both = [stored(name, longer, shorter) for name in "ab"]
    assert names(*both) == ["Ana Ostrova", "Ana Ostrova of Zarnovia"]
    assert names(*both, stored("c", shorter)) == ["Ana Ostrova"]
