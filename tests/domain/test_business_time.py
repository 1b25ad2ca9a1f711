"""Business time: hours, breaks, nights, holidays, and the days on which the clocks are changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailticket.config.hours import Hours
from mailticket.domain.times.business_time import WEEKDAYS, Calendar, parse_shifts

OFFICE = {day: "09:00-17:00" for day in ("mon", "tue", "wed", "thu", "fri")}
BREAK = {day: "09:00-12:00, 13:00-17:00" for day in ("mon", "tue", "wed", "thu")} | {"fri": "09:00-13:00"}
NIGHTS = dict.fromkeys(WEEKDAYS, "22:00-06:00")
ALWAYS = dict.fromkeys(WEEKDAYS, "00:00-24:00")
BERLIN, LORD_HOWE, NEW_YORK = "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"


def calendar(week: dict[str, str], zone: str = BERLIN, *holidays: str) -> Calendar:
    free = frozenset(date.fromisoformat(one) for one in holidays)
    shifts = {WEEKDAYS.index(day): parse_shifts(hours) for day, hours in week.items()}
    return Calendar(ZoneInfo(zone), shifts, free.__contains__)


def at(written: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    """A wall clock time, "2026-11-20 16:00"."""
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone), fold=fold)


def shown(moment: datetime, zone: str = BERLIN) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("week", "since", "hours", "until"),
    [
        (OFFICE, "2026-11-16 10:00", 4, "Mon 2026-11-16 14:00"),
        (OFFICE, "2026-11-16 15:00", 4, "Tue 2026-11-17 11:00"),
        (OFFICE, "2026-11-20 16:00", 2, "Mon 2026-11-23 10:00"),  # over a weekend
        (OFFICE, "2026-11-21 12:00", 1, "Mon 2026-11-23 10:00"),  # begun on a Saturday
        (OFFICE, "2026-11-16 07:00", 1, "Mon 2026-11-16 10:00"),  # before the opening
        (OFFICE, "2026-11-16 09:00", 8, "Mon 2026-11-16 17:00"),  # the last moment is still that day's
        (OFFICE, "2026-11-16 17:00", 1, "Tue 2026-11-17 10:00"),
        (OFFICE, "2026-11-16 09:00", 80, "Fri 2026-11-27 17:00"),
        (BREAK, "2026-11-16 11:00", 2, "Mon 2026-11-16 14:00"),  # over noon
        (BREAK, "2026-11-20 12:30", 1, "Mon 2026-11-23 09:30"),  # a short Friday
        (NIGHTS, "2026-11-16 23:00", 8, "Tue 2026-11-17 23:00"),
        (NIGHTS, "2026-11-17 01:00", 4, "Tue 2026-11-17 05:00"),  # after midnight it is still the night before's
        (ALWAYS, "2026-11-21 23:00", 30, "Mon 2026-11-23 05:00"),
        (OFFICE, "2028-02-28 16:00", 9, "Tue 2028-02-29 17:00"),  # 29 February
        (OFFICE, "2028-02-29 16:00", 2, "Wed 2028-03-01 10:00"),
        (OFFICE, "2027-02-26 16:30", 1, "Mon 2027-03-01 09:30"),  # no 29 February
        (OFFICE, "2026-12-31 16:00", 2, "Fri 2027-01-01 10:00"),  # no holidays here
    ],
)
def test_business_hours_pass_only_while_the_desk_is_there(
    week: dict[str, str], since: str, hours: int, until: str
) -> None:
    assert shown(calendar(week).add(at(since), timedelta(hours=hours))) == until


@pytest.mark.parametrize(
    ("zone", "week", "since", "hours", "until"),
    [
        (BERLIN, ALWAYS, "2026-03-29 00:00", 23, "Mon 2026-03-30 00:00"),  # a day of 23 hours
        (BERLIN, ALWAYS, "2026-10-25 00:00", 25, "Mon 2026-10-26 00:00"),  # a day of 25 hours
        (BERLIN, NIGHTS, "2026-03-28 22:00", 7, "Sun 2026-03-29 06:00"),  # the night shift is an hour shorter
        (BERLIN, NIGHTS, "2026-10-24 22:00", 9, "Sun 2026-10-25 06:00"),  # and an hour longer
        (BERLIN, OFFICE, "2026-03-27 16:00", 2, "Mon 2026-03-30 10:00"),  # by the wall clock after the change
        (BERLIN, OFFICE, "2026-10-23 16:00", 2, "Mon 2026-10-26 10:00"),
        (NEW_YORK, ALWAYS, "2026-03-08 00:00", 23, "Mon 2026-03-09 00:00"),
        (NEW_YORK, ALWAYS, "2026-11-01 00:00", 25, "Mon 2026-11-02 00:00"),
        (LORD_HOWE, ALWAYS, "2026-10-04 00:00", 23.5, "Mon 2026-10-05 00:00"),  # half an hour
        (LORD_HOWE, ALWAYS, "2026-04-05 00:00", 24.5, "Mon 2026-04-06 00:00"),
        ("Asia/Kathmandu", OFFICE, "2026-11-16 16:30", 1, "Tue 2026-11-17 09:30"),  # UTC+05:45
        ("Pacific/Apia", OFFICE, "2011-12-29 16:00", 2, "Mon 2012-01-02 10:00"),  # the 30th never was
    ],
)
def test_a_business_hour_really_passes_where_the_clocks_are_changed(
    zone: str, week: dict[str, str], since: str, hours: float, until: str
) -> None:
    assert shown(calendar(week, zone).add(at(since, zone), timedelta(hours=hours)), zone) == until


@pytest.mark.parametrize(
    ("week", "since", "days", "until"),
    [
        (OFFICE, "2026-11-16 10:00", 1, "Tue 2026-11-17 10:00"),
        (OFFICE, "2026-11-20 16:00", 1, "Mon 2026-11-23 16:00"),
        (OFFICE, "2026-11-21 14:00", 1, "Tue 2026-11-24 09:00"),  # counts from Monday's opening
        (OFFICE, "2026-11-16 18:30", 1, "Wed 2026-11-18 09:00"),
        (OFFICE, "2026-11-16 17:00", 1, "Tue 2026-11-17 17:00"),
        (BREAK, "2026-11-19 16:00", 1, "Fri 2026-11-20 13:00"),  # Friday is shorter
        ({"mon": "09:00-17:00", "tue": "08:00-12:00, 13:00-17:00"}, "2026-11-16 12:30", 1, "Tue 2026-11-17 13:00"),
        ({"mon": "08:00-17:00", "tue": "10:00-17:00"}, "2026-11-16 08:30", 1, "Tue 2026-11-17 10:00"),  # opens later
        (NIGHTS, "2026-11-17 01:00", 1, "Wed 2026-11-18 01:00"),
        (OFFICE, "2028-02-28 10:00", 1, "Tue 2028-02-29 10:00"),
        (OFFICE, "2026-03-27 10:00", 1, "Mon 2026-03-30 10:00"),  # by the wall clock, over a change of the clocks
        (OFFICE, "2026-11-16 10:00", 10, "Mon 2026-11-30 10:00"),
    ],
)
def test_business_days_keep_the_time_of_day(week: dict[str, str], since: str, days: int, until: str) -> None:
    due = calendar(week).add_days(at(since), days)
    assert shown(due) == until
    assert calendar(week).is_open(due)


@pytest.mark.parametrize(
    ("since", "holidays", "until"),
    [
        ("2026-12-24 16:00", ("2026-12-25",), "Mon 2026-12-28 16:00"),
        ("2026-12-24 16:00", ("2026-12-26",), "Fri 2026-12-25 16:00"),  # a holiday on a Saturday costs no day
        ("2026-12-25 12:00", ("2026-12-25",), "Tue 2026-12-29 09:00"),  # written on the holiday itself
    ],
)
def test_holidays_are_no_business_days(since: str, holidays: tuple[str, ...], until: str) -> None:
    assert shown(calendar(OFFICE, BERLIN, *holidays).add_days(at(since), 1)) == until


def test_a_holiday_takes_the_night_shift_that_begins_on_it() -> None:
    nights = calendar(NIGHTS, BERLIN, "2026-11-17")
    assert nights.is_open(at("2026-11-17 05:00")) and not nights.is_open(at("2026-11-18 05:00"))
    assert shown(nights.opening(at("2026-11-17 23:00"))) == "Wed 2026-11-18 22:00"


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-11-16 10:00", "2026-11-16 12:00", 2),
        ("2026-11-20 16:00", "2026-11-23 10:00", 2),
        ("2026-11-21 10:00", "2026-11-22 10:00", 0),
        ("2026-11-16 12:00", "2026-11-16 10:00", 0),
        ("2026-11-16 00:00", "2026-11-23 00:00", 40),
    ],
)
def test_the_business_time_between_two_moments(since: str, until: str, hours: int) -> None:
    assert calendar(OFFICE).between(at(since), at(until)) == timedelta(hours=hours)


def test_a_desk_that_is_never_open_says_so_instead_of_searching_for_ever() -> None:
    never = Calendar(ZoneInfo(BERLIN), {0: parse_shifts("09:00-17:00")}, lambda _day: True)
    for ask in (lambda: never.opening(at("2026-11-16 10:00")), lambda: never.add_days(at("2026-11-16 10:00"), 1)):
        with pytest.raises(OverflowError, match="no business time"):
            ask()


@pytest.mark.parametrize(
    "written", ["", "9-17", "09:00", "25:00-26:00", "09:00-17:60", "09:00-24:30", "09:00-12:00,11:00-13:00"]
)
def test_what_are_no_hours_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="hours of a day"):
        parse_shifts(written)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"week": {}}, "must name at least one day"),
        ({"week": {"mon": "22:00-06:00", "tue": "05:00-12:00"}}, "mon goes over midnight until 06:00, but tue begins"),
        ({"week": {"sun": "22:00-06:00", "mon": "05:00-12:00"}}, "sun goes over midnight"),
        ({"holidays": "XX"}, 'no country "XX"'),
        ({"holidays": "DE-XX"}, r'no region "XX" \(there are: BB, BE'),
    ],
)
def test_hours_that_cannot_be_are_refused_at_load(keys: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Hours.model_validate(keys)


@pytest.mark.parametrize(
    ("region", "day", "is_free"),
    [
        ("DE-BE", "2027-03-08", True),  # Women's Day, in Berlin
        ("DE", "2027-03-08", False),
        ("DE", "2027-03-29", True),  # Easter Monday
        ("GB", "2026-12-28", True),  # Boxing Day is a Saturday: the Monday after it is free
        ("", "2026-12-25", False),
    ],
)
def test_the_public_holidays_of_a_region(region: str, day: str, is_free: bool) -> None:
    hours = Hours(holidays=region).calendar("UTC")
    assert hours.is_holiday(date.fromisoformat(day)) is is_free
