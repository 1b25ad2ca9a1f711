"""Due dates and targets by a table: zones, changes of the clocks, leap days, holidays, hours of services and roles.

Each row goes through the whole law twice: as what a rule sets (`due`), and as the target of a first response.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailticket.config.hours import Hours, Targets
from mailticket.config.models import Config, Desk, Role
from mailticket.config.rules import Trigger
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from tests import cast
from tests.builders import Ids, known
from tests.cast import ANN, EVE
from tests.law.deciding import inquiry, the_case

OFFICE: dict[str, Any] = {}  # as the config has it by default: Monday to Friday, 09:00 to 17:00
NIGHTS = {"week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "22:00-06:00")}
BREAKS = {"week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:00-17:00")}
ROUND_THE_CLOCK = {"week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")}

#: (zone, hours, holidays, when the inquiry comes, how soon, when it is due), all by the wall clock there.
TABLE = [
    ("Europe/Berlin", OFFICE, "", "2026-03-27 16:00", "2 business hours", "Mon 2026-03-30 10:00"),
    ("Europe/Berlin", OFFICE, "", "2026-10-23 16:00", "2 business hours", "Mon 2026-10-26 10:00"),
    ("Europe/Berlin", OFFICE, "", "2026-03-27 16:00", "1 business day", "Mon 2026-03-30 16:00"),
    ("Europe/Berlin", OFFICE, "", "2026-10-23 16:00", "1 business day", "Mon 2026-10-26 16:00"),
    ("Europe/Berlin", NIGHTS, "", "2026-03-28 22:00", "7 business hours", "Sun 2026-03-29 06:00"),
    ("Europe/Berlin", NIGHTS, "", "2026-10-24 22:00", "9 business hours", "Sun 2026-10-25 06:00"),
    ("Europe/Berlin", ROUND_THE_CLOCK, "", "2026-03-29 00:00", "23 business hours", "Mon 2026-03-30 00:00"),
    ("Europe/Berlin", ROUND_THE_CLOCK, "", "2026-10-25 00:00", "25 business hours", "Mon 2026-10-26 00:00"),
    ("Europe/Berlin", BREAKS, "", "2026-10-23 11:30", "90 business minutes", "Fri 2026-10-23 14:00"),
    ("Europe/Berlin", OFFICE, "DE-BE", "2026-12-24 16:00", "1 business day", "Mon 2026-12-28 16:00"),
    ("Europe/Berlin", OFFICE, "DE-BE", "2027-03-08 10:00", "1 business hour", "Tue 2027-03-09 10:00"),
    ("Europe/Berlin", OFFICE, "DE-BY", "2027-03-08 10:00", "1 business hour", "Mon 2027-03-08 11:00"),
    ("Europe/Berlin", NIGHTS, "DE-BE", "2026-10-02 23:00", "8 business hours", "Sun 2026-10-04 23:00"),
    ("America/New_York", OFFICE, "", "2026-03-06 16:00", "2 business hours", "Mon 2026-03-09 10:00"),
    ("America/New_York", OFFICE, "", "2026-10-30 16:00", "1 business day", "Mon 2026-11-02 16:00"),
    ("America/New_York", NIGHTS, "", "2026-03-07 22:00", "7 business hours", "Sun 2026-03-08 06:00"),
    ("America/New_York", NIGHTS, "", "2026-10-31 22:00", "9 business hours", "Sun 2026-11-01 06:00"),
    ("America/New_York", OFFICE, "US-NY", "2026-11-25 16:00", "1 business day", "Fri 2026-11-27 16:00"),
    ("Asia/Kolkata", OFFICE, "", "2026-11-16 16:30", "1 business hour", "Tue 2026-11-17 09:30"),
    ("Asia/Kolkata", OFFICE, "", "2026-11-20 08:00", "4 business hours", "Fri 2026-11-20 13:00"),
    ("Asia/Kolkata", OFFICE, "IN", "2026-01-23 16:00", "1 business day", "Tue 2026-01-27 16:00"),
    ("Australia/Lord_Howe", OFFICE, "", "2026-10-02 16:30", "1 business hour", "Mon 2026-10-05 09:30"),
    ("Australia/Lord_Howe", OFFICE, "", "2026-04-03 16:30", "1 business day", "Mon 2026-04-06 16:30"),
    ("Australia/Lord_Howe", NIGHTS, "", "2026-10-03 22:00", "450 business minutes", "Sun 2026-10-04 06:00"),
    ("Australia/Lord_Howe", NIGHTS, "", "2026-04-04 22:00", "510 business minutes", "Sun 2026-04-05 06:00"),
    ("Pacific/Apia", OFFICE, "", "2011-12-29 16:00", "1 business day", "Mon 2012-01-02 16:00"),
    ("Pacific/Apia", OFFICE, "", "2011-12-29 16:00", "2 business hours", "Mon 2012-01-02 10:00"),
    ("Pacific/Apia", ROUND_THE_CLOCK, "", "2011-12-29 12:00", "24 business hours", "Sat 2011-12-31 12:00"),
    ("UTC", OFFICE, "", "2028-02-28 16:00", "1 business day", "Tue 2028-02-29 16:00"),
    ("UTC", OFFICE, "", "2028-02-29 16:00", "2 business hours", "Wed 2028-03-01 10:00"),
    ("UTC", OFFICE, "", "2027-02-26 16:00", "1 business day", "Mon 2027-03-01 16:00"),
    ("UTC", OFFICE, "", "2100-02-26 16:00", "1 business day", "Mon 2100-03-01 16:00"),  # no leap year
]


def due(desk: Config, zone: str, received: str) -> tuple[str, str]:
    """(due by the rule, first response by the target) on the wall clock of the zone."""
    now = datetime.fromisoformat(received).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    case = the_case(decide((inquiry(),), None, known(), Policy(desk, desk.service[0]), now, Ids()))
    assert case.due_at is not None and case.respond_by is not None
    by_rule, by_target = (
        f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}" for moment in (case.due_at, case.respond_by)
    )
    return by_rule, by_target


def desk(zone: str, length: str, of_service: dict[str, Any], of_role: dict[str, Any] | None = None) -> Config:
    """A desk in that zone; its 1st level has hours of its own if `of_role` is given."""
    rule = Trigger.model_validate({"name": "soon", "on": "case.created", "then": [{"due": length}]})
    hours = Hours.model_validate(of_role) if of_role is not None else None
    roles = (Role(name="support", members=(ANN.email,), hours=hours), Role(name="experts", members=(EVE.email,)))
    service = cast.service(hours=Hours.model_validate(of_service), targets=Targets(first_response={"normal": length}))
    return cast.config(service, role=roles, trigger=(rule,), mailticket=Desk(timezone=zone))


@pytest.mark.parametrize(("zone", "hours", "holidays", "received", "length", "until"), TABLE)
def test_due_dates_by_the_hours_of_the_service(
    zone: str, hours: dict[str, Any], holidays: str, received: str, length: str, until: str
) -> None:
    found = due(desk(zone, length, {**hours, "holidays": holidays}), zone, received)
    assert found == (until, until)


@pytest.mark.parametrize(("zone", "hours", "holidays", "received", "length", "until"), TABLE)
def test_due_dates_by_the_hours_of_the_role_whatever_those_of_the_service(
    zone: str, hours: dict[str, Any], holidays: str, received: str, length: str, until: str
) -> None:
    elsewhere = {"week": {"sat": "11:00-11:30"}, "holidays": "DE-BY"}
    found = due(desk(zone, length, elsewhere, {**hours, "holidays": holidays}), zone, received)
    assert found == (until, until)
