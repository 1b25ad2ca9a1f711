"""`mailticket replay`: what would be read in a mail, and with a config what that desk would do with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.mail.mail_account import account, row
from mailticket.cli.visible import visible
from mailticket.cli.words import Asked, Word
from mailticket.domain.mail import ParentLetter
from mailticket.errors import MailticketError

if TYPE_CHECKING:
    from mailticket.children.pool import Parsers
    from mailticket.children.reading import ParseJob
    from mailticket.cli.mail.would_do import Desk, WouldDo

#: What is read at once: so many files, and not many more octets than that.
_FILES, _OCTETS = 50, 64_000_000
_MOST_CHILDREN = 4


@dataclass(frozen=True, slots=True)
class _Read:
    """A file's mail and what a desk knows about it; `trouble` says why there is none."""

    file: str
    job: ParseJob | None = None
    would_do: WouldDo | None = None
    trouble: str = ""


@click.command(cls=Word)
@click.option("--service", "name", metavar="NAME", default="", help="The service it is for; else its addresses tell.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...|-", type=click.Path(path_type=Path, allow_dash=True))
@click.pass_obj
def replay(asked: Asked, name: str, files: Sequence[Path]) -> None:
    """Show what would happen to mails; nothing is stored or sent.

    Each FILE holds one mail; "-" is standard input. Without --config it tells what is read in a mail; with it, what
    that desk would decide now, as if the mail came in for the first time. With --json it prints one object a line.
    """
    from mailticket.children.pool import Parsers
    from mailticket.cli.mail.would_do import standing_desk

    failed = False
    with ExitStack() as stack:
        parsers = stack.enter_context(Parsers(min(os.cpu_count() or 1, _MOST_CHILDREN, len(files))))
        desk = stack.enter_context(standing_desk(asked, name)) if asked.config else None
        for batch in _batches(files, desk):
            failed |= _show(parsers, batch, desk, as_json=asked.as_json)
    if failed:
        raise click.exceptions.Exit(1)


def _batches(files: Sequence[Path], desk: Desk | None) -> Iterator[list[_Read]]:
    batch: list[_Read] = []
    octets = 0
    for path in files:
        one = _read(path, desk)
        batch.append(one)
        octets += len(one.job.raw) if one.job else 0
        if len(batch) == _FILES or octets > _OCTETS:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


def _read(path: Path, desk: Desk | None) -> _Read:
    from mailticket.children.reading import ParseJob

    try:
        with click.open_file(str(path), "rb") as stream:
            raw = stream.read()
    except OSError as error:
        return _Read(str(path), trouble=f"cannot be read: {error.strerror}")
    if desk is None:
        return _Read(str(path), ParseJob(raw, tuple[ParentLetter, ...]()))
    try:
        would_do = desk.look_up(raw)
    except MailticketError as error:
        return _Read(str(path), trouble=error.what)
    return _Read(str(path), would_do.job, would_do)


def _show(parsers: Parsers, batch: Sequence[_Read], desk: Desk | None, *, as_json: bool) -> bool:
    """Print the batch in its order; whether a file of it could not be read."""
    from mailticket.children.parser import ParserDied

    mails = iter(parsers.parse_many([one.job for one in batch if one.job]))
    failed = False
    for one in batch:
        mail = next(mails) if one.job else None
        if mail is None or isinstance(mail, ParserDied):
            failed = True
            click.echo(visible(f"{one.file} {one.trouble}" if mail is None else f"{one.file}: {mail.what}"), err=True)
            continue
        told = row(one.file, mail, desk.decide(one.would_do, mail) if desk and one.would_do else None)
        if as_json:
            click.echo(show.as_json(told, indent=None))
        else:
            account(told, desk.zone if desk else UTC)
    return failed
