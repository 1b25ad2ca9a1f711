"""`mailticket backup`, `restore` and `verify`: what is kept is kept safe, and can be brought back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from mailticket.cli import show
from mailticket.cli.opened import opened, store_of
from mailticket.cli.show import Column
from mailticket.cli.visible import visible
from mailticket.cli.words import ROW, Asked, Word
from mailticket.domain.texts.counted import counted
from mailticket.domain.times.spans import shown_size

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(cls=Word)
@click.argument("target", type=_FOLDER)
@click.option("--with-key", is_flag=True, help="Copy the key file too: whoever has it can write as your CSRs.")
@click.option("--without-files", is_flag=True, help="Leave out files above 256 KB (kept safe by your S3, say).")
@click.option("--keep", type=ROW, default=0, help="Keep so many backups in TARGET; 0: all of them.")
@click.pass_obj
def backup(asked: Asked, target: Path, with_key: bool, without_files: bool, keep: int) -> None:
    """Copy database and files into a new folder of TARGET, while the daemon runs."""
    from mailticket.store.backups import archive
    from mailticket.store.backups import backup as backing

    with opened(asked) as desk, show.progress() as told:
        wishes = backing.Wishes(files=not without_files, key=with_key, keep=keep)
        place = backing.make(desk.store, target, wishes, datetime.now(UTC), told)
        made = archive.read(place)
    size = sum(one.size for one in made.parts)
    if asked.as_json:
        click.echo(show.as_json({"path": str(place), "made_at": made.made_at, "bytes": size, "has_key": with_key}))
        return
    click.echo(visible(f"{place}: {counted(len(made.parts), 'part')}, {shown_size(size)}."))
    if with_key:
        click.secho("It holds the key file: whoever can read it can write as your CSRs. Lock it away.", bold=True)
    else:
        click.echo("The key file is not in it; keep a copy of it apart (--with-key puts it in).")
    if without_files and any(one.path for one in made.parts):
        click.echo(visible(f"Files above 256 KB are not in it; they are kept in {made.files}."))


@click.command(cls=Word)
@click.argument("folder", type=_FOLDER)
@click.option("--force", is_flag=True, help="Replace what is there (SQLite: it is set aside, not deleted).")
@click.pass_obj
def restore(asked: Asked, folder: Path, force: bool) -> None:
    """Bring the backup FOLDER back into an empty place; what may have gone out is held."""
    from mailticket import settings
    from mailticket.store.backups import restore as restoring

    config = settings.load(settings.find(asked.config), with_passwords=False)
    store = store_of(config)
    with show.progress() as told:
        made = restoring.put_back(store, folder, force, told, datetime.now(UTC))
        store.open()
        try:
            store.migrate(told)
            with store.connection():
                held, held_calls = restoring.held(made), restoring.held_calls(made)
        finally:
            store.close()
    if asked.as_json:
        click.echo(
            show.as_json({"made_at": made.made_at, "held": held, "held_calls": held_calls, "has_key": made.has_key})
        )
        return
    click.echo(f"Restored: the desk of {made.made_at:%Y-%m-%d %H:%M} UTC.")
    if held:
        click.echo(f"Letters held, because they may have gone out since: {held}. See `mailticket outbox list --state")
        click.echo("held`, then `outbox retry` or `outbox cancel` each.")
    if held_calls:
        click.echo(f"Webhook calls held, because they may have been made since: {held_calls}. See `mailticket")
        click.echo("webhook list --state held`, then `webhook retry` or `webhook cancel` each.")
    if not made.has_key:
        click.echo("The key file was not in the backup; without the old one, links and tokens of old letters are dead.")
    click.echo("Run `mailticket verify`, then start the daemon.")


@click.command(cls=Word)
@click.pass_obj
def verify(asked: Asked) -> None:
    """Read everything that is kept and say what is wrong with it."""
    from mailticket.store.backups import verify as verifying

    with opened(asked) as desk, show.progress() as told:
        found = list(verifying.faults(desk.store, datetime.now(UTC), told))
    columns = [Column("KIND", "kind"), Column("WHAT", "what"), Column("DO", "fix")]
    show.listing([show.as_row(one) for one in found], columns, as_json=asked.as_json, nothing="All is well.")
    if any(not one.is_harmless for one in found):
        raise click.exceptions.Exit(1)
