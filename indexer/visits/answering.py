"""What the answer to a request for a page means: a document, a page gone, trouble; and what to remember. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from indexer.errors import DocumentError, FetchError, Refused
from indexer.items import Failure, Item, RawDocument, Vanished, Visit
from indexer.readers.http.fetching import Fetched
from indexer.readers.lists.telling import is_markup, tell
from indexer.visits.schedule import moment, next_check
from indexer.visits.wanted import Wanted

NO_ANSWER = 0
"""The status of a visit to which nobody has ever answered."""
REFUSED = -1
"""The status of a visit to what must not be fetched (``Refused``), and gave no article before."""
OK, NOT_MODIFIED, GONE = 200, 304, (404, 410)
_LATER = (NO_ANSWER, 408, 425, 429)
_SERVER_ERROR = 500


def answered(wanted: Wanted, before: Visit | None, fetched: Fetched, source: str) -> Iterator[Item]:
    """What an answer gives for the stream; ``before`` is what is remembered of the page, ``source`` the source's name.

    A page that once gave an article and is gone (404, 410) gives Vanished; one that has trouble gives a Failure.
    """
    visit = _visit(wanted, before, fetched, source)
    if fetched.status == OK:
        yield from _document(wanted, fetched, visit)
    elif fetched.status == NOT_MODIFIED and before:
        yield visit
    elif fetched.status in GONE and before and before.article_id:
        if before.status not in GONE:
            yield Vanished(wanted.url, f"the server answers {fetched.status}")
        yield visit
    else:
        yield Failure(wanted.url, f"the server answers {fetched.status}", wanted.url)
        yield visit


def unanswered(wanted: Wanted, before: Visit | None, error: DocumentError, at: datetime, source: str) -> Iterator[Item]:
    """What it gives that nobody answered: a Failure, and a Visit, so that it is not tried again at every turn."""
    yield Failure(wanted.url, why(error), wanted.url)
    first = before or Visit(wanted.url, source, "page", checked=at, changed=at, status=NO_ANSWER)
    yield replace(first, checked=at, status=_status(first, error))


def why(error: DocumentError) -> str:
    """What went wrong, for a Failure, which names the address itself."""
    return error.reason if isinstance(error, FetchError) else str(error)


def is_trouble(visit: Visit) -> bool:
    """Whether a page that gave no article yet may give one as soon as its server is well again.

    One that is refused or given up does not: nobody waits for it.
    """
    if visit.article_id is not None or next_check(visit) is None:
        return False
    return visit.status in _LATER or visit.status >= _SERVER_ERROR


def _status(before: Visit, error: DocumentError) -> int:
    """The status to remember of a page that gave no answer; that of one that gave an article stays."""
    if before.article_id is None and isinstance(error, Refused):
        return REFUSED
    return NO_ANSWER if before.status == REFUSED else before.status


def _visit(wanted: Wanted, before: Visit | None, fetched: Fetched, source: str) -> Visit:
    """What to remember of an answer. Whether a document is new is seen only later, from its text: ``changed`` stays.

    A page that was never seen is as old as a feed or sitemap says it is, so that old ones are not watched like new; but
    only once it is there: one that is in trouble is tried for as long as any, however old its article.
    """
    at = fetched.fetched_at
    new = fetched.status in GONE and before is not None and before.status not in GONE
    stated = min(at, moment(wanted.stated)) if wanted.stated and fetched.status == OK else at
    validators = fetched if fetched.status in (OK, NOT_MODIFIED) else None if fetched.status in GONE else before
    return Visit(
        url=wanted.url,
        source=before.source if before and source == wanted.url else source,  # given by hand, it stays its source's
        kind="page",
        checked=at,
        changed=before.changed if before and not new else at if new else stated,
        status=fetched.status,
        etag=validators.etag if validators else None,
        last_modified=validators.last_modified if validators else None,
        article_id=before.article_id if before else None,
    )


def _document(wanted: Wanted, fetched: Fetched, visit: Visit) -> Iterator[Item]:
    """The page as a document, or why it is none."""
    try:
        kind = tell(fetched.content)
    except DocumentError as error:
        kind, reason = None, str(error)
    else:
        reason = f"it is a {kind}, where a page was expected"
    if kind != "page":
        yield Failure(wanted.url, reason, wanted.url)
        yield replace(visit, etag=None, last_modified=None)
        return
    plain = fetched.media_type == "text/plain" or (fetched.media_type is None and not is_markup(fetched.content))
    yield RawDocument(
        source=wanted.url,
        media_type="text/plain" if plain else "text/html",
        content=fetched.content,
        url=fetched.final_url,
        fetched_at=fetched.fetched_at,
        charset=fetched.charset,
        known=wanted.known,
        input=wanted.url,
        visit=visit,
    )
