"""PURE: what follows from mail of customers and machines on a case: their words, floods, automatic mail, bounces."""

from __future__ import annotations

from mailticket.domain.case import ENDED, EntryKind, Status
from mailticket.domain.decision import Alarm, CameBack, ChangePerson, LetterKind
from mailticket.domain.intents import Append, AppendAutomatic, Discard, Inquire, Join, NoteBounce, SetAway
from mailticket.domain.people import ActorKind
from mailticket.law import status, taking_part
from mailticket.law.draft import THE_LAW, Draft
from mailticket.law.opening import inquire
from mailticket.law.taking_part import writer_of
from mailticket.law.waiting import notify_or_wait


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
    writer = writer_of(intent.by, intent.author)
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
        draft.event(THE_LAW, left_out)
    _wake(draft, intent, was)
    if was is not Status.SPAM:
        notify_or_wait(draft, f"{writer.address.shown} answered on your case", entry)
    draft.settle("appended")


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
