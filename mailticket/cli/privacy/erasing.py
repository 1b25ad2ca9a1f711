"""`mailticket erase` and `export`: one customer goes, or gets everything that is kept about them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.opened import opened
from mailticket.cli.persons.customer import named
from mailticket.cli.privacy.masking import records_of, request
from mailticket.cli.visible import visible
from mailticket.cli.words import Asked, Word
from mailticket.domain.people import Person
from mailticket.domain.texts.counted import counted
from mailticket.errors import Permanent

if TYPE_CHECKING:
    from mailticket.desk.privacy.erasing import Erased, Plan


@click.command("erase", cls=Word)
@click.argument("customer", metavar="CUSTOMER")
@click.option("--why", default="", help="Why, for the record, which does not keep who it was.")
@click.option("--dry-run", is_flag=True, help="Only say what would go, and what cannot.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(asked: Asked, customer: str, why: str, dry_run: bool, yes: bool) -> None:
    """Erase everything that a customer (an address or a customer number) said and sent; figures stay."""
    from mailticket.desk.privacy.erasing import erase as do_erase
    from mailticket.desk.privacy.erasing import plan

    with opened(asked) as desk:
        person = named(customer)
        planned = plan(person)
        if dry_run:
            click.echo(show.as_json(asdict(planned)) if asked.as_json else _planned(person, planned))
            return
        wish = request(why)
        if not yes:
            click.echo(_planned(person, planned), err=True)
            click.confirm("Erase it? It cannot be undone.", abort=True, err=True)
        done = do_erase(records_of(desk), person, wish)
    if asked.as_json:
        click.echo(show.as_json(asdict(done)))
    else:
        click.echo(_erased(done))


def _planned(person: Person, planned: Plan) -> str:
    addresses = ", ".join(one.address for one in person.addresses)
    lines = [
        f"{person.name} ({addresses}):" if person.name else f"{addresses}:",
        f"  cases that lose all their words: {', '.join(planned.whole) or 'none'}",
        f"  cases that keep what others said: {', '.join(planned.shared) or 'none'}",
        f"  entries: {planned.entries}, files: {planned.files}, mails: {planned.mails}, letters: {planned.letters}",
        "Not reached:",
        *(f"  {one}" for one in planned.beyond),
    ]
    return "\n".join(visible(one) for one in lines)


def _erased(done: Erased) -> str:
    if done.waits:
        return f"Erasure {done.erasure} has begun. {visible(done.waits)}"
    return "\n".join(filter(None, [f"Erasure {done.erasure} is done.", visible(done.left)]))


@click.command("export", cls=Word)
@click.argument("customer", metavar="CUSTOMER")
@click.option(
    "--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="The .zip to write."
)
@click.option("--with-notes", is_flag=True, help="Staff's notes of cases that are the customer's alone, too.")
@click.pass_obj
def export(asked: Asked, customer: str, target: Path | None, with_notes: bool) -> None:
    """Write all that is kept about a customer (an address or a customer number) to a .zip."""
    from mailticket.desk.privacy.exporting import export as do_export

    with opened(asked) as desk:
        person = named(customer)
        place = target or Path(f"customer-{person.id}.zip")
        if place.exists():
            raise Permanent(f"{place} is there already.", "Name another file with --to.")
        done = do_export(records_of(desk), person, place, with_notes)
    if asked.as_json:
        click.echo(show.as_json({"file": str(place), **asdict(done)}))
        return
    held = (counted(done.cases, "case"), counted(done.mails, "mail"), counted(done.files, "file"))
    click.echo(visible(f"{place}: {', '.join(held)}."))
    if done.sealed:
        sealed = counted(done.sealed, "raw mail that is", "raw mails that are")
        click.echo(f"Left out: {sealed} sealed, because something is masked.")
