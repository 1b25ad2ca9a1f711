"""`mailticket run` and `demo`: what serves until it is told to stop."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from mailticket.cli.words import Asked, Whole, Word


@click.command(cls=Word)
@click.option("--once", is_flag=True, help="Collect, receive and deliver what there is, then exit.")
@click.option("--shadow", is_flag=True, help="Read and decide, but send and change nothing.")
@click.pass_obj
def run(asked: Asked, once: bool, shadow: bool) -> None:
    """Run the desk: the daemon."""
    if once:
        from mailticket.children import birth

        birth.expect(letters=True)  # what they need takes as long to load as all the rest
    # None of what is loaded is garbage, and all of it stays: the collector does not look at it, neither now nor later.
    gc.disable()
    from mailticket import process, settings
    from mailticket.cli import logs

    gc.freeze()
    gc.enable()
    logs.configure()
    raise click.exceptions.Exit(process.run(settings.find(asked.config), once=once, shadow=shadow))


@click.command(cls=Word)
@click.option("--port", type=Whole(0, 65535), default=0, help="The page's port; without it any free one.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Keep its data here.")
def demo(port: int, open_browser: bool, keep: Path | None) -> None:
    """Show a whole help desk on this machine; no account needed."""
    from mailticket.demo import run as shown

    raise click.exceptions.Exit(shown.run(port=port, open_browser=open_browser, keep=keep))
