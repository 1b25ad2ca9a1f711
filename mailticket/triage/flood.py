"""PURE: does this inquiry join the last case of somebody who floods us, and has another mailticket desk written it?"""

from __future__ import annotations

from mailticket.domain.facts import FLOOD_AFTER
from mailticket.domain.intents import Join
from mailticket.domain.mail import InboundMail
from mailticket.tokens import is_relayed
from mailticket.triage.listed import fits
from mailticket.triage.question import Question, Reading
from mailticket.triage.subject import plain_subject

#: Every letter of a mailticket carries it; our own are known by its seal (`tokens.loop_seal`).
LOOP_HEADER = "x-mailticket-loop"


def joined(question: Question, is_automatic: bool) -> Reading | None:
    """From the 11th new inquiry of one exact address within five minutes on (PRODUCT.md section 9). Never a CSR's."""
    by, mail = question.by, question.mail
    flood = question.known.floods.get(by.address.key)
    case = question.known.cases.get(flood.case) if flood else None
    if flood is None or case is None or by.csr or question.is_silent or case.participant(by.address) is None:
        return None
    if any(fits(one, by.address.key) for one in question.trust.service.limits.flood_exempt):
        return None
    is_first = flood.inquiries == FLOOD_AFTER
    join = Join(by, question.words, mail.message_id, plain_subject(mail.subject), is_first, is_automatic)
    return Reading(by, case, (join,), f"{flood.inquiries} new inquiries of this address in five minutes")


def is_from_desk(mail: InboundMail) -> bool:
    """Another mailticket sent it (ours are discarded before): to acknowledge it could be answered in turn."""
    return bool(mail.headers.get(LOOP_HEADER, "").strip())


def is_back_from_desk(mail: InboundMail) -> bool:
    """It tells of a case that a mailticket desk opened: the second hop between desks, where everybody falls silent."""
    return is_relayed(mail.headers.get(LOOP_HEADER, ""))
