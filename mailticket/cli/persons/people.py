"""`mailticket csr`: who answers, and who is away."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from mailticket.cli import show
from mailticket.cli.opened import Opened, admin, csr_named, opened
from mailticket.cli.show import Column, moment
from mailticket.cli.words import Asked, Words
from mailticket.domain.near_names import hint
from mailticket.errors import Permanent


@click.group(cls=Words)
def csr() -> None:
    """List CSRs; set them away or available."""


@csr.command("list")
@click.pass_obj
def list_(asked: Asked) -> None:
    """List CSRs with their roles and how much they have to do."""
    from mailticket.store import people

    with opened(asked) as desk:
        _project(desk)
        rows = [show.as_row(one) for one in people.csr_list()]
        columns = [
            Column("ADDRESS", "email"),
            Column("NAME", "name"),
            Column("ROLES", "roles"),
            Column("AWAY IN", "away_roles"),
            Column("OPEN", "open_cases"),
            Column("ACTIVE", "active_cases"),
            Column("LAST NEW CASE", lambda row: moment(row["last_assigned_at"], desk.zone)),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="The config has no [[csr]].")


@csr.command("away")
@click.argument("name", metavar="CSR")
@click.option("--role", metavar="NAME", default="", help="Only in this role; without it in all of theirs.")
@click.option("--reason", default="", help="Why, for the record.")
@click.pass_obj
def away(asked: Asked, name: str, role: str, reason: str) -> None:
    """Set a CSR (an address or a name) away: no new cases go to them."""
    _set(asked, name, role, reason, is_away=True)


@csr.command("available")
@click.argument("name", metavar="CSR")
@click.option("--role", metavar="NAME", default="", help="Only in this role; without it in all of theirs.")
@click.option("--reason", default="", help="Why, for the record.")
@click.pass_obj
def available(asked: Asked, name: str, role: str, reason: str) -> None:
    """Set a CSR available: they get cases again.

    Those that wait come at once.
    """
    _set(asked, name, role, reason, is_away=False)


def _set(asked: Asked, name: str, role: str, reason: str, *, is_away: bool) -> None:
    from mailticket.store import people

    with opened(asked) as desk:
        found = csr_named(desk, name)
        roles = [one.name for one in desk.config.role if found in desk.config.members(one.name)]
        if role and role not in roles:
            raise Permanent(f'{found.email} is in no role "{role}"{hint(role, roles)}', "See `mailticket csr list`.")
        by = admin()
        _project(desk)
        with desk.store.transaction():
            people.set_away(found.key, role, is_away, str(by.address), datetime.now(UTC), reason or by.reason)
        desk.store.notify("assign")
        word = "away" if is_away else "available"
        where = f"in {role}" if role else f"in {', '.join(roles)}" if roles else "(in no role yet)"
        if asked.as_json:
            click.echo(show.as_json({"email": found.email, "roles": [role] if role else roles, "is_away": is_away}))
        else:
            click.echo(f"{found.email} is {word} {where}.")


def _project(desk: Opened) -> None:
    """The rows of people as the config has them now: the daemon may not have started with it yet."""
    from mailticket.store import people

    with desk.store.transaction():
        people.project(desk.config, datetime.now(UTC))
