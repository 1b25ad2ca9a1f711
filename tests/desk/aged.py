"""Many old closed cases, written into the tables at once, as if a desk had run for years."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from peewee import chunked

from mailticket.domain.case_id import check_letter
from mailticket.store.tables.case_tables import Case, Customer, Entry, Participant
from mailticket.store.tables.mail_tables import Inbox, MailId, Outbox
from mailticket.store.tables.search_tables import CaseWord
from tests.desk.house import House

_ROWS = 400
_OF_A_CUSTOMER = 4
_ENTRIES = 3


def aged(house: House, count: int, closed_at: datetime, first: int = 0) -> list[str]:
    """So many cases of one entry, one answer and one event each; their case IDs. `first` keeps them apart."""
    numbers = range(first, first + count)
    with house.office.connected(), house.office.store.transaction():
        _insert(Customer, ({"address_key": a, "address": a, "created_at": closed_at} for a in _addresses(numbers)))
        rows: Any = Customer.select(Customer.address, Customer.id).tuples()
        customers = dict(rows)
        _insert(Case, (_case(one, customers[_address(one)], closed_at) for one in numbers))
        found: Any = Case.select(Case.case_id, Case.id).tuples()
        keys = dict(found)
        for one in numbers:
            _fill(one, keys[case_id(one)], closed_at)
    return [case_id(one) for one in numbers]


def case_id(number: int) -> str:
    seven = f"Z{number:06d}"
    return f"{seven[:4]}-{seven[4:]}{check_letter(seven)}"


def _address(number: int) -> str:
    return f"old{number // _OF_A_CUSTOMER}@many.example"


def _addresses(numbers: Iterable[int]) -> list[str]:
    return sorted({_address(one) for one in numbers})


def _insert(table: Any, rows: Iterable[dict[str, Any]]) -> None:
    for some in chunked(rows, _ROWS):
        table.insert_many(some).on_conflict_ignore().execute()


def _case(number: int, customer: int, at: datetime) -> dict[str, Any]:
    own = {"case_id": case_id(number), "service": "support", "customer": customer, "status": "closed"}
    moments = dict.fromkeys(("created_at", "updated_at", "closed_at"), at)
    return own | moments | {"channel": "mail", "priority": "normal", "subject": "Old canary", "entries": _ENTRIES}


def _fill(number: int, key: int, at: datetime) -> None:
    who = _address(number)
    Participant.insert(case=key, address_key=who, address=who, is_customer=True, since=1).execute()
    said = {"case": key, "at": at, "text": f"canary {number}", "author_address": who}
    for place, kind in enumerate(("customer_mail", "reply", "event"), 1):
        id = Entry.insert(said | {"number": place, "kind": kind}).execute()
        Entry._meta.database.execute_sql("INSERT INTO entry_search (rowid, words) VALUES (?, ?)", (id, "canary"))
    CaseWord.insert(service="support", word=f"canary{number % 50}", case=key).execute()
    sent = {"kind": "human", "rank": 0, "letter": "customer_reply", "service": "support", "case": key, "state": "sent"}
    name = f"<{number}@aged.example>"
    sent |= {"idem_key": name, "message_id": name, "recipient": who, "recipient_key": who, "created_at": at}
    letter = Outbox.insert(sent | {"skeleton": f"canary {case_id(number)} " + 800 * "x"}).execute()
    MailId.insert(message_id=name, case=key, outbox=letter).execute()
    came = {
        "source": "aged",
        "source_key": str(number),
        "service": "support",
        "channel": "mail",
        "blob": f"{number:064x}",
    }
    came |= {"size": 1, "received_at": at, "collected_at": at, "state": "done", "is_waiting": False, "case": key}
    Inbox.insert(came | {"writer": who, "outcome": "opened", "sender": who}).execute()
