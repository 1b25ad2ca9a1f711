"""`mailticket inbox` and `outbox`: every state in which a mail can be stuck, and the verb that frees it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from mailticket.cli import show
from mailticket.cli.opened import opened
from mailticket.cli.show import Column, Row, moment
from mailticket.cli.traffic import items, putting_away
from mailticket.cli.traffic.items import Retry
from mailticket.cli.words import Asked, Name, Words
from mailticket.errors import Permanent
from mailticket.mime import compose
from mailticket.store import inbox as came_in
from mailticket.store import outbox as going_out
from mailticket.store.by_hand import stuck_letters
from mailticket.store.files import blobs
from mailticket.store.operation import accounts
from mailticket.store.privacy import masking

INBOX_STATES = ("new", "retry", "done", "shunted", "discarded")
OUTBOX_STATES = ("queued", "sending", "sent", "failed", "maybe_sent", "cancelled", "held")
_INBOX_RETRY = Retry("inbox", came_in.retry, "receive", "tries it again", "tries them again")
_OUTBOX_RETRY = Retry("outbox", stuck_letters.retry, "deliver", "sends it", "sends them")


@click.group(cls=Words)
def inbox() -> None:
    """List, show, retry and discard mails that came in."""


@inbox.command("list")
@click.option("--state", type=Name(INBOX_STATES), help="Only mails in this state.")
@items.limit
@click.pass_obj
def list_inbox(asked: Asked, state: str | None, limit: int | None) -> None:
    """List what was taken in, and what became of it."""
    with opened(asked) as desk:
        rows = [_inbox_row(show.as_row(one)) for one in came_in.list_items(state=state, limit=limit)]
        columns = [
            Column("ID", "id"),
            Column("STATE", "state"),
            Column("OUTCOME", "outcome"),
            Column("RECEIVED", lambda row: moment(row["received_at"], desk.zone)),
            Column("SERVICE", "service"),
            Column("FROM", "sender"),
            Column("CASE", "case"),
            Column("SUBJECT", "subject"),
            Column("TROUBLE", "error"),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="There are no such mails.")


@inbox.command("show")
@items.number
@click.option("--raw", is_flag=True, help="Print the mail itself, byte for byte.")
@click.pass_obj
def show_inbox(asked: Asked, number: int, raw: bool) -> None:
    """Show one mail: what became of it and why, with the traceback if it was set aside."""
    with opened(asked) as desk:
        item = came_in.get(number)
        if raw:
            if masking.is_sealed(number):
                fix = f"See `mailticket case unmask {item.case or 'CASE'} ENTRY --why ...`."
                raise Permanent(f"Mail {number} is sealed, because something in it is masked.", fix)
            click.echo(blobs.get(item.blob), nl=False)
            return
        row = _inbox_row(show.as_row(item))
        items.show_item(asked, f"inbox:{number}", row, ("id", "state", "outcome", "reason", "error"), desk.zone)


@inbox.command("retry")
@items.numbers
@click.pass_obj
def retry_inbox(asked: Asked, numbers: Sequence[int]) -> None:
    """Try mails again that were set aside or discarded."""
    items.retry(asked, _INBOX_RETRY, numbers)


@inbox.command("discard")
@putting_away.options
@click.pass_obj
def discard_inbox(asked: Asked, numbers: Sequence[int], why: str, yes: bool) -> None:
    """Put mails away that were set aside or wait: they never become a case."""
    putting_away.discard(asked, numbers, why, yes)


@click.group(cls=Words)
def outbox() -> None:
    """List, show, retry and cancel letters that go out."""


@outbox.command("list")
@click.option("--state", type=Name(OUTBOX_STATES), help="Only letters in this state.")
@items.limit
@click.pass_obj
def list_outbox(asked: Asked, state: str | None, limit: int | None) -> None:
    """List letters: sent, waiting, failed."""
    with opened(asked) as desk:
        rows = [_outbox_row(show.as_row(one)) for one in going_out.list_items(state=state, limit=limit)]
        if not asked.as_json:
            for rest in accounts.resting():
                click.echo(f"{rest.account} rests until {moment(rest.until, desk.zone)}: {rest.why}", err=True)
        columns = [
            Column("ID", "id"),
            Column("STATE", "state"),
            Column("LETTER", "letter"),
            Column("TO", "recipient"),
            Column("CASE", "case"),
            Column("CREATED", lambda row: moment(row["created_at"], desk.zone)),
            Column("SENT", lambda row: moment(row["sent_at"], desk.zone)),
            Column("NEXT TRY", lambda row: moment(row["next_at"], desk.zone) if row["state"] == "queued" else ""),
            Column("TROUBLE", "error"),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="There are no such letters.")


@outbox.command("show")
@items.number
@click.option("--raw", is_flag=True, help="Print the mail itself as it is sent, byte for byte.")
@click.pass_obj
def show_outbox(asked: Asked, number: int, raw: bool) -> None:
    """Show one letter: why it was written, and what the server said."""
    with opened(asked) as desk:
        item = going_out.get(number)
        skeleton = compose.thaw(item.skeleton)
        if raw:
            click.echo(compose.assemble(skeleton, blobs.get), nl=False)
            return
        row = {
            **_outbox_row(show.as_row(item)),
            "subject": dict(skeleton.headers).get("Subject", ""),
            "text": skeleton.text,
        }
        first = ("id", "state", "letter", "recipient", "subject", "reason", "reply", "error")
        items.show_item(asked, f"outbox:{number}", row, first, desk.zone)


@outbox.command("retry")
@items.numbers
@click.pass_obj
def retry_outbox(asked: Asked, numbers: Sequence[int]) -> None:
    """Send letters again that failed, or that may not have arrived."""
    items.retry(asked, _OUTBOX_RETRY, numbers)


@outbox.command("cancel")
@putting_away.options
@click.pass_obj
def cancel_outbox(asked: Asked, numbers: Sequence[int], why: str, yes: bool) -> None:
    """Cancel letters that wait, were held or failed: they are never sent."""
    putting_away.cancel(asked, numbers, why, yes)


def _inbox_row(row: Row) -> Row:
    """What a listing shows of a mail: not whose lease it is."""
    return {key: value for key, value in row.items() if key not in ("server_state",)}


def _outbox_row(row: Row) -> Row:
    """What a listing shows of a letter: not its whole text, nor our inner key."""
    return {key: value for key, value in row.items() if key not in ("skeleton", "idem_key")}
