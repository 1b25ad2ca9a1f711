"""`mailticket webhook`: calls to other programs that wait, were held or were given up, and the verb that frees each."""

from __future__ import annotations

from datetime import datetime

import click

from mailticket.cli import show
from mailticket.cli.opened import opened
from mailticket.cli.show import Column, moment
from mailticket.cli.traffic import items
from mailticket.cli.traffic.items import Retry
from mailticket.cli.traffic.putting_away import Act, Way, putting_away
from mailticket.cli.words import Asked, Words

STATES = ("queued", "calling", "done", "failed", "cancelled", "held")


@click.group(cls=Words)
def webhook() -> None:
    """List, show, retry and cancel webhook calls to other programs."""


@webhook.command("list")
@items.narrowed(STATES, "calls")
@click.pass_obj
def list_webhook(asked: Asked, state: str | None, limit: int | None) -> None:
    """List webhook calls: made, waiting, held, failed."""
    from mailticket.store.by_hand import stuck_calls

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
    from mailticket.store.by_hand import stuck_calls

    with opened(asked) as desk:
        row = show.as_row(stuck_calls.get(number))
        items.show_item(asked, f"webhook:{number}", row, ("id", "state", "target", "error"), desk.zone)


def _call_again(number: int, now: datetime) -> None:
    from mailticket.store.by_hand import stuck_calls

    stuck_calls.retry(number, now)


def _call_named(number: int) -> str:
    from mailticket.store.by_hand import stuck_calls

    call = stuck_calls.get(number)
    return f"to {call.target}, {call.state}"


def _cancel_call(number: int, _act: Act) -> None:
    from mailticket.store.by_hand import stuck_calls

    stuck_calls.cancel(number)


_RETRIED = Retry("webhook", _call_again, "call", "makes it", "makes them")
_PUT_AWAY = Way(
    "webhook",
    _call_named,
    "They are never made. `webhook retry` makes them all the same.",
    _cancel_call,
    "cancelled",
)
webhook.add_command(items.retrying(_RETRIED, "Make calls again that failed or were held."))
webhook.add_command(
    putting_away("cancel", _PUT_AWAY, "Cancel calls that wait, were held or failed: they are never made.")
)
