"""A link of ours as somebody opened it: who asks for what, and whether it may still be used. I/O.

Reads, and changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from mailticket.config.models import Config, Service
from mailticket.desk.office import Office
from mailticket.domain.case import Case
from mailticket.letters.links import Act
from mailticket.store import cases, entries
from mailticket.store.casework import links
from mailticket.tokens import BadLink, LinkClaim, open_link
from mailticket.web import answering, undoing
from mailticket.web.offers import FOR_ANYBODY, Asked, Offer, offer


class Unusable(Exception):
    """A link that does nothing (any more): the HTTP status, what is wrong, and what to do instead."""

    def __init__(self, status: int, title: str, what: str, fix: str = "", mail: str = "") -> None:
        super().__init__(what)
        self.status = status
        self.title = title
        self.what = what
        self.fix = fix
        self.mail = mail


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it was opened: whose, what for, what it offers, and what it would undo."""

    token: str
    asked: Asked
    offer: Offer
    undoes: links.Use | None

    @property
    def digest(self) -> str:
        return digest(self.token)


def opened(office: Office, token: str) -> Link:
    """The link, if it may be used at this moment. Raises Unusable, and Refused where what it names is gone."""
    try:
        claim = open_link(office.keys, token)
    except BadLink:
        raise Unusable(
            403,
            "This link is not ours",
            "It was changed on its way, or somebody else made it.",
            "Click the link in the mail again. If that does not help, reply to the mail.",
        ) from None
    if claim.act == Act.FILE or claim.act not in list(Act):
        raise Unusable(
            403, "This link is for something else", "It does not open a page.", "Click it in the mail again."
        )
    asked = _asked(office.config, claim, office.clock())
    undoes = _to_undo(claim)
    if claim.act == Act.UNDO and undoes is not None:
        was = replace(asked, claim=replace(claim, act=undoes.act, argument=undoes.argument))
        link = Link(token, asked, undoing.offer(was, undoes), undoes)
    else:
        link = Link(token, asked, offer(asked), None)
    check(office.clock(), link, asked.case)
    return link


def _asked(config: Config, claim: LinkClaim, now: datetime) -> Asked:
    """Who asks for what, on the case as it is. Raises Unusable where one of them is gone."""
    csr = config.csr_at(claim.csr)
    case = cases.load([claim.case]).get(claim.case)
    service = config.service_named(case.service) if case else None
    if csr is None or csr.key != claim.csr:
        raise Unusable(410, "This link is dead", "The CSR whom it was mailed to is no CSR here any more.")
    if case is None or service is None:
        raise Unusable(410, "This link is dead", "The case that it was for is gone.")
    if case.merged_into:
        what = f"The case {case.id} became part of {case.merged_into}."
        raise Unusable(410, "This link is out of date", what, "Use the links in the newest mail of that case.")
    return Asked(claim, case, csr, config, service, now, answering.reused(claim))


def _to_undo(claim: LinkClaim) -> links.Use | None:
    if claim.act != Act.UNDO:
        return None
    use = links.used(claim.argument)
    if use is None or use.csr != claim.csr:
        raise Unusable(410, "There is nothing to undo", "What this link would undo did not happen.")
    return use


def check(now: datetime, link: Link, case: Case) -> None:
    """Raises Unusable unless the link may act on the case as it is: not expired, used, revoked or overtaken."""
    claim, instead = link.asked.claim, _instead(link)
    if links.used(link.digest):
        raise was_used(link)
    if now >= claim.expires_at:
        raise Unusable(410, "This link has expired", "It worked for a while only.", *instead)
    if revoked := links.revoked(claim.letter):
        raise Unusable(410, "This link was revoked", f"The links of that mail are dead: {revoked}.", *instead)
    if case.csr not in ("", claim.csr) and link.asked.act not in FOR_ANYBODY:
        other = link.asked.config.csr_at(case.csr)
        what = f"{other.name if other else case.csr} has the case now."
        raise Unusable(410, "This link is out of date", what, "Take the case first: write #take in a mail about it.")
    if link.undoes:
        since = entries.entries(case.key, limit=max(0, case.entries - undoing.entries_then(link.undoes)))
        if moved_on := undoing.moved_on(link.undoes, case, since):
            raise Unusable(
                410, "It is too late to undo this", moved_on, "Use the links in the newest mail of the case."
            )


def _instead(link: Link) -> tuple[str, str]:
    """What to do where a good link of ours works no more: a command by mail, and a mailto: that begins one.

    Without a seal: whoever got hold of an old link gets no new proof by it.
    """
    command, asked = link.offer.command, link.asked
    if not command:
        return "Use the links in the newest mail of the case.", ""
    subject = quote(tag(asked.service, asked.case.id), safe="")
    mail = f"mailto:{quote(asked.service.address, safe='@')}?subject={subject}&body={quote(command, safe='')}"
    return f"Use the mail link in the same mail, or reply to it with {command} on the first line.", mail


def was_used(link: Link) -> Unusable:
    """What is said of a link that has done its work."""
    return Unusable(410, "This link was used", "Each link works once, and this one has been used.", *_instead(link))


def tag(service: Service, case_id: str) -> str:
    """The case ID as it stands in the service's subjects."""
    return service.subject_tag.replace("{id}", case_id)


def digest(token: str) -> str:
    """What is kept and logged of a link instead of itself: whoever has the token may act."""
    return hashlib.sha256(token.encode()).hexdigest()
