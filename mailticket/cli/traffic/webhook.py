"""`mailticket webhook`: calls to other programs that wait, were held or were given up, and the verb that frees each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from mailticket.cli import show
from mailticket.cli.opened import admin, opened
from mailticket.cli.show import Column, moment
from mailticket.cli.traffic import items, putting_away
from mailticket.cli.traffic.items import Retry
from mailticket.cli.words import Asked, Name, Words
from mailticket.store.by_hand import acts, stuck_calls

STATES = ("queued", "calling", "done", "failed", "cancelled", "held")
_RETRY = Retry("webhook", stuck_calls.retry, "call", "makes it", "makes them")


@click.group(cls=Words)
def webhook() -> None:
    """List, show, retry and cancel webhook calls to other programs."""


@webhook.command("list")
@click.option("--state", type=Name(STATES), help="Only calls in this state.")
@items.limit
@click.pass_obj
def list_webhook(asked: Asked, state: str | None, limit: int | None) -> None:
    """List webhook calls: made, waiting, held, failed."""
    with opened(asked) as desk:
        kept = stuck_calls.list_calls(state, limit)
        rows = [{name: value for name, value in show.as_row(one).items() if name != "body"} for one in kept]
        columns = [
            Column("ID", "id"),
            Column("STATE", "state"),
            Column("TO", "target"),
            Column("CREATED", lambda row: moment(row["created_at"], desk.zone)),
            Column("TRIES", "attempts"),
            Column("NEXT TRY", lambda row: moment(row["next_at"], desk.zone) if row["state"] == "queued" else ""),
            Column("TROUBLE", "error"),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="There are no such calls.")


@webhook.command("show")
@items.number
@click.pass_obj
def show_webhook(asked: Asked, number: int) -> None:
    """Show one call: where it goes, what it says, and what the other side answered."""
    with opened(asked) as desk:
        row = show.as_row(stuck_calls.get(number))
        items.show_item(asked, f"webhook:{number}", row, ("id", "state", "target", "error"), desk.zone)


@webhook.command("retry")
@items.numbers
@click.pass_obj
def retry_webhook(asked: Asked, numbers: Sequence[int]) -> None:
    """Make calls again that failed or were held."""
    items.retry(asked, _RETRY, numbers)


@webhook.command("cancel")
@putting_away.options
@click.pass_obj
def cancel_webhook(asked: Asked, numbers: Sequence[int], why: str, yes: bool) -> None:
    """Cancel calls that wait, were held or failed: they are never made."""
    with opened(asked) as desk:
        calls = [stuck_calls.get(number) for number in numbers]
        told = [f"{one.id}: to {one.target}, {one.state}" for one in calls]
        putting_away.confirm(told, "They are never made. `webhook retry` makes them all the same.", yes)
        by, now = admin().address.name, datetime.now(UTC)
        with desk.store.transaction():
            for number in numbers:
                stuck_calls.cancel(number)
                acts.record(f"webhook:{number}", "cancel", by, why, now)
    putting_away.say_done(asked, numbers, "cancelled")
