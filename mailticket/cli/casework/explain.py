"""`mailticket explain`: why something happened to a mail or a case, as a story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.casework.cases import named
from mailticket.cli.opened import opened
from mailticket.cli.show import moment
from mailticket.cli.visible import visible
from mailticket.cli.words import Asked, Word
from mailticket.domain import case_id
from mailticket.errors import Permanent

if TYPE_CHECKING:
    from mailticket.store.casework import history

#: What a reader of the story wants to see of a step besides its reason; --json has everything.
_TOLD = ("sender", "subject", "case", "text", "error", "next_at", "door")


@click.command(cls=Word)
@click.argument("wanted", metavar="MESSAGE-ID|CASE")
@click.pass_obj
def explain(asked: Asked, wanted: str) -> None:
    """Tell why something happened to a mail or a case."""
    from mailticket.cli.casework import waiting
    from mailticket.store.casework import history

    with opened(asked) as desk:
        case = case_id.parse(wanted)
        name = case or f"<{wanted.strip().strip('<>')}>"
        steps = history.of_case(name) if case else history.of_message(name)
        if not steps:
            kind = "case" if case else "mail with the Message-ID"
            raise Permanent(
                f"There is no {kind} {name}.", "`mailticket case list` and `mailticket inbox list` have all."
            )
        if asked.as_json:
            show.json_array(show.as_row(step) for step in steps)
        else:
            _tell_story(name, steps, desk.zone)
            if waits := waiting.told(named(name), desk) if case else "":
                click.echo(visible(f"{'now'.ljust(16)}  it waits {waits}"))


def _tell_story(asked_for: str, steps: Sequence[history.Step], zone: tzinfo) -> None:
    for step in steps:
        why = f": {step.reason}" if step.reason else ""
        click.echo(visible(f"{moment(step.at, zone)}  {step.what}{why}"))
        for key in _TOLD:
            value = step.detail.get(key)
            if value and value not in (step.reason, asked_for):
                shown = moment(value, zone) if isinstance(value, datetime) else value
                show.long_text(f"{key.replace('_', ' ')}: {shown}", indent=" " * 18)
