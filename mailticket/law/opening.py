"""PURE: an inquiry opens a case: how it is made, and what its writer and others are told of it."""

from __future__ import annotations

from mailticket.domain.case import Case, Channel, EntryKind, Status, Words
from mailticket.domain.decision import LetterKind, Send, SendKind
from mailticket.domain.intents import Inquire
from mailticket.domain.people import ActorKind, Customer, Participant
from mailticket.law import fields, taking_part
from mailticket.law.draft import THE_LAW, Draft
from mailticket.law.taking_part import writer_of
from mailticket.law.waiting import assigns

#: A machine's note that needs nobody; a case that another mailticket desk opened.
IDLE_TAG, DESK_TAG = "automatic", "desk"


def inquire(draft: Draft, intent: Inquire) -> None:
    """Open a case; acknowledge; let it wait for assignment."""
    customer = Participant(intent.customer, True)
    also, left_out = taking_part.with_room([customer], taking_part.newcomers([customer], intent.also, 1))
    case = _new_case(draft, intent, (customer, *also))
    why = f"new inquiry from {intent.customer.shown}"
    draft.open(case, why)
    parties = tuple(one.address.key for one in case.participants)
    draft.add(
        EntryKind.CUSTOMER_MAIL,
        writer_of(intent.by, intent.customer if intent.by.is_staff else None),
        intent.words,
        why,
        subject=intent.subject,
        parties=parties,
        message_id=intent.message_id,
    )
    draft.event(intent.by, _opening_words(intent))
    if left_out:
        draft.event(THE_LAW, left_out)
    if intent.hint:
        hint = f"This mail names case {intent.hint}, but its sender takes no part in that case. They saw nothing of it."
        draft.add(EntryKind.NOTE, THE_LAW, Words(hint), "a hint to the CSR")
    if intent.by.kind is ActorKind.UNPROVEN and not intent.is_silent:
        _tell_unproven(draft, intent)
    if intent.answers_csr and not intent.is_silent:
        _tell_whose_letter(draft, intent)
    _acknowledge(draft, intent)
    draft.settle("imported" if intent.is_silent else "opened")


def _new_case(draft: Draft, intent: Inquire, people: tuple[Participant, ...]) -> Case:
    service = draft.policy.service
    waits = assigns(draft, "") and not intent.is_silent and not intent.is_idle
    return Case(
        key=0,
        id=draft.ids.case_id(),
        service=service.name,
        subject=intent.subject,
        status=Status.CLOSED if intent.is_silent else Status.NEW,
        customer=Customer(0, intent.customer),
        created_at=draft.now,
        updated_at=draft.now,
        channel=Channel.IMPORT if intent.is_silent else intent.channel,
        role=service.first_level if waits else "",
        waiting_since=draft.now if waits else None,
        closed_at=draft.now if intent.is_silent else None,
        tags=tuple(tag for tag, is_so in ((IDLE_TAG, intent.is_idle), (DESK_TAG, intent.is_from_desk)) if is_so),
        participants=people,
        linked=(intent.linked,) if intent.linked else (),
        language=intent.language,
        fields={} if intent.is_silent else fields.defaults("", draft.policy.config),
    )


def _opening_words(intent: Inquire) -> str:
    opened = "Imported as history" if intent.is_silent else f"Opened by {intent.channel}"
    text = f"{opened} from {intent.customer.address}."
    if intent.by.is_staff and not intent.is_silent:
        text = f"{intent.by.address.shown} opened it in the name of {intent.customer.address}."
    if intent.linked:
        text += f" Follows case {intent.linked}, which ended too long ago to be reopened."
    if intent.is_automatic:
        text += f" No acknowledgement: {intent.by.reason}."
    elif intent.is_from_desk:
        text += " No acknowledgement: another mailticket desk wrote it."
    return text


def _acknowledge(draft: Draft, intent: Inquire) -> None:
    """One acknowledgement, to the sender only, within the budgets (PRODUCT.md section 9)."""
    is_wanted = draft.policy.service.letters.auto_reply and intent.customer.can_get_mail
    if is_wanted and intent.is_automatic:
        draft.event(intent.by, "No acknowledgement: the mail was written by a machine.")
    if intent.is_silent or intent.is_automatic or intent.is_from_desk or not is_wanted:
        return
    extra = {"may_echo": intent.may_echo}
    key, why = f"auto_reply:{draft.here.id}", "acknowledges the inquiry"
    ack = Send(LetterKind.AUTO_REPLY, SendKind.AUTO, intent.customer, key, why, extra=extra)
    if why_not := draft.send_within_budget(ack):
        draft.event(intent.by, f"No acknowledgement: {why_not}.")


def _tell_whose_letter(draft: Draft, intent: Inquire) -> None:
    """Once for each address that answers in a CSR's place: what became of it, and how to mend it."""
    csr, writer = draft.policy.config.csr_at(intent.answers_csr), intent.customer
    if csr is None:
        return
    extra = {
        "problem": f"{writer.address} answered a mail that went to you alone. It was not taken as your answer, and "
        f"the customer did not get it: it opened case {draft.here.id}.",
        "fix": f"If that was you, write from {csr.email}, or have that address added to your aliases. "
        "If it was not, somebody else has your mail.",
        "text": "",
    }
    key = f"unknown_address:{csr.key}:{writer.key}"
    why = "an unknown address answers in their place"
    draft.send_within_budget(Send(LetterKind.CSR_RECEIPT, SendKind.NOTIFY, csr.address, key, why, csr.key, extra=extra))


def _tell_unproven(draft: Draft, intent: Inquire) -> None:
    extra = {
        "problem": f"A mail in your name opened case {draft.here.id}, but nothing proves it yours: {intent.by.reason}.",
        "fix": "If it was yours, all is well: the case is open. If not, tell the CSR who gets it.",
        "text": intent.words.text,
    }
    draft.tell(LetterKind.CSR_RECEIPT, intent.by.csr, "an unproven mail in their name opened a case", extra)
