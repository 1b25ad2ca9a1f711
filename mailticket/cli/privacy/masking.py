"""`mailticket case mask|unmask`: words that nobody needs to read become ***; what was there is shown for a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.acting import id_of
from mailticket.cli.opened import Opened, admin, opened
from mailticket.cli.visible import visible
from mailticket.cli.words import COUNT, Asked, Word
from mailticket.domain.texts.counted import counted
from mailticket.errors import Permanent, Refused

if TYPE_CHECKING:
    from mailticket.desk.privacy.masking import Masked
    from mailticket.desk.privacy.records import Records, Request

_WHY = "Why, for the record."
_ENTRY = re.compile("[1-9][0-9]{0,17}")


def records_of(desk: Opened) -> Records:
    """What masking, export and erasure work on."""
    from mailticket.desk.privacy.records import Records
    from mailticket.store.privacy import key_file

    return Records(desk.config, desk.store, key_file.read_or_make(Path(desk.config.mailticket.data)))


def request(why: str) -> Request:
    """The admin's wish. Raises Permanent without a reason."""
    from mailticket.desk.privacy.records import Request

    try:
        return Request(admin(), why)
    except Refused as refused:
        raise Permanent(refused.what, refused.fix) from refused


@click.command("mask", cls=Word)
@click.argument("case", metavar="CASE")
@click.argument("entry", metavar="ENTRY")
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option("--found", is_flag=True, help="Card numbers, IBANs, telephone numbers and your personal_patterns.")
@click.option("--why", required=True, help=_WHY)
@click.pass_obj
def mask(asked: Asked, case: str, entry: str, words: Sequence[str], found: bool, why: str) -> None:
    """Mask personal data in an entry.

    WORDS that stand in ENTRY (its number, or "all") of CASE go wherever the case has them: history, letters,
    search. They are kept sealed, and raw mails with them. What was sent already cannot be called back."""
    from mailticket.desk.privacy.masking import Choice
    from mailticket.desk.privacy.masking import mask as do_mask

    if not words and not found:
        raise click.UsageError("Name the WORDS to mask, each in quotation marks, or say --found.")
    with opened(asked) as desk:
        choice = Choice(_number(entry), tuple(words), found)
        try:
            done = do_mask(records_of(desk), id_of(case), choice, request(why))
        except Refused as refused:
            raise Permanent(refused.what, refused.fix) from refused
    if asked.as_json:
        click.echo(show.as_json(asdict(done)))
        return
    for line in _told(done):
        click.echo(visible(line))


def _told(done: Masked) -> list[str]:
    what = ", ".join(done.kinds) or "the words"
    entries = f"{'entry' if len(done.entries) == 1 else 'entries'} {', '.join(map(str, done.entries))}"
    where = f"{entries}, {counted(done.letters, 'letter')}; {counted(done.mails, 'raw mail')} sealed"
    lines = [
        f"Masked {what} in {where}.",
        "Not reached: mail that was sent already, backups, what is in attached files.",
    ]
    return [*lines, done.left] if done.left else lines


@click.command("unmask", cls=Word)
@click.argument("case", metavar="CASE")
@click.argument("entry", type=COUNT, metavar="ENTRY")
@click.option("--why", required=True, help=_WHY)
@click.pass_obj
def unmask(asked: Asked, case: str, entry: int, why: str) -> None:
    """Show what an entry said before.

    Who looked, when and why is kept; ENTRY of CASE stays masked.
    """
    from mailticket.desk.privacy.masking import unmask as do_unmask

    with opened(asked) as desk:
        try:
            said = do_unmask(records_of(desk), id_of(case), entry, request(why))
        except Refused as refused:
            raise Permanent(refused.what, refused.fix) from refused
    if asked.as_json:
        click.echo(show.as_json(said))
    else:
        show.facts([("Subject", said["subject"])])
        show.long_text(said["whole"] or said["text"])


def _number(written: str) -> int:
    """0 stands for any entry."""
    if written != "all" and not _ENTRY.fullmatch(written):
        raise click.UsageError(f'"{written}" is no entry; write its number, or "all".')
    return 0 if written == "all" else int(written)
