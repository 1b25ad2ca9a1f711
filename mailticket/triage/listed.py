"""PURE: does an address, with a subject, stand on a list of patterns such as the blacklist?"""

from __future__ import annotations

from mailticket.domain.address import Address
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail
from mailticket.domain.people import BlacklistEntry
from mailticket.triage.subject import plain_subject


def matches(entry: BlacklistEntry, key: str, subject: str) -> bool:
    """Does this entry stand for that address key and that plain, lower-case subject?"""
    return fits(entry.address, key) and (not entry.subject or plain_subject(entry.subject).lower() == subject)


def fits(pattern: str, key: str) -> bool:
    """Is the address key this address, or of this domain ("*@domain")?"""
    wanted = Address("", pattern).key
    return key.endswith(wanted[1:]) if wanted.startswith("*@") else key == wanted


def is_listed(key: str, known: Known) -> bool:
    """Is all mail of this address rejected?"""
    return any(matches(entry, key, "") for entry in known.blacklist)


def rejecting(mail: InboundMail, author: Address, known: Known, ours: frozenset[str]) -> BlacklistEntry | None:
    """The entry by which this mail is rejected. None of our own addresses (`ours`, keys) ever is."""
    subject = plain_subject(mail.subject).lower()
    if author.key in ours:
        return None
    return next((one for one in known.blacklist if matches(one, author.key, subject)), None)


def is_rejected(mail: InboundMail, known: Known, ours: frozenset[str]) -> bool:
    """Is it, if its writer turns out to be nobody of ours?"""
    return rejecting(mail, mail.claimed, known, ours) is not None
