"""The table of status moves, row by row as the product has it."""

from __future__ import annotations

import pytest

from mailticket.domain.case import Status
from mailticket.errors import Refused
from mailticket.law.status import BARRED, MOVES, Event, is_allowed, move

NEW, OPENED, PENDING, ESCALATED = Status.NEW, Status.OPENED, Status.PENDING, Status.ESCALATED
REOPENED, RESOLVED, CLOSED, SPAM = Status.REOPENED, Status.RESOLVED, Status.CLOSED, Status.SPAM
ANY_OPEN = {NEW, OPENED, PENDING, ESCALATED, REOPENED}
STAYS = None

#: event: {from: to}; what is missing is refused.
TABLE: dict[Event, dict[Status, Status | None]] = {
    Event.CSR_ACTS: {NEW: OPENED, REOPENED: OPENED},
    Event.CSR_ANSWERS: dict.fromkeys(ANY_OPEN | {RESOLVED}, OPENED),  # unless after_reply says otherwise
    Event.PEND: dict.fromkeys(ANY_OPEN, PENDING),
    Event.WAKE: {PENDING: OPENED},
    Event.ESCALATE: dict.fromkeys(ANY_OPEN, ESCALATED),
    Event.HAND_BACK: {ESCALATED: OPENED},
    Event.REASSIGN: dict.fromkeys(ANY_OPEN, STAYS),
    Event.RESOLVE: dict.fromkeys(ANY_OPEN, RESOLVED),
    Event.MARK_SPAM: dict.fromkeys(ANY_OPEN, SPAM),
    Event.COMPLETE: {RESOLVED: CLOSED},
    Event.CLOSE: dict.fromkeys(ANY_OPEN | {RESOLVED}, CLOSED),
    Event.CUSTOMER_WRITES: dict.fromkeys(Status, STAYS) | {PENDING: OPENED, RESOLVED: REOPENED, CLOSED: REOPENED},
    Event.REOPEN: {RESOLVED: REOPENED, CLOSED: REOPENED},
    Event.RESTORE: {SPAM: STAYS},
    Event.CHANGE: dict.fromkeys(ANY_OPEN | {RESOLVED}, STAYS),
    Event.MERGE: dict.fromkeys(ANY_OPEN | {RESOLVED}, STAYS),
    Event.SPLIT: dict.fromkeys(ANY_OPEN | {RESOLVED}, STAYS),
    Event.LINK: dict.fromkeys(ANY_OPEN | {RESOLVED}, STAYS),
}


def test_every_event_has_its_row() -> None:
    assert set(TABLE) == set(MOVES) == set(Event)


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("status", Status)
def test_an_event_leads_where_the_table_says_or_is_refused(event: Event, status: Status) -> None:
    row = TABLE[event]
    assert is_allowed(event, status) is (status in row)
    if status in row:
        assert move(event, status) is (row[status] or status)
    else:
        with pytest.raises(Refused, match=f"The case is {status}, so it cannot be {BARRED[event]}"):
            move(event, status)


@pytest.mark.parametrize("event", [Event.CSR_ANSWERS, Event.ESCALATE, Event.REASSIGN, Event.RESOLVE, Event.PEND])
@pytest.mark.parametrize(("status", "way_out"), [(CLOSED, "#reopen"), (SPAM, "restore it")])
def test_what_is_refused_on_an_ended_case_names_the_way_out(event: Event, status: Status, way_out: str) -> None:
    with pytest.raises(Refused) as refused:
        move(event, status)
    assert way_out in refused.value.fix
