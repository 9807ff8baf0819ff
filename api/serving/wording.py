"""What is wrong with a parameter, in a sentence that holds the value and what is allowed."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]
"""A part of a JSON Schema: what is allowed for one parameter; empty where it is not known."""

_RANGES = {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}
_NUMBERS = {
    *_RANGES,
    "finite_number",
    *("int_parsing", "int_type", "int_from_float", "int_parsing_size", "float_parsing", "float_type"),
}
_SWITCHES = {"bool_parsing", "bool_type"}
_NO_OBJECTS = {"model_attributes_type", "model_type", "dict_type"}

_LONGEST = 60
"""Characters of a value that a sentence shows."""


def sentence(name: str, error: Mapping[str, Any], allowed: Schema) -> str:
    """One of pydantic's errors about the parameter ``name`` in our words; ``allowed`` is its schema."""
    kind, value, known = str(error["type"]), error.get("input"), error.get("ctx") or {}
    if kind == "extra_forbidden":
        return f"there is no such parameter as {bare(name)}; /openapi.json lists those there are"
    if kind == "missing":
        return f"{name} is missing{_example(allowed)}"
    if kind in _NO_OBJECTS:
        return f"{name} is {shown(value)}, it must be a JSON object, sent as application/json"
    if kind in {"value_error", "assertion_error"}:
        return f"{name}: {known.get('error') or error['msg']}"
    if kind in {"string_too_long", "string_too_short"}:
        return f"{name} has {_count(value)} characters, it must have {_size(kind, known)}"
    if kind in {"too_long", "too_short"}:
        return f"{name} has {_count(value)} entries, it must have {_size(kind, known)}"
    if kind in _RANGES and isinstance(value, str):
        return f"{name} is {bare(value)}, it must be {_wanted(kind, known, allowed, str(error['msg']))}"
    return f"{name} is {shown(value)}, it must be {_wanted(kind, known, allowed, str(error['msg']))}"


def shown(value: object) -> str:
    """A value in at most about 60 characters, in quotes where it is text: on one line, and safe in UTF-8."""
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    short = reprlib.Repr()
    short.maxlevel, short.maxlist, short.maxdict = 2, 3, 3
    short.maxstring = short.maxlong = short.maxother = _LONGEST
    return short.repr(value)


def bare(text: str) -> str:
    """The same for a text without its quotes."""
    return shown(text)[1:-1]


def _wanted(kind: str, known: Mapping[str, Any], allowed: Schema, message: str) -> str:
    if kind in _NUMBERS:
        return _number(kind, known, allowed)
    if kind in _SWITCHES:
        return "true or false"
    match kind:
        case "string_type" | "string_sub_type" | "bytes_type":
            return "text"
        case "string_unicode":
            return "text in UTF-8"
        case "string_pattern_mismatch":
            return f"of the form {known.get('pattern')}"
        case "literal_error" | "enum":
            return _one_of(known, allowed)
        case "list_type" | "tuple_type" | "set_type":
            return "a list"
        case "none_required":
            return "null"
        case _:
            return message.removeprefix("Input should be ").removeprefix("Value should be ")


def _number(kind: str, known: Mapping[str, Any], allowed: Schema) -> str:
    if kind == "greater_than":
        return f"more than {known['gt']:g}"
    if kind == "less_than":
        return f"less than {known['lt']:g}"
    noun = "a number" if kind.startswith("float") or allowed.get("type") == "number" else "a whole number"
    least, most = allowed.get("minimum", known.get("ge")), allowed.get("maximum", known.get("le"))
    if least is None and most is None:
        return noun
    both = least is not None and most is not None
    low, high = (_digits(edge) for edge in (least, most))
    span = f"from {low} to {high}" if both else f"{low} or more" if most is None else f"{high} or less"
    return span if kind in _RANGES else f"{noun} {span}" if both else f"{noun}, {span}"


def _digits(edge: object) -> str:
    """The description of the interface may write 1000 as 1000.0."""
    return str(int(edge)) if isinstance(edge, float) and edge.is_integer() else str(edge)


def _one_of(known: Mapping[str, Any], allowed: Schema) -> str:
    if not allowed.get("enum"):
        return str(known.get("expected", "one of those that /openapi.json lists"))
    *others, last = (shown(choice) for choice in allowed["enum"])
    return f"{', '.join(others)} or {last}" if others else last


def _size(kind: str, known: Mapping[str, Any]) -> str:
    if kind.endswith("long"):
        return f"at most {known.get('max_length', 0):,}"
    return f"at least {known.get('min_length', 1):,}"


def _count(value: object) -> str:
    return f"{len(value):,}" if isinstance(value, (str, Sequence, Mapping)) else "too many"


def _example(allowed: Schema) -> str:
    examples = allowed.get("examples")
    return f": give one, such as {shown(examples[0])}" if isinstance(examples, list) and examples else ""
