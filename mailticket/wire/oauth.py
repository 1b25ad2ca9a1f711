"""OAuth2 for mail accounts: which application signs in where, and how it gets its next token. I/O.

`oauth_microsoft` and `oauth_google` do the talking; each needs its extra, imported when the first token is asked for.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from mailticket.domain.grants import Grant
from mailticket.errors import AccountTrouble, Permanent

Provider = Literal["microsoft", "google"]

_MODULES = {"microsoft": "mailticket.wire.oauth_microsoft", "google": "mailticket.wire.oauth_google"}
_EXTRAS = {"microsoft": "m365", "google": "google"}


@dataclass(frozen=True, slots=True)
class Registration:
    """An application that a provider knows, and the mailbox that it signs in for.

    `secret` is Microsoft's client secret, or the whole JSON file that Google gave. `tenant` is Microsoft's: an id, a
    domain, or the https address of another of Microsoft's clouds with it.
    """

    provider: Provider
    tenant: str
    client_id: str
    username: str
    secret: str = field(repr=False)

    @property
    def account(self) -> str:
        """What the store knows its token by; the mailbox and the relay of one account share it."""
        return " ".join((self.provider, self.tenant or "-", self.client_id or "-", self.username.lower()))

    @property
    def is_personal(self) -> bool:
        """Does somebody sign in once, and is that what the next tokens come from? Else the secret alone does."""
        return not self.secret if self.provider == "microsoft" else "type" not in self.google_file

    @property
    def google_file(self) -> dict[str, Any]:
        """Google's JSON: a service account's key, or below "installed" an application for the desktop."""
        try:
            told = json.loads(self.secret)
        except ValueError as error:
            raise Permanent(
                "client_secret_file is not the JSON file that Google gives.", "Download it anew."
            ) from error
        return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


class SignInNeeded(AccountTrouble):
    """Somebody has to sign in (again): no waiting helps."""


def renew(registration: Registration, refresh_token: str, now: datetime) -> Grant:
    """The next token. Raises AccountTrouble if the provider refuses for good, Temporary if it may work later."""
    if registration.is_personal and not refresh_token:
        raise SignInNeeded(
            f"Nobody has signed in for {registration.username} yet.", "Run `mailticket sign-in` on this machine."
        )
    got: Grant = _talker(registration).renew(registration, refresh_token, now)
    return got


def sign_in(registration: Registration, tell: Callable[[str], None], now: Callable[[], datetime]) -> Grant:
    """Somebody signs in, in a browser anywhere; `tell` shows them what to do. Raises as `renew` does."""
    if not registration.is_personal:
        return renew(registration, "", now())
    got: Grant = _talker(registration).sign_in(registration, tell, now)
    return got


def _talker(registration: Registration) -> Any:
    """The provider's module. Raises Permanent if its extra is not installed."""
    try:
        return importlib.import_module(_MODULES[registration.provider])
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mailticket"):
            raise
        extra = _EXTRAS[registration.provider]
        raise Permanent(
            f'OAuth with provider = "{registration.provider}" needs {error.name}, which is not installed.',
            f"Run: pip install 'mailticket[{extra}]'",
        ) from error
