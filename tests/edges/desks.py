"""The caps of the verbs and of the pages behind links."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from starlette.testclient import TestClient

from mailticket.config.models import Web
from mailticket.desk import collect
from mailticket.desk.decided import alarm
from mailticket.desk.mailbox import pressure
from mailticket.domain.case import EntryKind
from mailticket.health import Board
from mailticket.store import entries
from mailticket.store.operation.alarms import Rung
from mailticket.store.tables.mail_tables import Inbox
from mailticket.web import answering
from mailticket.web.app import app
from mailticket.wire.imap import Meta
from tests import cast
from tests.edges.edge import Edge, Read, either
from tests.edges.stored import a_store
from tests.store.rows import NOW, entry, opened, taken


def _alarms(number: int) -> Read:
    """Of those that ring at once so many are told, and how many more there are."""
    told = alarm._payload([Rung(f"disk-low:{n}", "", "Little room.", NOW, 1) for n in range(number)], NOW)
    return Read(len(told["alarms"]), [told["text"].rpartition("\n")[2]] if told["more"] else [])


def _bytes_of_a_round(size: int) -> Read:
    """What is too much for one round is left for the next."""
    mails = {1: Meta(size - 1, datetime(2026, 1, 1, tzinfo=UTC)), 2: Meta(1, datetime(2026, 1, 1, tzinfo=UTC))}
    return either(size, collect._as_many_as_fit([1, 2], mails) == [1, 2])


def _waiting(number: int) -> Read:
    """More than that, and the mailbox keeps what is no new inquiry."""
    with a_store():
        taken(number)
        found = pressure._backlog("support"), pressure._backlog("")
        return either(number, found == (None, None))


def _set_aside(number: int) -> Read:
    """More than that of late, and something is wrong with us."""
    with a_store():
        taken(number)
        Inbox.update(state="shunted", is_waiting=False, shunted_at=NOW).execute()
        office: Any = SimpleNamespace(clock=lambda: NOW)
        return either(number, pressure._shunts(office) is None)


def _last_words(size: int) -> Read:
    """What a page shows of the customer's last mail."""
    with a_store() as store, store.transaction():
        case = opened()
        entries.add_entry(case, entry(text="y" * size))
        shown = answering._last_words(case)
        return Read(shown.count("y"), ["…"] if shown.endswith(" …") else [])


def _looked_through(number: int) -> Read:
    """The customer's last mail is looked for so far back."""
    with a_store() as store, store.transaction():
        case = opened()
        notes = [entry(EntryKind.NOTE, "To be ordered.") for _ in range(number - 1)]
        entries.add_entries(case, [entry(text="It drips."), *notes])
        return either(number, answering._last_words(case) == "It drips.")


def _is_looked_at(form: bytes) -> bool:
    """By a desk that has nobody who would answer it."""
    office: Any = SimpleNamespace(config=cast.config(web=Web(url="http://desk.example")))
    pages = app(lambda: office, Board([]))
    with TestClient(pages, base_url="http://desk.example", raise_server_exceptions=False) as browser:
        return browser.post("/l/token", content=form).status_code == 500


def _request(size: int) -> Read:
    return either(size, _is_looked_at(b"y" * size))


def _fields(number: int) -> Read:
    return either(number, _is_looked_at(b"&".join([b"a=1"] * number)))


EDGES = (
    Edge("desk.decided.alarm.SHOWN", _alarms, said="and 1 more"),
    Edge("desk.collect.ROUND_BYTES", _bytes_of_a_round, beyond=0),
    Edge("desk.mailbox.pressure.MOST_WAITING", _waiting, beyond=0),
    Edge("desk.mailbox.pressure.MOST_SHUNTED", _set_aside, beyond=0),
    Edge("web.answering._SHOWN", _last_words, said="…"),
    Edge("web.answering._LOOKED_THROUGH", _looked_through, beyond=0),
    Edge("web.app._MAX_REQUEST", _request, beyond=0),
    Edge("web.links._MOST_FIELDS", _fields, beyond=0),
)
