"""How soon something must be done, as an admin writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailticket.domain.times.business_time import Calendar, parse_shifts
from mailticket.domain.times.due import parse_due

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(BERLIN, {day: parse_shifts("09:00-17:00") for day in range(5)})
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 16:00 in Berlin


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("1 business day", "Mon 2026-11-23 16:00"),
        ("2 Business Days", "Tue 2026-11-24 16:00"),
        ("4 business hours", "Mon 2026-11-23 12:00"),
        ("90 working minutes", "Mon 2026-11-23 09:30"),
        ("3d", "Mon 2026-11-23 16:00"),
        ("30m", "Fri 2026-11-20 16:30"),
        ("1d", "Mon 2026-11-23 09:00"),  # Saturday afternoon: put off to the opening
        ("friday", "Fri 2026-11-27 09:00"),
        ("monday 14:00", "Mon 2026-11-23 14:00"),
        ("tomorrow", "Mon 2026-11-23 09:00"),
        ("2026-12-24 20:00", "Fri 2026-12-25 09:00"),
    ],
)
def test_every_due_date_is_in_business_time(written: str, due: str) -> None:
    moment = parse_due(written).in_business_time(FRIDAY, OFFICE)
    assert moment.astimezone(BERLIN).strftime("%a %Y-%m-%d %H:%M") == due
    assert OFFICE.is_open(moment)


def test_a_target_of_plain_hours_runs_at_night_too() -> None:
    assert parse_due("4h").after(FRIDAY, OFFICE) == datetime(2026, 11, 20, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "0 business days", "soon", "business day", "1 busy day", "0h", "31.2."])
def test_what_is_no_due_time_is_refused_with_examples(written: str) -> None:
    with pytest.raises(ValueError, match='write for example "1 business day"'):
        parse_due(written)


def test_a_day_that_is_past_is_known_only_when_it_is_used() -> None:
    with pytest.raises(ValueError, match="in the past"):
        parse_due("2025-01-01").after(FRIDAY, OFFICE)
