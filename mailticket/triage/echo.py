"""PURE: did a CSR's mail program write this by itself, in answer to a receipt of ours, without a header that says so?

Vacation programs that mark nothing, and forwards that put the CSR into From, look like the CSR. What they ask for is
done as ever; only the receipt that would make them write again has a small budget (`law.budgets`).
"""

from __future__ import annotations

import re

from mailticket.domain.address import Address
from mailticket.domain.decision import NOTICES
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail
from mailticket.domain.people import Echo
from mailticket.triage.subject import plain_subject
from mailticket.triage.writer.sender import Trust

_LETTERS = re.compile(r"[^\W\d_]+")


def of(mail: InboundMail, sender: Address, known: Known, trust: Trust) -> Echo:
    """What the mail looks like, for one from a CSR's address."""
    if sender.key in known.acted:
        return Echo.NONE  # programs answer, but command nothing: a human sits there
    named = (known.mails.get(one) for one in (*mail.in_reply_to, *mail.references))
    if any(one is not None and one.is_ours and one.letter in NOTICES for one in named):
        return Echo.ANSWERS
    forwarded = mail.forwarded.author if mail.forwarded else None
    if forwarded is not None and any(forwarded.key in one.keys for one in trust.config.service):
        return Echo.ANSWERS
    earlier = {_gist(one) for one in known.in_vain.get(sender.key, ())}
    return Echo.REPEATS if _gist(mail.subject) in earlier else Echo.NONE


def _gist(subject: str) -> str:
    """The words of a subject: programs count in it, and stack prefixes."""
    return " ".join(_LETTERS.findall(plain_subject(subject).lower()))
