"""The caps on what the store looks up, and pages: of what is read page by page nothing is left out at their ends."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from mailticket.domain.address import Address
from mailticket.domain.case import EntryKind, Status
from mailticket.domain.mail import MailIds
from mailticket.domain.texts.search_words import parse_query
from mailticket.store import cases, customers, entries, facts, people, recent
from mailticket.store.casework import history, latest
from mailticket.store.database import Store
from mailticket.store.engine import fields
from mailticket.store.files import blobs, leftovers
from mailticket.store.index import beginnings, similar
from mailticket.store.operation import figures
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Customer as CustomerRow
from mailticket.store.tables.mail_tables import Inbox
from tests.edges.edge import Edge, Read, either
from tests.store.rows import ANN, CARLA, NOW, entry, opened, posted, taken

_HOUR_AGO = NOW - timedelta(hours=1)


@functools.cache
def _empty() -> Path:
    """A store's folder with this version's schema, made once."""
    folder = Path(tempfile.mkdtemp(prefix="mailticket-edges-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = Store("sqlite", folder / "data")
    store.open()
    store.migrate()
    store.close()
    return folder / "data"


@contextmanager
def a_store() -> Iterator[Store]:
    """An empty one, with a connection of this thread."""
    with tempfile.TemporaryDirectory(prefix="mailticket-edges-") as folder:
        shutil.copytree(_empty(), Path(folder) / "data")
        store = Store("sqlite", Path(folder) / "data")
        store.open()
        try:
            with store.connection():
                yield store
        finally:
            store.close()


def _in_a_store(read: Callable[[int], Read]) -> Callable[[int], Read]:
    """All in one transaction: one wait for the disk instead of hundreds."""

    @functools.wraps(read)
    def in_it(size: int) -> Read:
        with a_store() as store, store.transaction():
            return read(size)

    return in_it


def _key(size: int) -> Read:
    """A longer one stands there as its beginning and its hash."""
    return either(size, fields.bounded("y" * size) == "y" * size)


def _answered(number: int) -> Read:
    """Of the mails that a mail answers the nearest are looked up."""
    ids = [f"<{n}@x>" for n in range(number)]
    found = facts._related(MailIds("<own@x>", references=tuple(ids)))
    assert found[0] == ids[-1] and found[-1] == "<own@x>"
    return Read(len(found) - 1)


def _mentioned(number: int) -> Read:
    found = facts._related(
        MailIds("<own@x>", references=("<a@x>",), mentioned=tuple(f"<{n}@x>" for n in range(number)))
    )
    assert found[0] == "<a@x>" and found[-1] == "<own@x>"
    return Read(len(found) - 2)


@_in_a_store
def _recipients(number: int) -> Read:
    there = tuple(Address("", f"p{n}@people.example") for n in range(number))
    for one in there:
        people.customer(one, NOW)
    known = facts.load([MailIds("<m@x>", senders=(CARLA,), recipients=there)], ["support"], NOW)
    return Read(len(known.customers))


@_in_a_store
def _quoted_letters(number: int) -> Read:
    """Their words come along, by which what a mail quotes is known."""
    case = opened()
    ids = [f"<letter-{n}@desk.example>" for n in range(number)]
    for one in ids:
        posted(message_id=one, case=case.key)
    asked = MailIds("<m@x>", senders=(CARLA,), references=tuple(ids))
    known = facts.load([asked], ["support"], NOW, with_letters=True)
    return Read(sum(bool(known.mails[one].text) for one in ids))


def _small_file(size: int) -> Read:
    """A larger one lies in the depot; both are read whole."""
    with a_store():
        digest = blobs.put(b"y" * size)
        assert blobs.get(digest) == b"y" * size
        return either(size, digest in blobs.names("", 1))


def _leftovers(number: int) -> Read:
    """All are looked at, whatever their number."""
    with a_store():
        blobs.put_many([b"%d" % n for n in range(number)])
        later, place, gone = NOW + timedelta(days=20_000), "", 0
        while True:
            place, removed = leftovers.remove_small(place, later)
            gone += removed
            if not place:
                return Read(gone)


@_in_a_store
def _told_text(size: int) -> Read:
    case = opened()
    entries.add_entry(case, entry(text="y" * size))
    texts = [str(step.detail.get("text", "")) for step in history.of_case(case.id)]
    return Read(sum(one.count("y") for one in texts), ["…" for one in texts if one.endswith(" …")])


def _entries_in_steps(number: int) -> Read:
    """However many steps it takes."""
    with a_store() as store, store.transaction():
        case = opened(entries=number)
        entries.add_counted(case, [entry(EntryKind.NOTE, "x") for _ in range(number)])
        return Read(len(latest.of_cases([case], 80_000)[case.key].entries))


def _looked_at(number: int) -> Read:
    """How many others there are is counted."""
    with a_store() as store, store.transaction():
        case = opened(entries=number)
        entries.add_counted(case, [entry(EntryKind.NOTE, "x") for _ in range(number)])
        found = latest.of_cases([case], 80_000)[case.key]
        return Read(len(found.entries), [f"{found.unread} unread"] if found.unread else [])


def _words_of_a_beginning(number: int) -> Read:
    """A beginning of more words is left to the index, which merges them."""
    with a_store():
        entries.add_entry(opened(), entry(text=" ".join(f"kaka{n:03}" for n in range(number))))
        return either(number, beginnings.written_out(parse_query("kaka")).count(" OR ") == number - 1)


def _cases_of_a_word(number: int) -> Read:
    with a_store() as store:
        with store.transaction():
            for _ in range(number):
                asks = opened().key
                similar.learn("support", asks, ["pump"])
        return Read(len(similar._having([asks], ["support"])[asks]["pump"]))


def _solved_one(service: str = "support") -> None:
    case = opened(service=service, status=Status.RESOLVED)
    similar.learn(service, case.key, ["pump", "leaks"])
    entries.add_entry(case, entry(EntryKind.REPLY, "A new seal."))


@_in_a_store
def _likest(number: int) -> Read:
    """The solved one is the last of so many that are as like."""
    _solved_one()
    for _ in range(number - 1):
        similar.learn("support", opened().key, ["pump", "leaks"])
    asks = opened()
    similar.learn("support", asks.key, ["pump", "leaks"])
    return either(number, bool(similar.solved([asks], ["support"], NOW)[asks.key]))


@_in_a_store
def _services_with_like_cases(number: int) -> Read:
    services = [f"service{n}" for n in range(number)]
    _solved_one(services[-1])
    asks = opened(service=services[0])
    similar.learn(services[0], asks.key, ["pump", "leaks"])
    return either(number, bool(similar.solved([asks], services, NOW)[asks.key]))


def _shunted(number: int) -> Read:
    with a_store():
        taken(number)
        Inbox.update(state="shunted", is_waiting=False, shunted_at=NOW).execute()
        return Read(figures.shunted_lately(_HOUR_AGO))


def _mails_of_a_writer(number: int) -> Read:
    """What they asked for in vain in the last hour, the newest first."""
    with a_store():
        newest = taken(number)[-1]
        Inbox.update(writer=ANN, outcome="refused", subject=Inbox.id).execute()
        in_vain, _acted = recent.mails([ANN], _HOUR_AGO)
        assert in_vain[ANN][0] == str(newest)
        return Read(len(in_vain[ANN]))


def _copied(row: Any, number: int, key: str) -> None:
    """The one row of a table, until there are so many."""
    columns = [f'"{one.column_name}"' for one in row._meta.sorted_fields if one.column_name != "id"]
    theirs = [f"{one} || '-' || n" if one == f'"{key}"' else one for one in columns]
    table = row._meta.table_name
    row._meta.database.execute_sql(
        f"WITH RECURSIVE more(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM more WHERE n < {number})"
        f' INSERT INTO "{table}" ({", ".join(columns)}) SELECT {", ".join(theirs)} FROM "{table}", more'
    )


@_in_a_store
def _page_of_cases(number: int) -> Read:
    opened()
    _copied(CaseRow, number, "case_id")
    listed = [one.key for one in cases.list_cases()]
    assert listed == sorted(set(listed), reverse=True)
    assert len(list(cases.list_cases(limit=number))) == number
    return Read(len(listed))


@_in_a_store
def _page_of_customers(number: int) -> Read:
    people.customer(CARLA, NOW)
    _copied(CustomerRow, number, "address_key")
    assert len(list(customers.listed(limit=number))) == number
    return Read(len({one.id for one in customers.listed()}))


EDGES = (
    Edge("store.engine.fields._KEY_LENGTH", _key, beyond=0),
    Edge("store.facts._IDS_OF_A_MAIL", _answered, most=30),
    Edge("store.facts._IDS_OF_A_MAIL", _mentioned, most=30),
    Edge("store.facts._RECIPIENTS_OF_A_MAIL", _recipients),
    Edge("store.facts._LETTERS_OF_A_MAIL", _quoted_letters),
    Edge("store.files.blobs.SMALL", _small_file, beyond=0),
    Edge("store.files.leftovers._AT_ONCE", _leftovers, beyond=501),
    Edge("store.casework.history._TEXT_LENGTH", _told_text, said="…"),
    Edge("store.casework.latest.STEP", _entries_in_steps, beyond=51),
    Edge("store.casework.latest.MOST_LOOKED_AT", _looked_at, said="1 unread"),
    Edge("store.index.beginnings._MOST_WORDS", _words_of_a_beginning, beyond=0),
    Edge("store.index.similar._OF_A_WORD", _cases_of_a_word),
    Edge("store.index.similar._CANDIDATES", _likest, beyond=0),
    Edge("store.index.similar._MOST_SERVICES", _services_with_like_cases, beyond=0),
    Edge("store.operation.figures._LAST", _shunted),
    Edge("store.recent._MOST_MAILS", _mails_of_a_writer),
    Edge("store.cases._PAGE", _page_of_cases, beyond=501),
    Edge("store.customers._PAGE", _page_of_customers, beyond=501),
)
