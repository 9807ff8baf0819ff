"""API keys: a file that names each key and holds its hash, from which the key itself cannot be had.

    rate = "120/minute"            # of every key without one of its own; this is the default

    [keys."reporting desk"]
    sha256 = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5"
    rate = "600/minute"

A plain SHA-256 is enough: a key is 256 random bits, so no list of likely keys exists to be tried against the hash.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import limits

from indexer.errors import SettingError

RATE = "120/minute"
"""Of a key for which neither the key nor the file says one: two a second, more than a person asks."""

PREFIX = "dragoman_"
"""Begins each key, so that one which was published by mistake is recognised."""

_NAME = re.compile(r"[\w .@-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


class NewKey(NamedTuple):
    """A new key, and the lines for the file of keys that let it in."""

    key: str
    lines: str


@dataclass(frozen=True, slots=True)
class Key:
    """A known key: its name, the SHA-256 of it in hexadecimal digits, and how often it may be used."""

    name: str
    sha256: str
    rate: limits.RateLimitItem


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that are let in."""

    keys: tuple[Key, ...]

    def find(self, given: bytes) -> Key | None:
        """The key that was given, or None. Takes as long for each, so that time tells nothing of a hash."""
        digest, found = hashlib.sha256(given).hexdigest(), None
        for key in self.keys:
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found


def new_key(name: str, rate: str | None = None) -> NewKey:
    """A fresh key. Raises SettingError for a name or a rate that the file could not hold."""
    _check_name(name)
    if rate is not None:
        _rate(rate, "rate")
    key = f"{PREFIX}{secrets.token_urlsafe(32)}"
    lines = [f"[keys.{_toml(name)}]", f'sha256 = "{hashlib.sha256(key.encode()).hexdigest()}"']
    return NewKey(key, "\n".join([*lines, *([f"rate = {_toml(rate)}"] if rate else [])]) + "\n")


def read_keys(path: Path) -> KeyRing:
    """The keys of a file. Raises SettingError, naming the file and the place in it, for whatever is wrong."""
    try:
        return parse_keys(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SettingError) as error:
        raise SettingError(f"the keys in {path} (DRAGOMAN_KEYS) cannot be used: {error}") from error


def parse_keys(text: str) -> KeyRing:
    """The keys of a file's text. Raises SettingError for whatever is wrong."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"it is not TOML: {error}") from error
    _check_fields(found, {"rate", "keys"}, "the file")
    default = _rate(found.get("rate", RATE), "rate")
    tables = found.get("keys", {})
    if not isinstance(tables, dict) or not tables:
        raise SettingError("there is no key in it, so nobody could get in: add one with dragoman key NAME")
    ring = KeyRing(tuple(_key(name, table, default) for name, table in tables.items()))
    if len({key.sha256 for key in ring.keys}) < len(ring.keys):
        raise SettingError("two names have the same sha256: make a key for each with dragoman key NAME")
    return ring


def _key(name: str, table: object, default: limits.RateLimitItem) -> Key:
    _check_name(name)
    if not isinstance(table, dict):
        raise SettingError(f'keys.{name} is {table!r}: write [keys."{name}"] and its sha256 below')
    _check_fields(table, {"sha256", "rate"}, f"keys.{name}")
    digest = str(table.get("sha256", "")).lower()
    if not _HASH.fullmatch(digest):
        raise SettingError(f"keys.{name}.sha256 is no SHA-256: it must have 64 hexadecimal digits; dragoman key NAME")
    return Key(name, digest, _rate(table["rate"], f"keys.{name}.rate") if "rate" in table else default)


def _check_fields(found: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in found:
        if name not in known:
            raise SettingError(f"{where} has an unknown field {name!r}: there are {' and '.join(sorted(known))}")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SettingError(f"{name!r} cannot name a key: use 1 to 64 letters, digits, spaces and any of . _ @ -")


def _rate(text: object, where: str) -> limits.RateLimitItem:
    try:
        rate = limits.parse(text) if isinstance(text, str) else None
    except ValueError:
        rate = None
    if rate is None or rate.amount < 1 or rate.get_expiry() < 1:
        raise SettingError(f'{where} is {text!r}: write such as "60/minute", "1000/hour" or "5/10 seconds"')
    return rate


def _toml(text: str) -> str:
    """A basic string of TOML: those of JSON are some of them."""
    return json.dumps(text, ensure_ascii=False)
