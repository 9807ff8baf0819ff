"""What is wrong with a parameter is one sentence with the value and what is allowed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from api.serving.wording import sentence, shown


class Wanted(BaseModel):
    """One parameter for each way to be wrong."""

    model_config = ConfigDict(extra="forbid")

    per_article: Annotated[int, Field(ge=0, le=1000)] = 0
    least: Annotated[int, Field(ge=1)] = 1
    below: Annotated[float, Field(lt=1)] = 0
    open: int = 0
    share: Annotated[float, Field(ge=0, le=1)] = 0
    explain: bool = False
    q: Annotated[str, Field(min_length=2, max_length=12)] = "xx"
    style: Annotated[str, Field(pattern="^[a-z]+$")] = "apa"
    publisher: Annotated[list[str], Field(min_length=1, max_length=2)] = ["x"]
    sort: Literal["relevance", "date"] = "relevance"
    only: Literal["one"] = "one"
    day: str = ""
    inner: Wanted | None = None

    @field_validator("day")
    @classmethod
    def _is_a_day(cls, given: str) -> str:
        if given:
            raise ValueError("'2012-02-30' is no day: February 2012 has 29")
        return given


SCHEMA = Wanted.model_json_schema()["$defs"]["Wanted"]["properties"]


def said(name: str, value: object) -> str:
    """The sentence for the one thing that is wrong with a value."""
    with pytest.raises(ValidationError) as caught:
        Wanted.model_validate({name: value})
    [error] = caught.value.errors()
    return sentence(".".join(map(str, error["loc"])), error, SCHEMA.get(name, {}))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("per_article", -1, "per_article is -1, it must be from 0 to 1000"),
        ("per_article", 1001, "per_article is 1001, it must be from 0 to 1000"),
        ("per_article", "-1", "per_article is -1, it must be from 0 to 1000"),
        ("per_article", "abc", "per_article is 'abc', it must be a whole number from 0 to 1000"),
        ("per_article", 1.5, "per_article is 1.5, it must be a whole number from 0 to 1000"),
        ("per_article", None, "per_article is null, it must be a whole number from 0 to 1000"),
        ("per_article", [1], "per_article is [1], it must be a whole number from 0 to 1000"),
        ("per_article", "", "per_article is '', it must be a whole number from 0 to 1000"),
        ("least", 0, "least is 0, it must be 1 or more"),
        ("least", "x", "least is 'x', it must be a whole number, 1 or more"),
        ("below", 2, "below is 2, it must be less than 1"),
        ("open", "x", "open is 'x', it must be a whole number"),
        ("share", 2, "share is 2, it must be from 0 to 1"),
        ("share", "x", "share is 'x', it must be a number from 0 to 1"),
        ("explain", "maybe", "explain is 'maybe', it must be true or false"),
        ("explain", None, "explain is null, it must be true or false"),
        ("q", 5, "q is 5, it must be text"),
        ("q", "x" * 13, "q has 13 characters, it must have at most 12"),
        ("q", "x", "q has 1 characters, it must have at least 2"),
        ("style", "A1", "style is 'A1', it must be of the form ^[a-z]+$"),
        ("publisher", ["a", "b", "c"], "publisher has 3 entries, it must have at most 2"),
        ("publisher", [], "publisher has 0 entries, it must have at least 1"),
        ("publisher", {"a": 1}, "publisher is {'a': 1}, it must be a list"),
        ("publisher", [5], "publisher.0 is 5, it must be text"),
        ("sort", "newest", "sort is 'newest', it must be 'relevance' or 'date'"),
        ("only", 5, "only is 5, it must be 'one'"),
        ("day", "2012-02-30", "day: '2012-02-30' is no day: February 2012 has 29"),
        ("inner", 5, "inner is 5, it must be a JSON object, sent as application/json"),
        ("limit", 3, "there is no such parameter as limit; /openapi.json lists those there are"),
    ],
)
def test_a_sentence_holds_the_value_and_what_is_allowed(name: str, value: object, expected: str) -> None:
    assert said(name, value) == expected


def test_what_is_allowed_is_said_as_far_as_it_is_known() -> None:
    with pytest.raises(ValidationError) as caught:
        Wanted.model_validate({"per_article": -1, "sort": "x"})
    sentences = [sentence(str(error["loc"][0]), error, {}) for error in caught.value.errors()]
    assert sentences == [
        "per_article is -1, it must be 0 or more",
        "sort is 'x', it must be 'relevance' or 'date'",
    ]


def test_edges_are_written_without_a_fraction_that_is_none() -> None:
    error = {"type": "less_than_equal", "input": 5, "ctx": {"le": 4}, "msg": ""}
    assert sentence("k", error, {"minimum": 1.0, "maximum": 4.0}) == "k is 5, it must be from 1 to 4"
    assert sentence("k", error, {"minimum": 0.5, "maximum": 4}) == "k is 5, it must be from 0.5 to 4"


def test_a_missing_parameter_comes_with_an_example_where_there_is_one() -> None:
    error = {"type": "missing", "input": {}, "msg": ""}
    assert sentence("q", error, {}) == "q is missing"
    assert sentence("q", error, {"examples": ["Who left?"]}) == "q is missing: give one, such as 'Who left?'"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    )
)
def test_any_value_is_shown_shortly_and_in_utf_8(value: Any) -> None:
    text = shown(value)
    assert len(text.encode()) <= 2000
    assert "\n" not in text


def test_long_and_deep_values_are_cut() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(shown(deep)) < 20
    assert len(shown("x" * 100_000)) == 63
    assert len(shown(10**1000)) < 80
    assert shown("x\ud800") == r"'x\ud800'"
    assert shown("a\nb") == r"'a\nb'"
