"""Every promise of the month is noticed where it is broken: an honest log breaks none, a forged one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Priority, Status, Words
from mailticket.domain.people import Customer
from tests.month.log import Change, Gift, Letter, Log, Mail, Overdue, Wait
from tests.month.promises import PROMISES, broken
from tests.month.staff import config

NOW = datetime(2026, 10, 7, 9, 0, tzinfo=UTC)  # a Wednesday; 11:00 in Berlin
HOUR = timedelta(hours=1)
ANN, EVE, CARLA = "ann@example.com", "eve@example.com", Address("Carla", "carla@many.example")
NEW = Case(1, "AAAA-AAAA", "support", "The pump", Status.NEW, Customer(1, CARLA), NOW, NOW, waiting_since=NOW)


def entry(number: int, text: str, kind: EntryKind = EntryKind.EVENT, at: datetime = NOW, door: str = "mail") -> Entry:
    return Entry(number, number, kind, at, Address("Carla", "carla@many.example"), Words(text), door=door)


def change(before: Case | None, *told: Entry, at: datetime = NOW, **values: Any) -> Change:
    return Change(at, before, replace(before or NEW, **values), told)


def honest() -> Log:
    """One case from its opening to its end, with an escalation, as the desk would have it."""
    log = Log(config(5), 5)
    first = change(None, entry(1, "Help", EntryKind.CUSTOMER_MAIL), entry(2, "Opened."))
    given = change(first.after, entry(3, "Assigned to Ann: next in turn."), csr=ANN, waiting_since=None)
    late = NOW + HOUR
    note = entry(4, "Too hard SECRET-1", EntryKind.NOTE, late)
    told = entry(5, "Escalated to the role experts by Ann; it waits for a CSR of that role.", at=late)
    up = change(given.after, note, told, at=late, status=Status.ESCALATED, csr="", role="experts", waiting_since=late)
    eve = change(up.after, entry(6, "Assigned to Eve: next in turn.", at=late), at=late, csr=EVE, waiting_since=None)
    done = change(
        eve.after, entry(7, "Escalated to closed: closed by Eve.", at=late), at=late, status=Status.CLOSED,
        closed_at=late,
    )  # fmt: skip
    log.changes = [first, given, up, eve, done]
    log.gifts = [Gift(NOW, NEW.id, ANN, 1, False), Gift(late, NEW.id, EVE, 1, False)]
    log.waits = [Wait(NOW, "BBBB-BBBB", ())]
    log.letters = [
        Letter(1, NOW, "auto_reply", NEW.id, CARLA.address, "", "acknowledges the inquiry"),
        Letter(2, NOW, "csr_case", NEW.id, ANN, ANN, "next in turn"),
        Letter(3, NOW, "reminder", NEW.id, ANN, ANN, "Nobody has answered yet."),
        Letter(4, late, "csr_case", NEW.id, EVE, EVE, "next in turn", frozenset({"SECRET-1"})),
    ]
    log.mails = [Mail(NOW, CARLA.address, "done", "opened", "Carla writes", NEW.id, 1)]
    return log


def test_an_honest_log_breaks_no_promise() -> None:
    assert broken(honest()) == {}


def _after(place: int, **values: Any) -> Callable[[Log], None]:
    """The case is another after this change, and nothing is told of it."""

    def forge(log: Log) -> None:
        log.changes[place] = replace(log.changes[place], after=replace(log.changes[place].after, **values))

    return forge


def _told(place: int, *told: Entry) -> Callable[[Log], None]:
    def forge(log: Log) -> None:
        log.changes[place] = replace(log.changes[place], told=told)

    return forge


def _more(name: str, row: Any) -> Callable[[Log], None]:
    return lambda log: getattr(log, name).append(row)


def _other(name: str, place: int, **values: Any) -> Callable[[Log], None]:
    def forge(log: Log) -> None:
        rows = getattr(log, name)
        rows[place] = replace(rows[place], **values)

    return forge


def _both(*forgeries: Callable[[Log], None]) -> Callable[[Log], None]:
    def forge(log: Log) -> None:
        for one in forgeries:
            one(log)

    return forge


_SUNDAY = datetime(2026, 10, 11, 9, 0, tzinfo=UTC)
_NOTHING = entry(7, "Something happened.", at=NOW + HOUR)
_WEEK_AGO = NOW - timedelta(days=7)

#: Which promise each forgery breaks; some break another one along with it.
FORGED: dict[str, list[Callable[[Log], None]]] = {
    "nobody_is_over_the_limit": [_other("gifts", 0, active=6)],
    "nobody_who_is_away_is_given_a_case": [_other("gifts", 0, was_away=True)],
    "no_case_waits_while_somebody_able_is_there": [_other("waits", 0, able=(ANN,))],
    "every_due_date_is_in_business_time": [
        _after(0, due_at=_SUNDAY),
        _after(0, respond_by=_SUNDAY),
        _after(0, resolve_by=_SUNDAY),
    ],
    "every_closed_case_was_closed_for_a_reason": [
        _told(4, _NOTHING),
        _told(4, entry(7, "Escalated to closed: .", at=NOW + HOUR)),
        _after(4, closed_at=None),
        _after(4, timers={"due": NOW}),
    ],
    "no_resolved_case_closes_before_its_time": [
        _both(_after(4, resolved_at=NOW), _told(4, entry(7, "Resolved to closed: resolved for 5 days.", at=NOW + HOUR)))
    ],
    "every_mail_is_answered_or_explained": [
        _other("mails", 0, state="waiting"),
        _other("mails", 0, reason=""),
        _other("mails", 0, entry=99),
        _other("letters", 0, letter="case_closed"),
    ],
    "nothing_goes_to_the_blacklisted": [_other("letters", 0, recipient="x1@spam.example")],
    "no_private_word_goes_to_a_customer": [_other("letters", 0, secrets=frozenset({"SECRET-1"}))],
    "every_escalation_says_who_and_why": [_told(2, entry(4, "It went up."), entry(5, "Somehow."))],
    "a_private_text_reaches_the_next_csr": [_other("letters", 3, secrets=frozenset())],
    "every_change_is_on_record": [
        _after(1, priority=Priority.URGENT),
        _after(1, csr=EVE),
        _after(2, tags=("vip",)),
        _after(2, time_worked=HOUR),
        _told(1, entry(3, "Assigned to Ann: next in turn.", door="")),
        _told(1, entry(3, "")),
    ],
    "entries_are_numbered_without_a_gap_in_the_order_of_time": [
        _told(1, entry(4, "Assigned to Ann: next in turn.")),
        _told(1, entry(3, "Assigned to Ann: next in turn.", at=_WEEK_AGO)),
    ],
    "time_worked_is_never_negative": [_after(4, time_worked=-HOUR)],
    "what_is_due_happens_at_the_next_sweep": [_more("overdue", Overdue(NOW, NEW.id, "ring"))],
    "an_inquiry_is_acknowledged_once": [
        _more("letters", Letter(9, NOW, "auto_reply", NEW.id, CARLA.address, "", "again"))
    ],
    "nobody_is_reminded_of_what_is_over": [_other("letters", 2, at=NOW + 2 * HOUR)],
    "a_csr_s_mail_goes_to_that_csr_alone": [
        _other("letters", 1, recipient=EVE),
        _other("letters", 1, csr="x@y.example"),
    ],
    "every_open_case_is_somebody_s_or_waits": [_after(4, status=Status.OPENED, csr="", waiting_since=None)],
    "every_gift_says_why": [_other("letters", 1, reason=""), _other("letters", 1, letter="reminder")],
}


def test_every_promise_has_a_forgery() -> None:
    assert list(FORGED) == [one.__name__ for one in PROMISES]


@pytest.mark.parametrize(("promise", "forge"), [(name, one) for name, all_of_it in FORGED.items() for one in all_of_it])
def test_a_broken_promise_is_noticed(promise: str, forge: Callable[[Log], None]) -> None:
    log = honest()
    forge(log)
    assert broken(log).get(promise)
