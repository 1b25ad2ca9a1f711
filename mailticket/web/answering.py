"""What a link's page shows of an answer: the finished letter before it is sent, and what became of it after. I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mailticket.desk.by_hand.preview import finished
from mailticket.desk.office import Office
from mailticket.domain.case import Case, EntryKind
from mailticket.domain.decision import AddEntry, Decision
from mailticket.letters.links import Act
from mailticket.store import cases, entries
from mailticket.store.index import similar
from mailticket.tokens import LinkClaim, seal_link
from mailticket.web.offers import Asked, Offer

#: What sends the customer an answer.
ANSWERS = frozenset({Act.TEMPLATE, Act.REUSE})

#: Entries that are looked through for the customer's last words, and how much of them a page shows.
_LOOKED_THROUGH = 20
_SHOWN = 1_500


def reused(claim: LinkClaim) -> str:
    """The answer of the solved case that a link names, "" if there is none (any more)."""
    solved = cases.load([claim.argument]) if claim.act == Act.REUSE else {}
    return next(iter(similar.answers(one.key for one in solved.values()).values()), "")


def shown(office: Office, asked: Asked, offer: Offer) -> dict[str, Any]:
    """The finished letter, and what the customer wrote last: the CSR sees what is answered, and with what."""
    letter = finished(office, asked.service, asked.case, offer.answer) if offer.answer is not None else None
    return {
        "letter": {"subject": letter.subject, "text": letter.text.strip()} if letter else None,
        "asked_for": _last_words(asked.case) if asked.act in ANSWERS else "",
    }


def _last_words(case: Case) -> str:
    newest = entries.entries(case.key, limit=_LOOKED_THROUGH)
    last = next((one for one in newest if one.kind is EntryKind.CUSTOMER_MAIL), None)
    text = last.words.text.strip() if last else ""
    return text if len(text) <= _SHOWN else text[:_SHOWN].rstrip() + " …"


def outcome(office: Office, asked: Asked, decision: Decision, offer: Offer) -> dict[str, Any]:
    """What was done, where that is not what the page said: held, with the reasons; or waiting, with a way to recall."""
    added = [one.entry for one in decision.actions if isinstance(one, AddEntry) and one.entry.kind is EntryKind.REPLY]
    if asked.act not in ANSWERS or not added:
        return {"offer": offer, "told": "", "recall": ""}
    answer = added[-1]
    if answer.held:
        held = replace(offer, done="The answer is held, not sent")
        return {
            "offer": held,
            "told": f"Why: {answer.held}. A mail with the finished letter is on its way to you.",
            "recall": "",
        }
    delay = asked.service.letters.undo_send
    if not delay:
        return {"offer": offer, "told": "", "recall": ""}
    claim = LinkClaim(
        Act.DROP, asked.case.id, asked.csr.key, str(answer.number), asked.claim.letter, office.clock() + delay
    )
    goes_at = (office.clock() + delay).astimezone(office.zone)
    return {
        "offer": replace(offer, done="The answer waits"),
        "told": f"It goes out at {goes_at:%H:%M:%S}. Until then it can be recalled.",
        "recall": seal_link(office.keys, claim),
    }
