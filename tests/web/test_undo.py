"""Undo: one more click, within an hour, as long as nothing else happened."""

from __future__ import annotations

import pytest

from mailticket.domain.case import Status
from mailticket.letters.links import Act
from mailticket.store import blacklist
from tests.cast import ANN, BO, CARLA, EVE
from tests.desk.house import reply
from tests.web.visitor import Desk

#: Each act that can be undone, with the CSR who clicks.
ACTS = [
    (Act.STATUS, "pending", ANN),
    (Act.STATUS, "resolved", ANN),
    (Act.STATUS, "closed", ANN),
    (Act.STATUS, "spam", ANN),
    (Act.TAKE, "", BO),
    (Act.ASSIGN, BO.key, ANN),
    (Act.ASSIGN_ROLE, "experts", ANN),
    (Act.ESCALATE, "", ANN),
    (Act.ESCALATE, EVE.key, ANN),
    (Act.ESCALATE_ROLE, "experts", ANN),
    (Act.BLACKLIST, "", ANN),
    (Act.BLACKLIST, "subject", ANN),
]


def _fields(desk: Desk) -> tuple[object, ...]:
    case = desk.case
    return (case.status, case.csr, case.role, case.resolution, case.before_spam, case.resolved_at, case.closed_at)


@pytest.mark.parametrize(("act", "argument", "csr"), ACTS)
def test_undo_gives_the_case_back_as_it_was(desk: Desk, act: Act, argument: str, csr: object) -> None:
    before = _fields(desk)
    done = desk.press(desk.link(act, argument, csr=csr))  # type: ignore[arg-type]
    assert _fields(desk) != before
    undone = desk.undo(done)
    assert undone.status_code == 200 and "Undone" in undone.text and "Undo</button>" not in undone.text
    assert (_fields(desk), desk.blacklisted()) == (before, [])


def test_undo_works_once(desk: Desk) -> None:
    done = desk.press(desk.link(Act.STATUS, "closed"))
    desk.undo(done)
    desk.press(desk.link(Act.STATUS, "resolved"))
    assert desk.undo(done).status_code == 410 and desk.case.status is Status.RESOLVED


def test_undo_expires_after_an_hour(desk: Desk) -> None:
    done = desk.press(desk.link(Act.STATUS, "closed"))
    desk.house.clock.forward(minutes=61)
    assert desk.undo(done).status_code == 410 and desk.case.status is Status.CLOSED


def test_undo_is_refused_once_the_customer_wrote(desk: Desk) -> None:
    done = desk.press(desk.link(Act.STATUS, "pending"))
    desk.house.take_in(reply(desk.house.letter("auto_reply"), CARLA, "Any news?"))
    changed = desk.dump()
    assert desk.undo(done).status_code == 410 and desk.dump() == changed


def test_undo_is_refused_once_a_colleague_wrote_a_note(desk: Desk) -> None:
    done = desk.press(desk.link(Act.STATUS, "pending"))
    desk.press(desk.link(Act.NOTE, csr=BO), "I know her.")
    assert "written on the case since" in desk.undo(done).text and desk.case.status is Status.PENDING


def test_undo_is_refused_once_somebody_else_has_the_case(desk: Desk) -> None:
    done = desk.press(desk.link(Act.ASSIGN, BO.key))
    desk.press(desk.link(Act.TAKE, csr=EVE))
    assert desk.undo(done).status_code == 410 and desk.case.csr == EVE.key


def test_who_lost_the_case_by_an_undo_is_told(desk: Desk) -> None:
    done = desk.press(desk.link(Act.ASSIGN, BO.key))
    desk.undo(done)
    receipt = desk.house.letter("csr_receipt")
    assert receipt.csr == BO.key and b"no longer yours" in desk.house.bytes_of(receipt)


def test_undo_leaves_an_older_blacklist_entry(desk: Desk) -> None:
    desk.house.in_store(lambda: blacklist.add(CARLA.key, "", "an admin", desk.house.clock()))
    desk.undo(desk.press(desk.link(Act.BLACKLIST)))
    assert desk.blacklisted() == [(CARLA.key, "")] and desk.case.status is Status.NEW


def test_the_undo_page_can_be_opened_without_undoing(desk: Desk) -> None:
    done = desk.press(desk.link(Act.STATUS, "closed"))
    page = desk.open(desk.undo_url(done))
    assert "Undo: set to closed" in page.text and desk.case.status is Status.CLOSED


def test_a_note_cannot_be_undone(desk: Desk) -> None:
    assert "Undo" not in desk.press(desk.link(Act.NOTE), "Kept for good.").text
