"""PURE: how soon something must be done, as an admin writes it: "1 business day", "4 business hours", "friday"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailticket.domain.times.business_time import Calendar
from mailticket.domain.times.moments import parse_moment
from mailticket.domain.times.spans import parse_span

_BUSINESS = re.compile(r"(\d{1,4})\s?(?:business|working)\s(day|hour|minute)s?", re.IGNORECASE | re.ASCII)
_UNITS = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
#: Every day with its month is ahead of it.
_LONG_AGO = datetime(1971, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """One of: so many working days, so much business time, so much time of any kind, a named moment (`written`)."""

    written: str
    days: int = 0
    business: timedelta | None = None
    span: timedelta | None = None

    @property
    def is_business(self) -> bool:
        return bool(self.days) or self.business is not None

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        """The moment in aware UTC, later than `start`. Raises ValueError for a named moment that is past, and
        OverflowError where business time ends."""
        if self.days:
            return calendar.add_days(start, self.days)
        if self.business is not None:
            return calendar.add(start, self.business)
        if self.span is not None:
            return start + self.span
        return parse_moment(self.written, start, calendar.zone.key)

    def in_business_time(self, start: datetime, calendar: Calendar) -> datetime:
        """As `after`, but what falls outside of business time is put off to the next opening."""
        return calendar.opening(self.after(start, calendar))


def parse_due(written: str) -> Due:
    """Raises ValueError with what is allowed."""
    text = written.strip()
    if match := _BUSINESS.fullmatch(text):
        count, unit = int(match[1]), match[2].lower()
        if count:
            return Due(text, days=count) if unit == "day" else Due(text, business=count * _UNITS[unit])
    try:
        span = parse_span(text)
    except ValueError:
        span = None
    if span:
        return Due(text, span=span)
    try:
        parse_moment(text, _LONG_AGO, "UTC")
    except ValueError as error:
        allowed = 'write for example "1 business day", "4 business hours", "3d" or "friday"'
        raise ValueError(f'"{written}" is no due time; {allowed}') from error
    return Due(text)
