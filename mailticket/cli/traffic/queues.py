"""`mailticket inbox` and `outbox`: every state in which a mail can be stuck, and the verb that frees it."""

from __future__ import annotations

from datetime import datetime

import click

from mailticket.cli import show
from mailticket.cli.opened import admin, opened
from mailticket.cli.show import Column, Row, moment
from mailticket.cli.traffic import items
from mailticket.cli.traffic.items import Retry
from mailticket.cli.traffic.putting_away import Act, Way, putting_away
from mailticket.cli.visible import visible
from mailticket.cli.words import Asked, Words
from mailticket.domain.case import Entry, EntryKind
from mailticket.domain.case import Words as CaseWords
from mailticket.domain.people import Door
from mailticket.errors import Permanent

INBOX_STATES = ("new", "retry", "done", "shunted", "discarded")
OUTBOX_STATES = ("queued", "sending", "sent", "failed", "maybe_sent", "cancelled", "held")


@click.group(cls=Words)
def inbox() -> None:
    """List, show, retry and discard mails that came in."""


@inbox.command("list")
@items.narrowed(INBOX_STATES, "mails")
@click.pass_obj
def list_inbox(asked: Asked, state: str | None, limit: int | None) -> None:
    """List what was taken in, and what became of it."""
    from mailticket.store import inbox as came_in

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
    from mailticket.store import inbox as came_in
    from mailticket.store.files import blobs
    from mailticket.store.privacy import masking

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


def _retry_mail(number: int, now: datetime) -> None:
    from mailticket.store import inbox_ends

    inbox_ends.retry(number, now)


def _mail_named(number: int) -> str:
    from mailticket.store import inbox as came_in

    mail = came_in.get(number)
    return f"{mail.subject or '(not read)'} from {mail.sender or 'unknown'}"


def _discard_mail(number: int, act: Act) -> None:
    from mailticket.store import inbox_ends

    inbox_ends.discard(number, f"discarded {act.reason}")


_MAILS_RETRIED = Retry("inbox", _retry_mail, "receive", "tries it again", "tries them again")
_MAILS_PUT_AWAY = Way(
    "inbox",
    _mail_named,
    "No case is opened for them and nobody is told. They stay stored: `inbox show --raw` prints them, "
    "`inbox retry` takes them up again. The server's copy goes where settled mails go.",
    _discard_mail,
    "discarded",
    wakes="collect",
)
inbox.add_command(items.retrying(_MAILS_RETRIED, "Try mails again that were set aside or discarded."))
inbox.add_command(
    putting_away("discard", _MAILS_PUT_AWAY, "Put mails away that were set aside or wait: they never become a case.")
)


@click.group(cls=Words)
def outbox() -> None:
    """List, show, retry and cancel letters that go out."""


@outbox.command("list")
@items.narrowed(OUTBOX_STATES, "letters")
@click.pass_obj
def list_outbox(asked: Asked, state: str | None, limit: int | None) -> None:
    """List letters: sent, waiting, failed."""
    from mailticket.store import outbox as going_out
    from mailticket.store.operation import accounts

    with opened(asked) as desk:
        rows = [_outbox_row(show.as_row(one)) for one in going_out.list_items(state=state, limit=limit)]
        if not asked.as_json:
            for rest in accounts.resting():
                click.echo(visible(f"{rest.account} rests until {moment(rest.until, desk.zone)}: {rest.why}"), err=True)
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
    from mailticket.mime import compose
    from mailticket.store import outbox as going_out
    from mailticket.store.files import blobs

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


def _send_again(number: int, now: datetime) -> None:
    from mailticket.store.by_hand import stuck_letters

    stuck_letters.retry(number, now)


def _letter_named(number: int) -> str:
    from mailticket.store import outbox as going_out

    letter = going_out.get(number)
    return f"{letter.letter} to {letter.recipient}, {letter.state}"


def _cancel_letter(number: int, act: Act) -> None:
    """Whoever reads the case must not believe that the letter went out."""
    from mailticket.store import cases, entries
    from mailticket.store import outbox as going_out
    from mailticket.store.by_hand import stuck_letters

    letter = going_out.get(number)
    stuck_letters.cancel(number)
    case = cases.load([letter.case]).get(letter.case) if letter.case else None
    if case is not None:
        said = f"The {letter.letter} to {letter.recipient} was cancelled by {act.by} and is not sent"
        words = f"{said}: {act.why}" if act.why else f"{said}."
        author = admin().address
        entries.add_entry(case, Entry(0, 0, EntryKind.EVENT, act.at, author, CaseWords(words), door=Door.CLI))


_LETTERS_RETRIED = Retry("outbox", _send_again, "deliver", "sends it", "sends them")
_LETTERS_PUT_AWAY = Way(
    "outbox",
    _letter_named,
    "They are never sent, and nobody is told but their cases. `outbox retry` sends them all the same.",
    _cancel_letter,
    "cancelled",
)
outbox.add_command(items.retrying(_LETTERS_RETRIED, "Send letters again that failed, or that may not have arrived."))
outbox.add_command(
    putting_away("cancel", _LETTERS_PUT_AWAY, "Cancel letters that wait, were held or failed: they are never sent.")
)


def _inbox_row(row: Row) -> Row:
    """What a listing shows of a mail: not whose lease it is."""
    return {key: value for key, value in row.items() if key not in ("server_state",)}


def _outbox_row(row: Row) -> Row:
    """What a listing shows of a letter: not its whole text, nor our inner key."""
    return {key: value for key, value in row.items() if key not in ("skeleton", "idem_key")}
