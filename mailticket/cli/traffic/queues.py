"""`mailticket inbox` and `outbox`: every state in which a mail can be stuck, and the verb that frees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import click

from mailticket.cli import show
from mailticket.cli.opened import admin, opened
from mailticket.cli.show import Column, Row, moment
from mailticket.cli.traffic import putting_away
from mailticket.cli.words import Asked, Words
from mailticket.errors import Permanent
from mailticket.mime import compose
from mailticket.store import inbox as came_in
from mailticket.store import outbox as going_out
from mailticket.store.by_hand import acts, stuck_letters
from mailticket.store.files import blobs
from mailticket.store.operation import accounts
from mailticket.store.privacy import masking

INBOX_STATES = ("new", "retry", "done", "shunted", "discarded")
#: Shown last, each below a heading of its own.
_LONG = ("text", "body", "traceback")
OUTBOX_STATES = ("queued", "sending", "sent", "failed", "maybe_sent", "cancelled", "held")


@click.group(cls=Words)
def inbox() -> None:
    """List, show, retry and discard mails that came in."""


@inbox.command("list")
@click.option("--state", type=click.Choice(INBOX_STATES), help="Only mails in this state.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, the newest.")
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
@click.argument("number", type=int, metavar="ID")
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
        row = {**_inbox_row(show.as_row(item)), "acts": acts_told(f"inbox:{number}", desk.zone)}
        show_row(asked, row, ("id", "state", "outcome", "reason", "error"), desk.zone)


@inbox.command("retry")
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def retry_inbox(asked: Asked, numbers: Sequence[int]) -> None:
    """Try mails again that were set aside or discarded."""
    with opened(asked) as desk:
        with desk.store.transaction():
            for number in numbers:
                came_in.retry(number, datetime.now(UTC))
                _retried(f"inbox:{number}", datetime.now(UTC))
        desk.store.notify("receive")
    say_retried(asked, numbers, "The daemon tries it again at once.", "The daemon tries them again at once.")


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
@click.option("--state", type=click.Choice(OUTBOX_STATES), help="Only letters in this state.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, the newest.")
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
@click.argument("number", type=int, metavar="ID")
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
            "acts": acts_told(f"outbox:{number}", desk.zone),
        }
        show_row(asked, row, ("id", "state", "letter", "recipient", "subject", "reason", "reply", "error"), desk.zone)


@outbox.command("retry")
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def retry_outbox(asked: Asked, numbers: Sequence[int]) -> None:
    """Send letters again that failed, or that may not have arrived."""
    with opened(asked) as desk:
        with desk.store.transaction():
            for number in numbers:
                stuck_letters.retry(number, datetime.now(UTC))
                _retried(f"outbox:{number}", datetime.now(UTC))
        desk.store.notify("deliver")
    say_retried(asked, numbers, "The daemon sends it at once.", "The daemon sends them at once.")


@outbox.command("cancel")
@putting_away.options
@click.pass_obj
def cancel_outbox(asked: Asked, numbers: Sequence[int], why: str, yes: bool) -> None:
    """Cancel letters that wait, were held or failed: they are never sent."""
    putting_away.cancel(asked, numbers, why, yes)


def _retried(item: str, now: datetime) -> None:
    acts.record(item, "retry", admin().address.name, "", now)


def acts_told(item: str, zone: tzinfo) -> list[str]:
    """What was done to it by hand, a line each."""
    done = [(moment(one.at, zone), one.act, f"by {one.by}", one.why) for one in acts.of(item)]
    return [" ".join(filter(None, words)) for words in done]


def _inbox_row(row: Row) -> Row:
    """What a listing shows of a mail: not whose lease it is."""
    return {key: value for key, value in row.items() if key not in ("server_state",)}


def _outbox_row(row: Row) -> Row:
    """What a listing shows of a letter: not its whole text, nor our inner key."""
    return {key: value for key, value in row.items() if key not in ("skeleton", "idem_key")}


def show_row(asked: Asked, row: Row, first: Sequence[str], zone: tzinfo) -> None:
    """One row with all it has; for people without what is empty or nought."""
    if asked.as_json:
        click.echo(show.as_json(row))
        return
    long = [key for key in _LONG if row.get(key)]
    rest = [key for key in row if key not in (*first, *_LONG)]
    show.facts((key.replace("_", " "), _shown(row[key], zone)) for key in (*first, *rest))
    for key in long:
        show.heading(key)
        show.long_text(row[key])


def _shown(value: Any, zone: tzinfo) -> Any:
    return moment(value, zone) if isinstance(value, datetime) else value or ""


def say_retried(asked: Asked, numbers: Sequence[int], one: str, many: str) -> None:
    if asked.as_json:
        click.echo(show.as_json([{"id": number} for number in numbers]))
    else:
        click.echo(one if len(numbers) == 1 else many)
