"""`discard` and `cancel`: what a human takes out of a queue for good, and the trace of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from mailticket.cli import show
from mailticket.cli.opened import admin, opened
from mailticket.cli.traffic import items
from mailticket.cli.words import Asked, Word


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, why ("" if they do not say), and when."""

    by: str
    why: str
    at: datetime

    @property
    def reason(self) -> str:
        """To stand behind what was done: "by Ann: a test"."""
        return f"by {self.by}: {self.why}" if self.why else f"by {self.by}"


@dataclass(frozen=True, slots=True)
class Way:
    """How the items of one queue are put away: how each is named before, what is lost with them, how it is done, in
    one word, and which worker has something to do then."""

    queue: str
    named: Callable[[int], str]
    lost: str
    put_away: Callable[[int, Act], None]
    done: str
    wakes: str = ""


def putting_away(verb: str, way: Way, says: str) -> click.Command:
    """The command by which the items of one queue are put away."""

    @click.command(verb, cls=Word, help=says)
    @items.numbers
    @click.option("--why", default="", metavar="TEXT", help="The reason; it is kept with the act.")
    @click.option("--yes", is_flag=True, help="Do it without asking.")
    @click.pass_obj
    def command(asked: Asked, numbers: Sequence[int], why: str, yes: bool) -> None:
        _put_away(asked, verb, way, numbers, why, yes)

    return command


def _put_away(asked: Asked, verb: str, way: Way, numbers: Sequence[int], why: str, yes: bool) -> None:
    """Each of these items, all or none."""
    from mailticket.store.by_hand import acts

    with opened(asked) as desk:
        _confirm([f"{one}: {way.named(one)}" for one in numbers], way.lost, yes)
        act = Act(admin().address.name, why, datetime.now(UTC))
        with desk.store.transaction():
            for one in numbers:
                way.put_away(one, act)
                acts.record(f"{way.queue}:{one}", verb, act.by, why, act.at)
        if way.wakes:
            desk.store.notify(way.wakes)
    if asked.as_json:
        click.echo(show.as_json([{"id": one} for one in numbers]))
    else:
        click.echo(f"{len(numbers)} {way.done}.")


def _confirm(told: Sequence[str], lost: str, yes: bool) -> None:
    """Say what is lost, and ask; whoever cannot be asked must have said --yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Say --yes: nobody is there to be asked.")
    for line in told:
        show.long_text(line)
    click.echo(lost)
    click.confirm("Go on?", abort=True)
