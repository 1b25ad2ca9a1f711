"""`mailticket customer`: the people who write to us, with all their addresses and what is known of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

import click

from mailticket.cli import show
from mailticket.cli.acting import Acting, acting, as_csr, understood
from mailticket.cli.opened import opened
from mailticket.cli.show import Column, Row, moment
from mailticket.cli.visible import visible
from mailticket.cli.words import COUNT, Asked, Words
from mailticket.domain.address import Address
from mailticket.domain.customer_intents import (
    DescribeCustomer,
    MergeCustomers,
    NameOrganisation,
    PartAddress,
    SetCustomerField,
)
from mailticket.domain.decision import ChangeCustomer, JoinCustomers, PartCustomer
from mailticket.domain.intents import Intent
from mailticket.domain.people import Person
from mailticket.errors import Permanent

_MOST_CASES = 1000
_customer_argument = click.argument("wanted", metavar="CUSTOMER")


@click.group(cls=Words)
def customer() -> None:
    """List, show, change and merge customers."""


@customer.command("list")
@click.option("--search", default="", metavar="TEXT", help="A part of a name, address, number, phone, organisation.")
@click.option("--limit", type=COUNT, metavar="N", help="At most so many, the newest.")
@click.pass_obj
def list_(asked: Asked, search: str, limit: int | None) -> None:
    """List customers, the newest first."""
    from mailticket.store import customers

    with opened(asked):
        rows = (_row(one) for one in customers.listed(search=search, limit=limit))
        columns = [
            Column("CUSTOMER", "address"),
            Column("NAME", "name"),
            Column("NUMBER", "number"),
            Column("ORGANISATION", "organisation"),
            Column("MORE ADDRESSES", lambda row: row["addresses"][1:]),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="There are no such customers.")


@customer.command("show")
@_customer_argument
@click.pass_obj
def show_(asked: Asked, wanted: str) -> None:
    """Show a customer (an address or a customer number) with their cases and what was changed."""
    from mailticket.store import cases, customers

    with opened(asked) as desk:
        person = named(wanted)
        theirs = cases.of_customer(person.address.key, "", _MOST_CASES)
        done = customers.history(person.id)
        if asked.as_json:
            listed = [{"id": one.id, "subject": one.subject, "status": one.status} for one in theirs]
            click.echo(show.as_json({**_row(person), "cases": listed, "changes": [show.as_row(one) for one in done]}))
            return
        show.facts([*_facts(person, desk.zone), *person.fields.items()])
        for one in theirs:
            click.echo(visible(f"{one.id}  {one.status:<9}  {moment(one.updated_at, desk.zone)}  {one.subject}"))
        for act in done:
            click.echo(visible(f"{moment(act.at, desk.zone)}  {act.why}"))


def _facts(person: Person, zone: tzinfo) -> Iterator[tuple[str, Any]]:
    for name, value in _row(person).items():
        if name == "created_at":
            yield "Known since", moment(person.created_at, zone)
        elif name not in ("address", "fields"):
            yield name.capitalize(), value


@customer.command("change")
@_customer_argument
@click.option("--name", help="How they are called.")
@click.option("--number", help="Their customer number.")
@click.option("--phone", help="Their telephone number.")
@click.option("--language", metavar="CODE", help="What they are written to in, such as de.")
@click.option("--organisation", metavar="NAME", help="Where they belong.")
@click.option("--for-domain", is_flag=True, help="The organisation is that of everybody at their domain.")
@click.option("--field", "fields", metavar="NAME=VALUE", multiple=True, help="A custom field of customers.")
@as_csr
@click.pass_obj
def change(
    asked: Asked, /, wanted: str, for_domain: bool, fields: Sequence[str], csr: str, **facts: str | None
) -> None:
    """Change what is known of a customer; an empty value takes it away."""
    if not fields and all(value is None for value in facts.values()):
        raise click.UsageError("Say what to change; --help lists it.")
    if for_domain and facts["organisation"] is None:
        raise click.UsageError("--for-domain goes with --organisation.")
    with acting(asked, csr) as act:
        person = named(wanted)
        wishes = tuple(_wishes(act, person, for_domain, fields, facts))
        _do(asked, act, wishes, person)


def _wishes(
    act: Acting, person: Person, for_domain: bool, fields: Sequence[str], facts: dict[str, str | None]
) -> Iterator[Intent]:
    from mailticket.triage.commands import arguments

    for fact, value in facts.items():
        if value is None:
            continue
        if fact == "organisation" and for_domain:
            yield NameOrganisation(act.by, person.address.domain, " ".join(value.split())[:200])
        else:
            plain = arguments.language(value) if fact == "language" else value
            yield DescribeCustomer(act.by, person.id, fact, plain)
    for written in fields:
        name, equals, value = written.partition("=")
        if not equals:
            raise click.BadParameter(f"{written}: there is no =.", param_hint="--field")
        field, kept = arguments.customer_field(
            name.strip(), value.strip(), act.arguments(None, act.desk.config.service[0])
        )
        yield SetCustomerField(act.by, person.id, field, kept)


@customer.command("merge")
@_customer_argument
@click.argument("into", metavar="INTO")
@as_csr
@click.pass_obj
def merge(asked: Asked, wanted: str, into: str, csr: str) -> None:
    """Say that CUSTOMER and INTO are one person. `customer part` takes it back, address by address."""
    with acting(asked, csr) as act:
        person, other = named(wanted), named(into)
        _do(asked, act, (MergeCustomers(act.by, person.id, other.id),), other, person)


@customer.command("part")
@_customer_argument
@click.argument("address", metavar="ADDRESS")
@as_csr
@click.pass_obj
def part(asked: Asked, wanted: str, address: str, csr: str) -> None:
    """Say that ADDRESS is not CUSTOMER's: its owner is a customer of their own."""
    with acting(asked, csr) as act:
        person = named(wanted)
        _do(asked, act, (PartAddress(act.by, person.id, Address("", address)),), person)


def named(written: str) -> Person:
    """The customer with this address or customer number. Raises Permanent."""
    from mailticket.store import customers

    if not written.strip():
        raise Permanent("No customer was named.", "Give a mail address or a customer number.")
    found = customers.at(Address("", written))
    numbered = [] if found else customers.numbered(written)
    if found is None and len(numbered) == 1:
        found = numbered[0]
    if found is None:
        what = f"{len(numbered)} customers have the number" if numbered else "There is no customer"
        raise Permanent(f"{what} {written}.", "`mailticket customer list --search TEXT` finds them.")
    return found


def _do(asked: Asked, act: Acting, wishes: tuple[Intent, ...], person: Person, *others: Person) -> None:
    from mailticket.desk.by_hand.patronage import carry_out_on_customers
    from mailticket.store import customers

    people = [person.id, *(one.id for one in others)]
    with understood():
        decision = carry_out_on_customers(act.office, wishes, people, f"cli:{secrets.token_hex(8)}")
    done = [one.reason for one in decision.actions if isinstance(one, ChangeCustomer | JoinCustomers | PartCustomer)]
    if asked.as_json:
        now = customers.at(person.address)
        click.echo(show.as_json({**(_row(now) if now else {}), "done": done}))
        return
    for line in done or ["it was so already"]:
        click.echo(visible(f"{person.shown}: {line}."))


def _row(person: Person) -> Row:
    row: dict[str, Any] = {"address": person.address.address, "name": person.name, "number": person.number}
    row |= {"phone": person.phone, "language": person.language, "organisation": person.organisation}
    row |= {"addresses": [one.address for one in person.addresses], "fields": dict(person.fields)}
    return row | {"created_at": person.created_at}
