"""The file of API keys: it lets in whom it names, holds no key, and says what is wrong with it."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.serving.keys import PREFIX, RATE, new_key, parse_keys, read_keys
from indexer.errors import SettingError

HASH = hashlib.sha256(b"secret").hexdigest()
GOOD = f'[keys.desk]\nsha256 = "{HASH}"\n'


def test_a_new_key_is_let_in_by_its_lines_and_does_not_stand_in_them() -> None:
    made = new_key("reporting desk", "600/minute")
    assert made.key.startswith(PREFIX)
    assert len(made.key) >= len(PREFIX) + 43, "256 bits"
    assert made.key not in made.lines
    assert made.key.removeprefix(PREFIX) not in made.lines
    found = parse_keys(made.lines).find(made.key.encode())
    assert found is not None
    assert (found.name, found.rate.amount, found.rate.get_expiry()) == ("reporting desk", 600, 60)


def test_two_new_keys_are_never_the_same_and_stand_in_one_file() -> None:
    one, other = new_key("one"), new_key("other")
    assert one.key != other.key
    ring = parse_keys(f"{one.lines}\n{other.lines}")
    names = [found.name for made in (one, other) if (found := ring.find(made.key.encode()))]
    assert names == ["one", "other"]


@given(st.text("abcÄ核 .-_@", min_size=1, max_size=64))
def test_any_name_that_is_taken_can_be_read_again(name: str) -> None:
    made = new_key(name)
    assert list(tomllib.loads(made.lines)["keys"]) == [name]
    assert parse_keys(made.lines).find(made.key.encode()) is not None


@pytest.mark.parametrize("name", ["", "x" * 65, 'a"b', "a\nb", "a]b", "a\\b"])
def test_a_name_that_the_file_could_not_show_well_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match="cannot name a key"):
        new_key(name)


@pytest.mark.parametrize("given", [b"", b"secre", b"secret ", b"Secret", HASH.encode(), b"\xff"])
def test_only_the_key_itself_is_let_in(given: bytes) -> None:
    ring = parse_keys(GOOD)
    assert ring.find(given) is None
    assert ring.find(b"secret") is not None


def test_a_key_has_its_own_rate_else_the_files_else_the_default() -> None:
    other = hashlib.sha256(b"other").hexdigest()
    text = f'{{}}[keys.a]\nsha256 = "{HASH}"\nrate = "5/10 seconds"\n[keys.b]\nsha256 = "{other}"\n'
    for first, expected in (('rate = "1000/hour"\n', (1000, 3600)), ("", (120, 60))):
        own, general = parse_keys(text.format(first)).keys
        assert (own.rate.amount, own.rate.get_expiry()) == (5, 10)
        assert (general.rate.amount, general.rate.get_expiry()) == expected
    assert RATE == "120/minute"


def test_the_hash_may_be_written_in_capitals() -> None:
    assert parse_keys(GOOD.replace(HASH, HASH.upper())).find(b"secret") is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keys", "not TOML"),
        ("", "no key in it"),
        ("keys = {}", "no key in it"),
        ("keys = 5", "no key in it"),
        ('[keys]\ndesk = "secret"', r'write \[keys\."desk"\]'),
        ("[keys.desk]", "keys.desk.sha256 is no SHA-256"),
        ('[keys.desk]\nsha256 = "abc"', "64 hexadecimal digits"),
        ('[keys.desk]\nkey = "secret"', "unknown field 'key': there are rate and sha256"),
        (f'{GOOD}rate = "often"', "keys.desk.rate is 'often'"),
        (f'{GOOD}rate = "0/minute"', "60/minute"),
        (f"{GOOD}rate = 60", "keys.desk.rate is 60"),
        (f'rate = ""\n{GOOD}', "rate is ''"),
        (f'{GOOD}[keys.other]\nsha256 = "{HASH}"', "two names have the same sha256"),
        (f'{GOOD}[key.other]\nsha256 = "{HASH}"', "unknown field 'key'"),
        (f'[keys."a\\nb"]\nsha256 = "{HASH}"', "cannot name a key"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_the_file_and_the_place(tmp_path: Path, text: str, said: str) -> None:
    place = tmp_path / "keys.toml"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=said) as caught:
        read_keys(place)
    assert str(place) in str(caught.value)
    assert "DRAGOMAN_KEYS" in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_said_too(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="No such file"):
        read_keys(tmp_path / "nothing.toml")
    (tmp_path / "noise.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match=r"noise\.toml"):
        read_keys(tmp_path / "noise.toml")
