"""The tables of a library."""

from __future__ import annotations

FORMAT = "3"
"""Version of the tables; raised when a newer program could no longer read what an older one wrote."""

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'superseded', 'removed')),
    digest TEXT NOT NULL,
    metadata TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    added TEXT NOT NULL,
    UNIQUE (article_id, version)
) STRICT;
CREATE UNIQUE INDEX one_current_version ON versions (article_id) WHERE state = 'current';
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    in_version INTEGER NOT NULL REFERENCES versions (number),
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    digest TEXT NOT NULL,
    vector BLOB NOT NULL,
    sentences BLOB NOT NULL,
    sentence_vectors BLOB NOT NULL,
    UNIQUE (in_version, ordinal)
) STRICT;
CREATE TABLE revisions (revision TEXT PRIMARY KEY) STRICT;
CREATE TABLE failures (at TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
"""
