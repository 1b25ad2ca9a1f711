"""PURE: which case is this mail about? Our signed Message-ID, then one that we know, then the case ID in the subject.

On every path only if the sender takes part in that case. A stranger who knows a case ID gets a case of their own;
all they cause is a hint to the CSR.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailticket.domain import case_id
from mailticket.domain.case import Case
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.mail import InboundMail
from mailticket.domain.people import Actor, ActorKind
from mailticket.tokens import Purpose, read_message_id


@dataclass(frozen=True, slots=True)
class Thread:
    """The case and why; or none, perhaps with the ID of a case that was named by somebody who takes no part in it.

    `answers` is our letter that the mail replies to, where we know it; `is_lost` if it answers one of our making that
    the database knows nothing of: written between a backup and its restore, or about a case that was deleted.
    """

    case: Case | None
    reason: str
    hint: str = ""
    answers: KnownMail | None = None
    is_lost: bool = False


def find(mail: InboundMail, by: Actor, known: Known) -> Thread:
    """The first case named whose participant (or CSR) the sender is."""
    hint = ""
    for named, reason, letter in _named(mail, known):
        case = known.cases.get(named)
        if case is None:
            continue
        if takes_part(by, case, known):
            return Thread(case, reason, answers=letter, is_lost=_answers_a_lost_letter(mail, known))
        hint = hint or case.id
    if hint:
        return Thread(None, f"{by.address.address} takes no part in case {hint}, which the mail names", hint)
    return Thread(None, "names no case of ours")


def takes_part(by: Actor, case: Case, known: Known) -> bool:
    """CSRs work on every case (whether they may act is a question of proof); others must be participants.

    A customer takes part at all addresses that we know as theirs: somebody of ours said that they are one person.
    """
    if by.kind in (ActorKind.CSR, ActorKind.UNPROVEN) or case.participant(by.address) is not None:
        return True
    return known.is_customer_of(case, by.address)


def _answers_a_lost_letter(mail: InboundMail, known: Known) -> bool:
    """Of our letters about cases that it names, is the nearest one unknown? A conversation's root is never sent."""
    related = (*mail.in_reply_to, *reversed(mail.references))
    ours = ((one, claim) for one in related if (claim := read_message_id(one)))
    nearest = next((one for one, claim in ours if claim.case and claim.purpose is not Purpose.ROOT), None)
    return nearest is not None and nearest not in known.mails


def _named(mail: InboundMail, known: Known) -> Iterator[tuple[str, str, KnownMail | None]]:
    """(case ID, why, our letter) of every case that the mail names, the surest first."""
    related = tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))
    for message_id in related:
        letter = known.mails.get(message_id)
        if letter and letter.is_ours and letter.case:
            yield letter.case, "answers our letter", letter
        elif (ours := read_message_id(message_id)) and ours.case:
            yield ours.case, "answers a letter of ours", None
    for message_id in related:
        mail_known = known.mails.get(message_id)
        if mail_known and not mail_known.is_ours and mail_known.case:
            yield mail_known.case, "answers a mail that is in the case", None
    for named in case_id.find(mail.subject):
        yield named, "has the case ID in its subject", None
