"""The tokens that `check` logs in with, and how long the secrets behind them last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from mailticket.cli.opened import is_made, store_of
from mailticket.cli.setting_up.finding import Finding, failed, ok, warning
from mailticket.cli.upkeep.sign_in import wallet_of
from mailticket.config.models import Config, Service
from mailticket.desk.servers import wallet
from mailticket.desk.servers.credentials import DOORS, Door, registration, registrations
from mailticket.desk.watching.probe import WARNED_AHEAD, said
from mailticket.errors import MailticketError
from mailticket.wire import oauth
from mailticket.wire.oauth import Registration
from mailticket.wire.sasl import TokenSource

#: By account: its token, or why there is none.
Tokens = Mapping[str, str | MailticketError]


def gathered(config: Config) -> Tokens:
    """A token for each account, from the desk's store where there is one. Asked for one after the other."""
    wanted = registrations(config)
    if not wanted:
        return {}
    if not is_made(store_of(config)):
        return {one.account: _token(partial(_fresh, one)) for one in wanted}
    try:
        with wallet_of(config, migrates=False) as kept_in:
            return {one.account: _token(partial(wallet.token, kept_in, one)) for one in wanted}
    except MailticketError as error:
        return {one.account: error for one in wanted}


def source(tokens: Tokens, service: Service, door: Door) -> TokenSource | None:
    """What a connection asks for its token; None where a password opens the door."""
    signs_in = registration(service, door)
    return None if signs_in is None else partial(_given, tokens[signs_in.account])


def secrets(service: Service) -> Iterator[Finding]:
    """How long the secrets of a service are good for."""
    today = datetime.now(UTC).date()
    for door in DOORS:
        server = service.imap if door == "imap" else service.smtp
        if server.oauth is None or server.oauth.secret_expires is None:
            continue
        ends, what = server.oauth.secret_expires, f"{service.name}: {door.upper()} secret"
        fix = "Make a new one at the provider and put it into client_secret_file."
        if ends < today:
            yield failed(what, said(ends, today), fix)
        elif (ends - today).days <= max(WARNED_AHEAD):
            yield warning(what, said(ends, today), fix)
        else:
            yield ok(what, said(ends, today))


def _token(get: Callable[[], str]) -> str | MailticketError:
    try:
        return get()
    except MailticketError as error:
        return error


def _fresh(account: Registration) -> str:
    return oauth.renew(account, "", datetime.now(UTC)).access_token


def _given(token: str | MailticketError, _refused: str) -> str:
    if isinstance(token, MailticketError):
        raise token
    return token
