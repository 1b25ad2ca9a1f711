"""PURE: moments as people write them, in eight languages: "3d", "friday 14:00", "morgen", "24.12.", "2026-12-01"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailticket.domain.times import calendar_words
from mailticket.domain.times.spans import parse_span

#: A day without an hour means its morning; today means before its evening.
_MORNING, _EVENING = time(8, 0), time(17, 0)
_LONGEST = 60
_BETWEEN = re.compile(r",|(?<=\d)T(?=\d)")
_HOUR = re.compile(r"(\d{1,2})(?:[:h](\d{2}))?\s?(am|pm|h)?", re.ASCII)
_PIECES = re.compile(r"(\d{1,5})\s?([^\W\d_]+)")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?(?:\s?(\d{4}|\d{2}))?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?", re.ASCII)


def parse_moment(written: str, now: datetime, zone: str) -> datetime:
    """The moment in aware UTC, always later than `now`. Raises ValueError with what is allowed."""
    here = now.astimezone(ZoneInfo(zone))
    try:
        moment = _by_span(written, now) or _by_day_and_hour(written, here)
        utc = moment.astimezone(UTC) if moment else None
    except OverflowError:  # the calendar ends with the year 9999
        utc = None
    if utc is None:
        raise ValueError(f'"{written}" is not a time; write for example "3d", "friday" or "{_in_a_week(here)}"')
    if utc <= now:
        raise ValueError(f'"{written}" is in the past')
    return utc


def parse_day(written: str, now: datetime, zone: str) -> date:
    """A day, which may be past: for custom fields. Raises ValueError with what is allowed."""
    here = now.astimezone(ZoneInfo(zone))
    day = _day(_words(written), here)
    if day is None:
        raise ValueError(f'"{written}" is not a day; write for example "friday" or "{_in_a_week(here)}"')
    return day


def _in_a_week(here: datetime) -> date:
    return here.date() + timedelta(7)


def _words(written: str) -> list[str]:
    """None of what is longer than any moment: the half of one would be another."""
    return calendar_words.plain(_BETWEEN.sub(" ", written)).split() if len(written) <= _LONGEST else []


def _by_span(written: str, now: datetime) -> datetime | None:
    """ "3d", "1h30m", "in 2 weeks", "3 Tage"."""
    try:
        return now + parse_span(written)
    except ValueError:
        words = " ".join(calendar_words.without_fillers(_words(written)))
    pieces = _PIECES.findall(words)
    seconds = [calendar_words.unit(name) for _count, name in pieces]
    if not pieces or None in seconds or _PIECES.sub("", words).strip():
        return None
    return now + timedelta(
        seconds=sum(int(count) * (unit or 0) for (count, _), unit in zip(pieces, seconds, strict=True))
    )


def _by_day_and_hour(written: str, here: datetime) -> datetime | None:
    """A day, an hour, or both."""
    words = _words(written)
    hour, rest = _hour_at_end(words)
    if hour is not None and not calendar_words.without_fillers(rest):
        at = datetime.combine(here.date(), hour, here.tzinfo)
        return at if at > here else datetime.combine(here.date() + timedelta(1), hour, here.tzinfo)
    day = _day(rest, here)
    if day is None:
        return None
    return datetime.combine(day, hour or (_EVENING if day == here.date() else _MORNING), here.tzinfo)


def _hour_at_end(words: Sequence[str]) -> tuple[time | None, list[str]]:
    """The hour that the last words name, and the words before it. A bare number is an hour only before "uhr" and the
    like: "1 december 2026" ends in a year, and "24.12." in a day."""
    own = [one for one in words if one != "uhr"]
    if not own:
        return None, list(words)
    is_named = len(own) < len(words) or (len(own) > 1 and own[-2] in ("kl", "um", "at"))
    match = _HOUR.fullmatch(own[-1])
    if match is None or not (match[2] or match[3] or is_named):
        return None, list(words)
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] in ("am", "pm") and hour <= 12:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return (time(hour, minute), own[:-1]) if hour < 24 and minute < 60 else (None, list(words))


def _day(words: Sequence[str], here: datetime) -> date | None:
    whole = " ".join(words)
    ahead = calendar_words.days_ahead(whole)
    if ahead is not None:
        return here.date() + timedelta(ahead)
    own = calendar_words.without_fillers(words) or list(words)  # Polish "do" is also German for Thursday
    if len(own) == 1 and (number := calendar_words.weekday(own[0])) is not None:
        return here.date() + timedelta((number - here.weekday() - 1) % 7 + 1)  # never today
    if own != list(words) and (ahead := calendar_words.days_ahead(" ".join(own))) is not None:
        return here.date() + timedelta(ahead)
    try:
        return _by_numbers(" ".join(own), here) or _by_month(own, here)
    except ValueError:  # 31 February
        return None


def _by_numbers(text: str, here: datetime) -> date | None:
    """ISO 8601; day.month.year as in Europe; with slashes only where day and month cannot be taken for each other."""
    if match := _ISO.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DOTTED.fullmatch(text):
        return _in_year(match[3], int(match[2]), int(match[1]), here)
    if match := _SLASHED.fullmatch(text):
        one, other = int(match[1]), int(match[2])
        if one > 12 or one == other:
            return _in_year(match[3], other, one, here)
        return _in_year(match[3], one, other, here) if other > 12 else None
    return None


def _by_month(words: Sequence[str], here: datetime) -> date | None:
    """ "24 December", "December 24 2027", "24. Dez."."""
    months = [number for word in words if (number := calendar_words.month(word)) is not None and not word.isdigit()]
    numbers = [word.rstrip(".") for word in words if word.rstrip(".").isdecimal() and word.isascii()]
    if len(months) != 1 or len(numbers) not in (1, 2) or len(words) != 1 + len(numbers):
        return None
    year = numbers[1] if len(numbers) == 2 else None
    return _in_year(year, months[0], int(numbers[0]), here)


def _in_year(year: str | None, month: int, day: int, here: datetime) -> date:
    """The next such day where no year is named. Raises ValueError."""
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this_year = date(here.year, month, day)
    return this_year if this_year >= here.date() else date(here.year + 1, month, day)
