"""PURE: may this mail speak as that CSR? Tokens that we mailed to them, and what our own mail server testified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailticket.config.models import Csr, Service
from mailticket.domain.address import Address
from mailticket.domain.facts import Known
from mailticket.domain.mail import AuthResult, InboundMail
from mailticket.tokens import Keys, OurId, Purpose, is_genuine, letter_named, read_message_id, standing_name
from mailticket.triage.commands import mail_link
from mailticket.triage.writer import border
from mailticket.triage.writer.alignment import is_aligned

#: A token proves until this long after its case was closed (PRODUCT.md section 4); that of a letter about no case until
#: this long after it was written. With a case that is deleted they are revoked (`store.privacy.deleting`).
TOKEN_OUTLIVES_CASE = timedelta(days=180)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
#: Exchange Online says this of mail from inside the organisation.
_EXCHANGE_INSIDE = "x-ms-exchange-organization-authas"
#: DMARC results of a domain that publishes no policy (RFC 7489 section 11.2; the second is Exchange Online's).
_NO_POLICY = frozenset({"none", "bestguesspass"})


@dataclass(frozen=True, slots=True)
class Proof:
    """Is it them, and why (not)."""

    holds: bool
    reason: str


def of_csr(mail: InboundMail, csr: Csr, service: Service, known: Known, keys: Keys, now: datetime) -> Proof:
    """PRODUCT.md section 4: a token mailed to this very CSR, our server's testimony, both, or the bare address."""
    if service.trust == "address":
        return Proof(True, f"the address is a CSR's (trust = address): {csr.email}")
    token = by_token((*mail.in_reply_to, *mail.references), csr, known, keys, now)
    token = token or by_mail_link(mail.subject, csr, known, keys, now)
    testimony = by_testimony(mail, service)
    if service.trust == "strict":
        holds = bool(token and testimony)
        return Proof(
            holds, f"{token}; {testimony}" if holds else "needs both a letter of ours and DMARC (trust = strict)"
        )
    if token or testimony:
        return Proof(True, token or testimony)
    return Proof(
        False, f"written in the name of {csr.email}, but it answers no letter of ours to them{_seen(mail, service)}"
    )


def by_token(named: Iterable[str], csr: Csr, known: Known, keys: Keys, now: datetime) -> str:
    """Why a Message-ID among these proves the CSR, or "". What we mailed to them as a customer does not."""
    for message_id in named:
        ours = read_message_id(message_id)
        if ours and ours.purpose is not Purpose.TO_CUSTOMER and is_genuine(keys, message_id, csr.keys):
            ended_at = _case_ended_at(ours.case, known) if ours.case else _made_at(message_id, known)
            if _is_over(ended_at, now):
                continue
            if is_revoked(ours, message_id, csr, known):
                continue
            return "answers a letter that we mailed to this very CSR"
    return ""


def by_mail_link(subject: str, csr: Csr, known: Known, keys: Keys, now: datetime) -> str:
    """Why a mail link in the subject proves the CSR, or "": we offered it to them in a letter about that case."""
    link = mail_link.find(subject, csr.keys, keys)
    if link is None or not link.is_genuine or _is_over(_case_ended_at(link.case, known), now):
        return ""
    may_prove = known.may_prove(*(standing_name(link.case, key) for key in csr.keys))
    return "uses a mail link that we mailed to this very CSR" if may_prove else ""


def _case_ended_at(named: str, known: Known) -> datetime | None:
    """None while it goes on, and for one that is not there: it was opened after the backup that was restored."""
    case = known.cases.get(named)
    return case.closed_at if case else None


def _made_at(message_id: str, known: Known) -> datetime:
    """When a letter about no case was written; of one that is not there any more it is long ago."""
    letter = known.mails.get(message_id)
    return (letter.made_at if letter else None) or _LONG_AGO


def _is_over(ended_at: datetime | None, now: datetime) -> bool:
    return ended_at is not None and now - ended_at > TOKEN_OUTLIVES_CASE


def is_revoked(ours: OurId, message_id: str, csr: Csr, known: Known) -> bool:
    """Has a letter of this case left the house (`law.leaks`): this very one, or, for what stands in all, any?"""
    if ours.purpose is Purpose.ROOT:
        return not known.may_prove(*(standing_name(ours.case, key) for key in csr.keys))
    return not known.may_prove(letter_named(message_id))


def by_testimony(mail: InboundMail, service: Service) -> str:
    """Why the topmost Authentication-Results of a server of ours proves From, or "" (RFC 8601 section 5)."""
    result = believed(mail, service)
    if result is None or mail.author is None:
        return ""
    if result.server == border.EXCHANGE and mail.headers.get(_EXCHANGE_INSIDE, "").strip().lower() != "internal":
        return ""
    return passes(result, mail.author)


def believed(mail: InboundMail, service: Service) -> AuthResult | None:
    """The topmost header of a configured server, if only that one can have written it where it stands."""
    topmost = claimed(mail, service)
    return topmost if topmost and border.is_ours(topmost, mail.trace, service) else None


def claimed(mail: InboundMail, service: Service) -> AuthResult | None:
    """The topmost header that bears the name of a configured server: each server adds its own above all others'."""
    ids = {one.strip().lower() for one in service.authserv_ids}
    return next((one for one in sorted(mail.auth, key=lambda one: one.position) if one.server in ids), None)


def passes(result: AuthResult, author: Address) -> str:
    """What passed for the domain of From, "" if nothing did.

    DMARC must have passed for exactly that domain, and whatever else it said rules out the rest: its owner may want a
    stricter alignment than ours (RFC 7489 section 3.1). Where the domain has no DMARC, SPF or DKIM must be aligned.
    """
    domain = author.domain
    decided = [(outcome, of.lower()) for outcome, of in result.dmarc if outcome not in _NO_POLICY]
    if decided:
        holds = bool(domain) and all(one == ("pass", domain) for one in decided)
        return f"DMARC passed for {domain}, says {result.server}" if holds else ""
    for method, findings in (("SPF", result.spf), ("DKIM", result.dkim)):
        for outcome, of in findings:
            if outcome == "pass" and is_aligned(of, domain):
                return f"{method} passed for {of}, says {result.server}"
    return ""


def _seen(mail: InboundMail, service: Service) -> str:
    if not service.authserv_ids:
        return " (no authserv_ids are configured, so no mail server can vouch for it)"
    result = claimed(mail, service)
    if result and not border.is_ours(result, mail.trace, service):
        return f", and what vouches for it as {result.server} stands below where our mail server took it, so is forged"
    return f", and no {' or '.join(service.authserv_ids)} vouches for it"
