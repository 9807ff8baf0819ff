"""Markdown becomes plain paragraphs, and its front matter keeps its values."""

from __future__ import annotations

import pytest

from indexer.types import PartialDate, Reference
from tests.test_extract import from_markdown, refusal

BRIEF = """---
id: 0012
title: Talks at Vell
date: 2024-04
countries: [NO, SE]
sources:
  - publisher: Agency
    date: 2024-04-12
  - publisher: Herald
---
# A heading

They **met** at [Vell](https://example.org/vell "the place"), as ![a picture](x.png) shows,
and *talked*.

- One `item`
- Another
  line

1945. That was the year.

Prose with a rule below.
---
> Quoted <b>words</b>.<br>More of them.

| Country | Votes |
|---------|-------|
| Norway  | 3     |
"""


ALIASES = "---\na0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 20}]\n" for n in range(1, 20))
ALIASES += "authors: [*a19]\n---\nThey met."


def test_front_matter_keeps_its_values_as_written() -> None:
    meta = from_markdown(BRIEF).meta
    assert (meta.id, meta.title, meta.published) == ("0012", "Talks at Vell", PartialDate("2024-04"))
    assert meta.countries == ("NO", "SE")
    assert meta.references == (Reference("Agency", PartialDate("2024-04-12")), Reference("Herald"))


def test_markdown_becomes_plain_paragraphs_without_headings() -> None:
    assert from_markdown(BRIEF).text.split("\n\n") == [
        "They met at Vell, as a picture shows, and talked.",
        "One item",
        "Another line",
        "1945. That was the year.",
        "Prose with a rule below.",
        "Quoted words. More of them.",
        "Country | Votes",
        "Norway | 3",
    ]


def test_a_leading_heading_is_the_title_if_the_front_matter_has_none() -> None:
    result = from_markdown("---\npublisher: Herald\n---\n# Talks *at* Vell\n\nThey met.\n\n# Later\n\nThey left.")
    assert (result.meta.title, result.meta.publisher) == ("Talks at Vell", "Herald")
    assert result.text == "They met.\n\nThey left."


def test_the_name_of_the_file_is_the_title_of_last_resort() -> None:
    assert from_markdown("They met.").meta.title == "talks"


@pytest.mark.parametrize("value", ["2012", "2012-05", "2012-05-23", "2012-05-23T19:43", "2012-05-23 19:43:00"])
def test_a_date_in_front_matter_keeps_its_precision(value: str) -> None:
    result = from_markdown(f"---\ntitle: Talks\ndate: {value}\n---\nThey met.")
    assert result.meta.published == PartialDate.parse(value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("---\ntitle: [\n---\nThey met.", "not YAML"),
        ("---\ntitle: Talks\n\nThey met.", "no closing line"),
        ("---\ntitle: Talks\ndate: soon\n---\nThey met.", "'soon'"),
        ("---\ntitle: Talks\n---\n# Only\n\n## Headings", "no text left"),
        ("---\na: &a [*a]\n---\nThey met.", "not YAML"),
        (ALIASES, "authors holds a list"),
        ("---\na: " + "[" * 5000 + "\n---\nThey met.", "not YAML"),
    ],
)
def test_markdown_that_cannot_be_taken_says_why(content: str, says: str) -> None:
    assert says in refusal(content, "text/markdown")


def test_front_matter_builds_no_objects() -> None:
    assert "title is a list" in refusal(
        "---\ntitle: !!python/object/apply:os.getcwd []\n---\nThey met.", "text/markdown"
    )


def test_a_rule_in_the_text_is_no_front_matter() -> None:
    assert from_markdown("They met.\n\n---\n\nThen: they left.\n\n---\n\nEnd.").text.count("\n\n") == 2
