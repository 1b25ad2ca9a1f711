"""I/O: what we know of each watched IMAP folder: where we began, what we have of it, what is to be done there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from mailticket.store.engine.prepared import Holes, Prepared
from mailticket.store.engine.proxies import database
from mailticket.store.tables import mail_tables
from mailticket.store.tables.mail_tables import Inbox


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of a service's mailbox. Every UID up to `scanned_uid` has a row or needs none.

    `activated_at` is when we first saw it, once for ever. `activated_uidnext` was its UIDNEXT then; 0 in a later
    generation of UIDs (another UIDVALIDITY), where UIDs say nothing about the activation.
    """

    service: str
    folder: str
    uidvalidity: int
    activated_uidnext: int
    activated_at: datetime
    scanned_uid: int


@dataclass(frozen=True, slots=True)
class ServerTodo:
    """A server's copy that waits for its `action`: "move" or "delete"."""

    id: int
    uid: int
    action: str


@dataclass(frozen=True, slots=True)
class ServerCopy:
    """A row and the server's copy of its mail. `action` is what is to be done with it once it is settled, `state` what
    was done: "waiting", "todo", "done" or "gone"."""

    id: int
    uid: int
    received_at: datetime
    action: str
    state: str

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def is_todo(self) -> bool:
        return self.state == "todo"


def source(service: str, folder: str) -> str:
    """What inbox rows of this folder have as their source."""
    return f"imap:{service}/{folder}"


def find(service: str, folder: str) -> Folder | None:
    """The folder as we know it; None before its activation."""
    table = mail_tables.Folder
    rows: Any = table.select().where((table.service == service) & (table.folder == folder)).dicts()
    return next((Folder(**{name: row[name] for name in Folder.__slots__}) for row in rows), None)


def activate(service: str, folder: str, uidvalidity: int, uidnext: int, now: datetime) -> Folder:
    """The first time: store the activation moment. With another UIDVALIDITY: begin a new generation, scanned anew.

    Otherwise nothing changes. What was still to be done on the server in an older generation is given up: its UIDs
    mean other mails now.
    """
    table = mail_tables.Folder
    with database.atomic():
        known = find(service, folder)
        new = {"service": service, "folder": folder, "uidvalidity": uidvalidity, "scanned_uid": 0}
        if known is None:
            table.insert(new | {"activated_uidnext": uidnext, "activated_at": now}).on_conflict(
                action="NOTHING", conflict_target=[table.service, table.folder]
            ).execute()
        elif known.uidvalidity != uidvalidity:
            is_this = (table.service == service) & (table.folder == folder)
            table.update(new | {"activated_uidnext": 0}).where(is_this).execute()
            is_old = (Inbox.source == source(service, folder)) & (Inbox.uidvalidity != uidvalidity)
            Inbox.update(server_state="gone", server_at=now).where(
                is_old & Inbox.server_state.in_(["todo", "waiting"])
            ).execute()
        found = find(service, folder)
    assert found is not None
    return found


def restored_at() -> dict[str, datetime]:
    """When a service's mail was last brought back from an older backup; those that never were are left out."""
    return dict(_restores())


@Prepared
def _restores(holes: Holes) -> Any:
    table = mail_tables.Folder
    last = table.select(table.service, peewee.fn.MAX(table.restored_at)).group_by(table.service)
    return last.where(table.restored_at.is_null(False)).tuples()


def advance(service: str, folder: str, scanned_uid: int) -> None:
    """Every UID up to this one has its row. It never goes back."""
    table = mail_tables.Folder
    is_this = (table.service == service) & (table.folder == folder) & (table.scanned_uid < scanned_uid)
    table.update(scanned_uid=scanned_uid).where(is_this).execute()


def known_uids(source: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
    """Those of the UIDs that have an inbox row."""
    known: set[int] = set()
    wanted = list(uids)
    for start in range(0, len(wanted), _AT_ONCE):
        keys = [f"{uidvalidity}/{uid}" for uid in wanted[start : start + _AT_ONCE]]
        rows: Any = Inbox.select(Inbox.uid).where((Inbox.source == source) & Inbox.source_key.in_(keys)).tuples()
        known |= {uid for (uid,) in rows}
    return known


#: So many keys stand in one IN list; the databases allow some 32,000.
_AT_ONCE = 5000


def server_todo(source: str, uidvalidity: int, limit: int = 200) -> list[ServerTodo]:
    """What is settled and still stands on the server as it was, in the order of UIDs."""
    is_todo = (Inbox.source == source) & (Inbox.server_state == "todo") & (Inbox.uidvalidity == uidvalidity)
    rows: Any = Inbox.select(Inbox.id, Inbox.uid, Inbox.server).where(is_todo).order_by(Inbox.uid).limit(limit).tuples()
    return [ServerTodo(*row) for row in rows]


def server_done(ids: Iterable[int], now: datetime) -> None:
    """The server was changed, and that it was has been looked at."""
    Inbox.update(server_state="done", server_at=now).where(Inbox.id.in_(list(ids))).execute()


def copies(source: str, uidvalidity: int, uids: Iterable[int]) -> dict[int, ServerCopy]:
    """The rows of these UIDs, where there are any."""
    found: dict[int, ServerCopy] = {}
    wanted = list(uids)
    for start in range(0, len(wanted), _AT_ONCE):
        keys = [f"{uidvalidity}/{uid}" for uid in wanted[start : start + _AT_ONCE]]
        rows = _copies().where((Inbox.source == source) & Inbox.source_key.in_(keys)).tuples()
        found |= {row[1]: ServerCopy(*row) for row in rows}
    return found


def waiting_copies(source: str, uidvalidity: int) -> list[ServerCopy]:
    """Rows whose server's copy is still to be changed, now or once they are settled."""
    is_waiting = (Inbox.source == source) & Inbox.server_state.in_(["waiting", "todo"])
    return [ServerCopy(*row) for row in _copies().where(is_waiting & (Inbox.uidvalidity == uidvalidity)).tuples()]


def count_ahead(source: str, uidvalidity: int, scanned_uid: int, most: int) -> int:
    """How many mails that wait were taken in before their turn: above this UID. Counted up to `most`."""
    is_of = (Inbox.source == source) & (Inbox.server_state == "waiting") & (Inbox.uidvalidity == uidvalidity)
    return int(Inbox.select(Inbox.id).where(is_of & (Inbox.uid > scanned_uid)).limit(most).count())


def arrivals_since(source: str, moment: datetime) -> set[tuple[datetime, int]]:
    """(arrival, size) of every mail of this folder that arrived at this moment or later."""
    rows: Any = Inbox.select(Inbox.received_at, Inbox.size).where(Inbox.source == source)
    return set(rows.where(Inbox.received_at >= moment).tuples())


def free_numbers(ids: Iterable[int], now: datetime) -> None:
    """The server gave these rows' numbers to other mails: the rows keep their history under another key."""
    wanted = Inbox.id.in_(list(ids))
    Inbox.update(source_key=Inbox.source_key.concat(" before row ").concat(Inbox.id.cast("TEXT")), uid=0).where(
        wanted
    ).execute()
    Inbox.update(server_state="gone", server_at=now).where(wanted & Inbox.server_state.in_(_OPEN)).execute()


def to_do_again(ids: Iterable[int]) -> None:
    """The server's copy should be gone and is there."""
    Inbox.update(server_state="todo").where(Inbox.id.in_(list(ids)) & (Inbox.server_state == "done")).execute()


def server_gone(ids: Iterable[int], now: datetime) -> None:
    """Somebody took the server's copy away; there is nothing left to do with it."""
    gone = {"server_state": "gone", "server_at": now}
    Inbox.update(gone).where(Inbox.id.in_(list(ids)) & Inbox.server_state.in_(_OPEN)).execute()


def set_back(service: str, folder: str, scanned_uid: int) -> None:
    """UIDs above this one are looked at again."""
    table = mail_tables.Folder
    is_this = (table.service == service) & (table.folder == folder) & (table.scanned_uid > scanned_uid)
    table.update(scanned_uid=scanned_uid).where(is_this).execute()


#: States of a server's copy that is still to be changed.
_OPEN = ["waiting", "todo"]


def _copies() -> Any:
    return Inbox.select(Inbox.id, Inbox.uid, Inbox.received_at, Inbox.server, Inbox.server_state)
