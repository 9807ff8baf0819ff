"""The one error tree. Every message says what was wrong, with both values, and what to do next.

DragomanError
├── DocumentError        one document cannot be taken; the run goes on without it
│   ├── NoLongerThere    a page that says that there is nothing at its address, or that is a list of articles
│   └── FetchError       an address cannot be fetched, or must not be
│       └── Refused      it must not be fetched, now or later
│           └── Forbidden  it leads to where nothing is ever fetched from
├── SettingError         a setting, or a file that one names, makes no sense
├── QueryError           a question or a parameter makes no sense (HTTP 422)
│   └── CursorExpired    the page that it continues was of an earlier publication (HTTP 410)
├── NotFound             no such article or passage (HTTP 404)
├── Busy                 more searches at once than can wait: try again later (HTTP 503)
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


class NoLongerThere(DocumentError):
    """A page shows that its address has no article: it says that nothing is there, or it is a list of articles."""


class FetchError(DocumentError):
    """An address cannot be fetched: it must not be, nobody answers there, or what answers breaks a limit.

    ``reason`` is the message without the address that it is about.
    """

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = message if reason is None else reason


class Refused(FetchError):
    """An address that must not be fetched, now or later: a rule of its host's, a limit of ours, or no address at all.

    Nothing is gained by asking again soon, and nothing else has to wait for it.
    """


class Forbidden(Refused):
    """It leads to an address on a network that is not public, and that nobody has allowed."""


class SettingError(DragomanError):
    """A setting, or a file that one names, makes no sense."""

    exit_code = 2


class QueryError(DragomanError):
    """A question or a parameter makes no sense. ``parameter`` names the one to mend."""

    exit_code = 2

    def __init__(self, message: str, parameter: str = "q") -> None:
        super().__init__(message)
        self.parameter = parameter


class CursorExpired(QueryError):
    """The index has changed since the page that a cursor continues."""


class NotFound(DragomanError):
    """No such article or passage in the index."""

    exit_code = 3


class Busy(DragomanError):
    """More searches at once than can wait. ``retry_after`` is when to try again, in whole seconds, 1 or more."""

    exit_code = 6

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


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
