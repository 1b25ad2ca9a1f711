"""Targets and timers: when a case should be answered and resolved, who is warned before, who hears of it after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailticket.config.hours import Hours, Targets
from mailticket.config.models import Role
from mailticket.domain.case import Case, Priority, Status
from mailticket.domain.case_intents import Ring, SetDue, SetPriority, SetStatus
from mailticket.domain.decision import Alarm, Decision, LetterKind
from mailticket.domain.intents import Answer, Append, Intent
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from tests import cast
from tests.builders import NOW, Ids, case, known, words
from tests.cast import ANN, BO, CLOCK, as_csr, as_customer
from tests.law.deciding import entries, inquiry, letters, of_kind, the_case

TARGETS = Targets(
    first_response={"normal": "4 business hours", "urgent": "1h"}, resolution={"normal": "3 business days"}
)
SERVICE = cast.service(targets=TARGETS)
HOUR = timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In July 2026; the 15th is a Wednesday, and it is 09:30 then."""
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC)


def then(wish: Intent, before: Case | None = None, now: datetime = NOW, **facts: Any) -> Decision:
    desk = cast.config(SERVICE)
    return decide((wish,), before, known(*((before,) if before else ()), **facts), Policy(desk, SERVICE), now, Ids())


def opened(**changes: Any) -> Case:
    """The case that Carla's inquiry opens, with an owner or not."""
    return Case(**{**_fields(the_case(then(inquiry()))), "key": 1, **changes})


def _fields(one: Case) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Case.__dataclass_fields__}


def test_a_new_case_has_its_targets_in_business_time() -> None:
    new = opened()
    assert (new.respond_by, new.resolve_by) == (at(15, 13, 30), at(20, 9, 30))
    assert new.timers == {
        "first response soon": at(15, 12, 30),
        "first response late": at(15, 13, 30),
        "resolution soon": at(17, 11, 30),
        "resolution late": at(20, 9, 30),
    }


def test_a_new_priority_brings_its_own_targets() -> None:
    urgent = the_case(then(SetPriority(as_csr(), Priority.URGENT), opened(), at(15, 10)))
    assert (urgent.respond_by, urgent.resolve_by) == (at(15, 10, 30), None)
    assert urgent.timers == {"first response soon": at(15, 10, 15), "first response late": at(15, 10, 30)}


def test_the_first_answer_ends_the_wait_for_it() -> None:
    answered = the_case(then(Answer(as_csr(), words("Yes.")), opened(), at(15, 11)))
    assert answered.answered_at == at(15, 11) and answered.respond_by == at(15, 13, 30)
    assert sorted(answered.timers) == ["resolution late", "resolution soon"]
    again = the_case(then(Answer(as_csr(), words("And more.")), answered, at(15, 12)))
    assert again.answered_at == at(15, 11)


def test_what_has_ended_rings_no_more_and_a_reopened_case_has_a_new_target() -> None:
    ended = the_case(then(SetStatus(as_csr(), Status.RESOLVED), opened(), at(15, 11)))
    assert ended.timers == {}
    reopened = the_case(then(Append(as_customer(), words("Again!")), ended, at(22, 10)))
    assert reopened.resolve_by == at(27, 10) and "resolution late" in reopened.timers


def test_while_a_case_is_pending_its_end_does_not_come_nearer() -> None:
    waits = the_case(then(SetStatus(as_csr(), Status.PENDING), opened(), at(16, 9, 30)))
    woken = the_case(then(SetStatus(CLOCK, Status.OPENED), waits, at(17, 11, 30)))
    assert (waits.resolve_by, woken.resolve_by) == (at(20, 9, 30), at(21, 11, 30))
    assert woken.paused_at is None


def test_imported_cases_and_machines_notes_have_no_targets() -> None:
    for wish in (inquiry(is_silent=True), inquiry(is_idle=True, is_automatic=True)):
        assert the_case(then(wish)).timers == {} and the_case(then(wish)).respond_by is None


def rung(before: Case, now: datetime, **facts: Any) -> Decision:
    return then(Ring(CLOCK), before, now, **facts)


def test_nobody_has_answered_yet_is_told_to_the_role_before_the_target_passes() -> None:
    decision = rung(opened(), at(15, 12, 30))
    assert letters(decision) == [(LetterKind.REMINDER, ANN.key), (LetterKind.REMINDER, BO.key)]
    assert entries(decision)[0].words.text == "Nobody has answered yet. Told: Ann Archer, Bo Baker."
    assert "first response soon" not in the_case(decision).timers
    assert of_kind(decision, Alarm) == []


def test_who_is_away_is_not_reminded() -> None:
    decision = rung(opened(), at(15, 12, 30), away=frozenset({("support", ANN.key)}))
    assert letters(decision) == [(LetterKind.REMINDER, BO.key)]


@pytest.mark.parametrize(
    ("now", "key", "readers"),
    [
        (at(15, 13, 30), "late-response:support", {ANN.key, BO.key}),
        (at(20, 9, 30), "late-resolution:support", {ANN.key}),
    ],
)
def test_a_target_that_has_passed_is_alarmed(now: datetime, key: str, readers: set[str]) -> None:
    before = opened(csr=ANN.key, waiting_since=None)
    if key.startswith("late-resolution"):
        before = the_case(then(Answer(as_csr(), words("I look into it.")), before, at(15, 10)))
    decision = rung(before, now)
    assert key in [one.key for one in of_kind(decision, Alarm)]
    assert {reader for letter, reader in letters(decision) if letter is LetterKind.REMINDER} == readers


def test_each_timer_rings_once() -> None:
    first = the_case(rung(opened(), at(15, 13, 30)))
    again = rung(first, at(15, 13, 31))
    assert letters(again) == [] and entries(again) == []


def test_a_due_date_reminds_the_csr_when_it_comes_and_one_that_is_put_off_does_not() -> None:
    due = the_case(then(SetDue(as_csr(), at(15, 15)), opened(csr=ANN.key), at(15, 10)))
    assert due.timers["due"] == at(15, 15)
    decision = rung(case(csr=ANN.key, due_at=at(15, 15), timers={"due": at(15, 15)}), at(15, 15))
    assert letters(decision) == [(LetterKind.REMINDER, ANN.key)]
    later = the_case(then(SetDue(as_csr(), at(16, 15)), due, at(15, 11)))
    assert later.timers["due"] == at(16, 15)
    never = the_case(then(SetDue(as_csr(), None), later, at(15, 12)))
    assert "due" not in never.timers


def test_a_role_may_have_hours_of_its_own() -> None:
    night = Hours.model_validate({"week": {"wed": "22:00-23:00", "thu": "22:00-23:00", "fri": "20:00-24:00"}})
    roles = (Role(name="support", members=(ANN.email,), hours=night), Role(name="experts", members=(BO.email,)))
    desk = cast.config(SERVICE, role=roles)
    new = the_case(decide((inquiry(),), None, known(), Policy(desk, SERVICE), NOW, Ids()))
    assert new.respond_by == at(17, 22)


def test_only_people_make_a_case_less_idle() -> None:
    new = opened()
    assert new.acted_at == NOW
    assert the_case(rung(new, at(15, 13, 30))).acted_at == NOW
    assert the_case(then(Append(as_customer(), words("Hello?")), new, at(15, 14))).acted_at == at(15, 14)
