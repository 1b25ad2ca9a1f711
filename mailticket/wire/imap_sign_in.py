"""I/O: signing in to a mailbox: by password or by a token, and what its refusal means."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Protocol

from mailticket.errors import AccountTrouble
from mailticket.wire import sasl
from mailticket.wire.imap_settings import ImapSettings

_ATOM = re.compile(r"[A-Za-z0-9@._+=-]+")


class Asked(Protocol):
    """The server on its open line."""

    def refusal(self, command: str, *arguments: object) -> str:
        """Log in by a command of IMAPClient: the server's words if it refuses, "" once we are in."""


def sign_in(line: Asked, settings: ImapSettings, offered: Collection[str]) -> None:
    """By OAuth2 where there is a token, else by password, as the server's capabilities offer it."""
    if settings.token is not None:
        _by_token(line, settings, settings.token, offered)
        return
    # PLAIN takes any letters; imaplib's LOGIN sends the user name without quotes and in ASCII only.
    if "AUTH=PLAIN" in offered:
        told = line.refusal("plain_login", settings.username, settings.password)
    elif "LOGINDISABLED" in offered:
        raise AccountTrouble(
            f"{settings.host} takes no password logins on port {settings.port}.",
            "Use the port with TLS, or OAuth where the provider asks for it.",
        )
    else:
        told = line.refusal("login", _as_argument(settings.username), settings.password)
    if told:
        raise AccountTrouble(
            f"The server {settings.host} refused the password of {settings.username}: {told}",
            "Check username and password; some providers want an app password or OAuth.",
        )


def _as_argument(username: str) -> str:
    if _ATOM.fullmatch(username):
        return username
    quoted = username.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _by_token(line: Asked, settings: ImapSettings, source: sasl.TokenSource, offered: Collection[str]) -> None:
    """A token that is refused may have been ended before its time: a new one is tried once."""
    mechanism = sasl.chosen([one.removeprefix("AUTH=") for one in offered if one.startswith("AUTH=")])
    if not mechanism:
        raise AccountTrouble(
            f"{settings.host}:{settings.port} offers neither XOAUTH2 nor OAUTHBEARER, so no sign-in by OAuth.",
            "Check host and port, or remove [service.imap.oauth] and use a password.",
        )
    token = source("")
    told = _token_refused(line, settings, mechanism, token)
    if told and (newer := source(token)) != token:
        told = _token_refused(line, settings, mechanism, newer)
    if told:
        raise AccountTrouble(
            f"The server {settings.host} refused the token of {settings.username}: {told}", sasl.NOT_ALLOWED
        )


def _token_refused(line: Asked, settings: ImapSettings, mechanism: str, token: str) -> str:
    """The server's words if it does not take this token, "" once we are in."""
    first = sasl.first_words(mechanism, settings.username, token, settings.host, settings.port)
    challenges: list[bytes] = []

    def answer(challenge: bytes) -> bytes:
        challenges.append(challenge)
        return first if len(challenges) == 1 else sasl.GO_ON[mechanism]

    told = line.refusal("sasl_login", mechanism, answer)
    why = sasl.why_not(challenges[-1]) if len(challenges) > 1 else ""
    return f"{told} ({why})" if told and why else told
