"""The desk that a command works on: its config and its open store."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailticket.cli.words import Asked
from mailticket.domain.address import Address
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.errors import Permanent

if TYPE_CHECKING:
    from mailticket.config.models import Config, Csr
    from mailticket.store.database import Store


@dataclass(frozen=True, slots=True)
class Opened:
    """An open desk; the calling thread is connected to its database."""

    config: Config
    store: Store

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.config.mailticket.timezone)


def store_of(config: Config) -> Store:
    """The store that a config names, not open yet. Root is refused where the files are another user's."""
    from mailticket.store.database import Store

    data = Path(config.mailticket.data)
    if os.geteuid() == 0 and data.exists() and data.stat().st_uid != 0:
        raise Permanent(
            f"{data} belongs to {owner_of(data)}; files that root makes there would lock the daemon out.",
            f"Run this as that user: sudo -u {quote(owner_of(data))} mailticket ...",
        )
    return Store(config.mailticket.database, data, config.mailticket.files)


def is_made(store: Store) -> bool:
    """Has the desk a database? Of SQLite's its daemon makes one, `migrate`, `restore` or `sign-in`: no other word."""
    return store.is_postgres or store.path.exists()


def open_made(store: Store) -> None:
    """Raises Permanent if the desk has no database yet: who only asks makes none, least of all in a wrong place."""
    if not is_made(store):
        raise Permanent(
            f"There is no database in {store.data} yet.",
            "`mailticket run` makes it at its first start. If the desk has run, this is another one's config.",
        )
    store.open()


def owner_of(path: Path) -> str:
    """The login of whoever a path belongs to; "#1000", as sudo takes it, of one without a name, as in a container."""
    try:
        return path.owner()
    except KeyError:
        return f"#{path.stat().st_uid}"


@contextmanager
def opened(asked: Asked) -> Iterator[Opened]:
    """The desk of --config with its store open and of this version. Mailbox passwords are not looked for."""
    from mailticket import settings

    config = settings.load(settings.find(asked.config), with_passwords=False)
    store = store_of(config)
    open_made(store)
    try:
        with store.connection():
            store.check_schema()
            yield Opened(config, store)
    finally:
        store.close()


def admin() -> Actor:
    """Whoever types the command."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in some containers
        login = f"uid {os.geteuid()}"
    return Actor(
        ActorKind.ADMIN, Address(f"admin {login}", ""), "on the command line", sees_outcome=True, door=Door.CLI
    )


def csr_named(desk: Opened, written: str) -> Csr:
    """The one CSR whom this means. Raises Permanent with the nearest name."""
    from mailticket.triage.commands import arguments

    found = arguments.find_csr(written, desk.config)
    if found is None:
        names = [name for one in desk.config.csr for name in (one.email, one.name)]
        known = f"The config's CSRs: {', '.join(one.email for one in desk.config.csr) or 'none'}."
        raise Permanent(f"No CSR is called {written} for certain.", arguments.nearest(written, names, known))
    return found
