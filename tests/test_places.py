"""Which words of news name the same country, and which only look as if they did."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api import places
from api.places import countries, is_place, same_place
from indexer.words import words

TABLE = Path(places.__file__).with_name("countries.tsv")
COUNTRIES = {country.code: country for country in countries()}
WORDS = sorted({word for country in COUNTRIES.values() for word in country.single_words()})
NOT_MEMBERS = {"EU", "HK", "PS", "TW", "XK"}
SHARED = {"congo", "congoles", "dominican", "guinea", "guinean", "korea", "korean"}


def word_of(text: str) -> str:
    """The one analysed word of a text."""
    (word,) = words(text)
    return word


@pytest.mark.parametrize(
    "one",
    [
        ("Tokyo", "Japan", "Japanese"),
        ("Washington", "U.S.", "US", "USA", "American", "Americans", "America"),
        ("London", "Britain", "UK", "U.K.", "British", "Britons", "Whitehall"),
        ("Beijing", "China", "Chinese", "PRC", "Sino"),
        ("Moscow", "Russia", "Russians", "Kremlin"),
        ("Paris", "France", "French", "Élysée", "Elysee"),
        ("Ankara", "Turkey", "Türkiye", "Turkish", "Turks"),
        ("Kyiv", "Kiev", "Ukraine", "Ukrainian"),
        ("Seoul", "ROK"),
        ("Pyongyang", "DPRK"),
        ("Korea", "Koreas", "Korean"),
        ("Congo", "Congolese"),
        ("Brussels", "EU", "E.U."),
        ("Warsaw", "Poland", "Polish"),
        ("Athens", "Greece", "Greek"),
        ("Israel", "Israeli", "Israelis"),
        ("Riyadh", "Saudi", "Saudis"),
        ("Manila", "Philippines", "Philippine", "Filipino"),
        ("Myanmar", "Burma", "Burmese"),
        ("Colombo", "Lanka", "Lankan"),
        ("Wellington", "Zealand", "NZ"),
        ("Khartoum", "Sudan", "Sudanese"),
        ("Bogotá", "Bogota", "Colombia", "Colombian"),
        ("UAE", "Emirati", "Dhabi"),
        ("Niamey", "Niger", "Nigerien"),
        ("Abuja", "Nigeria", "Nigerian"),
    ],
    ids=lambda one: one[0],
)
def test_names_capitals_and_people_of_a_country_are_one(one: tuple[str, ...]) -> None:
    found = {word_of(text) for text in one}
    for word in found:
        assert found <= set(same_place(word))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Niger", "Nigeria"),
        ("Nigerien", "Nigerian"),
        ("Ireland", "Iceland"),
        ("Austria", "Australia"),
        ("Austrian", "Australian"),
        ("Pyongyang", "Seoul"),
        ("Korea", "Seoul"),
        ("Korean", "Pyongyang"),
        ("Guinea", "Conakry"),
        ("Guinea", "Malabo"),
        ("Guinea", "Bissau"),
        ("Congo", "Kinshasa"),
        ("Kinshasa", "Brazzaville"),
        ("Dominica", "Dominican"),
        ("Iran", "Iraq"),
        ("Iranian", "Iraqi"),
        ("Slovakia", "Slovenia"),
        ("Slovak", "Slovene"),
        ("Mali", "Malawi"),
        ("Mauritius", "Mauritania"),
        ("Latvia", "Lithuania"),
        ("Gambia", "Zambia"),
        ("Grenadian", "Grenadines"),
        ("Brussels", "Belgium"),
        ("China", "Taiwan"),
        ("China", "HK"),
        ("Israel", "Palestinian"),
        ("Juba", "Sudan"),
        ("Hungary", "hungry"),
        ("Jerusalem", "Israel"),
    ],
)
def test_different_actors_stay_apart(one: str, other: str) -> None:
    assert word_of(one) not in same_place(word_of(other))
    assert word_of(other) not in same_place(word_of(one))


@pytest.mark.parametrize(
    "text",
    [
        *("treaty", "the", "north", "south", "united", "new", "saint", "republic", "lest", "air", "emir", "2231", "x"),
        *("male", "pole", "Hollande", "Leon", "Victoria", "Georgetown", "Kingston", "Sofia", "Europe", "Scotland"),
        *("Solomon", "Lima", "Nassau", "Danes"),
    ],
)
def test_an_ordinary_word_gives_itself(text: str) -> None:
    word = word_of(text)
    assert same_place(word) == (word,)
    assert not is_place(word)


def test_what_is_no_analysed_word_gives_itself() -> None:
    assert [same_place(text) for text in ("", "Tokyo", "north korea")] == [("",), ("Tokyo",), ("north korea",)]


def test_the_word_itself_comes_first_and_the_others_in_the_order_of_the_table() -> None:
    assert same_place("japan") == ("japan", "tokyo", "japanes")
    assert same_place("japanes") == ("japanes", "japan", "tokyo")


def test_a_word_that_several_countries_share_stands_for_none_of_them() -> None:
    named = Counter(word for country in COUNTRIES.values() for word in country.single_words())
    assert {word for word, times in named.items() if times > 1} == SHARED
    for word in SHARED:
        assert is_place(word)
        assert set(same_place(word)) <= SHARED


def test_no_word_is_in_two_classes() -> None:
    classes = {frozenset(same_place(word)) for word in WORDS}
    assert sum(len(alike) for alike in classes) == len(WORDS)


def test_all_words_of_a_country_that_it_does_not_share_are_its_class() -> None:
    for country in COUNTRIES.values():
        own = [word for word in country.single_words() if word not in SHARED]
        assert all(sorted(same_place(word)) == sorted(own) for word in own), country.code


@given(st.sampled_from(WORDS), st.sampled_from(WORDS))
@hypothesis_settings(deadline=None)
def test_to_name_the_same_country_is_mutual_and_passes_on(one: str, other: str) -> None:
    alike = same_place(one)
    assert alike[0] == one
    assert is_place(one)
    assert len(set(alike)) == len(alike)
    assert (other in alike) == (one in same_place(other))
    assert all(set(same_place(word)) == set(alike) for word in alike)


@given(st.text(max_size=12))
@hypothesis_settings(deadline=None)
def test_every_word_names_the_same_as_itself(word: str) -> None:
    assert same_place(word)[0] == word
    assert is_place(word) or same_place(word) == (word,)


def test_every_row_has_a_code_of_its_own_in_order_and_a_word_to_be_known_by() -> None:
    codes = [country.code for country in countries()]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes)
    assert [country.code for country in COUNTRIES.values() if not country.single_words()] == []


def test_a_country_is_called_by_names_and_not_by_its_capital_or_people() -> None:
    assert COUNTRIES["JP"].names == ("Japan",)
    assert COUNTRIES["GB"].names == ("Britain", "UK", "United Kingdom")
    assert COUNTRIES["KR"].names == ("South Korea", "ROK")
    assert "Kremlin" in COUNTRIES["RU"].entries
    assert "Kremlin" not in COUNTRIES["RU"].names
    for country in countries():
        assert country.names
        assert country.entries[: len(country.names)] == country.names


def test_the_table_has_all_members_of_the_united_nations_and_five_others() -> None:
    assert set(COUNTRIES) >= NOT_MEMBERS
    assert len(COUNTRIES) == 193 + len(NOT_MEMBERS)


def test_the_table_is_written_as_it_is_read() -> None:
    header, *rows = TABLE.read_text(encoding="utf-8").splitlines()
    assert header.split("\t") == ["code", "names", "capitals", "people", "other"]
    for row in rows:
        cells = row.split("\t")
        assert len(cells) == 5, row
        assert cells[1], row
        entries = [entry for cell in cells[1:] if cell for entry in cell.split(";")]
        assert all(entry and entry == entry.strip() for entry in entries), row
        assert all(len(words(entry)) == 1 for entry in cells[4].split(";") if entry), row


def test_an_exception_is_a_word_that_the_table_has() -> None:
    entries = {tuple(words(entry)) for country in COUNTRIES.values() for entry in country.entries}
    assert {word for word in places._OTHERWISE if (word,) not in entries} == set()


def test_codes_and_names_agree_with_a_gazetteer(shared: Path) -> None:
    lines = (shared / "gazetteer" / "countries.jsonl").read_text(encoding="utf-8").splitlines()
    # It counts the Holy See, an observer, as a member.
    rows = {row["iso2"]: row for row in map(json.loads, lines) if row["un_member"] and row["iso2"] != "VA"}
    assert set(rows) == set(COUNTRIES) - NOT_MEMBERS
    for code, row in rows.items():
        written = {tuple(words(entry)) for entry in COUNTRIES[code].entries}
        assert tuple(words(row["name"])) in written, code


def test_the_table_is_found_where_the_package_is_no_folder(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "packed.zip", "w") as packed:
        packed.writestr("api/__init__.py", "")
        packed.write(places.__file__, "api/places.py")
        packed.write(TABLE, "api/countries.tsv")
    path = os.pathsep.join([str(tmp_path / "packed.zip"), str(Path(__file__).resolve().parents[1])])
    code = "from api import places; print(places.__file__, *places.same_place('japan'))"
    environ = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(tmp_path / "packed.zip" / "api" / "places.py"), "japan", "tokyo", "japanes"]
