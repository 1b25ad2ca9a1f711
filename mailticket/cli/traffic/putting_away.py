"""`mailticket inbox discard` and `outbox cancel`: what a human puts away for good, and the trace of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from mailticket.cli import show
from mailticket.cli.opened import admin, opened
from mailticket.cli.traffic import items
from mailticket.cli.words import Asked
from mailticket.domain.case import Entry, EntryKind, Words
from mailticket.domain.people import Door
from mailticket.store import cases, entries, inbox, outbox
from mailticket.store.by_hand import acts, stuck_letters


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which mails, why, and without being asked."""
    for option in (
        items.numbers,
        click.option("--why", default="", metavar="TEXT", help="The reason; it is kept with the act."),
        click.option("--yes", is_flag=True, help="Do it without asking."),
    ):
        command = option(command)
    return command


def discard(asked: Asked, numbers: Sequence[int], why: str, yes: bool) -> None:
    """Each of these mails is put away, all or none."""
    with opened(asked) as desk:
        mails = [inbox.get(number) for number in numbers]
        told = [f"{one.id}: {one.subject or '(not read)'} from {one.sender or 'unknown'}" for one in mails]
        lost = (
            "No case is opened for them and nobody is told. They stay stored: `inbox show --raw` prints them, "
            "`inbox retry` takes them up again. The server's copy goes where settled mails go."
        )
        confirm(told, lost, yes)
        by, now = admin().address.name, datetime.now(UTC)
        reason = f"discarded by {by}" + (f": {why}" if why else "")
        with desk.store.transaction():
            for number in numbers:
                inbox.discard(number, reason)
                acts.record(f"inbox:{number}", "discard", by, why, now)
        desk.store.notify("collect")
    say_done(asked, numbers, "discarded")


def cancel(asked: Asked, numbers: Sequence[int], why: str, yes: bool) -> None:
    """Each of these letters is never sent, all or none; their cases say so."""
    with opened(asked) as desk:
        letters = [outbox.get(number) for number in numbers]
        told = [f"{one.id}: {one.letter} to {one.recipient}, {one.state}" for one in letters]
        lost = "They are never sent, and nobody is told but their cases. `outbox retry` sends them all the same."
        confirm(told, lost, yes)
        by, now = admin().address.name, datetime.now(UTC)
        with desk.store.transaction():
            for item in letters:
                stuck_letters.cancel(item.id)
                acts.record(f"outbox:{item.id}", "cancel", by, why, now)
                _tell_case(item, by, why, now)
    say_done(asked, numbers, "cancelled")


def _tell_case(item: outbox.OutboxItem, by: str, why: str, now: datetime) -> None:
    """Whoever reads the case must not believe that the letter went out."""
    case = cases.load([item.case]).get(item.case) if item.case else None
    if case is None:
        return
    words = f"The {item.letter} to {item.recipient} was cancelled by {by} and is not sent" + (
        f": {why}" if why else "."
    )
    author = admin().address
    entries.add_entry(case, Entry(0, 0, EntryKind.EVENT, now, author, Words(words), door=Door.CLI))


def confirm(told: Sequence[str], lost: str, yes: bool) -> None:
    """Say what is lost, and ask; whoever cannot be asked must have said --yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Say --yes: nobody is there to be asked.")
    for line in told:
        show.long_text(line)
    click.echo(lost)
    click.confirm("Go on?", abort=True)


def say_done(asked: Asked, numbers: Sequence[int], done: str) -> None:
    if asked.as_json:
        click.echo(show.as_json([{"id": number} for number in numbers]))
    else:
        click.echo(f"{len(numbers)} {done}.")
