"""I/O: who takes part in cases: read for many at once, kept with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mailticket.domain.address import Address
from mailticket.domain.people import Participant
from mailticket.store.engine.prepared import Holes, Prepared
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.engine.proxies import database
from mailticket.store.tables import case_tables


def of_cases(keys: Sequence[int]) -> Mapping[int, Sequence[Participant]]:
    """By the key of their case, in the order in which they came; `keys` are padded."""
    people: dict[int, list[Participant]] = {}
    for one in _of_cases(len(keys), cases=keys) if keys else ():
        participant = Participant(Address(one["name"], one["address"]), one["is_customer"], one["since"])
        people.setdefault(one["case"], []).append(participant)
    return people


@Prepared
def _of_cases(holes: Holes, count: int) -> Any:
    table = case_tables.Participant
    return table.select().where(table.case.in_(holes.each("cases", count))).order_by(table.id).dicts()


def keep(case_key: int, people: Sequence[Participant]) -> None:
    """They take part from now on, as it is said here; whoever does already is not lost.

    Written as the transaction ends, with those of other cases.
    """
    rows = [
        {
            "case": case_key,
            "address_key": one.address.key,
            "address": one.address.address,
            "name": one.address.name,
            "is_customer": one.is_customer,
            "since": one.since,
        }
        for one in people
    ]
    database.obj.last_things.put_off_rows(_keep, rows, _join.table)


def _keep(rows: Sequence[dict[str, Any]]) -> None:
    # One statement changes no row twice.
    _join.write(list({(one["case"], one["address_key"]): one for one in rows}.values()))


@PreparedRows
def _join(holes: Holes) -> Any:
    table = case_tables.Participant
    names = ("case", "address_key", "address", "name", "is_customer", "since")
    return table.insert_many([holes.columns(names)]).on_conflict(
        conflict_target=[table.case, table.address_key],
        preserve=[table.address, table.name, table.is_customer, table.since],
    )
