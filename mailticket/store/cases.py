"""I/O: cases as they stand: loaded, opened, changed, listed. A change made on an older version is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.address import Address
from mailticket.domain.amending import amended
from mailticket.domain.case import Case, Channel, Status
from mailticket.domain.people import Customer, Participant
from mailticket.errors import Conflict, Outdated
from mailticket.store import participants
from mailticket.store.engine.locking import locked
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.tables import case_tables

_PLAIN = (
    "service", "subject", "created_at", "updated_at", "priority", "csr", "role", "waiting_since", "due_at",
    "pending_until", "resolved_at", "closed_at", "resolution", "before_spam", "language", "thread_root", "tags",
    "linked", "entries", "version", "type", "fields", "watchers", "watching", "time_worked", "merged_into",
    "skills", "wanted", "respond_by", "resolve_by", "counts_from", "answered_at", "acted_at", "paused_at", "timers",
    "fired",
)  # fmt: skip

#: What `change` takes besides "participants".
_CHANGEABLE = frozenset(_PLAIN) - {"created_at", "entries", "version"} | {"status", "channel"}

_PAGE = 500

#: The key of no case, for look-ups that are made although they can find nothing.
NO_CASE = 0


def load(ids: Iterable[str]) -> dict[str, Case]:
    """Cases by case ID, with their participants; those that do not exist are left out.

    Two queries whether they exist or not: how long we take tells nobody which case IDs there are.
    """
    wanted = padded(dict.fromkeys(ids))
    found = _loaded(_named(len(wanted), ids=wanted), or_nobody=True) if wanted else []
    return {case.id: case for case in found}


@Prepared
def _named(holes: Holes, count: int) -> Any:
    return _rows().where(case_tables.Case.case_id.in_(holes.each("ids", count))).dicts()


def by_keys(keys: Iterable[int]) -> dict[int, Case]:
    """Cases by their keys, with their participants; those that do not exist are left out."""
    wanted = padded(sorted(set(keys)))
    return {one.key: one for one in _loaded(_keyed(len(wanted), keys=wanted))} if wanted else {}


@Prepared
def _keyed(holes: Holes, count: int) -> Any:
    return _rows().where(case_tables.Case.id.in_(holes.each("keys", count))).dicts()


def standing(ids: Iterable[str]) -> dict[str, Case]:
    """As `load`, but the ID of a case that was merged gives the case that it became part of."""
    found = load(ids)
    merged = {id: case.merged_into for id, case in found.items() if case.merged_into}
    targets = load(set(merged.values()) - found.keys()) if merged else {}
    return {id: targets.get(case.merged_into) or found.get(case.merged_into, case) for id, case in found.items()}


def lock(ids: Iterable[str]) -> None:
    """Nobody else changes these cases until the transaction ends. Always cases first, then CSRs."""
    wanted = padded(sorted(set(ids)))
    if wanted and case_tables.Case._meta.database.locks_rows:
        list(_locked(len(wanted), ids=wanted))


@Prepared
def _locked(holes: Holes, count: int) -> Any:
    table = case_tables.Case
    return locked(table.select(table.id).where(table.case_id.in_(holes.each("ids", count))).order_by(table.id)).tuples()


class IdTaken(Conflict):
    """Another case has this case ID."""


def open_case(case: Case) -> Case:
    """A new case, with its key. Its customer is stored already, its entries are to be. Raises IdTaken."""
    row = {name: getattr(case, name) for name in _PLAIN}
    row |= {"case_id": case.id, "status": str(case.status), "channel": str(case.channel), "customer": case.customer.id}
    row["rings_at"] = _rings_at(case)
    keys: list[Any] = list(_insert(*row, values=row).execute())
    if not keys:
        raise IdTaken(f"The case ID {case.id} is taken.")
    opened = amended(case, key=int(keys[0][0]))
    participants.keep(opened.key, opened.participants)
    return opened


def change(case: Case, changes: Mapping[str, Any], more: int = 0) -> Case:
    """The case with new values for the named fields, one version on, and with room for so many `more` entries.

    "participants" are added to those there are; one who is there already gets the new values.
    Raises Conflict if somebody else changed the case since it was loaded.
    """
    unknown = changes.keys() - _CHANGEABLE - {"participants"}
    if unknown:
        raise ValueError(f"cases have no changeable field {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {name: value for name, value in changes.items() if name != "participants"}
    values |= {name: str(values[name]) for name in ("status", "channel") if name in values}
    if values.keys() & {"timers", "status"}:
        values["rings_at"] = _rings_at(amended(case, **values))
    update = _update(*sorted(values), case=case.key, loaded=case.version, more=more, values=values)
    entries: list[Any] = list(update.execute())
    if not entries:
        raise Outdated(f"Case {case.id} was changed by somebody else in the meantime.")
    changed = amended(case, **{**changes, "version": case.version + 1, "entries": int(entries[0][0])})
    if "participants" in changes:
        participants.keep(case.key, changes["participants"])
        by_key = {one.address.key: one for one in (*case.participants, *changes["participants"])}
        changed = amended(changed, participants=tuple(by_key.values()))
    return changed


@Prepared
def _insert(holes: Holes, *columns: str) -> Any:
    table = case_tables.Case
    new = table.insert_many([holes.row("values", columns)])
    return new.on_conflict(action="NOTHING", conflict_target=[table.case_id]).returning(table.id).tuples()


@Prepared
def _update(holes: Holes, *columns: str) -> Any:
    table = case_tables.Case
    is_as_loaded = (table.id == holes.case) & (table.version == holes.loaded)
    counted = {"version": table.version + 1, "entries": table.entries + holes.more}
    changed = table.update(holes.row("values", columns) | counted)
    return changed.where(is_as_loaded).returning(table.entries).tuples()


def _rings_at(case: Case) -> datetime | None:
    """The first of the timers, by which the case is found when its moment comes; a pending one is left in peace."""
    return None if case.status == Status.PENDING else min(case.timers.values(), default=None)


def of_customer(address_key: str, except_case: str, limit: int = 5) -> list[Case]:
    """The other cases of whoever has this address, at all of their addresses, the newest first."""
    return _loaded(_of_customer(address_key=address_key, except_case=except_case, limit=limit))


@Prepared
def _of_customer(holes: Holes) -> Any:
    who = case_tables.Customer.alias()
    person = who.select(peewee.fn.COALESCE(who.person, who.id)).where(who.address_key == holes.address_key)
    is_theirs = _is_of(person) & (case_tables.Case.case_id != holes.except_case)
    return _rows().where(is_theirs).order_by(case_tables.Case.id.desc()).limit(holes.limit).dicts()


def other_cases(beside: Sequence[Case], limit: int) -> dict[int, list[Case]]:
    """The newest other cases of the customer of each of these, at all of their addresses, the newest first.

    By the keys of these; in three statements, however many they are.
    """
    whose = padded(dict.fromkeys(one.customer.id for one in beside))
    rows = _newest_of(len(whose), customers=whose, limit=limit + 1) if whose else ()
    newest = {customer: sorted(map(int, keys.split(",")), reverse=True) for customer, keys in rows if keys}
    theirs = {one.key: [key for key in newest.get(one.customer.id, ()) if key != one.key][:limit] for one in beside}
    found = by_keys(key for keys in theirs.values() for key in keys)
    return {key: [found[other] for other in others if other in found] for key, others in theirs.items()}


@Prepared
def _newest_of(holes: Holes, count: int) -> Any:
    """(customer, the keys of their newest cases as one text)."""
    who = case_tables.Customer.alias("who")
    theirs = case_tables.Case.select(case_tables.Case.id).where(_is_of(peewee.fn.COALESCE(who.person, who.id)))
    newest = theirs.order_by(case_tables.Case.id.desc()).limit(holes.limit).alias("newest")
    joined = peewee.fn.STRING_AGG if case_tables.Case._meta.database.locks_rows else peewee.fn.GROUP_CONCAT
    listed = peewee.Select([newest], [joined(newest.c.id.cast("TEXT"), ",")])
    return who.select(who.id, listed).where(who.id.in_(holes.each("customers", count))).tuples()


def _is_of(person: Any) -> Any:
    """A condition on cases: their customer has one of this person's addresses."""
    every = case_tables.Customer.alias()
    rows = every.select(every.id).where((every.id == person) | (every.person == person))
    return case_tables.Case.customer.in_(rows)


def list_cases(
    *,
    service: str | None = None,
    status: str | None = None,
    csr: str | None = None,
    limit: int | None = None,
    that: Any = True,
    by_moment: bool = False,
) -> Iterator[Case]:
    """Cases, the newest first, read page by page: however many there are, few are in memory.

    `that`: a further condition on cases, such as `search.by_customer` gives. `by_moment`: in the order in which they
    were opened, where `that` is a span of time; without it in the order in which they were stored.
    """
    table = case_tables.Case
    wanted = {table.service: service, table.status: status, table.csr: csr}
    order = (table.created_at.desc(), table.id.desc()) if by_moment else (table.id.desc(),)
    left, last = limit, None
    while left is None or left > 0:
        page = _rows().where(that).order_by(*order).limit(_PAGE if left is None else min(_PAGE, left)).dicts()
        for column, value in wanted.items():
            page = page if value is None else page.where(column == str(value))
        found = _loaded(page if last is None else page.where(_is_before(last, by_moment)))
        yield from found
        if len(found) < _PAGE:
            return
        last, left = found[-1], None if left is None else left - len(found)


def _is_before(last: Case, by_moment: bool) -> Any:
    table = case_tables.Case
    if not by_moment:
        return table.id < last.key
    # The first half leads into the index; both databases know how.
    return (table.created_at <= last.created_at) & ((table.created_at < last.created_at) | (table.id < last.key))


def _rows() -> Any:
    who = case_tables.Customer
    of_whom = (who.address.alias("who_address"), who.name.alias("who_name"), who.person.alias("who_person"))
    return case_tables.Case.select(case_tables.Case, *of_whom).join(who)


def _loaded(query: Any, *, or_nobody: bool = False) -> list[Case]:
    """The cases of a query for dictionaries in its order, their participants by one more query.

    `or_nobody`: also where there are none, the participants of no case are asked for.
    """
    rows = list(query)
    keys = padded(row["id"] for row in rows) or ([NO_CASE] if or_nobody else [])
    people = participants.of_cases(keys)
    return [_case(row, people.get(row["id"], ())) for row in rows]


def _case(row: Mapping[str, Any], people: Sequence[Participant]) -> Case:
    return Case(
        key=row["id"],
        id=row["case_id"],
        status=Status(row["status"]),
        channel=Channel(row["channel"]),
        customer=Customer(
            row["customer"], Address(row["who_name"], row["who_address"]), row["who_person"] or row["customer"]
        ),
        participants=tuple(people),
        **{name: row[name] for name in _PLAIN},
    )
