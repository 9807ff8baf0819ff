"""What is allowed for a parameter is read from the description of the interface, wherever the parameter stands."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

from api.serving.allowed import allowed


class One(BaseModel):
    """A search."""

    k: Annotated[int, Field(ge=1, le=1000)] = 10
    sort: Annotated[str | None, Field(max_length=9)] = None


class Many(BaseModel):
    """Several of them."""

    queries: Annotated[list[One], Field(max_length=64)]
    first: One | None = None


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = FastAPI()

    @app.get("/one/{name}")
    def one(name: str, parameters: Annotated[One, Query()], page: Annotated[int, Query(ge=1)] = 1) -> None:
        """Taken from the address."""

    @app.post("/many")
    def many(parameters: Many) -> None:
        """Taken from the body."""

    return app.openapi()


@pytest.mark.parametrize(
    ("template", "method", "place", "least", "most"),
    [
        ("/many", "POST", ("body", "queries", 3, "k"), 1, 1000),
        ("/many", "post", ("body", "first", "k"), 1, 1000),
    ],
)
def test_a_number_in_a_body_is_found_behind_lists_references_and_what_may_be_null(
    document: dict[str, Any], template: str, method: str, place: tuple[str | int, ...], least: int, most: int
) -> None:
    found = allowed(document, template, method, place)
    assert (found["minimum"], found["maximum"]) == (least, most)


def test_a_list_and_a_text_in_a_body_are_found(document: dict[str, Any]) -> None:
    assert allowed(document, "/many", "POST", ("body", "queries"))["maxItems"] == 64
    assert allowed(document, "/many", "POST", ("body", "queries", 0, "sort"))["maxLength"] == 9


@pytest.mark.parametrize(
    ("template", "method", "place"),
    [
        ("/nothing", "GET", ("query", "k")),
        ("/many", "GET", ("query", "k")),
        ("/many", "POST", ("query", "k")),
        ("/many", "POST", ("body", "queries", "k")),
        ("/many", "POST", ("body", "queries", 0, "k", 1, "x")),
        ("/many", "POST", ()),
        ("", "BREW", ("header", "x")),
    ],
)
def test_where_the_description_is_silent_nothing_is_known(
    document: dict[str, Any], template: str, method: str, place: tuple[str | int, ...]
) -> None:
    assert allowed(document, template, method, place) == {}


def test_parameters_in_the_address_are_found_by_their_kind_and_name() -> None:
    app = FastAPI()

    @app.get("/one")
    def one(parameters: Annotated[One, Query()]) -> None:
        """Taken from the address."""

    found = app.openapi()
    assert allowed(found, "/one", "GET", ("query", "k"))["maximum"] == 1000
    assert allowed(found, "/one", "GET", ("query", "sort"))["maxLength"] == 9
    assert allowed(found, "/one", "GET", ("path", "k")) == {}
