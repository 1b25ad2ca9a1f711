"""PURE: may this mail speak as that CSR? Tokens that we mailed to them, and what our own mail server testified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailticket.config.models import Csr, Service
from mailticket.domain.facts import Known
from mailticket.domain.mail import Address, AuthResult, InboundMail
from mailticket.tokens import Keys, OurId, Purpose, is_genuine, letter_named, read_message_id, standing_name
from mailticket.triage import mail_link

#: A token proves until this long after its case was closed (PRODUCT.md section 4).
TOKEN_OUTLIVES_CASE = timedelta(days=180)
#: Exchange Online writes no authserv-id and says this of mail from inside the organisation.
_EXCHANGE = "exchange"
_EXCHANGE_INSIDE = "x-ms-exchange-organization-authas"
#: DMARC results of a domain that publishes no policy (RFC 7489 section 11.2; the second is Exchange Online's).
_NO_POLICY = frozenset({"none", "bestguesspass"})
#: Second-level names under which everybody may register (co.uk, com.au): no organisation's own.
_SHARED_SECOND = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "me", "net", "ne", "or", "org", "plc"})


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
    testimony = by_testimony(mail, service.authserv_ids)
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
            if _is_expired(ours.case, known, now):
                continue
            if is_revoked(ours, message_id, csr, known):
                continue
            return "answers a letter that we mailed to this very CSR"
    return ""


def by_mail_link(subject: str, csr: Csr, known: Known, keys: Keys, now: datetime) -> str:
    """Why a mail link in the subject proves the CSR, or "": we offered it to them in a letter about that case."""
    link = mail_link.find(subject, csr.keys, keys)
    if link is None or not link.is_genuine or _is_expired(link.case, known, now):
        return ""
    is_leaked = any(standing_name(link.case, key) in known.revoked for key in csr.keys)
    return "" if is_leaked else "uses a mail link that we mailed to this very CSR"


def _is_expired(named: str, known: Known, now: datetime) -> bool:
    case = known.cases.get(named)
    return case is not None and case.closed_at is not None and now - case.closed_at > TOKEN_OUTLIVES_CASE


def is_revoked(ours: OurId, message_id: str, csr: Csr, known: Known) -> bool:
    """Has a letter of this case left the house (`law.leaks`): this very one, or, for what stands in all, any?"""
    if ours.purpose is Purpose.ROOT:
        return any(standing_name(ours.case, key) in known.revoked for key in csr.keys)
    return letter_named(message_id) in known.revoked


def by_testimony(mail: InboundMail, authserv_ids: Sequence[str]) -> str:
    """Why the topmost Authentication-Results of a server of ours proves From, or "" (RFC 8601 section 5)."""
    result = believed(mail.auth, authserv_ids)
    if result is None or mail.author is None:
        return ""
    if result.server == _EXCHANGE and mail.headers.get(_EXCHANGE_INSIDE, "").strip().lower() != "internal":
        return ""
    return passes(result, mail.author)


def believed(results: Sequence[AuthResult], authserv_ids: Sequence[str]) -> AuthResult | None:
    """The topmost header of a configured server. A forged one stands below it: each server adds its own on top."""
    ids = {one.strip().lower() for one in authserv_ids}
    return next((one for one in sorted(results, key=lambda one: one.position) if one.server in ids), None)


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


def is_aligned(domain: str, from_domain: str) -> bool:
    """The same domain, or one above the other with at least two labels of an organisation's own ("mail.example.com"
    and "example.com"; never "co.uk"). Relaxed alignment proper (RFC 7489 section 3.1) needs the public suffix list;
    this is narrower, so that siblings such as a.example.com and b.example.com do not align."""
    one, other = domain.rpartition("@")[2].strip(".").lower(), from_domain.lower()
    shorter, longer = sorted((one, other), key=len)
    labels = shorter.split(".")
    is_shared = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SHARED_SECOND
    if len(labels) < 2 or "" in labels or is_shared:
        return False
    return longer == shorter or longer.endswith(f".{shorter}")


def _seen(mail: InboundMail, service: Service) -> str:
    if not service.authserv_ids:
        return " (no authserv_ids are configured, so no mail server can vouch for it)"
    return f", and no {' or '.join(service.authserv_ids)} vouches for it"
