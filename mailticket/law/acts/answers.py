"""PURE: answers to customers: sent, held for a reason, released, dropped, recalled, stopped at the last moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from mailticket.domain.case import ENDED, Entry, EntryKind, Status, Words
from mailticket.domain.decision import ChangeEntry, LetterKind, Recall, Send, SendKind
from mailticket.domain.intents import Answer, DropHeld, HoldAnswer, NoteUnsent, ReleaseHeld
from mailticket.domain.people import Actor, ActorKind, Echo
from mailticket.errors import Refused
from mailticket.law import fields, status
from mailticket.law.acts.csr_acts import become
from mailticket.law.budgets import ECHOES_PER_HOUR
from mailticket.law.discretion import hold
from mailticket.law.draft import Draft


@dataclass(frozen=True, slots=True)
class _Reply:
    """What is sent or held: the words, the Message-ID of the mail that they came in, and the letter's own subject."""

    words: Words
    message_id: str
    subject: str = ""


def answer(draft: Draft, intent: Answer) -> None:
    """Append the answer and send it to each participant, unless there is a reason to hold it first."""
    _refuse_impossible(draft, intent.words)
    unproven = (intent.by.reason,) if intent.by.kind is ActorKind.UNPROVEN else ()
    preview = (hold.PREVIEW,) if intent.is_preview else ()
    echo = (hold.ECHO,) if _is_echo(draft, intent.by) else ()
    why = (*unproven, *preview, *echo, *_reasons(draft, intent.by, intent.words, intent.answers))
    if why:
        _hold(draft, intent.by, _Reply(intent.words, intent.message_id, intent.subject), why)
    else:
        _answer(draft, intent.by, _Reply(intent.words, intent.message_id, intent.subject))


def hold_answer(draft: Draft, intent: HoldAnswer) -> None:
    """Keep the reply on the case; one mail asks the CSR whether it is theirs."""
    _hold(draft, intent.by, _Reply(intent.words, intent.message_id), (intent.why,))


def release_held(draft: Draft, intent: ReleaseHeld) -> None:
    """`#send`: the held words go out, or the new ones in their place; held again for what the CSR was not told."""
    held = _held(draft, intent.by, intent.entry)
    if held is None:
        raise Refused("No answer is held on this case.", "To answer, reply without #send.")
    words = held.words if intent.words.is_empty else intent.words
    words = replace(words, greeting=held.words.greeting and intent.words.greeting)
    _refuse_impossible(draft, words)
    reply = _Reply(words, intent.message_id, intent.subject or held.subject)
    told = held.held
    new = tuple(one for one in _reasons(draft, intent.by, words, intent.answers) if one not in told)
    if new:
        draft.actions.append(ChangeEntry(held.id, {"held": f"held anew: {told}"}, "#send"))
        _hold(draft, intent.by, reply, new, told)
        return
    draft.actions.append(ChangeEntry(held.id, {"held": f"released by {intent.by.address.shown}"}, "#send"))
    _answer(draft, intent.by, reply)
    draft.outcome = "released"


def drop_held(draft: Draft, intent: DropHeld) -> None:
    """`#drop`: what is held is discarded, what still waits in the outbox is recalled. The text stays on the case."""
    name = intent.by.address.shown
    held = _held(draft, intent.by, intent.entry)
    if held is not None:
        draft.actions.append(ChangeEntry(held.id, {"held": f"dropped by {name}"}, "#drop"))
        draft.event(intent.by, f"{name} dropped the answer that was held.")
    else:
        waiting = _unsent(draft, intent.by, intent.entry)
        draft.actions.append(Recall(waiting.number, "#drop"))
        draft.actions.append(ChangeEntry(waiting.id, {"held": f"recalled by {name}"}, "#drop"))
        draft.event(intent.by, f"{name} recalled the answer of entry {waiting.number} before it was sent.")
    draft.settle("done")


def note_unsent(draft: Draft, intent: NoteUnsent) -> None:
    """A letter was stopped at the last check: an event, and word to the CSR who has the case."""
    text = f"The {intent.letter} to {intent.recipient} was stopped before it was sent: {intent.why}."
    draft.event(intent.by, text)
    fix = f"Answer again if it should go out after all. An admin finds it as letter {intent.outbox} of the outbox."
    draft.tell(LetterKind.CSR_RECEIPT, draft.here.csr, text, {"problem": text, "fix": fix})
    draft.settle("stopped")


def _refuse_impossible(draft: Draft, words: Words) -> None:
    """What could never go out is refused at once, not held."""
    if words.is_empty:
        raise Refused("Your answer is empty, so nothing was sent.", "Type it above the quoted mail.")
    status.move(status.Event.CSR_ANSWERS, draft.here.status)
    if not _readers(draft):
        raise Refused(
            "This customer has no mail address, so nothing was sent.", "Reach them another way; #note it here."
        )


def _reasons(draft: Draft, by: Actor, words: Words, answers: str) -> tuple[str, ...]:
    """Why these words may not go out unseen. What is newer than the letter that they answer counts as news."""
    letter = draft.known.mails.get(answers)
    is_dated = letter is not None and letter.case == draft.here.id and letter.seen > 0
    seen = letter.seen if letter and is_dated else draft.here.entries
    news = tuple(one for one in draft.known.news.get(draft.here.id, ()) if one.number > seen)
    outgoing = hold.Outgoing(words, by.csr, draft.here.id, news, draft.policy.name_of)
    return hold.reasons(outgoing, draft.policy.service.holds) if by.is_csr else ()


def _is_echo(draft: Draft, by: Actor) -> bool:
    """Where each answer has a receipt, a mail program that answers receipts would write to the customer for ever."""
    told = draft.known.notices_this_hour.get(by.csr, 0)
    return by.echo is Echo.ANSWERS and told >= ECHOES_PER_HOUR


def _hold(draft: Draft, by: Actor, reply: _Reply, why: tuple[str, ...], told_before: str = "") -> None:
    """Kept on the case; the CSR gets the finished letter with every reason. Nothing else of their mail is done."""
    shown = "; ".join(why)
    held = "; ".join(filter(None, (told_before, shown)))
    own = {"message_id": reply.message_id, "subject": reply.subject}
    number = draft.add(EntryKind.REPLY, by, reply.words, f"held, not sent: {shown}", held=held, **own)
    told = {"why": shown, "text": reply.words.text, "html": reply.words.html}
    draft.tell(LetterKind.HOLD_NOTICE, by.csr, f"held, not sent: {shown}", told, entry=number)
    draft.settle("held")
    draft.is_over = True


def _answer(draft: Draft, by: Actor, reply: _Reply) -> None:
    """The entry, its letters, and what follows for the case."""
    becomes = status.move(status.Event.CSR_ANSWERS, draft.here.status)
    _take_over(draft, by)
    parties = tuple(one.address.key for one in draft.here.participants)
    own = {"message_id": reply.message_id, "subject": reply.subject}
    number = draft.add(EntryKind.REPLY, by, reply.words, f"{by.address.shown} answers", parties=parties, **own)
    _send(draft, number)
    if by.is_csr and draft.here.csr not in ("", by.csr):
        draft.notify(draft.here.csr, f"{by.address.shown} answered on your case", number)
    _tell_how_to_recall(draft, by, number)
    if draft.answer_sets_status:
        becomes = _after_reply(draft)
    become(draft, by, becomes, f"{by.address.shown} answered")
    draft.settle("answered")


def _after_reply(draft: Draft) -> Status:
    """What the service says; a case with a required field that is empty does not end by it, and the CSR hears why."""
    becomes = Status(draft.policy.service.cases.after_reply)
    empty = fields.missing(draft.here, draft.policy.config) if becomes in ENDED else ()
    if not empty:
        return becomes
    fix = f"For example: #set {empty[0]}=..., and #{'close' if becomes is Status.CLOSED else 'resolve'}."
    draft.warnings.append(
        f"Your answer was sent, but the case stays open: {fields.named(empty)} must be filled in. {fix}"
    )
    return Status.OPENED


def _readers(draft: Draft) -> list[Send]:
    """A letter without its number for everybody who takes part and can get mail: each sees what they were party to."""
    return [
        Send(
            LetterKind.CUSTOMER_REPLY,
            SendKind.HUMAN,
            one.address,
            "",
            "the answer" if one.is_customer else "the answer, as they take part in the case",
        )
        for one in draft.here.participants
        if one.address.can_get_mail
    ]


def _send(draft: Draft, number: int) -> None:
    delay = draft.policy.service.letters.undo_send
    not_before = draft.now + delay if delay else None
    for letter in _readers(draft):
        key = f"customer_reply:{draft.here.id}:{number}:{letter.to.key}"
        draft.send(replace(letter, key=key, entry=number, not_before=not_before))


def _tell_how_to_recall(draft: Draft, by: Actor, number: int) -> None:
    """Where answers wait a while, each has a receipt that tells how long it can be called back."""
    delay: timedelta = draft.policy.service.letters.undo_send
    if not (delay and by.is_csr) or by.sees_outcome:
        return
    goes_at = (draft.now + delay).astimezone(ZoneInfo(draft.policy.config.mailticket.timezone))
    draft.recallable = number
    draft.promises.append(
        f"Your answer goes out at {goes_at:%H:%M:%S}. Until then it can be recalled: reply to this mail with #drop "
        "as the first line."
    )


def _take_over(draft: Draft, by: Actor) -> None:
    """Who answers another's case takes it, where the service wants it so; an unassigned one always."""
    case = draft.here
    if not by.is_csr or by.csr == case.csr:
        return
    if draft.policy.service.assignment.takeover or not case.csr:
        why = f"{by.address.shown} took the case by answering"
        draft.change(why, csr=by.csr, waiting_since=None)
        draft.event(by, f"{why}.")


def _held(draft: Draft, by: Actor, number: int) -> Entry | None:
    """The held reply that is meant: by its number, else the newest one in this CSR's name. Nobody releases another's
    answer. A number that is held no more means none."""
    if by.kind is ActorKind.UNPROVEN:
        raise Refused("Nothing proves that this mail is yours.", "Reply to the mail that we sent you about it.")
    mine = [one for one in draft.known.held_replies(draft.here.id) if _is_in_name_of(draft, one, by)]
    found = [one for one in mine if number in (0, one.number)]
    return found[-1] if found else None


def _unsent(draft: Draft, by: Actor, number: int) -> Entry:
    """The answer of this CSR that still waits in the outbox. Raises Refused if it is gone."""
    waiting = [one for one in draft.known.unsent.get(draft.here.id, ()) if one.csr == by.csr or not by.is_csr]
    found = [one for one in waiting if number in (0, one.number)]
    if found:
        return found[-1]
    if number and draft.policy.service.letters.undo_send:
        raise Refused("That answer has gone out already, or was settled before.", "Answer again to put it right.")
    raise Refused("No answer is held on this case.", "There is nothing to drop.")


def _is_in_name_of(draft: Draft, entry: Entry, by: Actor) -> bool:
    """Whose answer was held: an unproven one carries no CSR, only the address that it was written with."""
    author = draft.policy.config.csr_at(entry.csr or entry.author.address)
    return not by.is_csr or (author is not None and author.key == by.csr)
