"""I/O: signing in to an SMTP relay: by password or by a token, and what its refusal means."""

from __future__ import annotations

import base64
from typing import Protocol

from mailticket.errors import AccountTrouble, MailticketError
from mailticket.wire import sasl
from mailticket.wire.smtp_replies import AccountRefused, Deferred, Phase, Reply
from mailticket.wire.smtp_settings import SmtpSettings


class Asked(Protocol):
    """The relay on its open line."""

    def ask(self, phase: Phase, line: str, wanted: str = "2..") -> Reply:
        """Send a line, read the reply; a RelayError if its code does not match `wanted` (a regex)."""


def sign_in(line: Asked, settings: SmtpSettings, mechanisms: list[str]) -> None:
    """By OAuth2 where there is a token, else by password, as the relay's AUTH offers it (RFC 4954)."""
    username, password = settings.username, settings.password
    if settings.token is not None:
        _by_token(line, settings, settings.token, mechanisms)
    elif "PLAIN" in mechanisms:
        line.ask("auth", "AUTH PLAIN " + _base64(f"\0{username}\0{password}"), "235")
    elif "LOGIN" in mechanisms:
        line.ask("auth", "AUTH LOGIN", "334")
        line.ask("auth", _base64(username), "334")
        line.ask("auth", _base64(password), "235")
    else:
        told = " ".join(mechanisms) or "no login at all"
        fix = "Take the port for submission (587 or 465), or OAuth where the provider asks for it."
        raise AccountRefused(f"{settings.host} offers {told}, but no password login.", fix, "auth")


def _by_token(line: Asked, settings: SmtpSettings, source: sasl.TokenSource, offered: list[str]) -> None:
    """A token that is refused may have been ended before its time: a new one is tried once."""
    mechanism = sasl.chosen(offered)
    if not mechanism:
        told = " ".join(offered) or "no login at all"
        fix = "Check host and port, or remove [service.smtp.oauth] and use a password."
        raise AccountRefused(f"{settings.host} offers {told}, but no sign-in by OAuth.", fix, "auth")
    token = _token_of(source, "")
    refused = _token_refused(line, settings, mechanism, token)
    if refused and (newer := _token_of(source, token)) != token:
        refused = _token_refused(line, settings, mechanism, newer)
    if refused:
        raise refused


def _token_refused(line: Asked, settings: SmtpSettings, mechanism: str, token: str) -> AccountRefused | None:
    """What the server says to this token, None once we are in."""
    first = sasl.first_words(mechanism, settings.username, token, settings.host, settings.port)
    why = ""
    try:
        reply = line.ask("auth", f"AUTH {mechanism} {base64.b64encode(first).decode('ascii')}", "235|334")
        if reply.code == 334:
            # The challenge says why; the refusal itself comes after our answer to it.
            why = sasl.why_not(reply.text.encode())
            line.ask("auth", base64.b64encode(sasl.GO_ON[mechanism]).decode("ascii"), "235")
    except AccountRefused as error:
        if error.reply is None or error.reply.code // 100 != 5:
            raise
        told = f"{error.reply} ({why})" if why else str(error.reply)
        what = f"{settings.host} refused the token of {settings.username}: {told}."
        return AccountRefused(what, sasl.NOT_ALLOWED, "auth", error.reply)
    return None


def _token_of(source: sasl.TokenSource, refused: str) -> str:
    """A token to sign in with; that there is none is told as the line's trouble, so that every mail waits."""
    try:
        return source(refused)
    except AccountTrouble as error:
        raise AccountRefused(error.what, error.fix, "auth") from error
    except MailticketError as error:
        raise Deferred(error.what, error.fix, "auth") from error


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
