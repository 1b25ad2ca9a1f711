"""The nights on which clocks are set: 23 hours and 25, and a moment at 02:30 that is not there or comes twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers import interval

from mailticket import jobs
from mailticket.config.models import Desk
from mailticket.desk.answer import carry_out
from mailticket.desk.sweep import sweep
from mailticket.domain.case import EntryKind, Status
from mailticket.domain.case_intents import SetDue, SetStatus
from mailticket.domain.intents import Intent
from mailticket.domain.times.moments import parse_moment
from tests.cast import ANN, as_csr, config
from tests.desk.house import House, mail

BERLIN = ZoneInfo("Europe/Berlin")
#: Local midnight -> hours of that day.
NIGHTS = {
    datetime(2026, 3, 29, tzinfo=BERLIN): 23,
    datetime(2026, 7, 15, tzinfo=BERLIN): 24,
    datetime(2026, 10, 25, tzinfo=BERLIN): 25,
}


@pytest.fixture
def timetable(monkeypatch: pytest.MonkeyPatch) -> dict[str, jobs.Every]:
    """What the timetable has: job -> how often. On a machine in Berlin."""
    found: dict[str, jobs.Every] = {}
    made = jobs.Timetable(lambda: None, lambda: None)  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(interval, "get_localzone", lambda: BERLIN)
    monkeypatch.setattr(jobs, "hold_on", lambda *_: jobs.UNSHARED)
    monkeypatch.setattr(made._scheduler, "add_job", lambda _job, every, id, **_: found.update({id: every}))
    monkeypatch.setattr(made._scheduler, "start", lambda: None)
    made.start()
    return found


@pytest.mark.parametrize("midnight", NIGHTS, ids=lambda one: f"{one:%d-%b}")
def test_no_turn_of_any_job_is_left_out_or_made_twice(timetable: dict[str, jobs.Every], midnight: datetime) -> None:
    begin, hours = midnight.astimezone(UTC), NIGHTS[midnight]
    end = begin + timedelta(hours=hours)
    assert end.astimezone(BERLIN).hour == 0 and {"sweep", "retention", "alarms"} <= set(timetable)
    for job, every in timetable.items():
        turns, turn = [], begin
        while turn < end:
            turns.append(turn)
            turn = every.get_next_fire_time(turn.astimezone(BERLIN), turn).astimezone(UTC)
        gaps = {after - before for before, after in pairwise(turns)}
        assert gaps <= {every.interval}, job
        assert len(turns) == -(-hours * 3600 // int(every.interval_length)), job


def events(house: House) -> list[object]:
    return [one for one in house.entries() if one.kind is EntryKind.EVENT]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-07-15", "2026-10-25"])
@pytest.mark.parametrize("what", ["pending", "due"])
def test_what_is_set_for_half_past_two_comes_once(house: House, day: str, what: str) -> None:
    house.with_config(config(mailticket=Desk(timezone="Europe/Berlin")))
    house.clock.now = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=BERLIN).astimezone(UTC)
    house.take_in(mail())
    at = parse_moment(f"{day} 02:30", house.clock(), "Europe/Berlin")
    wishes: dict[str, Callable[[], Intent]] = {
        "pending": lambda: SetStatus(as_csr(ANN), Status.PENDING, until=at),
        "due": lambda: SetDue(as_csr(ANN), at),
    }
    carry_out(house.office, (wishes[what](),), house.case().id, "test:1")
    before, rung = len(events(house)), []
    for _ in range(60):  # five hours
        sweep(house.office)
        if len(events(house)) > before + len(rung):
            rung.append(house.clock())
        house.clock.forward(minutes=5)
    assert len(rung) == 1 and timedelta(0) <= rung[0] - at < timedelta(minutes=5)
