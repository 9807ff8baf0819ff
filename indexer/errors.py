"""The one error tree. Every message says what was wrong, with both values, and what to do next.

DragomanError
├── DocumentError        one document cannot be taken; the run goes on without it
├── QueryError           a question or a parameter makes no sense (HTTP 400)
├── NotFound             no such article or passage (HTTP 404)
├── EncoderError         the model cannot be loaded, or is not the one it claims to be
└── IndexProblem         something about an index
    ├── IndexMissing     there is none at this place
    ├── IndexMismatch    it belongs to another model, dimension, splitting rule or format
    ├── IndexLocked      another process is writing to it
    └── IndexDamaged     what lies on disk is not what was written
"""

from __future__ import annotations


class DragomanError(Exception):
    """The root: whatever Dragoman itself refuses or cannot do."""

    exit_code = 1


class DocumentError(DragomanError):
    """One document cannot be taken; the run goes on without it."""


class QueryError(DragomanError):
    """A question or a parameter makes no sense. ``parameter`` names the one to mend."""

    exit_code = 2

    def __init__(self, message: str, parameter: str = "q") -> None:
        super().__init__(message)
        self.parameter = parameter


class NotFound(DragomanError):
    """No such article or passage in the index."""

    exit_code = 3


class EncoderError(DragomanError):
    """The model cannot be loaded, or is not the one it claims to be."""

    exit_code = 4


class IndexProblem(DragomanError):
    """Something about an index as a whole."""

    exit_code = 5


class IndexMissing(IndexProblem):
    """There is no index at this place."""


class IndexMismatch(IndexProblem):
    """The index belongs to another model, dimension, splitting rule or format."""


class IndexLocked(IndexProblem):
    """Another process is writing to the index."""


class IndexDamaged(IndexProblem):
    """What lies on disk is not what was written."""
