"""What the description of the interface (/openapi.json) allows for a parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

_NOTHING: Schema = {}


def allowed(document: Mapping[str, Any], template: str, method: str, place: Sequence[str | int]) -> Schema:
    """The schema of one parameter, with references followed; empty where the description is silent.

    ``template`` is a path as the description has it, ``place`` where pydantic found an error: ("query", "k"),
    ("body", "queries", 3, "k").
    """
    operation = document.get("paths", {}).get(template, {}).get(method.lower(), {})
    match place:
        case ["body", *rest]:
            found = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            return _within(document, found, rest)
        case [str(kind), str(name), *rest]:
            for parameter in operation.get("parameters", ()):
                if (parameter["in"], parameter["name"]) == (kind, name):
                    return _within(document, parameter.get("schema", {}), rest)
    return _NOTHING


def _within(document: Mapping[str, Any], schema: Schema, place: Sequence[str | int]) -> Schema:
    for step in place:
        here = _plain(document, schema)
        schema = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, {})
    return _plain(document, schema)


def _plain(document: Mapping[str, Any], schema: Schema) -> Schema:
    """A schema without its reference, and without its null where it is one thing or null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        return _plain(document, choices[0])
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return _plain(document, document.get("components", {}).get("schemas", {}).get(name, {}))
    return schema
