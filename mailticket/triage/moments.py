"""PURE: moments as people write them: "3d", "friday", "tomorrow", "2026-12-01"."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailticket.domain.spans import parse_span

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST = 3
#: A day without an hour means its morning.
_MORNING = time(8, 0)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ t](\d{2}):(\d{2}))?")


def parse_moment(written: str, now: datetime, zone: str) -> datetime:
    """The moment in aware UTC, always later than `now`. Raises ValueError with what is allowed."""
    word = written.strip().lower()
    here = now.astimezone(ZoneInfo(zone))
    try:
        moment = _by_span(word, now) or _by_day(word, here) or _by_date(word, here)
        utc = moment.astimezone(UTC) if moment else None
    except OverflowError:  # the calendar ends with the year 9999
        utc = None
    if utc is None:
        raise ValueError(
            f'"{written}" is not a time; write for example "3d", "friday" or "{here.date() + timedelta(7)}"'
        )
    if utc <= now:
        raise ValueError(f'"{written}" is in the past')
    return utc


def _by_span(word: str, now: datetime) -> datetime | None:
    try:
        return now + parse_span(word)
    except ValueError:
        return None


def _by_day(word: str, here: datetime) -> datetime | None:
    """The next such weekday (never today), or tomorrow."""
    if word == "tomorrow":
        return _morning(here.date() + timedelta(1), here)
    for number, name in enumerate(_WEEKDAYS):
        if len(word) >= _SHORTEST and name.startswith(word):
            ahead = (number - here.weekday() - 1) % 7 + 1
            return _morning(here.date() + timedelta(ahead), here)
    return None


def _by_date(word: str, here: datetime) -> datetime | None:
    match = _ISO.fullmatch(word)
    if not match:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    try:
        at = time(hour, minute or 0) if hour is not None else _MORNING
        return datetime.combine(date(year or 0, month or 0, day or 0), at, here.tzinfo)
    except ValueError:
        return None


def _morning(day: date, here: datetime) -> datetime:
    return datetime.combine(day, _MORNING, here.tzinfo)
