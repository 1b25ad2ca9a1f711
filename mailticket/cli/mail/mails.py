"""`mailticket ingest`: mails in by hand, or from an MTA's pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.opened import opened
from mailticket.cli.visible import visible
from mailticket.cli.words import Asked, TryAgain, Word
from mailticket.errors import MailticketError, Permanent

if TYPE_CHECKING:
    from mailticket.cli.mail.taking_in import TakenIn


@click.command(cls=Word)
@click.option("--service", "name", metavar="NAME", default="", help="The service it is for; else its addresses tell.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...|-", type=click.Path(path_type=Path, allow_dash=True))
@click.pass_obj
def ingest(asked: Asked, name: str, files: Sequence[Path]) -> None:
    """Put .eml files, or a mail from an MTA's pipe, into the inbox.

    It is stored durably, and the daemon receives it. As an MTA's pipe ("-") it exits with 75 whenever the mail could
    not be stored, so that the MTA keeps it. The same bytes are taken once.
    """
    from mailticket.cli.mail.taking_in import STDIN, service_named, take_in

    for path in files:
        if path != STDIN and not path.is_file():
            raise click.BadParameter(f"there is no file {path}.", param_hint="FILE")
    with _kept_by_the_mta(STDIN in files), opened(asked) as desk:
        service = service_named(desk.config, name, must_be_known=STDIN not in files)
        with show.progress() as told:
            taken = list(take_in(desk.config, files, service, told))
        desk.store.notify("receive")
        _refuse_pipe_in_trouble(files, taken)
    if asked.as_json:
        show.json_array(show.as_row(one) for one in taken)
    elif STDIN not in files:
        _tell(taken)
    if any(one.trouble for one in taken):
        raise click.exceptions.Exit(1)


def _refuse_pipe_in_trouble(files: Sequence[Path], taken: Sequence[TakenIn]) -> None:
    from mailticket.cli.mail.taking_in import STDIN

    for one in taken:
        if STDIN in files and one.trouble:
            raise Permanent(f"The mail {one.trouble}.", "It was not taken in.")


@contextmanager
def _kept_by_the_mta(is_pipe: bool) -> Iterator[None]:
    """Whatever goes wrong in an MTA's pipe, the MTA must keep the mail: any other exit code would bounce it."""
    try:
        yield
    except Exception as error:
        if not is_pipe or isinstance(error, click.ClickException):
            raise
        told = error if isinstance(error, MailticketError) else Permanent(f"{type(error).__name__}: {error}.")
        raise TryAgain(told) from error


def _tell(taken: Sequence[TakenIn]) -> None:
    for one in taken:
        if one.trouble:
            click.echo(visible(f"{one.file} {one.trouble}."), err=True)
    new = sum(1 for one in taken if one.id is not None)
    known = sum(1 for one in taken if one.id is None and not one.trouble)
    click.echo(f"{new} {'mail' if new == 1 else 'mails'} taken in" + (f", {known} known already." if known else "."))
