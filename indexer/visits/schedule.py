"""When an address is worth asking for again: the longer it has been as it is, the later. Pure.

A page is due again when it has been left alone for as long as it had then been unchanged, and for an hour at least: 1,
2, 4, 8, ... hours after it was new. So a change is seen before the page is twice as old as it was when it changed, and
of the looks, one for each doubling of its age, five fall into the first day, when corrections come, and ten into the
first month. After 90 days without a change nobody looks again, unless a feed or sitemap says that it was updated since.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from indexer.items import Visit
from indexer.types import PartialDate

SOONEST = timedelta(hours=1)
"""Between two looks at a page, at least."""
GIVEN_UP = timedelta(days=90)
"""A page that has not changed for so long is not looked at again of its own accord."""
FARTHEST_ZONE = timedelta(hours=14)
"""The most that a place's clock is from UTC, taken for both directions (tz database: Kiribati is 14 hours ahead)."""


def next_check(visit: Visit) -> datetime | None:
    """When an address is due again (UTC); None if it is given up."""
    unchanged = visit.checked - visit.changed
    return None if unchanged >= GIVEN_UP else visit.checked + max(SOONEST, unchanged)


def is_due(visit: Visit, now: datetime, stated: PartialDate | None = None) -> bool:
    """Whether to ask for an address again.

    ``stated`` is when it was updated, as a feed or a sitemap says: at once if that is after the last look, but not in
    the future, which is no statement about what is there now. A last look in the future is a clock that was wrong.
    """
    if visit.checked > now or (stated is not None and visit.checked < moment(stated) <= now):
        return True
    due = next_check(visit)
    return due is not None and due <= now


def latest(stated: PartialDate) -> datetime:
    """The latest moment that a date can mean (UTC): the end of its year, month, day, minute or second.

    Without a zone that may be the end in any zone.
    """
    if "T" not in stated.iso:
        return _plus(datetime.combine(stated.last_day, datetime.max.time(), UTC), FARTHEST_ZONE)
    exact = datetime.fromisoformat(stated.iso)
    within = timedelta(seconds=1) if stated.iso[16:17] == ":" else timedelta(minutes=1)
    return _plus(moment(stated), within + (timedelta() if exact.tzinfo else FARTHEST_ZONE))


def _plus(moment: datetime, more: timedelta) -> datetime:
    try:
        return moment + more
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def moment(stated: PartialDate) -> datetime:
    """The earliest moment that a date can mean (UTC); a time of day without a zone is taken as UTC."""
    if "T" not in stated.iso:
        return datetime.combine(stated.first_day, datetime.min.time(), UTC)
    exact = datetime.fromisoformat(stated.iso)
    try:
        return exact.replace(tzinfo=exact.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        return exact.replace(tzinfo=UTC)
