"""The pages behind the links of our letters: opening one shows what will happen, only its button acts. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request, Response

from mailticket.desk.answer import carry_out
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.case import Case, Words
from mailticket.domain.decision import Decision
from mailticket.domain.intents import Intent
from mailticket.errors import Refused
from mailticket.law.decide import decide
from mailticket.letters.links import Act
from mailticket.store import cases, facts
from mailticket.store.casework import links
from mailticket.tokens import seal_link
from mailticket.web import answering, undoing
from mailticket.web.offers import Asked
from mailticket.web.opened_link import Link, Unusable, check, digest, opened, tag, was_used
from mailticket.web.pages import page, told

log = logging.getLogger(__name__)

UNDO_WITHIN = timedelta(hours=1)
_MOST_TEXT = 20_000
#: Our forms have two.
_MOST_FIELDS = 8


class Moved(Exception):
    """The case is no longer as the page showed it."""


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


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
                link = opened(office, token)
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
        link = opened(office, token)
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
            return _shown(office, opened(office, token), 409, moved, text)
        log.info("link: %s did %s on %s", link.asked.csr.key, link.asked.act, link.asked.case.id)
        return page(
            "done",
            values=_about(link.asked)
            | answering.outcome(office, link.asked, done.decision, link.offer)
            | {"undo": done.undo},
        )


def _refuse_what_law_refuses(office: Office, link: Link) -> None:
    """Asks the law what would follow, and writes nothing. Raises Refused where the button could not work."""
    asked = link.asked
    known = facts.of_case(asked.case, office.clock())
    intents: tuple[Intent, ...] = link.offer.makes(Words("..."))
    decide(intents, asked.case, known, office.policy(asked.service), office.clock(), RandomIds("link"))


def _carried_out(office: Office, link: Link, version: str, text: str) -> _Done:
    """Does it, with the use of the link in the same transaction."""
    asked, now = link.asked, office.clock()
    seen: list[Case] = []
    was_listed = undoing.is_listed(asked)

    def still(case: Case) -> bool:
        check(now, link, case)
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
            raise was_used(link)

    decision = carry_out(office, link.offer.makes(Words(text)), asked.case.id, f"link:{link.digest}", still, keep)
    if asked.act not in undoing.UNDOABLE:
        return _Done(decision)
    undo = replace(asked.claim, act=Act.UNDO, argument=link.digest, expires_at=now + UNDO_WITHIN)
    return _Done(decision, seal_link(office.keys, undo))


def _shown(office: Office, link: Link, status: int = 200, notice: str = "", text: str = "") -> Response:
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
        "case": tag(asked.service, asked.case.id),
        "subject": asked.case.subject or "(no subject)",
        "customer": f"{customer.name}, {customer.address}" if customer.name else customer.address,
        "status": str(asked.case.status),
        "csr": asked.csr.name,
    }


def _told(why: Unusable, token: str) -> Response:
    log.warning("link %.12s was refused (%d): %s: %s", digest(token), why.status, why.title, why.what)
    return told(why.status, why.title, why.what, why.fix, why.mail)


def _needs_signing_in() -> Unusable:
    return Unusable(
        403,
        "Sign-in is needed",
        "This desk lets links act only for those who are signed in, and signing in is not possible yet.",
        "Use the mail link in the same mail.",
    )
