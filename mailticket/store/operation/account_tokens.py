"""I/O: the tokens of mail accounts that sign in by OAuth2, sealed under the key file: whoever copies the database
without it can read no mailbox."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from mailticket.domain.grants import Grant
from mailticket.store.engine.fields import bounded
from mailticket.store.tables.mail_tables import AccountToken
from mailticket.tokens import Keys


def find(keys: Keys, account: str) -> Grant | None:
    """What this account has; None if it never signed in, or under a key that is gone."""
    row: Any = AccountToken.get_or_none(AccountToken.account == bounded(account))
    if row is None:
        return None
    try:
        opened = json.loads(_seal_of(keys).decrypt(row.sealed.encode()))
    except InvalidToken:
        return None
    return Grant(opened["access"], row.obtained_at, row.expires_at, opened["refresh"])


def keep(keys: Keys, account: str, grant: Grant) -> None:
    """In place of what was there: a provider may end the old refresh token when it gives a new one."""
    opened = json.dumps({"access": grant.access_token, "refresh": grant.refresh_token})
    values = {
        "sealed": _seal_of(keys).encrypt(opened.encode()).decode("ascii"),
        "obtained_at": grant.obtained_at,
        "expires_at": grant.expires_at,
    }
    AccountToken.insert(account=account, **values).on_conflict(
        conflict_target=[AccountToken.account], update=values
    ).execute()


def _seal_of(keys: Keys) -> MultiFernet:
    """A key for this purpose alone from each secret of the key file: the first seals, all of them open."""
    made = (hmac.digest(secret, b"account-token", "sha256") for secret in keys.secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in made])
