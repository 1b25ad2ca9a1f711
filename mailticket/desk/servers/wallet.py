"""The tokens of accounts that sign in by OAuth2: one asks the provider, all others read what it brought. I/O."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailticket.desk.office import utc_now
from mailticket.domain.grants import Grant
from mailticket.errors import AccountTrouble, Temporary
from mailticket.store.database import Store
from mailticket.store.operation import account_tokens, leases
from mailticket.tokens import Keys
from mailticket.wire import oauth
from mailticket.wire.oauth import Registration

log = logging.getLogger(__name__)

#: A token is renewed so long before its end, or in the last quarter of a short life.
_AHEAD = timedelta(minutes=5)
#: One that was refused although it is younger than this would be no better anew: the account lacks a right.
_TOO_NEW = timedelta(minutes=5)
#: Longer than the provider may take to answer; then another daemon tries.
_LEASE = timedelta(seconds=60)
_WAITS_FOR_OTHERS, _LOOKS_EVERY = 30.0, 0.2

#: One thread of this process asks for an account's token; leases see to the other processes.
_asking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class Wallet:
    """Where tokens are kept. `owner` names this process in leases."""

    store: Store
    keys: Keys
    owner: str
    clock: Callable[[], datetime] = utc_now

    def kept(self, registration: Registration) -> Grant | None:
        with self.store.connection():
            return account_tokens.find(self.keys, registration.account)

    def keep(self, registration: Registration, grant: Grant) -> None:
        with self.store.connection(), self.store.transaction():
            account_tokens.keep(self.keys, registration.account, grant)


def carried_over(store: Store, keys: Keys, registrations: Iterable[Registration]) -> dict[Registration, Grant]:
    """What these accounts have in a store that nobody has open; for a desk that only looks on, in another store."""
    store.open()
    try:
        store.check_schema()
        kept_in = Wallet(store, keys, owner="")
        found = {one: kept_in.kept(one) for one in registrations}
    finally:
        store.close()
    return {one: grant for one, grant in found.items() if grant is not None}


def token(wallet: Wallet, registration: Registration, refused: str = "") -> str:
    """A token that is good for some minutes at least, and is not the one that the mail server has just refused
    (unless that is new). Raises AccountTrouble if there is none to be had, Temporary if there is none now."""
    kept = wallet.kept(registration)
    if kept and _is_good(kept, refused, wallet.clock()):
        return kept.access_token
    with _asking[registration.account]:
        return _renewed(wallet, registration, refused)


def _renewed(wallet: Wallet, registration: Registration, refused: str) -> str:
    """What somebody else has brought meanwhile, or what we bring while they wait."""
    lease = f"token:{registration.account}"
    ends = time.monotonic() + _WAITS_FOR_OTHERS
    while time.monotonic() < ends:
        with wallet.store.connection():
            epoch = leases.acquire(lease, wallet.owner, _LEASE)
            # Looked at while nobody else may change it, or while we wait for whoever does.
            kept = account_tokens.find(wallet.keys, registration.account)
        try:
            if kept and _is_good(kept, refused, wallet.clock()):
                return kept.access_token
            if epoch is not None:
                return _asked(wallet, registration, kept, refused)
        finally:
            if epoch is not None:
                with wallet.store.connection():
                    leases.release(lease, wallet.owner, epoch)
        time.sleep(_LOOKS_EVERY)
    what = f"No token for {registration.username}: another daemon has been asking for one and does not come back."
    raise Temporary(what, "It is tried again.")


def _asked(wallet: Wallet, registration: Registration, kept: Grant | None, refused: str) -> str:
    """A new token from the provider. If it cannot be asked now, the old one serves to its end."""
    now = wallet.clock()
    try:
        grant = oauth.renew(registration, kept.refresh_token if kept else "", now)
    except AccountTrouble:
        raise
    except Temporary as error:
        if kept is None or kept.expires_at <= now or kept.access_token == refused:
            raise
        log.warning("%s The old token serves until %s.", error, f"{kept.expires_at:%H:%M} UTC")
        return kept.access_token
    wallet.keep(registration, grant)
    log.info("%s: a new token, good until %s", registration.username, f"{grant.expires_at:%Y-%m-%d %H:%M} UTC")
    return grant.access_token


def _is_good(grant: Grant, refused: str, now: datetime) -> bool:
    ahead = min(_AHEAD, (grant.expires_at - grant.obtained_at) / 4)
    is_refused = grant.access_token == refused and now - grant.obtained_at > _TOO_NEW
    return grant.expires_at - ahead > now and not is_refused
