"""How a click is taken back: what it changed, whether the case has moved on since, and the wishes that undo it. I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mailticket.domain import case_intents as case_wish
from mailticket.domain import intents as wish
from mailticket.domain.case import Case, Entry, EntryKind, Status
from mailticket.letters.links import Act
from mailticket.store import blacklist
from mailticket.store.casework.links import Use
from mailticket.web import offers
from mailticket.web.offers import Asked, Offer

#: A note stays a note, and what was sent is sent.
UNDOABLE = frozenset(Act) - {Act.NOTE, Act.SEND, Act.DROP, Act.TEMPLATE, Act.REUSE, Act.UNDO, Act.FILE}
#: What a click may change and its undoing gives back.
_MOMENTS = ("pending_until", "resolved_at", "closed_at", "waiting_since")
_FIELDS = ("status", "csr", "role", "resolution", "before_spam", *_MOMENTS)


def is_listed(asked: Asked) -> bool:
    """Does the blacklist have already what this link would put there? Then undoing the click leaves it."""
    if asked.act is not Act.BLACKLIST:
        return False
    key, subject = asked.case.customer.address.key, offers.listed_subject(asked)
    return any((one.address, one.subject) == (key, subject) for one in blacklist.matching([key]))


def remembered(asked: Asked, was: Case, becomes: Case, was_listed: bool) -> tuple[str, str]:
    """(before, after) as JSON: the fields that changed with their old values, and how the case was left."""
    names = [name for name in _FIELDS if getattr(was, name) != getattr(becomes, name)]
    before = {name: _written(getattr(was, name)) for name in names}
    after: dict[str, Any] = {"status": str(becomes.status), "csr": becomes.csr, "entries": becomes.entries}
    if asked.act is Act.BLACKLIST and not was_listed:
        after["listed"] = [was.customer.address.key, offers.listed_subject(asked)]
    return json.dumps(before), json.dumps(after)


def entries_then(use: Use) -> int:
    """The number of the newest entry when the click had been carried out."""
    return int(json.loads(use.after)["entries"])


def moved_on(use: Use, case: Case, since: Iterable[Entry]) -> str:
    """Why it is too late, or "": somebody wrote, or the case is another's or in another status.

    A CSR found by rule after a hand-over to a role is what the click asked for.
    """
    after = json.loads(use.after)
    if case.status != after["status"]:
        return f"The case is {case.status} by now."
    if after["csr"] and case.csr != after["csr"]:
        return "Somebody else has the case by now."
    if any(one.kind is not EntryKind.EVENT for one in since):
        return "Somebody has written on the case since."
    return ""


def offer(asked: Asked, use: Use) -> Offer:
    """The page and the button that undo this use. `asked` is what was asked for then."""
    by, after = asked.by, json.loads(use.after)
    fields = {name: _read(name, value) for name, value in json.loads(use.before).items()}
    what = _TITLES.get(Act(use.act), "").format(status=after["status"]) or use.act
    listed = after.get("listed")
    undone: offers.Wishes = (wish.RemoveFromBlacklist(by, *listed),) if listed else ()
    undone = (*undone, case_wish.Undo(by, what, fields))
    will = "The case will be what it was before your click"
    will += ", and the address will be off the blacklist." if listed else ". What was mailed meanwhile stays mailed."
    done = "Undone: the case is as it was" + (", and the blacklist too." if listed else ".")
    return Offer(f"Undo: {what}", will, "Undo it", done, lambda _: undone)


#: What a click was, for the event list.
_TITLES = {
    Act.STATUS: "set to {status}",
    Act.RESTORE: "restored from spam",
    Act.TAKE: "took the case",
    Act.ASSIGN: "gave the case to somebody else",
    Act.ASSIGN_ROLE: "gave the case to a role",
    Act.ESCALATE: "escalated",
    Act.ESCALATE_ROLE: "escalated",
    Act.BLACKLIST: "blacklisted the sender",
}


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(name: str, value: Any) -> Any:
    if name == "status":
        return Status(value)
    return datetime.fromisoformat(value) if name in _MOMENTS and value else value
