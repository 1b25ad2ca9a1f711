"""PURE: did a CSR's mail carry our letter, with its history and its links, to people outside?"""

from __future__ import annotations

from mailticket.domain.address import Address
from mailticket.domain.facts import KnownMail
from mailticket.domain.intents import WarnOutsiders
from mailticket.triage.question import Question


def outsiders(question: Question) -> tuple[WarnOutsiders, ...]:
    """A warning if it answers a letter of ours to a CSR and names anybody in To or Cc who is neither service nor CSR.

    The customer counts too: what a CSR's client quotes holds private notes.
    """
    letter = question.thread.answers
    if letter is None or not _is_to_csr(question, letter) or question.thread.case is None:
        return ()
    ours = question.trust.config.our_keys
    named = {one.key: one for one in (*question.mail.to, *question.mail.cc) if "@" in one.address}
    others: tuple[Address, ...] = tuple(one for key, one in named.items() if key not in ours)
    return (WarnOutsiders(question.by, others, letter.message_id),) if others else ()


def _is_to_csr(question: Question, letter: KnownMail) -> bool:
    return letter.is_ours and question.trust.config.csr_at(letter.recipient) is not None
