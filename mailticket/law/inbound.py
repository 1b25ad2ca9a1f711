"""PURE: what follows from customers and machines: inquiries, follow-ups, automatic mail, bounces, discards."""

from __future__ import annotations

from mailticket.domain.case import ENDED, Case, Channel, EntryKind, Status, Words
from mailticket.domain.decision import Alarm, CameBack, ChangePerson, LetterKind, Send, SendKind
from mailticket.domain.intents import Append, AppendAutomatic, Discard, Inquire, Join, NoteBounce, SetAway
from mailticket.domain.mail import Address
from mailticket.domain.people import Actor, ActorKind, Customer, Door, Participant
from mailticket.law import fields, status, taking_part
from mailticket.law.draft import Draft

#: Ends the addresses that stand for nobody (RFC 2606); no mail goes there.
_NOWHERE = ".invalid"
#: A machine's note that needs nobody; a case that another mailticket desk opened.
IDLE_TAG, DESK_TAG = "automatic", "desk"

_OURSELVES = Actor(ActorKind.OURSELVES, Address("mailticket", ""), "the law", door=Door.DESK)


def can_get_mail(address: Address) -> bool:
    local, at, host = address.key.rpartition("@")
    return bool(local and at and host) and host != "invalid" and not host.endswith(_NOWHERE)


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
        _writer(intent.by, intent.customer if intent.by.is_staff else None),
        intent.words,
        why,
        subject=intent.subject,
        parties=parties,
        message_id=intent.message_id,
    )
    draft.event(intent.by, _opening_words(intent))
    if left_out:
        draft.event(_OURSELVES, left_out)
    if intent.hint:
        hint = f"This mail names case {intent.hint}, but its sender takes no part in that case. They saw nothing of it."
        draft.add(EntryKind.NOTE, _OURSELVES, Words(hint), "a hint to the CSR")
    if intent.by.kind is ActorKind.UNPROVEN and not intent.is_silent:
        _tell_unproven(draft, intent)
    if intent.answers_csr and not intent.is_silent:
        _tell_whose_letter(draft, intent)
    _acknowledge(draft, intent)
    draft.settle("imported" if intent.is_silent else "opened")


def join(draft: Draft, intent: Join) -> None:
    """One of a flood: kept on the last case, without a word to anybody but at the first."""
    number = draft.add(
        EntryKind.NOTE if intent.is_automatic else EntryKind.CUSTOMER_MAIL,
        intent.by,
        intent.words,
        f"one of many new inquiries of {intent.by.address.address}, so it joins their last case",
        subject=intent.subject,
        parties=() if intent.is_automatic else (intent.by.address.key,),
        message_id=intent.message_id,
    )
    if intent.is_first:
        text = f"{intent.by.address.address} writes one new inquiry after the other. From now on they join this case"
        draft.event(intent.by, f"{text}, without acknowledgement.")
        notify_or_wait(draft, "many new inquiries of this address join the case", number)
        where = f"{draft.policy.service.name}: {intent.by.address.address} floods the desk"
        alarm = (
            f"{where}. Further inquiries join case {draft.here.id} until it stops. limits.flood_exempt excepts them."
        )
        draft.actions.append(Alarm(f"flood:{intent.by.address.key}", alarm))
    draft.settle("joined")


def append(draft: Draft, intent: Append) -> None:
    """A participant's word: reopen if it ended, wake if it waited, and tell the CSR or find one."""
    if intent.is_thanks and draft.here.status in ENDED and not draft.policy.service.cases.thanks_reopens:
        return _keep_thanks(draft, intent)
    if _too_late_to_reopen(draft):
        return _follow_up(draft, intent)
    was = draft.here.status
    writer = _writer(intent.by, intent.author)
    left_out = taking_part.let_in(draft, intent.also, writer.address)
    parties = (writer.address.key, *(one.key for one in intent.also))
    entry = draft.add(
        EntryKind.CUSTOMER_MAIL,
        writer,
        intent.words,
        f"{writer.address.shown} writes",
        subject=intent.subject,
        parties=parties,
        message_id=intent.message_id,
    )
    if left_out:
        draft.event(_OURSELVES, left_out)
    _wake(draft, intent, was)
    if was is not Status.SPAM:
        notify_or_wait(draft, f"{writer.address.shown} answered on your case", entry)
    draft.settle("appended")


def _writer(by: Actor, author: Address | None) -> Actor:
    """Whose words they are: of the customer whose mail a CSR passes on, or who wrote through them."""
    return by if author is None else Actor(ActorKind.CUSTOMER, author, f"passed on by {by.address.shown}")


def append_automatic(draft: Draft, intent: AppendAutomatic) -> None:
    """Kept, and nobody is told, nothing is reopened. Privately, unless it is a customer's own mail (history)."""
    is_history = intent.by.kind is ActorKind.CUSTOMER
    draft.add(
        EntryKind.CUSTOMER_MAIL if is_history else EntryKind.NOTE,
        intent.by,
        intent.words,
        f"kept without effect: {intent.why}",
        subject=intent.subject,
        parties=(intent.by.address.key,) if is_history else (),
        message_id=intent.message_id,
    )
    draft.settle("imported" if is_history else "automatic")


def note_bounce(draft: Draft, intent: NoteBounce) -> None:
    """On the case, and to its CSR; of a letter that a report says did not arrive, also with that letter."""
    how = "could not be delivered" if intent.is_permanent else "is delayed"
    draft.event(intent.by, f"The {intent.letter} to {intent.recipient} {how}: {intent.server_said}")
    if intent.is_permanent and intent.outbox and intent.by.kind is not ActorKind.OURSELVES:
        draft.actions.append(CameBack(intent.outbox, intent.server_said))
    csr = draft.policy.config.csr_at(draft.here.csr)
    if csr is not None and csr.key != intent.recipient:
        extra = {
            "recipient": intent.recipient,
            "server_said": intent.server_said,
            "is_permanent": intent.is_permanent,
            "bounced_letter": intent.letter,
        }
        draft.tell(LetterKind.BOUNCE_NOTICE, csr.key, f"the mail to {intent.recipient} {how}", extra)
    draft.settle("bounce")


def set_away(draft: Draft, intent: SetAway) -> None:
    by = intent.by.address.address if intent.is_said else "out-of-office"
    draft.actions.append(ChangePerson(intent.csr, intent.is_away, intent.role, intent.why, by))


def discard(draft: Draft, intent: Discard) -> None:
    draft.settle(intent.outcome)
    draft.delete_from_server = intent.delete_from_server


def notify_or_wait(draft: Draft, why: str, entry: int) -> None:
    """The assigned CSR if they are available, or if nobody else would get it; else the case waits for a new one."""
    case = draft.here
    is_available = draft.policy.is_available(case.csr, case.role, draft.known)
    if case.csr and (is_available or not _assigns(draft, case.role)):
        draft.notify(case.csr, why, entry)
    elif case.csr:
        is_away = f"{draft.policy.name_of(case.csr)} is away, so the case waits for another CSR"
        wait(draft, is_away)
        draft.event(draft.asker, f"{is_away}.")
    elif case.waiting_since is None:
        wait(draft, "the case waits for a CSR")


def wait(draft: Draft, reason: str) -> None:
    """Let the case wait for assignment, if its service assigns at all."""
    if _assigns(draft, draft.here.role):
        draft.change(reason, csr="", waiting_since=draft.now)


def _assigns(draft: Draft, role: str) -> bool:
    """Does this service give cases to the CSRs of a role (by default the 1st level) by rule?"""
    service = draft.policy.service
    return bool(role or service.first_level) and service.assignment.new_case not in ("none", "workflow")


def _new_case(draft: Draft, intent: Inquire, people: tuple[Participant, ...]) -> Case:
    service = draft.policy.service
    waits = _assigns(draft, "") and not intent.is_silent and not intent.is_idle
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
    is_wanted = draft.policy.service.letters.auto_reply and can_get_mail(intent.customer)
    if is_wanted and intent.is_automatic:
        draft.event(intent.by, "No acknowledgement: the mail was written by a machine.")
    if intent.is_silent or intent.is_automatic or intent.is_from_desk or not is_wanted:
        return
    extra = {"may_echo": intent.may_echo}
    key, why = f"auto_reply:{draft.here.id}", "acknowledges the inquiry"
    ack = Send(LetterKind.AUTO_REPLY, SendKind.AUTO, intent.customer, key, why, extra=extra)
    if why_not := draft.send_within_budget(ack):
        draft.event(intent.by, f"No acknowledgement: {why_not}.")


def tell_customer_escalated(draft: Draft, by: Actor) -> None:
    """Someone more experienced has the case now: told to the customer, if the service wants it so."""
    customer = draft.here.customer.address
    if not draft.policy.service.letters.escalation_notice or not can_get_mail(customer) or DESK_TAG in draft.here.tags:
        return
    key, why = f"escalation_notice:{draft.here.id}:{draft.here.entries}", "the case was escalated"
    why_not = draft.send_within_budget(Send(LetterKind.ESCALATION_NOTICE, SendKind.AUTO, customer, key, why))
    if why_not:
        draft.event(by, f"The customer was not told of the escalation: {why_not}.")


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


def _too_late_to_reopen(draft: Draft) -> bool:
    case, limit = draft.here, draft.policy.service.cases.reopen_within
    ended_at = case.closed_at or case.resolved_at
    return case.status in ENDED and limit is not None and ended_at is not None and draft.now - ended_at > limit


def _follow_up(draft: Draft, intent: Append) -> None:
    old = draft.here
    inquiry = Inquire(
        intent.by,
        customer=intent.author or intent.by.address,
        subject=old.subject,
        words=intent.words,
        message_id=intent.message_id,
        also=intent.also,
        may_echo=True,
        linked=old.id,
        language=old.language,
    )
    inquire(draft, inquiry)


def _keep_thanks(draft: Draft, intent: Append) -> None:
    """A mere thank-you opens nothing again; its CSR hears of it quietly, and how to reopen."""
    who = intent.by.address.shown
    draft.add(
        EntryKind.CUSTOMER_MAIL,
        intent.by,
        intent.words,
        f"{who} says thank you",
        subject=intent.subject,
        parties=(intent.by.address.key, *(one.key for one in intent.also)),
        message_id=intent.message_id,
    )
    draft.event(intent.by, f"{who} only said thank you, so the case stays {draft.here.status}.")
    done = f"{who} said thank you, so the case stays {draft.here.status}."
    fix = "To open it again, reply with #reopen as the first line."
    told = {"done": [done, fix], "text": intent.words.text, "reopen": True}
    draft.tell(LetterKind.CSR_RECEIPT, draft.here.csr, f"{who} said thank you", told)
    draft.settle("thanked")


def _wake(draft: Draft, intent: Append, was: Status) -> None:
    becomes = status.move(status.Event.CUSTOMER_WRITES, was)
    if becomes is was:
        return
    why = f"{(intent.author or intent.by.address).shown} wrote"
    cleared = {"pending_until": None, "resolved_at": None, "closed_at": None, "resolution": ""}
    draft.change(why, status=becomes, **cleared)
    draft.event(intent.by, f"{was.capitalize()} to {becomes}: {why}.")
