"""PURE: the table of status moves (PRODUCT.md section 5). Whoever asks, by whatever door, this table answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mailticket.domain.case import ENDED, OPEN, Status
from mailticket.errors import Refused


class Event(StrEnum):
    """What happens to a case."""

    CSR_ACTS = "a CSR's first act"
    CSR_ANSWERS = "a CSR answers"
    PEND = "pending until a moment"
    WAKE = "the moment has come"
    ESCALATE = "escalate"
    HAND_BACK = "2nd level or tracker hands back"
    REASSIGN = "re-assign or take"
    RESOLVE = "resolve"
    MARK_SPAM = "resolve internally: spam"
    COMPLETE = "complete_after has passed"
    CLOSE = "close"
    CUSTOMER_WRITES = "the customer writes"
    REOPEN = "reopen"
    RESTORE = "restore"
    CHANGE = "change a fact"
    MERGE = "merge"
    SPLIT = "split"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Move:
    """From which statuses an event is allowed, and where it leads (None: the status stays)."""

    allowed: frozenset[Status]
    to: Status | None


_ANY = frozenset(Status)

MOVES: dict[Event, Move] = {
    Event.CSR_ACTS: Move(frozenset({Status.NEW, Status.REOPENED}), Status.OPENED),
    Event.CSR_ANSWERS: Move(OPEN | {Status.RESOLVED}, Status.OPENED),  # or what after_reply says
    Event.PEND: Move(OPEN, Status.PENDING),
    Event.WAKE: Move(frozenset({Status.PENDING}), Status.OPENED),
    Event.ESCALATE: Move(OPEN, Status.ESCALATED),
    Event.HAND_BACK: Move(frozenset({Status.ESCALATED}), Status.OPENED),
    Event.REASSIGN: Move(OPEN, None),
    Event.RESOLVE: Move(OPEN, Status.RESOLVED),
    Event.MARK_SPAM: Move(OPEN, Status.SPAM),
    Event.COMPLETE: Move(frozenset({Status.RESOLVED}), Status.CLOSED),
    Event.CLOSE: Move(OPEN | {Status.RESOLVED}, Status.CLOSED),
    Event.CUSTOMER_WRITES: Move(_ANY, None),  # see AFTER_CUSTOMER
    Event.REOPEN: Move(ENDED, Status.REOPENED),
    Event.CHANGE: Move(OPEN | {Status.RESOLVED}, None),
    Event.MERGE: Move(OPEN | {Status.RESOLVED}, None),
    Event.SPLIT: Move(OPEN | {Status.RESOLVED}, None),
    Event.LINK: Move(OPEN | {Status.RESOLVED}, None),
    Event.RESTORE: Move(frozenset({Status.SPAM}), None),  # as it was before
}

#: Where a customer's word leads from each status; the others stay as they are.
AFTER_CUSTOMER: dict[Status, Status] = {
    Status.PENDING: Status.OPENED,
    Status.RESOLVED: Status.REOPENED,
    Status.CLOSED: Status.REOPENED,
}

#: What then cannot be done to the case. What time or customers do is never refused.
BARRED: dict[Event, str] = {
    Event.CSR_ACTS: "worked on",
    Event.CSR_ANSWERS: "answered",
    Event.PEND: "put off",
    Event.WAKE: "woken",
    Event.ESCALATE: "escalated",
    Event.HAND_BACK: "handed back",
    Event.REASSIGN: "given to anybody",
    Event.RESOLVE: "resolved",
    Event.MARK_SPAM: "marked as spam",
    Event.COMPLETE: "completed",
    Event.CLOSE: "closed",
    Event.REOPEN: "reopened",
    Event.RESTORE: "restored from the spam box",
    Event.CHANGE: "changed",
    Event.MERGE: "merged",
    Event.SPLIT: "split",
    Event.LINK: "linked",
}

#: How to mend it, where an act is refused.
_WAY_OUT: dict[Status, str] = {
    Status.RESOLVED: "Put #reopen on the first line to open it again.",
    Status.CLOSED: "Put #reopen on the first line to open it again.",
    Status.SPAM: "Put #reopen on the first line to restore it from the spam box.",
}


def is_allowed(event: Event, status: Status) -> bool:
    return status in MOVES[event].allowed


def move(event: Event, status: Status) -> Status:
    """The status after the event. Raises Refused with the way to mend it where the table has no such move."""
    if event is Event.CUSTOMER_WRITES:
        return AFTER_CUSTOMER.get(status, status)
    if not is_allowed(event, status):
        raise Refused(f"The case is {status}, so it cannot be {BARRED[event]}.", _WAY_OUT.get(status, ""))
    return MOVES[event].to or status
