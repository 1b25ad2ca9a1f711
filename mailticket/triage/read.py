"""PURE: from a mail to intents. The questions are asked in the order of PRODUCT.md section 3."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Words
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.intents import Append, AppendAutomatic, Discard, HoldAnswer, Inquire, Intent, NoteBounce, SetAway
from mailticket.domain.mail import InboundMail, Mark
from mailticket.domain.people import Actor, ActorKind
from mailticket.tokens import CANARY_HEADER, canary_nonce, is_own_loop
from mailticket.triage import echo, flood, language
from mailticket.triage.from_csrs import csr_mail, leak
from mailticket.triage.listed import is_listed, rejecting
from mailticket.triage.question import Question, Reading
from mailticket.triage.subject import plain_subject
from mailticket.triage.thanks import is_mere_thanks
from mailticket.triage.thread import find
from mailticket.triage.writer import sender
from mailticket.triage.writer.proof import by_testimony
from mailticket.triage.writer.sender import Trust

#: A machine's note that needs nobody: kept as a case that nobody is asked to answer.
IDLE_MARKS = frozenset({Mark.OUT_OF_OFFICE, Mark.RECEIPT, Mark.CHALLENGE, Mark.FEEDBACK})
_NO_REPLY = re.compile(r"(?:do[-_.]?not[-_.]?reply|no[-_.]?reply)", re.IGNORECASE)


def read(
    mail: InboundMail, words: Words, known: Known, trust: Trust, now: datetime, is_silent: bool = False
) -> Reading:
    """The intents of one mail. `words` are its words with its files already stored; `is_silent`: imported history."""
    by = sender.identify(mail, known, trust, now)
    if by.csr:
        by = replace(by, echo=echo.of(mail, mail.claimed, known, trust))
    thread = find(mail, by, known)
    question = Question(mail, words, by, thread, known, trust, now, is_silent)
    for ask in (_loop, _history, _blacklisted, _bounce, _automatic, _csr, _unproven, _customer):
        reading = ask(question)
        if reading is not None:
            return reading
    raise AssertionError("the last question answers every mail")


def _loop(question: Question) -> Reading | None:
    mail, ours = question.mail, question.known.mails.get(question.mail.message_id)
    canary = mail.headers.get(CANARY_HEADER.lower(), "")
    if canary and (nonce := canary_nonce(question.trust.keys, canary)):
        why = f"the service's own mail to itself has come back: {nonce}"
        return Reading(question.by, None, (Discard(question.by, "canary", why, delete_from_server=True),), why)
    header = mail.headers.get(flood.LOOP_HEADER, "")
    if (ours and ours.is_ours) or (header and is_own_loop(question.trust.keys, mail.message_id, header)):
        return _discard(question, "loop", "this is a letter of ours that came back")
    looped = next((one for one in mail.markers if one.mark is Mark.LOOP), None)
    return _discard(question, "loop", looped.reason) if looped else None


def _history(question: Question) -> Reading | None:
    """Mail from before our time: kept, without any effect on anybody, whoever wrote it and whatever it says."""
    if not question.is_silent:
        return None
    by, mail, case = question.by, question.mail, question.thread.case
    if case is None:
        return _inquiry(question, _person(question))
    note = AppendAutomatic(by, question.words, mail.message_id, mail.subject, "imported as history")
    return Reading(by, case, (note,), f"{question.thread.reason}; imported as history")


def _blacklisted(question: Question) -> Reading | None:
    if question.by.kind not in (ActorKind.CUSTOMER, ActorKind.MACHINE):
        return None
    ours = question.trust.config.our_keys
    entry = rejecting(question.mail, question.by.address, question.known, ours)
    if entry is None:
        return None
    about = f' with the subject "{entry.subject}"' if entry.subject else ""
    why = f"{entry.address}{about} is on the blacklist (by {entry.by})"
    intent = Discard(question.by, "rejected", why, delete_from_server=True)
    return Reading(question.by, None, (intent,), why)


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
    return _inquiry(question, _person(question), is_automatic=True)


def _out_of_office(question: Question) -> tuple[Intent, ...]:
    """A proven CSR's out-of-office means that they are away."""
    by, mail = question.by, question.mail
    wanted = question.trust.service.assignment.ooo_means_away
    if wanted and by.kind is ActorKind.CSR and Mark.OUT_OF_OFFICE in mail.marks:
        return (SetAway(by, by.csr, is_away=True, why="their out-of-office answered"),)
    return ()


def _csr(question: Question) -> Reading | None:
    if question.by.kind is not ActorKind.CSR:
        return None
    if _is_for_themselves(question) and not csr_mail.is_for_the_desk(question):
        return _customer(_as_customer(question))
    found = csr_mail.reading(question)
    return replace(found, intents=(*found.intents, *leak.outsiders(question)))


def _is_for_themselves(question: Question) -> bool:
    """Does a CSR write as a customer of ours: a new matter, or one of their own that a colleague looks after?"""
    by, case = question.by, question.thread.case
    is_theirs = case is None or (case.participant(by.address) is not None and case.csr != by.csr)
    return question.trust.service.csr_as_customer and is_theirs


def _as_customer(question: Question) -> Question:
    by = question.by
    return replace(question, by=Actor(ActorKind.CUSTOMER, by.address, f"a CSR who writes as a customer; {by.reason}"))


def _unproven(question: Question) -> Reading | None:
    by, case = question.by, question.thread.case
    if by.kind is not ActorKind.UNPROVEN:
        return None
    if case is not None and _is_for_themselves(question):
        return _customer(_as_customer(question))
    if case is not None:
        held = HoldAnswer(by, csr_mail.held_words(question), by.reason, question.mail.message_id)
        why = f"{question.thread.reason}, but unproven: {by.reason}"
        return Reading(by, case, (held, *leak.outsiders(question)), why)
    return _inquiry(question, by.address, is_automatic=True)


def _customer(question: Question) -> Reading | None:
    by, mail, case = question.by, question.mail, question.thread.case
    if case is None:
        return _inquiry(question, _person(question))
    is_thanks = not mail.attachments and is_mere_thanks(question.words.text, _names(question, case))
    append = Append(by, question.words, mail.message_id, mail.subject, also=_others(question), is_thanks=is_thanks)
    return Reading(by, case, (append,), question.thread.reason)


def _names(question: Question, case: Case) -> tuple[str, ...]:
    """The people who write to each other on this case: a thank-you names them."""
    trust = question.trust
    people = (*(one.address.name for one in case.participants), *(one.name for one in trust.config.csr))
    return (*people, trust.service.sender.name, question.by.address.name)


def _inquiry(question: Question, customer: Address, is_automatic: bool = False) -> Reading:
    mail, known = question.mail, question.known
    flooding = flood.joined(question, is_automatic)
    if flooding is not None:
        return flooding
    is_sender = customer.key == question.by.address.key
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
        is_idle=bool(mail.marks & IDLE_MARKS) or flood.is_back_from_desk(mail),
        is_from_desk=flood.is_from_desk(mail),
        language=language.of(mail, customer, known),
        answers_csr="" if is_automatic or question.by.csr else _whose_letter(question),
        may_echo=customer.key in known.customers or (is_sender and bool(by_testimony(mail, question.trust.service))),
    )
    return Reading(question.by, None, (intent,), f"{question.thread.reason}: a new inquiry")


def _whose_letter(question: Question) -> str:
    """The CSR whose letter of ours this mail answers, "" if it answers none: perhaps they write from elsewhere."""
    named = (question.known.mails.get(one) for one in (*question.mail.in_reply_to, *question.mail.references))
    ours = (question.trust.config.csr_at(one.recipient) for one in named if one and one.is_ours)
    return next((one.key for one in ours if one), "")


def _person(question: Question) -> Address:
    """Whose matter it is. A web form writes as no-reply or as one of us and names its visitor in Reply-To."""
    by, reply_to = question.by, _reply_address(question)
    is_our_machine = by.kind is ActorKind.MACHINE and by.address.domain in _own_domains(question)
    is_faceless = is_our_machine or _NO_REPLY.search(by.address.address)
    return reply_to[0] if reply_to and is_faceless else by.address


def _reply_address(question: Question) -> tuple[Address, ...]:
    """The one address in Reply-To, if it is neither ours nor From's nor a list's nor blacklisted."""
    reply_to, refused = question.mail.reply_to, question.trust.config.our_keys | {question.by.address.key}
    if len(reply_to) != 1 or Mark.LIST in question.mail.marks:
        return ()
    return tuple(one for one in reply_to if one.key not in refused and not is_listed(one.key, question.known))


def _own_domains(question: Question) -> frozenset[str]:
    return frozenset(Address("", key).domain for one in question.trust.config.service for key in one.keys)


def _others(question: Question) -> tuple[Address, ...]:
    """The other people in To and Cc, each once: never services, CSRs or blacklisted addresses."""
    refused = question.trust.config.our_keys | {question.by.address.key}
    people = {one.key: one for one in (*question.mail.to, *question.mail.cc) if one.address and "@" in one.address}
    return tuple(one for key, one in people.items() if key not in refused and not is_listed(key, question.known))


def _discard(question: Question, outcome: str, why: str) -> Reading:
    return Reading(question.by, None, (Discard(question.by, outcome, why),), why)
