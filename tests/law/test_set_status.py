"""What follows from a status that is set, by hand or by the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.case import Case, Status
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.decision import Send
from tests.builders import NOW, case
from tests.cast import ANN, CLOCK, EVE, as_csr
from tests.law.deciding import entries, law, of_kind, refusal, the_case

ANN_ACTS = as_csr(ANN)
OPEN_STATUSES = [Status.NEW, Status.OPENED, Status.PENDING, Status.ESCALATED, Status.REOPENED]


def ann_has(status: Status = Status.OPENED, **changes: object) -> Case:
    return case(status, csr=ANN.key, **changes)


def test_pending_until_a_moment_and_the_clock_wakes_it() -> None:
    until = NOW + timedelta(days=3)
    waits = the_case(law(SetStatus(ANN_ACTS, Status.PENDING, until=until), ann_has()))
    assert (waits.status, waits.pending_until) == (Status.PENDING, until)
    woken = law(SetStatus(CLOCK, Status.OPENED), waits)
    assert (the_case(woken).status, the_case(woken).pending_until) == (Status.OPENED, None)
    [told] = of_kind(woken, Send)
    assert (told.csr, told.extra["why"]) == (ANN.key, "it was pending, and the moment has come")


@pytest.mark.parametrize("resolution", ["abuse", "test", "duplicate", "chat", "call", "other"])
def test_an_internal_resolution_keeps_its_reason_through_completion(resolution: str) -> None:
    resolved = the_case(law(SetStatus(ANN_ACTS, Status.RESOLVED, resolution=resolution), ann_has()))
    assert (resolved.status, resolved.resolution, resolved.resolved_at) == (Status.RESOLVED, resolution, NOW)
    completed = the_case(law(SetStatus(CLOCK, Status.CLOSED, why="complete_after has passed"), resolved))
    assert (completed.status, completed.resolution, completed.closed_at) == (Status.CLOSED, resolution, NOW)


def test_reopening_forgets_the_resolution() -> None:
    ended = ann_has(Status.CLOSED, resolution="call", resolved_at=NOW, closed_at=NOW)
    after = the_case(law(SetStatus(ANN_ACTS, Status.REOPENED), ended))
    assert (after.status, after.resolution, after.resolved_at, after.closed_at) == (Status.REOPENED, "", None, None)


@pytest.mark.parametrize(("csr", "waits"), [(ANN.key, False), ("", True)])
def test_a_reopened_case_without_a_csr_waits_for_one(csr: str, waits: bool) -> None:
    after = the_case(law(SetStatus(ANN_ACTS, Status.REOPENED), case(Status.CLOSED, csr=csr)))
    assert (after.waiting_since is not None) is waits


@pytest.mark.parametrize("status", OPEN_STATUSES)
def test_spam_remembers_what_the_case_was(status: Status) -> None:
    after = the_case(law(SetStatus(ANN_ACTS, Status.SPAM, resolution="spam"), ann_has(status)))
    assert (after.status, after.before_spam, after.waiting_since) == (Status.SPAM, status, None)


def test_an_escalated_case_can_be_handed_back() -> None:
    assert the_case(law(SetStatus(as_csr(EVE), Status.OPENED), ann_has(Status.ESCALATED))).status is Status.OPENED


@pytest.mark.parametrize("status", [Status.NEW, Status.ESCALATED])
def test_a_status_that_nobody_can_set_is_refused_and_does_not_raise(status: Status) -> None:
    assert f'cannot be set to "{status}"' in refusal(law(SetStatus(ANN_ACTS, status), ann_has()))["problem"]


@pytest.mark.parametrize(
    ("by", "status"), [(CLOCK, Status.CLOSED), (ANN_ACTS, Status.CLOSED), (ANN_ACTS, Status.RESOLVED)]
)
def test_an_ended_case_waits_for_nobody(by: object, status: Status) -> None:
    before = case(Status.RESOLVED if by is CLOCK else Status.NEW, waiting_since=None if by is CLOCK else NOW)
    assert the_case(law(SetStatus(by, status), before)).waiting_since is None


def test_every_change_of_status_is_an_event_with_its_reason() -> None:
    decision = law(SetStatus(ANN_ACTS, Status.RESOLVED, resolution="call"), ann_has())
    assert entries(decision)[0].words.text == "Opened to resolved: by Ann Archer, internally: call."
