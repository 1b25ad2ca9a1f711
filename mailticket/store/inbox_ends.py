"""I/O: what becomes of the rows of the inbox: each is settled once, or waits for another attempt, or for a human."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Required, TypedDict, Unpack

import peewee

from mailticket.errors import Conflict, Refused
from mailticket.store import inbox
from mailticket.store.engine.fields import is_true
from mailticket.store.engine.prepared import Holes
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.engine.proxies import database
from mailticket.store.tables.case_tables import Case
from mailticket.store.tables.mail_tables import Inbox

#: What a settlement says of a row, in words; and all that it says.
_TOLD = ("outcome", "reason", "message_id", "content_hash", "subject", "sender", "writer")
_SETTLED = ("id", "owner", *_TOLD, "case", "entry", "server")

#: How long a mail that failed waits before its next attempt; after the last of these it is shunted.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))

#: The outcome of a mail that an operator put away.
DISCARDED = "discarded"


class Settlement(TypedDict, total=False):
    """What became of a mail. `case` is a case ID; `server` what to do with the server's copy now, "" as it arrived;
    `writer` is the sender's address key."""

    outcome: Required[str]
    reason: Required[str]
    message_id: str
    content_hash: str
    subject: str
    sender: str
    writer: str
    case: str
    entry: int
    server: Literal["", "none", "move", "delete", "keep"]


def settle(id: int, owner: str, **settlement: Unpack[Settlement]) -> None:
    """The row is done. It is written with the others of this thread's transaction, at its end.

    Conflict is raised then if `owner` has it no more: its lease ran out and somebody else took it.
    """
    told = {
        name: value if name in ("case", "server") else getattr(Inbox, name).db_value(value)
        for name, value in settlement.items()
    }
    row = dict.fromkeys(_SETTLED) | told | {"id": id, "owner": owner}
    database.obj.last_things.put_off_rows(_settle_all, [row], "inbox")


def _settle_all(rows: Sequence[dict[str, Any]]) -> None:
    done = {id for (id,) in _settle(rows=rows)}
    for one in rows:
        if one["id"] not in done:
            raise Conflict(f"Inbox row {one['id']} is no longer handled by {one['owner']}.")


@PreparedRows
def _settle(holes: Holes) -> Any:
    said = peewee.ValuesList([list(holes.columns(_SETTLED).values())]).cte("said", columns=_SETTLED)
    action = peewee.fn.COALESCE(peewee.fn.NULLIF(said.c.server, ""), Inbox.server)
    is_untouchable = Inbox.server_state.in_(["", "gone"])
    to_do = [(is_untouchable, Inbox.server_state), (action.in_(["move", "delete"]), "todo")]
    its_case = Case.select(Case.id).where(Case.case_id == said.c.case)
    done: dict[str, Any] = {name: peewee.fn.COALESCE(said.c[name], getattr(Inbox, name)) for name in _TOLD}
    done |= {"entry": peewee.fn.COALESCE(said.c.entry.cast("INTEGER"), Inbox.entry)}
    done |= {"case": peewee.fn.COALESCE(its_case, Inbox.case), "server": action}
    done |= {"server_state": peewee.Case(None, to_do, "done"), "state": "done", "is_waiting": False}
    done |= {"lease_owner": "", "next_at": None, "error": "", "traceback": "", "from_key": ""}
    is_ours = is_true(Inbox.is_waiting) & (Inbox.lease_owner == said.c.owner)
    settled = Inbox.update(done).with_cte(said).from_(said)
    return settled.where((Inbox.id == said.c.id.cast("BIGINT")) & is_ours).returning(Inbox.id).tuples()


def fail(id: int, owner: str, error: str, traceback: str, now: datetime) -> str:
    """It could not be handled: it waits for its next attempt, or is shunted after the last. Gives the new state.

    Raises Conflict if `owner` has it no more: whoever has it now decides.
    """
    attempts = inbox.get(id).attempts
    if attempts > len(RETRY_AFTER):
        _change_own(id, owner, _aside(error, traceback, now))
        return "shunted"
    waits = {"state": "retry", "next_at": now + RETRY_AFTER[max(attempts, 1) - 1], "lease_owner": ""}
    _change_own(id, owner, waits | {"error": error, "traceback": traceback})
    return "retry"


def shunt(id: int, error: str, traceback: str, now: datetime) -> None:
    """Set the mail aside for a human, whoever has it. Its copy on the server stays where it is."""
    Inbox.update(_aside(error, traceback, now)).where(Inbox.id == id).execute()


def _aside(error: str, traceback: str, now: datetime) -> dict[str, Any]:
    aside = {"state": "shunted", "is_waiting": False, "lease_owner": "", "next_at": None, "from_key": ""}
    return aside | {"error": error, "traceback": traceback, "shunted_at": now}


def _held_by(owner: str) -> Any:
    return is_true(Inbox.is_waiting) & (Inbox.lease_owner == owner)


def _change_own(id: int, owner: str, values: dict[str, Any]) -> None:
    """Raises Conflict if `owner` has the row no more: its lease ran out and somebody else took it."""
    if not Inbox.update(values).where((Inbox.id == id) & _held_by(owner)).execute():
        raise Conflict(f"Inbox row {id} is no longer handled by {owner}.")


def retry(id: int, now: datetime) -> None:
    """A mail that was shunted, or discarded by an operator, is handled once more, as if it were new."""
    item = inbox.get(id)
    if item.state != "shunted" and item.outcome != DISCARDED:
        fix = "Only mails that were set aside or discarded can be retried."
        raise Refused(f"Inbox row {id} is not shunted, it is {item.state}.", fix)
    anew = {"state": "new", "is_waiting": True, "attempts": 0, "next_at": now, "shunted_at": None, "outcome": ""}
    Inbox.update(anew).where(Inbox.id == id).execute()


def discard(id: int, reason: str) -> None:
    """By an operator's wish it never becomes a case. Its bytes stay; the server's copy goes where settled mails go.

    Refused once it is settled, and while somebody handles it.
    """
    settled = {"state": "discarded", "outcome": DISCARDED, "reason": reason, "is_waiting": False, "next_at": None}
    is_open = Inbox.state.in_(["new", "retry", "shunted"]) & (Inbox.lease_owner == "")
    waits = [(Inbox.server_state != "waiting", Inbox.server_state), (Inbox.server.in_(["move", "delete"]), "todo")]
    after: Any = settled | {"server_state": peewee.Case(None, waits, "done"), "shunted_at": None, "from_key": ""}
    if not Inbox.update(after).where((Inbox.id == id) & is_open).execute():
        item = inbox.get(id)
        if item.state in ("new", "retry", "shunted"):
            raise Refused(f"Inbox row {id} is being handled at this moment.", "See what becomes of it first.")
        raise Refused(f"Inbox row {id} is {item.state} already.", "Only mails that wait or were set aside can go.")
