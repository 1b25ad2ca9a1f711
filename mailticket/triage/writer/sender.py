"""PURE: who writes? A CSR (proven or not), ourselves, or a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailticket.config.models import Config, Csr, Service
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail
from mailticket.domain.people import Actor, ActorKind
from mailticket.tokens import Keys
from mailticket.triage.writer import proof


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: the config in force, the service that the mail came to, and the keys of our seals."""

    config: Config
    service: Service
    keys: Keys


def identify(mail: InboundMail, known: Known, trust: Trust, now: datetime) -> Actor:
    """The actor behind a mail. More than one From proves nobody."""
    address = mail.claimed
    csr = trust.config.csr_at(address.address)
    if csr is not None:
        return _csr_or_not(mail, csr, known, trust, now)
    if any(address.key in one.keys for one in trust.config.service):
        return Actor(ActorKind.MACHINE, address, f"claims to come from our own address {address.address}")
    if mail.is_automatic:
        return Actor(ActorKind.MACHINE, address, mail.markers[0].reason)
    return Actor(ActorKind.CUSTOMER, address, "not one of ours, so a customer")


def _csr_or_not(mail: InboundMail, csr: Csr, known: Known, trust: Trust, now: datetime) -> Actor:
    if mail.author is None:
        count = len(mail.from_) or "no"
        why = f"speaks for {csr.email}, but has {count} addresses in From; that proves nobody"
        return Actor(ActorKind.UNPROVEN, csr.address, why, csr.key)
    result = proof.of_csr(mail, csr, trust.service, known, trust.keys, now)
    return Actor(ActorKind.CSR if result.holds else ActorKind.UNPROVEN, csr.address, result.reason, csr.key)
