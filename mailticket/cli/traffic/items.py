"""What `inbox`, `outbox` and `webhook` do alike: one item shown with all it has, and items tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import click

from mailticket.cli import show
from mailticket.cli.opened import admin, opened
from mailticket.cli.show import Row, moment
from mailticket.cli.words import COUNT, ROW, Asked, Name, Word

#: Shown last, each below a heading of its own.
_LONG = ("text", "body", "traceback")

number = click.argument("number", type=ROW, metavar="ID")
numbers = click.argument("numbers", type=ROW, nargs=-1, required=True, metavar="ID...")


def narrowed(states: Sequence[str], things: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a `list`: only things in this state, only so many."""
    state = click.option("--state", type=Name(states), help=f"Only {things} in this state.")
    limit = click.option("--limit", type=COUNT, metavar="N", help="At most so many, the newest.")
    return lambda command: state(limit(command))


@dataclass(frozen=True, slots=True)
class Retry:
    """How the items of one queue are tried again: by what, which worker is woken, and what it then does at once."""

    queue: str
    again: Callable[[int, datetime], None]
    worker: str
    one: str
    many: str


def retrying(how: Retry, says: str) -> click.Command:
    """The command by which the items of one queue are tried again."""

    @click.command("retry", cls=Word, help=says)
    @numbers
    @click.pass_obj
    def retry(asked: Asked, numbers: Sequence[int]) -> None:
        _retry(asked, how, numbers)

    return retry


def _retry(asked: Asked, how: Retry, wanted: Sequence[int]) -> None:
    """Each of these items is tried again, all or none, and it is kept who wanted it."""
    from mailticket.store.by_hand import acts

    by, now = admin().address.name, datetime.now(UTC)
    with opened(asked) as desk:
        with desk.store.transaction():
            for one in wanted:
                how.again(one, now)
                acts.record(f"{how.queue}:{one}", "retry", by, "", now)
        desk.store.notify(how.worker)
    if asked.as_json:
        click.echo(show.as_json([{"id": one} for one in wanted]))
    else:
        click.echo(f"The daemon {how.one if len(wanted) == 1 else how.many} at once.")


def show_item(asked: Asked, item: str, row: Row, first: Sequence[str], zone: tzinfo) -> None:
    """One row with all it has, and what was done to it by hand; for people without what is empty or nought.

    `item` names it in the acts ("inbox:12"), `first` the columns that come first.
    """
    row = {**row, "acts": _acts(item, zone)}
    if asked.as_json:
        click.echo(show.as_json(row))
        return
    long = [key for key in _LONG if row.get(key)]
    rest = [key for key in row if key not in (*first, *_LONG)]
    show.facts((key.replace("_", " "), _shown(row[key], zone)) for key in (*first, *rest))
    for key in long:
        show.heading(key)
        show.long_text(row[key])


def _acts(item: str, zone: tzinfo) -> list[str]:
    from mailticket.store.by_hand import acts

    done = [(moment(one.at, zone), one.act, f"by {one.by}", one.why) for one in acts.of(item)]
    return [" ".join(filter(None, words)) for words in done]


def _shown(value: Any, zone: tzinfo) -> Any:
    return moment(value, zone) if isinstance(value, datetime) else value or ""
