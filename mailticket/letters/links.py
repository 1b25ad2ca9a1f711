"""PURE: the links and mail links of a letter to a CSR, and the links to files: all sealed, none acts when opened.

A link opens a page of ours that shows what will happen and acts by its button. A mail link opens a new mail to the
service whose subject says the same; what the CSR writes there is the private text. Without `web.url` every `url` is
"", without a command for it `mail_url` is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from mailticket.config.models import Config, Csr, Service
from mailticket.domain.case import OPEN, Case, Status, StoredFile
from mailticket.tokens import Keys, LinkClaim, mail_link_seal, seal_link

#: A link to a file works so long: it can be forwarded, so it is short.
FILE_LINK_EXPIRES = timedelta(days=14)


class Act(StrEnum):
    """What a link may ask for: `LinkClaim.act`. What stands in `LinkClaim.argument` follows the dash."""

    STATUS = "status"  # - a Status
    RESTORE = "restore"
    TAKE = "take"
    NOTE = "note"
    ASSIGN = "assign"  # - the key of a CSR
    ASSIGN_ROLE = "assign-role"  # - the name of a role
    ESCALATE = "escalate"  # - the key of a CSR, "" for the 2nd level
    ESCALATE_ROLE = "escalate-role"  # - the name of a role
    BLACKLIST = "blacklist"  # - "subject" for this subject only, "" for all mail of the address
    SEND = "send"  # - the number of the entry that is held
    DROP = "drop"  # - the number of the entry that is held, or that still waits in the outbox
    TEMPLATE = "template"  # - the name of a ready answer
    REUSE = "reuse"  # - the case ID of a solved case, whose last answer is used again
    UNDO = "undo"  # - the digest of the link that was used
    FILE = "file"  # - sha256 and name, with a slash between; a customer's `letter` is the key of their address


#: The statuses that may be asked for, by the one that a case has; the law's own table is the judge, a test compares.
OFFERED: dict[Status, tuple[Status, ...]] = {
    Status.NEW: (Status.PENDING, Status.RESOLVED, Status.CLOSED, Status.SPAM),
    Status.OPENED: (Status.PENDING, Status.RESOLVED, Status.CLOSED, Status.SPAM),
    Status.PENDING: (Status.OPENED, Status.RESOLVED, Status.CLOSED, Status.SPAM),
    Status.ESCALATED: (Status.OPENED, Status.PENDING, Status.RESOLVED, Status.CLOSED, Status.SPAM),
    Status.REOPENED: (Status.PENDING, Status.RESOLVED, Status.CLOSED, Status.SPAM),
    Status.RESOLVED: (Status.REOPENED, Status.CLOSED),
    Status.CLOSED: (Status.REOPENED,),
    Status.SPAM: (),
}
#: The command that asks for a status by mail.
_COMMAND_FOR: dict[Status, str] = {
    Status.OPENED: "reopen",
    Status.PENDING: "pending",
    Status.RESOLVED: "resolve",
    Status.CLOSED: "close",
    Status.REOPENED: "reopen",
    Status.SPAM: "spam",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that a CSR can ask for with a click. `url` opens a page, `mail_url` a new mail (mailto:)."""

    label: str
    url: str
    mail_url: str


@dataclass(frozen=True, slots=True)
class RoleLinks:
    """A role of the service and its CSRs, each in the config's order: `members` are (CSR key, link)."""

    name: str
    link: Link
    members: tuple[tuple[str, Link], ...]


@dataclass(frozen=True, slots=True)
class LetterLinks:
    """Everything that can be clicked in a `csr_case`. `escalate` is None without a 2nd level or if it is there already.

    `statuses` are (status, link) for each other status; `blacklist` has two links: the address, and the address with
    this subject (none if the address is one of ours); `templates` are those of the config, in its order.
    """

    statuses: tuple[tuple[Status, Link], ...]
    roles: tuple[RoleLinks, ...]
    take: Link
    note: Link
    escalate: Link | None
    blacklist: tuple[Link, ...]
    templates: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Sealing:
    """What every link of one letter shares. `csr` may act by them; `letter` is `tokens.letter_name` of its nonce."""

    config: Config
    keys: Keys
    csr: Csr
    letter: str
    now: datetime

    def link(self, label: str, case: str, act: Act, argument: str = "") -> Link:
        """A link without a mail link."""
        return Link(label, self._url(case, act, argument), "")

    def both(self, label: str, case: Case, act: Act, argument: str, action: str) -> Link:
        """A link, and the mail link whose subject asks for the same `action`, such as "assign jane@example.com"."""
        return Link(label, self._url(case.id, act, argument), self.mail_url(case, action))

    def mail_url(self, case: Case, action: str) -> str:
        """A mailto: to the case's service; "" if the config has it no more (RFC 6068)."""
        service = self.config.service_named(case.service)
        if service is None:
            return ""
        seal = mail_link_seal(self.keys, case.id, self.csr.key, action)
        subject = f"{service.subject_tag.replace('{id}', case.id)} {action} {seal}"
        return f"mailto:{quote(service.address, safe='@')}?subject={quote(subject, safe='')}"

    def _url(self, case: str, act: Act, argument: str) -> str:
        web = self.config.web
        if not web.url:
            return ""
        claim = LinkClaim(act, case, self.csr.key, argument, self.letter, self.now + web.link_expires)
        return link_url(self.config, seal_link(self.keys, claim))


def link_url(config: Config, token: str) -> str:
    """Where the page of a sealed link is; "" without `web.url`."""
    return f"{config.web.url.rstrip('/')}/l/{token}" if config.web.url else ""


def letter_links(service: Service, case: Case, sealing: Sealing) -> LetterLinks:
    """All links of a letter about this case to this CSR."""
    levels = dict.fromkeys(name for name in (service.first_level, service.second_level) if name)
    return LetterLinks(
        statuses=tuple((to, _status_link(to, case, sealing)) for to in _statuses(case)),
        roles=tuple(_role_links(name, service, case, sealing) for name in levels),
        take=take_link(case, sealing),
        note=sealing.both("Write a note", case, Act.NOTE, "", "note"),
        escalate=_escalate_link(service, case, sealing),
        blacklist=_blacklist_links(case, sealing),
        templates=tuple(
            sealing.both(one.name, case, Act.TEMPLATE, one.name, f"template {one.name}")
            for one in sealing.config.answer
        ),
    )


def take_link(case: Case, sealing: Sealing) -> Link:
    """For the desk card too."""
    return sealing.both("Take it", case, Act.TAKE, "", "take")


def held_links(case: Case, entry: int, sealing: Sealing) -> tuple[Link, Link]:
    """(send, drop) for the answer with this entry number that is held; a reply with #send or #drop does the same."""
    return sealing.link("Send it", case.id, Act.SEND, str(entry)), sealing.link(
        "Drop it", case.id, Act.DROP, str(entry)
    )


def reuse_link(case: Case, solved: str, sealing: Sealing) -> Link:
    """For the last answer of a solved case (its case ID): held first, since it was written for somebody else."""
    return sealing.link("Use this answer", case.id, Act.REUSE, solved)


def reopen_link(case: Case, sealing: Sealing) -> Link:
    """For a case that stayed as it was although its customer wrote."""
    return sealing.both("Open it again", case, Act.STATUS, str(Status.REOPENED), "reopen")


def recall_link(case: Case, entry: int, sealing: Sealing) -> Link:
    """For an answer that still waits in the outbox (`undo_send`)."""
    return sealing.link("Do not send it", case.id, Act.DROP, str(entry))


@dataclass(frozen=True, slots=True)
class FileLinks:
    """What the links to files in one letter share. `viewer` is the key of the address that it goes to; `letter` is
    `tokens.letter_name` of its nonce."""

    config: Config
    keys: Keys
    viewer: str
    letter: str
    now: datetime

    def url(self, case: str, file: StoredFile) -> str:
        """Where the viewer can fetch a file of a case for two weeks; "" without `web.url`."""
        if not self.config.web.url:
            return ""
        csr = self.config.csr_at(self.viewer)
        argument = f"{file.sha256}/{' '.join(file.name.split())}"
        whose = (csr.key, argument, self.letter) if csr else ("", argument, self.viewer)
        claim = LinkClaim(Act.FILE, case, *whose, self.now + FILE_LINK_EXPIRES)
        return f"{self.config.web.url.rstrip('/')}/f/{seal_link(self.keys, claim)}"


def _statuses(case: Case) -> tuple[Status, ...]:
    """Spam is only restored, to what it was before."""
    if case.status is Status.SPAM:
        return (Status(case.before_spam or Status.OPENED),)
    return OFFERED[case.status]


def _status_link(to: Status, case: Case, sealing: Sealing) -> Link:
    if case.status is Status.SPAM:
        return sealing.both("no spam", case, Act.RESTORE, "", "reopen")
    return sealing.both(str(to), case, Act.STATUS, str(to), _COMMAND_FOR[to])


def _role_links(name: str, service: Service, case: Case, sealing: Sealing) -> RoleLinks:
    """In the 2nd level a click escalates, in the 1st it re-assigns."""
    is_expert = name == service.second_level != service.first_level
    to_role, to_csr = (Act.ESCALATE_ROLE, Act.ESCALATE) if is_expert else (Act.ASSIGN_ROLE, Act.ASSIGN)
    verb = "escalate" if is_expert else "assign"
    members = tuple(
        (csr.key, sealing.both(csr.name, case, to_csr, csr.key, f"{verb} {csr.email}"))
        for csr in sealing.config.members(name)
    )
    return RoleLinks(name, sealing.both(name, case, to_role, name, f"{verb} {name}"), members)


def _escalate_link(service: Service, case: Case, sealing: Sealing) -> Link | None:
    if not service.second_level or case.status is Status.ESCALATED or case.status not in OPEN:
        return None
    return sealing.both("Escalate", case, Act.ESCALATE, "", "escalate")


def _blacklist_links(case: Case, sealing: Sealing) -> tuple[Link, ...]:
    if case.customer.address.key in sealing.config.our_keys:
        return ()
    return (
        sealing.both("Blacklist this address", case, Act.BLACKLIST, "", "blacklist"),
        sealing.both("Blacklist this address with this subject", case, Act.BLACKLIST, "subject", "blacklist subject"),
    )
