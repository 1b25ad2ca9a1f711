"""`mailticket blacklist`: whose mail is rejected and deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.opened import Opened, admin, opened
from mailticket.cli.show import Column, moment
from mailticket.cli.words import Asked, Words
from mailticket.domain.address import Address
from mailticket.errors import Permanent, Refused

if TYPE_CHECKING:
    from mailticket.config.models import Config


@click.group(cls=Words)
def blacklist() -> None:
    """List, add and remove unwanted senders."""


@blacklist.command("list")
@click.pass_obj
def list_(asked: Asked) -> None:
    """List who is on the blacklist, by whom and since when."""
    from mailticket.store import blacklist as stored

    with opened(asked) as desk:
        _project(desk)
        rows = [show.as_row(one) for one in stored.entries()]
        columns = [
            Column("ADDRESS", "address"),
            Column("SUBJECT", lambda row: row["subject"] or "any"),
            Column("BY", "by"),
            Column("SINCE", lambda row: moment(row["at"], desk.zone)),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="The blacklist is empty.")


@blacklist.command("add")
@click.argument("address")
@click.option("--subject", default="", help="Only mail with this subject (Re: and the like do not count).")
@click.pass_obj
def add(asked: Asked, address: str, subject: str) -> None:
    """Reject mail from ADDRESS (or "*@domain") from now on and delete it from the mail server."""
    from mailticket.store import blacklist as stored
    from mailticket.triage.subject import plain_subject

    with opened(asked) as desk:
        pattern = _pattern(address)
        _refuse_ours(desk.config, pattern)
        about = plain_subject(subject)
        with desk.store.transaction():
            stored.add(pattern, about, str(admin().address), datetime.now(UTC))
        _tell(asked, pattern, about, "is on the blacklist")


@blacklist.command("remove")
@click.argument("address")
@click.option("--subject", default="", help="The entry with this subject.")
@click.pass_obj
def remove(asked: Asked, address: str, subject: str) -> None:
    """Take ADDRESS (or "*@domain") from the blacklist."""
    from mailticket.store import blacklist as stored
    from mailticket.triage.subject import plain_subject

    with opened(asked) as desk:
        pattern, about = _pattern(address), plain_subject(subject)
        with desk.store.transaction():
            was_there = stored.remove(pattern, about)
        if not was_there:
            raise Permanent(f"{_named(pattern, about)} is not on the blacklist.", "See `mailticket blacklist list`.")
        _tell(asked, pattern, about, "is no longer on the blacklist")


def _project(desk: Opened) -> None:
    from mailticket.store import blacklist as stored

    with desk.store.transaction():
        stored.project(desk.config)


def _pattern(written: str) -> str:
    """The address or *@domain as the store has it: lower case, host in ASCII."""
    from mailticket.config.rules import BlacklistRule

    try:
        rule = BlacklistRule(address=written)
    except ValueError as error:
        raise click.BadParameter(f'{written} is neither an address nor "*@domain".', param_hint="ADDRESS") from error
    return Address("", rule.address).key


def _refuse_ours(config: Config, pattern: str) -> None:
    """CSRs and services never match; whoever lists one would wonder why nothing happens."""
    hit = next((key for key in sorted(config.our_keys) if key == pattern), None)
    if hit:
        raise Refused(f"{hit} is one of ours, a CSR or a service.", "These are never rejected.")


def _named(pattern: str, about: str) -> str:
    return f'{pattern} with the subject "{about}"' if about else pattern


def _tell(asked: Asked, pattern: str, about: str, what: str) -> None:
    if asked.as_json:
        click.echo(show.as_json({"address": pattern, "subject": about}))
    else:
        click.echo(f"{_named(pattern, about)} {what}.")
