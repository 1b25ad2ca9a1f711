"""PURE: what a CSR means who passes a mail on to the service: a customer's case, their next mail, or a private note."""

from __future__ import annotations

from dataclasses import dataclass

from mailticket.domain.address import Address
from mailticket.domain.case import Words
from mailticket.domain.intents import AddNote, Append, Inquire, Intent
from mailticket.domain.mail import Forwarded
from mailticket.triage.commands import arguments, command
from mailticket.triage.commands.arguments import Desk, Unclear
from mailticket.triage.commands.command import Parsed
from mailticket.triage.listed import is_listed
from mailticket.triage.question import Question
from mailticket.triage.subject import plain_subject


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What is done with the mail that was passed on, and the CSR's own words above it, which are private."""

    wish: Intent
    parsed: Parsed


def passed_on(question: Question, desk: Desk) -> PassedOn | None:
    """None for a mail that passes nothing on. Raises Unclear where it does not show whose mail it was."""
    forwarded = question.mail.forwarded
    if forwarded is None:
        return None
    parsed = command.parse(forwarded.above)
    own = Parsed(parsed.asked, parsed.below, parsed.unknown, is_aside=True)
    named = own.named("customer")
    case = question.thread.case
    if case is None or named:
        rest = tuple(one for one in own.asked if one is not named)
        own = Parsed(rest, own.below, own.unknown, is_aside=True)
        author = arguments.outside_address("customer", named.argument, desk) if named else _author(question, forwarded)
        return PassedOn(_inquiry(question, forwarded, author), own)
    writer = forwarded.author
    if writer is not None and case.participant(writer) is not None:
        words = _words(question, forwarded)
        append = Append(question.by, words, _message_id(question, forwarded), forwarded.subject, author=writer)
        return PassedOn(append, own)
    # Somebody else's mail, or our own letter with everything in it: whatever it is, it is not for the customer.
    whole = question.words
    note = AddNote(
        question.by, Words(whole.text, whole.html, whole.whole, whole.method, whole.files), question.mail.message_id
    )
    return PassedOn(note, Parsed(own.asked, "", own.unknown, is_aside=True))


def _author(question: Question, forwarded: Forwarded) -> Address:
    """Whose matter it is. Raises Unclear."""
    fix = "Forward it again with #customer and their address on the first line: #customer ann@example.org"
    author = forwarded.author
    if author is None:
        raise Unclear("The forwarded mail does not show its sender's address, so no case was opened.", fix)
    if author.key in question.trust.config.our_keys:
        raise Unclear(f"The forwarded mail was written by us ({author.address}), so no case was opened.", fix)
    if is_listed(author.key, question.known):
        raise Unclear(f"{author.address} is on the blacklist, so no case was opened.", "Take it off the list first.")
    return author


def _inquiry(question: Question, forwarded: Forwarded, customer: Address) -> Inquire:
    subject = plain_subject(forwarded.subject or question.mail.subject)
    words = _words(question, forwarded)
    return Inquire(question.by, customer, subject, words, _message_id(question, forwarded), may_echo=True)


def _words(question: Question, forwarded: Forwarded) -> Words:
    """The customer's own, with all files: which of them the forwarder added cannot be told."""
    return Words(forwarded.text, forwarded.html, forwarded.text, "whole", question.words.files)


def _message_id(question: Question, forwarded: Forwarded) -> str:
    """The customer's own, so that their next mail finds the case and our answer finds theirs."""
    known = question.known.mails.get(forwarded.message_id)
    return forwarded.message_id if forwarded.message_id and known is None else question.mail.message_id
