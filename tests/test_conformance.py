"""The REST interface does what its description says: schemathesis tries each way in with odd requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app, describe
from api.search import Searcher
from indexer.engine import Binding, open_engine
from tests.fakes import FakeEncoder, put
from tests.test_app import NEWS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIPTION = describe()
WAYS = {found.ok().label: found.ok() for found in schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations()}
WRONG = [label for label, way in WAYS.items() if way.query or way.body]
"""Ways in that can be asked something wrong: a path takes any text."""
ATTEMPTS = [
    *((label, GenerationMode.POSITIVE) for label in WAYS),
    *((label, GenerationMode.NEGATIVE) for label in WRONG),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    engine = open_engine(tmp_path_factory.mktemp("conformance") / "index", create=Binding.of(FakeEncoder()))
    put(engine, FakeEncoder(), NEWS)
    yield create_app(Searcher(engine, FakeEncoder()))
    engine.close()


def test_every_way_in_is_tried() -> None:
    assert len(WAYS) == sum(map(len, DESCRIPTION["paths"].values())) > 10


@pytest.mark.parametrize(("way", "mode"), ATTEMPTS)
def test_no_request_gets_an_answer_that_is_not_described(app: FastAPI, way: str, mode: GenerationMode) -> None:
    seen = 0

    @given(case=WAYS[way].as_strategy(generation_mode=mode))
    @settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def attempt(case: Any) -> None:
        nonlocal seen
        response = case.call(app=app, base_url="http://127.0.0.1")
        case.validate_response(response, checks=CHECKS)
        seen += 1

    attempt()
    assert seen > 0
