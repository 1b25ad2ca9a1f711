"""PURE: what follows from CSRs, rules and the clock: answers, notes, assignment, escalation, status, holds."""

from __future__ import annotations

from typing import Any

from mailticket.domain.case import EntryKind, Status, Words
from mailticket.domain.case_intents import Assign, Escalate, SetStatus, Take, Want
from mailticket.domain.decision import LetterKind, Send, SendKind
from mailticket.domain.intents import AddNote, AskHelp, Refuse
from mailticket.domain.people import Actor, ActorKind
from mailticket.errors import Refused
from mailticket.law import status
from mailticket.law.draft import Draft
from mailticket.law.opening import DESK_TAG
from mailticket.law.waiting import notify_or_wait, wait

#: Which event of the status table asks for which status.
_EVENT_FOR: dict[Status, status.Event] = {
    Status.OPENED: status.Event.WAKE,
    Status.PENDING: status.Event.PEND,
    Status.RESOLVED: status.Event.RESOLVE,
    Status.CLOSED: status.Event.CLOSE,
    Status.REOPENED: status.Event.REOPEN,
    Status.SPAM: status.Event.MARK_SPAM,
}
_BY_ANOTHER_ACT = {Status.ESCALATED: "Escalate it instead, to a role or to a CSR."}


def add_note(draft: Draft, intent: AddNote) -> None:
    """Private, possible in every status."""
    if intent.words.is_empty:
        raise Refused("The note is empty, so nothing was kept.", "Type it below #note.")
    reason = f"a private note, {intent.why}" if intent.why else "a private note"
    draft.add(EntryKind.NOTE, intent.by, intent.words, reason, message_id=intent.message_id)
    first_act(draft, intent.by)
    draft.settle("noted")


def assign(draft: Draft, intent: Assign) -> None:
    """Give the case to a CSR, or to a role where it waits."""
    status.move(status.Event.REASSIGN, draft.here.status)
    _hand_over(draft, intent.by, intent.words)
    _give(draft, intent, f"Assigned to {_receiver(draft, intent)}")
    first_act(draft, intent.by)
    draft.settle("done")


def want(draft: Draft, intent: Want) -> None:
    """A rule wants a certain CSR: the case waits until the one who assigns finds them there and with room for it."""
    status.move(status.Event.REASSIGN, draft.here.status)
    name, by = draft.policy.name_of(intent.csr), intent.by.address.shown
    draft.change(f"{name} should have it", csr="", role=intent.role, wanted=intent.csr, waiting_since=draft.now)
    draft.event(intent.by, f"{name} should have it, by {by}.")
    draft.settle("done")


def escalate(draft: Draft, intent: Escalate) -> None:
    becomes = status.move(status.Event.ESCALATE, draft.here.status)
    _hand_over(draft, intent.by, intent.words)
    draft.change(f"escalated by {intent.by.address.shown}", status=becomes, pending_until=None)
    _give(draft, intent, f"Escalated to {_receiver(draft, intent)}")
    _tell_customer_escalated(draft, intent.by)
    draft.settle("done")


def _tell_customer_escalated(draft: Draft, by: Actor) -> None:
    """Someone more experienced has the case now: told to the customer, if the service wants it so."""
    customer = draft.here.customer.address
    if not draft.policy.service.letters.escalation_notice or not customer.can_get_mail or DESK_TAG in draft.here.tags:
        return
    key, why = f"escalation_notice:{draft.here.id}:{draft.here.entries}", "the case was escalated"
    why_not = draft.send_within_budget(Send(LetterKind.ESCALATION_NOTICE, SendKind.AUTO, customer, key, why))
    if why_not:
        draft.event(by, f"The customer was not told of the escalation: {why_not}.")


def take(draft: Draft, intent: Take) -> None:
    status.move(status.Event.REASSIGN, draft.here.status)
    why = f"{intent.by.address.shown} took the case"
    draft.change(why, csr=intent.by.csr, role=intent.role or draft.here.role, waiting_since=None)
    draft.event(intent.by, f"{why}.")
    first_act(draft, intent.by)
    draft.notify(intent.by.csr, "you took it")
    draft.settle("done")


def set_status(draft: Draft, intent: SetStatus) -> None:
    """A status by hand or by the clock, with its moment or reason."""
    event = _event(draft, intent)
    becomes = status.move(event, draft.here.status)
    until = intent.until if becomes is Status.PENDING else None
    put_off = draft.here.pending_until if becomes is Status.SPAM else until  # it is as before if it was no spam
    resolution = intent.resolution if becomes in (Status.RESOLVED, Status.CLOSED, Status.SPAM) else ""
    why = intent.why or f"by {intent.by.address.shown}"
    if until:
        why += f", until {until:%Y-%m-%d %H:%M} UTC"
    if resolution:
        why += f", internally: {resolution}"
    before_spam = draft.here.status.value if becomes is Status.SPAM else ""
    become(draft, intent.by, becomes, why)
    if becomes is Status.CLOSED:  # completed, it keeps why it was resolved
        resolution = resolution or draft.here.resolution
    draft.change(why, pending_until=put_off, resolution=resolution, before_spam=before_spam)
    if becomes is Status.REOPENED and not draft.here.csr:
        wait(draft, "reopened without a CSR, so it waits for one")
    if intent.by.kind is ActorKind.CLOCK and becomes is Status.OPENED:
        notify_or_wait(draft, "it was pending, and the moment has come", 0)
    draft.settle("done")


def ask_help(draft: Draft, intent: AskHelp) -> None:
    draft.tell(LetterKind.CSR_RECEIPT, intent.by.csr, "help was asked for", {"commands": list(intent.commands)})
    draft.settle("done")


def refuse(draft: Draft, intent: Refuse) -> None:
    """Nothing is done, nothing is lost: the receipt says why, how to mend it, and gives the text back."""
    extra = {"problem": intent.what, "fix": intent.fix, "text": intent.asked}
    draft.tell(LetterKind.CSR_RECEIPT, intent.by.csr, f"refused: {intent.what}", extra)
    draft.settle("refused")


def _hand_over(draft: Draft, by: Actor, words: Words) -> None:
    """The private text for the next CSR: a note, shown first in their mail because it is the newest word."""
    if not words.is_empty:
        draft.add(EntryKind.NOTE, by, words, "a private text for the next CSR")


def _give(draft: Draft, intent: Assign | Escalate, what: str) -> None:
    why = intent.why if isinstance(intent, Assign) else ""
    by = "" if intent.by.kind is ActorKind.RULE and why else f" by {intent.by.address.shown}"
    waits = draft.here.waiting_since
    if not intent.csr:
        draft.change(what, csr="", role=intent.role, waiting_since=waits or draft.now)
        draft.event(intent.by, f"{what}{by}; it waits for a CSR of that role.")
        return
    draft.change(what, csr=intent.csr, role=intent.role or draft.here.role, waiting_since=None)
    draft.event(intent.by, f"{what}{by}{': ' + why if why else ''}.")
    told = why or f"{what[0].lower()}{what[1:]}{by}"
    draft.notify(intent.csr, told, _newest_word(draft), **({"waited_since": waits} if waits else {}))


def _newest_word(draft: Draft) -> int:
    """The private text if this very decision added one; 0 lets the letter show the customer's newest words."""
    notes = [one.number for one in draft.new_entries() if one.kind is EntryKind.NOTE]
    return notes[-1] if notes else 0


def _receiver(draft: Draft, intent: Assign | Escalate) -> str:
    return draft.policy.name_of(intent.csr) if intent.csr else f"the role {intent.role}"


def first_act(draft: Draft, by: Actor) -> None:
    """A CSR's first act opens a case that is new or reopened."""
    if by.is_csr and status.is_allowed(status.Event.CSR_ACTS, draft.here.status):
        draft.change("a CSR's first act", status=status.move(status.Event.CSR_ACTS, draft.here.status))


def _event(draft: Draft, intent: SetStatus) -> status.Event:
    """The row of the status table that is asked for. Raises Refused for a status that is no wish of its own."""
    here, by_clock = draft.here.status, intent.by.kind is ActorKind.CLOCK
    if intent.status is Status.CLOSED and here is Status.RESOLVED and by_clock:
        return status.Event.COMPLETE
    if intent.status is Status.OPENED and here is Status.ESCALATED:
        return status.Event.HAND_BACK
    if intent.status not in _EVENT_FOR:
        raise Refused(f'A case cannot be set to "{intent.status}" by hand.', _BY_ANOTHER_ACT.get(intent.status, ""))
    return _EVENT_FOR[intent.status]


def become(draft: Draft, by: Actor, becomes: Status, why: str) -> None:
    """The new status with the moments that belong to it, and a line in the event list if it is new."""
    was = draft.here.status
    changes: dict[str, Any] = {"status": becomes, "pending_until": None}
    if becomes in (Status.RESOLVED, Status.CLOSED, Status.SPAM):
        changes |= {"waiting_since": None}
        changes |= {"resolved_at": draft.now} if becomes is Status.RESOLVED else {"closed_at": draft.now}
    else:
        changes |= {"resolved_at": None, "closed_at": None, "resolution": ""}
    draft.change(why, **changes)
    if was is not becomes:
        draft.event(by, f"{was.capitalize()} to {becomes}: {why}.")
