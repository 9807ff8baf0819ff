"""Settings from the environment; every command-line option that has the same meaning wins over them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from indexer.errors import SettingError

BACKENDS = ("auto", "openvino", "torch")

_SWITCH = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}
_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^/\s?#]+", re.IGNORECASE)
_HOST = re.compile(r"\*|(\*\.)?[a-z0-9_.-]+|\[[0-9a-f:.]+\]", re.IGNORECASE)
_NETWORK = re.compile(r"[0-9a-f:.]+/\d{1,3}", re.IGNORECASE)
_MOST_AT_ONCE = 8
"""Searches at once by default, however many cores there are: the model uses several cores for one question."""


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _default_concurrency() -> int:
    return min(max(2, cores()), _MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the index is, which model serves it, and how it is served.

    ``model`` is a sentence-transformers name or folder; None means the model the index is bound to, and for
    a new index the default one. ``backend`` is one of BACKENDS. ``cache`` holds converted weights and the
    indexes of evaluations: all of it can be deleted at any time. ``reranker`` is the name or folder of a
    sentence-transformers CrossEncoder that reads the best passages again; None is none. ``sources`` is the file that
    ``dragoman update`` reads. ``allow_networks`` are networks that may be reached although they are not public, such
    as 10.1.0.0/16: an intranet's, or a test's.

    The others are for the server. ``keys`` is a file of API keys (``dragoman key``); None asks for none. ``pages`` is
    whether there are pages for browsers. ``cors_origins`` are the web sites whose scripts may read answers, such as
    https://desk.example.org; "*" is any. ``hosts`` are names by which the server may be addressed besides its own,
    such as news.example.org or *.example.org; "*" is any. ``concurrency`` searches run at once and ``queue`` more
    wait. ``processes`` is in how many processes they run: each holds a model of its own, and answers one at a time; 1
    is the server's own. ``access_log`` is whether each request is logged.
    """

    index: Path = Path(".dragoman/index")
    model: str | None = None
    backend: str = "auto"
    cache: Path = Path(platformdirs.user_cache_dir("dragoman"))
    reranker: str | None = None
    sources: Path = Path("dragoman.toml")
    allow_networks: tuple[str, ...] = ()
    keys: Path | None = None
    pages: bool = True
    cors_origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    concurrency: int = _default_concurrency()
    queue: int = 24
    processes: int = 1
    access_log: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read DRAGOMAN_ and a field's name in capitals for each field; empty means unset.

        Raises SettingError for a value that makes no sense.
        """
        default = cls()
        keys = environ.get("DRAGOMAN_KEYS")
        return cls(
            index=Path(environ.get("DRAGOMAN_INDEX") or default.index),
            model=environ.get("DRAGOMAN_MODEL") or None,
            backend=environ.get("DRAGOMAN_BACKEND") or default.backend,
            cache=Path(environ.get("DRAGOMAN_CACHE") or default.cache),
            reranker=environ.get("DRAGOMAN_RERANKER") or None,
            sources=Path(environ.get("DRAGOMAN_SOURCES") or default.sources),
            allow_networks=_listed(environ, "DRAGOMAN_ALLOW_NETWORKS", _NETWORK, "10.1.0.0/16"),
            keys=Path(keys) if keys else None,
            pages=_switch(environ, "DRAGOMAN_PAGES", default=default.pages),
            cors_origins=_listed(environ, "DRAGOMAN_CORS_ORIGINS", _ORIGIN, "https://desk.example.org"),
            hosts=_listed(environ, "DRAGOMAN_HOSTS", _HOST, "news.example.org or *.example.org, without a port"),
            concurrency=_number(environ, "DRAGOMAN_CONCURRENCY", default.concurrency, least=1),
            queue=_number(environ, "DRAGOMAN_QUEUE", default.queue, least=0),
            processes=_number(environ, "DRAGOMAN_PROCESSES", default.processes, least=1),
            access_log=_switch(environ, "DRAGOMAN_ACCESS_LOG", default=default.access_log),
        )


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    given = environ.get(name, "").strip()
    if given and given.lower() not in _SWITCH:
        raise SettingError(f"{name} is {given!r}: set it to on or off")
    return _SWITCH.get(given.lower(), default)


def _number(environ: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    given = environ.get(name, "").strip()
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given) >= least):
        raise SettingError(f"{name} is {given!r}: set it to a whole number, {least} or more")
    return int(given)


def _listed(environ: Mapping[str, str], name: str, form: re.Pattern[str], example: str) -> tuple[str, ...]:
    given = tuple(filter(None, (item.strip() for item in environ.get(name, "").split(","))))
    for item in given:
        if not form.fullmatch(item):
            raise SettingError(f"{name} holds {item!r}: list what is meant by commas, each such as {example}")
    return given
