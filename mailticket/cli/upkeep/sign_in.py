"""`mailticket sign-in`: somebody signs in once for the mailboxes that no secret opens; their token is kept sealed."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailticket.cli.opened import store_of
from mailticket.cli.words import Asked, Word
from mailticket.domain.rate import account_name
from mailticket.errors import Permanent

if TYPE_CHECKING:
    from mailticket.config.models import Config
    from mailticket.desk.servers.wallet import Wallet
    from mailticket.store.database import Store
    from mailticket.wire.oauth import Registration


@click.command("sign-in", cls=Word)
@click.argument("service", required=False, default="")
@click.pass_obj
def sign_in(asked: Asked, service: str) -> None:
    """Sign in once for a mailbox at Microsoft or Google that no secret opens."""
    from mailticket import settings
    from mailticket.wire import oauth

    config = settings.load(settings.find(asked.config))
    wanted = accounts(config, service)
    if not any(one.is_personal for one in wanted):
        click.echo("Nobody needs to sign in: every account has a password or a secret.")
        return
    with wallet_of(config) as wallet:
        for one in wanted:
            if one.is_personal:
                wallet.keep(one, oauth.sign_in(one, click.echo, lambda: datetime.now(UTC)))
                click.echo(f"Signed in as {one.username}. A running daemon takes it up by itself within minutes;")
                click.echo("`systemctl reload mailticket` makes it do so at once.")
                _wake(wallet, config, one)


def _wake(wallet: Wallet, config: Config, signed_in: Registration) -> None:
    """A relay account that rests because it was refused is good again."""
    from mailticket.desk.servers.credentials import registration
    from mailticket.store.operation import accounts as store_accounts

    with wallet.store.connection(), wallet.store.transaction():
        for service in config.service:
            made = registration(service, "smtp")
            if made is not None and made.account == signed_in.account:
                store_accounts.resume(account_name(service.smtp.username, service.smtp.host, service.smtp.port))


def accounts(config: Config, service: str = "") -> list[Registration]:
    """Those that sign in by OAuth, of one service or of all."""
    from mailticket.desk.servers.credentials import registrations

    if service and config.service_named(service) is None:
        known = ", ".join(one.name for one in config.service)
        raise Permanent(f'There is no [[service]] "{service}".', f"Services: {known}.")
    return registrations(config, service)


@contextmanager
def wallet_of(config: Config, migrates: bool = True) -> Iterator[Wallet]:
    """The desk's store of tokens. With `migrates` it is made or brought up to this version if need be; without,
    Permanent is raised where it is of another one."""
    from mailticket.desk.servers.wallet import Wallet
    from mailticket.store.privacy import key_file

    store: Store = store_of(config)
    store.open()
    try:
        if migrates:
            store.migrate()
        store.check_schema()
        keys = key_file.read_or_make(Path(config.mailticket.data))
        yield Wallet(store, keys, f"{socket.gethostname()}:{os.getpid()}:sign-in")
    finally:
        store.close()
