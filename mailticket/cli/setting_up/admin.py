"""`mailticket check` and `migrate`: is everything there, and is the database of this version?"""

from __future__ import annotations

import click

from mailticket.cli import show
from mailticket.cli.opened import store_of
from mailticket.cli.setting_up.finding import Finding, Status
from mailticket.cli.show import Column
from mailticket.cli.words import Asked, Whole, Word
from mailticket.domain.texts.counted import counted

_MARKS = {Status.OK: "ok", Status.WARNING: "WARN", Status.FAILED: "FAIL"}
_STYLES = {"ok": "green", "WARN": "yellow", "FAIL": "bold red"}


@click.command(cls=Word)
@click.option("--send", is_flag=True, help="Each service mails itself, too; what comes back is compared and deleted.")
@click.option("--wait", type=Whole(1, 3600), default=60, show_default=True, help="Seconds to wait for it.")
@click.pass_obj
def check(asked: Asked, send: bool, wait: int) -> None:
    """Try everything that the desk needs; say how to mend what fails."""
    from mailticket import settings
    from mailticket.cli.setting_up import checks

    found = checks.look(settings.find(asked.config), sends_for=wait if send else 0)
    show_findings(found, asked.as_json)
    if any(one.status is Status.FAILED for one in found):
        raise click.exceptions.Exit(1)


def show_findings(found: list[Finding], as_json: bool = False) -> None:
    """The table, and how it is in one line."""
    columns = [
        Column("", lambda row: _MARKS[row["status"]], _STYLES),
        Column("WHAT", "what"),
        Column("FOUND", "said"),
        Column("DO", "fix"),
    ]
    show.listing([show.as_row(one) for one in found], columns, as_json=as_json, nothing="Nothing to check.")
    if not as_json:
        click.echo(_summary(found))


def _summary(found: list[Finding]) -> str:
    count = {status: sum(1 for one in found if one.status is status) for status in Status}
    if count[Status.FAILED]:
        return f"{count[Status.FAILED]} failed."
    warnings = count[Status.WARNING]
    return f"All is well, with {counted(warnings, 'warning')}." if warnings else "All is well."


@click.command(cls=Word)
@click.option("--new-key", is_flag=True, help="The key file is lost for good: begin with the one that is here now.")
@click.pass_obj
def migrate(asked: Asked, new_key: bool) -> None:
    """Bring the database up to this version."""
    from mailticket import settings
    from mailticket.store.privacy import key_in_force

    config = settings.load(settings.find(asked.config), with_passwords=False)
    store = store_of(config)
    store.open()
    try:
        with show.progress() as told:
            applied = store.migrate(told)
        if new_key:
            with store.connection(), store.transaction():
                key_in_force.forget()
    finally:
        store.close()
    if new_key and not asked.as_json:
        click.echo("The next daemon's key file counts from now on; what was sealed under another one stays closed.")
    if asked.as_json:
        click.echo(show.as_json({"applied": applied}))
    elif applied:
        click.echo(f"Done: {', '.join(applied)}.")
    else:
        click.echo("The database is of this version already.")
