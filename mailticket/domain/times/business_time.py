"""PURE: the hours in which a desk is there, and counting in them. A business hour is an hour that really passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

#: How weekdays are called in the config, Monday first as `date.weekday()` counts.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SHIFT = re.compile(r"(\d{1,2}):(\d{2})\s?-\s?(\d{1,2}):(\d{2})", re.ASCII)
_DAY = timedelta(days=1)
_NO_TIME = timedelta(0)
#: Who is open on no day of so many is open never.
_LONGEST_BREAK = 400


@dataclass(frozen=True, slots=True)
class Shift:
    """From one wall clock time to another; `until` at or before `since` is that of the next day."""

    since: time
    until: time

    @property
    def ends_next_day(self) -> bool:
        return self.until <= self.since


def parse_shifts(written: str) -> tuple[Shift, ...]:
    """ "09:00-12:00, 13:00-17:00" in order; "22:00-06:00" goes over midnight, "00:00-24:00" is the whole day.

    Raises ValueError with what is allowed.
    """
    shifts = tuple(_shift(one.strip()) for one in written.split(","))
    for one, following in pairwise(shifts):
        if one.ends_next_day or following.since < one.until:
            raise ValueError(f'"{written}": the hours of a day stand one after the other and do not overlap')
    return shifts


def _shift(written: str) -> Shift:
    match = _SHIFT.fullmatch(written)
    hours = [int(one) for one in match.groups()] if match else []
    if not hours or hours[0] > 23 or hours[1] > 59 or hours[3] > 59 or hours[2] * 60 + hours[3] > 24 * 60:
        raise ValueError(f'"{written}" are no hours of a day; write for example "09:00-17:00"')
    return Shift(time(hours[0], hours[1]), time(hours[2] % 24, hours[3]))


def _never(_day: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a desk is there: the shifts of each weekday (0 is Monday) in its zone, but for holidays.

    A shift belongs to the day on which it begins: a holiday takes all of it away, over midnight too. Where clocks are
    put forward or back within a shift it is an hour shorter or longer, and so counted.
    """

    zone: ZoneInfo
    week: Mapping[int, Sequence[Shift]]
    is_holiday: Callable[[date], bool] = _never

    def is_open(self, at: datetime) -> bool:
        """Is somebody there? Both the first and the last moment of a shift count."""
        return any(since <= at <= until for since, until in self._around(at))

    def opening(self, at: datetime) -> datetime:
        """`at` itself if it is in business time, else the next moment that is. Raises OverflowError if there is
        none."""
        return next(max(at, since) for since, until in self._from(at) if until >= at)

    def add(self, at: datetime, span: timedelta) -> datetime:
        """The moment when so much business time has passed. Raises OverflowError if it never comes."""
        left = span
        for since, until in self._from(at):
            start = max(since, at)
            if until - start >= left and until >= start:
                return start + left
            left -= max(until - start, _NO_TIME)
        raise OverflowError("no business time is left")

    def add_days(self, at: datetime, count: int) -> datetime:
        """The same time of day, so many working days later; what comes outside of business time counts from the next
        opening. Where that day is shorter, its last moment; where it opens later or has a break then, the moment at
        which the desk is there again."""
        start = self._last_opening(at)
        here = start.astimezone(self.zone)
        day = self._day_of(start)
        after_midnight = here.date() - day
        for _ in range(count):
            day = self._next_working_day(day)
        wanted = _utc(day + after_midnight, here.time(), self.zone)
        shifts = list(self._on(day))
        return next((max(since, wanted) for since, until in shifts if until >= wanted), shifts[-1][1])

    def between(self, since: datetime, until: datetime) -> timedelta:
        """How much business time lies between two moments; none if they are the wrong way round."""
        total = _NO_TIME
        if until <= since:
            return total
        for start, end in self._from(since):
            if start >= until:
                return total
            total += max(min(end, until) - max(start, since), _NO_TIME)
        raise AssertionError("the days do not end")

    def _last_opening(self, at: datetime) -> datetime:
        """Where days are counted from: the very end of a shift is still that day's."""
        return at if self.is_open(at) else self.opening(at)

    def _day_of(self, at: datetime) -> date:
        """The day whose shift it is in."""
        today = at.astimezone(self.zone).date()
        days = (day for day in (today - _DAY, today) if any(s <= at <= u for s, u in self._on(day)))
        return next(days, today)

    def _next_working_day(self, day: date) -> date:
        for number in range(1, _LONGEST_BREAK):
            if any(self._on(day + number * _DAY)):
                return day + number * _DAY
        raise OverflowError("no business time is left")

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = at.astimezone(self.zone).date()
        for day in (today - _DAY, today):
            yield from self._on(day)

    def _from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """All shifts from the one that may have begun the day before on, without end. Raises OverflowError."""
        day = at.astimezone(self.zone).date() - _DAY
        idle = 0
        while idle < _LONGEST_BREAK:
            shifts = list(self._on(day))
            yield from shifts
            idle = 0 if shifts else idle + 1
            day += _DAY
        raise OverflowError("no business time is left")

    def _on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The shifts that begin on this day, in UTC; one that the clocks swallow whole is left out, and so is a day
        that never was (30 December 2011 in Samoa)."""
        shifts = self.week.get(day.weekday(), ())
        if not shifts or self.is_holiday(day):
            return
        for one in shifts:
            since = _utc(day, one.since, self.zone)
            until = _utc(day + _DAY if one.ends_next_day else day, one.until, self.zone)
            if until > since and since.astimezone(self.zone).date() == day:
                yield since, until


def _utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall clock time as a moment. One that comes twice is the first; one that the clocks skip is as long after
    midnight as if they had not been put forward (PEP 495, fold=0)."""
    return datetime.combine(day, at, zone).astimezone(UTC)
