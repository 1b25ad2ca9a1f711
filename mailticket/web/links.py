"""The pages behind the links of our letters: opening one shows what will happen, only its button acts. I/O."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import Depends, Request, Response

from mailticket.config.models import Config, Service
from mailticket.desk.answer import carry_out
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.case import Case, Words
from mailticket.domain.decision import Decision
from mailticket.domain.intents import Intent
from mailticket.errors import Refused
from mailticket.law.decide import decide
from mailticket.letters.links import Act
from mailticket.store import cases, entries, facts
from mailticket.store.casework import links
from mailticket.tokens import BadLink, LinkClaim, open_link, seal_link
from mailticket.web import answering, undoing
from mailticket.web.offers import FOR_ANYBODY, Asked, Offer, offer
from mailticket.web.pages import page, told

log = logging.getLogger(__name__)

UNDO_WITHIN = timedelta(hours=1)
_MOST_TEXT = 20_000
#: Our forms have two.
_MOST_FIELDS = 8


class Unusable(Exception):
    """A link that does nothing (any more): the HTTP status, what is wrong, and what to do instead."""

    def __init__(self, status: int, title: str, what: str, fix: str = "", mail: str = "") -> None:
        super().__init__(what)
        self.status = status
        self.title = title
        self.what = what
        self.fix = fix
        self.mail = mail


class Moved(Exception):
    """The case is no longer as the page showed it."""


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


@dataclass(frozen=True, slots=True)
class _Link:
    """A link as it was opened: whose, what for, what it offers, and what it would undo."""

    token: str
    asked: Asked
    offer: Offer
    undoes: links.Use | None

    @property
    def digest(self) -> str:
        return _digest(self.token)


@dataclass(frozen=True, slots=True)
class _Done:
    """What was decided, and the token of the link that undoes it, "" if none does."""

    decision: Decision
    undo: str = ""


class Links:
    """`show` for GET and HEAD, `act` for POST. Each request is one unit of work on one connection."""

    def __init__(self, office: Callable[[], Office]) -> None:
        self._office = office

    def show(self, token: str) -> Response:
        """What will happen, and a button. Changes nothing, whoever asks."""
        office = self._office()
        with office.connected():
            try:
                link = _opened(office, token)
                _refuse_what_law_refuses(office, link)
            except Unusable as why:
                return _told(why, token)
            except Refused as refused:
                return told(409, "This is not possible now", refused.what, refused.fix)
            return _shown(office, link)

    def act(self, token: str, body: Body) -> Response:
        """What the button does: once, and only on the case as the page showed it."""
        office = self._office()
        try:
            form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
        except ValueError:
            return told(400, "This did not work", "What was sent is not this page's form.", "Open the link again.")
        text = form.get("text", [""])[0].replace("\r\n", "\n")
        with office.connected():
            try:
                return self._acted(office, token, form.get("version", [""])[0], text)
            except Unusable as why:
                return _told(why, token)
            except Refused as refused:
                return told(409, "This was not done", refused.what, refused.fix)

    def _acted(self, office: Office, token: str, version: str, text: str) -> Response:
        link = _opened(office, token)
        if office.config.web.links == "signin":
            raise _needs_signing_in()
        if link.offer.needs_text and not text.strip():
            return _shown(office, link, 422, "Nothing was done: the box is empty.", text)
        if len(text) > _MOST_TEXT:
            too_long = (
                f"Nothing was done: the text is longer than {_MOST_TEXT:,} characters. Send it by mail, or in parts."
            )
            return _shown(office, link, 422, too_long, text)
        try:
            done = _carried_out(office, link, version, text)
        except Moved:
            moved = "Nothing was done yet: the case has changed since this page was opened. Look again."
            return _shown(office, _opened(office, token), 409, moved, text)
        log.info("link: %s did %s on %s", link.asked.csr.key, link.asked.act, link.asked.case.id)
        return page(
            "done",
            values=_about(link.asked)
            | answering.outcome(office, link.asked, done.decision, link.offer)
            | {"undo": done.undo},
        )


def _opened(office: Office, token: str) -> _Link:
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
        link = _Link(token, asked, undoing.offer(was, undoes), undoes)
    else:
        link = _Link(token, asked, offer(asked), None)
    _check(office.clock(), link, asked.case)
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


def _check(now: datetime, link: _Link, case: Case) -> None:
    """Raises Unusable unless the link may act on the case as it is: not expired, used, revoked or overtaken."""
    claim, instead = link.asked.claim, _instead(link)
    if links.used(link.digest):
        raise _was_used(link)
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


def _refuse_what_law_refuses(office: Office, link: _Link) -> None:
    """Asks the law what would follow, and writes nothing. Raises Refused where the button could not work."""
    asked = link.asked
    known = facts.of_case(asked.case, office.clock())
    intents: tuple[Intent, ...] = link.offer.makes(Words("..."))
    decide(intents, asked.case, known, office.policy(asked.service), office.clock(), RandomIds("link"))


def _carried_out(office: Office, link: _Link, version: str, text: str) -> _Done:
    """Does it, with the use of the link in the same transaction."""
    asked, now = link.asked, office.clock()
    seen: list[Case] = []
    was_listed = undoing.is_listed(asked)

    def still(case: Case) -> bool:
        _check(now, link, case)
        if not link.undoes and version != str(case.version):
            raise Moved
        seen.append(case)
        return True

    def keep() -> None:
        becomes = cases.load([asked.case.id])[asked.case.id]
        before, after = undoing.remembered(asked, seen[-1], becomes, was_listed)
        use = links.Use(
            link.digest, becomes.key, asked.csr.key, asked.claim.act, asked.claim.argument, now, before, after
        )
        if not links.use(use):
            raise _was_used(link)

    decision = carry_out(office, link.offer.makes(Words(text)), asked.case.id, f"link:{link.digest}", still, keep)
    if asked.act not in undoing.UNDOABLE:
        return _Done(decision)
    undo = replace(asked.claim, act=Act.UNDO, argument=link.digest, expires_at=now + UNDO_WITHIN)
    return _Done(decision, seal_link(office.keys, undo))


def _shown(office: Office, link: _Link, status: int = 200, notice: str = "", text: str = "") -> Response:
    may_act = office.config.web.links == "button"
    why_not = "" if may_act else _needs_signing_in().what
    return page(
        "act",
        status,
        values={
            **_about(link.asked),
            **answering.shown(office, link.asked, link.offer),
            "offer": link.offer,
            "version": link.asked.case.version,
            "notice": notice or why_not,
            "text": text or link.offer.written,
            "may_act": may_act,
            "most": _MOST_TEXT,
        },
    )


def _about(asked: Asked) -> dict[str, str]:
    """What every page of a case shows of it, so that the CSR sees which one it is."""
    customer = asked.case.customer.address
    return {
        "case": _tag(asked.service, asked.case.id),
        "subject": asked.case.subject or "(no subject)",
        "customer": f"{customer.name}, {customer.address}" if customer.name else customer.address,
        "status": str(asked.case.status),
        "csr": asked.csr.name,
    }


def _told(why: Unusable, token: str) -> Response:
    log.warning("link %.12s was refused (%d): %s: %s", _digest(token), why.status, why.title, why.what)
    return told(why.status, why.title, why.what, why.fix, why.mail)


def _instead(link: _Link) -> tuple[str, str]:
    """What to do where a good link of ours works no more: a command by mail, and a mailto: that begins one.

    Without a seal: whoever got hold of an old link gets no new proof by it.
    """
    command, asked = link.offer.command, link.asked
    if not command:
        return "Use the links in the newest mail of the case.", ""
    subject = quote(_tag(asked.service, asked.case.id), safe="")
    mail = f"mailto:{quote(asked.service.address, safe='@')}?subject={subject}&body={quote(command, safe='')}"
    return f"Use the mail link in the same mail, or reply to it with {command} on the first line.", mail


def _was_used(link: _Link) -> Unusable:
    return Unusable(410, "This link was used", "Each link works once, and this one has been used.", *_instead(link))


def _needs_signing_in() -> Unusable:
    return Unusable(
        403,
        "Sign-in is needed",
        "This desk lets links act only for those who are signed in, and signing in is not possible yet.",
        "Use the mail link in the same mail.",
    )


def _tag(service: Service, case_id: str) -> str:
    return service.subject_tag.replace("{id}", case_id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
