"""`mailticket reconcile`: what the mail server and the database disagree about, and mended where that is safe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from mailticket.cli import show
from mailticket.cli.opened import open_made, store_of
from mailticket.cli.show import Column, Row
from mailticket.cli.words import Asked, Word
from mailticket.errors import MailticketError, Permanent

if TYPE_CHECKING:
    from mailticket.config.models import Config, Service

#: What is told of each service, in the order of the table.
_HEADINGS = {
    "lost": "NOT TAKEN IN",
    "lost_in_processed": "UNKNOWN IN PROCESSED",
    "reused": "NUMBERS REUSED",
    "returned": "BACK AGAIN",
    "to_move": "TO BE MOVED",
    "vanished": "TAKEN AWAY",
}


@click.command(cls=Word)
@click.argument("service", required=False, default="")
@click.option("--dry-run", is_flag=True, help="Only look; change nothing.")
@click.pass_obj
def reconcile(asked: Asked, service: str, dry_run: bool) -> None:
    """Compare the mailboxes with the database; mend what is safe."""
    from mailticket import settings

    config = settings.load(settings.find(asked.config))
    rows = _look(config, _asked_for(config, service), dry_run)
    columns = [Column("SERVICE", "service"), *(Column(head, name) for name, head in _HEADINGS.items())]
    show.listing(rows, [*columns, Column("TROUBLE", "trouble")], as_json=asked.as_json, nothing="There is no service.")
    if not asked.as_json:
        click.echo("Nothing was changed." if dry_run else "The daemon collects and moves at its next look.")
    if any(row["trouble"] for row in rows):
        raise click.exceptions.Exit(1)


def _asked_for(config: Config, name: str) -> Sequence[Service]:
    if not name:
        return config.service
    found = config.service_named(name)
    if found is None:
        known = ", ".join(one.name for one in config.service) or "none"
        raise Permanent(f"There is no service {name}.", f"The config has: {known}.")
    return (found,)


def _look(config: Config, services: Sequence[Service], dry_run: bool) -> list[Row]:
    from pathlib import Path

    from mailticket import settings
    from mailticket.children.pool import Parsers
    from mailticket.desk.office import Office
    from mailticket.store.privacy import key_file

    store = store_of(config)
    open_made(store)
    try:
        with store.connection():
            store.check_schema()
        book = settings.templates_of(config, Path(config.mailticket.templates).parent)
        keys = key_file.read_or_make(Path(config.mailticket.data))
        office = Office(config, book, keys, store, Parsers(), "reconcile", lambda: datetime.now(UTC))
        return [_row(office, one, dry_run) for one in services]
    finally:
        store.close()


def _row(office: Any, service: Service, dry_run: bool) -> Row:
    """One service's line; its trouble keeps the others from nothing."""
    nothing: dict[str, Any] = {"service": service.name, **dict.fromkeys(_HEADINGS, 0), "trouble": ""}
    try:
        return nothing | _compared(office, service, dry_run)
    except MailticketError as error:
        return nothing | {"trouble": str(error)}


def _compared(office: Any, service: Service, dry_run: bool) -> dict[str, int]:
    from mailticket.desk.mailbox import reconcile as desk
    from mailticket.desk.servers.credentials import imap_settings
    from mailticket.wire.imap import Mailbox

    with Mailbox(imap_settings(office, service)) as mailbox:
        with office.connected():
            source = desk.look_at_source(service, mailbox)
        found = desk.compare(office, source, mailbox)
        if not dry_run:
            desk.mend(office, source, found)
        beside = desk.open_processed(source, mailbox) if service.processed == "move" else None
        lost: list[int] = []
        if beside is not None:
            with beside:
                lost = desk.unknown_in_processed(office, source, beside)
                if lost and not dry_run:
                    beside.move(lost, service.imap.folder)
    told = {"lost": found.lost, "reused": found.reused, "returned": found.returned, "vanished": found.vanished}
    return {name: len(which) for name, which in told.items()} | {
        "lost_in_processed": len(lost),
        "to_move": found.to_move,
    }
