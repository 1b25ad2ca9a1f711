"""I/O: CSRs and roles, projected from the config into rows that can be locked, and customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from mailticket.config.models import Config
from mailticket.domain.address import Address
from mailticket.domain.case import ACTIVE, OPEN
from mailticket.domain.people import Candidate, Customer
from mailticket.errors import Refused
from mailticket.store.engine.fields import is_true
from mailticket.store.engine.locking import locked
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.engine.proxies import database
from mailticket.store.tables import case_tables
from mailticket.store.tables.case_tables import Case, Csr, CsrAlias, Role, RoleMember


@dataclass(frozen=True, slots=True)
class CsrRow:
    """A CSR of the config, their roles and what they have to do. `away_roles` are those they are away in."""

    email: str
    name: str
    roles: tuple[str, ...]
    away_roles: tuple[str, ...]
    open_cases: int
    active_cases: int
    last_assigned_at: datetime | None


def project(config: Config, now: datetime) -> None:
    """Rows for the CSRs and roles of the config. Those that are gone become inactive; availability is kept."""
    with database.atomic():
        _project_csrs(config)
        _project_roles(config)
        members = {
            (role.name, csr.key): place for role in config.role for place, csr in enumerate(config.members(role.name))
        }
        _project_members(members)


def _project_csrs(config: Config) -> None:
    rows = [
        {"key": csr.key, "email": csr.email, "name": csr.name, "place": place, "is_active": True}
        for place, csr in enumerate(config.csr)
    ]
    Csr.update(is_active=False).where(Csr.key.not_in([row["key"] for row in rows])).execute()
    if rows:
        Csr.insert_many(rows).on_conflict(
            conflict_target=[Csr.key], preserve=[Csr.email, Csr.name, Csr.place, Csr.is_active]
        ).execute()
    CsrAlias.delete().execute()
    ids = _ids(Csr.select(Csr.key, Csr.id))
    aliases = [{"address_key": key, "csr": ids[csr.key]} for csr in config.csr for key in sorted(csr.keys)]
    if aliases:
        CsrAlias.insert_many(aliases).execute()


def _project_roles(config: Config) -> None:
    names = [role.name for role in config.role]
    Role.update(is_active=False).where(Role.name.not_in(names)).execute()
    if names:
        Role.insert_many([{"name": name, "is_active": True} for name in names]).on_conflict(
            conflict_target=[Role.name], preserve=[Role.is_active]
        ).execute()


def _project_members(members: dict[tuple[str, str], int]) -> None:
    roles, csrs = _ids(Role.select(Role.name, Role.id)), _ids(Csr.select(Csr.key, Csr.id))
    rows = [
        {"role": roles[role], "csr": csrs[csr], "place": place, "is_active": True}
        for (role, csr), place in members.items()
    ]
    RoleMember.update(is_active=False).execute()
    if rows:
        RoleMember.insert_many(rows).on_conflict(
            conflict_target=[RoleMember.role, RoleMember.csr], preserve=[RoleMember.place, RoleMember.is_active]
        ).execute()


def _ids(query: Any) -> dict[str, int]:
    return dict(query.tuples())


def customers(keys: Iterable[str]) -> dict[str, Customer]:
    """Those of the addresses (their keys) who wrote to us before, by key."""
    wanted = padded(dict.fromkeys(keys))
    rows = _customers(len(wanted), keys=wanted) if wanted else ()
    found = [
        Customer(id, Address(name, address), person or id, language) for id, name, address, person, language in rows
    ]
    return {one.address.key: one for one in found}


@Prepared
def _customers(holes: Holes, count: int) -> Any:
    table, main = case_tables.Customer, case_tables.Customer.alias()
    language = peewee.fn.COALESCE(main.language, table.language)
    columns = (table.id, table.name, table.address, table.person, language)
    known = table.select(*columns).join(main, peewee.JOIN.LEFT_OUTER, on=(main.id == table.person))
    return known.where(table.address_key.in_(holes.each("keys", count))).tuples()


def customer(
    address: Address, now: datetime, language: str = "", asked: Mapping[str, Customer] | None = None
) -> Customer:
    """The customer with this address, made if there is none. A name and a language fill empty ones and never replace
    any. `asked`: what `customers` said of many in this transaction; who is not among them may be known all the same.
    """
    known = (customers([address.key]) if asked is None else asked).get(address.key)
    # Not written unless something is new: two batches with the same people would wait for each other.
    if known and (known.name or not address.name) and (known.language or not language):
        return known
    new = {"address_key": address.key, "address": address.address, "name": address.name, "created_at": now}
    new |= {"language": language}
    id, kept_name, kept_address, person, kept = next(iter(_insert_customer(*new, values=new).execute()))
    if person is not None and language:  # what is known of a person stands in their main row
        case_tables.Customer.update(language=language).where(
            (case_tables.Customer.id == person) & (case_tables.Customer.language == "")
        ).execute()
    return Customer(id, Address(kept_name, kept_address), person or id, kept or language)


@Prepared
def _insert_customer(holes: Holes, *columns: str) -> Any:
    table = case_tables.Customer
    name = peewee.Case(None, [(table.name == "", peewee.EXCLUDED.name)], table.name)
    new = table.insert_many([holes.row("values", columns)])
    language = peewee.Case(None, [(table.language == "", peewee.EXCLUDED.language)], table.language)
    filled = {table.name: name, table.language: language}
    kept = new.on_conflict(conflict_target=[table.address_key], update=filled)
    return kept.returning(table.id, table.name, table.address, table.person, table.language).tuples()


def away() -> frozenset[tuple[str, str]]:
    """(role, CSR key) of everyone who is away."""
    return frozenset((role, csr) for role, csr in _away())


@Prepared
def _away(holes: Holes) -> Any:
    return _members(Role.name, Csr.key).where(is_true(RoleMember.is_away)).tuples()


def set_away(csr: str, role: str, is_away: bool, by: str, now: datetime, reason: str) -> None:
    """The CSR (their key) goes away or comes back, in one role or, with "", in all. `by` is who or what says so."""
    members: Any = _members(RoleMember.id, Role.name).where(Csr.key == csr).tuples()
    ids = [id for id, name in members if role in ("", name)]
    if not ids:
        where = f"the role {role}" if role else "any role"
        raise Refused(f"{csr} is not in {where}.", "See `mailticket csr list`.")
    said = {"is_away": is_away, "changed_by": by, "changed_at": now, "reason": reason}
    RoleMember.update(said).where(RoleMember.id.in_(ids)).execute()


def candidates(role: str, now: datetime) -> list[Candidate]:
    """The available members of a role in the config's order, with their loads.

    On PostgreSQL their rows stay locked until the transaction ends, in the order of their ids: of two daemons the
    second counts only when the first has assigned. Cases are locked before CSRs, always.
    """
    found = sorted(_members_here(role=role))
    loads = _loads([key for _, key, _ in found])
    return [Candidate(key, place, *loads.get(key, (0, 0)), last) for place, key, last in found]


@Prepared
def _members_here(holes: Holes) -> Any:
    is_here = (Role.name == holes.role) & ~is_true(RoleMember.is_away)
    members = _members(RoleMember.place, Csr.key, Csr.last_assigned_at).where(is_here)
    return locked(members.order_by(Csr.id), of=Csr).tuples()


def assigned_now(csr: str, now: datetime) -> None:
    """The CSR got a case by rule at this moment."""
    _assigned_now(csr=csr, now=now).execute()


@Prepared
def _assigned_now(holes: Holes) -> Any:
    return Csr.update(last_assigned_at=holes.now).where(Csr.key == holes.csr)


def csr_list() -> list[CsrRow]:
    """The CSRs of the config, in its order."""
    members: dict[str, list[tuple[str, bool]]] = {}
    rows: Any = _members(Csr.key, Role.name, RoleMember.is_away).order_by(Role.id).tuples()
    for key, role, is_away in rows:
        members.setdefault(key, []).append((role, is_away))
    columns = (Csr.key, Csr.email, Csr.name, Csr.last_assigned_at)
    found: Any = list(Csr.select(*columns).where(is_true(Csr.is_active)).order_by(Csr.place).tuples())
    loads = _loads([key for key, *_ in found])
    listed = []
    for key, email, name, last in found:
        roles = members.get(key, [])
        away_in = tuple(role for role, is_away in roles if is_away)
        listed.append(CsrRow(email, name, tuple(role for role, _ in roles), away_in, *loads.get(key, (0, 0)), last))
    return listed


def _members(*columns: Any) -> Any:
    """The memberships of the config in force."""
    in_force = is_true(RoleMember.is_active) & is_true(Role.is_active) & is_true(Csr.is_active)
    return RoleMember.select(*columns).join(Role).switch(RoleMember).join(Csr).where(in_force)


def _loads(csrs: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many (open, active) cases each of these CSRs has; who has none is left out."""
    rows = _open_cases(len(csrs), csrs=csrs) if csrs else ()
    return {csr: (int(open_cases), int(active_cases)) for csr, open_cases, active_cases in rows}


@Prepared
def _open_cases(holes: Holes, count: int) -> Any:
    active = peewee.Case(None, [(Case.status.in_([str(one) for one in ACTIVE]), 1)], 0)
    is_open = Case.csr.in_(holes.each("csrs", count)) & Case.status.in_([str(one) for one in OPEN])
    counts = Case.select(Case.csr, peewee.fn.COUNT(Case.id), peewee.fn.SUM(active))
    return counts.where(is_open).group_by(Case.csr).tuples()
