"""PURE: from a mail to intents. The questions are asked in the order of PRODUCT.md section 3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from mailticket.domain.case import Case, Status, Words
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.intents import (
    AddNote,
    Answer,
    Append,
    AppendAutomatic,
    Discard,
    HoldAnswer,
    Inquire,
    Intent,
    NoteBounce,
    Refuse,
    SetAway,
    SetStatus,
)
from mailticket.domain.mail import Address, InboundMail, Mark
from mailticket.domain.people import Actor, ActorKind, BlacklistEntry
from mailticket.tokens import is_own_loop
from mailticket.triage import command, sender
from mailticket.triage.proof import by_testimony
from mailticket.triage.sender import Trust
from mailticket.triage.thread import Thread, find

#: A machine's note that needs nobody: kept as a case that nobody is asked to answer.
IDLE_MARKS = frozenset({Mark.OUT_OF_OFFICE, Mark.RECEIPT, Mark.CHALLENGE, Mark.FEEDBACK})
_NO_REPLY = re.compile(r"(?:do[-_.]?not[-_.]?reply|no[-_.]?reply)", re.IGNORECASE)
_PREFIX = re.compile(
    r"^(?:(?:re|aw|antw|sv|vs|wg|fwd?|tr|r|rif|odp|ynt|回复|答复)\s?(?:\[\d{1,3}\])?\s?[:：]\s*)+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail means: who wrote, on which case, asking for what; `reason` tells how that was found."""

    by: Actor
    case: Case | None
    intents: tuple[Intent, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that the answers below go by."""

    mail: InboundMail
    words: Words
    by: Actor
    thread: Thread
    known: Known
    trust: Trust
    now: datetime
    is_silent: bool


def read(
    mail: InboundMail, words: Words, known: Known, trust: Trust, now: datetime, is_silent: bool = False
) -> Reading:
    """The intents of one mail. `words` are its words with its files already stored; `is_silent`: imported history."""
    by = sender.identify(mail, known, trust, now)
    thread = find(mail, by, known)
    question = Question(mail, words, by, thread, known, trust, now, is_silent)
    for ask in (_loop, _blacklisted, _bounce, _automatic, _csr, _unproven, _customer):
        reading = ask(question)
        if reading is not None:
            return reading
    raise AssertionError("the last question answers every mail")


def plain_subject(subject: str) -> str:
    """The subject without Re:, AW:, SV: and the like, white space closed up."""
    return _PREFIX.sub("", " ".join(subject.split())).strip()


def _loop(question: Question) -> Reading | None:
    mail, ours = question.mail, question.known.mails.get(question.mail.message_id)
    header = mail.headers.get("x-mailticket-loop", "")
    if (ours and ours.is_ours) or (header and is_own_loop(question.trust.keys, mail.message_id, header)):
        return _discard(question, "loop", "this is a letter of ours that came back")
    looped = next((one for one in mail.markers if one.mark is Mark.LOOP), None)
    return _discard(question, "loop", looped.reason) if looped else None


def _blacklisted(question: Question) -> Reading | None:
    if question.by.kind not in (ActorKind.CUSTOMER, ActorKind.MACHINE) or question.is_silent:
        return None
    key = question.by.address.key
    if key in question.trust.config.our_keys:
        return None
    subject = plain_subject(question.mail.subject).lower()
    for entry in question.known.blacklist:
        if matches(entry, key, subject):
            about = f' with the subject "{entry.subject}"' if entry.subject else ""
            why = f"{entry.address}{about} is on the blacklist (by {entry.by})"
            intent = Discard(question.by, "rejected", why, delete_from_server=True)
            return Reading(question.by, None, (intent,), why)
    return None


def matches(entry: BlacklistEntry, key: str, subject: str) -> bool:
    """Does this entry stand for that address key and that plain, lower-case subject?"""
    pattern = entry.address.lower()
    is_address = key.endswith(pattern[1:]) if pattern.startswith("*@") else key == Address("", pattern).key
    return is_address and (not entry.subject or plain_subject(entry.subject).lower() == subject)


def _bounce(question: Question) -> Reading | None:
    bounce = question.mail.bounce
    if bounce is None:
        return None
    names = (bounce.original_message_id, *question.mail.in_reply_to, *question.mail.references)
    letter = next((one for name in names if (one := question.known.mails.get(name)) and one.is_ours), None)
    if letter is None or letter.case not in question.known.cases:
        return _discard(question, "unmatched-bounce", "a bounce, but of no letter that we sent")
    return _bounced_letter(question, letter)


def _bounced_letter(question: Question, letter: KnownMail) -> Reading:
    bounce = question.mail.bounce
    failed = bounce.recipients if bounce else ()
    about = [one for one in failed if Address("", one.address).key == letter.recipient]
    if failed and not about:
        return _discard(
            question, "unmatched-bounce", f"names {failed[0].address}, but the letter went to {letter.recipient}"
        )
    said = " ".join(filter(None, (about[0].status, about[0].reason))) if about else "the server gave no reason"
    intent = NoteBounce(
        question.by,
        recipient=letter.recipient,
        is_permanent=about[0].permanent if about else True,
        server_said=said,
        letter=letter.letter,
        outbox=letter.outbox,
        message_id=question.mail.message_id,
    )
    case = question.known.cases[letter.case]
    return Reading(question.by, case, (intent,), f"a bounce of our {letter.letter} to {letter.recipient}")


def _automatic(question: Question) -> Reading | None:
    """Never an answer, never a confirmation: kept on its case, or as a case of its own."""
    mail, by, case = question.mail, question.by, question.thread.case
    if not (mail.is_automatic or by.kind is ActorKind.MACHINE):
        return None
    why = mail.markers[0].reason if mail.markers else by.reason
    away = _out_of_office(question)
    if case is not None:
        note = AppendAutomatic(by, question.words, mail.message_id, mail.subject, why)
        return Reading(by, case, (note, *away), f"{question.thread.reason}; written by a machine: {why}")
    if by.csr:
        discard = Discard(by, "automatic", f"an automatic mail from a CSR: {why}")
        return Reading(by, None, (discard, *away), discard.why)
    return _inquiry(question, _replies_for(question), is_automatic=True)


def _out_of_office(question: Question) -> tuple[Intent, ...]:
    """A proven CSR's out-of-office means that they are away."""
    by, mail = question.by, question.mail
    wanted = question.trust.service.assignment.ooo_means_away
    if wanted and by.kind is ActorKind.CSR and Mark.OUT_OF_OFFICE in mail.marks:
        return (SetAway(by, by.csr, is_away=True, why="their out-of-office answered"),)
    return ()


def _csr(question: Question) -> Reading | None:
    by, case = question.by, question.thread.case
    if by.kind is not ActorKind.CSR:
        return None
    parsed = command.parse(question.words.text)
    if case is None and not parsed.asked and question.trust.service.csr_as_customer:
        return _inquiry(question, by.address)
    reason = f"{question.thread.reason}; {by.reason}"
    return Reading(by, case, _csr_wants(question, parsed), reason)


def _csr_wants(question: Question, parsed: command.Parsed) -> tuple[Intent, ...]:
    by, text = question.by, question.words.text
    if parsed.unknown:
        near = command.nearest(parsed.unknown)
        fix = f"Did you mean {near}?" if near else "Mail #help for the list of commands."
        return (Refuse(by, f'"{parsed.unknown}" is not a command, so nothing was done.', fix, text),)
    is_only_help = bool(parsed.asked) and all(one.command.name == "help" for one in parsed.asked)
    if question.thread.case is None and not is_only_help:
        fix = "Reply to the mail about the case, or put its case ID into the subject, such as [#7F3K-9QXM]."
        return (Refuse(by, "Your mail belongs to no case, so nobody but you has seen it.", fix, text),)
    if not parsed.asked:
        return (_answer(question, question.words),)
    return _carry_out(question, parsed)


def _carry_out(question: Question, parsed: command.Parsed) -> tuple[Intent, ...]:
    """The commands in their order; the text below goes to whom the table says, once."""
    below = Words(parsed.below, "", question.words.whole, question.words.method, question.words.files)
    desk = command.Desk(question.by, question.trust.config, question.trust.service, question.now)
    intents: list[Intent] = []
    for asked in parsed.asked:
        try:
            intents.append(asked.command.make(asked.argument, below, desk))
        except command.Unclear as unclear:
            return (Refuse(question.by, unclear.what, unclear.fix, question.words.text),)
    is_ignored = all(one.command.below.is_ignored for one in parsed.asked)
    carries_text = any(getattr(one, "words", None) is below for one in intents)
    if below.is_empty or is_ignored or carries_text:
        return tuple(intents)
    if parsed.is_private:
        return (AddNote(question.by, below, question.mail.message_id), *intents)
    answer = _answer(question, below)
    reopens = [one for one in intents if isinstance(one, SetStatus) and one.status is Status.REOPENED]
    return (*reopens, answer, *(one for one in intents if one not in reopens))


def _answer(question: Question, words: Words) -> Answer:
    letter = question.thread.answers
    return Answer(question.by, words, question.mail.message_id, answers=letter.message_id if letter else "")


def _unproven(question: Question) -> Reading | None:
    by, case = question.by, question.thread.case
    if by.kind is not ActorKind.UNPROVEN:
        return None
    if case is not None:
        held = HoldAnswer(by, question.words, by.reason, question.mail.message_id)
        return Reading(by, case, (held,), f"{question.thread.reason}, but unproven: {by.reason}")
    return _inquiry(question, by.address, is_automatic=True)


def _customer(question: Question) -> Reading | None:
    by, mail, case = question.by, question.mail, question.thread.case
    if case is None:
        return _inquiry(question, by.address)
    append = Append(by, question.words, mail.message_id, mail.subject, also=_others(question))
    return Reading(by, case, (append,), question.thread.reason)


def _inquiry(question: Question, customer: Address, is_automatic: bool = False) -> Reading:
    mail, known = question.mail, question.known
    whole = Words(mail.text, mail.html, mail.text, "whole", question.words.files)
    also = tuple(one for one in (*_others(question), *_reply_address(question)) if one.key != customer.key)
    intent = Inquire(
        question.by,
        customer=customer,
        subject=plain_subject(mail.subject),
        words=whole,
        message_id=mail.message_id,
        also=() if is_automatic else also,
        hint=question.thread.hint,
        is_silent=question.is_silent,
        is_automatic=is_automatic,
        is_idle=bool(mail.marks & IDLE_MARKS),
        may_echo=customer.key in known.customers or bool(by_testimony(mail, question.trust.service.authserv_ids)),
    )
    return Reading(question.by, None, (intent,), f"{question.thread.reason}: a new inquiry")


def _replies_for(question: Question) -> Address:
    """The person behind a machine's mail: a web form writes as no-reply and names the human in Reply-To."""
    reply_to = _reply_address(question)
    is_faceless = _NO_REPLY.search(question.by.address.address) or question.by.address.domain in _own_domains(question)
    return reply_to[0] if reply_to and is_faceless and Mark.LIST not in question.mail.marks else question.by.address


def _reply_address(question: Question) -> tuple[Address, ...]:
    """The one address in Reply-To, if it is neither ours nor From's nor a list's."""
    reply_to, ours = question.mail.reply_to, question.trust.config.our_keys
    if len(reply_to) != 1 or Mark.LIST in question.mail.marks:
        return ()
    return tuple(one for one in reply_to if one.key not in ours and one.key != question.by.address.key)


def _own_domains(question: Question) -> frozenset[str]:
    return frozenset(Address("", key).domain for one in question.trust.config.service for key in one.keys)


def _others(question: Question) -> tuple[Address, ...]:
    """The other people in To and Cc, each once: never services, CSRs or blacklisted addresses."""
    refused = question.trust.config.our_keys | {question.by.address.key}
    people = {one.key: one for one in (*question.mail.to, *question.mail.cc) if one.address and "@" in one.address}
    return tuple(one for key, one in people.items() if key not in refused and not _is_listed(key, question.known))


def _is_listed(key: str, known: Known) -> bool:
    return any(matches(entry, key, "") for entry in known.blacklist)


def _discard(question: Question, outcome: str, why: str) -> Reading:
    return Reading(question.by, None, (Discard(question.by, outcome, why),), why)
