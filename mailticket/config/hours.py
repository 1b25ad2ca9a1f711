"""PURE: when the desk is there, and how soon it wants to answer."""

from __future__ import annotations

from functools import cached_property, partial
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from mailticket.config.public_holidays import is_public_holiday, trouble_with
from mailticket.config.table import Table
from mailticket.domain.times.business_time import WEEKDAYS, Calendar, Shift, parse_shifts
from mailticket.domain.times.due import parse_due

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Priority = Literal["low", "normal", "high", "urgent"]


def _shifts(written: str) -> str:
    parse_shifts(written)
    return written


def _week(week: dict[Weekday, str]) -> dict[Weekday, str]:
    if not week:
        raise ValueError('must name at least one day, for example { mon = "09:00-17:00" }')
    shifts = {WEEKDAYS.index(day): parse_shifts(hours) for day, hours in week.items()}
    for today, tomorrow in pairwise((*range(7), 0)):
        last, first = shifts.get(today, ())[-1:], shifts.get(tomorrow, ())[:1]
        if last and first and last[0].ends_next_day and first[0].since < last[0].until:
            raise ValueError(
                f"{WEEKDAYS[today]} goes over midnight until {last[0].until:%H:%M}, but {WEEKDAYS[tomorrow]} begins at "
                f"{first[0].since:%H:%M}"
            )
    return week


def _holidays(region: str) -> str:
    if trouble := trouble_with(region):
        raise ValueError(trouble)
    return region


def _due(written: str) -> str:
    if not (due := parse_due(written)).is_business and due.span is None:
        raise ValueError(f'"{written}" is a moment; a target is a length of time such as "1 business day" or "4h"')
    return written


BusinessDay = Annotated[str, AfterValidator(_shifts)]
Target = Annotated[str, AfterValidator(_due)]


def _workdays() -> dict[Weekday, str]:
    return dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")


class Hours(Table):
    """[service.hours]: business time."""

    week: Annotated[dict[Weekday, BusinessDay], AfterValidator(_week)] = Field(default_factory=_workdays)
    holidays: Annotated[str, AfterValidator(_holidays)] = ""

    @cached_property
    def shifts(self) -> dict[int, tuple[Shift, ...]]:
        """By weekday, Monday being 0."""
        return {WEEKDAYS.index(day): parse_shifts(hours) for day, hours in self.week.items()}

    def calendar(self, zone: str) -> Calendar:
        """These hours in a time zone."""
        return Calendar(ZoneInfo(zone), self.shifts, partial(is_public_holiday, self.holidays))


class Targets(Table):
    """[service.targets]: how soon a case of each priority should be answered and resolved."""

    first_response: dict[Priority, Target] = Field(default_factory=dict)
    resolution: dict[Priority, Target] = Field(default_factory=dict)
