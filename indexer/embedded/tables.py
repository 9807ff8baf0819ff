"""The tables of a library, and how one of an older format gets those it lacks."""

from __future__ import annotations

FORMAT = "5"
"""Version of the tables; raised when a newer program could no longer read what an older one wrote, or the reverse."""

_SINCE_4 = """
CREATE TABLE vanished (article_id TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT;
CREATE TABLE links (
    earlier INTEGER NOT NULL REFERENCES versions (number),
    later INTEGER NOT NULL REFERENCES versions (number),
    PRIMARY KEY (earlier, later)
) STRICT, WITHOUT ROWID;
CREATE TABLE visits (
    url TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    checked TEXT NOT NULL,
    changed TEXT NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    article_id TEXT
) STRICT;
CREATE INDEX visits_of_source ON visits (source);
CREATE INDEX visits_of_article ON visits (article_id);
CREATE INDEX IF NOT EXISTS failures_of_source ON failures (source)
"""
"""What sources said and which articles are of one origin: links are between numbers of versions."""

_SINCE_5 = """
CREATE TABLE taken (
    fingerprint BLOB PRIMARY KEY,
    article_id TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""
"""Which article a document became, and the digest of the version that was current then."""

TABLES = f"""
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
    change TEXT NOT NULL DEFAULT 'substance',
    sketch BLOB NOT NULL DEFAULT x'',
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
CREATE TABLE failures (at TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, input BLOB) STRICT;
{_SINCE_4};
{_SINCE_5}
"""

UPGRADES = {
    "3": f"""
ALTER TABLE versions ADD COLUMN change TEXT NOT NULL DEFAULT 'substance';
ALTER TABLE versions ADD COLUMN sketch BLOB NOT NULL DEFAULT x'';
ALTER TABLE failures ADD COLUMN input BLOB;
UPDATE versions SET change = 'first' WHERE version = 1;
{_SINCE_4};
UPDATE facts SET value = '4' WHERE name = 'format'
""",  # noqa: S608 - constants of this file
    "4": f"""{_SINCE_5};
UPDATE facts SET value = '5' WHERE name = 'format'
""",  # noqa: S608
}
"""Statements that bring a library of an older format to the next one. They only add: nothing that is there changes."""
