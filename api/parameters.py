"""What the REST interface takes, by the names that GET takes in its query string and POST in its JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from api.queries import MAX_K, MAX_LENGTH, MAX_NAMES, make_query
from indexer.errors import QueryError
from indexer.types import PER_ARTICLE, Query, Sort

MAX_SEARCHES = 64
"""Searches of a batch at most."""

MAX_CITATIONS = 1000
"""Citations that are checked in one call at most."""


class Exact(BaseModel):
    """A body that holds just these fields."""

    model_config = ConfigDict(extra="forbid")


def _no_switch(given: object) -> object:
    """Refuse true and false where a number is wanted: pydantic takes them for 1 and 0."""
    if isinstance(given, bool):
        raise ValueError(f"{str(given).lower()} is no number")  # noqa: TRY004 - pydantic takes no other
    return given


NO_SWITCH = BeforeValidator(_no_switch)

Names = Annotated[
    list[str],
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
    Field(max_length=MAX_NAMES),
]


class FilterParameters(Exact):
    """Which articles are let in at all."""

    after: Annotated[
        str | None,
        Field(
            description="First day of publication let in: ISO 8601, any precision (2012, 2012-05-23).",
            examples=["2024"],
        ),
    ] = None
    before: Annotated[str | None, Field(description="First day of publication kept out: ISO 8601, any precision.")] = (
        None
    )
    publisher: Annotated[Names, Field(description="Publishers, any of which is enough; case does not count.")] = []
    country: Annotated[
        Names, Field(description="Countries an article is about, by code (JP) or name, any of which is enough.")
    ] = []
    language: Annotated[
        Names, Field(description="Languages, any of which is enough: en lets en-GB in, too, but not the reverse.")
    ] = []
    per_article: Annotated[
        int,
        Field(
            description="Hits of one article at most, with the others of its origin; 0 is any number.", ge=0, le=MAX_K
        ),
        NO_SWITCH,
    ] = PER_ARTICLE
    k: Annotated[int, Field(description="How many passages are wanted.", ge=1, le=MAX_K), NO_SWITCH] = 10
    explain: Annotated[bool, Field(description="Whether each hit says what its score is made of.")] = False


class SearchParameters(FilterParameters):
    """A search."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"q": "Who visited Pyongyang while Kishida was in Washington?", "k": 3, "after": "2024"}]
        },
    )

    q: Annotated[
        str,
        Field(
            description="The question, in plain words.",
            max_length=16 * MAX_LENGTH,
            examples=["Who visited Pyongyang while Kishida was in Washington?"],
        ),
    ]
    asked_on: Annotated[
        str | None,
        Field(
            description='ISO 8601 day from which "last year" in the question counts, or "none" to leave such words'
            " alone; by default today (UTC)."
        ),
    ] = None
    sort: Annotated[Sort, Field(description="relevance, or date: the best 50 (or k), the newest article first.")] = (
        "relevance"
    )
    cursor: Annotated[
        str | None,
        Field(description="From the answer to the same search: goes on behind it, as long as the index is the same."),
    ] = None
    facets: Annotated[
        bool, Field(description="Whether to count publishers, countries, languages and dates over all pages.")
    ] = False

    def query(self) -> Query:
        """The query, or QueryError."""
        names = (self.publisher, self.country, self.language)
        asked_on = (self.asked_on or "").strip() or "today"
        day = None if asked_on == "none" else asked_on
        cursor = (self.cursor or "").strip() or None
        return make_query(self.q, self.k, self.after, self.before, *names, self.per_article, day, self.sort, cursor)


class Batch(Exact):
    """Several searches in one call: each is answered as it would be alone, or none is where one makes no sense."""

    searches: Annotated[list[SearchParameters], Field(min_length=1, max_length=MAX_SEARCHES)]

    def check(self) -> None:
        """Raise QueryError, which names the search, for the first that makes no sense."""
        for place, search in enumerate(self.searches):
            try:
                search.query()
            except QueryError as error:
                raise type(error)(f"search {place}: {error}", f"searches.{place}.{error.parameter}") from None


def _without_halves(given: str) -> str:
    """Refuse half of a surrogate pair, which JSON can write and no id here holds."""
    if any("\ud800" <= char <= "\udfff" for char in given):
        raise ValueError("it holds half of a surrogate pair, which no id here does")
    return given


class StoredCitation(Exact):
    """A citation as it was kept, from any answer of a search; its words and its link may come along."""

    quote: str
    article_id: Annotated[str, AfterValidator(_without_halves)]
    version: int
    start: int
    end: int
    sha256: str
    text: str | None = None
    url: str | None = None


class Citations(Exact):
    """Citations to check."""

    citations: Annotated[list[StoredCitation], Field(min_length=1, max_length=MAX_CITATIONS)]
